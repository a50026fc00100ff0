package store

import (
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// spans returns all that is known of who held, holds and is to hold the camera,
// by when it begins. Only the last one may have no end.
func (c *Camera) spans() []Holder {
	list := slices.Clone(c.Holders)
	if c.Holder != nil {
		list = append(list, *c.Holder)
	}
	slices.SortStableFunc(list, func(a, b Holder) int { return a.From.Compare(b.From) })
	return list
}

// setSpans puts down who held, holds and is to hold the camera.
func (c *Camera) setSpans(list []Holder) {
	c.Holder, c.Holders = nil, nil
	for _, h := range list {
		if h.Until.IsZero() {
			c.Holder = &h
		} else {
			c.Holders = append(c.Holders, h)
		}
	}
}

// holds reports whether h is the camera's holder at t.
func (h *Holder) holds(t time.Time) bool {
	return !t.Before(h.From) && (h.Until.IsZero() || t.Before(h.Until))
}

// HeldAt returns who is put down as the camera's holder at t, or nil.
func (c *Camera) HeldAt(t time.Time) *Holder {
	for _, h := range c.spans() {
		if h.holds(t) {
			return &h
		}
	}
	return nil
}

// HolderAt returns to whom a recording of t counts, or nil. What was recorded
// before anybody was put down as the camera's holder counts to the first one.
func (c *Camera) HolderAt(t time.Time) *Holder {
	list := c.spans()
	if len(list) > 0 && t.Before(list[0].From) {
		return &list[0]
	}
	return c.HeldAt(t)
}

// endAt ends whoever holds the camera at t, as by says, and returns when the
// next one is to get it, zero when that is not planned.
func endAt(list []Holder, t time.Time, by string) (ended []Holder, next time.Time) {
	for _, h := range list {
		if h.holds(t) {
			h.Until, h.EndedBy = t, by
		}
		if h.From.After(t) && next.IsZero() {
			next = h.From
		}
		ended = append(ended, h)
	}
	return ended, next
}

// heldBy puts down to whom the clip counts, by what is known of both.
func (c *Clip) heldBy(camera *Camera) (changed bool) {
	at := c.RecordedEnd
	if at.IsZero() {
		at = c.SeenAt
	}
	var h Holder
	if by := camera.HolderAt(at); by != nil {
		h = *by
	}
	if c.Badge == h.Badge && c.Officer == h.Name && c.Unit == h.Unit {
		return false
	}
	c.Badge, c.Officer, c.Unit = h.Badge, h.Name, h.Unit
	return true
}

// rehold is heldBy for a clip that was known before: its history says so.
func (c *Clip) rehold(camera *Camera, now time.Time, by string) (changed bool) {
	was := c.person()
	if !c.heldBy(camera) {
		return false
	}
	c.History = append(c.History, Entry{At: stamp(now), What: "holder", By: by, Note: fmt.Sprintf("%s, before %s", c.person(), was)})
	return true
}

func (c *Clip) person() string {
	text := ""
	for _, part := range []string{c.Officer, c.Badge, c.Unit} {
		if part != "" && text != "" {
			text += " "
		}
		text += part
	}
	if text == "" {
		return "nobody"
	}
	return text
}

// holdClip derives a clip's holder from the camera's row.
func holdClip(tx *bolt.Tx, c *Clip, now time.Time) error {
	camera, err := getRow[Camera](tx, bucketCameras, c.Camera)
	if err != nil {
		return ignoreNotFound(err)
	}
	c.rehold(camera, now, "")
	return nil
}

// applyHolders derives the holders of a camera's clips anew, of those for which
// what is put down has changed.
func (s *Store) applyHolders(tx *bolt.Tx, ev *event) error {
	before, err := getRow[Camera](tx, bucketCameras, ev.Camera.Serial)
	if errors.Is(err, ErrNotFound) {
		before, err = &Camera{}, nil
	}
	if err != nil {
		return err
	}
	since, differ := firstDifference(before.spans(), ev.Camera.spans())
	if !differ {
		return nil
	}
	var ids []string
	filter := Filter{Camera: ev.Camera.Serial}
	w := filter.walk(tx, nil, dueSpan{})
	for e, ok := w.next(); ok; e, ok = w.next() {
		// The end is a window before the due time, and the window is a day or so.
		if e.order[0] != 0 || !keyTime(e.order[1:]).Before(since) {
			ids = append(ids, orderID(e.order))
		}
	}
	for _, id := range ids {
		c, err := getRow[Clip](tx, bucketClips, id)
		if err != nil {
			return err
		}
		if !c.rehold(ev.Camera, ev.At, ev.By) {
			continue
		}
		if err := s.putClip(tx, c); err != nil {
			return err
		}
	}
	return nil
}

// firstDifference returns from when on two lists of holders differ; zero is
// always.
func firstDifference(was, is []Holder) (since time.Time, differ bool) {
	n := 0
	for n < min(len(was), len(is)) && was[n] == is[n] {
		n++
	}
	switch {
	case n == len(was) && n == len(is):
		return time.Time{}, false
	case n < len(was) && n < len(is) && was[n].ends(is[n]) == is[n]: // only the end differs
		return earlier(was[n].Until, is[n].Until), true
	case n == 0: // the first one also has what was recorded before
		return time.Time{}, true
	case n == len(was):
		return is[n].From, true
	case n == len(is):
		return was[n].From, true
	}
	return earlier(was[n].From, is[n].From), true
}

// ends is h with the end of o.
func (h Holder) ends(o Holder) Holder {
	h.Until, h.EndedBy = o.Until, o.EndedBy
	return h
}

// sameAs reports whether two say that the same person held the camera for the
// same time, whoever said it.
func (h Holder) sameAs(o Holder) bool {
	h.By, h.EndedBy = o.By, o.EndedBy
	return h == o
}

// earlier returns the earlier of two times, of which a zero one is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// Present makes Holder the one who holds the camera at now, and Holders all
// others.
func (c *Camera) Present(now time.Time) {
	list := c.spans()
	c.Holder, c.Holders = nil, nil
	for _, h := range list {
		if h.holds(now) {
			c.Holder = &h
		} else {
			c.Holders = append(c.Holders, h)
		}
	}
}
