package store

import (
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// upgradeBatch is how many rows share a transaction of an upgrade: large ones
// write every page less often, and small ones need less memory.
const upgradeBatch = 20_000

// isOld reports whether a catalog lacks the listings of today.
func isOld(db *bolt.DB) (old bool, err error) {
	err = db.View(func(tx *bolt.Tx) error {
		old = string(tx.Bucket(bucketMeta).Get([]byte(keyFormat))) != catalogFormat
		return nil
	})
	return old, err
}

// upgrade makes the listings of a catalog of format 1. What of it was done when
// a crash came is done again. Programs that know format 1 alone refuse the
// catalog from then on: they would leave the new listings behind.
func (s *Store) upgrade(batch int) error {
	old, err := isOld(s.db)
	if err != nil || !old {
		return err
	}
	start := time.Now()
	s.log.Info("the catalog is of an earlier version: making its new indexes, about half a minute for a million clips")
	if err := s.db.Update(func(tx *bolt.Tx) error { return replaceBuckets(tx, listingBuckets) }); err != nil {
		return fmt.Errorf("upgrade catalog: %w", noSpace(err))
	}
	n := 0
	for after := []byte{}; after != nil; {
		err := s.db.Update(func(tx *bolt.Tx) (err error) {
			var filled int
			after, filled, err = fillListings(tx, after, batch)
			n += filled
			return err
		})
		if err != nil {
			return fmt.Errorf("upgrade catalog: %w", noSpace(err))
		}
	}
	err = s.db.Update(func(tx *bolt.Tx) error {
		if err := dropBucketsOf(tx, droppedBuckets); err != nil {
			return err
		}
		return tx.Bucket(bucketMeta).Put([]byte(keyFormat), []byte(catalogFormat))
	})
	if err != nil {
		return fmt.Errorf("upgrade catalog: %w", noSpace(err))
	}
	s.log.Info("the catalog is up to date", "clips", n, "took", time.Since(start).Round(time.Millisecond))
	return nil
}

// fillListings lists up to n rows behind an id, and returns the last one's id,
// nil at the end.
func fillListings(tx *bolt.Tx, after []byte, n int) (last []byte, filled int, err error) {
	rows := tx.Bucket(bucketClips).Cursor()
	for k, _ := rows.Seek(append(after, 0)); k != nil; k, _ = rows.Next() {
		c, err := getRow[Clip](tx, bucketClips, string(k))
		if err != nil {
			return nil, filled, err
		}
		for _, e := range listingEntries(c, order(c)) {
			if err := tx.Bucket([]byte(e.bucket)).Put([]byte(e.key), []byte(e.value)); err != nil {
				return nil, filled, err
			}
		}
		if filled++; filled == n {
			return []byte(c.ID), filled, nil
		}
	}
	return nil, filled, nil
}

func replaceBuckets(tx *bolt.Tx, names [][]byte) error {
	if err := dropBucketsOf(tx, names); err != nil {
		return err
	}
	for _, name := range names {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return nil
}

func dropBucketsOf(tx *bolt.Tx, names [][]byte) error {
	for _, name := range names {
		if err := tx.DeleteBucket(name); err != nil && !errors.Is(err, bolterrors.ErrBucketNotFound) {
			return err
		}
	}
	return nil
}
