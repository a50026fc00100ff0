package store

import (
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Stats are the catalog's counts.
type Stats struct {
	Clips       int64              `json:"clips"`
	Stored      int64              `json:"stored"`
	StoredBytes int64              `json:"stored_bytes"`
	Pending     int64              `json:"pending"`
	DueSoon     int64              `json:"due_soon"`
	Overdue     int64              `json:"overdue"`
	Undecidable int64              `json:"undecidable"`
	Settled     map[Deadline]int64 `json:"settled"` // stored ones by deadline
	MissedTotal int64              `json:"missed_total"`
	LateTotal   int64              `json:"late_total"`

	CatalogBytes int64           `json:"catalog_bytes"`
	Urgent       map[string]*Due `json:"-"` // by serial: cameras with unstored clips that are due some time
}

// Due is what the unstored clips of one camera come to that have a deadline.
type Due struct {
	Next             time.Time // the earliest due time, passed or not
	DueSoon, Overdue int64
}

// Stats counts clips. It walks the unstored ones only.
func (s *Store) Stats(now time.Time) (st Stats, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		counts := tx.Bucket(bucketCounts)
		st = Stats{
			Clips: readCount(counts, countClips), Stored: readCount(counts, countStored),
			StoredBytes: readCount(counts, countStoredSize),
			MissedTotal: readCount(counts, countMissed), LateTotal: readCount(counts, countLate),
			Settled: make(map[Deadline]int64), Urgent: make(map[string]*Due),
			CatalogBytes: tx.Size(),
		}
		for _, d := range []Deadline{OnTime, Late, Excused, Undecidable, NoDeadline} {
			st.Settled[d] = readCount(counts, countSettled+string(d))
		}
		st.Undecidable = st.Settled[Undecidable]
		st.countOverdue(tx)
		st.countOpen(tx, s.opt.Rule.DueSoon, now)
		return nil
	})
	if err != nil {
		return st, fmt.Errorf("count clips: %w", err)
	}
	return st, nil
}

// countOverdue takes the number from its count, and from the walk only whose
// they are.
func (st *Stats) countOverdue(tx *bolt.Tx) {
	st.Overdue = readCount(tx.Bucket(bucketCounts), countOverdue)
	c := tx.Bucket(bucketOverdue).Cursor()
	for k, serial := c.First(); k != nil; k, serial = c.Next() {
		st.of(serial, keyTime(k[1:])).Overdue++
	}
}

// countOpen judges every clip of bucketOpen by its key and value alone.
func (st *Stats) countOpen(tx *bolt.Tx, dueSoon time.Duration, now time.Time) {
	soon := now.Add(dueSoon)
	c := tx.Bucket(bucketOpen).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		due := keyTime(k[1:])
		earliest, serial := cutOpenValue(v)
		of := st.of(serial, due)
		switch {
		case now.After(due): // the clock has yet to move it
			st.Overdue++
			of.Overdue++
		case now.After(earliest):
			st.Undecidable++
		case soon.After(due):
			st.DueSoon++
			of.DueSoon++
		default:
			st.Pending++
		}
	}
}

// of returns a camera's part, after a clip of it that is due then.
func (st *Stats) of(serial []byte, due time.Time) *Due {
	of := st.Urgent[string(serial)] // which the compiler looks up without a copy
	if of == nil {
		of = &Due{Next: due}
		st.Urgent[string(serial)] = of
	}
	if due.Before(of.Next) {
		of.Next = due
	}
	return of
}
