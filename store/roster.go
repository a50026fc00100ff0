package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// RosterLine says that somebody held, or is to hold, a camera for some time.
type RosterLine struct {
	Line   int // in the file, for errors
	Serial string
	Holder
}

// Imported counts what a roster came to.
type Imported struct {
	Lines   int `json:"lines"`   // in all
	New     int `json:"new"`     // that were not put down before
	Cameras int `json:"cameras"` // that they are of
}

// ImportRoster puts down who held which camera when, beside what is known
// already; clips say so from then on, also those that are there. Two holders at
// one time are a *FieldError, whose field is "line N: until" or the like, and
// then nothing is changed.
func (s *Store) ImportRoster(lines []RosterLine, by string, now time.Time) (n Imported, err error) {
	if err := s.lock(); err != nil {
		return n, fmt.Errorf("import roster: %w", err)
	}
	defer s.unlock()
	now = stamp(now)
	cameras := make(map[string][]RosterLine)
	for _, l := range lines {
		if err := checkSerial(l.Serial); err != nil {
			return n, fmt.Errorf("import roster: %w", fieldErrorf(l.field("serial"), "%q is not a serial", l.Serial))
		}
		l.From, l.Until = stamp(l.From), stamp(l.Until)
		cameras[l.Serial] = append(cameras[l.Serial], l)
	}
	n.Lines = len(lines)
	var events []event
	for _, serial := range slices.Sorted(maps.Keys(cameras)) {
		c, added, err := s.withRoster(serial, cameras[serial])
		if err != nil {
			return n, fmt.Errorf("import roster: %w", err)
		}
		n.Cameras++
		if n.New += added; added == 0 {
			continue
		}
		c.History = append(c.History, Entry{At: now, What: "roster imported", By: by, Note: fmt.Sprintf("%d holders", added)})
		events = append(events, event{At: now, What: "roster", Camera: c, Holders: true, By: by})
	}
	if err := s.commit(events...); err != nil {
		return n, fmt.Errorf("import roster: %w", err)
	}
	return n, nil
}

func (l *RosterLine) field(name string) string { return fmt.Sprintf("line %d: %s", l.Line, name) }

// withRoster returns a camera with what is new of its lines.
func (s *Store) withRoster(serial string, lines []RosterLine) (c *Camera, added int, err error) {
	c, err = s.Camera(serial)
	if errors.Is(err, ErrNotFound) {
		c, err = &Camera{Serial: serial}, nil
	}
	if err != nil {
		return nil, 0, err
	}
	spans := c.spans()
	for _, l := range lines {
		if !l.Until.IsZero() && !l.Until.After(l.From) {
			return nil, 0, fieldErrorf(l.field("until"), "%s is not after %s", l.Until.Format(time.RFC3339), l.From.Format(time.RFC3339))
		}
		known := false
		for i := range spans {
			switch other := &spans[i]; {
			case other.sameAs(l.Holder):
				known = true // it was imported before
			case overlap(other, &l.Holder):
				field := "from"
				if l.From.Before(other.From) {
					field = "until"
				}
				return nil, 0, fieldErrorf(l.field(field), "%s has camera %s already, %s", other.Badge, serial, other.when())
			}
		}
		if !known {
			spans = append(spans, l.Holder)
			added++
		}
	}
	slices.SortStableFunc(spans, func(a, b Holder) int { return a.From.Compare(b.From) })
	c.setSpans(spans)
	return c, added, nil
}

func overlap(a, b *Holder) bool {
	return (a.Until.IsZero() || b.From.Before(a.Until)) && (b.Until.IsZero() || a.From.Before(b.Until))
}

func (h *Holder) when() string {
	if h.Until.IsZero() {
		return "since " + h.From.Format(time.RFC3339)
	}
	return "from " + h.From.Format(time.RFC3339) + " until " + h.Until.Format(time.RFC3339)
}
