package mtp

import (
	"context"
	"errors"
	"fmt"
)

// maxEvent is the size of an event with all of its parameters (SICD 7.3.1).
const maxEvent = ContainerSize + 4*maxEventParams

// ReceiveEvent implements [Transport]. Events may be split over transfers, as
// the packets of the interrupt endpoint are small, and garbage may follow them.
func (t *usbTransport) ReceiveEvent(ctx context.Context) (Event, error) {
	if err := lock(ctx, t.interrupts); err != nil {
		return Event{}, err
	}
	defer unlock(t.interrupts)
	if len(t.told) > 0 {
		e := t.told[0]
		t.told = t.told[1:]
		return e, nil
	}
	for {
		if e, ok := t.event(); ok {
			return e, nil
		}
		if err := t.fillEvents(ctx); err != nil {
			return Event{}, fmt.Errorf("receive event: %w", err)
		}
	}
}

// event takes an event off what has arrived.
func (t *usbTransport) event() (Event, bool) {
	if len(t.events) < ContainerSize {
		return Event{}, false
	}
	c, err := ParseContainer(t.events)
	if err != nil || c.Type != ContainerEvent || c.Length > 1024 {
		t.events = t.events[:0]
		return Event{}, false
	}
	length := min(int(c.Length), maxEvent)
	if len(t.events) < length {
		return Event{}, false
	}
	e := c.Event(t.events[ContainerSize:length])
	t.events = t.events[:copy(t.events, t.events[length:])]
	if !eventStart(t.events) {
		t.events = t.events[:0]
	}
	return e, true
}

// fillEvents reads one transfer from the interrupt endpoint. If it starts an
// event by itself, what is left of the one before was none.
func (t *usbTransport) fillEvents(ctx context.Context) error {
	p := make([]byte, 64)
	n, err := t.pipe.ReceiveInterrupt(ctx, p)
	if errors.Is(err, ErrHalted) {
		if err := t.pipe.ClearHalt(ctx, Interrupt); err != nil {
			return err
		}
		n, err = t.pipe.ReceiveInterrupt(ctx, p)
	}
	if err != nil {
		return err
	}
	p = p[:min(n, len(p))]
	if c, err := ParseContainer(p); err == nil && c.Type == ContainerEvent {
		t.events = t.events[:0]
	}
	t.events = append(t.events, p...)
	if !eventStart(t.events) {
		t.events = t.events[:0]
	}
	return nil
}

// eventStart says that b may be the start of an event, as far as it goes.
func eventStart(b []byte) bool {
	var whole [ContainerSize]byte
	n := copy(whole[:], b)
	if n >= 4 && (whole[0] < ContainerSize || whole[0] > maxEvent || whole[1]|whole[2]|whole[3] != 0) {
		return false
	}
	return n > 0 && (n < 6 || whole[4] == byte(ContainerEvent) && whole[5] == 0)
}
