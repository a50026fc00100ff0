package store

import (
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// DockingsFrom returns the docking of a camera that was under way at t, or the
// last one before, and those that followed and began by until, if that is not
// zero: n at most, oldest first.
func (s *Store) DockingsFrom(serial string, t, until time.Time, n int) (list []Docking, err error) {
	list = []Docking{}
	err = s.db.View(func(tx *bolt.Tx) error {
		prefix := []byte(serialKey(serial))
		c := tx.Bucket(bucketDockingsByCamera).Cursor()
		start := appendTime(prefix[:len(prefix):len(prefix)], t.Add(time.Millisecond))
		k, _ := c.Seek(start)
		if k == nil {
			k, _ = c.Last()
		} else {
			k, _ = c.Prev()
		}
		if !hasPrefix(k, prefix) {
			k, _ = c.Seek(prefix)
		}
		for ; hasPrefix(k, prefix) && len(list) < n; k, _ = c.Next() {
			if began := keyTime(k[len(prefix):]); !until.IsZero() && began.After(until) && len(list) > 0 {
				return nil
			}
			d, err := getRow[Docking](tx, bucketDockings, string(k[len(prefix)+8:]))
			if err != nil {
				return err
			}
			list = append(list, *d)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list dockings of %.64q: %w", serial, err)
	}
	return list, nil
}
