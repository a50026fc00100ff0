package simcam

import (
	"context"
	"time"

	"custodock/device"
)

var _ device.ClockSetter = (*stay)(nil)

// SetClock makes the camera's clock the station's, if it says what it shows.
func (s *stay) SetClock(ctx context.Context, _ *time.Location) error {
	if err := s.there(ctx); err != nil {
		return err
	}
	c := s.camera
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.health.ClockOffset != nil {
		c.health.ClockOffset, c.health.LocalClock = new(time.Duration), false
	}
	return nil
}

// ClockOffset is what the camera would say of its clock; nil when nothing.
func (c *Camera) ClockOffset() *time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.health.ClockOffset
}
