package ingest

import (
	"fmt"
	"time"

	"custodock/ingest/media"
	"custodock/store"
)

// Evidence is all that is known of when one clip was recorded.
type Evidence struct {
	Name      string      // file name on the camera
	ModTime   time.Time   // as the camera gave it, zero when absent
	LocalTime bool        // ModTime is wall clock put down as UTC
	Media     *media.Info // nil: not looked into yet

	SeenAt time.Time // first listed
	Lacked time.Time // end of the last docking whose complete listing lacked this clip; zero at a first docking

	LackedHere bool          // Lacked was a listing of the docking that then had it
	Window     time.Duration // from the end of a recording to its storage

	// Readings is the camera's offset ledger up to the docking at which the
	// clip was seen first; when it is empty, Offset is all there is.
	Readings  []store.ClockReading
	Offset    *time.Duration // camera's clock minus the station's, measured at that docking; nil when the camera was not asked
	OffsetBad string         // why the measured offset contradicts the last one, else empty
}

// Times is when a clip was recorded, as far as the evidence goes: UTC, cut to
// milliseconds, zero where nothing is known. The recording ended somewhere in
// [Earliest, Latest]; a zero Earliest is no bound, Latest is never zero.
type Times struct {
	Start, End       time.Time // zero when the clock is suspect
	Earliest, Latest time.Time
	Duration         time.Duration

	Source  string         // one of the store.Source constants
	Clock   string         // one of the store.Clock constants
	Reason  string         // why the clock is suspect or was corrected, for an officer to read
	Cause   *store.Cause   // the same, for words in another language
	Sources []store.Source // every source, as it was read
}

// Times reads the evidence and says when the recording ended, as an interval
// that holds the truth: nobody is accused by a wrong clock, and none hides that
// a clip is late. station is the station's zone; tolerance is how far a clock
// may be out, or two sources differ, and still be believed.
//
// Two sources that differ by a whole zone are taken to agree, because a missing
// or wrong zone is no wrong clock: then the order of the profile decides which
// is right. It cannot be known from the clip alone; a profile that pins the
// zone of the container is the remedy.
func (p *Profile) Times(e Evidence, station *time.Location, tolerance time.Duration) Times {
	x := examiner{p: p, e: e, station: station, zone: p.zone, tolerance: tolerance}
	if x.station == nil {
		x.station = time.UTC
	}
	if x.zone == nil {
		x.zone = x.station
	}
	x.duration, x.durationKnown = x.length()
	x.readings = x.read()
	return x.conclude()
}

// examiner is the work on one clip.
type examiner struct {
	p             *Profile
	e             Evidence
	station, zone *time.Location // zone is the camera's
	tolerance     time.Duration
	duration      time.Duration
	durationKnown bool
	readings      []reading // in the profile's order
	held          held      // by which they were corrected
}

// length returns how long the recording is; a photo takes no time.
func (x *examiner) length() (time.Duration, bool) {
	if x.e.Media != nil && x.e.Media.Duration > 0 {
		return x.e.Media.Duration, true
	}
	photo := x.p.Kind(x.e.Name) == store.KindPhoto
	if x.e.Media != nil && x.e.Media.Kind != "" {
		photo = x.e.Media.Kind == string(store.KindPhoto) // content before name
	}
	return 0, photo
}

// conclude weighs the readings.
func (x *examiner) conclude() Times {
	if _, ok := x.best(); !ok {
		return x.docking(why{"the camera gives no time", store.Cause{What: store.CauseNoTime}})
	}
	resetTo := x.reset() // of the clock as it was, before any correction
	corrected := x.correct()
	best, _ := x.best()
	if resetTo.reason == "" || x.held.proven {
		resetTo = x.reset()
	}
	for _, doubt := range []why{resetTo, x.offsetBad(), x.future(best), x.disagreement(best)} {
		if doubt.reason != "" {
			return x.docking(doubt)
		}
	}
	if doubt := x.past(best); doubt.reason != "" {
		t := x.docking(doubt)
		t.Earliest = millis(best.end) // a file may also have been moved: then its time is right
		return t
	}
	if x.held.nowhere {
		return x.docking(why{"the time in the clip fits none of the times at which the camera's clock was read", store.Cause{What: store.CauseNowhere}})
	}
	t := x.times(best.from, store.ClockTrusted, corrected)
	if corrected.reason != "" {
		t.Clock = store.ClockCorrected
	}
	switch {
	case best.end.IsZero():
		t.doubt(x.of(store.CauseStart, best.start, "only the start of the recording is known, %s"), best.start, x.e.SeenAt)
	case best.fold > 0 && !best.end.Add(best.fold).After(x.e.SeenAt.Add(x.tolerance)):
		t.doubt(x.of(store.CauseTwice, best.end, "the camera's clock was put back and showed %s twice"), best.end, best.end.Add(best.fold))
	case x.held.unsure:
		t.doubt(why{"the station set the camera's clock, and the time in the clip fits before that as well as after",
			store.Cause{What: store.CauseSet, At: millis(best.end)}},
			best.end.Add(x.held.offset-x.held.most), best.end.Add(x.held.offset-x.held.least))
	default:
		t.End = millis(best.end)
		t.Start = millis(x.start(best))
		t.Earliest, t.Latest = t.End, t.End
		if corrected.reason != "" && x.held.most-x.held.least > x.tolerance { // it may have drifted unevenly
			t.Earliest, t.Latest = millis(best.end.Add(x.held.offset-x.held.most)), millis(best.end.Add(x.held.offset-x.held.least))
		}
	}
	return t
}

