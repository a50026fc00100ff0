package mtpcam

import (
	"context"
	"fmt"
	"math"
	"time"

	"custodock/device"
	"custodock/device/mtp"
)

// Health is what the camera says of battery, storage and clock. What it does
// not say is absent.
func (c *camera) Health(ctx context.Context) (device.Health, error) {
	h, err := ask(ctx, c.line, health)
	if err != nil {
		return device.Health{}, fmt.Errorf("ask the camera's health: %w", err)
	}
	return h, nil
}

func health(ctx context.Context, s *mtp.Session) (h device.Health, err error) {
	level, ok, err := s.BatteryLevel(ctx)
	if err != nil {
		return h, err
	}
	if ok {
		h.Battery = &level
	}
	if err := clock(ctx, s, &h); err != nil {
		return h, err
	}
	return h, space(ctx, s, &h)
}

// clock compares the camera's clock with the station's. The camera read its
// own at some moment of the transaction: the middle is taken for it.
func clock(ctx context.Context, s *mtp.Session, h *device.Health) error {
	start := time.Now()
	c, ok, err := s.DateTime(ctx)
	if err != nil || !ok {
		return err
	}
	now := start.Add(time.Since(start) / 2)
	shown := c.Time
	if !c.Fraction {
		// The second that is shown began up to a second ago.
		shown = shown.Add(time.Second / 2)
	}
	offset := shown.Sub(now).Round(time.Millisecond)
	h.ClockOffset, h.LocalClock = &offset, !c.HasZone
	return nil
}

// space sums up the storages. One that cannot be asked leaves the sum unknown.
func space(ctx context.Context, s *mtp.Session, h *device.Health) error {
	all, err := storages(ctx, s)
	if err != nil || len(all) == 0 {
		return err
	}
	var size, free int64
	for _, st := range all {
		if !st.described {
			return nil
		}
		size, free = add(size, st.MaxCapacity), add(free, st.FreeSpaceInBytes)
	}
	if size > 0 && free <= size {
		h.StorageSize, h.StorageFree = &size, &free
	}
	return nil
}

// add adds what a camera says, which may be anything.
func add(sum int64, n uint64) int64 {
	if n > math.MaxInt64 || sum > math.MaxInt64-int64(n) {
		return math.MaxInt64
	}
	return sum + int64(n)
}

// SetClock sets the camera's clock.
func (c *camera) SetClock(ctx context.Context, zone *time.Location) error {
	_, err := ask(ctx, c.line, func(ctx context.Context, s *mtp.Session) (struct{}, error) {
		was, ok, err := s.DateTime(ctx)
		if err == nil && (!ok || !was.Settable) {
			err = mtp.ErrUnsupported
		}
		if err == nil {
			err = s.SetDateTime(ctx, was, time.Now().In(zone))
		}
		return struct{}{}, err
	})
	if err != nil {
		return fmt.Errorf("set the camera's clock: %w", err)
	}
	return nil
}
