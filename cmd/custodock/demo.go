package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"custodock/device"
	"custodock/device/simcam"
	"custodock/ingest"
	"custodock/store"
	"custodock/web/account"
)

func newDemoCommand(a *app) *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "run on a temporary folder with simulated cameras; nothing else is needed",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runDemo(cmd.Context(), a.stdout, listen)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8420", "address of the page, the API and the metrics")
	return cmd
}

// runDemo shows a station at work until ctx ends, and leaves nothing behind.
func runDemo(ctx context.Context, out io.Writer, listen string) (err error) {
	dir, err := os.MkdirTemp("", "custodock-demo-")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg, err := loadConfig("", []string{
		"CUSTODOCK_STATION_ID=demo", "CUSTODOCK_DATA_DIR=" + dir, "CUSTODOCK_HTTP_LISTEN=" + listen,
		"CUSTODOCK_CAMERAS_ROOTS=" + dir + "-cameras", "CUSTODOCK_ARCHIVE_RESERVE=64MiB",
	})
	if err != nil {
		return err
	}
	dock := simcam.NewDock()
	log := slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelError}))
	d, err := newStation(cfg, log, &account.User{Name: "demo", Role: account.Supervisor}, demoOptions(dock))
	if err != nil {
		return err
	}
	show := &demo{out: out, station: d.station, store: d.store, dock: dock, zone: cfg.Station.Timezone}
	if err := errors.Join(show.prepare(time.Now()), d.listen(cfg)); err != nil {
		return errors.Join(err, d.close(log))
	}
	fmt.Fprintf(out, "custodock demo: http://%s/ shows the bays, /api/v1/status and /metrics the rest.\n"+
		"Four simulated cameras dock with real clips. Ctrl-C ends it; %s is then removed.\n\n", d.tcp.Addr(), dir)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return d.serve(ctx, cfg) })
	group.Go(func() error { show.tell(ctx); return nil })
	group.Go(func() error { return show.play(ctx) })
	return errors.Join(group.Wait(), d.close(log))
}

// demoOptions has the station's clock count as right. The simulated cameras
// take their times from it, so nothing is in doubt; that this computer follows
// no time source is true of most laptops, and would be the first thing that
// somebody reads who only wants to see what a station does.
func demoOptions(dock *simcam.Dock) ingest.Options {
	return ingest.Options{Watchers: []device.Watcher{dock}, ClockSynchronized: func() bool { return true }}
}

// demo is the play: four cameras and what happens to them.
type demo struct {
	out     io.Writer
	station *ingest.Station
	store   *store.Store
	dock    *simcam.Dock
	zone    *time.Location

	onTime, clock, pulled *simcam.Camera
	late                  *simcam.Responder // over MTP
}

// prepare records the clips that are on the cameras at the start.
func (d *demo) prepare(now time.Time) error {
	day := func(t time.Time) string { return t.In(d.zone).Format("20060102") }
	today, yesterday := now.Add(-2*time.Hour), now.Add(-30*time.Hour)
	birthday := time.Date(2000, 1, 1, 8, 0, 0, 0, d.zone)
	var errs []error
	clip := func(path, sample string, end time.Time) simcam.File {
		f, err := simcam.RecordedFile(path, sample, end)
		errs = append(errs, err)
		return f
	}
	d.onTime = demoCamera("DEMO001", 8<<20, 0.92,
		clip("DCIM/"+day(today)+"/A0001.MP4", "h264.mp4", today),
		clip("DCIM/"+day(today)+"/A0002.MOV", "h264.mov", today.Add(20*time.Minute)),
		clip("DCIM/"+day(today)+"/P0003.JPG", "photo.jpg", today.Add(21*time.Minute)),
		clip("DCIM/"+day(today)+"/R0004.WAV", "audio.wav", today.Add(25*time.Minute)))
	d.late = simcam.NewResponder(simcam.ResponderOptions{
		Model: "simulated", Battery: 31, Rate: 8 << 20, ClockOffset: 42 * time.Second,
		Storages: []simcam.Storage{{Capacity: 64 << 30, Free: 40 << 30, Files: []simcam.File{
			clip("DCIM/"+day(yesterday)+"/A0107.MP4", "h265.mp4", yesterday),
			clip("DCIM/"+day(today)+"/A0108.AVI", "mjpeg.avi", today),
		}}},
	})
	d.clock = demoCamera("DEMO003", 8<<20, 0.05,
		clip("DCIM/"+day(birthday)+"/A0001.MP4", "h264.mp4", birthday))
	long := clip("DCIM/"+day(today)+"/A0042.MP4", "h264.mp4", today.Add(-time.Hour))
	errs = append(errs, pad(&long, 48<<20))
	d.pulled = demoCamera("DEMO004", 8<<20, 0.66, long, clip("DCIM/"+day(today)+"/A0043.MP4", "truncated-no-moov.mp4", today))
	return errors.Join(errs...)
}

