package store

import (
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
	Badge     string    // of whom the clip counts to
	Unit      string    // of whom the clip counts to
	Since     time.Time // recorded at or after, by EndLatest
	Until     time.Time // recorded before
	Newest    bool      // the last due first; those without a deadline come behind them all the same
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

// Page is a part of an answer, in order of due time, or against it; clips
// without a deadline come last.
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

// Clips returns the clips that match, as they stand at now. What it costs goes
// by the length of the page, and not by how many clips there are.
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
	err = s.db.View(func(tx *bolt.Tx) error { return s.fill(tx, &page, f, after, now) })
	if err != nil {
		return page, fmt.Errorf("list clips: %w", err)
	}
	return page, nil
}

// fill reads a page, of clips behind after.
func (s *Store) fill(tx *bolt.Tx, page *Page, f Filter, after []byte, now time.Time) error {
	var last []byte
	span, _ := readSpan(tx)
	w := f.walk(tx, after, span)
	may := s.glance(&f, now)
	for e, ok := w.next(); ok; e, ok = w.next() {
		if to, over := f.skip(e.order, span); over {
			return nil
		} else if to != nil {
			w.seek(to)
			continue
		}
		if !may(&e) {
			continue
		}
		clip, err := getRow[Clip](tx, bucketClips, orderID(e.order))
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
		last = slices.Clone(e.order)
	}
	return nil
}

func (f *Filter) match(c *Clip) bool {
	switch {
	case len(f.Deadlines) > 0 && !slices.Contains(f.Deadlines, c.Deadline):
	case len(f.States) > 0 && !slices.Contains(f.States, c.State):
	case f.Camera != "" && c.Camera != f.Camera:
	case f.Badge != "" && c.Badge != f.Badge:
	case f.Unit != "" && c.Unit != f.Unit:
	case !f.Since.IsZero() && c.end().Before(f.Since):
	case !f.Until.IsZero() && !c.end().Before(f.Until):
	default:
		return true
	}
	return false
}

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
