package simcam

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"custodock/device/mtp"
)

// network is the responder's side of PTP/IP: one initiator at a time, with
// a connection for transactions and one for events.
type network struct {
	responder *Responder
	group     sync.WaitGroup
	turn      chan struct{} // held by the connection that does transactions

	mu        sync.Mutex
	commands  net.Conn // the same
	number    uint32   // of the connection that there is
	cancelled uint32   // the transaction that is to be cancelled, or none
}

// none is no transaction (PIMA 15740, 9.3.1).
const none = 0xFFFFFFFF

// ServePTPIP lets initiators use the responder over PTP/IP until ctx ends,
// and closes the listener. An initiator that goes away ends its session. Only
// the tests of this package do so: with the programs of others, and to have our
// session run on a transport that is not USB.
func (r *Responder) ServePTPIP(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	n := &network{responder: r, turn: make(chan struct{}, 1), cancelled: none}
	defer n.group.Wait()
	for {
		c, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			cancel()
			return fmt.Errorf("serve ptp/ip: %w", err)
		}
		n.group.Go(func() {
			defer context.AfterFunc(ctx, func() { c.Close() })()
			defer c.Close()
			n.serve(ctx, c)
		})
	}
}

// serve finds out which of the two connections one is. What goes wrong with
// it ends it; the initiator sees that.
func (n *network) serve(ctx context.Context, c net.Conn) {
	kind, _, err := readPacket(c)
	if err != nil {
		return
	}
	switch kind {
	case packetInitCommandRequest:
		number, ok := n.connect(ctx, c)
		if !ok {
			return
		}
		defer n.disconnect()
		ack := binary.LittleEndian.AppendUint32(nil, number)
		ack = append(ack, make([]byte, 16)...) // our GUID
		for _, unit := range n.responder.options.Model + "\x00" {
			ack = binary.LittleEndian.AppendUint16(ack, uint16(unit))
		}
		ack = binary.LittleEndian.AppendUint32(ack, 0x00010000) // version 1.0
		if writePacket(c, packetInitCommandAck, ack) == nil {
			n.transactions(c)
		}
	case packetInitEventRequest:
		if writePacket(c, packetInitEventAck, nil) == nil {
			n.eventConnection(ctx, c)
		}
	default:
		writePacket(c, packetInitFail, binary.LittleEndian.AppendUint32(nil, 3))
	}
}

// connect lets an initiator in, when the one before is out.
func (n *network) connect(ctx context.Context, c net.Conn) (number uint32, ok bool) {
	n.mu.Lock()
	if n.commands != nil {
		n.commands.Close()
	}
	n.mu.Unlock()
	select {
	case n.turn <- struct{}{}:
	case <-ctx.Done():
		return 0, false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.commands = c
	n.number++
	n.cancelled = none
	return n.number, true
}

// disconnect ends the session of an initiator that went away.
func (n *network) disconnect() {
	n.responder.forget()
	<-n.turn
}

// transactions does transactions until the connection ends.
func (n *network) transactions(c net.Conn) {
	for {
		kind, b, err := readPacket(c)
		if err != nil {
			return
		}
		if kind != packetRequest || len(b) < 10 {
			continue // such as a Cancel that came too late
		}
		q := phase(b[4:]).Request(b[10:])
		var data []byte
		if binary.LittleEndian.Uint32(b) == 2 { // its data phase goes out
			if data, err = readData(c); err != nil {
				return
			}
		}
		if n.reply(c, q, n.responder.answer(q, data)) != nil {
			return
		}
	}
}

// readData reads a data phase.
func readData(c net.Conn) ([]byte, error) {
	var data []byte
	for {
		kind, b, err := readPacket(c)
		switch {
		case err != nil:
			return nil, err
		case kind == packetStartData:
			continue
		case kind != packetData && kind != packetEndData || len(b) < 4 || len(data)+len(b) > maxPacket:
			return nil, errors.New("a data phase that is none")
		}
		data = append(data, b[4:]...)
		if kind == packetEndData {
			return data, nil
		}
	}
}

// reply sends a data phase and the response.
func (n *network) reply(c net.Conn, q mtp.Request, a reply) error {
	if a.silent {
		return nil
	}
	if n.responder.within(Pull, q, a) != nil {
		return mtp.ErrDisconnected
	}
	if a.data != nil {
		whole, err := n.sendData(c, q, a)
		if err != nil {
			return err
		}
		if !whole {
			a.response = mtp.Response{Code: mtp.RespTransactionCancelled, TransactionID: q.TransactionID}
		}
	}
	b := binary.LittleEndian.AppendUint16(nil, uint16(a.response.Code))
	b = binary.LittleEndian.AppendUint32(b, a.response.TransactionID)
	for _, p := range a.response.Params {
		b = binary.LittleEndian.AppendUint32(b, p)
	}
	return writePacket(c, packetResponse, b)
}

// sendData sends a data phase. It is not whole when the initiator cancelled it.
func (n *network) sendData(c net.Conn, q mtp.Request, a reply) (whole bool, err error) {
	start := binary.LittleEndian.AppendUint32(nil, q.TransactionID)
	start = binary.LittleEndian.AppendUint64(start, uint64(a.size))
	if err := writePacket(c, packetStartData, start); err != nil {
		return false, err
	}
	content := io.NewSectionReader(a.data, 0, a.size)
	b := make([]byte, 4+1<<16)
	binary.LittleEndian.PutUint32(b, q.TransactionID)
	for sent := int64(0); ; {
		if n.isCancelled(q.TransactionID) {
			return false, writePacket(c, packetEndData, b[:4])
		}
		read, err := io.ReadFull(content, b[4:min(int64(len(b)), 4+a.size-sent)])
		if err != nil {
			return false, err
		}
		sent += int64(read)
		if sent == a.size {
			return true, writePacket(c, packetEndData, b[:4+read])
		}
		if err := writePacket(c, packetData, b[:4+read]); err != nil {
			return false, err
		}
	}
}

func (n *network) isCancelled(transaction uint32) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.cancelled == transaction
}

// eventConnection tells events, and hears of cancelled transactions and
// probes, until the connection ends.
func (n *network) eventConnection(ctx context.Context, c net.Conn) {
	ctx, cancel := context.WithCancel(ctx)
	n.group.Go(func() {
		defer c.Close()
		for n.tellEvents(c) == nil {
			select {
			case <-n.responder.eventful:
			case <-ctx.Done():
				return
			}
		}
	})
	defer cancel()
	for {
		kind, b, err := readPacket(c)
		if err != nil {
			return
		}
		switch {
		case kind == packetCancel && len(b) >= 4:
			n.mu.Lock()
			n.cancelled = binary.LittleEndian.Uint32(b)
			n.mu.Unlock()
		case kind == packetProbeRequest:
			if writePacket(c, packetProbeResponse, nil) != nil {
				return
			}
		}
	}
}

// tellEvents sends the events that there are.
func (n *network) tellEvents(c net.Conn) error {
	for {
		e, ok := n.responder.nextEvent()
		if !ok {
			return nil
		}
		b := binary.LittleEndian.AppendUint16(nil, uint16(e.Code))
		b = binary.LittleEndian.AppendUint32(b, e.TransactionID)
		for _, p := range e.Params {
			b = binary.LittleEndian.AppendUint32(b, p)
		}
		if err := writePacket(c, packetEvent, b); err != nil {
			return err
		}
	}
}
