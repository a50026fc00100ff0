package store

import (
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Upkeep is when the archive and the catalog were last looked after; a zero
// time means never. It outlives the daemon and the catalog: a restart must
// neither hide that a verification is overdue nor make it look so.
type Upkeep struct {
	VerifiedAt time.Time `json:"verified_at,omitzero"`  // the whole archive was found in order
	DamagedAt  time.Time `json:"damaged_at,omitzero"`   // a verification found damage, or could not go to its end
	BackedUpAt time.Time `json:"backed_up_at,omitzero"` // a copy of the catalog was taken
}

// Verified records how a verification of the whole archive ended.
func (s *Store) Verified(ok bool, now time.Time) error {
	if !ok {
		return s.keep("found damaged", now, func(u *Upkeep) { u.DamagedAt = stamp(now) })
	}
	return s.keep("verified", now, func(u *Upkeep) { u.VerifiedAt = stamp(now) })
}

// BackedUp records that a copy of the catalog was taken. The copy itself does
// not know.
func (s *Store) BackedUp(now time.Time) error {
	return s.keep("backed up", now, func(u *Upkeep) { u.BackedUpAt = stamp(now) })
}

// WriteAgain finds out whether facts can be written down again, when the last
// one could not: see Unwritable. If so, that itself is a fact. It may be long
// before there is another one.
func (s *Store) WriteAgain(now time.Time) error {
	if s.Unwritable() == nil {
		return nil
	}
	return s.keep("written again", now, func(*Upkeep) {})
}

func (s *Store) keep(what string, now time.Time, change func(*Upkeep)) error {
	if err := s.lock(); err != nil {
		return fmt.Errorf("record %q: %w", what, err)
	}
	defer s.unlock()
	u, err := s.Upkeep()
	if err != nil {
		return err
	}
	change(&u)
	if err := s.commit(event{At: stamp(now), What: what, Upkeep: &u}); err != nil {
		return fmt.Errorf("record %q: %w", what, err)
	}
	return nil
}

// Upkeep returns when the store was last looked after.
func (s *Store) Upkeep() (u Upkeep, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		row, err := getRow[Upkeep](tx, bucketMeta, keyUpkeep)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err == nil {
			u = *row
		}
		return err
	})
	if err != nil {
		return u, fmt.Errorf("read upkeep: %w", err)
	}
	return u, nil
}
