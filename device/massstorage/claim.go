package massstorage

import (
	"context"

	"custodock/device"
)

// claim waits until a mount may be served as a disk, which is at once unless
// its device is an MTP responder too. It is false if ctx ended first. free
// gives the claim back.
func (s *session) claim(ctx context.Context, p *place) (free func(), ok bool) {
	usb, ok := device.BlockUSB(s.opts.Sysfs, p.mount.Major, p.mount.Minor)
	if !ok || s.opts.Claims == nil {
		return func() {}, true
	}
	// The kernel shows all interfaces of a device before it finds its disks.
	interfaces, _ := device.USBInterfaces(s.opts.Sysfs, usb.Port)
	if device.MTPSigns(interfaces) == device.NoMTP {
		return func() {}, true
	}
	for said := false; ; said = true {
		changed := s.opts.Claims.Changed()
		if s.opts.Claims.Take(usb.USBAddress, device.TransportMassStorage) {
			return func() { s.opts.Claims.Drop(usb.USBAddress, device.TransportMassStorage) }, true
		}
		if !said {
			s.log.Info("disk of a camera that is served over MTP, or may be: left alone", keyPath, p.path, keyPort, usb.Port)
		}
		if sleep(ctx, changed, s.opts.Poll); ctx.Err() != nil {
			return nil, false
		}
	}
}
