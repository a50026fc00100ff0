package mtp

import (
	"context"
	"fmt"
	"io"
)

// ReceiveData implements [Transport].
func (t *usbTransport) ReceiveData(ctx context.Context, r Request, w io.Writer, size int64) (int64, error) {
	if err := lock(ctx, t.bulk); err != nil {
		return 0, err
	}
	defer unlock(t.bulk)
	want := firstTransfer
	if size >= 0 {
		want = int(min(size, int64(t.size))) + ContainerSize
	}
	c, err := t.container(ctx, r, want)
	if err != nil {
		return 0, fmt.Errorf("receive data: %w", err)
	}
	if c.Type == ContainerResponse { // no data; ReceiveResponse reads it again
		t.r -= ContainerSize
		t.short = t.halted
		return 0, nil
	}
	length := int64(c.Length) - ContainerSize
	if c.Length == LengthUnknown {
		length = size
	}
	n, err := t.payload(ctx, r, w, length)
	if err != nil {
		return n, fmt.Errorf("receive data: %w", err)
	}
	return n, nil
}

// ReceiveResponse implements [Transport]. If the data phase was shorter than
// its container said, a response of RespOK becomes RespIncompleteTransfer.
func (t *usbTransport) ReceiveResponse(ctx context.Context, r Request) (Response, error) {
	if err := lock(ctx, t.bulk); err != nil {
		return Response{}, err
	}
	defer unlock(t.bulk)
	c, err := t.container(ctx, r, t.packet)
	if err != nil {
		return Response{}, fmt.Errorf("receive response: %w", err)
	}
	if c.Type != ContainerResponse {
		return Response{}, fmt.Errorf("receive response: data instead: %w", ErrProtocol)
	}
	params := int64(c.Length) - ContainerSize
	here := min(params, int64(t.w-t.r))
	resp := c.Response(t.buf[t.r : t.r+int(here)])
	if t.short && resp.Code == RespOK {
		resp.Code = RespIncompleteTransfer
	}
	// Nothing comes behind a response: what is left is garbage. Parameters
	// that did not come with it are not waited for, as they may never come.
	t.owed = int(min(params-here, 4*maxParams))
	t.r, t.w, t.short, t.reset = 0, 0, false, false
	return resp, nil
}

// container returns the header of the next container of data or response that
// belongs to r. What went before is passed over: stray zero bytes, empty
// transfers, events, whatever is left of earlier transactions. want is how
// much is read if nothing is there.
func (t *usbTransport) container(ctx context.Context, r Request, want int) (Container, error) {
	for {
		c, err := t.header(ctx, want)
		if err != nil {
			return Container{}, err
		}
		switch {
		case c.Type == ContainerEvent:
			t.r += int(min(int64(c.Length)-ContainerSize, int64(t.w-t.r)))
		case c.Type == ContainerCommand:
			return Container{}, fmt.Errorf("a request from a responder: %w", ErrProtocol)
		case c.TransactionID == r.TransactionID:
			return c, nil
		case !before(c.TransactionID, r.TransactionID):
			return Container{}, fmt.Errorf("transaction %d in transaction %d: %w", c.TransactionID, r.TransactionID, ErrProtocol)
		case c.Type == ContainerResponse:
			t.r = t.w
		default:
			if err := t.skipData(ctx, r, c); err != nil {
				return Container{}, fmt.Errorf("pass over old data: %w", err)
			}
		}
	}
}

// before says that transaction a was before b. IDs wrap; outside of a session
// the ID is 0, and every other one is from a session before.
func before(a, b uint32) bool { return b == 0 || int32(a-b) < 0 }

// skipData passes over a data phase of an earlier transaction.
func (t *usbTransport) skipData(ctx context.Context, r Request, c Container) error {
	length := int64(c.Length) - ContainerSize
	if c.Length == LengthUnknown {
		length = -1
	}
	_, err := t.payload(ctx, r, io.Discard, length)
	t.short = false
	return err
}

