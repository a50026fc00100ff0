package ingest

import (
	"strconv"
	"time"

	"custodock/ingest/media"
	"custodock/store"
)

// longestClip is the longest recording that is taken for one when its length is
// not known.
const longestClip = 24 * time.Hour

// reading is one source's statement about a clip's times, read as instants.
type reading struct {
	from string
	at   time.Time // what the source says, of the moment that mark names
	mark string    // markStart or markEnd
	note string    // how it was read

	// start and end follow from at where the duration is known; else one is zero.
	start, end time.Time

	// fold is above zero when a wall clock that was put back showed the time
	// twice: the instants are these or later by fold.
	fold time.Duration
}

func (r *reading) shift(d time.Duration) {
	for _, t := range []*time.Time{&r.at, &r.start, &r.end} {
		if !t.IsZero() {
			*t = t.Add(d)
		}
	}
}

// read returns the sources that the clip has, in the profile's order.
func (x *examiner) read() (readings []reading) {
	mtime, mtimeOK := x.mtime()
	name, nameOK := x.name()
	for _, from := range x.p.order {
		switch {
		case from == store.SourceModTime && mtimeOK:
			readings = append(readings, mtime)
		case from == store.SourceFilename && nameOK:
			readings = append(readings, name)
		case from == store.SourceContainer:
			var others []reading
			if mtimeOK {
				others = append(others, mtime)
			}
			if nameOK {
				others = append(others, name)
			}
			if r, ok := x.container(others); ok {
				readings = append(readings, r)
			}
		}
	}
	return readings
}

// reading makes a reading of the time t. face says that t is a wall clock put
// down as UTC. It fails for times that no camera can mean.
func (x *examiner) reading(from string, t time.Time, face bool, mark, note string) (reading, bool) {
	if t.IsZero() || t.Year() < 1900 || t.Year() > 9000 {
		return reading{}, false // year 10000 has no RFC 3339 form
	}
	r := reading{from: from, at: t, mark: mark, note: note + " as UTC"}
	if face {
		r.at, r.fold = wallTime(t, x.zone)
		r.note = note + " as local time in " + x.zone.String()
	}
	if mark == markStart || x.durationKnown {
		r.start = r.at
	}
	if mark == markEnd || x.durationKnown {
		r.end = r.at
	}
	if mark == markStart && x.durationKnown {
		r.end = r.at.Add(x.duration)
	}
	if mark == markEnd && x.durationKnown {
		r.start = r.at.Add(-x.duration)
	}
	return r, true
}

func (x *examiner) mtime() (reading, bool) {
	face := x.e.LocalTime
	if x.p.mtimeZone != zoneAuto {
		face = x.p.mtimeZone == zoneLocal
	}
	return x.reading(store.SourceModTime, x.e.ModTime, face, x.p.mtimeMark, "modification time read")
}

func (x *examiner) name() (reading, bool) {
	for _, p := range x.p.names {
		if t, ok := p.time(x.e.Name); ok {
			return x.reading(store.SourceFilename, t, !p.utc, p.mark, "time in the name read")
		}
	}
	return reading{}, false
}

// time returns the time in a name, as if in UTC. A thirteenth month or a 30th of
// February is a number that only looks like a time.
func (p *namePattern) time(name string) (time.Time, bool) {
	match := p.re.FindStringSubmatch(name)
	if match == nil {
		return time.Time{}, false
	}
	var n [6]int
	for i, g := range timeGroups {
		var err error
		if n[i], err = strconv.Atoi(match[p.re.SubexpIndex(g)]); err != nil {
			return time.Time{}, false
		}
	}
	if n[0] < 100 {
		n[0] += 2000
	}
	var ms int
	if i := p.re.SubexpIndex("ms"); i >= 0 {
		ms, _ = strconv.Atoi(match[i]) // an optional group: none is none
	}
	t := time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], ms*int(time.Millisecond), time.UTC)
	back := [6]int{t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second()}
	return t, back == n
}

// container reads the creation time. Where the profile leaves it open whether
// that is UTC or local time, and the clip names no zone, the format's standard
// decides, unless another source agrees with the other reading and not with
// this one: many cameras write local time into MP4, where the standard has UTC.
func (x *examiner) container(others []reading) (reading, bool) {
	m := x.e.Media
	if m == nil {
		return reading{}, false
	}
	as := func(face bool) (reading, bool) {
		return x.reading(store.SourceContainer, m.Created, face, x.p.containerMark, "creation time read")
	}
	if x.p.containerTime != zoneAuto {
		return as(x.p.containerTime == zoneLocal)
	}
	if m.ZoneOffset != nil && !m.Created.IsZero() {
		return x.reading(store.SourceContainer, m.Created.Add(-*m.ZoneOffset), false, x.p.containerMark, "creation time and its zone read")
	}
	face := m.Format != media.FormatMP4 && m.Format != media.FormatMOV // EXIF and AVI have local time
	standard, ok := as(face)
	other, _ := as(!face)
	if !ok {
		return reading{}, false
	}
	for _, agree := range []func(a, b reading) bool{x.same, x.during} {
		for _, o := range others {
			switch a, b := agree(o, standard), agree(o, other); {
			case a && !b:
				standard.note += ", as " + o.from + " confirms"
				return standard, true
			case b && !a:
				other.note += ", because " + o.from + " agrees with that alone"
				return other, true
			}
		}
	}
	return standard, true
}

// same reports whether o says what the container says of the moment o marks.
func (x *examiner) same(o, container reading) bool {
	moment := container.end
	if o.mark == markStart {
		moment = container.start
	}
	if moment.IsZero() {
		return false
	}
	for _, fold := range []time.Duration{0, o.fold, -container.fold} {
		if (o.at.Sub(moment) + fold).Abs() <= x.tolerance {
			return true
		}
	}
	return false
}

// during reports whether o lies in the container's recording.
func (x *examiner) during(o, container reading) bool {
	if container.start.IsZero() {
		return false
	}
	age := o.at.Sub(container.start)
	return age >= -x.tolerance && age <= x.span()+x.tolerance
}

// span is how long the recording is at most.
func (x *examiner) span() time.Duration {
	if x.durationKnown {
		return x.duration
	}
	return longestClip
}

// wallTime returns the instant at which a clock in zone showed what t shows as
// UTC. When the clock was put back and showed it twice, first is the earlier
// instant and the later one comes fold after it.
func wallTime(t time.Time, zone *time.Location) (first time.Time, fold time.Duration) {
	t = t.UTC()
	var fits []time.Time
	// Zones are at most 14 hours from UTC: a day and more on either side of
	// t lies the offset before and after a change that t may stand in.
	for _, around := range []time.Duration{-26 * time.Hour, 26 * time.Hour} {
		_, offset := t.Add(around).In(zone).Zone()
		at := t.Add(-time.Duration(offset) * time.Second)
		if _, back := at.In(zone).Zone(); back == offset {
			fits = append(fits, at)
		}
	}
	switch len(fits) {
	case 0: // a time that the clock skipped
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone), 0
	case 2:
		return fits[0], fits[1].Sub(fits[0])
	}
	return fits[0], 0
}
