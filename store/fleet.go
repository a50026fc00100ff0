package store

import (
	"fmt"
	"time"
)

// What people, or a docking, say of a camera as a device, in its history.
const (
	whatConflict   = "serial conflict"
	whatTrusted    = "serial conflict settled"
	whatRetired    = "retired"
	whatReinstated = "reinstated"
)

// SettleConflict records that one camera alone has its serial from now on: the
// one that is docked, or else the one that is docked next. What was stored of
// two cameras stays as it is. Nothing that was listed, or read of a clock, until
// now tells of that camera any more: it may have been the other one's.
func (s *Store) SettleConflict(serial, by, note string, now time.Time) (*Camera, error) {
	return s.tellOf(serial, Entry{stamp(now), whatTrusted, by, note}, func(c *Camera, docked []Docking) error {
		switch {
		case !c.Conflict:
			return fieldErrorf("serial", "no two cameras with this serial are on record")
		case len(docked) > 1:
			return fieldErrorf("serial", "two cameras with this serial are docked at this moment; take out the one that is renumbered or given away")
		}
		c.Conflict, c.SettledAt = false, stamp(now)
		c.DeviceID, c.ListedAll = "", time.Time{}
		if len(docked) == 1 {
			c.DeviceID = docked[0].DeviceID
		}
		return nil
	})
}

// Retire records that a camera is no longer used: it is lost, broken or given
// back. Nobody misses it then. Its clips and its history stay.
func (s *Store) Retire(serial, by, note string, now time.Time) (*Camera, error) {
	return s.tellOf(serial, Entry{stamp(now), whatRetired, by, note}, func(c *Camera, docked []Docking) error {
		switch {
		case c.Retired != nil:
			return fieldErrorf("serial", "%s retired it already, at %s", c.Retired.By, c.Retired.At.Format(time.RFC3339))
		case len(docked) > 0:
			return fieldErrorf("serial", "it is in bay %d at this moment; take it out first", docked[0].Bay)
		}
		c.Retired = &Note{At: stamp(now), By: by, Text: note}
		return nil
	})
}

// Reinstate records that a retired camera is used again.
func (s *Store) Reinstate(serial, by, note string, now time.Time) (*Camera, error) {
	return s.tellOf(serial, Entry{stamp(now), whatReinstated, by, note}, func(c *Camera, _ []Docking) error {
		if c.Retired == nil {
			return fieldErrorf("serial", "it is not retired")
		}
		c.Retired = nil
		return nil
	})
}

// tellOf changes what is known of a camera as a person says, who is in its
// history. What change refuses is a *FieldError; docked are the open dockings.
func (s *Store) tellOf(serial string, said Entry, change func(c *Camera, docked []Docking) error) (*Camera, error) {
	failed := func(err error) error { return fmt.Errorf("%s, camera %.64q: %w", said.What, serial, err) }
	if err := s.lock(); err != nil {
		return nil, failed(err)
	}
	defer s.unlock()
	c, err := s.Camera(serial)
	if err != nil {
		return nil, err
	}
	docked, err := s.openDockings(serial)
	if err == nil {
		err = change(c, docked)
	}
	if err != nil {
		return nil, failed(err)
	}
	c.History = append(c.History, said)
	if err := s.commit(cameraEvent(event{At: said.At, What: said.What, By: said.By, Camera: c})); err != nil {
		return nil, failed(err)
	}
	return c, nil
}

// comeBack says that a retired camera was docked: then it is used, whatever was
// said of it.
func (c *Camera) comeBack(d *Docking) {
	if c.Retired == nil || d.Place {
		return // a place where its disk was mounted is not the camera
	}
	c.Retired = nil
	c.History = append(c.History, Entry{At: d.DockedAt, What: whatReinstated, Note: fmt.Sprintf("it was docked in bay %d", d.Bay)})
}
