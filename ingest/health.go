package ingest

import (
	"context"
	"errors"
	"slices"
	"time"

	"custodock/device"
	"custodock/store"
)

// healthTimeout bounds how long a camera may think about its battery.
const healthTimeout = 10 * time.Second

// healthEvery is how often a camera is asked again that has nothing left to be
// copied: it charges in its bay, and somebody wants to know whether it can go
// out.
const healthEvery = 10 * time.Minute

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
	now := time.Now()
	s.readClock()
	err := s.st.opt.Store.UpdateDocking(s.docking.ID, "health", now, func(d *store.Docking, c *store.Camera) {
		d.Battery, d.StorageSize, d.StorageFree = health.Battery, health.StorageSize, health.StorageFree
		if s.offset != nil {
			bookClock(d, c, s.docking, now)
		}
		c.Battery, c.StorageSize, c.StorageFree = d.Battery, d.StorageSize, d.StorageFree
	})
	s.setHealth(health, now)
	if err != nil {
		s.log.Error("the camera's health cannot be recorded", "error", err)
	}
}

func (s *session) setHealth(health device.Health, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.health, s.healthAt = health, now.UTC().Truncate(time.Millisecond)
}

// askHealthAgain asks a camera that rests how it is by now. That is shown, and
// not put down: the books have what it came with. One that does not say any
// more was asked in vain, and nothing is wrong with it.
func (s *session) askHealthAgain(ctx context.Context) {
	reader, ok := s.camera.(device.HealthReader)
	if !ok || !s.rests() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	health, err := reader.Health(ctx)
	if err != nil {
		s.log.Debug("the camera does not say how it is by now", "error", err)
		return
	}
	s.setHealth(health, time.Now())
	s.reportProgress(true)
}

// rests reports whether the camera told how it is when it was docked, and has
// nothing left to be copied.
func (s *session) rests() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.healthAt.IsZero() && s.left != nil && len(s.left) == 0
}

// readClock compares the measured offset with the camera's offset ledger.
func (s *session) readClock() {
	if s.offset == nil {
		return
	}
	seconds := s.offset.Seconds()
	s.docking.ClockOffset = &seconds
	camera, err := s.st.opt.Store.Camera(s.info.Serial)
	var before []store.Docking
	if err == nil && !camera.Conflict { // else they may be another camera's
		before, err = s.st.opt.Store.Dockings(s.info.Serial, maxReadings)
		before = slices.DeleteFunc(before, func(d store.Docking) bool { return d.DockedAt.Before(camera.SettledAt) })
	}
	if err != nil {
		s.log.Error("the offsets of the camera's clock cannot be read", "error", err)
		return
	}
	s.clock = offsetLedger(s.docking, before, camera.ListedAll)
	s.badTime = contradiction(s.clock, s.st.opt.Tolerance)
	s.docking.ClockDoubt, s.docking.ClockDrift = s.badTime, drift(s.clock, s.st.opt.Tolerance)
	if s.badTime != "" {
		s.log.Warn("the camera's clock cannot be believed for what is new on it", "reason", s.badTime)
	}
}

// bookClock puts down what was read of a camera's clock.
func bookClock(d *store.Docking, c *store.Camera, read *store.Docking, now time.Time) {
	d.ClockOffset, d.ClockDoubt, d.ClockDrift = read.ClockOffset, read.ClockDoubt, read.ClockDrift
	c.ClockOffset, c.ClockSetAt = d.ClockOffset, time.Time{}
	if d.ClockDrift != nil {
		c.ClockDrift = d.ClockDrift
	}
	if d.ClockDoubt != "" {
		c.History = append(c.History, store.Entry{At: now.UTC().Truncate(time.Millisecond), What: "clock jumped", Note: d.ClockDoubt})
	}
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
	err = s.st.opt.Store.UpdateDocking(s.docking.ID, "clock set", now, func(d *store.Docking, c *store.Camera) {
		d.ClockSetAt, c.ClockSetAt = now.UTC().Truncate(time.Millisecond), now.UTC().Truncate(time.Millisecond)
	})
	if err != nil {
		s.log.Error("the setting of the camera's clock cannot be recorded", "error", err)
	}
}
