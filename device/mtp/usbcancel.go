package mtp

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Class requests of the still image interface (SICD 5.2).
const (
	controlCancel    = 0x64
	controlReset     = 0x66
	controlGetStatus = 0x67
)

const (
	// drainTransfer is small, so that a read that ends without being full
	// means that the responder has nothing more to say.
	drainTransfer = 16 << 10

	// drainBytes is how much a responder may send after it was told to stop,
	// and drainQuiet how long it must be silent to have stopped: longer if it
	// does not understand being told.
	drainBytes       = 64 << 20
	drainQuiet       = 100 * time.Millisecond
	drainQuietUntold = 400 * time.Millisecond

	// resetWait is how long a responder may take to reset itself.
	resetWait = time.Second

	// busyPause is the pause before a responder that is busy is asked again,
	// and maxBusy how often it is asked.
	busyPause = 20 * time.Millisecond
	maxBusy   = 50

	// eventWait is how long an event may take that tells of the cancellation.
	eventWait = 20 * time.Millisecond

	// maxTold is how many other events are kept meanwhile, the last ones: nobody
	// may ever receive them.
	maxTold = 16
)

// Cancel implements [Transport] (SICD 5.2.1): the responder is told on
// the control pipe, then asked until it is not busy, while what it still sends
// is thrown away. Responders that refuse the request, as QEMU's does, send
// their data to its end; if that is too much, Cancel fails.
func (t *usbTransport) Cancel(ctx context.Context, r Request) error {
	var request [6]byte
	binary.LittleEndian.PutUint16(request[:], uint16(EventCancelTransaction))
	binary.LittleEndian.PutUint32(request[2:], r.TransactionID)
	_, err := t.pipe.Control(ctx, false, controlCancel, request[:])
	if err := fatal(ctx, err); err != nil {
		return fmt.Errorf("cancel: %w", err)
	}
	quiet := drainQuiet
	if err != nil {
		quiet = drainQuietUntold
	}
	if err := lock(ctx, t.bulk); err != nil {
		return fmt.Errorf("cancel: %w", err)
	}
	defer unlock(t.bulk)
	if err := t.settle(ctx, r, quiet); err != nil {
		return fmt.Errorf("cancel: %w", err)
	}
	t.cancelEvent(ctx)
	return nil
}

// settle waits until the responder is not busy and has nothing more to say.
func (t *usbTransport) settle(ctx context.Context, r Request, quiet time.Duration) error {
	t.r, t.w, t.short, t.owed = 0, 0, false, 0
	budget := drainBytes
	for range maxBusy {
		busy, err := t.busy(ctx)
		if err != nil {
			return err
		}
		if err := t.drain(ctx, r, quiet, &budget); err != nil {
			return err
		}
		if !busy {
			return nil
		}
		if err := pause(ctx, busyPause); err != nil {
			return err
		}
	}
	return fmt.Errorf("it stays busy: %w", ErrProtocol)
}

// busy asks for the responder's status (SICD 5.2.4). One that does not answer,
// or with less than a status, is not busy.
func (t *usbTransport) busy(ctx context.Context) (bool, error) {
	code, err := t.Status(ctx)
	if err := fatal(ctx, err); err != nil {
		return false, err
	}
	return err == nil && code == RespDeviceBusy, nil
}

// Status implements [StatusReader].
func (t *usbTransport) Status(ctx context.Context) (ResponseCode, error) {
	var status [64]byte
	n, err := t.pipe.Control(ctx, true, controlGetStatus, status[:])
	if err == nil && n < 4 {
		err = ErrHalted
	}
	if err != nil {
		return 0, fmt.Errorf("get device status: %w", err)
	}
	return ResponseCode(binary.LittleEndian.Uint16(status[2:])), nil
}

// drain throws away what arrives until nothing does for as long as quiet, or
// the response to r came.
func (t *usbTransport) drain(ctx context.Context, r Request, quiet time.Duration, budget *int) error {
	size := min(t.wholePackets(drainTransfer), t.size)
	for *budget > 0 {
		silence, cancel := context.WithTimeout(ctx, quiet)
		n, err := t.pipe.Receive(silence, t.buf[carryRoom:carryRoom+size])
		silent := silence.Err() != nil
		cancel()
		*budget -= max(n, 4<<10)
		switch {
		case errors.Is(err, ErrHalted):
			if err := t.pipe.ClearHalt(ctx, BulkIn); err != nil {
				return err
			}
		case err != nil && silent && ctx.Err() == nil && !errors.Is(err, ErrDisconnected):
			return nil
		case err != nil:
			return err
		default:
			t.r, t.w, t.ended = carryRoom, carryRoom+min(n, size), n < size
			came := t.responseBehind(r) > 0
			t.r, t.w = 0, 0
			if came {
				return nil
			}
		}
	}
	return fmt.Errorf("it does not stop sending: %w", ErrProtocol)
}

// cancelEvent reads the event by which some responders confirm. Nobody misses
// it, but it would stand before the next one.
func (t *usbTransport) cancelEvent(ctx context.Context) {
	select {
	case t.interrupts <- struct{}{}:
	default: // somebody reads events, and gets it
		return
	}
	defer unlock(t.interrupts)
	ctx, cancel := context.WithTimeout(ctx, eventWait)
	defer cancel()
	if err := t.fillEvents(ctx); err != nil {
		return
	}
	if e, ok := t.event(); ok && e.Code != EventCancelTransaction {
		t.told = append(t.told[max(0, len(t.told)-maxTold+1):], e)
	}
}

// Reset implements [Transport]. The first time it is a class request (SICD
// 5.2.3); if no transaction succeeds after that, or the responder refuses, the
// port is reset.
func (t *usbTransport) Reset(ctx context.Context) error {
	if err := lock(ctx, t.bulk); err != nil {
		return fmt.Errorf("reset: %w", err)
	}
	defer unlock(t.bulk)
	if !t.reset {
		t.reset = true
		err := t.resetClass(ctx)
		if err == nil {
			return nil
		}
		if err := fatal(ctx, err); err != nil {
			return fmt.Errorf("reset: %w", err)
		}
	}
	t.r, t.w, t.short, t.owed = 0, 0, false, 0
	if err := t.pipe.Reset(ctx); err != nil {
		return fmt.Errorf("reset: %w", err)
	}
	return nil
}

// resetClass asks the responder to reset itself. One that does not answer on
// the control pipe leaves time for the port.
func (t *usbTransport) resetClass(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, resetWait)
	defer cancel()
	if _, err := t.pipe.Control(ctx, false, controlReset, nil); err != nil {
		return err
	}
	return t.settle(ctx, Request{}, drainQuiet)
}

// fatal is err if nothing more can be tried after it, and not just the
// responder's refusal.
func fatal(ctx context.Context, err error) error {
	if err != nil && (ctx.Err() != nil || errors.Is(err, ErrDisconnected)) {
		return err
	}
	return nil
}

// pause waits for d, unless ctx ends first.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
