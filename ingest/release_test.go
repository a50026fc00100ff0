package ingest

import (
	"testing"
	"testing/synctest"
	"time"

	"custodock/device"
	"custodock/device/simcam"
)

// A clip that its camera keeps is read anew for that once a docking, however
// often the camera is listed.
func TestReleaseIsAskedForOnceADocking(t *testing.T) {
	bubbled(t, func(t *testing.T) {
		h := startStation(t, t.TempDir(), func(o *Options) { o.Release = true })
		defer h.stop()
		cam := camera("CAM1", shot("KEPT.MP4", 1000, time.Hour))
		asked := make(chan struct{}, 100)
		cam.Script(simcam.Fault{Kind: simcam.SecondRead, Path: "KEPT.MP4", Hit: asked})
		for docking, path := range []string{"A.MP4", "B.MP4"} {
			h.dock.Dock(cam)
			synctest.Wait()
			cam.Put(shot(path, 10, time.Minute)) // it is listed again
			synctest.Wait()
			if c := h.clips()["CAM1/"+path]; c.ReleasedAt.IsZero() {
				t.Errorf("%s is %s and not released", path, c.State)
			}
			if n := len(asked); n != docking+1 {
				t.Errorf("after %d dockings the camera was asked %d times", docking+1, n)
			}
			h.dock.Undock(cam)
			synctest.Wait()
		}
		if c := h.clips()["CAM1/KEPT.MP4"]; c.ReleaseError == "" || !c.ReleasedAt.IsZero() {
			t.Errorf("the clip that was kept says %q", c.ReleaseError)
		}
	})
}

// Where two cameras have one serial, a clip is compared with the stored one once
// a docking.
func TestComparedOnceADocking(t *testing.T) {
	bubbled(t, func(t *testing.T) {
		opened := make(chan string, 100)
		h := startStation(t, t.TempDir(), func(o *Options) {
			o.Watchers = []device.Watcher{openings{o.Watchers[0], opened}}
		})
		defer h.stop()
		file := func(seed uint64) simcam.File {
			return simcam.File{Path: "A.LOG", Size: 1000, ModTime: time.Now().Truncate(time.Hour), Seed: seed}
		}
		one, two := camera("CAM1", file(1)), camera("CAM1", file(2))
		expect := func(what string, want int) {
			t.Helper()
			synctest.Wait()
			for _, b := range h.Bays() {
				if b.Camera != "" && b.State != BayDone {
					t.Errorf("%s: the bay is %s", what, b.State)
				}
			}
			if len(opened) != want {
				t.Errorf("%s: %d clips were opened; want %d", what, len(opened), want)
			}
			for len(opened) > 0 {
				<-opened
			}
		}
		h.dock.Dock(one)
		expect("the first camera", 1)
		h.dock.Dock(two)
		expect("another one with its serial", 1)
		two.Put(shot("B.LOG", 10, time.Minute))
		expect("it has more", 1)
		h.dock.Undock(one)
		h.dock.Undock(two)
		synctest.Wait()
		h.dock.Dock(two)
		expect("it comes again", 2) // both compared
		two.Put(shot("C.LOG", 10, time.Minute))
		expect("it has more again", 1)
	})
}
