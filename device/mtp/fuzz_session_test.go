package mtp_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device/mtp"
	"custodock/device/simcam"
)

// Where what is on a tape is played.
const (
	tapeBulk      byte = iota // a transfer of BulkIn
	tapeInterrupt             // a transfer of Interrupt
	tapeControl               // the answer to a control request, in or out
	tapeOut                   // what becomes of a transfer of BulkOut
	tapeRecovery              // what becomes of ClearHalt or Reset
	tapePlaces
)

// What is played there in place of bytes, as an addend to the place.
const (
	tapeHalted = tapePlaces
	tapeFailed = 2 * tapePlaces
)

// tape is a [mtp.Pipe] to a responder that plays what is on it, whatever it
// is asked: place and kind in a byte, a length in two, and the bytes of a
// transfer, again and again. At its end the responder is silent, or gone, takes
// what it is sent and refuses control requests.
type tape struct {
	gone bool // at the end

	mu    sync.Mutex
	queue [tapePlaces][]played
}

type played struct {
	b   []byte
	err error
}

func newTape(b []byte) *tape {
	t := &tape{}
	if len(b) > 0 {
		t.gone = b[0]&1 == 1
		b = b[1:]
	}
	for len(b) >= 3 {
		n := min(int(binary.LittleEndian.Uint16(b[1:])), len(b)-3)
		p := played{b: b[3 : 3+n]}
		switch b[0] / tapePlaces % 3 {
		case 1:
			p = played{err: mtp.ErrHalted}
		case 2:
			p = played{err: mtp.ErrIO}
		}
		place := b[0] % tapePlaces
		t.queue[place] = append(t.queue[place], p)
		b = b[3+n:]
	}
	return t
}

func (t *tape) PacketSize() int { return 64 }

// take plays what is next at a place. Of a transfer that is longer than p the
// rest is next.
func (t *tape) take(place byte, p []byte) (n int, ok bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	queue := t.queue[place]
	if len(queue) == 0 {
		return 0, false, nil
	}
	n = copy(p, queue[0].b)
	if err = queue[0].err; n == len(queue[0].b) || p == nil {
		t.queue[place] = queue[1:]
	} else {
		queue[0].b = queue[0].b[n:]
	}
	return n, true, err
}

// receive plays the next transfer, and waits at the end.
func (t *tape) receive(ctx context.Context, place byte, p []byte) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	n, ok, err := t.take(place, p)
	if ok {
		return n, err
	}
	if t.gone {
		return 0, mtp.ErrDisconnected
	}
	<-ctx.Done()
	return 0, ctx.Err()
}

// suffer plays what becomes of something else.
func (t *tape) suffer(ctx context.Context, place byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	_, _, err := t.take(place, nil)
	return err
}

func (t *tape) Receive(ctx context.Context, p []byte) (int, error) {
	return t.receive(ctx, tapeBulk, p)
}

func (t *tape) ReceiveInterrupt(ctx context.Context, p []byte) (int, error) {
	return t.receive(ctx, tapeInterrupt, p)
}

func (t *tape) Control(ctx context.Context, in bool, _ byte, p []byte) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if !in {
		p = nil
	}
	n, ok, err := t.take(tapeControl, p)
	if !ok {
		err = mtp.ErrHalted
	}
	return n, err
}

func (t *tape) Send(ctx context.Context, _ []byte) error { return t.suffer(ctx, tapeOut) }

func (t *tape) ClearHalt(ctx context.Context, _ mtp.Endpoint) error {
	return t.suffer(ctx, tapeRecovery)
}

func (t *tape) Reset(ctx context.Context) error { return t.suffer(ctx, tapeRecovery) }
func (t *tape) Close() error                    { return nil }

// recorder is a pipe whose bulk transfers go onto a tape.
type recorder struct {
	mtp.Pipe
	transfers [][]byte
}

func (r *recorder) Receive(ctx context.Context, p []byte) (int, error) {
	n, err := r.Pipe.Receive(ctx, p)
	if err == nil && n < 1<<16 {
		r.transfers = append(r.transfers, onTape(tapeBulk, string(p[:n])))
	}
	return n, err
}

func onTape(kind byte, data string) []byte {
	return append(binary.LittleEndian.AppendUint16([]byte{kind}, uint16(len(data))), data...)
}

// record is what a responder sends to a session.
func record(p simcam.Profile, kind simcam.Kind) [][]byte {
	r := responder(p, simcam.Storage{Files: []simcam.File{file("A.MP4", 100), file("DCIM/B.MP4", 1000)}})
	if kind != "" {
		r.Script(simcam.Fault{Kind: kind})
	}
	rec := &recorder{Pipe: r.Dock(64)}
	useSession(context.Background(), rec, time.Millisecond)
	return rec.transfers
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
		_, _ = s.GetDeviceStatus(ctx)
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
			_, _ = s.ReadAt(ctx, o.Handle, 5, 1000, io.Discard)
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

// oddities are what the responders above do not do by themselves: transfers
// fail, requests to cancel and to reset are taken, refused and lost, and the
// status is busy.
func oddities() [][]byte {
	const busy, fine = "\x04\x00\x19\x20", "\x04\x00\x01\x20"
	return [][]byte{
		slices.Concat(onTape(tapeBulk+tapeHalted, ""), onTape(tapeControl, ""), onTape(tapeControl, busy), onTape(tapeControl, fine)),
		slices.Concat(onTape(tapeBulk+tapeFailed, ""), onTape(tapeControl, ""), onTape(tapeControl, busy), onTape(tapeBulk, "\x00\x00"), onTape(tapeControl, fine)),
		slices.Concat(onTape(tapeBulk, "garbage, garbage"), onTape(tapeControl+tapeFailed, ""), onTape(tapeControl, fine), onTape(tapeBulk, "more of it")),
		slices.Concat(onTape(tapeOut+tapeHalted, ""), onTape(tapeOut, ""), onTape(tapeOut+tapeFailed, ""), onTape(tapeRecovery, ""), onTape(tapeRecovery+tapeFailed, "")),
		slices.Concat(onTape(tapeInterrupt+tapeHalted, ""), onTape(tapeInterrupt+tapeFailed, ""), onTape(tapeRecovery+tapeHalted, "")),
		slices.Concat(onTape(tapeInterrupt, "\x10\x00\x00\x00\x04\x00"), onTape(tapeInterrupt, "\x02\x40\x00\x00\x00\x00\x05\x00\x00\x00")),
	}
}

// FuzzSession has sessions with responders that answer arbitrary bytes in
// arbitrary transfers: no panic, no hang, no memory beyond a bound.
func FuzzSession(f *testing.F) {
	for _, p := range simcam.Profiles() {
		for _, kind := range []simcam.Kind{"", simcam.SplitHeader, simcam.StaleResponse} {
			tape := record(p, kind)
			f.Add(slices.Concat([]byte{0}, slices.Concat(tape...)))
			f.Add(slices.Concat([]byte{1}, slices.Concat(tape[:len(tape)/2]...)))
		}
	}
	tape := record(simcam.Android(), "")
	for _, odd := range oddities() {
		f.Add(slices.Concat([]byte{0}, odd))
		f.Add(slices.Concat([]byte{0}, slices.Concat(tape[:10]...), odd, slices.Concat(tape[10:]...)))
	}
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
