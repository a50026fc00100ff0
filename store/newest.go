package store

import (
	"bytes"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// backWalk goes through several index ranges at once from the newest clip to
// the oldest: first those with a deadline, by due time, then those without one,
// by when they were seen.
type backWalk struct {
	tx     *bolt.Tx
	ranges []indexRange
	filter *Filter
	span   dueSpan
	phase  byte // the first byte of an order
	walks  []*backRange
}

// indexRange is a part of an index whose keys end in an order.
type indexRange struct {
	bucket []byte
	prefix string
}

type backRange struct {
	cursor *bolt.Cursor
	prefix []byte
	order  []byte // of the key the cursor stands at, nil at the end
}

// newest starts before the order after, or at the end when that is empty.
func (f *Filter) newest(tx *bolt.Tx, ranges []indexRange, after []byte, span dueSpan) *backWalk {
	w := &backWalk{tx: tx, ranges: ranges, filter: f, span: span}
	if len(after) > 0 {
		w.phase = after[0]
	}
	w.start(after)
	return w
}

// start puts the walks of a phase before the order after, or where Until wants
// them.
func (w *backWalk) start(after []byte) {
	end := after
	if until := w.filter.Until; !until.IsZero() && w.phase == 0 {
		last := appendTime([]byte{0}, until.Add(w.span.most+time.Millisecond))
		if len(end) == 0 || bytes.Compare(last, end) < 0 {
			end = last
		}
	}
	if len(end) == 0 {
		end = []byte{w.phase + 1}
	}
	w.walks = nil
	for _, r := range w.ranges {
		b := &backRange{cursor: w.tx.Bucket(r.bucket).Cursor(), prefix: []byte(r.prefix)}
		if k, _ := b.cursor.Seek(slices.Concat(b.prefix, end)); k == nil {
			b.set(w.phase, first(b.cursor.Last()))
		} else {
			b.set(w.phase, first(b.cursor.Prev()))
		}
		w.walks = append(w.walks, b)
	}
}

func first(key, _ []byte) []byte { return key }

func (b *backRange) set(phase byte, key []byte) {
	b.order = nil
	if hasPrefix(key, b.prefix) && len(key) > len(b.prefix) && key[len(b.prefix)] == phase {
		b.order = key[len(b.prefix):]
	}
}

// next returns the largest order that is left of the phase, then of the other
// one, or nil.
func (w *backWalk) next() []byte {
	var most *backRange
	for _, b := range w.walks {
		if b.order != nil && (most == nil || bytes.Compare(b.order, most.order) > 0) {
			most = b
		}
	}
	switch {
	case most != nil && !w.past(most.order):
		ord := most.order
		most.set(w.phase, first(most.cursor.Prev()))
		return ord
	case w.phase == 1 || !w.filter.hasNoDeadline():
		return nil
	}
	w.phase = 1
	w.start(nil)
	return w.next()
}

// past reports whether no earlier clip with a deadline can match.
func (w *backWalk) past(ord []byte) bool {
	since := w.filter.Since
	return w.phase == 0 && !since.IsZero() && keyTime(ord[1:]).Before(since.Add(w.span.least))
}
