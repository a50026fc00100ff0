package web

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"custodock/store"
)

// moment is one point of a clip's timeline.
type moment struct {
	Key   string    // of its word
	From  time.Time // where it is no point but a span; else zero
	At    time.Time
	Bay   int    // 0: none is told
	By    string // who did it, for a person's
	Class string // of its sign: good, bad, care or empty
	Icon  string
}

// moments are what happened to a clip, in order.
func moments(c *store.Clip, around stays, now time.Time) []moment {
	list := recordedMoments(c)
	add := func(key string, at time.Time, icon, class string) *moment {
		if at.IsZero() {
			return &moment{}
		}
		list = append(list, moment{Key: "clip.moment_" + key, At: at, Icon: icon, Class: class})
		return &list[len(list)-1]
	}
	for i := range around {
		d := &around[i]
		switch first := around.first(c); {
		case d == first:
			add("docked", d.DockedAt, "dock", "").Bay = d.Bay
		case first != nil && d.DockedAt.After(c.SeenAt):
			add("docked_again", d.DockedAt, "dock", "").Bay = d.Bay
		default:
			continue // before the clip was there
		}
		if end := d.UndockedAt; !end.IsZero() && (c.StoredAt.IsZero() || end.Before(c.StoredAt)) {
			add("pulled", end, "pulled", "care")
		}
	}
	if c.SeenAt.Sub(around.arrived(c)) > time.Minute || around.first(c) == nil {
		add("seen", c.SeenAt, "read", "")
	}
	if e := firstFailure(c, now); e != nil {
		add("failed", e.At, "warning", "bad")
	}
	add("due", c.DueAt, "clock", "")
	if c.MissedAt.Sub(c.DueAt).Abs() > time.Minute && c.MissedAt.Sub(c.StoredAt).Abs() > time.Minute {
		add("missed", c.MissedAt, "late", "bad")
	}
	add("stored", c.StoredAt, "disk", storedClass(c))
	if e := c.Extension; e != nil {
		add("returned", e.Returned, "user", "")
		add("extended", e.DueAt, "clock", "care")
	}
	if d := c.Decision; d != nil {
		add("decided", d.At, "note", "").By = d.By
	}
	if c.State == store.Gone {
		add("gone", lastOf(c, "gone"), "late", "bad")
	}
	add("released", c.ReleasedAt, "check", "")
	if c.StoredAt.IsZero() {
		add("now", now, "empty", "")
	}
	slices.SortStableFunc(list, func(a, b moment) int { return cmp.Or(a.At.Compare(b.At)) })
	return list
}

// recordedMoments are the recording's start and end, or between what its end lies.
func recordedMoments(c *store.Clip) []moment {
	switch {
	case c.EndLatest.IsZero():
		return nil
	case !c.EndEarliest.Equal(c.EndLatest):
		return []moment{{Key: "clip.moment_ended_between", From: c.EndEarliest, At: c.EndLatest, Icon: "question", Class: "care"}}
	case c.RecordedStart.IsZero() || c.RecordedStart.Equal(c.RecordedEnd):
		return []moment{{Key: "clip.moment_ended", At: c.EndLatest, Icon: "clip"}}
	}
	return []moment{{Key: "clip.moment_recorded", From: c.RecordedStart, At: c.EndLatest, Icon: "clip"}}
}

func storedClass(c *store.Clip) string {
	switch c.Deadline {
	case store.OnTime:
		return "good"
	case store.Late:
		return "bad"
	case store.Excused, store.Undecidable:
		return "care"
	}
	return ""
}

// bar is a clip's time to scale, in percent of its width: from the earliest end
// of its recording to when it was stored, or now.
type bar struct {
	Doubt, Window, Over, Grace stretch
	Docked, Due, Done          string // where they are; empty: not
	Class                      string // of what is over
	Late                       bool   // what was done, or is now, comes behind the due time
	Stored                     bool
	Left                       bool // the label of what comes first stands to the left of it
}

// stretch is a part of the bar; without a width it is nothing.
type stretch struct{ X, Width string }

// barOf draws a clip that has a deadline.
func barOf(c *store.Clip, around stays, now time.Time) *bar {
	if c.DueAt.IsZero() {
		return nil
	}
	done, start := c.StoredAt, c.EndEarliest
	if done.IsZero() {
		done = now
	}
	if start.IsZero() || c.EndLatest.Sub(start) > 30*24*time.Hour {
		start = c.EndLatest.Add(-2 * time.Hour) // it goes on to the left of what is drawn
	}
	end := latest(done, c.DueAt)
	if c.Extension != nil {
		end = latest(end, c.Extension.DueAt)
	}
	scale := end.Sub(start)
	if scale <= 0 {
		return nil
	}
	at := func(t time.Time) string {
		return strconv.FormatFloat(min(max(100*float64(t.Sub(start))/float64(scale), 0), 100), 'f', 2, 64) + "%"
	}
	part := func(from, to time.Time) stretch {
		if !to.After(from) {
			return stretch{}
		}
		return stretch{at(from), strconv.FormatFloat(100*float64(to.Sub(from))/float64(scale), 'f', 2, 64) + "%"}
	}
	b := &bar{
		Doubt: part(start, c.EndLatest), Window: part(c.EndLatest, earliest(c.DueAt, end)), Over: part(c.DueAt, done),
		Due: at(c.DueAt), Done: at(done), Class: storedClass(c), Late: done.After(c.DueAt), Stored: !c.StoredAt.IsZero(),
		Left: earliest(c.DueAt, done).Sub(start)*2 > scale,
	}
	if e := c.Extension; e != nil {
		b.Grace = part(c.DueAt, e.DueAt)
	}
	if arrived := around.arrived(c); arrived.After(start) {
		b.Docked = at(arrived)
	}
	if c.Deadline == store.Overdue {
		b.Class = "bad"
	}
	return b
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
