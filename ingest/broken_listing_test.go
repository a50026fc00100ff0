package ingest

import (
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device/simcam"
	"custodock/store"
)

// bubbled runs f in a bubble in which clocks are believed: bubbles start in 2000.
func bubbled(t *testing.T, f func(*testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		<-time.After(27 * 365 * 24 * time.Hour)
		f(t)
	})
}

// What was seen before the camera was pulled is in the catalog, and due.
func TestPulledWhileItIsListed(t *testing.T) {
	bubbled(t, func(t *testing.T) {
		h := startStation(t, t.TempDir())
		defer h.stop()
		cam := camera("CAM1", shot("A.MP4", 10, time.Hour), shot("B.MP4", 20, time.Hour), shot("C.MP4", 30, time.Hour))
		cam.Script(simcam.Fault{Kind: simcam.ListPull, At: 2})
		h.dock.Dock(cam)
		synctest.Wait()
		clips := h.clips()
		if a := clips["CAM1/A.MP4"]; len(clips) != 2 || a.State != store.Seen || a.DueAt.IsZero() {
			t.Fatalf("of two clips that were seen the catalog has %+v", clips)
		}
		list, err := h.Store().Dockings("CAM1", 1)
		if err != nil || list[0].Unstored != 2 || list[0].UnstoredBytes != 30 || list[0].Complete {
			t.Errorf("docking %+v, %v; want two clips that are not stored", list[0], err)
		}
		if bays := h.Bays(); len(bays) != 1 || bays[0].Pulled == nil || bays[0].Pulled.Left != 2 || !bays[0].Pulled.Unlisted {
			t.Errorf("bays %+v; want one whose camera was pulled, with 2 clips and perhaps more", bays)
		}
		<-time.After(24 * time.Hour)
		synctest.Wait()
		if a := h.clips()["CAM1/A.MP4"]; a.Deadline != store.Overdue || a.MissedAt.IsZero() {
			t.Errorf("a day later the clip is %s, missed at %v", a.Deadline, a.MissedAt)
		}
	})
}

// A camera that is done, and is taken as it happens to be listed again, is done.
// One that has more by then is not.
func TestPulledWhileItIsListedAgain(t *testing.T) {
	for _, tt := range []struct {
		name string
		more bool
		lost bool // the camera says that it is gone before its watcher does
	}{{"as it was", false, false}, {"with another clip", true, false}, {"gone at once", false, true}} {
		t.Run(tt.name, func(t *testing.T) {
			bubbled(t, func(t *testing.T) {
				h := startStation(t, t.TempDir())
				defer h.stop()
				a := shot("A.LOG", 10, time.Hour)
				cam := camera("CAM1", a, shot("B.LOG", 20, time.Hour))
				h.dock.Dock(cam)
				synctest.Wait()
				again := a // it only says that something changed
				want := store.Books{Files: 2, Bytes: 30, New: 2, Stored: 2}
				if tt.more {
					again = shot("C.LOG", 30, time.Hour)
					want = store.Books{Files: 3, Bytes: 60, New: 3, Stored: 2, Unstored: 1, UnstoredBytes: 30}
				}
				if tt.lost {
					cam.Script(simcam.Fault{Kind: simcam.Lost})
				} else {
					cam.Script(simcam.Fault{Kind: simcam.ListPull, At: 2 + oneIf(tt.more)})
				}
				cam.Put(again)
				<-time.After(goneGrace / 2)
				synctest.Wait()
				if tt.lost {
					h.dock.Undock(cam)
					synctest.Wait()
				}
				c, err := h.Store().Camera("CAM1")
				if err != nil || c.Unlisted != tt.more {
					t.Errorf("the camera is unlisted: %v, %v; want %v", c.Unlisted, err, tt.more)
				}
				d, err := h.Store().Docking(c.LastDocking)
				if err != nil || d.Complete == tt.more || !reflect.DeepEqual(d.Books, want) || d.Closed != store.ClosedUndocked {
					t.Errorf("docking %+v, %v; want it complete: %v, and %+v", d, err, !tt.more, want)
				}
				if got := h.pulled(1); (got != nil) != tt.more {
					t.Errorf("pulled %+v; want that: %v", got, tt.more)
				}
			})
		})
	}
}

