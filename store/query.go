package store

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Filter chooses clips. Zero fields choose all.
type Filter struct {
	Deadlines []Deadline
	States    []State
	Camera    string
	Since     time.Time // recorded at or after, by EndLatest
	Until     time.Time // recorded before
	Badge     string    // of whom the clip counts to
	Unit      string    // of whom the clip counts to
	Newest    bool      // the newest first instead of the first due; those without a deadline last all the same
	Limit     int       // at most so many; 0 is DefaultLimit
	Cursor    string    // Next of the page before; empty: from the start
}

// Limits of one page of clips.
const (
	DefaultLimit = 1_000
	MaxLimit     = 10_000
)

// ErrCursor is returned for a cursor that no page gave.
var ErrCursor = errors.New("the cursor is not one of this catalog's")

// Page is a part of an answer, in order of due time; clips without a deadline
// come last.
type Page struct {
	Clips []Clip
	Next  string // empty when there is no more
}

// Clip returns all that is known of one clip, or ErrNotFound. Its history also
// says who looked at it, which the row does not.
func (s *Store) Clip(id string) (*Clip, error) { return s.getClip(id, addViews) }

// clip returns a clip's row, to be changed and written again.
func (s *Store) clip(id string) (*Clip, error) {
	return s.getClip(id, func(*bolt.Tx, *Clip) error { return nil })
}

func (s *Store) getClip(id string, more func(*bolt.Tx, *Clip) error) (clip *Clip, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		if clip, err = getRow[Clip](tx, bucketClips, id); err != nil {
			return err
		}
		return more(tx, clip)
	})
	if err != nil {
		return nil, fmt.Errorf("clip %.40q: %w", id, err)
	}
	return clip, nil
}

