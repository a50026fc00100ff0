package store

import (
	"bytes"
	"maps"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// walk goes through the clips that a filter may match, in order: through those
// that are in the listings of every owner that it names.
type walk struct {
	way    way
	owners []*merge
}

// way is in which order a walk goes: forward is that of due times, or with it
// newest that against them. Clips without a deadline, whose orders begin with a
// 1, come last both ways.
type way bool

const newest way = true

// compare is bytes.Compare of two orders for those who go this way.
func (w way) compare(a, b []byte) int {
	c := bytes.Compare(a, b)
	if w == newest && len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		return -c
	}
	return c
}

// entry is what a listing says of one clip.
type entry struct {
	class class
	order []byte
	value []byte // openValue of an open clip
}

// walk starts behind the order after.
func (f *Filter) walk(tx *bolt.Tx, after []byte, span dueSpan) *walk {
	w := &walk{way: way(f.Newest)}
	start, classes := f.start(span), f.classes()
	if len(after) > 0 && w.way.compare(after, start) > 0 {
		start = after
	}
	add := func(bucket []byte, owner string) {
		w.owners = append(w.owners, newMerge(tx.Bucket(bucket), owner, classes, w.way, start, after))
	}
	// The one with the fewest clips leads.
	if f.Badge != "" {
		add(bucketByBadge, ownerKey(f.Badge))
	}
	if f.Camera != "" {
		add(bucketByCamera, serialKey(f.Camera))
	}
	if f.Unit != "" {
		add(bucketByUnit, ownerKey(f.Unit))
	}
	if len(w.owners) == 0 {
		add(bucketByClass, "")
	}
	return w
}

// lastOrder is behind all orders of clips with a deadline, or without one.
func lastOrder(first byte) []byte { return append([]byte{first}, bytes.Repeat([]byte{0xff}, 32)...) }

// start is where the first match can stand.
func (f *Filter) start(span dueSpan) []byte {
	switch {
	case f.Newest && !f.Until.IsZero():
		return append(appendTime([]byte{0}, f.Until.Add(span.most)), lastOrder(0)...)
	case f.Newest:
		return lastOrder(0)
	case !f.Since.IsZero():
		return appendTime([]byte{0}, f.Since.Add(span.least))
	}
	return nil
}

// next returns the next entry that all owners have.
func (w *walk) next() (e entry, ok bool) {
	lead := w.owners[0]
	for {
		at := lead.least()
		if at == nil {
			return e, false
		}
		far := w.meet(at.order)
		if far == nil {
			return e, false
		}
		if !bytes.Equal(far, at.order) {
			lead.seek(far)
			continue
		}
		e = entry{at.class, at.order, at.value}
		at.step()
		return e, true
	}
}

// meet takes the other owners to order, or behind it, and returns where the
// first one stands that does not have it; nil when one has no more.
func (w *walk) meet(order []byte) []byte {
	for _, m := range w.owners[1:] {
		m.seek(order)
		at := m.least()
		if at == nil {
			return nil
		}
		if !bytes.Equal(at.order, order) {
			return at.order
		}
	}
	return order
}

// seek leaves out all before order.
func (w *walk) seek(order []byte) { w.owners[0].seek(order) }

// merge goes through several classes of one listing at once in order.
type merge struct {
	way    way
	ranges []*classRange
}

type classRange struct {
	way    way
	class  class
	cursor *bolt.Cursor
	prefix []byte
	order  []byte // of the key the cursor stands at, nil at the end
	value  []byte
}

// newMerge stands at start, or behind it if that is after.
func newMerge(b *bolt.Bucket, owner string, classes []class, way way, start, after []byte) *merge {
	m := &merge{way: way}
	for _, k := range classes {
		r := &classRange{way: way, class: k, cursor: b.Cursor(), prefix: append([]byte(owner), byte(k))}
		r.seek(start)
		if r.order != nil && bytes.Equal(r.order, after) {
			r.step()
		}
		if r.order != nil {
			m.ranges = append(m.ranges, r)
		}
	}
	return m
}