// A listing that breaks off has what it came to stored, and takes nothing off
// what was known before.
func TestListingBreaksOff(t *testing.T) {
	bubbled(t, func(t *testing.T) {
		h := startStation(t, t.TempDir())
		defer h.stop()
		cam := camera("CAM1", shot("A.MP4", 10, time.Hour), shot("B.MP4", 20, time.Hour))
		cam.Script(simcam.Fault{Kind: simcam.ListError, At: 1}, simcam.Fault{Kind: simcam.ReadError, Path: "B.MP4", At: 0})
		h.dock.Dock(cam)
		synctest.Wait()
		if a := h.state("CAM1/A.MP4"); a != store.Stored {
			t.Errorf("the clip that was listed is %s", a)
		}
		if b := h.Bays()[0]; b.State != BayAttention || b.Need != NeedReinsert {
			t.Errorf("the bay is %s, %s", b.State, b.Need)
		}
		cam.Heal()
		cam.Script(simcam.Fault{Kind: simcam.ReadError, Path: "B.MP4", At: 0})
		<-time.After(firstPause)
		synctest.Wait()
		if b := h.state("CAM1/B.MP4"); b != store.Failed {
			t.Fatalf("once all is listed, the clip that cannot be read is %s", b)
		}
		cam.Script(simcam.Fault{Kind: simcam.ListError, At: 1})
		cam.Put(shot("A.MP4", 11, time.Minute))
		synctest.Wait()
		if b := h.Bays()[0]; b.Left != 1 || b.Failed != 1 || b.Need != NeedReinsert {
			t.Errorf("after a listing that did not come to it, %d clips are left, %d of them failed", b.Left, b.Failed)
		}
		cam.Heal()
		cam.Script(simcam.Fault{Kind: simcam.ListError, At: 1})
		<-time.After(2 * firstPause) // it is tried again meanwhile
		synctest.Wait()
		if b := h.state("CAM1/B.MP4"); b != store.Stored {
			t.Errorf("after listings without it, the clip that was left is %s", b)
		}
	})
}

// A file that grows is one clip, also where no listing is whole.
func TestAGrowingFileOfAPartlyListedCamera(t *testing.T) {
	bubbled(t, func(t *testing.T) {
		h := startStation(t, t.TempDir())
		defer h.stop()
		f := shot("A.MP4", 10, time.Hour)
		cam := camera("CAM1", f, shot("B.MP4", 20, time.Hour))
		cam.Script(simcam.Fault{Kind: simcam.ListShort, At: 1}, simcam.Fault{Kind: simcam.ReadError, At: 0})
		h.dock.Dock(cam)
		synctest.Wait()
		f.Size, f.ModTime = 11, f.ModTime.Add(time.Minute)
		cam.Put(f)
		synctest.Wait()
		cam.Heal()
		<-time.After(time.Hour)
		synctest.Wait()
		stats, err := h.Store().Stats(time.Now())
		if a := h.clips()["CAM1/A.MP4"]; err != nil || stats.Clips != 2 || a.State != store.Stored || a.Size != 11 {
			t.Errorf("of two clips the catalog has %d, %v, and the one that grew is %s with %d bytes", stats.Clips, err, a.State, a.Size)
		}
	})
}

// A camera that cannot be reached, and that nobody sees leave, is not copied.
func TestGoneAndStillThere(t *testing.T) {
	bubbled(t, func(t *testing.T) {
		h := startStation(t, t.TempDir())
		defer h.stop()
		cam := camera("CAM1", shot("A.LOG", 2<<20, time.Hour), shot("B.LOG", 10, time.Hour))
		cam.Script(simcam.Fault{Kind: simcam.Stall, At: 0, Times: 1})
		h.dock.Dock(cam)
		synctest.Wait()
		cam.Script(simcam.Fault{Kind: simcam.Lost})
		cam.Resume()
		<-time.After(goneGrace / 2)
		synctest.Wait()
		if b := h.Bays()[0]; b.State != BayCopying || b.Failed != 0 {
			t.Errorf("while it may be leaving the bay is %s, %q, with %d failed", b.State, b.Need, b.Failed)
		}
		<-time.After(goneGrace)
		synctest.Wait()
		if b := h.Bays()[0]; b.State != BayAttention || b.Need != NeedReinsert || b.Failed == 0 {
			t.Errorf("when nobody saw it leave the bay is %s, %q, with %d failed", b.State, b.Need, b.Failed)
		}
		cam.Heal()
		<-time.After(2 * maxPause)
		synctest.Wait()
		if b := h.Bays()[0]; b.State != BayDone || b.Stored != 2 {
			t.Errorf("when it answers again the bay is %s, %q, with %d stored", b.State, b.Need, b.Stored)
		}
	})
}
