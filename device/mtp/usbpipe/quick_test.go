package usbpipe

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/gousb"
	"golang.org/x/sys/unix"
)

// step is what a transfer does: it was asked for so much, by libusb or by the
// kernel's own call, and brings so much.
type step struct {
	libusb     bool
	asked, got int
	err        error
}

// play has transfers answered as the steps say, and fails where others are
// made. The bytes of step n are n.
func play(t *testing.T, q *quick, steps []step) (done func() int) {
	t.Helper()
	at := 0
	next := func(libusb bool, b []byte) (int, error) {
		if at == len(steps) {
			t.Fatalf("a transfer too many, of %d bytes", len(b))
		}
		s := steps[at]
		at++
		if s.libusb != libusb || s.asked != len(b) {
			t.Errorf("transfer %d: libusb %v, %d bytes; want libusb %v, %d bytes", at, libusb, len(b), s.libusb, s.asked)
		}
		for i := range s.got {
			b[i] = byte(at)
		}
		return s.got, s.err
	}
	q.libusb = func(_ context.Context, b []byte) (int, error) { return next(true, b) }
	q.call = func(b []byte, timeout time.Duration) (int, error) {
		if timeout <= 0 || timeout > restPatience {
			t.Errorf("it may take %v", timeout)
		}
		return next(false, b)
	}
	return func() int { return at }
}

func TestQuickIn(t *testing.T) {
	const k = 1024
	for _, tt := range []struct {
		name   string
		length int
		steps  []step
		n      int
		err    error
	}{
		{"response", 512, []step{{asked: 512, got: 12}}, 12, nil},
		{"a packet and no more", 512, []step{{asked: 512, got: 512}}, 512, nil},
		{"dataset", 16 * k, []step{{asked: 512, got: 100}}, 100, nil},
		{"zero-length packet", 16 * k, []step{{asked: 512}}, 0, nil},
		{"small clip", 5 * k, []step{{asked: 512, got: 512}, {asked: 5*k - 512, got: 3612}}, 4124, nil},
		{"ends with the first packet", 5 * k, []step{{asked: 512, got: 512}, {asked: 5*k - 512}}, 512, nil},
		{"large", 17 * k, []step{{libusb: true, asked: 17 * k, got: 17 * k}}, 17 * k, nil},
		{"a camera that thinks", 5 * k, []step{{asked: 512, err: unix.ETIMEDOUT}, {libusb: true, asked: 512, got: 512}, {asked: 5*k - 512, got: 7}}, 519, nil},
		{"one that ends while it is waited for", 512, []step{{asked: 512, err: unix.ETIMEDOUT}, {libusb: true, asked: 512, err: gousb.TransferCancelled}}, 0, gousb.TransferCancelled},
		{"no memory", 5 * k, []step{{asked: 512, err: unix.ENOMEM}, {libusb: true, asked: 512, got: 512}, {asked: 5*k - 512, err: unix.ENOMEM}, {libusb: true, asked: 5*k - 512, got: 7}}, 519, nil},
		{"halted", 5 * k, []step{{asked: 512, err: unix.EPIPE}}, 0, unix.EPIPE},
		{"halted later", 5 * k, []step{{asked: 512, got: 512}, {asked: 5*k - 512, err: unix.EPIPE}}, 512, unix.EPIPE},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := &quick{packet: 512, pauses: new(atomic.Bool)}
			done := play(t, q, tt.steps)
			b := make([]byte, tt.length)
			n, err := q.in(t.Context(), b)
			if n != tt.n || !errors.Is(err, tt.err) || done() != len(tt.steps) {
				t.Errorf("%d, %v after %d transfers; want %d, %v after %d", n, err, done(), tt.n, tt.err, len(tt.steps))
			}
			var want []byte
			for i, s := range tt.steps {
				want = append(want, bytes.Repeat([]byte{byte(i + 1)}, s.got)...)
			}
			if !bytes.Equal(b[:n], want) {
				t.Error("the bytes are not where they belong")
			}
		})
	}
}

// A pause in the middle of a transfer is an error once, because something may
// be lost, and is waited for by libusb from then on.
func TestQuickInPauses(t *testing.T) {
	q := &quick{packet: 512, pauses: new(atomic.Bool)}
	steps := []step{
		{asked: 512, got: 512}, {asked: 4608, err: unix.ETIMEDOUT},
		{asked: 512, got: 512}, {libusb: true, asked: 4608, got: 4608},
		{asked: 512, got: 512}, {libusb: true, asked: 4608, got: 4608},
	}
	done := play(t, q, steps)
	var errs []error
	for range 3 {
		_, err := q.in(t.Context(), make([]byte, 5<<10))
		errs = append(errs, err)
	}
	if !errors.Is(errs[0], unix.ETIMEDOUT) || errs[1] != nil || errs[2] != nil || done() != len(steps) {
		t.Errorf("%v after %d transfers", errs, done())
	}
}

func TestQuickOut(t *testing.T) {
	for _, tt := range []struct {
		name   string
		length int
		steps  []step
		n      int
		err    error
	}{
		{"request", 12, []step{{asked: 12, got: 12}}, 12, nil},
		{"zero-length packet", 0, []step{{libusb: true}}, 0, nil},
		{"whole packet", 512, []step{{libusb: true, asked: 512, got: 512}}, 512, nil},
		{"a camera that is not ready", 12, []step{{asked: 12, err: unix.ETIMEDOUT}, {libusb: true, asked: 12, got: 12}}, 12, nil},
		{"gone", 12, []step{{asked: 12, err: unix.ENODEV}}, 0, unix.ENODEV},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := &quick{packet: 512, pauses: new(atomic.Bool)}
			done := play(t, q, tt.steps)
			n, err := q.out(t.Context(), make([]byte, tt.length))
			if n != tt.n || !errors.Is(err, tt.err) || done() != len(tt.steps) {
				t.Errorf("%d, %v after %d transfers; want %d, %v after %d", n, err, done(), tt.n, tt.err, len(tt.steps))
			}
		})
	}
}

// Nothing is begun for somebody who does not want it any more.
func TestQuickIsCancelled(t *testing.T) {
	q := &quick{packet: 512, pauses: new(atomic.Bool)}
	play(t, q, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, in := q.in(ctx, make([]byte, 512))
	_, out := q.out(ctx, make([]byte, 12))
	if got := []error{in, out}; !slices.Equal(got, []error{gousb.TransferCancelled, gousb.TransferCancelled}) {
		t.Errorf("%v", got)
	}
}
