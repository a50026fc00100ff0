package store

import (
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Dock opens a docking: d needs Camera, and has what else is known of the
// bay and the transport. model and firmware may be empty. The answer is the
// docking as it is kept and the camera as it was before.
func (s *Store) Dock(d Docking, model, firmware string, now time.Time) (*Docking, *Camera, error) {
	if err := checkSerial(d.Camera); err != nil {
		return nil, nil, fmt.Errorf("dock camera: %w", err)
	}
	if err := s.lock(); err != nil {
		return nil, nil, fmt.Errorf("dock camera: %w", err)
	}
	defer s.unlock()
	now = stamp(now)
	before, err := s.Camera(d.Camera)
	if errors.Is(err, ErrNotFound) {
		before, err = &Camera{Serial: d.Camera, FirstSeenAt: now}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	others, err := s.openDockings(d.Camera)
	if err != nil {
		return nil, nil, fmt.Errorf("dock camera: %w", err)
	}
	d.ID, d.DockedAt, d.Conflict = s.newID(now), now, len(others) > 0
	d.Place = d.Transport == transportFolder && before.Transport != "" && before.Transport != transportFolder
	after := *before
	if d.Conflict {
		after.noteConflict(now, fmt.Sprintf("docked in bay %d while another of the same serial is in bay %d", d.Bay, others[0].Bay))
	} else if after.isAnother(&d) {
		after.noteConflict(now, fmt.Sprintf("device %s came with the serial of device %s", d.DeviceID, after.DeviceID))
	}
	after.comeBack(&d)
	if after.FirstSeenAt.IsZero() {
		after.FirstSeenAt = now // it was handed out before it was ever docked
	}
	if before.Transport == transportFolder && d.Transport != transportFolder {
		after.ListedAll = time.Time{} // so far only the place was listed where its disk is mounted
	}
	if !d.Place {
		after.Transport = d.Transport // that it has a disk is never forgotten
	}
	after.LastBay, after.LastDocking = d.Bay, d.ID
	if !d.Place { // of which its listing tells whether the camera is there
		after.LastDockedAt = now
	}
	setIf(&after.Model, model)
	setIf(&after.Firmware, firmware)
	setIf(&after.DeviceID, d.DeviceID)
	if err := s.commit(cameraEvent(event{At: now, What: "docked", Docking: &d, Camera: &after})); err != nil {
		return nil, nil, fmt.Errorf("dock camera: %w", err)
	}
	return &d, before, nil
}

// isAnother reports whether the camera that docks is another device than the
// one that came with its serial last. A camera that comes as a card one time
// and over MTP the next has another product number, and is the same.
func (c *Camera) isAnother(d *Docking) bool {
	return d.DeviceID != "" && c.DeviceID != "" && d.DeviceID != c.DeviceID && d.Transport == c.Transport
}

func setIf(field *string, value string) {
	if value != "" {
		*field = value
	}
}

func (c *Camera) noteConflict(now time.Time, why string) {
	c.Conflict = true
	c.History = append(c.History, Entry{At: now, What: whatConflict, Note: why})
}

// openDockings returns the dockings of a serial that have no end yet, without
// those of the mere place of its disk.
func (s *Store) openDockings(serial string) (open []Docking, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		prefix := []byte(keyOpenDocking)
		c := tx.Bucket(bucketMeta).Cursor()
		for k, _ := c.Seek(prefix); hasPrefix(k, prefix); k, _ = c.Next() {
			d, err := getRow[Docking](tx, bucketDockings, string(k[len(prefix):]))
			if err != nil {
				return err
			}
			if d.Camera == serial && !d.bare(d.Files) {
				open = append(open, *d)
			}
		}
		return nil
	})
	return open, err
}

// Docking returns one docking, or ErrNotFound.
func (s *Store) Docking(id string) (d *Docking, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		d, err = getRow[Docking](tx, bucketDockings, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("docking %.40q: %w", id, err)
	}
	return d, nil
}

// LastInBays returns the last docking of each bay, as far as it is among the
// newest n of all.
func (s *Store) LastInBays(n int) (last map[int]Docking, err error) {
	last = make(map[int]Docking)
	err = s.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketDockings).Cursor()
		for k, _ := c.Last(); k != nil && n > 0; k, _ = c.Prev() { // ids sort by time
			n--
			d, err := getRow[Docking](tx, bucketDockings, string(k))
			if err != nil {
				return err
			}
			if _, later := last[d.Bay]; !later && !d.bare(d.Files) {
				last[d.Bay] = *d
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list last dockings: %w", err)
	}
	return last, nil
}

// UpdateDocking changes an open docking and its camera and keeps why.
func (s *Store) UpdateDocking(id, what string, now time.Time, change func(*Docking, *Camera)) error {
	if err := s.lock(); err != nil {
		return fmt.Errorf("docking %.40q: %w", id, err)
	}
	defer s.unlock()
	return s.updateDocking(id, what, now, change)
}

func (s *Store) updateDocking(id, what string, now time.Time, change func(*Docking, *Camera)) error {
	d, err := s.Docking(id)
	if err != nil {
		return err
	}
	c, err := s.Camera(d.Camera)
	if err != nil {
		return err
	}
	change(d, c)
	return s.commit(cameraEvent(event{At: stamp(now), What: what, Docking: d, Camera: c}))
}

// Undock closes a docking's books.
func (s *Store) Undock(id string, now time.Time) error {
	return s.UpdateDocking(id, "undocked", now, func(d *Docking, c *Camera) { CloseDocking(d, c, now) })
}

// CloseDocking marks a docking as ended at now; for UpdateDocking.
func CloseDocking(d *Docking, c *Camera, now time.Time) {
	d.UndockedAt, d.Closed = stamp(now), ClosedUndocked
	if d.bare(d.Files) {
		return // the camera was not there
	}
	c.LastUndockedAt = d.UndockedAt
	if d.Complete && c.LastDocking == d.ID {
		c.ListedAll = d.UndockedAt
	}
}

// Assign records who holds a camera from now on; h.By is who says so.
func (s *Store) Assign(serial string, h Holder, now time.Time) (*Camera, error) {
	return s.changeHolder(serial, "assigned", &h, h.By, now)
}

// Return records that nobody holds the camera any more, and who says so.
func (s *Store) Return(serial, by string, now time.Time) (*Camera, error) {
	return s.changeHolder(serial, "returned", nil, by, now)
}

func (s *Store) changeHolder(serial, what string, h *Holder, by string, now time.Time) (*Camera, error) {
	if err := checkSerial(serial); err != nil {
		return nil, fmt.Errorf("%s camera: %w", what, err)
	}
	if err := s.lock(); err != nil {
		return nil, fmt.Errorf("%s camera %s: %w", what, serial, err)
	}
	defer s.unlock()
	now = stamp(now)
	c, err := s.Camera(serial)
	if errors.Is(err, ErrNotFound) && h != nil {
		// A camera may be handed out before it was ever docked.
		c, err = &Camera{Serial: serial}, nil
	}
	if err != nil {
		return nil, err
	}
	spans, next := endAt(c.spans(), now, by)
	if h != nil {
		h.From, h.Until, h.EndedBy = now, next, ""
		spans = append(spans, *h)
	}
	slices.SortStableFunc(spans, func(a, b Holder) int { return a.From.Compare(b.From) })
	c.setSpans(spans)
	if err := s.commit(event{At: now, What: what, Camera: c, Holders: true, By: by}); err != nil {
		return nil, fmt.Errorf("%s camera %s: %w", what, serial, err)
	}
	return c, nil
}
