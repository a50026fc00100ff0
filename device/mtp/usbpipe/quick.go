package usbpipe

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/gousb"
	"golang.org/x/sys/unix"
)

const (
	// firstPatience is how long a first packet is waited for by a call that
	// cannot be cancelled. It is given up without a loss.
	firstPatience = 200 * time.Millisecond

	// restPatience is how long the rest of a small transfer is waited for,
	// which a camera has at hand once it has sent the first packet. Somebody
	// who wants the camera back waits for as long.
	restPatience = 5 * time.Second

	// smallRead is up to which size a read is quick: responses, datasets,
	// small clips.
	smallRead = 16 << 10
)

// quickTransfer does a transfer in one call of the kernel's, and waits for it
// for timeout at the most. It returns unix.ETIMEDOUT when it was given up; what
// had arrived is lost.
type quickTransfer func(b []byte, timeout time.Duration) (int, error)

// quick moves small transfers by one call of the kernel's each, and everything
// else by libusb.
//
// A transfer by libusb is a message from its thread to one of Go's, each of
// which has to be woken: some five futex calls, three times as much processor
// time as the kernel's own call takes (docs/performance.md), and a thousand
// small clips are twelve thousand transfers. That call cannot be cancelled. So
// it is given up soon, and libusb waits on: a packet is there or is not, so
// that nothing is lost by giving up the first one.
type quick struct {
	packet int // size, bytes
	call   quickTransfer
	libusb transfer

	// pauses says that the camera let the rest of a transfer be waited for in
	// vain, once. There is no second time, also not after a reset.
	pauses *atomic.Bool
}

// in reads the first packet, which may be the only one, and then the rest.
func (q *quick) in(ctx context.Context, b []byte) (int, error) {
	if len(b) > smallRead {
		return q.libusb(ctx, b)
	}
	n, err := q.first(ctx, b[:q.packet])
	if err != nil || n < q.packet || n == len(b) {
		return n, err
	}
	more, err := q.rest(ctx, b[n:])
	return n + more, err
}

// out writes what is less than a packet, and not nothing.
func (q *quick) out(ctx context.Context, b []byte) (int, error) {
	if len(b) == 0 || len(b) >= q.packet {
		return q.libusb(ctx, b)
	}
	return q.first(ctx, b)
}

func (q *quick) first(ctx context.Context, b []byte) (int, error) {
	if ctx.Err() != nil {
		return 0, gousb.TransferCancelled
	}
	n, err := q.call(b, firstPatience)
	if errors.Is(err, unix.ETIMEDOUT) || notDone(err) {
		return q.libusb(ctx, b)
	}
	return n, err
}

func (q *quick) rest(ctx context.Context, b []byte) (int, error) {
	if q.pauses.Load() {
		return q.libusb(ctx, b)
	}
	n, err := q.call(b, restPatience)
	switch {
	case notDone(err):
		return q.libusb(ctx, b)
	case errors.Is(err, unix.ETIMEDOUT):
		q.pauses.Store(true)
		return 0, fmt.Errorf("the camera paused for more than %v in a transfer, of which something may be lost: %w", restPatience, err)
	}
	return n, err
}

// notDone reports whether the kernel did not even begin a transfer: usbfs had
// no memory for it.
func notDone(err error) bool { return errors.Is(err, unix.ENOMEM) }
