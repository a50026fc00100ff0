package usbpipe

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/google/gousb"
	"golang.org/x/sys/unix"

	"custodock/device"
	"custodock/device/mtp"
)

// Options say which camera to open.
type Options struct {
	// Address is the camera's, as it was discovered. Whoever else is there by
	// now, also at the same port or under the same number, is not opened.
	Address device.USBAddress

	Sysfs   string // empty is /sys
	DevRoot string // folder of the devices' nodes; empty is /dev/bus/usb
	Proc    string // to say who has a busy camera; empty is /proc
}

func (o Options) withDefaults() Options {
	if o.Sysfs == "" {
		o.Sysfs = device.DefaultSysfs
	}
	if o.DevRoot == "" {
		o.DevRoot = "/dev/bus/usb"
	}
	if o.Proc == "" {
		o.Proc = "/proc"
	}
	return o
}

func (o Options) node() string {
	return filepath.Join(o.DevRoot, fmt.Sprintf("%03d", o.Address.Bus), fmt.Sprintf("%03d", o.Address.Number))
}

func (o Options) present() bool { return o.Address.Present(o.Sysfs) }

// Open opens a camera and claims its MTP interface. It returns ErrBusy,
// ErrPermission, ErrNoInterface, or mtp.ErrDisconnected when the camera that
// was discovered is not there any more. ctx is asked between the steps; the
// kernel bounds each of them, by seconds when a device hangs.
func Open(ctx context.Context, opts Options) (*Pipe, error) {
	opts = opts.withDefaults()
	h := &handle{node: opts.node()}
	for _, step := range []func(Options) error{h.open, h.search, h.claimFirst} {
		err := ctx.Err()
		if err == nil && !opts.present() {
			err = mtp.ErrDisconnected
		}
		if err == nil {
			err = step(opts)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open the camera at %s (%s): %w", opts.Address.Port, h.node, err), h.close())
		}
	}
	// What was opened by its number is what was discovered, if that one has
	// not left since.
	if !opts.present() {
		return nil, errors.Join(fmt.Errorf("open the camera at %s: %w", opts.Address.Port, mtp.ErrDisconnected), h.close())
	}
	return newPipe(h, opts.present), nil
}

// open makes a libusb context and opens the device in it.
func (h *handle) open(opts Options) error {
	if err := tryNode(h.node); err != nil {
		return err
	}
	var err error
	if h.context, err = newContext(); err != nil {
		return err
	}
	if h.device, err = find(h.context, opts); err != nil {
		return fmt.Errorf("%w: %w", fault(err), err)
	}
	h.device.ControlTimeout = controlTimeout
	return nil
}

// newContext starts libusb, whose failure gousb makes a panic of.
func newContext() (c *gousb.Context, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("start libusb: %v; is there a /dev/bus/usb, and are netlink sockets allowed?", r)
		}
	}()
	return gousb.NewContext(), nil
}

// find opens the device with the address. To get at it gousb reads the
// descriptors of all devices there are, and panics on some that make no sense
// (libusb.go, getDeviceDesc: an interface whose settings were all given
// before). Which device that was it does not say; blame does. So it first reads
// and opens nothing: what is open when it panics cannot be closed any more.
//
// libusb could open the one node alone (libusb_wrap_sys_device), but gousb
// v1.1.3 can neither do that nor take over what was opened so.
func find(c *gousb.Context, opts Options) (found *gousb.Device, err error) {
	a := opts.Address
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: the descriptors of some USB device make no sense: %v%s", mtp.ErrIO, r, blame(opts.Sysfs))
		}
	}()
	seen := false
	// Its error is about any device; ours was read if it was seen.
	_, err = c.OpenDevices(func(d *gousb.DeviceDesc) bool {
		seen = seen || d.Bus == a.Bus && d.Address == a.Number
		return false
	})
	if !seen {
		if err == nil {
			err = gousb.ErrorNoDevice
		}
		return nil, err
	}
	all, err := c.OpenDevices(func(d *gousb.DeviceDesc) bool { return d.Bus == a.Bus && d.Address == a.Number })
	switch {
	case len(all) > 0:
		return all[0], nil
	case err == nil:
		err = gousb.ErrorNoDevice
	}
	return nil, err
}

// tryNode opens the device's node, because the kernel says more plainly than
// libusb why that does not work.
func tryNode(node string) error {
	fd, err := unix.Open(node, unix.O_RDWR|unix.O_CLOEXEC, 0)
	switch {
	case err == nil:
		return unix.Close(fd)
	case errors.Is(err, fs.ErrPermission): // EPERM too: the service's sandbox
		return fmt.Errorf("%w (%w)", ErrPermission, err)
	case errors.Is(err, unix.ENOENT):
		return fmt.Errorf("%w: %w", mtp.ErrDisconnected, err)
	}
	return fmt.Errorf("%w: %w", fault(err), err)
}

// search finds the MTP interface.
func (h *handle) search(opts Options) error {
	number, err := h.device.ActiveConfigNum()
	if err != nil {
		return fmt.Errorf("%w: %w", fault(err), err)
	}
	config, ok := h.device.Desc.Configs[number]
	if !ok {
		return fmt.Errorf("%w: configuration %d is active and has no descriptor", mtp.ErrIO, number)
	}
	interfaces, _ := device.USBInterfaces(opts.Sysfs, opts.Address.Port)
	h.target, err = search(config, interfaces, func() map[int]bool { return askOS(h.device.Control) })
	return err
}

// claimFirst claims the interface, or says who has it.
func (h *handle) claimFirst(opts Options) error {
	config, err := h.device.ActiveConfigNum()
	if err == nil {
		err = h.claim(config)
	}
	switch {
	case err == nil:
		return nil
	case isLibusb(err, gousb.ErrorBusy):
		interfaces, _ := device.USBInterfaces(opts.Sysfs, opts.Address.Port)
		return busy(opts.Proc, h.node, driverOf(interfaces, h.target.number))
	}
	return fmt.Errorf("%w: %w", fault(err), err)
}

func driverOf(interfaces []device.USBInterface, number int) string {
	at := slices.IndexFunc(interfaces, func(i device.USBInterface) bool { return i.Number == number })
	if at < 0 {
		return ""
	}
	return interfaces[at].Driver
}
