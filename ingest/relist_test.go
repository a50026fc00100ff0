package ingest

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device"
	"custodock/device/simcam"
	"custodock/store"
)

// A camera of which a part cannot be read is listed again, until it can. The
// officer is told to leave it, and nothing is read twice.
func TestUnreadableIsListedAgain(t *testing.T) {
	bubbled(t, func(t *testing.T) {
		opened := make(chan string, 100)
		h := startStation(t, t.TempDir(), func(o *Options) {
			o.Watchers = []device.Watcher{openings{o.Watchers[0], opened}}
		})
		defer h.stop()
		cam := camera("CAM1", shot("A.LOG", 10, time.Hour), shot("B.LOG", 20, time.Hour))
		listed := make(chan struct{}, 100)
		cam.Script(simcam.Fault{Kind: simcam.ListShort, At: 1, Hit: listed})
		h.dock.Dock(cam)
		synctest.Wait()
		var after []time.Duration
		start := time.Now()
		for range 200 { // of 10 s each
			for ; len(listed) > 0; <-listed {
				after = append(after, time.Since(start))
			}
			want := NeedPatience
			if len(after) > len(missPauses) {
				want = NeedStaff
			}
			if b := h.Bays()[0]; b.State != BayAttention || b.Need != want || b.Stored != 1 || b.Receipt != "" {
				t.Fatalf("after %v and %d listings the bay is %s, %q, with %d stored and receipt %q; want %s", time.Since(start), len(after), b.State, b.Need, b.Stored, b.Receipt, want)
			}
			<-time.After(10 * time.Second)
			synctest.Wait()
		}
		want := []time.Duration{0, 10, 40, 100, 220, 520, 1120, 1720}
		for i := range want {
			want[i] *= time.Second
		}
		if !slices.Equal(after, want) {
			t.Errorf("listed after %v; want %v", after, want)
		}
		if n := len(opened); n != 1 {
			t.Errorf("clips were opened %d times; want the one that is there once", n)
		}
		cam.Heal()
		<-time.After(missRest)
		synctest.Wait()
		if b := h.Bays()[0]; b.State != BayDone || b.Stored != 2 || b.Receipt == "" || len(opened) != 2 {
			t.Errorf("once all can be read the bay is %s, %q, with %d stored and receipt %q, after %d openings", b.State, b.Need, b.Stored, b.Receipt, len(opened))
		}
	})
}

// A camera that is locked is listed soon after it is unlocked, however long that
// took, and also when it says so.
func TestLockedIsListedSoon(t *testing.T) {
	bubbled(t, func(t *testing.T) {
		h := startStation(t, t.TempDir())
		defer h.stop()
		cam := camera("CAM1", shot("A.LOG", 10, time.Hour))
		lock := func() { cam.Script(simcam.Fault{Kind: simcam.ListLocked}) }
		lock()
		h.dock.Dock(cam)
		<-time.After(time.Hour)
		synctest.Wait()
		if b := h.Bays()[0]; b.State != BayAttention || b.Need != NeedUnlock || b.Message == "" {
			t.Errorf("the bay of a locked camera is %s, %q, %q", b.State, b.Need, b.Message)
		}
		cam.Heal()
		<-time.After(lockedPause)
		synctest.Wait()
		if got := h.state("CAM1/A.LOG"); got != store.Stored {
			t.Errorf("ten seconds after it was unlocked, its clip is %s", got)
		}
		lock()
		cam.Put(shot("B.LOG", 20, time.Hour))
		<-time.After(time.Hour)
		cam.Heal()
		cam.Put(shot("C.LOG", 30, time.Hour)) // which tells
		synctest.Wait()
		if got := h.state("CAM1/C.LOG"); got != store.Stored {
			t.Errorf("as soon as it says that it has more, its clip is %s", got)
		}
	})
}

// Whoever takes a camera that is still to be listed in full takes it too early.
func TestPulledBeforeItWasListedInFull(t *testing.T) {
	bubbled(t, func(t *testing.T) {
		h := startStation(t, t.TempDir())
		defer h.stop()
		cam := camera("CAM1", shot("A.LOG", 10, time.Hour))
		cam.Script(simcam.Fault{Kind: simcam.ListShort, At: 1})
		h.dock.Dock(cam)
		synctest.Wait()
		h.dock.Undock(cam)
		synctest.Wait()
		if got := h.pulled(1); got == nil || !got.Unlisted {
			t.Errorf("pulled %+v; want it unlisted", got)
		}
	})
}

