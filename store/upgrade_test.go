package store

import (
	"bytes"
	"slices"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// makeOld makes the catalog one of format 1, as far as Open looks.
func makeOld(t testing.TB, s *Store) {
	t.Helper()
	dropBuckets(t, s, listingBuckets...)
	for _, name := range droppedBuckets {
		fillBucket(t, s, name)
	}
	err := s.db.Update(func(tx *bolt.Tx) error {
		tally := tx.Bucket(bucketCounts).Cursor()
		for k, _ := tally.Seek([]byte(countTally)); hasPrefix(k, []byte(countTally)); k, _ = tally.Seek([]byte(countTally)) {
			if err := tally.Delete(); err != nil {
				return err
			}
		}
		meta := tx.Bucket(bucketMeta)
		if err := meta.Put([]byte(keyFormat), []byte(catalogFormat1)); err != nil {
			return err
		}
		return meta.Delete([]byte(keyZone))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// fillBucket makes a bucket with as many keys as there are clips: what they are
// does not matter.
func fillBucket(t testing.TB, s *Store, name []byte) {
	t.Helper()
	for after := []byte{}; after != nil; {
		err := s.db.Update(func(tx *bolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists(name)
			if err != nil {
				return err
			}
			keys := tx.Bucket(bucketClips).Cursor()
			k, _ := keys.Seek(append(after, 0))
			after = nil
			for n := 0; k != nil && after == nil; k, _ = keys.Next() {
				if err := b.Put(k, nil); err != nil {
					return err
				}
				if n++; n == upgradeBatch {
					after = bytes.Clone(k)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestUpgrade(t *testing.T) {
	t.Parallel()
	for _, crashed := range []bool{false, true} {
		s := openTest(t, t.TempDir())
		clips, now := randomClips(t, s)
		want := rows(t, s)
		makeOld(t, s)
		if crashed { // in the middle, and then the earlier version went on
			err := s.db.Update(func(tx *bolt.Tx) error {
				if err := replaceBuckets(tx, listingBuckets); err != nil {
					return err
				}
				if _, _, err := fillListings(tx, nil, 100); err != nil {
					return err
				}
				return tx.Bucket(bucketByClass).Put([]byte("of a row that changed"), nil)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		s.Close()
		_, err := OpenReadOnly(options(s.opt.Dir))
		checkError(t, err, ErrOldCatalog)
		s = openTest(t, s.opt.Dir)
		checkRows(t, s, want)
		checkIndexes(t, s)
		checkTally(t, s, now)
		if page := must[Page](t)(s.Clips(Filter{}, now)); len(page.Clips) != len(clips) {
			t.Errorf("%d clips are listed; want %d", len(page.Clips), len(clips))
		}
		err = s.db.View(func(tx *bolt.Tx) error {
			return tx.ForEach(func(name []byte, _ *bolt.Bucket) error {
				if slices.ContainsFunc(droppedBuckets, func(b []byte) bool { return string(b) == string(name) }) {
					t.Errorf("bucket %s is still there", name)
				}
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestUpgradeInBatches(t *testing.T) {
	t.Parallel()
	for _, batch := range []int{1, 7, 399, 400, 401} {
		s := openTest(t, t.TempDir())
		_, now := randomClips(t, s)
		want := rows(t, s)
		makeOld(t, s)
		if err := s.upgrade(batch); err != nil {
			t.Fatal(err)
		}
		if err := s.retally(); err != nil {
			t.Fatal(err)
		}
		checkRows(t, s, want)
		checkTally(t, s, now)
	}
}

// It is done once, before the daemon serves anything.
func BenchmarkUpgrade(b *testing.B) {
	n := 1_000_000
	if testing.Short() {
		n = 50_000
	}
	s := history(b, b.TempDir(), n)
	for b.Loop() {
		b.StopTimer()
		makeOld(b, s)
		b.StartTimer()
		if err := s.upgrade(upgradeBatch); err != nil {
			b.Fatal(err)
		}
		if err := s.retally(); err != nil {
			b.Fatal(err)
		}
	}
}
