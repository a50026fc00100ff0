package simcam

import (
	"context"
	"fmt"
	"net"

	"custodock/device/mtp"
)

// ipConnection is one of the two connections. Its packets are read by a
// goroutine that ends with it: a context can end the wait for one, and never
// tears one apart.
type ipConnection struct {
	net.Conn
	packets chan packet
	err     error // why there are no more, once packets is closed
	closed  chan struct{}
}

type packet struct {
	kind packetType
	b    []byte
}

func dialIP(ctx context.Context, address string) (*ipConnection, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	c := &ipConnection{Conn: conn, packets: make(chan packet), closed: make(chan struct{})}
	go c.read()
	return c, nil
}

func (c *ipConnection) read() {
	defer close(c.packets)
	for {
		kind, b, err := readPacket(c.Conn)
		if err != nil {
			c.err = err
			return
		}
		select {
		case c.packets <- packet{kind, b}:
		case <-c.closed:
			c.err = net.ErrClosed
			return
		}
	}
}

func (c *ipConnection) next(ctx context.Context) (packet, error) {
	select {
	case p, ok := <-c.packets:
		if !ok {
			return packet{}, fmt.Errorf("%w: %w", mtp.ErrDisconnected, c.err)
		}
		return p, nil
	case <-ctx.Done():
		return packet{}, ctx.Err()
	}
}

// ask sends a packet and returns what the one that answers it holds.
func (c *ipConnection) ask(ctx context.Context, kind packetType, b []byte, answer packetType) ([]byte, error) {
	if err := writePacket(c, kind, b); err != nil {
		return nil, err
	}
	p, err := c.next(ctx)
	if err == nil && p.kind != answer {
		err = fmt.Errorf("packet %d is answered with packet %d: %w", kind, p.kind, mtp.ErrProtocol)
	}
	return p.b, err
}

func (c *ipConnection) Close() error {
	close(c.closed)
	return c.Conn.Close()
}
