package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"custodock/configs"
	"custodock/device"
	"custodock/device/simcam"
	"custodock/store"
)

// harness is a station with a simulated dock, running.
type harness struct {
	*Station
	t    *testing.T
	dock *simcam.Dock
	dir  string

	stop func()
}

func startStation(t *testing.T, dir string, change ...func(*Options)) *harness {
	t.Helper()
	profiles, err := LoadProfiles(configs.Profiles, "")
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(store.Options{Dir: dir, Readback: true})
	if err != nil {
		t.Fatal(err)
	}
	h := &harness{t: t, dock: simcam.NewDock(), dir: dir}
	opt := Options{ID: "test", Store: st, Watchers: []device.Watcher{h.dock}, Profiles: profiles, ClockSynchronized: func() bool { return true }}
	for _, f := range change {
		f(&opt)
	}
	h.Station = New(opt)
	ctx, cancel := context.WithCancel(t.Context())
	var ended sync.WaitGroup
	ended.Go(func() {
		if err := h.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	h.stop = sync.OnceFunc(func() {
		cancel()
		ended.Wait()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(h.stop)
	return h
}

// await waits until ok holds, which it looks at whenever something happens.
func (h *harness) await(what string, ok func() bool) {
	h.t.Helper()
	events, cancel := h.Subscribe()
	defer cancel()
	limit := time.NewTimer(time.Minute)
	defer limit.Stop()
	for !ok() {
		tick := time.NewTimer(20 * time.Millisecond) // not everything is an event
		select {
		case <-events:
		case <-tick.C:
		case <-limit.C:
			h.t.Fatalf("%s: it never came; bays: %+v", what, h.Bays())
		}
		tick.Stop()
	}
}

// isFree reports whether no camera is docked.
func (h *harness) isFree() bool {
	return !slices.ContainsFunc(h.Bays(), func(b BayStatus) bool { return b.State != BayEmpty })
}

// clips returns all clips by camera and path.
func (h *harness) clips() map[string]store.Clip {
	h.t.Helper()
	page, err := h.Store().Clips(store.Filter{Limit: store.MaxLimit}, time.Now())
	if err != nil {
		h.t.Fatal(err)
	}
	clips := make(map[string]store.Clip)
	for _, c := range page.Clips {
		key := c.Camera + "/" + c.Path
		if c.Variant > 0 {
			key += fmt.Sprintf("#%d", c.Variant)
		}
		clips[key] = c
	}
	return clips
}

func (h *harness) state(key string) store.State { return h.clips()[key].State }

func (h *harness) awaitState(key string, want store.State) store.Clip {
	h.t.Helper()
	h.await(fmt.Sprintf("%s is %s", key, want), func() bool { return h.state(key) == want })
	return h.clips()[key]
}

// shot is a clip recorded some time ago.
func shot(path string, size int64, ago time.Duration) simcam.File {
	return simcam.File{Path: path, Size: size, ModTime: time.Now().Add(-ago).Truncate(time.Second), Seed: uint64(len(path)) + uint64(size)}
}

func camera(serial string, files ...simcam.File) *simcam.Camera {
	return simcam.New(simcam.Options{Info: device.Info{Serial: serial}, Files: files})
}

func TestEverythingOnACameraIsStored(t *testing.T) {
	h := startStation(t, t.TempDir())
	h.dock.Dock(camera("CAM1",
		shot("DCIM/A0001.MP4", 3<<20, time.Hour),
		shot("DCIM/A0002.MP4", 0, 2*time.Hour),
		shot("DCIM/A0003.MP4", 100, 30*time.Hour),
		shot("MISC/position.log", 200, time.Hour)))
	h.await("all are stored", func() bool {
		bays := h.Bays()
		return len(bays) == 1 && bays[0].State == BayDone && bays[0].Stored == 4
	})
	clips := h.clips()
	for path, want := range map[string]store.Deadline{
		"CAM1/DCIM/A0001.MP4": store.OnTime, "CAM1/DCIM/A0002.MP4": store.OnTime,
		"CAM1/DCIM/A0003.MP4": store.Late, "CAM1/MISC/position.log": store.NoDeadline,
	} {
		c := clips[path]
		if c.State != store.Stored || c.Deadline != want {
			t.Errorf("%s is %s, %s; want %s", path, c.State, c.Deadline, want)
		}
	}
	if c := clips["CAM1/DCIM/A0003.MP4"]; c.MissedAt.IsZero() || c.LateBy <= 0 {
		t.Errorf("the late clip was missed at %v, late by %v s", c.MissedAt, c.LateBy)
	}
}

func TestEverythingIsKnownBeforeAnythingIsCopied(t *testing.T) {
	h := startStation(t, t.TempDir())
	cam := camera("CAM1", shot("A.MP4", 1<<20, time.Hour), shot("B.MP4", 1<<20, 2*time.Hour))
	cam.Script(simcam.Fault{Kind: simcam.Stall, At: 0})
	h.dock.Dock(cam)
	h.await("a copy is under way", func() bool { return h.state("CAM1/B.MP4") == store.Copying })
	if got := h.clips()["CAM1/A.MP4"]; got.State != store.Seen || got.DueAt.IsZero() || got.Deadline != store.Pending {
		t.Errorf("while B is copied, A is %+v", got)
	}
	h.dock.Undock(cam)
	h.await("the bay is empty", h.isFree)
	if got := h.state("CAM1/B.MP4"); got != store.Seen {
		t.Errorf("after the pull B is %s", got)
	}
}

func TestAPulledCopyGoesOn(t *testing.T) {
	h := startStation(t, t.TempDir())
	f := shot("A.MP4", 8<<20, time.Hour)
	f.Token = "the same"
	cam := camera("CAM1", f)
	hit := make(chan struct{}, 1)
	cam.Script(simcam.Fault{Kind: simcam.Pull, At: 5 << 20, Times: 1, Hit: hit})
	h.dock.Dock(cam)
	<-hit
	h.await("the bay is empty", h.isFree)
	resumes, err := filepath.Glob(filepath.Join(h.dir, "incoming", "*.resume"))
	if err != nil || len(resumes) != 1 {
		t.Fatalf("to go on from: %v, %v", resumes, err)
	}
	h.dock.Dock(cam)
	h.awaitState("CAM1/A.MP4", store.Stored)
}

func TestOneBadClipHoldsUpNoOther(t *testing.T) {
	h := startStation(t, t.TempDir())
	cam := camera("CAM1", shot("BAD.MP4", 4<<20, 3*time.Hour), shot("GOOD.MP4", 1<<20, time.Hour))
	cam.Script(simcam.Fault{Kind: simcam.ReadError, Path: "BAD.MP4", At: 2 << 20, Times: 2})
	h.dock.Dock(cam)
	bad := h.awaitState("CAM1/BAD.MP4", store.Failed)
	if bad.Error == "" || bad.Attempts == 0 {
		t.Errorf("the failed clip says %q after %d attempts", bad.Error, bad.Attempts)
	}
	h.awaitState("CAM1/GOOD.MP4", store.Stored)
	if c := h.awaitState("CAM1/BAD.MP4", store.Stored); c.Error != "" {
		t.Errorf("stored in the end, it still says %q", c.Error)
	}
}

// openings passes on which clips are opened, in order.
type openings struct {
	device.Watcher
	opened chan string
}

func (o openings) Run(ctx context.Context, dock func(device.Docked)) error {
	return o.Watcher.Run(ctx, func(d device.Docked) {
		d.Camera = openingCamera{d.Camera, o.opened}
		dock(d)
	})
}

type openingCamera struct {
	device.Camera
	opened chan string
}

func (c openingCamera) Open(ctx context.Context, clip device.Clip, offset int64) (io.ReadCloser, error) {
	c.opened <- clip.Path
	return c.Camera.Open(ctx, clip, offset)
}

func TestTheMostUrgentClipComesFirst(t *testing.T) {
	opened := make(chan string, 100)
	h := startStation(t, t.TempDir(), func(o *Options) {
		o.Parallel = 1
		o.Watchers = []device.Watcher{openings{o.Watchers[0], opened}}
	})
	stall := camera("CAM0", shot("FIRST.LOG", 100, 20*time.Hour))
	stall.Script(simcam.Fault{Kind: simcam.Stall, At: 0, Times: 1})
	h.dock.Dock(stall)
	h.await("the stream is taken", func() bool { return h.state("CAM0/FIRST.LOG") == store.Copying })
	h.dock.Dock(camera("CAM1", shot("B.MP4", 100, 2*time.Hour), shot("D.LOG", 100, 40*time.Hour)))
	h.dock.Dock(camera("CAM2", shot("A.MP4", 100, 10*time.Hour), shot("C.MP4", 100, time.Hour)))
	h.await("all are listed", func() bool {
		left := 0
		for _, b := range h.Bays() {
			left += b.Left
		}
		return left == 5
	})
	for len(opened) > 0 {
		<-opened // looks into clips while listing
	}
	stall.Resume()
	for _, want := range []string{"A.MP4", "B.MP4", "C.MP4", "D.LOG"} {
		if got := <-opened; got != want {
			t.Errorf("%s was read when it was %s's turn", got, want)
		}
	}
}

func TestTheSameClipIsRecognised(t *testing.T) {
	h := startStation(t, t.TempDir())
	cam := camera("CAM1", shot("A.MP4", 1000, time.Hour))
	h.dock.Dock(cam)
	h.awaitState("CAM1/A.MP4", store.Stored)
	h.dock.Undock(cam)
	h.await("the bay is empty", h.isFree)
	// Were it read again it would fail.
	cam.Script(simcam.Fault{Kind: simcam.ReadError, At: 0})
	h.dock.Dock(cam)
	h.await("the bay is done", func() bool {
		bays := h.Bays()
		return len(bays) == 1 && bays[0].State == BayDone && bays[0].Known == 1
	})
	if n := len(h.clips()); n != 1 {
		t.Errorf("there are %d clips now", n)
	}
}

func TestAClipThatIsGoneStaysDue(t *testing.T) {
	h := startStation(t, t.TempDir())
	cam := camera("CAM1", shot("A.MP4", 1000, time.Hour), shot("B.MP4", 1000, time.Hour))
	cam.Script(simcam.Fault{Kind: simcam.ReadError, Path: "A.MP4", At: 0})
	h.dock.Dock(cam)
	h.awaitState("CAM1/A.MP4", store.Failed)
	h.awaitState("CAM1/B.MP4", store.Stored)
	h.dock.Undock(cam)
	h.await("the bay is empty", h.isFree)
	cam.Remove("A.MP4")
	cam.Remove("B.MP4")
	h.dock.Dock(cam)
	if c := h.awaitState("CAM1/A.MP4", store.Gone); c.DueAt.IsZero() || c.Deadline != store.Pending {
		t.Errorf("the gone clip is %+v", c)
	}
	if c := h.awaitState("CAM1/B.MP4", store.Stored); c.LeftAt.IsZero() {
		t.Error("the stored clip is said to be on the camera still")
	}
	h.await("the books say so", func() bool {
		list, err := h.Store().Dockings("CAM1", 1)
		return err == nil && list[0].GoneLost == 1 && list[0].GoneStored == 1
	})
}

func TestTwoCamerasWithOneSerial(t *testing.T) {
	h := startStation(t, t.TempDir())
	when := time.Now().Add(-time.Hour).Truncate(time.Second)
	one := camera("CAM1", simcam.File{Path: "A.MP4", Size: 1000, ModTime: when, Seed: 1})
	two := camera("CAM1", simcam.File{Path: "A.MP4", Size: 1000, ModTime: when, Seed: 2})
	h.dock.Dock(one)
	h.awaitState("CAM1/A.MP4", store.Stored)
	h.dock.Dock(two)
	other := h.awaitState("CAM1/A.MP4#1", store.Stored)
	if first := h.clips()["CAM1/A.MP4"]; first.SHA256 == other.SHA256 || first.ArchivePath == other.ArchivePath {
		t.Errorf("both cameras' clips are %s and %s", first.ArchivePath, other.ArchivePath)
	}
	status, err := h.Status(time.Now())
	if err != nil || !slices.ContainsFunc(status.Warnings, func(w Warning) bool { return w.What == "serial-conflict" }) {
		t.Errorf("warnings: %v, %v", status.Warnings, err)
	}
	// From now on such a clip is recognised by its bytes alone.
	h.dock.Undock(one)
	h.dock.Undock(two)
	h.await("the bays are empty", h.isFree)
	h.dock.Dock(two)
	h.await("the bay is done", func() bool {
		bays := h.Bays()
		return len(bays) == 1 && bays[0].State == BayDone
	})
	if n := len(h.clips()); n != 2 {
		t.Errorf("there are %d clips now", n)
	}
	third := camera("CAM1", simcam.File{Path: "A.MP4", Size: 1000, ModTime: when, Seed: 3})
	h.dock.Undock(two)
	h.await("the bays are empty", h.isFree)
	h.dock.Dock(third)
	h.awaitState("CAM1/A.MP4#2", store.Stored)
}

func TestRelease(t *testing.T) {
	h := startStation(t, t.TempDir(), func(o *Options) { o.Release = true })
	cam := camera("CAM1", shot("A.MP4", 1000, time.Hour), shot("B.MP4", 2000, time.Hour))
	cam.Script(simcam.Fault{Kind: simcam.SecondRead, Path: "B.MP4", At: 10})
	h.dock.Dock(cam)
	h.await("A is released", func() bool { return !h.clips()["CAM1/A.MP4"].ReleasedAt.IsZero() })
	h.await("B says why not", func() bool { return h.clips()["CAM1/B.MP4"].ReleaseError != "" })
	if got := cam.Paths(); !slices.Equal(got, []string{"B.MP4"}) {
		t.Errorf("on the camera there are %v", got)
	}
}

func TestAGrowingFileIsOneClip(t *testing.T) {
	h := startStation(t, t.TempDir())
	f := shot("A.MP4", 2<<20, time.Hour)
	cam := camera("CAM1", f)
	hit := make(chan struct{}, 1)
	cam.Script(simcam.Fault{Kind: simcam.Stall, At: 1 << 20, Times: 1, Hit: hit})
	h.dock.Dock(cam)
	<-hit
	f.Size, f.ModTime = 3<<20, f.ModTime.Add(time.Minute)
	cam.Put(f)
	cam.Resume()
	c := h.awaitState("CAM1/A.MP4", store.Stored)
	if clips := h.clips(); c.Size != 3<<20 || len(clips) != 1 {
		t.Errorf("stored with %d bytes, of %d clips", c.Size, len(clips))
	}
}

func TestClocksThatNobodyCanBelieve(t *testing.T) {
	h := startStation(t, t.TempDir())
	var files []simcam.File
	for i, when := range []time.Time{
		{}, time.Unix(0, 0), time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2000, 1, 1, 9, 0, 0, 0, time.UTC), time.Now().Add(19 * time.Hour), time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		files = append(files, simcam.File{Path: fmt.Sprintf("A%d.MP4", i), Size: 10, ModTime: when})
	}
	h.dock.Dock(camera("CAM1", files...))
	h.await("all are stored", func() bool {
		bays := h.Bays()
		return len(bays) == 1 && bays[0].Stored == len(files)
	})
	for key, c := range h.clips() {
		if c.Clock != store.ClockSuspect || c.Deadline != store.Undecidable || c.TimeSource != store.SourceDocking ||
			!c.EndEarliest.IsZero() || !c.EndLatest.Equal(c.SeenAt) || c.ClockReason == "" {
			t.Errorf("%s: %+v", key, c)
		}
	}
}

// TestDeadlinePasses takes 24 hours, of a clock that waits for nobody.
func TestDeadlinePasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		<-time.After(27 * 365 * 24 * time.Hour) // bubbles start in 2000, when no clock is believed
		h := startStation(t, t.TempDir())
		cam := camera("CAM1", shot("A.MP4", 1000, time.Hour), shot("B.MP4", 1000, time.Hour))
		cam.Script(simcam.Fault{Kind: simcam.Stall, At: 0})
		h.dock.Dock(cam)
		synctest.Wait()
		<-time.After(time.Second)
		h.dock.Undock(cam)
		due := h.clips()["CAM1/A.MP4"].DueAt
		steps := []struct {
			until time.Time
			want  store.Deadline
		}{
			{due.Add(-4*time.Hour - time.Minute), store.Pending},
			{due.Add(-time.Hour), store.DueSoon},
			{due.Add(-time.Millisecond), store.DueSoon},
			{due.Add(5 * time.Second), store.Overdue},
		}
		for _, step := range steps {
			<-time.After(time.Until(step.until))
			synctest.Wait()
			if got := h.clips()["CAM1/A.MP4"]; got.Deadline != step.want || got.MissedAt.IsZero() != (step.want != store.Overdue) {
				t.Errorf("at %v: %s, missed %v; want %s", step.until, got.Deadline, got.MissedAt, step.want)
			}
		}
		missed := h.clips()["CAM1/A.MP4"].MissedAt
		if missed.Before(due) || missed.After(due.Add(5*time.Second)) {
			t.Errorf("missed at %v, due at %v", missed, due)
		}
		cam.Heal()
		h.dock.Dock(cam)
		if c := h.awaitState("CAM1/A.MP4", store.Stored); c.Deadline != store.Late || !c.MissedAt.Equal(missed) {
			t.Errorf("stored after all: %s, missed at %v", c.Deadline, c.MissedAt)
		}
		h.stop()
	})
}

func TestDeadlinePassesWhileNothingRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		<-time.After(27 * 365 * 24 * time.Hour)
		dir := t.TempDir()
		h := startStation(t, dir)
		cam := camera("CAM1", shot("A.MP4", 1000, time.Hour))
		cam.Script(simcam.Fault{Kind: simcam.Stall, At: 0})
		h.dock.Dock(cam)
		synctest.Wait()
		h.stop()
		<-time.After(30 * time.Hour)
		h = startStation(t, dir)
		synctest.Wait()
		if c := h.clips()["CAM1/A.MP4"]; c.Deadline != store.Overdue || time.Since(c.MissedAt) > time.Second {
			t.Errorf("after the restart: %s, missed at %v", c.Deadline, c.MissedAt)
		}
		h.stop()
	})
}

func TestReasonsAreBoundedWords(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("x: %w", errors.Join(store.ErrSource, device.ErrGone)), "gone"},
		{fmt.Errorf("x: %w", store.ErrSize), "size"},
		{errors.Join(store.ErrSource, os.ErrPermission), "permission"},
		{errors.New("A0001.MP4 is strange"), "other"},
	} {
		if got := reasonOf(c.err); got != c.want {
			t.Errorf("reasonOf(%v) = %q, want %q", c.err, got, c.want)
		}
	}
}
