package simcam

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"custodock/device/mtp"
)

// Plug is one docking of a Responder: its end of a USB cable as an
// in-process [mtp.Pipe]. It carries packets, as USB does: a read goes on over
// the end of a data phase that fills its last packet, unless an empty packet
// ends it.
type Plug struct {
	responder  *Responder
	packetSize int
	gone       chan struct{}

	mu        sync.Mutex
	in        []*transfer // what BulkIn has to give
	out       []byte      // of a container that has not arrived in full
	request   *mtp.Request
	halted    bool          // BulkIn
	haltedOut bool          // BulkOut
	wake      chan struct{} // closed when in or halted changes
	busy      int           // how often the status is still DeviceBusy
}

var _ mtp.Pipe = (*Plug)(nil)

// Dock plugs the responder in, out of where it was. packetSize is 64, 512 or
// 1024 bytes. A plug stays gone once it was pulled.
func (r *Responder) Dock(packetSize int) *Plug {
	r.mu.Lock()
	old := r.plug
	p := &Plug{responder: r, packetSize: packetSize, gone: make(chan struct{}), wake: make(chan struct{})}
	r.plug = p
	r.mu.Unlock()
	old.pull()
	r.forget()
	return p
}

// Undock pulls the plug, if the responder is docked.
func (r *Responder) Undock() {
	r.mu.Lock()
	p := r.plug
	r.plug = nil
	r.mu.Unlock()
	p.pull()
	r.forget()
}

func (p *Plug) pull() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.gone:
	default:
		close(p.gone)
	}
}

// Gone is closed when the plug was pulled.
func (p *Plug) Gone() <-chan struct{} { return p.gone }

// PacketSize is that of Dock.
func (p *Plug) PacketSize() int { return p.packetSize }

// Receive gives packets of what the responder has to say.
func (p *Plug) Receive(ctx context.Context, b []byte) (int, error) {
	if len(b) == 0 || len(b)%p.packetSize != 0 {
		return 0, fmt.Errorf("receive into %d bytes, which is no multiple of %d: %w", len(b), p.packetSize, mtp.ErrIO)
	}
	n := 0
	for {
		read, ends, err := p.Next(ctx, b[n:])
		n += read
		if ends || n == len(b) || err != nil {
			return n, err
		}
	}
}

// Next is for who carries the packets on to a real bus, where they leave as
// they come and not when somebody's buffer is full: it waits for something to
// be there and gives as much of it as fits into b. ends says that the transfer
// is over behind it, by a packet that is not full or by an empty one; without
// it more belongs to the last packet, unless that is full.
func (p *Plug) Next(ctx context.Context, b []byte) (n int, ends bool, err error) {
	for {
		if err := p.usable(ctx); err != nil {
			return 0, false, err
		}
		n, done, wait, err := p.receive(b)
		if err == nil && n > 0 {
			err = p.pause(ctx, n)
		}
		if n > 0 || done || err != nil {
			return n, done && n < len(b), err
		}
		if wait == nil {
			continue
		}
		select {
		case <-wait:
		case <-p.gone:
			return 0, false, mtp.ErrDisconnected
		case <-ctx.Done():
			return 0, false, ctx.Err()
		}
	}
}

// receive takes what there is. wait is not nil when that is nothing, and done
// says that the read ends.
func (p *Plug) receive(b []byte) (n int, done bool, wait <-chan struct{}, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.gone:
		return 0, false, nil, mtp.ErrDisconnected
	default:
	}
	if p.halted {
		return 0, false, nil, mtp.ErrHalted
	}
	if len(p.in) == 0 {
		return 0, false, p.wake, nil
	}
	t := p.in[0]
	if t.fault != nil {
		wait, err := p.strike(t)
		return 0, false, wait, err
	}
	n, err = t.read(b)
	if err != nil {
		return n, false, nil, fmt.Errorf("%w: %w", mtp.ErrIO, err)
	}
	if t.left() > 0 {
		return n, true, nil, nil // b is full
	}
	ends := t.ends(p.packetSize)
	if ends && n == len(b) && n > 0 && (t.base+t.at)%int64(p.packetSize) == 0 {
		*t = transfer{} // the empty packet is for the next read
		return n, true, nil, nil
	}
	p.in = p.in[1:]
	return n, ends || n == len(b), nil, nil
}

