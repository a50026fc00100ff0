package mtp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// BatteryLevel returns how full the responder's battery is, from 0 to 1. ok
// is false if it does not tell, or tells what cannot be: unknown is not 0, and no
// error.
//
// The value is read as the type that the responder declares, and in its range.
// The specification has 0 to 100 of UINT8 (MTP 1.1, C.2.2); the form may say
// otherwise, as a list of a few levels or a range up to 5 does. Its current value
// is asked for by itself: uMTP-Responder 1.3.10 leaves that of the description 0.
func (s *Session) BatteryLevel(ctx context.Context) (level float64, ok bool, err error) {
	d, err := s.deviceProp(ctx, DevicePropBatteryLevel)
	if err != nil || d == nil {
		return 0, false, err
	}
	asked, err := s.currentValue(ctx, d)
	if err != nil {
		return 0, false, err
	}
	level, ok = batteryLevel(*d)
	if !asked && level == 0 {
		return 0, false, nil
	}
	return level, ok, nil
}

// batteryLevel is the current value's place in its form.
func batteryLevel(d DevicePropDesc) (float64, bool) {
	low, high := int64(0), int64(100)
	switch d.FormFlag {
	case FormRange:
		minimum, ok1 := d.MinimumValue.Int64()
		maximum, ok2 := d.MaximumValue.Int64()
		if ok1 && ok2 && minimum >= 0 && maximum > minimum {
			low, high = minimum, maximum
		}
	case FormEnumeration:
		if !slices.Contains(d.SupportedValues, d.CurrentValue) {
			return 0, false
		}
		if highest := slices.MaxFunc(d.SupportedValues, compareInt); len(d.SupportedValues) > 1 {
			if n, ok := highest.Int64(); ok && n > 0 {
				high = n
			}
		}
	}
	n, ok := d.CurrentValue.Int64()
	if !ok || n < low || n > high {
		return 0, false
	}
	return float64(n-low) / float64(high-low), true
}

func compareInt(a, b Value) int {
	m, _ := a.Int64()
	n, _ := b.Int64()
	return cmp.Compare(m, n)
}

// enoughWaited is how long a question must have been waited for, if whoever asked
// has no more time, for the responder to be called one that does not answer it.
const enoughWaited = time.Second

// currentValue reads the value of a property that was described, where the
// responder gives it by itself. Where that fails, and the session is sound, the
// description's stands, and asked is false: it may be no more than what memory is
// filled with. What costs all the time that there is for it is not asked for again.
func (s *Session) currentValue(ctx context.Context, d *DevicePropDesc) (asked bool, err error) {
	if !slices.Contains(s.info.OperationsSupported, OpGetDevicePropValue) {
		return true, nil
	}
	way := ability{OpGetDevicePropValue, d.DevicePropertyCode.String()}
	if !s.can(way) {
		return false, nil
	}
	start := time.Now()
	v, err := s.GetDevicePropValue(ctx, d.DevicePropertyCode, d.DataType)
	if err == nil {
		d.CurrentValue = v
		return true, nil
	}
	late := errors.Is(err, context.DeadlineExceeded) && time.Since(start) >= enoughWaited
	if unsupported(err) || unusable(err) || late {
		s.drop(way, err)
	}
	if errors.Is(err, ErrBroken) || sessionLost(err) || errors.Is(err, context.Canceled) {
		return false, err
	}
	return false, nil
}

// Clock is a responder's clock.
type Clock struct {
	DateTime
	// Fraction says that the responder gave fractions of a second, and UTC that
	// it gave its zone as Z.
	Fraction, UTC bool
	// Settable says that SetDateTime may work.
	Settable bool
}

// DateTime returns the responder's clock (MTP 1.1, C.2.18). ok is false if it
// has none, or none that can be read, which is no error.
func (s *Session) DateTime(ctx context.Context) (c Clock, ok bool, err error) {
	d, err := s.deviceProp(ctx, DevicePropDateTime)
	if err != nil || d == nil {
		return Clock{}, false, err
	}
	text, _ := d.CurrentValue.Text()
	c.DateTime, err = ParseDateTime(text)
	if err != nil {
		return Clock{}, false, nil //nolint:nilerr // a clock that cannot be read is one that is not known
	}
	c.Fraction, c.UTC = strings.Contains(text, "."), strings.HasSuffix(text, "Z")
	c.Settable = d.GetSet == PropGetSet
	return c, true, nil
}

// setWithin is how far from what it was set to a clock may be: it may count in
// steps of two seconds, as FAT does, and take its time to be set.
const setWithin = 10 * time.Second

// SetDateTime sets the responder's clock to t, in the manner of the clock that
// was read: in UTC or with a zone if that had one, else as the wall clock of t's
// location. It reads it back, as some responders say that it went well whatever
// they do with it: ErrNotSet. The refusals are those of SetDevicePropValue.
func (s *Session) SetDateTime(ctx context.Context, was Clock, t time.Time) error {
	digits := time.Second
	if was.Fraction {
		digits = 100 * time.Millisecond
	}
	if was.UTC {
		t = t.UTC()
	}
	start := time.Now()
	d := DateTime{Time: t.Truncate(digits), HasZone: was.HasZone}
	if err := s.SetDevicePropValue(ctx, DevicePropDateTime, StringValue(d.String())); err != nil {
		return err
	}
	now, ok, err := s.DateTime(ctx)
	if err != nil {
		return err
	}
	if off := now.since(t.Add(time.Since(start))).Abs(); !ok || off > setWithin {
		return fmt.Errorf("%w: %q, and it shows %q", ErrNotSet, d, now.DateTime)
	}
	return nil
}

// since is how far the clock is ahead of t, of which a clock without a zone has
// the wall clock.
func (c Clock) since(t time.Time) time.Duration {
	if !c.HasZone {
		_, east := t.Zone()
		t = t.Add(time.Duration(east) * time.Second)
	}
	return c.Time.Sub(t)
}

// deviceProp describes a property of the responder, with its current value.
// It is nil if the responder does not have it, or not for anybody to read.
func (s *Session) deviceProp(ctx context.Context, code DevicePropCode) (*DevicePropDesc, error) {
	way := ability{OpGetDevicePropDesc, code.String()}
	if !slices.Contains(s.info.DevicePropertiesSupported, code) || !s.Supports(OpGetDevicePropDesc) || !s.can(way) {
		return nil, nil
	}
	d, err := s.GetDevicePropDesc(ctx, code)
	switch {
	case err == nil && d.DevicePropertyCode != code:
		return nil, fmt.Errorf("%v: another property than was asked for: %w", OpGetDevicePropDesc, ErrMalformed)
	case err == nil:
		return &d, nil
	case errors.Is(err, RespOperationNotSupported), unusable(err):
		return nil, s.without(way, err)
	case sessionLost(err):
		return nil, err
	case isResponse(err), errors.Is(err, ErrMalformed):
		s.log.Info("a property of the responder cannot be read", keyError, err)
		return nil, nil
	}
	return nil, err
}
