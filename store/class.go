package store

import (
	"slices"
	"time"
)

// class is what filters ask for most, state and deadline, as one byte that
// stands before the order in the keys of every listing. So whatever is asked
// for is a handful of ranges, and a rare answer among a million clips is found
// without looking at the others.
type class byte

// standing is the part of a class that is about the deadline, as far as the
// row knows it.
type standing byte

const (
	standOpen    standing = iota + 1 // not stored, due time not passed: how it stands depends on the hour
	standOverdue                     // not stored, due time passed
	standLate
	standUndecidable
	standExcused
	standOnTime
	standNone // has no deadline
)

// classStates are the states that rows have.
var classStates = []State{Seen, Failed, Gone, Stored}

// settledAs is what the standings of clips say that do not depend on the hour.
var settledAs = map[standing]Deadline{
	standOverdue: Overdue, standLate: Late, standUndecidable: Undecidable,
	standExcused: Excused, standOnTime: OnTime, standNone: NoDeadline,
}

func makeClass(state State, st standing) class {
	code := max(slices.Index(classStates, state), 0)
	return class(code)<<4 | class(st)
}

func (k class) state() State       { return classStates[k>>4&3] }
func (k class) standing() standing { return standing(k & 15) }

func classOf(c *Clip) class { return makeClass(c.State, standingOf(c)) }

func standingOf(c *Clip) standing {
	switch {
	case c.State != Stored && !c.Kind.HasDeadline():
		return standNone
	case c.State != Stored && c.Deadline == Overdue:
		return standOverdue
	case c.State != Stored:
		return standOpen
	}
	switch c.Deadline {
	case Late:
		return standLate
	case Undecidable:
		return standUndecidable
	case Excused:
		return standExcused
	case OnTime:
		return standOnTime
	}
	return standNone
}

// standings returns those that rows of a state can have.
func standings(state State) []standing {
	if state == Stored {
		return []standing{standLate, standUndecidable, standExcused, standOnTime, standNone}
	}
	return []standing{standOpen, standOverdue, standNone}
}

// classes returns those that hold every match.
func (f *Filter) classes() (list []class) {
	for _, state := range classStates {
		if !f.mayBe(state) {
			continue
		}
		for _, st := range standings(state) {
			if f.mayStand(st) {
				list = append(list, makeClass(state, st))
			}
		}
	}
	return list
}

func (f *Filter) mayBe(state State) bool {
	return len(f.States) == 0 || slices.Contains(f.States, state) ||
		(slices.Contains(f.States, Copying) && (state == Seen || state == Failed)) // whose row says so
}

func (f *Filter) mayStand(st standing) bool {
	if len(f.Deadlines) == 0 {
		return true
	}
	if st != standOpen {
		return slices.Contains(f.Deadlines, settledAs[st])
	}
	return slices.ContainsFunc(f.Deadlines, func(d Deadline) bool {
		return d == Pending || d == DueSoon || d == Undecidable || d == Overdue
	})
}

// openValue is what listings keep of an open clip to tell by how it stands at
// an hour: the instant until which it is in time whenever it ended. That is
// before all others, eight NULs, where nothing bounds the end of the recording
// from below. It is empty of a clip of which somebody decided: then only the
// row tells.
func openValue(c *Clip) string {
	switch {
	case c.Decision != nil:
		return ""
	case c.EndEarliest.IsZero():
		return string(make([]byte, 8))
	}
	// The window is the same at both ends of the interval.
	return string(appendTime(nil, c.DueAt.Add(c.EndEarliest.Sub(c.EndLatest))))
}

// instant is what open clips are judged by: the earliest and the latest that it
// can be now, and what is due until soon is due soon.
type instant struct{ surely, perhaps, soon time.Time }

func (s *Store) instant(now time.Time) instant {
	surely, perhaps := s.clock.Load().Around(now)
	return instant{surely, perhaps, perhaps.Add(s.opt.Rule.DueSoon)}
}

// judge is Rule.Judge for an open clip that is in time until earliest for
// certain.
func (h instant) judge(due, earliest time.Time) Deadline {
	switch {
	case h.surely.After(due): // the clock has yet to move it
		return Overdue
	case h.perhaps.After(earliest):
		return Undecidable
	case h.soon.After(due):
		return DueSoon
	}
	return Pending
}
