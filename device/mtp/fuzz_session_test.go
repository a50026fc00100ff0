package mtp_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device/mtp"
	"custodock/device/simcam"
)

// Kinds of what a tape holds.
const (
	tapeBulk byte = iota
	tapeInterrupt
	tapeControl
	tapeHalt
	tapeFailure
	tapeKinds
)

// tape is a [mtp.Pipe] to a responder that plays what is on it, whatever it
// is asked: kind, length in two bytes, and the bytes of a transfer, again and
// again. At its end the responder is silent, or gone.
type tape struct {
	mu    sync.Mutex
	queue map[byte][][]byte
	gone  bool // at the end
	sent  int
}

func newTape(b []byte) *tape {
	t := &tape{queue: map[byte][][]byte{}}
	if len(b) > 0 {
		t.gone = b[0]&1 == 1
		b = b[1:]
	}
	for len(b) >= 3 {
		kind, n := b[0]%tapeKinds, min(int(binary.LittleEndian.Uint16(b[1:])), len(b)-3)
		if kind == tapeHalt || kind == tapeFailure { // they stand among the bulk transfers
			t.queue[tapeBulk] = append(t.queue[tapeBulk], []byte{}, nil)
		}
		t.queue[kind] = append(t.queue[kind], b[3:3+n])
		b = b[3+n:]
	}
	return t
}

func (t *tape) PacketSize() int { return 64 }

// next plays the next transfer of a kind.
func (t *tape) next(ctx context.Context, kind byte, p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	queue := t.queue[kind]
	if len(queue) == 0 {
		if t.gone {
			return 0, mtp.ErrDisconnected
		}
		t.mu.Unlock()
		<-ctx.Done()
		t.mu.Lock()
		return 0, ctx.Err()
	}
	if queue[0] == nil {
		t.queue[kind] = queue[1:]
		return 0, mtp.ErrHalted
	}
	n := copy(p, queue[0])
	if n == len(queue[0]) {
		t.queue[kind] = queue[1:]
	} else {
		queue[0] = queue[0][n:]
	}
	return n, nil
}

func (t *tape) Receive(ctx context.Context, p []byte) (int, error) {
	return t.next(ctx, tapeBulk, p)
}

func (t *tape) ReceiveInterrupt(ctx context.Context, p []byte) (int, error) {
	return t.next(ctx, tapeInterrupt, p)
}

func (t *tape) Control(ctx context.Context, in bool, _ byte, p []byte) (int, error) {
	if len(t.queue[tapeControl]) == 0 || !in {
		return 0, mtp.ErrHalted
	}
	return t.next(ctx, tapeControl, p)
}

func (t *tape) Send(ctx context.Context, p []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent += len(p)
	return ctx.Err()
}

func (t *tape) ClearHalt(ctx context.Context, _ mtp.Endpoint) error { return ctx.Err() }
func (t *tape) Reset(ctx context.Context) error                     { return ctx.Err() }
func (t *tape) Close() error                                        { return nil }

// recorder is a pipe whose bulk transfers go onto a tape.
type recorder struct {
	mtp.Pipe
	tape []byte
}

func (r *recorder) Receive(ctx context.Context, p []byte) (int, error) {
	n, err := r.Pipe.Receive(ctx, p)
	if err == nil && n < 1<<16 {
		r.tape = append(r.tape, tapeBulk)
		r.tape = binary.LittleEndian.AppendUint16(r.tape, uint16(n))
		r.tape = append(r.tape, p[:n]...)
	}
	return n, err
}

// useSession does all that a program does with a session, and waits for events
// for as long as it says.
func useSession(ctx context.Context, pipe mtp.Pipe, events time.Duration) {
	transport := mtp.NewUSBTransport(pipe, mtp.USBOptions{TransferSize: 4096})
	s, err := mtp.Open(ctx, transport, mtp.Options{})
	if err != nil {
		return
	}
	for range 3 {
		_, _, _ = s.BatteryLevel(ctx)
		if c, ok, _ := s.DateTime(ctx); ok {
			_ = s.SetDateTime(ctx, c, time.Now())
		}
		var objects []mtp.Object
		_ = s.Walk(ctx, func(o mtp.Object) error {
			if objects = append(objects, o); len(objects) == 1000 {
				return io.EOF
			}
			return nil
		}, func(mtp.Skipped) {})
		for _, o := range objects[:min(len(objects), 5)] {
			_, _ = s.GetObject(ctx, o.Handle, o.Size, io.Discard)
			_, _ = s.ReadPart(ctx, o.Handle, 5, 1000, io.Discard)
			_, _ = s.Stat(ctx, o.Handle)
			_ = s.DeleteObject(ctx, o.Handle)
		}
		wait, cancel := context.WithTimeout(ctx, events)
		_, _ = s.ReceiveEvent(wait)
		cancel()
		if _, err = s.GetStorageIDs(ctx); errors.Is(err, mtp.ErrBroken) {
			break
		}
	}
	_ = s.Close(ctx)
}

// FuzzSession has sessions with responders that answer arbitrary bytes in
// arbitrary transfers: no panic, no hang, no memory beyond a bound.
func FuzzSession(f *testing.F) {
	for _, p := range simcam.Profiles() {
		for _, kind := range []simcam.Kind{"", simcam.SplitHeader, simcam.StaleResponse} {
			r := responder(p, simcam.Storage{Files: []simcam.File{file("A.MP4", 100), file("DCIM/B.MP4", 1000)}})
			if kind != "" {
				r.Script(simcam.Fault{Kind: kind})
			}
			rec := &recorder{Pipe: r.Dock(64)}
			useSession(context.Background(), rec, time.Millisecond)
			f.Add(append([]byte{0}, rec.tape...))
			f.Add(append([]byte{1}, rec.tape[:len(rec.tape)/2]...))
		}
	}
	f.Add([]byte{0, tapeHalt, 0, 0, tapeControl, 4, 0, 4, 0, 0x19, 0x20, tapeInterrupt, 2, 0, 12, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
			defer cancel()
			useSession(ctx, newTape(b), time.Minute)
			if took := time.Since(start); took > 25*time.Hour {
				t.Errorf("took %v", took)
			}
		})
		runtime.ReadMemStats(&after)
		if got, most := after.TotalAlloc-before.TotalAlloc, uint64(8<<20+1000*len(b)); got > most {
			t.Errorf("took %d bytes of memory for %d bytes, more than %d", got, len(b), most)
		}
	})
}
