package ingest

import (
	"fmt"
	"slices"
	"time"

	"custodock/store"
)

// widestZone is how far a zone can lie from another: both sides of the date
// line, by the hours that cameras can be set to.
const widestZone = 14

// earliestClock is the day before which no clock of a camera in use can stand:
// 1970, 1980 (FAT) and 2000 are what clocks start from that lost their power.
var earliestClock = time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)

// sourceWords name the sources in a reason.
var sourceWords = map[string]string{
	store.SourceContainer: "the time in the file",
	store.SourceModTime:   "the file's modification time",
	store.SourceFilename:  "the file's name",
}

// why is a reason: in words, and as a cause. The zero value is none.
type why struct {
	reason string
	cause  store.Cause
}

// quote is a reason that begins with what a source says.
func (x *examiner) quote(r reading, cause store.Cause, format string, args ...any) why {
	if cause.At.IsZero() {
		cause.At = millis(r.at)
	}
	cause.Source = r.from
	return why{fmt.Sprintf("%s says %s: ", sourceWords[r.from], x.say(r.at)) + fmt.Sprintf(format, args...), cause}
}

// reset says which source shows a clock that was reset, if one does.
func (x *examiner) reset() why {
	for _, r := range x.readings {
		for _, t := range []time.Time{r.start, r.at, r.end} {
			if t.IsZero() {
				continue
			}
			if t.Before(earliestClock) {
				return x.quote(r, store.Cause{What: store.CauseReset}, "the camera's clock had been reset")
			}
			if day, ok := x.p.birthday(t); ok {
				return x.quote(r, store.Cause{What: store.CauseBirthday, OtherAt: day}, "the camera's clock restarts at %s when its battery is flat", day.Format(time.DateOnly))
			}
		}
	}
	return why{}
}

// birthday returns the firmware's birthday that t follows. t may be read in a
// wrong zone, so the span is wider by that on both sides.
func (p *Profile) birthday(t time.Time) (time.Time, bool) {
	for _, day := range p.birthdays {
		age := t.Sub(day)
		if age >= -widestZone*time.Hour && age <= p.birthdaySpan+widestZone*time.Hour {
			return day, true
		}
	}
	return time.Time{}, false
}

// future says so when the recording ended after it was seen.
func (x *examiner) future(best reading) why {
	last := best.end
	if last.IsZero() {
		last = best.start
	}
	if ahead := last.Sub(x.e.SeenAt); ahead > x.tolerance {
		cause := store.Cause{What: store.CauseFuture, OtherAt: millis(x.e.SeenAt), Seconds: ahead.Seconds()}
		return x.quote(best, cause, "by that the recording went on for %s after the camera was docked (%s)", roundSeconds(ahead), x.say(x.e.SeenAt))
	}
	return why{}
}

// past says so when the recording ended before the camera was last docked
// without it: its clock is slow, and by how much is not known, or the file was
// somewhere else then. It matters where the time in the clip would make it late
// from the start. Else that is the strictest of all that it can be: it is
// believed, and accuses nobody yet.
func (x *examiner) past(best reading) why {
	if best.end.IsZero() || x.e.Lacked.IsZero() || x.e.LackedHere {
		return why{} // what comes to a docked camera was copied there: it does not record in its bay
	}
	if !x.e.SeenAt.After(best.end.Add(x.e.Window)) {
		return why{}
	}
	if best.end.Add(best.fold).Before(x.e.Lacked.Add(-x.tolerance)) {
		cause := store.Cause{What: store.CauseLacked, At: millis(best.end), OtherAt: millis(x.e.Lacked)}
		return x.quote(best, cause, "by that the recording had ended (%s) when the camera was last docked, and it was not on it then (%s)", x.say(best.end), x.say(x.e.Lacked))
	}
	return why{}
}

// disagreement says which source differs from the best one by more than a zone
// explains, if one does.
func (x *examiner) disagreement(best reading) why {
	for _, r := range x.readings {
		if r.from == best.from || x.agree(best, r) {
			continue
		}
		a, b := best.at, r.at
		if !best.end.IsZero() && !r.end.IsZero() {
			a, b = best.end, r.end
		}
		return why{fmt.Sprintf("%s says %s and %s says %s: %s apart, which no time zone explains",
			sourceWords[best.from], x.say(a), sourceWords[r.from], x.say(b), roundSeconds(a.Sub(b))),
			store.Cause{What: store.CauseDisagree, Source: best.from, At: millis(a), Other: r.from, OtherAt: millis(b), Seconds: a.Sub(b).Abs().Seconds()}}
	}
	return why{}
}

// agree reports whether r can be of the recording whose end, or of whose end
// nothing is known but its start, best gives. A start agrees anywhere in the
// recording, for a button pressed while the camera pre-records; so does mtime,
// because cameras differ in when they write it.
func (x *examiner) agree(best, r reading) bool {
	least, most := -x.tolerance, x.tolerance // of best's moment minus r's
	moment := best.end
	switch {
	case moment.IsZero():
		moment = best.start
	case r.mark == markStart, r.from == store.SourceModTime && x.durationKnown:
		most += x.span()
	}
	apart := moment.Sub(r.at)
	return slices.ContainsFunc(x.zoneShifts(moment, best.fold, r.fold), func(shift time.Duration) bool {
		return apart-shift >= least && apart-shift <= most
	})
}

// zoneShifts lists what a missing or wrong zone can make of a time: whole
// hours, the offsets of the zones that are in play (+5:45), and the hour, or in
// places half an hour, by which a clock was put back.
func (x *examiner) zoneShifts(at time.Time, folds ...time.Duration) []time.Duration {
	var shifts []time.Duration
	for h := range widestZone + 1 {
		shifts = append(shifts, time.Duration(h)*time.Hour)
	}
	for _, zone := range []*time.Location{x.zone, x.station} {
		_, offset := at.In(zone).Zone()
		shifts = append(shifts, time.Duration(offset)*time.Second)
	}
	shifts = append(shifts, folds...)
	for _, s := range shifts {
		shifts = append(shifts, -s)
	}
	return shifts
}
