package ingest

import (
	"testing"
	"testing/synctest"
	"time"

	"custodock/device"
	"custodock/device/simcam"
	"custodock/store"
)

// recordedLately is a clip whose container says that it ended an hour ago, and
// whose modification time that it ended thirty hours ago.
func recordedLately(t *testing.T, path string) simcam.File {
	t.Helper()
	f, err := simcam.RecordedFile(path, "h264.mp4", time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	f.ModTime = time.Now().Add(-30 * time.Hour).Truncate(time.Second)
	return f
}

// A wrong modification time accuses nobody before the clip is looked into,
// however the listing ends that finds it, and whatever is being copied.
func TestLookedIntoBeforeItIsMissed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		busy   bool // clips that are due first are being copied all the while
		faults []simcam.Fault
	}{
		{"listed whole", false, nil},
		{"listed before it breaks off", true, []simcam.Fault{{Kind: simcam.ListError, At: 2, Times: 1}}},
		{"listed after it broke off", false, []simcam.Fault{{Kind: simcam.ListError, At: 1, Times: 1}}},
		{"listed while another is copied", true, []simcam.Fault{{Kind: simcam.ListError, At: 1, Times: 1}}},
		{"does not answer at first", true, []simcam.Fault{
			{Kind: simcam.ListError, At: 2, Times: 1}, {Kind: simcam.ReadError, Path: "B.MP4", At: 0, Times: 1},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubbled(t, func(t *testing.T) {
				h := startStation(t, t.TempDir())
				defer h.stop()
				first := shot("A.LOG", 10, time.Hour)
				if tt.busy { // for a quarter of a minute
					first = shot("A.MP4", 15<<20, 40*time.Hour)
				}
				cam := simcam.New(simcam.Options{Info: device.Info{Serial: "CAM1"}, Rate: 1 << 20,
					Files: []simcam.File{first, recordedLately(t, "B.MP4")}})
				cam.Script(tt.faults...)
				h.dock.Dock(cam)
				<-time.After(10 * time.Second)
				synctest.Wait()
				b := h.clips()["CAM1/B.MP4"]
				if b.ID == "" || !b.MissedAt.IsZero() {
					t.Errorf("after ten seconds the clip is %s, %s by its %s, missed at %v", b.State, b.Deadline, b.TimeSource, b.MissedAt)
				}
				if wait := b.State != store.Stored; wait != tt.busy {
					t.Errorf("after ten seconds the clip is %s, busy %v", b.State, tt.busy)
				}
			})
		})
	}
}

// A clip that is let go of, all of which the camera reads for that, keeps no other
// from being looked into.
func TestLookedIntoBesideARelease(t *testing.T) {
	bubbled(t, func(t *testing.T) {
		h := startStation(t, t.TempDir(), func(o *Options) { o.Release = true })
		defer h.stop()
		cam := simcam.New(simcam.Options{Info: device.Info{Serial: "CAM1"}, Rate: 1 << 20, Files: []simcam.File{shot("A.MP4", 15<<20, time.Hour)}})
		h.dock.Dock(cam)
		<-time.After(17 * time.Second) // 15 of them to copy it
		if len(cam.Paths()) != 1 || h.state("CAM1/A.MP4") != store.Stored {
			t.Fatalf("the clip is %s, and %v on the camera; it was to be stored and about to be let go of", h.state("CAM1/A.MP4"), cam.Paths())
		}
		cam.Put(recordedLately(t, "B.MP4"))
		<-time.After(8 * time.Second)
		synctest.Wait()
		if b := h.clips()["CAM1/B.MP4"]; b.ID == "" || !b.MissedAt.IsZero() {
			t.Errorf("the clip is %s by its %s, missed at %v", b.State, b.TimeSource, b.MissedAt)
		}
	})
}

// A read that hangs keeps no listing from its end: the look is given up.
func TestLookIsGivenUp(t *testing.T) {
	bubbled(t, func(t *testing.T) {
		h := startStation(t, t.TempDir())
		defer h.stop()
		cam := camera("CAM1", shot("A.MP4", 10, 40*time.Hour), recordedLately(t, "B.MP4"))
		cam.Script(simcam.Fault{Kind: simcam.ListError, At: 1, Times: 1}, simcam.Fault{Kind: simcam.Stall, Path: "A.MP4", At: 0})
		h.dock.Dock(cam)
		<-time.After(time.Minute)
		synctest.Wait()
		if b := h.Bays()[0]; b.State != BayCopying || b.Left != 2 {
			t.Errorf("the bay is %s, %q, with %d left; want both clips of a whole listing", b.State, b.Need, b.Left)
		}
		cam.Resume()
		cam.Heal()
		synctest.Wait()
		if b := h.Bays()[0]; b.State != BayDone || b.Stored != 2 {
			t.Errorf("when it answers again the bay is %s, %q, with %d stored", b.State, b.Need, b.Stored)
		}
	})
}
