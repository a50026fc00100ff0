package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sync/errgroup"
)

// VerifyReport is the outcome of Verify.
type VerifyReport struct {
	Clips    int64     `json:"clips"` // stored ones that were looked at
	Bytes    int64     `json:"bytes"` // of them, read from the disk
	Problems []Problem `json:"problems"`
	// Unfinished counts clips whose storing a crash interrupted and which the
	// daemon finishes when it starts. They were never called stored.
	Unfinished int       `json:"unfinished"`
	StartedAt  time.Time `json:"started_at"`
	EndedAt    time.Time `json:"ended_at"`
}

// Verify re-reads the whole archive, from the disk and not from the page
// cache, and compares it with the catalog, both ways: every stored clip has
// its file, its bytes, its record and its line in SHA256SUMS, and every file
// is one of these. The store may be in use meanwhile. A report with problems
// comes with ErrDamage.
func (s *Store) Verify(ctx context.Context, progress func(Progress)) (VerifyReport, error) {
	return s.verify(ctx, true, progress)
}

func (s *Store) verify(ctx context.Context, hash bool, progress func(Progress)) (VerifyReport, error) {
	report := VerifyReport{Problems: []Problem{}, StartedAt: stamp(time.Now())}
	v := &inspector{s: s, hash: hash, tell: progress, known: newPathSet(), sums: make(map[string]*seenSums)}
	err := v.all(ctx)
	report.Clips, report.Bytes, report.Problems = v.at.Clips, v.at.Bytes, v.sorted()
	report.Unfinished, report.EndedAt = len(v.promised), stamp(time.Now())
	if err != nil {
		return report, fmt.Errorf("verify archive: %w", err)
	}
	if progress != nil {
		progress(v.at)
	}
	if n := len(report.Problems); n > 0 {
		return report, fmt.Errorf("%w: %d problems", ErrDamage, n)
	}
	return report, nil
}

func (v *inspector) all(ctx context.Context) error {
	for _, step := range []func(context.Context) error{v.total, v.clips, v.folders, v.ledger} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return v.betweenWrites(func() error { return nil })
}

func (v *inspector) total(context.Context) error {
	return v.s.db.View(func(tx *bolt.Tx) error {
		counts := tx.Bucket(bucketCounts)
		v.at.TotalClips, v.at.TotalBytes = readCount(counts, countStored), readCount(counts, countStoredSize)
		return nil
	})
}

// inspectors is how many clips are read at the same time.
const inspectors = 2

// clips looks at every stored clip.
func (v *inspector) clips(ctx context.Context) error {
	rows := make(chan *Clip)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(rows)
		return v.stored(ctx, rows)
	})
	for range inspectors {
		group.Go(func() error {
			for c := range rows {
				if err := v.inspect(ctx, c); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// pageRows is how many rows one transaction reads. A transaction that stays
// open for as long as the archive takes would keep every page that is
// replaced meanwhile from being used again.
const pageRows = 256

func (v *inspector) stored(ctx context.Context, rows chan<- *Clip) error {
	for next := []byte{}; next != nil; {
		var page []*Clip
		err := v.s.db.View(func(tx *bolt.Tx) error {
			page, next = v.page(tx, next)
			return nil
		})
		if err != nil {
			return err
		}
		for _, c := range page {
			v.known.add(c.ArchivePath)
			select {
			case rows <- c:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

// page returns the stored clips among the rows from an id on, and the id to
// go on with, nil at the end.
func (v *inspector) page(tx *bolt.Tx, from []byte) (page []*Clip, next []byte) {
	cursor := tx.Bucket(bucketClips).Cursor()
	id, _ := cursor.Seek(from)
	for range pageRows {
		if id == nil {
			return page, nil
		}
		c, err := getRow[Clip](tx, bucketClips, string(id))
		if err != nil {
			v.found(string(id), "catalog.db", DamageCatalog, "%v", err)
		} else if c.State == Stored {
			page = append(page, c)
		}
		id, _ = cursor.Next()
	}
	return page, slices.Clone(id)
}
