package store

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Tally is how the clips of one unit stand that are due in one week.
type Tally struct {
	Week  time.Time          `json:"week"`           // its Monday, 0:00 in the station's zone
	Unit  string             `json:"unit,omitempty"` // empty: of nobody's unit
	Clips map[Deadline]int64 `json:"clips"`          // how many, without zeros
}

// Tally counts the clips that are due in the weeks from that of from to the
// last one that begins before to, as they stand at now; zero times do not bound
// it. What rows know for themselves is counted when they are written; only
// open clips are looked at.
func (s *Store) Tally(from, to, now time.Time) ([]Tally, error) {
	t := &tallying{s: s, sums: make(map[tallyOf]map[Deadline]int64)}
	if !from.IsZero() {
		t.from = weekOf(from, s.opt.Zone)
	}
	if !to.IsZero() {
		t.to = weekOf(to.Add(-time.Millisecond), s.opt.Zone).AddDate(0, 0, 7)
	}
	err := s.db.View(func(tx *bolt.Tx) error {
		if string(tx.Bucket(bucketMeta).Get([]byte(keyZone))) == s.opt.Zone.String() {
			t.addCounts(tx)
		} else if err := t.addSettled(tx); err != nil { // read with another zone in the configuration
			return err
		}
		return t.addOpen(tx, now)
	})
	if err != nil {
		return nil, fmt.Errorf("tally clips: %w", err)
	}
	return t.list(), nil
}

// weekOf returns the Monday of t's week.
func weekOf(t time.Time, zone *time.Location) time.Time {
	t = t.In(zone)
	return time.Date(t.Year(), t.Month(), t.Day()-int(t.Weekday()+6)%7, 0, 0, 0, 0, zone)
}

// tallyKey names the count that a clip belongs to, empty when its row does not
// know, or has no deadline.
func tallyKey(c *Clip, zone *time.Location) string {
	st := standingOf(c)
	if st == standOpen || st == standNone || c.DueAt.IsZero() {
		return ""
	}
	return tallyName(weekOf(c.DueAt, zone), st, cleanOwner(c.Unit))
}

func tallyName(week time.Time, st standing, unit string) string {
	return string(append(appendTime([]byte(countTally), week), byte(st))) + unit
}

type tallyOf struct {
	week int64 // Unix milliseconds
	unit string
}

// tallying is a Tally under way.
type tallying struct {
	s        *Store
	from, to time.Time // due at or after, due before; zero: no bound
	sums     map[tallyOf]map[Deadline]int64
}

func (t *tallying) add(week time.Time, unit []byte, d Deadline, n int64) {
	of := tallyOf{week.UnixMilli(), string(unit)}
	if t.sums[of] == nil {
		t.sums[of] = make(map[Deadline]int64)
	}
	t.sums[of][d] += n
}

// addCounts adds what is counted already.
func (t *tallying) addCounts(tx *bolt.Tx) {
	prefix := []byte(countTally)
	start := prefix
	if !t.from.IsZero() {
		start = appendTime([]byte(countTally), t.from)
	}
	c := tx.Bucket(bucketCounts).Cursor()
	for k, v := c.Seek(start); hasPrefix(k, prefix); k, v = c.Next() {
		name := k[len(prefix):]
		week := keyTime(name)
		if !t.to.IsZero() && !week.Before(t.to) {
			return
		}
		if n := int64(binary.BigEndian.Uint64(v)); n != 0 {
			t.add(week, name[9:], settledAs[standing(name[8])], n)
		}
	}
}

// addSettled counts by the listings what addCounts would add.
func (t *tallying) addSettled(tx *bolt.Tx) error {
	settled := []standing{standOverdue, standLate, standUndecidable, standExcused, standOnTime}
	return t.each(tx, settled, func(unit []byte, e *entry) error {
		t.add(weekOf(keyTime(e.order[1:]), t.s.opt.Zone), unit, settledAs[e.class.standing()], 1)
		return nil
	})
}

