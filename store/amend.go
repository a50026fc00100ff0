package store

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

// amend changes one clip's row and keeps what changed.
func (s *Store) amend(id, what string, now time.Time, change func(*Clip) bool) (*Clip, error) {
	if err := s.lock(); err != nil {
		return nil, fmt.Errorf("clip %s: %w", id, err)
	}
	defer s.unlock()
	c, err := s.clip(id)
	if err != nil {
		return nil, err
	}
	if !change(c) {
		return c, nil
	}
	if err := s.commit(event{At: stamp(now), What: what, Clip: c}); err != nil {
		return nil, fmt.Errorf("clip %s: %w", id, err)
	}
	return c, nil
}

// Fail records that a clip could not be copied, and why. It stays due.
func (s *Store) Fail(id string, cause error, now time.Time) (*Clip, error) {
	return s.amend(id, "failed", now, func(c *Clip) bool {
		if c.State == Stored || c.State == Gone {
			return false
		}
		reason := cause.Error()
		if c.State != Failed || c.Error != reason {
			c.note(now, "failed", reason)
		}
		c.State, c.Error = Failed, reason
		c.Attempts++
		return true
	})
}

// Released records that a stored clip was removed from its camera.
func (s *Store) Released(id string, now time.Time) (*Clip, error) {
	return s.amend(id, "released", now, func(c *Clip) bool {
		c.ReleasedAt, c.ReleaseError = stamp(now), ""
		c.note(now, "released", "a second read on the camera gave the same SHA-256")
		return true
	})
}

// NotReleased records why a stored clip stays on its camera.
func (s *Store) NotReleased(id string, cause error, now time.Time) (*Clip, error) {
	return s.amend(id, "not released", now, func(c *Clip) bool {
		if c.ReleaseError == cause.Error() {
			return false
		}
		c.ReleaseError = cause.Error()
		c.note(now, "not released", c.ReleaseError)
		return true
	})
}

// NextDue returns when the next unstored clip that is not overdue yet turns
// overdue; ok is false when there is none.
func (s *Store) NextDue() (due time.Time, ok bool, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		k, _ := tx.Bucket(bucketOpen).Cursor().First()
		if k != nil {
			due, ok = keyTime(k[1:]), true
		}
		return nil
	})
	return due, ok, err
}

// FirstDue returns the earliest due time of all unstored clips, overdue ones
// too.
func (s *Store) FirstDue() (due time.Time, ok bool, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		for _, bucket := range [][]byte{bucketOverdue, bucketOpen} {
			k, _ := tx.Bucket(bucket).Cursor().First()
			if k != nil && (!ok || keyTime(k[1:]).Before(due)) {
				due, ok = keyTime(k[1:]), true
			}
		}
		return nil
	})
	return due, ok, err
}

// MissDue marks the clips whose due time has passed, docked or not, and
// returns them. It looks at no others.
func (s *Store) MissDue(now time.Time) (missed []Clip, err error) {
	if err := s.lock(); err != nil {
		return nil, fmt.Errorf("mark overdue clips: %w", err)
	}
	defer s.unlock()
	for {
		batch, err := s.missBatch(now)
		if err != nil {
			return missed, fmt.Errorf("mark overdue clips: %w", err)
		}
		missed = append(missed, batch...)
		if len(batch) < applyBatch {
			return missed, nil
		}
	}
}

func (s *Store) missBatch(now time.Time) (missed []Clip, err error) {
	var events []event
	surely, _ := s.clock.Load().Around(now)
	err = s.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketOpen).Cursor()
		for k, _ := c.First(); k != nil && surely.After(keyTime(k[1:])) && len(events) < applyBatch; k, _ = c.Next() {
			if s.isHeld(orderID(k), now) {
				continue
			}
			clip, err := getRow[Clip](tx, bucketClips, orderID(k))
			if err != nil {
				return err
			}
			clip.Deadline = Overdue
			if clip.MissedAt.IsZero() {
				clip.MissedAt = stamp(now)
			}
			clip.note(now, "missed", "not stored by "+clip.DueAt.Format(time.RFC3339))
			events = append(events, event{At: stamp(now), What: "missed", Clip: clip})
			missed = append(missed, *clip)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return missed, s.commit(events...)
}

// isHeld reports whether the deadline clock is to pass a clip over: it is
// being published, and was stored in time or says itself that it was not; or
// it is being looked into.
func (s *Store) isHeld(id string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	until, held := s.held[id]
	if held && now.After(until) {
		delete(s.held, id)
		held = false
	}
	return held || s.publishing[id]
}

// Describe changes what is known of clips that are not stored, in one
// transaction: the i-th id's row is passed to describe.
func (s *Store) Describe(ids []string, now time.Time, describe func(i int, c *Clip)) error {
	if err := s.lock(); err != nil {
		return fmt.Errorf("describe clips: %w", err)
	}
	defer s.unlock()
	var events []event
	var camera *Camera
	for i, id := range ids {
		c, err := s.clip(id)
		if err != nil {
			return err
		}
		if c.State == Stored || s.isCopying(id) {
			continue
		}
		describe(i, c)
		s.makeDue(c, now)
		if camera == nil || camera.Serial != c.Camera {
			if camera, err = s.Camera(c.Camera); err != nil {
				return err
			}
		}
		c.heldBy(camera)
		events = append(events, event{At: stamp(now), What: "described", Clip: c})
	}
	if err := s.commit(events...); err != nil {
		return fmt.Errorf("describe clips: %w", err)
	}
	s.unhold(ids...)
	return nil
}

func (s *Store) unhold(ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		delete(s.held, id)
	}
}

// makeDue sets a described clip's due time.
func (s *Store) makeDue(c *Clip, now time.Time) {
	c.tidy()
	c.DueAt = s.opt.Rule.Due(c)
	if c.Deadline == Overdue && s.opt.Rule.Judge(c, now) != Overdue {
		c.Deadline = "" // it is known better now, or goes on
	}
}

// CheckStored makes sure that a clip's file is in the archive with its size,
// before the last other copy of it is removed.
func (s *Store) CheckStored(c *Clip) error {
	path, err := s.ClipFile(c)
	if err != nil {
		return err
	}
	st, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("clip %s: %w", c.ID, err)
	}
	if c.State != Stored || !st.Mode().IsRegular() || st.Size() != c.Size {
		return fmt.Errorf("clip %s: %s is not the stored clip; run: custodock verify", c.ID, c.ArchivePath)
	}
	return nil
}

// ClipFile returns where a stored clip lies, after checking that the catalog
// says so within the archive.
func (s *Store) ClipFile(c *Clip) (string, error) {
	if c.ArchivePath == "" || !filepath.IsLocal(c.ArchivePath) {
		return "", fmt.Errorf("clip %s: %w", c.ID, fs.ErrNotExist)
	}
	return filepath.Join(s.opt.Dir, c.ArchivePath), nil
}
