package store

import (
	"testing"
	"time"
)

func TestDockingsFrom(t *testing.T) {
	s := openTest(t, t.TempDir())
	for _, serial := range []string{"CAM1", "CAM2", "CAM3"} {
		for i := range 4 {
			d := dock(t, s, Docking{Camera: serial, Bay: i + 1}, at.Add(time.Duration(i)*24*time.Hour))
			undock(t, s, d, d.DockedAt.Add(time.Hour))
		}
	}
	for _, test := range []struct {
		serial string
		from   time.Duration // since at
		n      int
		want   string // the bays
	}{
		{"CAM2", 25 * time.Hour, 9, "234"},
		{"CAM2", 24 * time.Hour, 9, "234"}, // at the very moment
		{"CAM2", 24*time.Hour - 1, 9, "1234"},
		{"CAM2", -time.Hour, 9, "1234"}, // before all of them
		{"CAM2", 999 * time.Hour, 9, "4"},
		{"CAM3", 999 * time.Hour, 9, "4"}, // the last key of all
		{"CAM2", 0, 2, "12"},
		{"CAM", 0, 9, ""},
		{"CAM9", 0, 9, ""},
	} {
		list, err := s.DockingsFrom(test.serial, at.Add(test.from), time.Time{}, test.n)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, d := range list {
			if d.Camera != test.serial {
				t.Errorf("%s: a docking of %s", test.serial, d.Camera)
			}
			got += string(rune('0' + d.Bay))
		}
		if got != test.want {
			t.Errorf("%s from %v: bays %q, want %q", test.serial, test.from, got, test.want)
		}
	}
	list, err := s.DockingsFrom("CAM2", at, at.Add(24*time.Hour), 9)
	if err != nil || len(list) != 2 || list[1].Bay != 2 {
		t.Errorf("until a day later: %+v, %v; want the first two", list, err)
	}
}
