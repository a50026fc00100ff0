package store

import (
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// FieldError is a fact that cannot be: which part of it, and why. Nothing was
// changed.
type FieldError struct {
	Field string // as the API and the command line call it
	Why   string // goes on after the field
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Why }

func fieldErrorf(field, format string, args ...any) error {
	return &FieldError{field, fmt.Sprintf(format, args...)}
}

// Covered counts the clips that an extension covers.
type Covered struct {
	Clips   int `json:"clips"`   // in all
	Excused int `json:"excused"` // of them, stored late and excused by it or another one
	Late    int `json:"late"`    // stored late all the same
	Missed  int `json:"missed"`  // due, and not stored yet
}

// Extend records an extension: e needs Camera, Reason, Returned and By, and
// Clip for one clip alone. Without a Clip and a From it reaches back to when
// the camera was taken last before the return; it never reaches beyond that.
// Clips that are seen later are covered too. What is wrong is a *FieldError.
func (s *Store) Extend(e Extension, now time.Time) (*Extension, Covered, error) {
	if err := s.lock(); err != nil {
		return nil, Covered{}, fmt.Errorf("record extension: %w", err)
	}
	defer s.unlock()
	now = stamp(now)
	e.Returned, e.From, e.To = stamp(e.Returned), stamp(e.From), stamp(e.To)
	if err := s.checkExtension(&e, e.Returned, now); err != nil {
		return nil, Covered{}, fmt.Errorf("record extension: %w", err)
	}
	s.stampExtension(&e, now)
	if err := s.commit(event{At: now, What: whatExtended, Extension: &e}); err != nil {
		return nil, Covered{}, fmt.Errorf("record extension: %w", err)
	}
	covered, err := s.covered(&e)
	return &e, covered, err
}

// stampExtension makes a fact of what was checked.
func (s *Store) stampExtension(e *Extension, now time.Time) {
	e.ID, e.RecordedAt, e.DueAt = s.newID(now), now, e.Returned.Add(s.opt.Rule.Window)
}

// checkExtension refuses what cannot be, and fills in the span: without a From
// since the camera was taken last before back.
func (s *Store) checkExtension(e *Extension, back, now time.Time) error {
	if _, err := s.Camera(e.Camera); err != nil {
		if errors.Is(err, ErrNotFound) {
			return fieldErrorf("camera", "no camera %.64q was ever docked or assigned", e.Camera)
		}
		return err
	}
	if e.Returned.After(now) {
		return fieldErrorf("returned", "%s is in the future", e.Returned.Format(time.RFC3339))
	}
	if e.Clip != "" {
		return s.checkExtendedClip(e)
	}
	if e.To.IsZero() || e.To.After(e.Returned) {
		e.To = e.Returned // what was recorded after the return could have been handed over
	}
	if e.From.IsZero() {
		left, err := s.leftBefore(e.Camera, back)
		if err != nil {
			return err
		}
		e.From = left
	}
	switch {
	case e.From.After(e.Returned):
		return fieldErrorf("returned", "the return at %s is before the recordings, from %s on", e.Returned.Format(time.RFC3339), e.From.Format(time.RFC3339))
	case e.From.After(e.To):
		return fieldErrorf("to", "%s is before %s", e.To.Format(time.RFC3339), e.From.Format(time.RFC3339))
	}
	return nil
}

func (s *Store) checkExtendedClip(e *Extension) error {
	c, err := s.clip(e.Clip)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && c.Camera != e.Camera:
		return fieldErrorf("clip", "camera %s has no clip %.40q", e.Camera, e.Clip)
	case err != nil:
		return err
	case !c.Kind.HasDeadline():
		return fieldErrorf("clip", "%s has no deadline", c.Name)
	case e.Returned.Before(c.EndEarliest):
		return fieldErrorf("returned", "the return at %s is before the recording ended, %s", e.Returned.Format(time.RFC3339), c.EndEarliest.Format(time.RFC3339))
	}
	e.From, e.To = time.Time{}, time.Time{}
	return nil
}

// leftBefore returns when the camera was taken from a bay last before t; zero
// when it never was.
func (s *Store) leftBefore(serial string, t time.Time) (left time.Time, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		return eachDocking(tx, serial, nil, func(d *Docking) (more bool) {
			end := d.UndockedAt
			if d.Closed == ClosedInterrupted {
				end = later(d.DockedAt, d.ListedAt) // it was there then, at least
			}
			if !end.IsZero() && !end.After(t) {
				left = end
			}
			return left.IsZero()
		})
	})
	return left, err
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (s *Store) covered(e *Extension) (n Covered, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		return eachAffected(tx, e, func(c *Clip) error {
			n.Clips++
			switch c.Deadline {
			case Excused:
				n.Excused++
			case Late:
				n.Late++
			case Overdue:
				n.Missed++
			}
			return nil
		})
	})
	return n, err
}

// RevokeExtension takes an extension back: the record stays, and its clips are
// judged as if there were none but the others. One that was taken back before
// is a *FieldError.
func (s *Store) RevokeExtension(id, by, note string, now time.Time) (*Extension, Covered, error) {
	if err := s.lock(); err != nil {
		return nil, Covered{}, fmt.Errorf("revoke extension: %w", err)
	}
	defer s.unlock()
	e, err := s.Extension(id)
	if err != nil {
		return nil, Covered{}, err
	}
	if !e.RevokedAt.IsZero() {
		return nil, Covered{}, fmt.Errorf("revoke extension: %w", fieldErrorf("id", "it was revoked at %s by %s", e.RevokedAt.Format(time.RFC3339), e.RevokedBy))
	}
	e.RevokedAt, e.RevokedBy, e.RevokeNote = stamp(now), by, note
	if err := s.commit(event{At: e.RevokedAt, What: whatRevoked, Extension: e}); err != nil {
		return nil, Covered{}, fmt.Errorf("revoke extension: %w", err)
	}
	covered, err := s.covered(e)
	return e, covered, err
}
