package store

import (
	"fmt"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Stats are the catalog's counts.
type Stats struct {
	Clips        int64              `json:"clips"`
	Stored       int64              `json:"stored"`
	StoredBytes  int64              `json:"stored_bytes"`
	Pending      int64              `json:"pending"`
	DueSoon      int64              `json:"due_soon"`
	Overdue      int64              `json:"overdue"`
	Undecidable  int64              `json:"undecidable"`
	Settled      map[Deadline]int64 `json:"settled"` // stored ones by deadline
	MissedTotal  int64              `json:"missed_total"`
	LateTotal    int64              `json:"late_total"`    // that ever were, each once
	ExcusedTotal int64              `json:"excused_total"` // likewise

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
	changed := s.changes.moment()
	err = s.db.View(func(tx *bolt.Tx) error {
		counts := tx.Bucket(bucketCounts)
		st = Stats{
			Clips: readCount(counts, countClips), Stored: readCount(counts, countStored),
			StoredBytes: readCount(counts, countStoredSize), Overdue: readCount(counts, countOverdue),
			MissedTotal: readCount(counts, countMissed), LateTotal: readCount(counts, countLate),
			ExcusedTotal: readCount(counts, countExcused),
			Settled:      make(map[Deadline]int64), Urgent: make(map[string]*Due),
			CatalogBytes: tx.Size(),
		}
		for _, d := range []Deadline{OnTime, Late, Excused, Undecidable, NoDeadline} {
			st.Settled[d] = readCount(counts, countSettled+string(d))
		}
		st.Undecidable = st.Settled[Undecidable]
		s.overdue.count(tx, changed, &st)
		s.countOpen(tx, now, &st)
		return nil
	})
	if err != nil {
		return st, fmt.Errorf("count clips: %w", err)
	}
	return st, nil
}

// overdueBook keeps whose the overdue clips are for as long as nothing changes:
// unlike those that are still open they are the same at every hour, and in a
// station that nobody looks after they are many.
type overdueBook struct {
	mu sync.Mutex
	at uint64 // of changeBook; 0: never
	by map[string]Due
}

// count adds to st whose the overdue clips are. now is the moment of the changeBook
// before tx began.
func (b *overdueBook) count(tx *bolt.Tx, now uint64, st *Stats) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.at != now {
		walk := Stats{Urgent: make(map[string]*Due)}
		c := tx.Bucket(bucketOverdue).Cursor()
		for k, serial := c.First(); k != nil; k, serial = c.Next() {
			walk.of(serial, keyTime(k[1:])).Overdue++
		}
		b.at, b.by = now, make(map[string]Due, len(walk.Urgent))
		for serial, due := range walk.Urgent {
			b.by[serial] = *due
		}
	}
	for serial, due := range b.by {
		st.Urgent[serial] = &due
	}
}

// countOpen judges every clip of bucketOpen by its key and value alone.
func (s *Store) countOpen(tx *bolt.Tx, now time.Time, st *Stats) {
	h := s.instant(now)
	c := tx.Bucket(bucketOpen).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		due := keyTime(k[1:])
		earliest, serial := cutClockValue(v)
		of := st.of(serial, due)
		switch h.judge(due, earliest) {
		case Overdue:
			st.Overdue++
			of.Overdue++
		case Undecidable:
			st.Undecidable++
		case DueSoon:
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