// addOpen adds the clips that the hour judges.
func (t *tallying) addOpen(tx *bolt.Tx, now time.Time) error {
	h := t.s.instant(now)
	return t.each(tx, []standing{standOpen}, func(unit []byte, e *entry) error {
		due := keyTime(e.order[1:])
		var d Deadline
		if len(e.value) == 8 {
			d = h.judge(due, keyTime(e.value))
		} else {
			c, err := getRow[Clip](tx, bucketClips, orderID(e.order))
			if err != nil {
				return err
			}
			t.s.Present(c, now)
			d = c.Deadline
		}
		t.add(weekOf(due, t.s.opt.Zone), unit, d, 1)
		return nil
	})
}

// each calls f with the clips of every unit that are due in time and stand so.
func (t *tallying) each(tx *bolt.Tx, standing []standing, f func(unit []byte, e *entry) error) error {
	start := []byte{0}
	if !t.from.IsZero() {
		start = appendTime(start, t.from)
	}
	b := tx.Bucket(bucketByUnit)
	c := b.Cursor()
	for k, _ := c.First(); k != nil; {
		unit := k[:bytes.IndexByte(k, 0)]
		for _, class := range classesOf(standing) {
			r := &classRange{class: class, cursor: b.Cursor(), prefix: slices.Concat(unit, []byte{0, byte(class)})}
			for r.seek(start); r.order != nil && r.order[0] == 0; r.step() {
				if !t.to.IsZero() && !keyTime(r.order[1:]).Before(t.to) {
					break
				}
				if err := f(unit, &entry{class, r.order, r.value}); err != nil {
					return err
				}
			}
		}
		k, _ = c.Seek(slices.Concat(unit, []byte{1}))
	}
	return nil
}

// classesOf returns the classes of clips that stand so, in every state.
func classesOf(list []standing) (classes []class) {
	for _, state := range classStates {
		for _, st := range standings(state) {
			if slices.Contains(list, st) {
				classes = append(classes, makeClass(state, st))
			}
		}
	}
	return classes
}

func (t *tallying) list() []Tally {
	list := make([]Tally, 0, len(t.sums))
	for of, clips := range t.sums {
		list = append(list, Tally{Week: time.UnixMilli(of.week).In(t.s.opt.Zone), Unit: of.unit, Clips: clips})
	}
	slices.SortFunc(list, func(a, b Tally) int { return cmp.Or(a.Week.Compare(b.Week), cmp.Compare(a.Unit, b.Unit)) })
	return list
}

// retally counts anew, by the listings, what the tally keeps when its weeks
// began in another zone.
func (s *Store) retally() error {
	zone := s.opt.Zone.String()
	same := false
	err := s.db.View(func(tx *bolt.Tx) error {
		same = string(tx.Bucket(bucketMeta).Get([]byte(keyZone))) == zone
		return nil
	})
	if err != nil || same {
		return err
	}
	return s.db.Update(func(tx *bolt.Tx) error {
		counts := make(map[string]int64)
		c := tx.Bucket(bucketCounts).Cursor()
		for k, _ := c.Seek([]byte(countTally)); hasPrefix(k, []byte(countTally)); k, _ = c.Next() {
			counts[string(k)] = 0
		}
		t := &tallying{s: s, sums: make(map[tallyOf]map[Deadline]int64)}
		if err := t.addSettled(tx); err != nil {
			return err
		}
		for of, clips := range t.sums {
			for st, d := range settledAs {
				if n := clips[d]; n != 0 {
					counts[tallyName(time.UnixMilli(of.week), st, of.unit)] = n
				}
			}
		}
		for _, name := range slices.Sorted(maps.Keys(counts)) {
			if err := setCount(tx.Bucket(bucketCounts), name, counts[name]); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketMeta).Put([]byte(keyZone), []byte(zone))
	})
}
