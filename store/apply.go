package store

import (
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// commit writes events to the ledger and applies them to the catalog in one
// transaction. The caller holds the lock. When it fails after the ledger was
// written the facts stand and are applied before the next ones.
func (s *Store) commit(events ...event) error {
	if len(events) == 0 {
		return nil
	}
	pos, err := s.promise(events)
	if err != nil {
		return err
	}
	return s.applyAll(pos, events)
}

// promise writes events to the ledger only.
func (s *Store) promise(events []event) (position, error) {
	pos, err := s.ledger.append(events[0].At, events)
	if err != nil {
		// A line that could neither be synced nor cut off again is a fact.
		s.lagging.Store(true)
	}
	if err == nil || errors.Is(err, ErrUnwritable) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.unwritable = err
	}
	return pos, err
}

// Unwritable returns why the last fact could not be written down, nil when it
// could.
func (s *Store) Unwritable() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unwritable
}

// applyAll applies events, which end at pos in the ledger, in one transaction.
func (s *Store) applyAll(pos position, events []event) error {
	start := time.Now()
	err := s.db.Update(func(tx *bolt.Tx) error {
		for i := range events {
			if err := s.apply(tx, &events[i]); err != nil {
				return err
			}
		}
		return putPosition(tx, pos)
	})
	if err != nil {
		s.lagging.Store(true)
		return fmt.Errorf("write catalog: %w", noSpace(err))
	}
	s.changes.note(events)
	if s.opt.OnCommit != nil {
		s.opt.OnCommit(time.Since(start))
	}
	return nil
}

// apply brings the catalog's rows in line with one event.
func (s *Store) apply(tx *bolt.Tx, ev *event) error {
	if ev.Clip != nil {
		// The event may know less than the catalog does by now.
		if _, err := extend(tx, ev.Clip, ev.At, ""); err != nil {
			return err
		}
		if ev.What == eventStored {
			if err := holdClip(tx, ev.Clip, ev.At); err != nil {
				return err
			}
		}
		if err := s.putClip(tx, ev.Clip); err != nil {
			return err
		}
	}
	if ev.Camera != nil {
		if err := s.applyCamera(tx, ev); err != nil {
			return err
		}
	}
	if ev.Extension != nil {
		if err := s.applyExtension(tx, ev.Extension, ev.At); err != nil {
			return err
		}
	}
	if ev.Request != nil {
		if err := applyRequest(tx, ev.Request); err != nil {
			return err
		}
	}
	if d := ev.Docking; d != nil {
		if err := tx.Bucket(bucketDockingsByCamera).Put([]byte(dockingKey(d)), nil); err != nil {
			return err
		}
		if err := putOpenDocking(tx, d); err != nil {
			return err
		}
		if err := putRow(tx, bucketDockings, d.ID, d); err != nil {
			return err
		}
	}
	if ev.Receipt != nil {
		if err := applyReceipt(tx, ev.Receipt); err != nil {
			return err
		}
	}
	if ev.StationClock != nil {
		if err := putRow(tx, bucketMeta, keyStationClock, ev.StationClock); err != nil {
			return err
		}
	}
	if ev.View != nil {
		return applyView(tx, ev.View)
	}
	if ev.Upkeep != nil {
		return putRow(tx, bucketMeta, keyUpkeep, ev.Upkeep)
	}
	return nil
}

func (s *Store) applyCamera(tx *bolt.Tx, ev *event) error {
	row := *ev.Camera
	switch {
	case ev.Holders:
		if err := s.applyHolders(tx, ev); err != nil {
			return err
		}
	case ev.SameHolders:
		before, err := getRow[Camera](tx, bucketCameras, row.Serial)
		if ignoreNotFound(err) != nil {
			return err
		}
		if before != nil {
			row.Holder, row.Holders = before.Holder, before.Holders
		}
	}
	return putRow(tx, bucketCameras, row.Serial, &row)
}

// cameraEvent is an event of a camera whose holders stay the same.
func cameraEvent(ev event) event {
	row := *ev.Camera
	row.Holder, row.Holders = nil, nil
	ev.Camera, ev.SameHolders = &row, true
	return ev
}

// dockingKey sorts a camera's dockings by time. Neither of its parts changes
// in the life of a docking.
func dockingKey(d *Docking) string {
	return string(appendTime([]byte(serialKey(d.Camera)), d.DockedAt)) + d.ID
}

// putOpenDocking keeps the list of dockings whose end was not seen yet.
func putOpenDocking(tx *bolt.Tx, d *Docking) error {
	key := []byte(keyOpenDocking + d.ID)
	if d.Closed != "" {
		return tx.Bucket(bucketMeta).Delete(key)
	}
	return tx.Bucket(bucketMeta).Put(key, nil)
}

func putPosition(tx *bolt.Tx, pos position) error {
	return tx.Bucket(bucketMeta).Put([]byte(keyLedger), []byte(pos.String()))
}

// position returns how far the ledger is applied.
func (s *Store) position() (pos position, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		pos, err = parsePosition(string(tx.Bucket(bucketMeta).Get([]byte(keyLedger))))
		return err
	})
	return pos, err
}
