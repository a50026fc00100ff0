package store

import (
	"testing"
	"time"
)

// Who handed a camera out and who took it back is part of the span, and makes
// no other span of it.
func TestHoldersSayBy(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	hour := func(n int) time.Time { return at.Add(time.Duration(n) * time.Hour) }
	must[*Camera](t)(s.Assign("CAM0001", Holder{Badge: "1", By: "chen", EndedBy: "nobody yet"}, hour(0)))
	must[*Camera](t)(s.Assign("CAM0001", Holder{Badge: "2", By: "wang"}, hour(1)))
	c := must[*Camera](t)(s.Return("CAM0001", "zhao", hour(2)))
	want := []Holder{
		{Badge: "1", From: hour(0), Until: hour(1), By: "chen", EndedBy: "wang"},
		{Badge: "2", From: hour(1), Until: hour(2), By: "wang", EndedBy: "zhao"},
	}
	for i, h := range c.spans() {
		if i >= len(want) || h != want[i] {
			t.Errorf("holder %d is %+v, want %+v", i, h, want)
		}
	}
	known := RosterLine{2, "CAM0001", Holder{Badge: "1", From: hour(0), Until: hour(1)}}
	if n := must[Imported](t)(s.ImportRoster([]RosterLine{known}, "", hour(3))); n.New != 0 {
		t.Errorf("a roster that says the same adds %d", n.New)
	}
}
