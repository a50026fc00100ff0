package store

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func TestDockingsBefore(t *testing.T) {
	s := openTest(t, t.TempDir())
	var own, all []string
	for i := range 7 {
		serial := "CAM0001"
		if i%3 == 2 {
			serial = "CAM0002"
		}
		d := dock(t, s, Docking{Camera: serial, Bay: i + 1}, at.Add(time.Duration(i)*time.Hour))
		undock(t, s, d, at.Add(time.Duration(i)*time.Hour+time.Minute))
		all = append(all, d.ID)
		if serial == "CAM0001" {
			own = append(own, d.ID)
		}
	}
	slices.Reverse(own)
	slices.Reverse(all)
	for _, test := range []struct {
		before string
		n      int
		want   []string
		older  bool
	}{
		{"", 2, own[:2], true},
		{own[1], 2, own[2:4], true},
		{own[3], 2, own[4:], false},
		{own[2], 2, own[3:], false},
		{own[4], 2, nil, false},
		{"", 9, own, false},
	} {
		list, older, err := s.DockingsBefore("CAM0001", test.before, test.n)
		if err != nil || older != test.older || !slices.Equal(dockingIDs(list), test.want) {
			t.Errorf("%d before %q: %v, %v, %v; want %v, %v", test.n, test.before, dockingIDs(list), older, err, test.want, test.older)
		}
	}
	for _, id := range []string{all[4], "nothing"} { // another camera's, nobody's
		if _, _, err := s.DockingsBefore("CAM0001", id, 2); !errors.Is(err, ErrNotFound) {
			t.Errorf("before %s: %v", id, err)
		}
	}
	if n := must[int](t)(s.CountDockings("CAM0001")); n != len(own) {
		t.Errorf("%d dockings counted, want %d", n, len(own))
	}
	var seen []string
	err := s.RecentDockings(func(d *Docking) bool { seen = append(seen, d.ID); return len(seen) < 6 })
	if err != nil || !slices.Equal(seen, all[:6]) {
		t.Errorf("recent: %v, %v; want %v", seen, err, all[:6])
	}
}

func dockingIDs(list []Docking) (ids []string) {
	for _, d := range list {
		ids = append(ids, d.ID)
	}
	return ids
}