// least returns the range that stands at the first order, nil when none has more.
func (m *merge) least() (least *classRange) {
	for _, r := range m.ranges {
		if r.order != nil && (least == nil || m.way.compare(r.order, least.order) < 0) {
			least = r
		}
	}
	return least
}

func (m *merge) seek(order []byte) {
	for _, r := range m.ranges {
		if r.order != nil && m.way.compare(r.order, order) < 0 {
			r.seek(order)
		}
	}
}

// seek goes to order, or behind it.
func (r *classRange) seek(order []byte) {
	key := slices.Concat(r.prefix, order)
	k, v := r.cursor.Seek(key)
	if r.way != newest {
		r.set(k, v)
		return
	}
	switch {
	case k == nil:
		k, v = r.cursor.Last()
	case !bytes.Equal(k, key):
		k, v = r.cursor.Prev()
	}
	r.setBack(order[0], k, v)
}

func (r *classRange) step() {
	if r.way != newest {
		r.set(r.cursor.Next())
		return
	}
	first := r.order[0]
	k, v := r.cursor.Prev()
	r.setBack(first, k, v)
}

// setBack is set for those who go back: where the orders that begin with first
// end, those behind them begin.
func (r *classRange) setBack(first byte, key, value []byte) {
	r.set(key, value)
	if r.order != nil && r.order[0] == first {
		return
	}
	if r.order = nil; first == 0 {
		r.seek(lastOrder(1))
	}
}

func (r *classRange) set(key, value []byte) {
	r.order, r.value = nil, nil
	if hasPrefix(key, r.prefix) {
		r.order, r.value = key[len(r.prefix):], value
	}
}

func hasPrefix(key, prefix []byte) bool { return key != nil && bytes.HasPrefix(key, prefix) }

// skip returns where to go on when nothing before that can match any more, and
// whether nothing can at all.
func (f *Filter) skip(order []byte, span dueSpan) (to []byte, over bool) {
	if f.Newest {
		return f.skipBack(order, span)
	}
	if order[0] == 0 {
		if f.Until.IsZero() || !keyTime(order[1:]).After(f.Until.Add(span.most)) {
			return nil, false
		}
		return []byte{1}, false
	}
	if !f.Until.IsZero() && !keyTime(order[1:]).Before(f.Until) {
		return nil, true
	}
	if f.Since.IsZero() {
		return nil, false
	}
	if to = appendTime([]byte{1}, f.Since); bytes.Compare(order, to) >= 0 {
		to = nil
	}
	return to, false
}

// skipBack is skip for those who go back.
func (f *Filter) skipBack(order []byte, span dueSpan) (to []byte, over bool) {
	at := keyTime(order[1:])
	if order[0] == 0 {
		if f.Since.IsZero() || !at.Before(f.Since.Add(span.least)) {
			return nil, false
		}
		return lastOrder(1), false
	}
	if !f.Since.IsZero() && at.Before(f.Since) {
		return nil, true
	}
	if f.Until.IsZero() || at.Before(f.Until) {
		return nil, false
	}
	return appendTime([]byte{1}, f.Until), false // which is before all that end then
}

// glance returns a function that tells, without the row, that an entry cannot
// match: of an open clip by the hour, and of one that is asked for only while
// it is copied.
func (s *Store) glance(f *Filter, now time.Time) func(*entry) (may bool) {
	h := s.instant(now)
	s.mu.Lock()
	copying := maps.Clone(s.copying)
	s.mu.Unlock()
	return func(e *entry) bool {
		if len(f.States) > 0 && !slices.Contains(f.States, e.class.state()) && !copying[orderID(e.order)] {
			return false
		}
		if len(f.Deadlines) == 0 || e.class.standing() != standOpen || len(e.value) != 8 {
			return true
		}
		return slices.Contains(f.Deadlines, h.judge(keyTime(e.order[1:]), keyTime(e.value)))
	}
}