// Present fills in what depends on the hour: the deadline of a clip that is
// not stored, and whether it is being copied. It goes by the due time that the
// clip was given when it was seen: whoever reads the catalog with another
// window in his configuration must not see a missed clip as pending.
func (s *Store) Present(c *Clip, now time.Time) {
	if c.State != Stored {
		rule := s.opt.Rule
		if !c.DueAt.IsZero() {
			rule.Window = c.DueAt.Sub(c.EndLatest)
		}
		c.Deadline = rule.judge(c, s.clock.Load(), now)
		if c.Deadline == Overdue {
			// Of one that was decided to be late nobody knows by how much.
			c.LateBy = max(now.Sub(c.DueAt), 0).Truncate(time.Millisecond).Seconds()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.copying[c.ID] && (c.State == Seen || c.State == Failed) {
		c.State = Copying
	}
}

// Clips returns the clips that match, as they stand at now. It walks indexes
// and loads no more than it looks at.
func (s *Store) Clips(f Filter, now time.Time) (page Page, err error) {
	if f.Limit <= 0 {
		f.Limit = DefaultLimit
	}
	f.Limit = min(f.Limit, MaxLimit)
	after, err := base64.RawURLEncoding.DecodeString(f.Cursor)
	if err != nil || (len(after) != 0 && len(after) < 10) {
		return page, fmt.Errorf("list clips: %w", ErrCursor)
	}
	page.Clips = []Clip{}
	err = s.db.View(func(tx *bolt.Tx) error {
		var last []byte
		span, _ := readSpan(tx)
		w := f.walk(tx, after, span)
		next := w.next
		if f.Newest {
			next = f.newest(tx, f.ranges(), after, span).next
		}
		for ord := next(); ord != nil; ord = next() {
			if !f.Newest && f.pastUntil(ord, span) {
				if !f.hasNoDeadline() {
					return nil
				}
				w.seek([]byte{1})
				continue
			}
			clip, err := getRow[Clip](tx, bucketClips, orderID(ord))
			if err != nil {
				return err
			}
			s.Present(clip, now)
			if !f.match(clip) {
				continue
			}
			if len(page.Clips) == f.Limit {
				page.Next = base64.RawURLEncoding.EncodeToString(last)
				return nil
			}
			page.Clips = append(page.Clips, *clip)
			last = slices.Clone(ord)
		}
		return nil
	})
	if err != nil {
		return page, fmt.Errorf("list clips: %w", err)
	}
	return page, nil
}

// pastUntil reports whether no later clip with a deadline can match.
func (f *Filter) pastUntil(ord []byte, span dueSpan) bool {
	return !f.Until.IsZero() && ord[0] == 0 &&
		keyTime(ord[1:]).After(f.Until.Add(span.most))
}

// hasNoDeadline reports whether clips without a deadline may match: they
// stand behind all others.
func (f *Filter) hasNoDeadline() bool {
	return len(f.Deadlines) == 0 || slices.Contains(f.Deadlines, NoDeadline)
}

func (f *Filter) match(c *Clip) bool {
	end := c.EndLatest
	if end.IsZero() {
		end = c.SeenAt
	}
	switch {
	case len(f.Deadlines) > 0 && !slices.Contains(f.Deadlines, c.Deadline):
	case len(f.States) > 0 && !slices.Contains(f.States, c.State):
	case f.Camera != "" && c.Camera != f.Camera:
	case f.Badge != "" && c.Badge != f.Badge:
	case f.Unit != "" && c.Unit != f.Unit:
	case !f.Since.IsZero() && end.Before(f.Since):
	case !f.Until.IsZero() && !end.Before(f.Until):
	default:
		return true
	}
	return false
}

// walk chooses the smallest indexes that hold every match.
func (f *Filter) walk(tx *bolt.Tx, after []byte, span dueSpan) *merge {
	m := &merge{after: after}
	if !f.Since.IsZero() {
		m.from = appendTime([]byte{0}, f.Since.Add(span.least))
	}
	for _, r := range f.ranges() {
		m.add(tx, r.bucket, r.prefix)
	}
	return m
}

// ranges are the smallest parts of indexes that hold every match.
func (f *Filter) ranges() []indexRange {
	switch unstored := len(f.States) > 0 && !slices.Contains(f.States, Stored); {
	case f.Camera != "":
		return []indexRange{{bucketByCamera, serialKey(f.Camera)}}
	case len(f.Deadlines) == 0 && !unstored:
		return []indexRange{{bucketByDue, ""}}
	case len(f.Deadlines) == 0:
		return []indexRange{{bucketOpen, ""}, {bucketOverdue, ""}, {bucketSettled, string(settledCode(NoDeadline))}}
	default:
		return f.deadlineRanges(unstored)
	}
}

func (f *Filter) deadlineRanges(unstored bool) (list []indexRange) {
	// A clip just past due stands under bucketOpen until the clock moves it.
	open := slices.ContainsFunc(f.Deadlines, func(d Deadline) bool {
		return d == Pending || d == DueSoon || d == Undecidable || d == Overdue
	})
	if open {
		list = append(list, indexRange{bucketOpen, ""})
	}
	if slices.Contains(f.Deadlines, Overdue) {
		list = append(list, indexRange{bucketOverdue, ""})
	}
	for _, d := range slices.Compact(slices.Sorted(slices.Values(f.Deadlines))) {
		settled := d == Late || d == OnTime || d == Excused || d == Undecidable
		if d == NoDeadline || (settled && !unstored) {
			list = append(list, indexRange{bucketSettled, string(settledCode(d))})
		}
	}
	return list
}

// merge walks several indexes at once in order.
type merge struct {
	after []byte // start behind this order
	from  []byte // or at this one
	walks []*indexWalk
}

type indexWalk struct {
	cursor *bolt.Cursor
	prefix []byte
	order  []byte // of the key the cursor stands at, nil at the end
}

func (m *merge) add(tx *bolt.Tx, bucket []byte, prefix string) {
	w := &indexWalk{cursor: tx.Bucket(bucket).Cursor(), prefix: []byte(prefix)}
	start := m.from
	if bytes.Compare(m.after, start) > 0 {
		start = m.after
	}
	w.seek(start)
	if w.order != nil && len(m.after) > 0 && bytes.Equal(w.order, m.after) {
		w.step()
	}
	m.walks = append(m.walks, w)
}

func (w *indexWalk) seek(order []byte) {
	key, _ := w.cursor.Seek(slices.Concat(w.prefix, order))
	w.set(key)
}

func (w *indexWalk) step() {
	key, _ := w.cursor.Next()
	w.set(key)
}

func (w *indexWalk) set(key []byte) {
	w.order = nil
	if hasPrefix(key, w.prefix) {
		w.order = key[len(w.prefix):]
	}
}

// next returns the smallest order that is left, or nil.
func (m *merge) next() []byte {
	var least *indexWalk
	for _, w := range m.walks {
		if w.order != nil && (least == nil || bytes.Compare(w.order, least.order) < 0) {
			least = w
		}
	}
	if least == nil {
		return nil
	}
	ord := least.order
	least.step()
	return ord
}

// seek leaves out all before order.
func (m *merge) seek(order []byte) {
	for _, w := range m.walks {
		w.seek(order)
	}
}

func hasPrefix(key, prefix []byte) bool { return key != nil && bytes.HasPrefix(key, prefix) }

// Cameras returns every camera, by serial.
func (s *Store) Cameras() (cameras []Camera, err error) {
	cameras = []Camera{}
	err = s.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketCameras).ForEach(func(k, _ []byte) error {
			c, err := getCamera(tx, string(k))
			if err == nil {
				cameras = append(cameras, *c)
			}
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list cameras: %w", err)
	}
	return cameras, nil
}

// Camera returns what is known of one camera, or ErrNotFound.
func (s *Store) Camera(serial string) (camera *Camera, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		camera, err = getCamera(tx, serial)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("camera %.64q: %w", serial, err)
	}
	return camera, nil
}

func getCamera(tx *bolt.Tx, serial string) (*Camera, error) {
	if serial == "" || strings.ContainsRune(serial, 0) {
		return nil, ErrNotFound
	}
	c, err := getRow[Camera](tx, bucketCameras, serial)
	if err != nil {
		return nil, err
	}
	c.PendingClips = int(readCount(tx.Bucket(bucketCounts), countPending+serial))
	return c, nil
}

// Dockings returns a camera's last n dockings, newest first.
func (s *Store) Dockings(serial string, n int) (list []Docking, err error) {
	list = []Docking{}
	err = s.db.View(func(tx *bolt.Tx) error {
		return eachDocking(tx, serial, func(d *Docking) (more bool) {
			if len(list) < n {
				list = append(list, *d)
			}
			return len(list) < n
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list dockings of %.64q: %w", serial, err)
	}
	return list, nil
}

// eachDocking calls f with a camera's dockings, newest first, as long as it
// wants more.
func eachDocking(tx *bolt.Tx, serial string, f func(*Docking) (more bool)) error {
	c := tx.Bucket(bucketDockingsByCamera).Cursor()
	prefix := []byte(serialKey(serial))
	// The key behind the last one of this camera.
	k, _ := c.Seek(append([]byte(serial), 1))
	if k == nil {
		k, _ = c.Last()
	} else {
		k, _ = c.Prev()
	}
	for ; hasPrefix(k, prefix); k, _ = c.Prev() {
		d, err := getRow[Docking](tx, bucketDockings, string(k[len(prefix)+8:]))
		if err != nil {
			return err
		}
		if !f(d) {
			return nil
		}
	}
	return nil
}