// pause takes as long as the responder needs for n bytes.
func (p *Plug) pause(ctx context.Context, n int) error {
	rate := p.responder.options.Rate
	if rate <= 0 {
		return nil
	}
	timer := time.NewTimer(time.Duration(float64(n) / float64(rate) * float64(time.Second)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-p.gone:
		return mtp.ErrDisconnected
	case <-ctx.Done():
		return ctx.Err()
	}
}

// strike lets a fault happen that BulkIn ran into.
func (p *Plug) strike(t *transfer) (wait <-chan struct{}, err error) {
	switch t.fault.Kind {
	case Pull:
		close(p.gone)
		return nil, mtp.ErrDisconnected
	case Halt:
		p.halted = true
		p.in = p.in[1:]
		return nil, mtp.ErrHalted
	case Stall:
		if t.resumed == nil {
			t.resumed = p.responder.resumption()
		}
		select {
		case <-t.resumed:
			p.in = p.in[1:]
			return nil, nil
		default:
			return t.resumed, nil
		}
	default: // Silence, Dead
		return p.wake, nil
	}
}

// Send takes a request, or data of one, apart.
func (p *Plug) Send(ctx context.Context, b []byte) error {
	if err := p.usable(ctx); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.haltedOut {
		return mtp.ErrHalted
	}
	p.out = append(p.out, b...)
	if len(p.out) == 0 || len(b) > 0 && len(b)%p.packetSize == 0 {
		return nil // the transfer has not ended
	}
	if len(p.out) < mtp.ContainerSize || len(p.out) < int(binary.LittleEndian.Uint32(p.out)) {
		return nil
	}
	container := p.out
	p.out = nil
	return p.take(container)
}

func (p *Plug) usable(ctx context.Context) error {
	select {
	case <-p.gone:
		return mtp.ErrDisconnected
	default:
		return ctx.Err()
	}
}

// take does what a whole container asks for.
func (p *Plug) take(b []byte) error {
	c, err := mtp.ParseContainer(b)
	if err != nil {
		return fmt.Errorf("%w: %w", mtp.ErrHalted, err)
	}
	switch {
	case c.Type == mtp.ContainerCommand:
		q := c.Request(b[mtp.ContainerSize:])
		if takesData(q.Operation) {
			p.request = &q
			return nil
		}
		p.say(q, p.responder.answer(q, nil))
	case c.Type == mtp.ContainerData && p.request != nil && p.request.TransactionID == c.TransactionID:
		q := *p.request
		p.request = nil
		p.say(q, p.responder.answer(q, b[mtp.ContainerSize:]))
	default:
		return mtp.ErrHalted
	}
	return nil
}

// say queues what a reply is on the wire.
func (p *Plug) say(request mtp.Request, r reply) {
	p.in = append(p.in, p.responder.transfers(request, r)...)
	p.haltedOut = p.responder.due(HaltOut, request.Operation, r.path) != nil
	p.awake()
}

func (p *Plug) awake() {
	close(p.wake)
	p.wake = make(chan struct{})
}

// ReceiveInterrupt waits for an event.
func (p *Plug) ReceiveInterrupt(ctx context.Context, b []byte) (int, error) {
	for {
		if err := p.usable(ctx); err != nil {
			return 0, err
		}
		if e, ok := p.responder.nextEvent(); ok {
			return copy(b, e.Append(nil)), nil
		}
		select {
		case <-p.responder.eventful:
		case <-p.gone:
			return 0, mtp.ErrDisconnected
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// Halted says whether an endpoint is halted.
func (p *Plug) Halted(e mtp.Endpoint) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return e == mtp.BulkIn && p.halted || e == mtp.BulkOut && p.haltedOut
}

// ClearHalt lets an endpoint go on.
func (p *Plug) ClearHalt(ctx context.Context, e mtp.Endpoint) error {
	if err := p.usable(ctx); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e {
	case mtp.BulkIn:
		p.halted = false
		p.awake()
	case mtp.BulkOut:
		p.haltedOut = false
	}
	return nil
}

// Configure is what a device sees of a program that claims its interface: the
// endpoints start anew. What becomes of the session is the profile's.
func (p *Plug) Configure() {
	if p.responder.profile.ForgetsWhenClaimed {
		p.responder.forget()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.halted, p.haltedOut = false, false
	p.flush()
}

// Reset resets the port.
func (p *Plug) Reset(ctx context.Context) error {
	if err := p.usable(ctx); err != nil {
		return err
	}
	p.responder.forget()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.halted, p.haltedOut, p.busy = false, false, 0
	p.flush()
	return nil
}

// flush forgets what is half said and half heard.
func (p *Plug) flush() {
	p.in, p.out, p.request = nil, nil, nil
	p.awake()
}

// Close leaves the responder docked, as a program that ends does.
func (p *Plug) Close() error { return nil }
