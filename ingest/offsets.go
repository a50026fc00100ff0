package ingest

import (
	"math"
	"slices"
	"time"

	"custodock/store"
)

// maxReadings bounds how many readings of a camera's clock a clip keeps.
const maxReadings = 16

// offsetLedger returns what was read of a camera's clock, oldest first: at the
// docking d and at those before, which come newest first, back to the one that
// was read by lacked. What is new at d was recorded after that.
func offsetLedger(d *store.Docking, before []store.Docking, lacked time.Time) []store.ClockReading {
	list := []store.ClockReading{{At: d.DockedAt, Offset: *d.ClockOffset}}
	for i := range before {
		o := &before[i]
		if o.ID == d.ID || o.ClockOffset == nil || o.DockedAt.After(d.DockedAt) {
			continue
		}
		list = slices.Insert(list, 0, store.ClockReading{At: o.DockedAt, Offset: *o.ClockOffset, SetAt: o.ClockSetAt})
		if !o.DockedAt.After(lacked) {
			break
		}
	}
	return list
}

// left is the reading as the camera went on with it: right, if the station set
// its clock.
func left(r store.ClockReading) store.ClockReading {
	if !r.SetAt.IsZero() {
		return store.ClockReading{At: r.SetAt}
	}
	return r
}

// contradiction says in words where a reading cannot follow from the one
// before it, or nothing: the clock was set or reset in between, when is not
// known, and so what it showed meanwhile proves nothing.
func contradiction(list []store.ClockReading, tolerance time.Duration) string {
	_, _, words, _ := contradicted(list, tolerance)
	return words
}

// contradicted returns the first two readings of which that is so.
func contradicted(list []store.ClockReading, tolerance time.Duration) (was, is store.ClockReading, words string, ok bool) {
	for i := 1; i < len(list); i++ {
		was, is = left(list[i-1]), list[i]
		if words = contradicts(&was.Offset, is.Offset, was.At, is.At, tolerance); words != "" {
			return was, is, words, true
		}
	}
	return was, is, "", false
}

// drift returns by how many seconds a day the clock gained between the last two
// readings, if they are far enough apart to tell.
func drift(list []store.ClockReading, tolerance time.Duration) *float64 {
	if len(list) < 2 {
		return nil
	}
	last := list[len(list)-2:]
	days := last[1].At.Sub(left(last[0]).At).Hours() / 24
	if days < 1 || contradiction(last, tolerance) != "" {
		return nil
	}
	perDay := math.Round((last[1].Offset-left(last[0]).Offset)/days*1000) / 1000
	return &perDay
}

// held is how far a clock was off while it showed some time: most likely so
// much, and for certain between least and most.
type held struct {
	offset, least, most time.Duration

	// proven says that it was read before and after, alike: then even a clock
	// that was reset tells the time.
	proven bool

	// unsure says that the time may have been shown before or after the
	// station set the clock: both fit, and differ.
	unsure bool

	// nowhere says that the clock cannot have shown the time at all.
	nowhere bool
}

// clockGrain is how finely cameras tell the time, with all that rounds it: two
// seconds on FAT, one over MTP, and the pause until a file is closed.
const clockGrain = 10 * time.Second

// heldAt reads the ledger: between two readings a clock drifts evenly, as far
// as is known, and does not leave what they span. Before the first reading
// there is only that one to go by. Where the recording can lie in more than one
// of these spans, it is left open which.
func heldAt(list []store.ClockReading, shown, lacked time.Time, tolerance time.Duration) held {
	fits := fitting(list, shown, lacked, clockGrain)
	if len(fits) == 0 {
		fits = fitting(list, shown, lacked, tolerance)
	}
	return merged(fits, inSeconds(list[len(list)-1].Offset), tolerance)
}

// fitting returns the spans of the ledger in which the clock can have shown a
// time, give or take slack.
func fitting(list []store.ClockReading, shown, lacked time.Time, slack time.Duration) (fits []held) {
	add := func(was, is store.ClockReading, proven bool) {
		before, offset := inSeconds(was.Offset), inSeconds(is.Offset)
		slack := slack + (offset - before).Abs()
		at := shown.Add(-offset) // near enough: give or take what it drifted
		if !at.Before(was.At.Add(-slack)) && !at.After(is.At.Add(slack)) {
			h := between(before, offset, at.Sub(was.At), is.At.Sub(was.At))
			h.proven = proven
			fits = append(fits, h)
		}
	}
	first := list[0]
	older := lacked.Before(first.At) // it may be: of a time of which no reading tells
	if older {
		add(store.ClockReading{At: lacked, Offset: first.Offset}, first, false)
	}
	for i := 1; i < len(list); i++ {
		add(left(list[i-1]), list[i], !older)
	}
	return fits
}

// merged is the last of what fits, and as wide as all of it. What fits nowhere
// is taken as of the docking.
func merged(fits []held, now, tolerance time.Duration) held {
	h := held{offset: now, least: now, most: now, nowhere: len(fits) == 0}
	for i, f := range fits {
		if i == 0 {
			h = f
		}
		h.proven = h.proven && f.proven
		h.unsure = h.unsure || (f.offset-h.offset).Abs() > tolerance
		h.offset, h.least, h.most = f.offset, min(h.least, f.least), max(h.most, f.most)
	}
	h.proven = h.proven && !h.unsure
	return h
}

func between(was, is, after, span time.Duration) held {
	h := held{offset: is, least: min(was, is), most: max(was, is)}
	if after < span && span > 0 {
		h.offset = was + time.Duration(float64(is-was)*float64(max(after, 0))/float64(span))
	}
	return h
}

func inSeconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// fastOrSlow writes an offset.
func fastOrSlow(d time.Duration) string {
	if d < 0 {
		return roundSeconds(d) + " slow"
	}
	return roundSeconds(d) + " fast"
}