// best returns the first reading in the profile's order that gives an end. If
// none does it is the first that gives a start.
func (x *examiner) best() (reading, bool) {
	for _, r := range x.readings {
		if !r.end.IsZero() {
			return r, true
		}
	}
	if len(x.readings) == 0 {
		return reading{}, false
	}
	return x.readings[0], true
}

// start returns when a recording with a known end started: as the container
// says, unless it differs by a zone from the source that was believed.
func (x *examiner) start(best reading) time.Time {
	if !best.start.IsZero() {
		return best.start
	}
	for _, r := range x.readings {
		age := best.end.Sub(r.start)
		if r.from == store.SourceContainer && !r.start.IsZero() && age >= 0 && age <= longestClip {
			return r.start
		}
	}
	return time.Time{}
}

// correct subtracts the offset that held when the clip was recorded from every
// reading and says so, unless the offset is within the tolerance or contradicts
// the last one.
func (x *examiner) correct() (corrected why) {
	if x.e.Offset == nil || x.e.OffsetBad != "" {
		return why{}
	}
	x.held = held{offset: *x.e.Offset, least: *x.e.Offset, most: *x.e.Offset}
	if best, ok := x.best(); ok && len(x.e.Readings) > 1 {
		x.held = heldAt(x.e.Readings, later(best.start, best.end), x.e.Lacked, x.tolerance)
	}
	offset := x.held.offset
	if max(x.held.most, -x.held.least) <= x.tolerance {
		return why{}
	}
	corrected = why{fmt.Sprintf("the camera's clock was %s when it was docked", fastOrSlow(*x.e.Offset)),
		store.Cause{What: store.CauseOffset, Seconds: x.e.Offset.Seconds()}}
	if (x.held.most - x.held.least) > time.Second {
		corrected = why{fmt.Sprintf("the camera's clock was %s when this was recorded: it drifted to %s at the docking", fastOrSlow(offset), fastOrSlow(*x.e.Offset)),
			store.Cause{What: store.CauseDrift, Before: offset.Seconds(), Seconds: x.e.Offset.Seconds()}}
	}
	for i := range x.readings {
		x.readings[i].shift(-offset)
		x.readings[i].note += ", corrected by the measured offset"
	}
	return corrected
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// docking is what remains when the camera's times are not believed: the clip
// ended after the last docking that lacked it and before it was seen.
func (x *examiner) docking(doubt why) Times {
	t := x.times(store.SourceDocking, store.ClockSuspect, doubt)
	t.doubt(doubt, x.e.Lacked, x.e.SeenAt)
	return t
}

// of is a reason that is about one time.
func (x *examiner) of(what string, t time.Time, format string) why {
	return why{fmt.Sprintf(format, x.say(t)), store.Cause{What: what, At: millis(t)}}
}

// offsetBad is Evidence.OffsetBad; its cause follows from the readings.
func (x *examiner) offsetBad() why {
	doubt := why{reason: x.e.OffsetBad}
	if was, is, _, ok := contradicted(x.e.Readings, x.tolerance); ok {
		doubt.cause = store.Cause{What: store.CauseJumped, Before: was.Offset, Seconds: is.Offset}
	}
	return doubt
}

func (x *examiner) times(source, clock string, said why) Times {
	t := Times{Source: source, Clock: clock, Duration: x.duration}
	t.say(said)
	for _, r := range x.readings {
		t.Sources = append(t.Sources, store.Source{From: r.from, Start: millis(r.start), End: millis(r.end), Note: r.note})
	}
	return t
}

// doubt makes t an interval: a person decides what it leaves open.
func (t *Times) doubt(doubt why, earliest, latest time.Time) {
	t.Clock = store.ClockSuspect
	t.say(doubt)
	t.Start, t.End = time.Time{}, time.Time{}
	t.Earliest, t.Latest = millis(earliest), millis(latest)
	if t.Latest.Before(t.Earliest) {
		t.Latest = t.Earliest
	}
}

// say puts down why the clock is not believed as it is.
func (t *Times) say(said why) {
	t.Reason, t.Cause = said.reason, nil
	if said.cause.What != "" {
		t.Cause = &said.cause
	}
}

// millis cuts to what the catalog keeps.
func millis(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// say writes an instant as the station's people read it.
func (x *examiner) say(t time.Time) string {
	return t.In(x.station).Format("2006-01-02 15:04:05 -07:00")
}

// roundSeconds writes a duration without fractions of a second.
func roundSeconds(d time.Duration) string { return d.Abs().Round(time.Second).String() }
