package usbpipe

import (
	"context"
	"fmt"
	"os"

	"github.com/google/gousb"

	"custodock/device/mtp"
)

// Requests on an endpoint (USB 2.0, 9.4).
const (
	requestEndpointOut  = 0x02
	requestClearFeature = 1
	featureEndpointHalt = 0
)

// Control does a class request on the interface.
func (p *Pipe) Control(ctx context.Context, in bool, request byte, data []byte) (int, error) {
	kind := uint8(gousb.ControlOut | gousb.ControlClass | gousb.ControlInterface)
	if in {
		kind |= gousb.ControlIn
	}
	// Its own memory: the request may outlive ctx.
	buffer := append([]byte(nil), data...)
	n, err := p.blocking(ctx, fmt.Sprintf("control request 0x%02X", request), func() (int, error) {
		return p.usb.device.Control(kind, request, 0, uint16(p.usb.target.number), buffer)
	})
	if in && err == nil {
		n = copy(data, buffer[:n])
	}
	return n, err
}

// blocking does what cannot be cancelled, and ends with ctx nevertheless. The
// device stays in use until the call has ended by itself.
func (p *Pipe) blocking(ctx context.Context, op string, call func() (int, error)) (int, error) {
	_, end, err := p.begin(ctx)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", op, err)
	}
	type outcome struct {
		n   int
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		defer end()
		n, err := call()
		done <- outcome{n, err}
	}()
	select {
	case o := <-done:
		return o.n, p.explain(ctx, op, o.err)
	case <-ctx.Done():
		return 0, fmt.Errorf("%s: %w", op, ctx.Err())
	}
}

// ClearHalt makes an endpoint go on after mtp.ErrHalted, on both sides.
func (p *Pipe) ClearHalt(ctx context.Context, e mtp.Endpoint) error {
	address, err := p.usb.target.address(e)
	if err != nil {
		return fmt.Errorf("clear a halt: %w", err)
	}
	_, err = p.blocking(ctx, fmt.Sprintf("clear the halt of endpoint %s", address), func() (int, error) {
		return 0, p.usb.clearHalt(address)
	})
	return err
}

func (t target) address(e mtp.Endpoint) (gousb.EndpointAddress, error) {
	switch {
	case e == mtp.BulkIn:
		return t.in.Address, nil
	case e == mtp.BulkOut:
		return t.out.Address, nil
	case e == mtp.Interrupt && t.interrupt != nil:
		return t.interrupt.Address, nil
	}
	return 0, fmt.Errorf("the interface has no endpoint %d", e)
}

// clearHalt tells the device and has the host controller start its data toggle
// anew. gousb v1.1.3 has no libusb_clear_halt, and the request alone, which is
// what is left without the file, resets the device's toggle only: the next
// packet could be taken for a repeated one and be lost.
func (h *handle) clearHalt(address gousb.EndpointAddress) error {
	if h.file != nil {
		return h.file.clearHalt(uint8(address))
	}
	_, err := h.device.Control(requestEndpointOut, requestClearFeature, featureEndpointHalt, uint16(address), nil)
	return err
}

// Reset resets the device's port and claims the interface anew. Everything
// else that is under way ends with mtp.ErrIO. It cannot be interrupted; the
// kernel bounds it by some seconds. Other interfaces of the device are told by
// the kernel: its disk stays.
func (p *Pipe) Reset(ctx context.Context) error {
	const op = "reset"
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	give, ok := p.uses.take()
	if !ok {
		return fmt.Errorf("%s: %w", op, os.ErrClosed)
	}
	defer give()
	if p.gone.Load() {
		return fmt.Errorf("%s: %w", op, mtp.ErrDisconnected)
	}
	return p.explain(ctx, op, p.reset())
}

// reset is with nothing claimed, which gousb insists on.
func (p *Pipe) reset() error {
	if err := p.usb.release(); err != nil {
		return err
	}
	err := p.usb.device.Reset()
	// libusb says "not found" when the device came back as another one. The
	// kernel then makes it leave and come: as soon as sysfs says so.
	if isLibusb(err, gousb.ErrorNotFound) || !p.present() {
		return gousb.ErrorNoDevice
	}
	if err != nil {
		return err
	}
	config, err := p.usb.device.ActiveConfigNum()
	if err != nil {
		return err
	}
	return p.usb.claim(config)
}
