package usbpipe

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/gousb"
)

// handle is what libusb has open for one camera.
type handle struct {
	context *gousb.Context
	device  *gousb.Device
	config  *gousb.Config
	intf    *gousb.Interface
	file    *usbfs // nil while the interface is not claimed, and where it cannot be found
	pauses  atomic.Bool

	node   string // of the device
	target target

	in, out, interrupt transfer // nil while the interface is not claimed; interrupt may be missing
}

func (h *handle) claimed() bool { return h.in != nil }

// claim takes the interface, in the configuration that is active: to set
// another one would take the other interfaces from their drivers.
func (h *handle) claim(config int) error {
	var err error
	if h.config, err = h.device.Config(config); err != nil {
		return fmt.Errorf("take configuration %d: %w", config, err)
	}
	h.config.Desc.Interfaces = byNumber(h.config.Desc.Interfaces)
	t := h.target
	if h.intf, err = h.config.Interface(t.number, t.alternate); err != nil {
		return fmt.Errorf("claim interface %d: %w", t.number, err)
	}
	in, err := h.intf.InEndpoint(t.in.Number)
	if err != nil {
		return err
	}
	out, err := h.intf.OutEndpoint(t.out.Number)
	if err != nil {
		return err
	}
	if t.interrupt != nil {
		events, err := h.intf.InEndpoint(t.interrupt.Number)
		if err != nil {
			return err
		}
		h.interrupt = events.ReadContext
	}
	h.in, h.out = in.ReadContext, out.WriteContext
	h.quicken()
	return nil
}

// quicken has small transfers moved by the kernel's own call.
func (h *handle) quicken() {
	h.file = openUSBFS("/proc/self/fd", h.node, h.target.number)
	if h.file == nil {
		return
	}
	file := h.file
	over := func(ep gousb.EndpointDesc, libusb transfer) *quick {
		return &quick{packet: packetSize(ep), libusb: libusb, pauses: &h.pauses, call: func(b []byte, timeout time.Duration) (int, error) {
			return file.bulk(uint8(ep.Address), b, timeout)
		}}
	}
	h.in = over(h.target.in, h.in).in
	h.out = over(h.target.out, h.out).out
}

// release gives the interface back. Nothing may be using it.
func (h *handle) release() error {
	h.in, h.out, h.interrupt = nil, nil, nil
	var err error
	if h.file != nil { // or the kernel would have the interface claimed for as long
		err = h.file.close()
		h.file = nil
	}
	if h.intf != nil {
		h.intf.Close()
		h.intf = nil
	}
	if h.config != nil {
		err = errors.Join(err, h.config.Close())
		h.config = nil
	}
	return err
}

// close frees everything, in the order that gousb wants: it refuses to close
// a context with open devices, and a device with an open configuration.
func (h *handle) close() error {
	err := h.release()
	if h.device != nil {
		err = errors.Join(err, h.device.Close())
		h.device = nil
	}
	if h.context != nil {
		err = errors.Join(err, h.context.Close())
		h.context = nil
	}
	if err != nil {
		return fmt.Errorf("close a camera: %w", err)
	}
	return nil
}
