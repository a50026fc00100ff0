package mtp_test

import (
	"context"
	"encoding/binary"
	"sync"
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
