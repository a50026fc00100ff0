package web

import (
	"strings"
	"testing"
	"time"

	"custodock/store"
)

// Every figure of the overview is one that can be counted by hand.
func TestOverview(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.fill()
		pass(time.Minute)
		o, err := f.handler.(*server).overview(8, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		// Of the fixture's clips two were due by now: one is stored late, one
		// is overdue. One was stored in time that is due later.
		if len(o.Units) != 1 || o.Units[0].Unit != "East Gate" {
			t.Fatalf("units %+v", o.Units)
		}
		if got, want := o.Total.All, (share{Kept: 1, Late: 2}); got != want {
			t.Errorf("in all %+v, want %+v", got, want)
		}
		if got := o.ThisWeek(); got != o.Total.All {
			t.Errorf("this week %+v, want all of %+v", got, o.Total.All)
		}
		if len(o.Next) == 0 || o.Next[0].Name != "A0003.WAV" || o.Next[0].At != 0 {
			t.Errorf("next %+v", o.Next)
		}
		page := f.get("/overview?lang=zh").body
		for _, want := range []string{"33\u00a0%", "East Gate", "A0003.WAV", "超时2", "11月23日"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page does not say %q:\n%s", want, page)
			}
		}
	})
}

func TestShare(t *testing.T) {
	for _, test := range []struct {
		clips map[store.Deadline]int64
		class string
		share float64
	}{
		{nil, "none", 0},
		{map[store.Deadline]int64{store.Pending: 3, store.DueSoon: 1}, "none", 0},
		{map[store.Deadline]int64{store.OnTime: 3, store.Excused: 1}, "good", 1},
		{map[store.Deadline]int64{store.OnTime: 3, store.Undecidable: 1}, "care", .75},
		{map[store.Deadline]int64{store.OnTime: 2, store.Late: 1, store.Overdue: 1}, "bad", .5},
	} {
		var s share
		s.add(test.clips)
		if s.Class() != test.class || s.Share() != test.share {
			t.Errorf("%v is %s, %v; want %s, %v", test.clips, s.Class(), s.Share(), test.class, test.share)
		}
	}
}

func TestWeekStart(t *testing.T) {
	zone := shanghai(t)
	for day, want := range map[int]int{22: 16, 23: 23, 24: 23, 29: 23, 30: 30} {
		got := weekStart(time.Date(2026, 11, day, 23, 59, 0, 0, zone))
		if !got.Equal(time.Date(2026, 11, want, 0, 0, 0, 0, zone)) {
			t.Errorf("the week of 11-%d starts %s, want 11-%d", day, got, want)
		}
	}
}
