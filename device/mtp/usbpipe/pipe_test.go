package usbpipe

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/gousb"
	"go.uber.org/goleak"

	"custodock/device/mtp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newTestPipe is a pipe whose transfers are the test's: what decides is tried
// without USB, of which this shows nothing.
func newTestPipe(in, out, interrupt transfer) *Pipe {
	h := &handle{in: in, out: out, interrupt: interrupt, target: target{
		in: endpoint(0x81, bulk, 512), out: endpoint(0x02, bulk, 512),
	}}
	if interrupt != nil {
		ep := endpoint(0x83, gousb.TransferTypeInterrupt, 28)
		h.target.interrupt = &ep
	}
	return newPipe(h, func() bool { return true })
}

func idle(context.Context, []byte) (int, error) { return 0, nil }

// cancelled is a transfer that nobody answers.
func cancelled(ctx context.Context, _ []byte) (int, error) {
	<-ctx.Done()
	return 0, gousb.TransferCancelled
}

func TestReceive(t *testing.T) {
	for _, tt := range []struct {
		name     string
		length   int   // of the buffer
		arrives  []int // in each transfer, when it is asked for that much
		asked    []int // of each transfer
		received int
	}{
		{"full", 1024, []int{1024}, []int{1024}, 1024},
		{"short", 1024, []int{12}, []int{1024}, 12},
		{"zero-length packet", 512, []int{0}, []int{512}, 0},
		{"more than one transfer may move", 2*maxTransfer + 512, []int{maxTransfer, maxTransfer, 512}, []int{maxTransfer, maxTransfer, 512}, 2*maxTransfer + 512},
		{"ends between two of them", 2 * maxTransfer, []int{maxTransfer, 0}, []int{maxTransfer, maxTransfer}, maxTransfer},
		{"ends in the first of them", 2 * maxTransfer, []int{512}, []int{maxTransfer}, 512},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var asked []int
			p := newTestPipe(func(_ context.Context, b []byte) (int, error) {
				asked = append(asked, len(b))
				n := tt.arrives[len(asked)-1]
				for i := range b[:n] {
					b[i] = byte(len(asked))
				}
				return n, nil
			}, idle, nil)
			b := make([]byte, tt.length)
			n, err := p.Receive(t.Context(), b)
			if err != nil || n != tt.received || !slices.Equal(asked, tt.asked) {
				t.Errorf("received %d, %v in transfers of %v; want %d in %v", n, err, asked, tt.received, tt.asked)
			}
			at := 0
			for i, count := range tt.arrives[:len(asked)] {
				if want := bytes.Repeat([]byte{byte(i + 1)}, count); !bytes.Equal(b[at:at+count], want) {
					t.Errorf("transfer %d is not where it belongs", i)
				}
				at += count
			}
		})
	}
}

func TestReceiveNeedsWholePackets(t *testing.T) {
	p := newTestPipe(func(context.Context, []byte) (int, error) {
		t.Error("a transfer that could overflow was made")
		return 0, nil
	}, idle, nil)
	for _, length := range []int{0, 12, 513} {
		if _, err := p.Receive(t.Context(), make([]byte, length)); err == nil {
			t.Errorf("%d bytes: no error", length)
		}
	}
}

// What usbfs has no memory for is tried with less, and later with more again.
func TestMemoryIsShared(t *testing.T) {
	free := 100 << 10
	var moved, largest int
	p := newTestPipe(func(_ context.Context, b []byte) (int, error) {
		if len(b) > free {
			return 0, gousb.ErrorNoMem
		}
		moved, largest = moved+len(b), max(largest, len(b))
		return len(b), nil
	}, idle, nil)
	n, err := p.Receive(t.Context(), make([]byte, 1<<20))
	if err != nil || n != 1<<20 || moved != n || largest != 64<<10 {
		t.Errorf("received %d, %v in transfers of up to %d", n, err, largest)
	}
	free, largest = maxTransfer, 0
	for range 3 * growAfter {
		if _, err := p.Receive(t.Context(), make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if largest != maxTransfer {
		t.Errorf("with memory again, transfers of up to %d, want %d", largest, maxTransfer)
	}
	free = minTransfer - 1
	if n, err := p.Receive(t.Context(), make([]byte, 1<<20)); !errors.Is(err, mtp.ErrIO) || n != 0 {
		t.Errorf("without memory: %d, %v", n, err)
	}
}

func TestSend(t *testing.T) {
	for _, tt := range []struct {
		name   string
		length int
		want   []int
	}{
		{"request", 12, []int{12}},
		{"zero-length packet", 0, []int{0}},
		{"whole packets", 1024, []int{1024}},
		{"large", maxTransfer + 100, []int{maxTransfer, 100}},
		{"just as large as one may be", maxTransfer, []int{maxTransfer}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []int
			var sent []byte
			p := newTestPipe(idle, func(_ context.Context, b []byte) (int, error) {
				got, sent = append(got, len(b)), append(sent, b...)
				return len(b), nil
			}, nil)
			data := bytes.Repeat([]byte("custodock"), tt.length/9+1)[:tt.length]
			if err := p.Send(t.Context(), data); err != nil || !slices.Equal(got, tt.want) || !bytes.Equal(sent, data) {
				t.Errorf("Send: %v in transfers of %v, want %v", err, got, tt.want)
			}
		})
	}
	p := newTestPipe(idle, func(_ context.Context, b []byte) (int, error) { return len(b) - 1, nil }, nil)
	if err := p.Send(t.Context(), make([]byte, 12)); !errors.Is(err, mtp.ErrIO) {
		t.Errorf("sent in part: %v", err)
	}
}

func TestReceiveInterrupt(t *testing.T) {
	event := []byte("an event of 24 bytes, so")
	asked := 0
	p := newTestPipe(idle, idle, func(_ context.Context, b []byte) (int, error) {
		asked = len(b)
		return copy(b, event), nil
	})
	b := make([]byte, len(event))
	if n, err := p.ReceiveInterrupt(t.Context(), b); err != nil || n != len(event) || !bytes.Equal(b, event) || asked != 28 {
		t.Errorf("received %d, %v, with room for %d", n, err, asked)
	}
	if n, err := p.ReceiveInterrupt(t.Context(), b[:12]); !errors.Is(err, mtp.ErrIO) || n != 12 {
		t.Errorf("with too little room: %d, %v", n, err)
	}
}

// Without an interrupt endpoint nothing is ever said.
func TestNoInterruptEndpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTestPipe(idle, idle, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if _, err := p.ReceiveInterrupt(ctx, make([]byte, 24)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ReceiveInterrupt: %v", err)
		}
		if err := p.ClearHalt(t.Context(), mtp.Interrupt); err == nil {
			t.Error("an endpoint that is not there has its halt cleared")
		}
	})
}

func TestContextEndsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTestPipe(cancelled, cancelled, cancelled)
		for name, op := range map[string]func(context.Context) error{
			"receive":   func(ctx context.Context) error { _, err := p.Receive(ctx, make([]byte, 512)); return err },
			"send":      func(ctx context.Context) error { return p.Send(ctx, make([]byte, 12)) },
			"interrupt": func(ctx context.Context) error { _, err := p.ReceiveInterrupt(ctx, make([]byte, 24)); return err },
			"blocking": func(ctx context.Context) error {
				_, err := p.blocking(ctx, "ask", func() (int, error) { time.Sleep(time.Hour); return 0, nil })
				return err
			},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			start := time.Now()
			if err := op(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
				t.Errorf("%s: %v after %v", name, err, time.Since(start))
			}
			if err := op(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s, begun too late: %v", name, err)
			}
			cancel()
		}
		start := time.Now()
		if err := p.Close(); err != nil || time.Since(start) > time.Hour {
			t.Errorf("Close: %v after %v", err, time.Since(start))
		}
	})
}

// Close ends what is under way, waits for it, and for a request that cannot be
// cancelled.
func TestCloseWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTestPipe(cancelled, idle, cancelled)
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := p.Receive(t.Context(), make([]byte, 512)); !errors.Is(err, os.ErrClosed) {
				t.Errorf("Receive: %v", err)
			}
		})
		all.Go(func() {
			if _, err := p.ReceiveInterrupt(t.Context(), make([]byte, 24)); !errors.Is(err, os.ErrClosed) {
				t.Errorf("ReceiveInterrupt: %v", err)
			}
		})
		all.Go(func() {
			if n, err := p.blocking(t.Context(), "ask", func() (int, error) { time.Sleep(time.Second); return 7, nil }); n != 7 || err != nil {
				t.Errorf("a request under way: %d, %v", n, err)
			}
		})
		synctest.Wait()
		start := time.Now()
		if err := p.Close(); err != nil || time.Since(start) != time.Second {
			t.Errorf("Close: %v after %v, want the second that the request takes", err, time.Since(start))
		}
		all.Wait()
		if err := p.Close(); err != nil {
			t.Errorf("closed again: %v", err)
		}
		for name, err := range map[string]error{
			"Send": p.Send(t.Context(), nil), "Reset": p.Reset(t.Context()), "ClearHalt": p.ClearHalt(t.Context(), mtp.BulkIn),
		} {
			if !errors.Is(err, os.ErrClosed) {
				t.Errorf("%s after Close: %v", name, err)
			}
		}
	})
}

// A use that comes during a reset waits for it, but not longer than it wants.
func TestUsesDuringReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTestPipe(cancelled, idle, nil)
		interrupted := make(chan error, 1)
		go func() {
			_, err := p.Receive(t.Context(), make([]byte, 512))
			interrupted <- err
		}()
		synctest.Wait()
		give, _ := p.uses.take()
		if err := <-interrupted; !errors.Is(err, mtp.ErrIO) {
			t.Errorf("what was under way: %v", err)
		}
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.Send(impatient, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Send of one who waits a second: %v", err)
		}
		start, sent := time.Now(), make(chan error, 1)
		go func() { sent <- p.Send(t.Context(), nil) }()
		time.Sleep(3 * time.Second)
		give()
		if err := <-sent; err != nil || time.Since(start) != 3*time.Second {
			t.Errorf("Send of one who waits: %v after %v", err, time.Since(start))
		}
		p.usb.in = nil // the reset could not claim it again
		if err := p.Send(t.Context(), nil); !errors.Is(err, mtp.ErrIO) {
			t.Errorf("Send without the interface: %v", err)
		}
		_ = p.Close()
	})
}

// After a pull nothing is asked any more.
func TestDisconnectedForGood(t *testing.T) {
	asked := 0
	p := newTestPipe(func(context.Context, []byte) (int, error) {
		asked++
		return 0, gousb.TransferNoDevice
	}, idle, cancelled)
	for range 3 {
		if _, err := p.Receive(t.Context(), make([]byte, 512)); !errors.Is(err, mtp.ErrDisconnected) {
			t.Errorf("Receive: %v", err)
		}
	}
	_, control := p.Control(t.Context(), true, 0x67, make([]byte, 4))
	_, event := p.ReceiveInterrupt(t.Context(), make([]byte, 24))
	for name, err := range map[string]error{
		"Send": p.Send(t.Context(), nil), "Control": control, "ReceiveInterrupt": event,
		"Reset": p.Reset(t.Context()), "ClearHalt": p.ClearHalt(t.Context(), mtp.BulkOut),
	} {
		if !errors.Is(err, mtp.ErrDisconnected) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times, want once", asked)
	}
	if err := p.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}
