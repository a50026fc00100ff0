package ingest

import (
	"testing"
	"time"

	"custodock/device"
	"custodock/device/simcam"
	"custodock/store"
)

// fast is a camera whose clock is ahead.
func fast(serial string, by time.Duration, local bool, files ...simcam.File) *simcam.Camera {
	return simcam.New(simcam.Options{
		Info: device.Info{Serial: serial}, Files: files,
		Health: device.Health{ClockOffset: &by, LocalClock: local},
	})
}

// awaitBooks waits until the camera in the only bay is done with, and returns
// what is known of it.
func (h *harness) awaitBooks(serial string) (*store.Camera, *store.Docking) {
	h.t.Helper()
	h.await(serial+" is done", func() bool {
		bays := h.Bays()
		return len(bays) == 1 && bays[0].Camera == serial && bays[0].State == BayDone
	})
	c, err := h.Store().Camera(serial)
	if err != nil {
		h.t.Fatal(err)
	}
	d, err := h.Store().Docking(c.LastDocking)
	if err != nil {
		h.t.Fatal(err)
	}
	return c, d
}

// The offset is measured, then the clock is set: what was recorded before is
// corrected, and the next docking finds no contradiction.
func TestClockIsSet(t *testing.T) {
	const ahead = 19 * time.Hour
	h := startStation(t, t.TempDir(), func(o *Options) {
		o.SetClocks, o.ClockSynchronized = true, func() bool { return true }
	})
	cam := fast("CAM1", ahead, false, shot("A.MP4", 10, time.Hour-ahead))
	h.dock.Dock(cam)
	c, d := h.awaitBooks("CAM1")
	if got := cam.ClockOffset(); *got != 0 {
		t.Errorf("the camera's clock is %v off; want it set", got)
	}
	if d.ClockOffset == nil || *d.ClockOffset != ahead.Seconds() || *c.ClockOffset != ahead.Seconds() || c.ClockSetAt.IsZero() {
		t.Errorf("docking %+v, camera %+v; want the offset as it was measured, and that it was set", d, c)
	}
	if clip := h.clips()["CAM1/A.MP4"]; clip.Clock != store.ClockCorrected || clip.Deadline != store.OnTime {
		t.Errorf("clip %+v; want it corrected and in time", clip)
	}
	h.dock.Undock(cam)
	h.await("it left", h.isFree)
	cam.Put(shot("B.MP4", 10, 0))
	h.dock.Dock(cam)
	h.awaitBooks("CAM1")
	if clip := h.clips()["CAM1/B.MP4"]; clip.Clock != store.ClockTrusted {
		t.Errorf("clip %+v; want its clock trusted once it was set", clip)
	}
}

func TestClockIsNotSet(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"by default":                       func(*Options) {},
		"from a station without true time": func(o *Options) { o.SetClocks, o.ClockSynchronized = true, func() bool { return false } },
	} {
		t.Run(name, func(t *testing.T) {
			h := startStation(t, t.TempDir(), change)
			cam := fast("CAM1", time.Hour, false)
			h.dock.Dock(cam)
			if c, _ := h.awaitBooks("CAM1"); !c.ClockSetAt.IsZero() || *cam.ClockOffset() != time.Hour {
				t.Errorf("camera %+v, off by %v; want its clock left alone", c, cam.ClockOffset())
			}
		})
	}
}

// A clock that names no zone shows the camera's.
func TestClockWithoutZone(t *testing.T) {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		shows, want time.Duration
	}{
		{8 * time.Hour, 0},
		{8*time.Hour + 90*time.Second, 90 * time.Second},
		{0, -8 * time.Hour},
	} {
		h := startStation(t, t.TempDir(), func(o *Options) { o.Zone = shanghai })
		h.dock.Dock(fast("CAM1", tt.shows, true))
		if _, d := h.awaitBooks("CAM1"); d.ClockOffset == nil || *d.ClockOffset != tt.want.Seconds() {
			t.Errorf("a clock that shows %v more than UTC is off by %v s in Shanghai; want %v", tt.shows, *d.ClockOffset, tt.want)
		}
		h.stop()
	}
}
