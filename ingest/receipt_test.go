package ingest

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device/simcam"
	"custodock/store"
)

// code returns the receipt that the one bay shows once it is done, empty before.
func (h *harness) code() string {
	bays := h.Bays()
	if len(bays) != 1 || bays[0].State != BayDone {
		return ""
	}
	return bays[0].Receipt
}

// A docking that is done has a receipt, and another one once more was stored.
func TestReceiptWhenDone(t *testing.T) {
	h := startStation(t, t.TempDir())
	cam := camera("CAM1", shot("A.MP4", 1000, time.Hour), shot("B.MP4", 2000, time.Hour))
	h.dock.Dock(cam)
	h.await("there is a receipt", func() bool { return h.code() != "" })
	first := h.code()
	r, agrees, err := h.Store().CheckReceipt(first)
	if err != nil || !agrees || r.Clips != 2 || r.Bytes != 3000 || r.Camera != "CAM1" || r.Docking != h.Bays()[0].Docking {
		t.Errorf("receipt %+v, %v, %v", r, agrees, err)
	}
	cam.Put(shot("C.MP4", 3000, time.Minute))
	h.await("there is another receipt", func() bool { return h.code() != "" && h.code() != first })
	second := h.code()
	if r, agrees, err := h.Store().CheckReceipt(second); err != nil || !agrees || r.Clips != 3 {
		t.Errorf("receipt %+v, %v, %v", r, agrees, err)
	}
	h.dock.Undock(cam)
	h.await("it left", h.isFree)
	d, err := h.Store().Docking(r.Docking)
	if err != nil || d.Receipt != second || d.Speed <= 0 {
		t.Errorf("docking %+v, %v; want the last receipt, and a speed", d, err)
	}

	// All of it is known: a receipt of nothing but that.
	h.dock.Dock(cam)
	h.await("there is a receipt of known clips", func() bool { return h.code() != "" })
	if r, agrees, err := h.Store().CheckReceipt(h.code()); err != nil || !agrees || r.Clips != 0 || r.Known != 3 {
		t.Errorf("receipt %+v, %v, %v", r, agrees, err)
	}
	h.dock.Undock(cam)
	h.await("it left", h.isFree)
	if list, err := h.Store().Dockings("CAM1", 1); err != nil || list[0].Speed != 0 {
		t.Errorf("docking %+v, %v; want no speed of what was not read", list[0], err)
	}
}

// There is none while a clip is left, and none of a camera without clips.
func TestNoReceiptBeforeDone(t *testing.T) {
	h := startStation(t, t.TempDir())
	cam := camera("CAM1", shot("A.MP4", 1000, time.Hour), shot("BAD.MP4", 2000, time.Hour))
	cam.Script(simcam.Fault{Kind: simcam.ReadError, Path: "BAD.MP4", At: 0})
	h.dock.Dock(cam)
	h.awaitState("CAM1/BAD.MP4", store.Failed)
	h.awaitState("CAM1/A.MP4", store.Stored)
	h.dock.Undock(cam)
	h.await("it left", h.isFree)
	empty := camera("CAM2")
	h.dock.Dock(empty)
	h.await("the empty one is done", func() bool { // in this bay or, if it came before that was free, in another
		return slices.ContainsFunc(h.Bays(), func(b BayStatus) bool { return b.Camera == "CAM2" && b.State == BayDone })
	})
	h.dock.Undock(empty)
	h.await("it left", h.isFree)
	for _, serial := range []string{"CAM1", "CAM2"} {
		if list, err := h.Store().Dockings(serial, 1); err != nil || list[0].Receipt != "" {
			t.Errorf("docking %+v, %v; want no receipt", list[0], err)
		}
	}
}

// After a receipt of many clips the next one rests. A camera that leaves
// meanwhile gets its last one all the same.
func TestLastReceipt(t *testing.T) {
	h := startStation(t, t.TempDir())
	var many []simcam.File
	for i := range 100 {
		many = append(many, shot(fmt.Sprintf("A%04d.MP4", i), 10, time.Hour))
	}
	cam := camera("CAM1", many...)
	h.dock.Dock(cam)
	h.await("there is a receipt", func() bool { return h.code() != "" })
	cam.Put(shot("LAST.MP4", 10, time.Minute))
	h.awaitState("CAM1/LAST.MP4", store.Stored)
	h.dock.Undock(cam)
	h.await("it left", h.isFree)
	list, err := h.Store().Dockings("CAM1", 1)
	if err != nil {
		t.Fatal(err)
	}
	if r, agrees, err := h.Store().CheckReceipt(list[0].Receipt); err != nil || !agrees || r.Clips != 101 {
		t.Errorf("receipt %+v, %v, %v; want one of all 101 clips", r, agrees, err)
	}
}

// A receipt that cannot be made is made later.
func TestReceiptIsTriedAgain(t *testing.T) {
	h := startStation(t, t.TempDir())
	h.dock.Dock(camera("CAM1", shot("A.MP4", 1000, time.Hour)))
	h.await("there is a receipt", func() bool { return h.code() != "" })
	s := h.sessionList()[0]
	code, there := s.receipt, s.docking
	lost := *there
	lost.ID = "nothing" // of which the store makes no receipt
	s.mu.Lock()
	s.receipt, s.docking = "", &lost
	s.mu.Unlock()
	s.mint()
	h.queue.mu.Lock()
	waiting := s.lane.waiting
	s.lane.waiting = nil
	h.queue.mu.Unlock()
	if len(waiting) != 1 || waiting[0].task != taskMint || time.Until(waiting[0].after) <= 0 || h.code() != "" {
		t.Fatalf("%d jobs wait, and the bay shows %q; want one job and no receipt", len(waiting), h.code())
	}
	s.mu.Lock()
	s.docking = there
	s.mu.Unlock()
	s.do(t.Context(), waiting[0], func() {})
	if h.code() != code {
		t.Errorf("the bay shows %q; want %s", h.code(), code)
	}
}

// A receipt that can never be made is not tried again.
func TestReceiptOfTooManyClips(t *testing.T) {
	bubbled(t, func(t *testing.T) {
		h := startStation(t, t.TempDir())
		defer h.stop()
		cam := camera("CAM1", shot("A.LOG", 1000, time.Hour))
		h.dock.Dock(cam)
		synctest.Wait()
		first, s := h.code(), h.sessionList()[0]
		if first == "" {
			t.Fatal("there is no receipt")
		}
		s.mintFailed(fmt.Errorf("mint receipt: %w", store.ErrManyClips))
		if s.lane.waiting != nil {
			t.Errorf("%d jobs wait", len(s.lane.waiting))
		}
		cam.Put(shot("B.LOG", 1000, time.Hour))
		<-time.After(time.Hour)
		synctest.Wait()
		if b := h.Bays()[0]; b.State != BayDone || b.Stored != 2 || b.Receipt != "" {
			t.Errorf("the bay is %s with %d stored and receipt %q; want it done, without one", b.State, b.Stored, b.Receipt)
		}
		h.dock.Undock(cam)
		synctest.Wait()
		if list, err := h.Store().Dockings("CAM1", 1); err != nil || list[0].Receipt != first {
			t.Errorf("docking %+v, %v; want its first receipt, %s", list[0], err, first)
		}
	})
}