// header takes the next header from what arrives. It may be split over
// transfers, and zero bytes may stand before it.
func (t *usbTransport) header(ctx context.Context, want int) (Container, error) {
	for empty := 0; empty < maxEmpty; empty++ {
		for t.w-t.r >= ContainerSize {
			c, err := ParseContainer(t.buf[t.r:t.w])
			if err == nil {
				t.r += ContainerSize
				return c, nil
			}
			if t.buf[t.r] != 0 {
				return Container{}, err
			}
			t.r++
		}
		if err := t.fill(ctx, want); err != nil {
			return Container{}, err
		}
	}
	return Container{}, fmt.Errorf("%d transfers without a header: %w", maxEmpty, ErrProtocol)
}

// fill receives one transfer of at most about want bytes, and no more than the
// responder sends in a while, behind what is left of the one before, which is
// less than a header.
func (t *usbTransport) fill(ctx context.Context, want int) error {
	kept := copy(t.buf[carryRoom-(t.w-t.r):carryRoom], t.buf[t.r:t.w])
	size := min(t.wholePackets(min(want, t.pace)), t.size)
	n, err := t.receive(ctx, t.buf[carryRoom:carryRoom+size])
	if err != nil {
		t.r, t.w = 0, 0
		return err
	}
	t.r, t.w = carryRoom-kept, carryRoom+n
	t.ended = n < size
	if n > 0 && n == t.owed && t.ended { // the parameters of the last response
		t.w = carryRoom
	}
	t.owed = 0
	return nil
}

// payload writes the payload of a data container to w. length is how long it
// says to be, or -1: then it ends where a transfer does.
//
// A transfer may also end before: some responders send a header, or every
// buffer of theirs, in a transfer of its own. What follows is then looked at:
// if it is the response to r, the data phase was shorter than it said.
func (t *usbTransport) payload(ctx context.Context, r Request, w io.Writer, length int64) (n int64, err error) {
	apart := false // what is in buf came after a transfer that had ended
	for empty := 0; length < 0 || n < length; {
		here, early := t.dataHere(r, length-n, length < 0, apart)
		if here > 0 {
			written, err := w.Write(t.buf[t.r : t.r+here])
			n += int64(written)
			t.r += written
			if err != nil {
				return n, err
			}
			empty = 0
		}
		switch {
		case !early || length < 0 && t.ended && n > 0:
			return n, nil
		case t.r < t.w: // the response
			t.short = length >= 0
			return n, nil
		case empty == maxEmpty:
			return n, fmt.Errorf("%d transfers without data: %w", maxEmpty, ErrProtocol)
		}
		empty++
		apart = t.ended
		if err := t.fill(ctx, t.nextRead(length-n, length < 0)); err != nil {
			return n, err
		}
	}
	return n, nil
}

// dataHere is how much of what has arrived is payload, of which rest is still
// to come, or nobody knows how much. early says that this is not all of it.
//
// A response at the end of the transfer is none of it, even where so many
// bytes would still be missing: the container had claimed too much. Where it
// would complete the payload to the byte it is rather data that look like a
// response, unless it came apart.
func (t *usbTransport) dataHere(r Request, rest int64, unknown, apart bool) (n int, early bool) {
	n = t.w - t.r
	response := t.responseBehind(r)
	switch {
	case unknown, int64(n) < rest:
		return n - response, true
	case response > 0 && int64(n-response) < rest && (int64(n) > rest || apart && n == response):
		return n - response, true
	}
	return int(min(int64(n), rest)), false
}

// nextRead is how much of a data phase is read next: what is still to come, so
// that no read waits for more than there will be.
func (t *usbTransport) nextRead(rest int64, unknown bool) int {
	if unknown || rest > int64(t.size) {
		return t.size
	}
	return int(rest)
}

// responseBehind is the size of the response to r that ends the transfer in
// buf, in a packet of its own, or 0. Data whose last packet is full is followed
// by its response in the same transfer, if the responder sends no empty packet.
func (t *usbTransport) responseBehind(r Request) int {
	n := (t.w - carryRoom) % t.packet
	if !t.ended || n < ContainerSize || n > ContainerSize+4*maxParams || n > t.w-t.r {
		return 0
	}
	c, err := ParseContainer(t.buf[t.w-n : t.w])
	if err != nil || c.Type != ContainerResponse || c.TransactionID != r.TransactionID || c.Length != uint32(n) {
		return 0
	}
	return n
}