// What no listing can have does not make the camera be listed again.
func TestUnlistableForGood(t *testing.T) {
	bubbled(t, func(t *testing.T) {
		h := startStation(t, t.TempDir())
		defer h.stop()
		cam := simcam.New(simcam.Options{Info: device.Info{Serial: "CAM1"}, Files: []simcam.File{shot("A.LOG", 10, time.Hour)},
			Skipped: []device.Skipped{{Path: "BIG.MP4", Reason: device.SkipNoSize}}})
		h.dock.Dock(cam)
		synctest.Wait()
		cam.Script(simcam.Fault{Kind: simcam.ListError})
		<-time.After(24 * time.Hour)
		synctest.Wait()
		if b := h.Bays()[0]; b.State != BayAttention || b.Need != NeedStaff || b.Receipt != "" || h.state("CAM1/A.LOG") != store.Stored {
			t.Errorf("the bay is %s, %q, with receipt %q; want the staff to see to it", b.State, b.Need, b.Receipt)
		}
	})
}

// Of a camera of which a part can never be listed, a clip that went away is not
// waited for; one that is there, and cannot be read, is.
func TestGoneFromAPartlyListedCamera(t *testing.T) {
	bubbled(t, func(t *testing.T) {
		h := startStation(t, t.TempDir())
		defer h.stop()
		cam := simcam.New(simcam.Options{Info: device.Info{Serial: "CAM1"},
			Files:   []simcam.File{shot("A.LOG", 10, time.Hour), shot("B.TMP", 20, time.Hour), shot("C.LOG", 30, time.Hour)},
			Skipped: []device.Skipped{{Path: "BIG.MP4", Reason: device.SkipNoSize}}})
		cam.Script(simcam.Fault{Kind: simcam.Short, Path: "B.TMP", At: 5}, simcam.Fault{Kind: simcam.ReadError, Path: "C.LOG", At: 0})
		h.dock.Dock(cam)
		synctest.Wait()
		if b := h.Bays()[0]; b.Left != 2 || b.Failed != 2 || b.Need != NeedReading {
			t.Fatalf("with two clips that fail, %d are left and %d failed, %q", b.Left, b.Failed, b.Need)
		}
		cam.Remove("B.TMP")
		cam.Put(shot("B.MP4", 20, time.Hour)) // it is called so from now on
		<-time.After(time.Hour)
		synctest.Wait()
		if b := h.Bays()[0]; b.Left != 1 || b.Failed != 1 || b.Need != NeedReading || h.state("CAM1/B.MP4") != store.Stored {
			t.Errorf("when one is there by another name, %d are left and %d failed, %q", b.Left, b.Failed, b.Need)
		}
		cam.Heal()
		<-time.After(2 * maxPause)
		synctest.Wait()
		if b := h.Bays()[0]; b.State != BayAttention || b.Need != NeedStaff || b.Left != 0 || b.Failed != 0 {
			t.Errorf("when the other can be read the bay is %s, %q, with %d left and %d failed", b.State, b.Need, b.Left, b.Failed)
		}
		h.dock.Undock(cam)
		synctest.Wait()
		if list, err := h.Store().Dockings("CAM1", 1); err != nil || list[0].Unstored != 0 {
			t.Errorf("docking %+v, %v; want nothing that it left with", list[0], err)
		}
	})
}

// An officer is not sent away from a camera of which a part was never listed.
func TestAPartThatCannotBeListedIsNotDone(t *testing.T) {
	for _, tt := range []struct {
		lacks       lack
		misses      int
		state, need string
	}{
		{lacksNothing, 0, BayDone, ""},
		{lacksForNow, 0, BayAttention, NeedPatience},
		{lacksForNow, len(missPauses), BayAttention, NeedPatience},
		{lacksForNow, len(missPauses) + 1, BayAttention, NeedStaff},
		{lacksForGood, 0, BayAttention, NeedStaff},
	} {
		s := &session{left: map[string]waiting{}, lacks: tt.lacks, misses: tt.misses}
		if state, need, message := s.state(); state != tt.state || need != tt.need || (message == "") != (need == "") {
			t.Errorf("%+v: the bay is %s, %q, %q", tt, state, need, message)
		}
	}
}

func TestLackOf(t *testing.T) {
	because := func(n int, reasons ...string) device.Listing {
		l := device.Listing{SkippedN: n}
		for _, r := range reasons {
			l.Skipped = append(l.Skipped, device.Skipped{Reason: r})
		}
		return l
	}
	for _, tt := range []struct {
		listing device.Listing
		want    lack
	}{
		{device.Listing{Complete: true, SkippedN: 1, Skipped: []device.Skipped{{Reason: device.SkipSymlink}}}, lacksNothing},
		{because(1, device.SkipNoSize), lacksForGood},
		{because(2, device.SkipTooDeep, device.SkipTooMany), lacksForGood},
		{because(2, device.SkipNoSize, device.SkipUnreadable), lacksForNow},
		{because(2, device.SkipNoSize), lacksForNow}, // one that is not named
		{because(0), lacksForNow},
	} {
		if got := lackOf(tt.listing); got != tt.want {
			t.Errorf("%+v lacks %d; want %d", tt.listing, got, tt.want)
		}
	}
}
