package ingest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"custodock/store"
	"custodock/store/storetest"
)

var fleetNow = time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)

// withPast returns a station over a store with a past.
func withPast(tb testing.TB, f storetest.Fleet) *Station {
	tb.Helper()
	dir := tb.TempDir()
	if err := f.Write(dir); err != nil {
		tb.Fatal(err)
	}
	s, err := store.Open(store.Options{Dir: dir})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return New(Options{Store: s})
}

func TestCareOfFleet(t *testing.T) {
	st := withPast(t, storetest.Fleet{Now: fleetNow, Cameras: 24, Bays: 8, Days: 90, PerDay: 1, Seed: 7})
	list, err := st.Cameras(fleetNow)
	if err != nil || len(list) != 24 {
		t.Fatalf("%d cameras, %v", len(list), err)
	}
	for i, want := range map[int]string{
		storetest.Faulty: "errors", storetest.Stranger: "conflict", storetest.Slow: "clock", storetest.Full: "storage",
		storetest.Flat: "battery", storetest.Away: "out", storetest.Late: "overdue due_soon out",
	} {
		state, err := st.CameraState(storetest.Serial(i), fleetNow)
		if err != nil {
			t.Fatal(err)
		}
		for name := range strings.FieldsSeq(want) {
			if !slices.Contains(state.Care.Names(), name) {
				t.Errorf("camera %d needs care for %v, want %s", i, state.Care.Names(), want)
			}
		}
	}
	if !(CareOverdue > CareDueSoon|CareUnlisted|CareConflict|CareErrors|CareClock|CareOut|CareStorage|CareBattery) || !slices.IsSortedFunc(Cares, func(a, b Care) int { return int(b) - int(a) }) {
		t.Error("the most urgent reason does not come first")
	}
	if _, err := st.CameraState("nobody's", fleetNow); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a camera that nobody saw: %v", err)
	}
}

// The book follows the catalog, and reads no more than what changed.
func TestFleetFollows(t *testing.T) {
	st := withPast(t, storetest.Fleet{Now: fleetNow, Cameras: 3, Bays: 4, Days: 20, PerDay: 1, Seed: 7})
	catalog, serial := st.Store(), storetest.Serial(1)
	visits := func() []visit {
		t.Helper()
		all, _, err := st.fleet.all(catalog, fleetNow)
		if err != nil {
			t.Fatal(err)
		}
		at, _ := findCraft(all, serial)
		return all[at].visits
	}
	before := visits()
	d, _, err := catalog.Dock(store.Docking{Camera: serial, Bay: 2, Transport: "mtp"}, "", "", fleetNow)
	if err != nil {
		t.Fatal(err)
	}
	if now := visits(); len(now) != len(before)+1 || now[0].id != d.ID || now[0].closed {
		t.Fatalf("after a docking: %+v", now[0])
	}
	other, _, err := catalog.Dock(store.Docking{Camera: serial, Bay: 3, Transport: "mtp"}, "", "", fleetNow.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	undock := func(id string, failed int) {
		t.Helper()
		err := catalog.UpdateDocking(id, "undocked", fleetNow.Add(time.Hour), func(d *store.Docking, c *store.Camera) {
			d.Failed, d.Unstored = failed, failed
			store.CloseDocking(d, c, fleetNow.Add(time.Hour))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	undock(other.ID, 0)
	visits()
	undock(d.ID, 2) // behind one that is closed already
	now := visits()
	if len(now) != len(before)+2 || now[0].id != other.ID || now[0].errors || !now[1].closed || !now[1].errors || !now[1].broken || !slices.Equal(now[2:], before) {
		t.Errorf("after both left: %+v, then %d of %d before", now[:2], len(now)-2, len(before))
	}
	then := fleetNow.Add(VisitWindow)
	if _, _, err := catalog.Dock(store.Docking{Camera: serial, Bay: 2, Transport: "mtp"}, "", "", then); err != nil {
		t.Fatal(err)
	}
	all, _, err := st.fleet.all(catalog, then)
	if err != nil {
		t.Fatal(err)
	}
	if at, _ := findCraft(all, serial); len(all[at].visits) != 3 {
		t.Errorf("at the end of the window %d dockings are remembered, want the last 3", len(all[at].visits))
	}
}

func TestFleetForgets(t *testing.T) {
	st := withPast(t, storetest.Fleet{Now: fleetNow, Cameras: 2, Bays: 4, Days: 120, PerDay: 2, Seed: 7})
	all, since, err := st.fleet.all(st.Store(), fleetNow)
	if err != nil || !since.Equal(fleetNow.Add(-VisitWindow)) {
		t.Fatalf("since %v, %v", since, err)
	}
	for _, c := range all {
		n, err := st.Store().CountDockings(c.Serial)
		oldest := time.UnixMilli(c.visits[len(c.visits)-1].at)
		if err != nil || oldest.Before(since) || len(c.visits) >= n || len(c.visits) < n/2 {
			t.Errorf("%s: %d of %d dockings are remembered, the first of %v", c.Serial, len(c.visits), n, oldest)
		}
	}
}

func TestInConflict(t *testing.T) {
	for _, test := range []struct{ row, bay, docked, want bool }{
		{false, false, false, false}, {true, false, false, true}, {false, false, true, false}, {false, true, true, true}, {true, false, true, true},
	} {
		c := CameraState{Camera: &store.Camera{Conflict: test.row}}
		if test.docked {
			c.Bay = &BayStatus{Conflict: test.bay}
		}
		if got := c.InConflict(); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}

// Nobody looks after a camera that is retired, as long as nothing is left on it.
func TestCareOfRetired(t *testing.T) {
	st := withPast(t, storetest.Fleet{Now: fleetNow, Cameras: 12, Bays: 8, Days: 20, PerDay: 1, Seed: 7})
	for i, want := range map[int]Care{storetest.Away: 0, storetest.Stranger: 0, storetest.Slow: 0, storetest.Late: CareOverdue | CareDueSoon} {
		if _, err := st.Retire(storetest.Serial(i), "chen", "sold", fleetNow); err != nil {
			t.Fatal(err)
		}
		if c, err := st.CameraState(storetest.Serial(i), fleetNow); err != nil || c.Care != want {
			t.Errorf("camera %d: %v, %v; want %v", i, c.Care.Names(), err, want.Names())
		}
	}
	if _, others, err := st.Readiness(fleetNow); err != nil || others != 8 {
		t.Errorf("%d others, %v; want those that are used", others, err)
	}
}

// A camera that may have clips on it that nobody knows needs care until it was
// listed whole.
func TestCareOfUnlisted(t *testing.T) {
	st := withPast(t, storetest.Fleet{Now: fleetNow, Cameras: 12, Bays: 8, Days: 20, PerDay: 1, Seed: 7})
	serial := storetest.Serial(storetest.Away + 1)
	for _, whole := range []bool{false, true} {
		d, _, err := st.Store().Dock(store.Docking{Camera: serial, Bay: 2, Transport: "mtp"}, "", "", fleetNow)
		if err != nil {
			t.Fatal(err)
		}
		inv, err := st.Store().Inventory(d.ID, fleetNow)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := inv.Close(whole, nil, 0, ""); err != nil {
			t.Fatal(err)
		}
		if c, err := st.CameraState(serial, fleetNow); err != nil || c.Care.Has(CareUnlisted) == whole {
			t.Errorf("listed whole: %v; it needs care for %v, %v", whole, c.Care.Names(), err)
		}
	}
}
