package store

import (
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// What somebody did with a clip that was not changed by it.
const (
	Viewed     = "viewed"     // what is known of it
	Played     = "played"     // its footage
	Downloaded = "downloaded" // its bytes
)

// view is one person's look at a clip. It has a row of its own: the clip's is
// written as a whole, and may be about to be published.
type view struct {
	Clip string    `json:"clip"` // id
	At   time.Time `json:"at"`
	What string    `json:"what"`
	By   string    `json:"by"`
}

// viewSpan is how long one person's looks of one kind are one entry: a player
// asks for a clip hundreds of times.
const viewSpan = time.Hour

// key is the same for all looks that are one entry, and begins with the clip.
func (v *view) key() string {
	return string(appendTime([]byte(serialKey(v.Clip)), v.At.Truncate(viewSpan))) + v.What + "\x00" + v.By
}

// NoteView puts down in the clip's history who looked at it, once an hour for
// each person and kind. It neither waits for a copy of the clip nor changes
// its row. What is wrong is a *FieldError.
func (s *Store) NoteView(id, by, what string, now time.Time) error {
	v := &view{Clip: id, At: stamp(now), What: what, By: by}
	if err := v.check(); err != nil {
		return fmt.Errorf("note view: %w", err)
	}
	known, err := s.isNoted(v)
	if err != nil || known {
		return err
	}
	if err := s.lock(); err != nil {
		return fmt.Errorf("note view: %w", err)
	}
	defer s.unlock()
	if known, err := s.isNoted(v); err != nil || known { // somebody else was quicker
		return err
	}
	if err := s.commit(event{At: v.At, What: what, View: v}); err != nil {
		return fmt.Errorf("note view: %w", err)
	}
	return nil
}

func (v *view) check() error {
	if v.What != Viewed && v.What != Played && v.What != Downloaded {
		return fieldErrorf("what", "%.40q is none of viewed, played, downloaded", v.What)
	}
	return checkText("by", v.By, true)
}

// isNoted reports whether the entry is there already. A clip that is not is
// ErrNotFound.
func (s *Store) isNoted(v *view) (known bool, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		if tx.Bucket(bucketClips).Get([]byte(v.Clip)) == nil {
			return fmt.Errorf("clip %.40q: %w", v.Clip, ErrNotFound)
		}
		b := tx.Bucket(bucketViews)
		known = b != nil && b.Get([]byte(v.key())) != nil
		return nil
	})
	return known, err
}

func applyView(tx *bolt.Tx, v *view) error {
	return putRow(tx, bucketViews, v.key(), v)
}

// addViews puts who looked at the clip into its history, by time. The order of
// the entries that are there stays: it is that in which they came.
func addViews(tx *bolt.Tx, c *Clip) error {
	views, err := viewsOf(tx, c.ID)
	if err != nil || len(views) == 0 {
		return err
	}
	rest := c.History
	c.History = make([]Entry, 0, len(rest)+len(views))
	for _, v := range views {
		for len(rest) > 0 && !rest[0].At.After(v.At) {
			c.History, rest = append(c.History, rest[0]), rest[1:]
		}
		c.History = append(c.History, Entry{At: v.At, What: v.What, By: v.By})
	}
	c.History = append(c.History, rest...)
	return nil
}

// viewsOf returns the looks at a clip, by time.
func viewsOf(tx *bolt.Tx, id string) (views []*view, err error) {
	b := tx.Bucket(bucketViews)
	if b == nil {
		return nil, nil
	}
	prefix := []byte(serialKey(id))
	c := b.Cursor()
	for k, _ := c.Seek(prefix); hasPrefix(k, prefix); k, _ = c.Next() {
		v, err := getRow[view](tx, bucketViews, string(k))
		if err != nil {
			return nil, err
		}
		views = append(views, v)
	}
	slices.SortStableFunc(views, func(a, b *view) int { return a.At.Compare(b.At) })
	return views, nil
}
