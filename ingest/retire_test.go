package ingest

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"custodock/store"
)

// conflicts counts the warnings of two cameras with one serial.
func (h *harness) conflicts() (n int) {
	h.t.Helper()
	status, err := h.Status(time.Now())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, w := range status.Warnings {
		if w.What == "serial-conflict" {
			n++
		}
	}
	return n
}

// The station warns of a conflict until somebody has settled it, and again when
// there is another one.
func TestConflictIsSettled(t *testing.T) {
	h := startStation(t, t.TempDir())
	one, two := camera("CAM1", shot("A.MP4", 10, time.Hour)), camera("CAM1", shot("B.MP4", 20, time.Hour))
	inBays := func(n int) {
		t.Helper()
		h.await("cameras are in their bays", func() bool { return len(h.Bays()) == n })
	}
	h.dock.Dock(one)
	h.awaitState("CAM1/A.MP4", store.Stored)
	h.dock.Dock(two)
	h.awaitState("CAM1/B.MP4", store.Stored)
	if n, bays := h.conflicts(), h.Bays(); n != 1 || len(bays) != 2 || !bays[0].Conflict || !bays[1].Conflict {
		t.Errorf("%d warnings, bays %+v; want one, and both bays marked", n, bays)
	}
	h.dock.Undock(two)
	inBays(1)
	if bay := h.Bays()[0]; h.conflicts() != 1 || !bay.Conflict {
		t.Errorf("bay %+v; want it warned of until it is settled", bay)
	}
	if _, err := h.SettleConflict("CAM1", "chief", "one was renumbered", time.Now()); err != nil {
		t.Fatal(err)
	}
	if bay := h.Bays()[0]; h.conflicts() != 0 || bay.Conflict {
		t.Errorf("bay %+v; want it settled", bay)
	}
	h.dock.Undock(one)
	inBays(0)
	h.dock.Dock(one)
	inBays(1)
	if h.conflicts() != 0 {
		t.Error("the camera that stays is warned of")
	}
	h.dock.Dock(two)
	inBays(2)
	if n := h.conflicts(); n != 1 {
		t.Errorf("%d warnings of the next conflict; want one", n)
	}
}

// What two clocks showed before a conflict was settled is no jump of the one
// that stays.
func TestClockAfterAConflict(t *testing.T) {
	h := startStation(t, t.TempDir())
	s, now := h.Store(), time.Now()
	read := func(at time.Time, offset float64) *session {
		t.Helper()
		d, before, err := s.Dock(store.Docking{Camera: "CAM1"}, "", "", at)
		if err != nil {
			t.Fatal(err)
		}
		by := inSeconds(offset)
		sess := &session{st: h.Station, log: h.log, docking: d, offset: &by}
		sess.info.Serial = "CAM1"
		sess.readClock()
		err = s.UpdateDocking(d.ID, "health", at, func(d *store.Docking, c *store.Camera) { bookClock(d, c, sess.docking, at) })
		if err != nil || before == nil {
			t.Fatal(err)
		}
		return sess
	}
	first := read(now.Add(-3*time.Hour), 7200)
	second := read(now.Add(-2*time.Hour), 0)
	for _, sess := range []*session{first, second} {
		if err := s.Undock(sess.docking.ID, now.Add(-2*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.SettleConflict("CAM1", "chief", "x", now.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := read(now, 0); got.badTime != "" || len(got.clock) != 1 {
		t.Errorf("doubt %q, %d readings; want the ledger to begin anew", got.badTime, len(got.clock))
	}
}

// Nobody misses a retired camera, and it has no series; docking it says so and
// takes it back.
func TestRetiredCamera(t *testing.T) {
	h := startStation(t, t.TempDir())
	s, now := h.Store(), time.Now()
	d, _, err := s.Dock(store.Docking{Camera: "CAM1"}, "", "", now.Add(-72*time.Hour))
	if err == nil {
		err = s.Undock(d.ID, now.Add(-48*time.Hour))
	}
	if err != nil {
		t.Fatal(err)
	}
	reg := prometheus.NewPedanticRegistry()
	if err := h.Metrics().Register(reg, h.Station); err != nil {
		t.Fatal(err)
	}
	h.Metrics().Failed("CAM1", "list", "gone")
	out := func() int {
		t.Helper()
		_, n, err := h.CamerasOut(now)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	series := func() string {
		t.Helper()
		return exposition(t, reg, h.Station)
	}
	if out() != 1 || strings.Count(series(), `camera="CAM1"`) < 4 {
		t.Fatalf("before: %d cameras are out, series\n%s", out(), series())
	}
	if _, err := h.Retire("CAM1", "chief", "lost", now); err != nil {
		t.Fatal(err)
	}
	if got := series(); out() != 0 || strings.Contains(got, "CAM1") {
		t.Errorf("retired: %d cameras are out, series\n%s", out(), got)
	}
	if _, err := h.Reinstate("CAM1", "chief", "found", now); err != nil {
		t.Fatal(err)
	}
	if out() != 1 || !strings.Contains(series(), `custodock_camera_docked{camera="CAM1"} 0`) {
		t.Errorf("reinstated: %d cameras are out, series\n%s", out(), series())
	}
	if _, err := h.Retire("CAM1", "chief", "lost", now); err != nil {
		t.Fatal(err)
	}
	h.dock.Dock(camera("CAM1", shot("A.MP4", 10, time.Hour)))
	h.awaitState("CAM1/A.MP4", store.Stored)
	c, err := s.Camera("CAM1")
	if err != nil || c.Retired != nil || !strings.Contains(series(), `custodock_camera_docked{camera="CAM1"} 1`) {
		t.Errorf("docked: %+v, %v, series\n%s", c, err, series())
	}
}
