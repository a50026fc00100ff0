package store

import (
	"fmt"
	"sync"

	bolt "go.etcd.io/bbolt"
)

// changeBook remembers which cameras changed, in order, so that whoever shows
// all of them, time and again, need not read all of them again.
type changeBook struct {
	mu   sync.Mutex
	now  uint64
	last map[string]uint64 // serial → when its row or its clips changed last
}

// note puts down the cameras that committed events were about.
func (b *changeBook) note(events []event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now++
	for i := range events {
		if c := events[i].Clip; c != nil {
			b.last[c.Camera] = b.now
		}
		if c := events[i].Camera; c != nil {
			b.last[c.Serial] = b.now
		}
	}
}

// moment is the present one.
func (b *changeBook) moment() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

// since returns the cameras that changed after a moment, and the present one.
func (b *changeBook) since(after uint64) (serials []string, now uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for serial, at := range b.last {
		if at > after {
			serials = append(serials, serial)
		}
	}
	return serials, b.now
}

// CamerasSince returns, in no order, the cameras whose rows or clips may have
// changed since an earlier call returned upTo, and all of them when that is 0.
func (s *Store) CamerasSince(earlier uint64) (changed []Camera, upTo uint64, err error) {
	// What is committed after this look is noted after it, too, and comes
	// again the next time.
	serials, upTo := s.changes.since(earlier)
	if earlier == 0 {
		changed, err = s.Cameras()
		return changed, upTo, err
	}
	err = s.db.View(func(tx *bolt.Tx) error {
		for _, serial := range serials {
			c, err := getCamera(tx, serial)
			if err != nil && ignoreNotFound(err) == nil {
				continue // a clip came before its camera did
			}
			if err != nil {
				return err
			}
			changed = append(changed, *c)
		}
		return nil
	})
	if err != nil {
		return nil, earlier, fmt.Errorf("list changed cameras: %w", err)
	}
	return changed, upTo, nil
}
