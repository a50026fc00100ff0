//go:build e2e

package screens

import (
	"context"
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device"
	"custodock/device/simcam"
	"custodock/store"
)

// serial is that of the nth camera of the fleet, and the folder by which it
// has its bay.
func serial(n int) string { return fmt.Sprintf("DSJ7A%05d", 21031+37*n) }

// officers hold the cameras of the fleet, in order, and again from the first.
var officers = []store.Holder{
	{Badge: "031337", Name: "李娜", Unit: "东门所"}, {Badge: "031338", Name: "王强", Unit: "东门所"},
	{Badge: "031402", Name: "张伟", Unit: "东门所"}, {Badge: "031415", Name: "刘洋", Unit: "西城所"},
	{Badge: "031418", Name: "陈静", Unit: "西城所"}, {Badge: "031502", Name: "杨帆", Unit: "西城所"},
	{Badge: "031519", Name: "赵磊", Unit: "交警一中队"}, {Badge: "031533", Name: "周敏", Unit: "交警一中队"},
}

const (
	battery = .86
	size    = int64(64e9)
)

// camera is the nth of the fleet, with nothing on it.
func camera(n int, rate int64) *simcam.Camera {
	c := simcam.New(simcam.Options{
		Info: device.Info{Serial: serial(n), Model: "DSJ-7A", Firmware: "2.4.1", Folder: serial(n)},
		Rate: rate,
	})
	c.SetHealth(health(n, 0))
	return c
}

// health is what the nth camera says of itself on a day: batteries age, one
// clock runs away, one card fills up.
func health(n, day int) device.Health {
	full, total := battery-.002*float64(day*(n%3))-.03*math.Abs(math.Sin(float64(day+n))), size
	free := total - int64(float64(total)*math.Min(.96, .2+.01*float64(day*(n%4))))
	offset := time.Duration(float64(n-3)*.4*float64(time.Second)) + time.Duration(day*boolInt(n == 5))*700*time.Millisecond
	return device.Health{Battery: &full, StorageSize: &total, StorageFree: &free, ClockOffset: &offset}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// long is a clip that takes a while to copy.
func long(path string, end time.Time, size int64) (simcam.File, error) {
	f, err := simcam.RecordedFile(path, "h264.mp4", end)
	if err != nil {
		return f, err
	}
	data := make([]byte, f.Size)
	if _, err := f.Content.ReadAt(data, 0); err != nil {
		return f, err
	}
	f.Content, err = simcam.Padded(data, size)
	f.Size = size
	return f, err
}

// work lets a fleet of cameras work for some days up to the evening before
// today, in a bubble in which time is free: what is in the catalog then is
// what a station that ran for so long has.
func work(t *testing.T, dir string, cameras, days int) {
	t.Helper()
	until := time.Now()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(until.AddDate(0, 0, -days).Truncate(24 * time.Hour)))
		w := &shifts{t: t, fleet: make([]*simcam.Camera, cameras), dock: simcam.NewDock()}
		st, station, err := openStation(dir, cameras, w.dock)
		if err != nil {
			t.Fatal(err)
		}
		w.store = st
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- station.Run(ctx) }()
		for n := range w.fleet {
			w.fleet[n] = camera(n, int64(14-n%3)<<20)
			w.must(st.Assign(serial(n), officers[n%len(officers)], time.Now()))
		}
		for day := range days {
			w.day(day)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
}

// shifts is a fleet at work.
type shifts struct {
	t     *testing.T
	store *store.Store
	fleet []*simcam.Camera
	dock  *simcam.Dock
}

func (w *shifts) must(_ any, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// day is one day of every camera: out from 08:00 on, back at 18:00; some come
// back a day later than they should, and some clocks are not believed.
func (w *shifts) day(day int) {
	morning := time.Now().Add(8 * time.Hour)
	var back []*simcam.Camera
	for n, c := range w.fleet {
		c.SetHealth(health(n, day))
		for i, hour := range []time.Duration{2, 6} {
			end := morning.Add(hour*time.Hour + time.Duration(n*7)*time.Minute)
			if n == 6 && day%9 == 4 {
				end = time.Date(2000, 1, 1, 8, i, 0, 0, time.UTC) // its battery had been flat
			}
			sample := []string{"h264.mp4", "h264.mov", "h265.mp4"}[(n+i+day)%3]
			f, err := simcam.RecordedFile(fmt.Sprintf("DCIM/%s/A%04d.%s", end.Format("20060102"), 2*day+i+1, ending(sample)), sample, end)
			if err != nil {
				w.t.Fatal(err)
			}
			c.Put(f)
		}
		if away := (n*11+day)%37 == 3 || n == 6 && day%9 == 3; !away { // until tomorrow
			back = append(back, c)
		}
	}
	time.Sleep(time.Until(morning.Add(10 * time.Hour)))
	for _, c := range back {
		w.dock.Dock(c)
		time.Sleep(time.Minute)
	}
	time.Sleep(time.Hour)
	synctest.Wait()
	for _, c := range back {
		w.dock.Undock(c)
		for _, path := range c.Paths() {
			c.Remove(path) // cleaned once all is stored, as many stations do
		}
	}
	time.Sleep(time.Until(morning.Add(16 * time.Hour)))
}

func ending(sample string) string {
	if sample == "h264.mov" {
		return "MOV"
	}
	return "MP4"
}
