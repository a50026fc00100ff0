package mtp

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// USBOptions are the options of [NewUSBTransport].
type USBOptions struct {
	// TransferSize is how many bytes are read at a time, 0 for 513 KiB. It is
	// the memory that the transport takes, and what it asks of the kernel.
	TransferSize int
}

const (
	// defaultTransfer takes 1 MiB in two, with the header before it: every
	// transfer less is a turnaround less, in which nothing moves.
	defaultTransfer = 513 << 10

	// firstTransfer is what is read when nothing is known of a data phase.
	// Most datasets fit, and the kernel need not find a large buffer for them.
	firstTransfer = 16 << 10

	// carryRoom is the room in front of a transfer, where the start of a
	// header that came with the transfer before is put.
	carryRoom = 64

	// maxEmpty is how many transfers in a row may bring nothing.
	maxEmpty = 16
)

// usbTransport frames the phases of transactions in bulk containers (SICD 7).
type usbTransport struct {
	pipe   Pipe
	packet int
	size   int // of a transfer, at the most
	pace   int // of the next one

	// bulk is held by whoever uses the bulk endpoints and what follows here.
	bulk chan struct{}

	// buf is the only buffer: carryRoom, then one transfer. What has arrived
	// and was not used yet is buf[r:w].
	buf  []byte
	r, w int

	// ended says that the transfer in buf was a short one, so that the
	// responder will not go on with it.
	ended bool

	// short says that the open transaction's data was less than announced.
	short bool

	// halted says that BulkIn was halted in the open transaction, which loses
	// what was on its way.
	halted bool

	// owed is how much is missing of the parameters of the last response.
	owed int

	// reset says that nothing has gone well since the last class reset.
	reset bool

	interrupts chan struct{} // held by whoever reads Interrupt, and what follows
	events     []byte        // what came from Interrupt and was not used yet
	told       []Event       // what Cancel read of that, for ReceiveEvent
}

// NewUSBTransport frames transactions in containers over p. It closes p.
func NewUSBTransport(p Pipe, o USBOptions) Transport {
	if o.TransferSize <= 0 {
		o.TransferSize = defaultTransfer
	}
	t := &usbTransport{
		pipe:       p,
		packet:     max(p.PacketSize(), 1),
		pace:       firstPace,
		bulk:       make(chan struct{}, 1),
		interrupts: make(chan struct{}, 1),
	}
	t.size = t.wholePackets(o.TransferSize)
	t.buf = make([]byte, carryRoom+t.size)
	return t
}

// wholePackets is n rounded up to whole packets.
func (t *usbTransport) wholePackets(n int) int {
	return max(1, (n+t.packet-1)/t.packet) * t.packet
}

// lock takes one of the transport's locks, unless ctx ends first.
func lock(ctx context.Context, l chan struct{}) error {
	select {
	case l <- struct{}{}:
		return nil
	default:
	}
	select {
	case l <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func unlock(l chan struct{}) { <-l }

// SendRequest implements [Transport].
func (t *usbTransport) SendRequest(ctx context.Context, r Request) error {
	if err := lock(ctx, t.bulk); err != nil {
		return err
	}
	defer unlock(t.bulk)
	if len(r.Params) > maxParams {
		return fmt.Errorf("send request: %d parameters, and a request has %d at the most", len(r.Params), maxParams)
	}
	t.r, t.w, t.short, t.halted = 0, 0, false, false
	if err := t.send(ctx, r.Append(nil)); err != nil {
		return fmt.Errorf("send request: %w", err)
	}
	return nil
}

// SendData implements [Transport].
func (t *usbTransport) SendData(ctx context.Context, r Request, data io.Reader, size int64) error {
	if err := lock(ctx, t.bulk); err != nil {
		return err
	}
	defer unlock(t.bulk)
	header := Container{
		Length:        ContainerLength(size),
		Type:          ContainerData,
		Code:          uint16(r.Operation),
		TransactionID: r.TransactionID,
	}.Append(t.buf[:0])
	copy(t.buf[carryRoom:], header)
	filled := ContainerSize // of the transfer, which lies behind carryRoom
	for rest := size; ; {
		n := int(min(rest, int64(t.size-filled)))
		if _, err := io.ReadFull(data, t.buf[carryRoom+filled:carryRoom+filled+n]); err != nil {
			return fmt.Errorf("read the data to send: %w", err)
		}
		rest -= int64(n)
		if err := t.send(ctx, t.buf[carryRoom:carryRoom+filled+n]); err != nil {
			return fmt.Errorf("send data: %w", err)
		}
		if rest > 0 {
			filled = 0
			continue
		}
		if (filled+n)%t.packet != 0 {
			return nil
		}
		// A data phase of whole packets ends with an empty one.
		if err := t.send(ctx, nil); err != nil {
			return fmt.Errorf("end data: %w", err)
		}
		return nil
	}
}

// send is one transfer out. A responder that halted the endpoint has not taken
// it, so that it can be sent once more.
func (t *usbTransport) send(ctx context.Context, p []byte) error {
	err := t.pipe.Send(ctx, p)
	if errors.Is(err, ErrHalted) {
		if err := t.pipe.ClearHalt(ctx, BulkOut); err != nil {
			return err
		}
		err = t.pipe.Send(ctx, p)
	}
	return err
}

// Close implements [Transport].
func (t *usbTransport) Close() error { return t.pipe.Close() }
