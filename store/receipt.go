package store

import (
	"fmt"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Receipt is what an officer can write down when a docking is done: a code that
// follows from the SHA-256 of every clip that was stored in it. Nobody who knows
// the clips can make another set of them with the same code by chance, and
// whoever has the code can have it checked.
type Receipt struct {
	Code    string    `json:"code"`
	Docking string    `json:"docking"`
	Camera  string    `json:"camera"` // serial
	Bay     int       `json:"bay,omitempty"`
	At      time.Time `json:"at"`
	Clips   int       `json:"clips"` // stored in the docking
	Bytes   int64     `json:"bytes"`
	Known   int       `json:"known"` // stored before: on the camera, and no part of the code

	// Of are the clips' ids. When they were stored would not say it: a clock
	// may be set back, and further clips may come in the same docking.
	Of []string `json:"of"`
}

// maxReceipt bounds how many clips a receipt names: it is one line of the ledger,
// with an id of 16 characters a clip.
const maxReceipt = 200_000

// MintReceipt makes the receipt of a docking: of the clips that are stored in it
// by now. The same clips give the same receipt again, as it was made first; an
// earlier one of fewer clips stays and can be checked.
func (s *Store) MintReceipt(docking string, now time.Time) (*Receipt, error) {
	// The clips are read before the lock is taken: nothing waits for that.
	r, text, err := s.readReceipt(docking)
	if err == nil {
		err = r.bounded()
	}
	if err != nil {
		return nil, fmt.Errorf("mint receipt: %w", err)
	}
	if err := s.lock(); err != nil {
		return nil, fmt.Errorf("mint receipt: %w", err)
	}
	defer s.unlock()
	minted, err := s.findCode(r, text)
	if err != nil || minted != nil {
		return minted, err
	}
	r.At = stamp(now)
	if err := s.commit(event{At: r.At, What: "receipt", Receipt: r}); err != nil {
		return nil, fmt.Errorf("mint receipt: %w", err)
	}
	return r, nil
}

// bounded is ErrManyClips for a receipt that the ledger cannot hold.
func (r *Receipt) bounded() error {
	if r.Clips > maxReceipt {
		return fmt.Errorf("docking %s: %w: %d", r.Docking, ErrManyClips, r.Clips)
	}
	return nil
}

// readReceipt is the receipt that a docking would get, but for code and time.
func (s *Store) readReceipt(docking string) (r *Receipt, text string, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		d, err := getRow[Docking](tx, bucketDockings, docking)
		if err != nil {
			return fmt.Errorf("docking %.40q: %w", docking, err)
		}
		r = &Receipt{Docking: d.ID, Camera: d.Camera, Bay: d.Bay, Known: d.Known, Of: []string{}}
		clips, err := storedIn(tx, docking)
		for _, c := range clips {
			r.Clips, r.Bytes, r.Of = r.Clips+1, r.Bytes+c.Size, append(r.Of, c.ID)
		}
		text = receiptText(docking, clips)
		return err
	})
	return r, text, err
}

// storedIn returns the clips that were stored in a docking. A catalog of an
// earlier version that is only read cannot tell.
func storedIn(tx *bolt.Tx, docking string) (clips []*Clip, err error) {
	b := tx.Bucket(bucketByDocking)
	if b == nil {
		return nil, nil
	}
	prefix := []byte(serialKey(docking))
	c := b.Cursor()
	for k, _ := c.Seek(prefix); hasPrefix(k, prefix); k, _ = c.Next() {
		clip, err := getRow[Clip](tx, bucketClips, string(k[len(prefix):]))
		if err != nil {
			return nil, err
		}
		clips = append(clips, clip)
	}
	return clips, nil
}

// findCode gives r the shortest code that no other receipt has, or returns the
// receipt that is the same.
func (s *Store) findCode(r *Receipt, text string) (same *Receipt, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		for n := receiptLength; n <= receiptLimit; n += receiptMore {
			taken, err := getLater[Receipt](tx, bucketReceipts, text[:n])
			if ignoreNotFound(err) != nil {
				return err
			}
			if taken == nil {
				r.Code = receiptCode(text[:n])
				return nil
			}
			if taken.Docking == r.Docking && slices.Equal(taken.Of, r.Of) {
				same = taken
				return nil
			}
		}
		return fmt.Errorf("mint receipt of docking %s: no code is left", r.Docking)
	})
	return same, err
}

// applyReceipt puts a receipt down, also with its docking.
func applyReceipt(tx *bolt.Tx, r *Receipt) error {
	if err := putRow(tx, bucketReceipts, plainCode(r.Code), r); err != nil {
		return err
	}
	d, err := getRow[Docking](tx, bucketDockings, r.Docking)
	if err != nil {
		return ignoreNotFound(err) // its line in the ledger is lost
	}
	d.Receipt = r.Code
	return putRow(tx, bucketDockings, d.ID, d)
}

// CheckReceipt looks a code up, as a person wrote it down, and makes it anew
// from what the catalog says of the clips now. agrees is false when it says
// anything else than when the receipt was minted: a clip's row is lost or is
// another. A code that no receipt has is ErrNotFound. Whether the clips' bytes
// are those of their rows is for Verify to say.
func (s *Store) CheckReceipt(code string) (r *Receipt, agrees bool, err error) {
	plain := plainCode(code)
	if plain == "" {
		return nil, false, fmt.Errorf("receipt %.60q: %w", code, ErrNotFound)
	}
	err = s.db.View(func(tx *bolt.Tx) error {
		if r, err = getLater[Receipt](tx, bucketReceipts, plain); err != nil {
			return err
		}
		agrees, err = r.agrees(tx)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("receipt %.60q: %w", code, err)
	}
	return r, agrees, nil
}

// agrees makes the receipt anew.
func (r *Receipt) agrees(tx *bolt.Tx) (bool, error) {
	clips := make([]*Clip, 0, len(r.Of))
	var bytes int64
	for _, id := range r.Of {
		c, err := getRow[Clip](tx, bucketClips, id)
		if ignoreNotFound(err) != nil {
			return false, err
		}
		if c == nil || c.State != Stored {
			return false, nil
		}
		clips, bytes = append(clips, c), bytes+c.Size
	}
	whole := receiptText(r.Docking, clips)
	return strings.HasPrefix(whole, plainCode(r.Code)) && len(clips) == r.Clips && bytes == r.Bytes, nil
}