func demoCamera(serial string, rate int64, battery float64, files ...simcam.File) *simcam.Camera {
	size, free := int64(64<<30), int64(40<<30)
	return simcam.New(simcam.Options{
		Info:   device.Info{Serial: serial, Model: "simulated"},
		Files:  files,
		Rate:   rate,
		Health: device.Health{Battery: &battery, StorageSize: &size, StorageFree: &free},
	})
}

func pad(f *simcam.File, size int64) error {
	data := make([]byte, f.Size)
	if _, err := f.Content.ReadAt(data, 0); err != nil {
		return err
	}
	padded, err := simcam.Padded(data, size)
	f.Content, f.Size = padded, size
	return err
}

// scene is one thing that happens, after a pause.
type scene struct {
	pause time.Duration
	say   string
	do    func() error
}

// play goes through the scenes, and then has a camera go out and come back
// with something new for as long as somebody watches.
func (d *demo) play(ctx context.Context) error {
	dock := func(c simcam.Dockable) func() error {
		return func() error { d.dock.Dock(c); return nil }
	}
	undock := func(c simcam.Dockable) func() error {
		return func() error { d.dock.Undock(c); return nil }
	}
	scenes := []scene{
		{time.Second, "DEMO001 is docked at the end of a shift.", dock(d.onTime)},
		{2 * time.Second, "DEMO002, which speaks MTP, is docked; one of its clips is from yesterday.", func() error { return d.dockMTP(ctx) }},
		{2 * time.Second, "DEMO003 is docked; its battery was flat and its clock says 2000.", dock(d.clock)},
		{2 * time.Second, "DEMO004 is docked with a long clip.", dock(d.pulled)},
		{3 * time.Second, "DEMO004 is pulled in the middle of the copy.", undock(d.pulled)},
		{3 * time.Second, "DEMO004 is docked again: the copy goes on where it stopped.", dock(d.pulled)},
	}
	for _, s := range scenes {
		if !pause(ctx, s.pause) {
			return nil
		}
		d.say(s.say)
		if err := s.do(); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	for n := 5; ; n++ {
		if !pause(ctx, 15*time.Second) {
			return nil
		}
		d.say("DEMO001 goes out.")
		d.dock.Undock(d.onTime)
		if !pause(ctx, 5*time.Second) {
			return nil
		}
		f, err := simcam.RecordedFile(fmt.Sprintf("DCIM/%s/A%04d.MP4", time.Now().In(d.zone).Format("20060102"), n), "h264.mp4", time.Now().Add(-time.Second))
		if err != nil {
			return err
		}
		d.onTime.Put(f)
		d.say("DEMO001 comes back with a new clip.")
		d.dock.Dock(d.onTime)
	}
}

// pause reports false when ctx ended first.
func pause(ctx context.Context, length time.Duration) bool {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (d *demo) say(text string) {
	fmt.Fprintf(d.out, "%s  %s\n", time.Now().In(d.zone).Format(time.TimeOnly), text)
}

// tell prints what the station does about it.
func (d *demo) tell(ctx context.Context) {
	events, cancel := d.station.Subscribe()
	defer cancel()
	for {
		select {
		case <-ctx.Done():
			return
		case ev := <-events:
			if text := d.describe(ev); text != "" {
				d.say("  " + text)
			}
		}
	}
}

func (d *demo) describe(ev ingest.Event) string {
	switch data := ev.Data.(type) {
	case *store.Clip:
		due := data.DueAt.In(d.zone).Format("Jan 2 15:04")
		switch {
		case ev.Type == ingest.EventMissed:
			return fmt.Sprintf("%s %s missed its deadline: it was due %s", data.Camera, data.Path, due)
		case data.Deadline == store.Undecidable:
			return fmt.Sprintf("%s %s stored; whether in time cannot be told: %s", data.Camera, data.Path, data.ClockReason)
		case data.Media == store.MediaDamaged:
			return fmt.Sprintf("%s %s stored as it is, %s; the file is damaged: %s", data.Camera, data.Path, data.Deadline, data.MediaReason)
		}
		return fmt.Sprintf("%s %s stored, %s (due %s)", data.Camera, data.Path, data.Deadline, due)
	case ingest.BayStatus:
		switch {
		case ev.Type == ingest.EventUndocked && data.Left > 0:
			return fmt.Sprintf("bay %d: %s was taken too early: %d clips are still on it", data.Bay, data.Camera, data.Left)
		case ev.Type == ingest.EventProgress && data.State == ingest.BayDone:
			return fmt.Sprintf("bay %d: %s is done and may be taken", data.Bay, data.Camera)
		}
	}
	return ""
}
