package store

import (
	"os"
	"testing"
	"time"
)

// When the store was last looked after outlives a restart, and the catalog.
func TestUpkeep(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir)
	if got := must[Upkeep](t)(s.Upkeep()); got != (Upkeep{}) {
		t.Errorf("of a new store: %+v", got)
	}
	for _, step := range []struct {
		record func(at time.Time) error
		after  time.Duration
	}{
		{func(at time.Time) error { return s.Verified(true, at) }, time.Hour},
		{func(at time.Time) error { return s.Verified(true, at) }, 2 * time.Hour},
		{func(at time.Time) error { return s.Verified(false, at) }, 3 * time.Hour},
		{s.BackedUp, 4 * time.Hour},
	} {
		if err := step.record(at.Add(step.after)); err != nil {
			t.Fatal(err)
		}
	}
	want := Upkeep{VerifiedAt: at.Add(2 * time.Hour), DamagedAt: at.Add(3 * time.Hour), BackedUpAt: at.Add(4 * time.Hour)}
	check := func(when string, s *Store) {
		t.Helper()
		if got := must[Upkeep](t)(s.Upkeep()); got != want {
			t.Errorf("%s: %+v; want %+v", when, got, want)
		}
	}
	check("at once", s)
	s.Close()
	s = openTest(t, dir)
	check("after a restart", s)
	s.Close()
	if err := os.Remove(s.catalogPath()); err != nil {
		t.Fatal(err)
	}
	must[RebuildReport](t)(Rebuild(t.Context(), options(dir), RebuildOptions{}, nil))
	check("after a rebuild", openTest(t, dir))
}

func TestUpkeepReadOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openTest(t, dir).Close()
	s := must[*Store](t)(OpenReadOnly(options(dir)))
	defer s.Close()
	if err := s.Verified(true, at); err == nil {
		t.Error("a store that is only read took a fact")
	}
}
