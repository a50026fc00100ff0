package store

import (
	"testing"
	"time"
)

// How far the station's clock is believed is a fact, which a lost catalog does
// not lose.
func TestKeepClock(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	if got := must[ClockState](t)(s.KeptClock()); got != (ClockState{}) {
		t.Errorf("at first: %+v; want nothing on record", got)
	}
	doubt := &StationClock{Reason: "it jumped", Ahead: 3600}
	if err := s.KeepClock(ClockState{Doubt: doubt}, at); err != nil {
		t.Fatal(err)
	}
	if got := must[ClockState](t)(s.KeptClock()); got.Doubt == nil || *got.Doubt != *doubt {
		t.Errorf("on record: %+v; want the doubt", got)
	}
	checkIndexes(t, s)
	s.Close()
	checkRebuilt(t, s.opt.Dir)
	s = openTest(t, s.opt.Dir)
	if err := s.KeepClock(ClockState{By: "chief", Note: "compared"}, at.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := must[ClockState](t)(s.KeptClock()); got != (ClockState{By: "chief", Note: "compared"}) {
		t.Errorf("on record: %+v; want who confirmed it", got)
	}
	s.Close()
	checkRebuilt(t, s.opt.Dir)
}
