package ingest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"custodock/store"
)

// life is a camera as it really was: a clock that drifts, is wrong, loses its
// time with its battery and is set at docks, and what it recorded. It knows
// nothing of how the program finds out.
type life struct {
	now    time.Time
	offset time.Duration // of the clock, now
	drift  float64       // seconds a day, never more than a quartz
	lost   []time.Time   // when the clock was reset, or set at a dock
	clips  []*lived
}

// lived is one recording and what is known of it.
type lived struct {
	end   time.Time // in truth
	shown time.Time // by the camera's clock
	seen  time.Time // zero: not yet
	known Evidence
}

func (l *life) pass(d time.Duration) {
	l.now = l.now.Add(d)
	l.offset += time.Duration(l.drift * d.Hours() / 24 * float64(time.Second)).Truncate(time.Millisecond)
}

func (l *life) record(t *rapid.T) {
	l.pass(time.Minute + millisecondsUpTo(t, 2*time.Hour, "length"))
	l.clips = append(l.clips, &lived{end: l.now, shown: l.now.Add(l.offset).Truncate(time.Second)})
}

// reset is a flat battery: the clock starts from its birthday.
func (l *life) reset() {
	l.offset = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Sub(l.now)
	l.lost = append(l.lost, l.now)
}

// books are what the catalog keeps of the camera.
type books struct {
	dockings  []store.Docking // newest first
	listedAll time.Time
}

// dock lists as many of the clips as the camera stays for.
func (b *books) dock(t *rapid.T, l *life) {
	measured := l.offset.Seconds()
	d := store.Docking{ID: fmt.Sprint(len(b.dockings)), DockedAt: l.now, ClockOffset: &measured}
	readings := offsetLedger(&d, b.dockings, b.listedAll)
	doubt := contradiction(readings, tolerance)
	pulled := rapid.Bool().Draw(t, "pulled while it is listed")
	if rapid.Bool().Draw(t, "the station sets the clock") {
		l.pass(time.Second)
		l.offset, d.ClockSetAt = 0, l.now
		l.lost = append(l.lost, l.now)
	}
	l.pass(time.Second)
	for i, c := range l.clips {
		if pulled && i >= len(l.clips)/2 {
			break
		}
		if c.seen.IsZero() {
			c.seen = l.now
			offset := inSeconds(*d.ClockOffset)
			c.known = Evidence{Name: "A.MP4", ModTime: c.shown, SeenAt: c.seen, Lacked: b.listedAll,
				Offset: &offset, Readings: readings, OffsetBad: doubt}
		}
	}
	l.pass(time.Minute + millisecondsUpTo(t, 10*time.Hour, "stay"))
	if !pulled {
		b.listedAll = l.now
	}
	b.dockings = slices.Insert(b.dockings, 0, d)
}

const tolerance = 2 * time.Minute

// Whatever a camera's clock does and however it is docked and pulled: no clip is
// called late that was in time, none on time that was late, and undecidable is
// said only where what is known allows both.
func TestLifeIsJudgedRight(t *testing.T) {
	p := profileNamed(t, "generic")
	said := make(map[store.Deadline]int)
	life := func(t *rapid.T) {
		l := &life{now: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), drift: rapid.Float64Range(-8, 8).Draw(t, "drift")}
		if rapid.Bool().Draw(t, "wrong from the start") {
			l.offset = wrong(t)
		}
		var b books
		for range rapid.IntRange(1, 30).Draw(t, "events") {
			switch rapid.IntRange(0, 9).Draw(t, "event") {
			case 0, 1, 2, 3:
				l.record(t)
			case 4, 5, 6:
				b.dock(t, l)
			case 7:
				l.reset()
			default:
				l.pass(millisecondsUpTo(t, 40*24*time.Hour, "out"))
			}
			l.pass(millisecondsUpTo(t, 30*time.Hour, "rest"))
		}
		b.dock(t, l)
		for _, c := range l.clips {
			if !c.seen.IsZero() {
				said[c.judged(t, p, l)]++
			}
		}
	}
	for range 30 { // what goes wrong takes several rare events in a row
		rapid.Check(t, life)
	}
	for _, d := range []store.Deadline{store.OnTime, store.Late, store.Undecidable} {
		if said[d] == 0 {
			t.Errorf("no clip was ever %s: the test proves little", d)
		}
	}
}

// judged stores the clip some time after it was seen, and compares with the truth.
func (c *lived) judged(t *rapid.T, p *Profile, l *life) store.Deadline {
	times := p.Times(c.known, time.UTC, tolerance)
	stored := c.seen.Add(millisecondsUpTo(t, 40*time.Hour, "stored after"))
	rule := store.Rule{Window: 24 * time.Hour}
	got := rule.Judge(&store.Clip{Kind: store.KindVideo, EndEarliest: times.Earliest, EndLatest: times.Latest, StoredAt: stored}, stored)
	took := stored.Sub(c.end)
	say := fmt.Sprintf("ended %s, shown as %s, stored after %s: %s %+v; known: %+v", c.end, c.shown, took, got, times, c.known)
	switch slack := tolerance + 2*time.Second; {
	case took < 24*time.Hour-slack && got == store.Late:
		t.Fatalf("accused: %s", say)
	case took > 24*time.Hour+slack && got == store.OnTime:
		t.Fatalf("hidden: %s", say)
	case got == store.Undecidable && !c.open(stored, l, slack):
		t.Fatalf("undecidable without need: %s", say)
	}
	return got
}

// open reports whether the facts leave it open whether a clip was stored in time.
// While the clock was neither reset nor set since the docking before, or since the
// last listing that it may have missed, they tell the end up to what it drifts.
// Otherwise they tell which dockings the recording lies between.
func (c *lived) open(stored time.Time, l *life, slack time.Duration) bool {
	since := c.known.Lacked // a clock that was set by then was right then
	if first := c.known.Readings[0]; first.At.Before(since) {
		since = later(first.At, first.SetAt)
	}
	lost := slices.ContainsFunc(l.lost, func(at time.Time) bool { return at.After(since) && !at.After(c.seen) })
	if !lost && len(c.known.Readings) > 1 {
		first, last := c.known.Readings[0].At, c.seen
		slack += time.Duration(10 * last.Sub(first).Hours() / 24 * float64(time.Second))
		return (stored.Sub(c.end) - 24*time.Hour).Abs() <= slack
	}
	early, late := c.known.Lacked, c.seen
	return (early.IsZero() || stored.After(early.Add(24*time.Hour))) && !stored.After(late.Add(24*time.Hour))
}
