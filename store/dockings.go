package store

import (
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// Dockings returns a camera's last n dockings, newest first.
func (s *Store) Dockings(serial string, n int) (list []Docking, err error) {
	list, _, err = s.DockingsBefore(serial, "", n)
	return list, err
}

// DockingsBefore returns up to n of a camera's dockings that are older than the
// one with that id, newest first, and whether there are still older ones. An
// empty id is no bound; one that this camera has not is ErrNotFound.
func (s *Store) DockingsBefore(serial, id string, n int) (list []Docking, older bool, err error) {
	list = []Docking{}
	err = s.db.View(func(tx *bolt.Tx) error {
		before, err := dockingPlace(tx, serial, id)
		if err != nil {
			return err
		}
		return eachDocking(tx, serial, before, func(d *Docking) (more bool) {
			if older = len(list) == n; !older {
				list = append(list, *d)
			}
			return !older
		})
	})
	if err != nil {
		return nil, false, fmt.Errorf("list dockings of %.64q: %w", serial, err)
	}
	return list, older, nil
}

// EachDocking calls f with a camera's dockings, newest first, as long as it
// wants more. f must not use the store.
func (s *Store) EachDocking(serial string, f func(*Docking) (more bool)) error {
	err := s.db.View(func(tx *bolt.Tx) error { return eachDocking(tx, serial, nil, f) })
	if err != nil {
		return fmt.Errorf("list dockings of %.64q: %w", serial, err)
	}
	return nil
}

// RecentDockings is EachDocking for all cameras together.
func (s *Store) RecentDockings(f func(*Docking) (more bool)) error {
	err := s.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketDockings).Cursor()
		for k, _ := c.Last(); k != nil; k, _ = c.Prev() { // ids sort by time
			d, err := getRow[Docking](tx, bucketDockings, string(k))
			if err != nil {
				return err
			}
			if !f(d) {
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("list recent dockings: %w", err)
	}
	return nil
}

// CountDockings returns how many dockings of a camera there ever were.
func (s *Store) CountDockings(serial string) (n int, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketDockingsByCamera).Cursor()
		prefix := []byte(serialKey(serial))
		for k, _ := c.Seek(prefix); hasPrefix(k, prefix); k, _ = c.Next() {
			n++
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("count dockings of %.64q: %w", serial, err)
	}
	return n, nil
}

// dockingPlace is where a docking of a camera stands in dockings_by_camera, nil
// for an empty id.
func dockingPlace(tx *bolt.Tx, serial, id string) ([]byte, error) {
	if id == "" {
		return nil, nil
	}
	d, err := getRow[Docking](tx, bucketDockings, id)
	if err == nil && d.Camera != serial {
		err = ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return []byte(dockingKey(d)), nil
}

// eachDocking calls f with a camera's dockings before a key of
// dockings_by_camera, nil for all, newest first, as long as it wants more.
func eachDocking(tx *bolt.Tx, serial string, before []byte, f func(*Docking) (more bool)) error {
	c := tx.Bucket(bucketDockingsByCamera).Cursor()
	prefix := []byte(serialKey(serial))
	if before == nil {
		before = append([]byte(serial), 1) // behind the last one of this camera
	}
	k, _ := c.Seek(before)
	if k == nil {
		k, _ = c.Last()
	} else {
		k, _ = c.Prev()
	}
	for ; hasPrefix(k, prefix); k, _ = c.Prev() {
		d, err := getRow[Docking](tx, bucketDockings, string(k[len(prefix)+8:]))
		if err != nil {
			return err
		}
		if !f(d) {
			return nil
		}
	}
	return nil
}
