package mtpcam

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"custodock/device"
	"custodock/device/mtp"
)

// Health is what the camera says of battery, storage and clock. What it does
// not say is absent, and so is all that comes after what the conversation died of.
func (c *camera) Health(ctx context.Context) (device.Health, error) {
	deadline, _ := ctx.Deadline()
	said := make(chan device.Health, 1)
	err := c.line.do(ctx, func(ctx context.Context, s *mtp.Session) error {
		h, err := health(ctx, s, deadline, c.line.log)
		said <- h
		return err
	})
	var h device.Health
	if err == nil || errors.Is(err, mtp.ErrBroken) && !errors.Is(err, device.ErrGone) {
		select {
		case h = <-said:
		default: // there was no conversation to ask it in
		}
	}
	if err != nil && h == (device.Health{}) {
		return h, fmt.Errorf("ask the camera's health: %w", err)
	}
	return h, nil
}

// health asks one thing after the other, the clock first: of all that a camera
// says of itself only that is evidence. What it does not answer costs the answers
// to the others neither the time nor, while the session is sound, themselves. A
// camera of which nothing can be told because of errors is one that was asked in
// vain.
func health(ctx context.Context, s *mtp.Session, deadline time.Time, log *slog.Logger) (h device.Health, err error) {
	var failed error
	for _, question := range []func(context.Context, *mtp.Session, *device.Health) error{clock, battery, space} {
		err := withHalf(ctx, deadline, func(ctx context.Context) error { return question(ctx, s, &h) })
		if ends(err) || ctx.Err() != nil {
			return h, err
		}
		failed = errors.Join(failed, err)
	}
	if h == (device.Health{}) {
		return h, failed
	}
	if failed != nil {
		log.Info("the camera does not say all of how it is", keyError, failed)
	}
	return h, nil
}

// withHalf gives ask half of the time that is left until deadline, if there is
// one.
func withHalf(ctx context.Context, deadline time.Time, ask func(context.Context) error) error {
	if !deadline.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)/2)
		defer cancel()
	}
	return ask(ctx)
}

func battery(ctx context.Context, s *mtp.Session, h *device.Health) error {
	level, ok, err := s.BatteryLevel(ctx)
	if ok {
		h.Battery = &level
	}
	return err
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
