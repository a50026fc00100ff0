package simcam

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"

	"custodock/device/mtp"
)

// ipTransport is the initiator's side of PTP/IP (CIPA DC-005-2005): an
// [mtp.Transport] that is not USB.
type ipTransport struct {
	address          string
	commands, events *ipConnection

	early *packet // a response that came where data were due
	short bool    // the data were less than announced
}

var _ mtp.Transport = (*ipTransport)(nil)

// DialPTPIP connects to a responder that ServePTPIP serves.
func DialPTPIP(ctx context.Context, address net.Addr) (*ipTransport, error) {
	t := &ipTransport{address: address.String()}
	return t, t.connect(ctx)
}

// connect makes both connections (2.2.1).
func (t *ipTransport) connect(ctx context.Context) (err error) {
	hello := append(make([]byte, 16), "x\x00\x00\x00\x00\x00\x01\x00"...) // GUID, name, version 1.0
	if t.commands, err = dialIP(ctx, t.address); err != nil {
		return err
	}
	ack, err := t.commands.ask(ctx, packetInitCommandRequest, hello, packetInitCommandAck)
	if err != nil {
		return err
	}
	if t.events, err = dialIP(ctx, t.address); err != nil {
		return err
	}
	_, err = t.events.ask(ctx, packetInitEventRequest, ack[:4], packetInitEventAck) // the connection's number
	return err
}

func (t *ipTransport) SendRequest(_ context.Context, r mtp.Request) error {
	t.early, t.short = nil, false
	direction := uint32(1) // no data, or data from the responder
	if takesData(r.Operation) {
		direction = 2
	}
	b := binary.LittleEndian.AppendUint32(nil, direction)
	b = binary.LittleEndian.AppendUint16(b, uint16(r.Operation))
	b = binary.LittleEndian.AppendUint32(b, r.TransactionID)
	for _, p := range r.Params {
		b = binary.LittleEndian.AppendUint32(b, p)
	}
	return writePacket(t.commands, packetRequest, b)
}

func (t *ipTransport) SendData(_ context.Context, r mtp.Request, data io.Reader, size int64) error {
	id := binary.LittleEndian.AppendUint32(nil, r.TransactionID)
	if err := writePacket(t.commands, packetStartData, binary.LittleEndian.AppendUint64(id, uint64(size))); err != nil {
		return err
	}
	all, err := io.ReadAll(io.LimitReader(data, size))
	if err != nil {
		return err
	}
	return writePacket(t.commands, packetEndData, append(id[:4:4], all...))
}

func (t *ipTransport) ReceiveData(ctx context.Context, _ mtp.Request, w io.Writer, _ int64) (int64, error) {
	p, err := t.commands.next(ctx)
	switch {
	case err != nil:
		return 0, err
	case p.kind == packetResponse:
		t.early = &p
		return 0, nil
	case p.kind != packetStartData || len(p.b) < 12:
		return 0, fmt.Errorf("packet %d for the start of data: %w", p.kind, mtp.ErrProtocol)
	}
	announced := int64(binary.LittleEndian.Uint64(p.b[4:]))
	for n := int64(0); ; {
		p, err := t.commands.next(ctx)
		if err != nil {
			return n, err
		}
		if p.kind != packetData && p.kind != packetEndData || len(p.b) < 4 {
			return n, fmt.Errorf("packet %d for data: %w", p.kind, mtp.ErrProtocol)
		}
		written, err := w.Write(p.b[4:])
		n += int64(written)
		if err != nil || p.kind == packetEndData {
			t.short = n < announced
			return n, err
		}
	}
}

func (t *ipTransport) ReceiveResponse(ctx context.Context, r mtp.Request) (mtp.Response, error) {
	p := t.early
	if p == nil {
		next, err := t.commands.next(ctx)
		if err != nil {
			return mtp.Response{}, err
		}
		p = &next
	}
	if p.kind != packetResponse || len(p.b) < 6 || binary.LittleEndian.Uint32(p.b[2:]) != r.TransactionID {
		return mtp.Response{}, fmt.Errorf("packet %d for a response: %w", p.kind, mtp.ErrProtocol)
	}
	response := phase(p.b).Response(p.b[6:])
	if t.short && response.Code == mtp.RespOK {
		response.Code = mtp.RespIncompleteTransfer
	}
	return response, nil
}

func (t *ipTransport) ReceiveEvent(ctx context.Context) (mtp.Event, error) {
	for {
		p, err := t.events.next(ctx)
		if err != nil {
			return mtp.Event{}, err
		}
		if p.kind == packetEvent && len(p.b) >= 6 {
			return phase(p.b).Event(p.b[6:]), nil
		}
	}
}

// Probe asks whether the responder is still there.
func (t *ipTransport) Probe(ctx context.Context) error {
	_, err := t.events.ask(ctx, packetProbeRequest, nil, packetProbeResponse)
	return err
}

// Cancel says so beside the transaction, which ends with its response.
func (t *ipTransport) Cancel(ctx context.Context, r mtp.Request) error {
	if err := writePacket(t.events, packetCancel, binary.LittleEndian.AppendUint32(nil, r.TransactionID)); err != nil {
		return err
	}
	for t.early == nil {
		p, err := t.commands.next(ctx)
		if err != nil {
			return err
		}
		if p.kind == packetResponse {
			return nil
		}
	}
	return nil
}

// Reset connects anew: a responder forgets an initiator that goes away.
func (t *ipTransport) Reset(ctx context.Context) error {
	return errors.Join(t.Close(), t.connect(ctx))
}

func (t *ipTransport) Close() error { return errors.Join(t.commands.Close(), t.events.Close()) }
