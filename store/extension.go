package store

import (
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Reason is why a clip could not be handed over in time, as Article 15 has it.
type Reason string

// The reasons.
const (
	ContinuousDuty Reason = "continuous-duty"
	OffSite        Reason = "off-site"
	Remote         Reason = "remote" // or poor transport
)

// Reasons are all that there are.
var Reasons = []Reason{ContinuousDuty, OffSite, Remote}

// Extension is what a person put down by the second sentence of Article 15:
// somebody was truly unable to hand over in time, and returned then and then.
// It excuses the clips it covers that are stored by DueAt.
type Extension struct {
	ID     string `json:"id"`
	Camera string `json:"camera"` // serial
	Clip   string `json:"clip,omitempty"`

	// Without Clip it covers the clips of the camera that were recorded in
	// [From, To], as far as is known; a zero From is no bound.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`

	Reason   Reason    `json:"reason"`
	Returned time.Time `json:"returned"` // to the unit
	DueAt    time.Time `json:"due_at"`   // Returned + the window that held when it was recorded
	By       string    `json:"by"`
	Note     string    `json:"note,omitempty"`

	RecordedAt time.Time `json:"recorded_at"`
	RevokedAt  time.Time `json:"revoked_at,omitzero"`
	RevokedBy  string    `json:"revoked_by,omitempty"`
	RevokeNote string    `json:"revoke_note,omitempty"`
}

// covers reports whether the extension is about c. Of a clip whose end is an
// interval, any part of that counts: what it excuses it does not accuse.
func (e *Extension) covers(c *Clip) bool {
	switch {
	case !e.RevokedAt.IsZero() || e.Camera != c.Camera || !c.Kind.HasDeadline():
		return false
	case e.Clip != "":
		return e.Clip == c.ID
	}
	return !c.EndLatest.Before(e.From) && !c.EndEarliest.After(e.To)
}

// better reports whether e counts before o: it reaches further.
func (e *Extension) better(o *Extension) bool {
	if o == nil || !e.DueAt.Equal(o.DueAt) {
		return o == nil || e.DueAt.After(o.DueAt)
	}
	return e.ID < o.ID
}

func (e *Extension) key() string { return serialKey(e.Camera) + e.ID }

// summary is the extension in a clip's history.
func (e *Extension) summary() string {
	text := fmt.Sprintf("%s, returned %s", e.Reason, e.Returned.Format(time.RFC3339))
	if e.Note != "" {
		text += ": " + e.Note
	}
	return text
}

// What an extension does to a clip, in its history.
const (
	whatExtended = "extended"
	whatRevoked  = "extension revoked"
	whatOutside  = "not extended" // it is known better now when the clip was recorded
)

// eachExtension calls f with every extension of a camera, of all cameras when
// serial is empty, in the order in which they were recorded. A catalog of an
// earlier version that is only read has none.
func eachExtension(tx *bolt.Tx, serial string, f func(*Extension) error) error {
	b := tx.Bucket(bucketExtensions)
	if b == nil {
		return nil
	}
	prefix := []byte{}
	if serial != "" {
		prefix = []byte(serialKey(serial))
	}
	c := b.Cursor()
	for k, _ := c.Seek(prefix); hasPrefix(k, prefix); k, _ = c.Next() {
		e, err := getRow[Extension](tx, bucketExtensions, string(k))
		if err != nil {
			return err
		}
		if err := f(e); err != nil {
			return err
		}
	}
	return nil
}

// extend brings a clip's extension, and with it the deadline of a stored clip,
// in line with what is recorded for its camera. It goes by the row and the
// recorded extensions alone, so that it makes the same of them whenever the
// ledger is replayed. by is who changed that just now, empty when the clip did.
func extend(tx *bolt.Tx, c *Clip, now time.Time, by string) (changed bool, err error) {
	was, end := c.Extension, whatOutside
	c.Extension = nil
	err = eachExtension(tx, c.Camera, func(e *Extension) error {
		if e.covers(c) && e.better(c.Extension) {
			c.Extension = e
		}
		if sameExtension(e, was) && !e.RevokedAt.IsZero() {
			end = whatRevoked
		}
		return nil
	})
	if err != nil || sameExtension(was, c.Extension) {
		return false, err
	}
	note := func(what string, e *Extension) {
		c.History = append(c.History, Entry{At: stamp(now), What: what, By: by, Note: e.summary()})
	}
	if was != nil && (c.Extension == nil || end == whatRevoked) {
		note(end, was)
	}
	if c.Extension != nil {
		note(whatExtended, c.Extension)
	}
	if c.State == Stored {
		c.settle(ruleOf(c), now)
	}
	return true, nil
}

func sameExtension(a, b *Extension) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.ID == b.ID
}

// applyExtension puts an extension down and brings the clips that it is about
// in line with it.
func (s *Store) applyExtension(tx *bolt.Tx, e *Extension, now time.Time) error {
	if err := putRow(tx, bucketExtensions, e.key(), e); err != nil {
		return err
	}
	by := e.By
	if !e.RevokedAt.IsZero() {
		by = e.RevokedBy
	}
	return eachAffected(tx, e, func(c *Clip) error {
		changed, err := extend(tx, c, now, by)
		if err != nil || !changed {
			return err
		}
		return s.putClip(tx, c)
	})
}

// eachAffected calls f with the clips that an extension covers, or covered
// before it was revoked. f may change their rows, but not when they are due.
func eachAffected(tx *bolt.Tx, e *Extension, f func(*Clip) error) error {
	if e.Clip != "" {
		c, err := getRow[Clip](tx, bucketClips, e.Clip)
		if err != nil {
			return ignoreNotFound(err) // its record is lost, and rebuild says so
		}
		return f(c)
	}
	valid := *e
	valid.RevokedAt = time.Time{}
	span, _ := readSpan(tx)
	filter := Filter{Camera: e.Camera, Since: e.From}
	var ids []string // first: a cursor does not like its bucket to change
	for w := filter.walk(tx, nil, span); ; {
		e, ok := w.next()
		if !ok || e.order[0] != 0 {
			break
		}
		ids = append(ids, orderID(e.order))
	}
	for _, id := range ids {
		c, err := getRow[Clip](tx, bucketClips, id)
		if err != nil {
			return err
		}
		if !valid.covers(c) {
			continue
		}
		if err := f(c); err != nil {
			return err
		}
	}
	return nil
}

// Extensions returns what was recorded for a camera, for all when serial is
// empty, revoked ones too.
func (s *Store) Extensions(serial string) (list []Extension, err error) {
	list = []Extension{}
	err = s.db.View(func(tx *bolt.Tx) error {
		return eachExtension(tx, serial, func(e *Extension) error {
			list = append(list, *e)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list extensions: %w", err)
	}
	return list, nil
}

// Extension returns one extension, or ErrNotFound.
func (s *Store) Extension(id string) (ext *Extension, err error) {
	found := errors.New("found")
	err = s.db.View(func(tx *bolt.Tx) error {
		return eachExtension(tx, "", func(e *Extension) error {
			if e.ID != id {
				return nil
			}
			ext = e
			return found
		})
	})
	if ext == nil && err == nil {
		err = ErrNotFound
	}
	if ext == nil {
		return nil, fmt.Errorf("extension %.40q: %w", id, err)
	}
	return ext, nil
}
