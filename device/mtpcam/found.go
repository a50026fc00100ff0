package mtpcam

import (
	"fmt"
	"path/filepath"

	"custodock/device"
)

// Found is a USB device that is, or may be, a camera over MTP: what sysfs says
// of it, before anything was said to it.
type Found struct {
	device.USB

	Node       string         // to open it, such as "/dev/bus/usb/001/007"
	Interfaces []int          // the numbers of those that show signs of MTP
	Sign       device.MTPSign // the strongest of these
	Disk       bool           // it is a USB disk as well
}

// Info is a camera's as far as the scan knows it. What the camera then says of
// itself over MTP may refine it.
//
// A camera that names no USB serial is known by its kind and its port, and
// SerialKnown says so: in another bay it would be another camera, and another
// of its kind in this bay would be this one. The serial in its MTP DeviceInfo
// is better if there is one.
func (f Found) Info() device.Info {
	serial := f.Serial
	if !f.SerialKnown() {
		serial = fmt.Sprintf("%s-%s@%s", f.VendorID, f.ProductID, f.Port)
	}
	return device.Info{
		Serial:    device.SerialName(serial),
		Transport: device.TransportMTP,
		Location:  fmt.Sprintf("USB bus %d device %d", f.Bus, f.Number),
		Port:      f.Port,
		Model:     f.Model(),
		DeviceID:  f.DeviceID(),
	}
}

// SerialKnown reports whether the camera has a serial on USB.
func (f Found) SerialKnown() bool { return f.Serial != "" }

// node is where the kernel puts a device for programs to open.
func node(devRoot string, a device.USBAddress) string {
	return filepath.Join(devRoot, fmt.Sprintf("%03d", a.Bus), fmt.Sprintf("%03d", a.Number))
}
