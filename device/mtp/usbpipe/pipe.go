// Package usbpipe is the USB side of an MTP responder, on libusb: it opens one
// camera at its address, finds and claims its interface, and moves bytes.
//
// Each pipe has a libusb context of its own: a long-lived one without udevd
// never sees a device that comes later. No kernel driver is detached, from no
// interface: what a driver has is not ours, such as the camera's disk.
package usbpipe

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/gousb"

	"custodock/device/mtp"
)

const (
	// controlTimeout ends a control request. USB 2.0, 9.2.6 gives a device
	// 5 s at the most; those that take more than 1 s have hung.
	controlTimeout = 2 * time.Second

	// leaveGrace is how long the kernel may take to notice a pull after a
	// transfer failed of it: hubs are asked every 256 ms at the slowest.
	leaveGrace = 500 * time.Millisecond
	leaveLook  = 20 * time.Millisecond
)

// transfer moves bytes over one endpoint, as gousb's ReadContext and
// WriteContext do: when ctx ends it is cancelled and has ended when it
// returns, with gousb.TransferCancelled.
type transfer func(ctx context.Context, b []byte) (int, error)

// Pipe is an open camera. It is an [mtp.Pipe].
type Pipe struct {
	usb     *handle
	present func() bool // asks sysfs whether it is still there
	uses    *uses
	size    sizer
	gone    atomic.Bool
}

var _ mtp.Pipe = (*Pipe)(nil)

func newPipe(usb *handle, present func() bool) *Pipe {
	p := &Pipe{usb: usb, present: present, uses: newUses()}
	p.size.size.Store(maxTransfer)
	return p
}

// PacketSize is that of the BulkIn endpoint.
func (p *Pipe) PacketSize() int { return packetSize(p.usb.target.in) }

// Receive reads one transfer from BulkIn, or as much of it as fits into b.
// What lies in b beyond n is undefined.
func (p *Pipe) Receive(ctx context.Context, b []byte) (n int, err error) {
	const op = "receive"
	if len(b) == 0 || len(b)%p.PacketSize() != 0 {
		return 0, fmt.Errorf("%s: %d bytes are no multiple of the packet size", op, len(b))
	}
	running, end, err := p.begin(ctx)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", op, err)
	}
	defer end()
	for n < len(b) {
		size := min(len(b)-n, p.size.now())
		got, err := p.usb.in(running, b[n:n+size])
		if p.size.refused(size, err) {
			continue // before anything moved
		}
		n += got
		if err != nil {
			return n, p.explain(ctx, op, err)
		}
		p.size.moved()
		if got < size {
			break
		}
	}
	return n, nil
}

// Send writes b as one transfer. To the device it is one also where it is
// several to the host: it ends with a packet that is not full.
func (p *Pipe) Send(ctx context.Context, b []byte) error {
	const op = "send"
	running, end, err := p.begin(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	defer end()
	for first := true; first || len(b) > 0; {
		size := min(len(b), p.size.now())
		sent, err := p.usb.out(running, b[:size])
		if p.size.refused(size, err) {
			continue
		}
		if err != nil {
			return p.explain(ctx, op, err)
		}
		p.size.moved()
		if sent != size {
			return fmt.Errorf("%s: %w: %d of %d bytes", op, mtp.ErrIO, sent, size)
		}
		b, first = b[size:], false
	}
	return nil
}

// ReceiveInterrupt reads one transfer from Interrupt. A device without that
// endpoint never says anything.
func (p *Pipe) ReceiveInterrupt(ctx context.Context, b []byte) (int, error) {
	const op = "receive an interrupt"
	running, end, err := p.begin(ctx)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", op, err)
	}
	defer end()
	if p.usb.interrupt == nil {
		<-running.Done()
		return 0, p.explain(ctx, op, gousb.TransferCancelled)
	}
	// A packet that does not fit would be an error of the whole transfer.
	packet := packetSize(*p.usb.target.interrupt)
	whole := make([]byte, (len(b)+packet-1)/packet*packet)
	n, err := p.usb.interrupt(running, whole)
	if err == nil && n > len(b) {
		err = fmt.Errorf("%d bytes, more than %d", n, len(b))
	}
	return copy(b, whole[:min(n, len(b))]), p.explain(ctx, op, err)
}

// begin is before every use of the device, and end after it. running ends
// with ctx, and when the device is taken away from under it.
func (p *Pipe) begin(ctx context.Context) (running context.Context, end func(), err error) {
	running, end, err = p.uses.begin(ctx)
	switch {
	case err != nil:
		return nil, nil, err
	case p.gone.Load():
		err = mtp.ErrDisconnected
	case !p.usb.claimed():
		err = fmt.Errorf("%w: the interface was lost in a reset", mtp.ErrIO)
	}
	if err != nil {
		end()
		return nil, nil, err
	}
	return running, end, nil
}

// leaves reports whether the device has left or is about to.
func (p *Pipe) leaves(ctx context.Context) bool {
	until := time.NewTimer(leaveGrace)
	defer until.Stop()
	look := time.NewTicker(leaveLook)
	defer look.Stop()
	for p.present() {
		select {
		case <-look.C:
		case <-until.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// Close frees the device: interface, configuration, device, context, in that
// order. What is under way ends.
func (p *Pipe) Close() error {
	if !p.uses.close() {
		return nil
	}
	return p.usb.close()
}
