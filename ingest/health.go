package ingest

import (
	"context"
	"errors"
	"time"

	"custodock/device"
	"custodock/store"
)

// healthTimeout bounds how long a camera may think about its battery.
const healthTimeout = 10 * time.Second

// errClockUnsynchronized is returned when the station's clock is followed by
// nobody: a camera's would be set to another wrong time, and the only
// evidence of its own error would be lost.
var errClockUnsynchronized = errors.New("the station's own clock is not synchronised")

// askHealth comes first: many cameras can no longer be asked once their files
// are read.
func (s *session) askHealth(ctx context.Context) {
	reader, ok := s.camera.(device.HealthReader)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	health, err := reader.Health(ctx)
	if err != nil {
		s.log.Warn("the camera does not say how it is", "error", err)
		s.st.opt.Metrics.Failed(s.info.Serial, "health", reasonOf(err))
		return
	}
	s.offset = s.clockOffset(health, time.Now())
	s.recordHealth(health)
	if s.offset != nil && s.st.opt.SetClocks {
		s.setClock(ctx)
	}
}

// clockOffset is the camera's clock minus the station's. A clock that names no
// zone shows the camera's.
func (s *session) clockOffset(h device.Health, now time.Time) *time.Duration {
	if h.ClockOffset == nil {
		return nil
	}
	offset := *h.ClockOffset
	if h.LocalClock {
		// wallTime knows which instant the wall clock in that zone means.
		shown, _ := wallTime(now.Add(offset), s.zone())
		offset = shown.Sub(now)
	}
	return &offset
}

// zone is the camera's zone.
func (s *session) zone() *time.Location {
	if p := s.currentProfile(); p != nil && p.zone != nil {
		return p.zone
	}
	return s.st.opt.Zone
}

func (s *session) recordHealth(health device.Health) {
	err := s.st.opt.Store.UpdateDocking(s.docking.ID, "health", time.Now(), func(d *store.Docking, c *store.Camera) {
		d.Battery, d.StorageSize, d.StorageFree = health.Battery, health.StorageSize, health.StorageFree
		if s.offset != nil {
			seconds := s.offset.Seconds()
			s.badTime = contradicts(lastOffset(c), seconds, c.LastUndockedAt, d.DockedAt, s.st.opt.Tolerance)
			d.ClockOffset, c.ClockOffset, c.ClockSetAt = &seconds, &seconds, time.Time{}
		}
		c.Battery, c.StorageSize, c.StorageFree = d.Battery, d.StorageSize, d.StorageFree
	})
	s.mu.Lock()
	s.battery = health.Battery
	s.mu.Unlock()
	if err != nil {
		s.log.Error("the camera's health cannot be recorded", "error", err)
	}
}

// lastOffset is how far off the camera's clock was when it left.
func lastOffset(c *store.Camera) *float64 {
	if c.ClockSetAt.IsZero() {
		return c.ClockOffset
	}
	return new(float64)
}

// setClock sets the camera's clock once its offset is on record.
func (s *session) setClock(ctx context.Context) {
	setter, ok := s.camera.(device.ClockSetter)
	if !ok {
		return
	}
	err := errClockUnsynchronized
	if s.st.opt.ClockSynchronized() {
		err = setter.SetClock(ctx, s.zone())
	}
	if err != nil {
		s.log.Warn("the camera's clock is not set", "error", err)
		s.st.opt.Metrics.Failed(s.info.Serial, "clock", reasonOf(err))
		return
	}
	s.log.Info("the camera's clock was set", "offset_was", roundSeconds(*s.offset))
	now := time.Now()
	err = s.st.opt.Store.UpdateDocking(s.docking.ID, "clock set", now, func(_ *store.Docking, c *store.Camera) {
		c.ClockSetAt = now
	})
	if err != nil {
		s.log.Error("the setting of the camera's clock cannot be recorded", "error", err)
	}
}
