package web

import (
	"time"

	"custodock/store"
)

// cause is what it came down to that a clip was not stored in time.
type cause string

// The causes. Words for each stand under why.cause_ and, for a row of a table,
// under why.short_.
const (
	causeNone     cause = ""
	causeCameLate cause = "came_late" // the camera was docked only after the due time
	causeUnlisted cause = "unlisted"  // it was docked before, but what is on it could not be listed
	causeFailed   cause = "failed"    // it was there in time, and the clip could not be copied
	causePulled   cause = "pulled"    // it was there in time, and was taken before the clip was copied
	causeStopped  cause = "stopped"   // the station stopped while it was there
	causeFull     cause = "full"      // it was there in time, and the archive had no room
	causeSlow     cause = "slow"      // it was there in time, and nothing speaks of a fault
	causeGone     cause = "gone"      // the clip was seen, and is no longer on the camera
	causeDecided  cause = "decided"   // a person decided so
)

// stays are the dockings of a clip's camera around it, oldest first, as far as
// they are known: all of them on the clip's own page, and only the clip's last
// one in a list.
type stays []store.Docking

// first is the docking in which the clip was seen first.
func (s stays) first(c *store.Clip) *store.Docking { return s.at(c.SeenAt) }

// at is the docking that was under way at t.
func (s stays) at(t time.Time) (d *store.Docking) {
	for i := range s {
		if !s[i].DockedAt.After(t) && (s[i].UndockedAt.IsZero() || !s[i].UndockedAt.Before(t)) {
			d = &s[i]
		}
	}
	return d
}

// arrived is when the camera brought the clip: its docking, or when the clip
// was listed where that is all there is.
func (s stays) arrived(c *store.Clip) time.Time {
	if d := s.first(c); d != nil {
		return d.DockedAt
	}
	return c.SeenAt
}

// pulled is the docking that ended before the clip was stored, the last one
// that began in time, and the one that followed; nil where there is none.
func (s stays) pulled(c *store.Clip) (ended, next *store.Docking) {
	for i := range s {
		d := &s[i]
		switch {
		case d.DockedAt.After(c.DueAt):
			if ended != nil && next == nil {
				next = d
			}
		case endOf(d).Before(c.DueAt) && !endOf(d).IsZero() && (d.DockedAt.After(c.SeenAt) || s.first(c) == d):
			ended, next = d, nil
		default:
			ended = nil // it was there when the clip fell due
		}
	}
	return ended, next
}

// full is the docking with the clip in which the archive had no room before it
// was due, the first one.
func (s stays) full(c *store.Clip) *store.Docking {
	for i := range s {
		if d := &s[i]; !d.NoRoomAt.Before(c.SeenAt) && d.NoRoomAt.Before(c.DueAt) {
			return d
		}
	}
	return nil
}

// endOf is when a docking ended, zero while it goes on. Of one whose end the
// daemon did not see it is the last that is known of it.
func endOf(d *store.Docking) time.Time {
	if d.UndockedAt.IsZero() && d.Closed == store.ClosedInterrupted {
		if d.ListedAt.After(d.DockedAt) {
			return d.ListedAt
		}
		return d.DockedAt
	}
	return d.UndockedAt
}

// unlisted reports whether the camera was docked between the recording and the
// docking that had the clip, and could not be listed.
func (s stays) unlisted(c *store.Clip) *store.Docking {
	for i := range s {
		d := &s[i]
		if d.DockedAt.After(c.EndLatest) && d.DockedAt.Before(c.DueAt) && !d.Complete && d.DockedAt.Before(s.arrived(c)) {
			return d
		}
	}
	return nil
}

// causeOf says what it came down to, of a clip that is overdue, late or excused.
func causeOf(c *store.Clip, s stays) cause {
	switch {
	case c.Deadline != store.Overdue && c.Deadline != store.Late && c.Deadline != store.Excused:
		return causeNone
	case c.Decision != nil && c.Decision.Deadline == store.Late && c.LateBy == 0:
		return causeDecided
	case s.arrived(c).After(c.DueAt) && s.unlisted(c) != nil:
		return causeUnlisted
	case s.arrived(c).After(c.DueAt):
		return causeCameLate
	case c.State == store.Gone:
		return causeGone
	case failedBy(c, c.DueAt):
		return causeFailed
	case s.full(c) != nil:
		return causeFull
	}
	if ended, _ := s.pulled(c); ended != nil {
		if ended.Closed == store.ClosedInterrupted {
			return causeStopped
		}
		return causePulled
	}
	if seenAgainAfter(c, c.DueAt) {
		return causePulled // between the two it was away
	}
	return causeSlow
}

// failedBy reports whether copying the clip had failed by t.
func failedBy(c *store.Clip, t time.Time) bool { return firstFailure(c, t) != nil }

func firstFailure(c *store.Clip, by time.Time) *store.Entry {
	for i := range c.History {
		if e := &c.History[i]; e.What == "failed" && !e.At.After(by) {
			return e
		}
	}
	return nil
}

// seenAgainAfter reports whether another docking had to bring the clip, after t
// and before it was stored.
func seenAgainAfter(c *store.Clip, t time.Time) bool {
	for _, e := range c.History {
		if e.What == "seen again" && e.At.After(t) && (c.StoredAt.IsZero() || e.At.Before(c.StoredAt)) {
			return true
		}
	}
	return false
}
