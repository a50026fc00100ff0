package mtp

import (
	"context"
	"errors"
	"time"
)

const (
	// firstPace is how much is read at a time of a responder whose speed is
	// not known, and slowPace of one that let a read run out of time: either
	// is enough to learn the speed from.
	firstPace = 64 << 10
	slowPace  = 16 << 10

	// paceTime is how long a read may take. What arrives within one is not
	// seen before its end, so that a silence, which is counted from the last
	// byte that was seen, is known to as much. A read of TransferSize of a
	// slow responder would take longer than any silence may.
	paceTime = time.Second
)

// receive is one transfer in. A halted endpoint is made to go on once; if data
// was lost by it, lengths tell.
func (t *usbTransport) receive(ctx context.Context, p []byte) (int, error) {
	start := time.Now()
	n, err := t.pipe.Receive(ctx, p)
	if errors.Is(err, ErrHalted) {
		t.halted = true
		if err := t.pipe.ClearHalt(ctx, BulkIn); err != nil {
			return 0, err
		}
		n, err = t.pipe.Receive(ctx, p)
	}
	n = min(n, len(p))
	if err != nil {
		t.pace = slowPace
	} else {
		t.keepPace(n, time.Since(start))
	}
	return n, err
}

// keepPace has the next read take paceTime, at the speed of the last one. Short
// ones tell nothing: they take the time in which the responder thinks.
func (t *usbTransport) keepPace(n int, took time.Duration) {
	if n < min(slowPace, t.size) {
		return
	}
	t.pace = t.size
	if took > 0 {
		t.pace = int(min(max(int64(n)*int64(paceTime)/int64(took), slowPace), int64(t.size)))
	}
}
