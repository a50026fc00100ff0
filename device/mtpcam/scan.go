package mtpcam

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"custodock/device"
)

// spot is a USB device as one scan saw it.
type spot struct {
	device.USBAddress
	interfaces []device.USBInterface
	settled    bool // all its interfaces are there
}

// scan returns the devices at all ports, whatever they are. It reads nothing
// that could wait for a device. It is settled when all of them are.
func scan(sysfs string) (spots map[string]spot, settled bool, err error) {
	entries, err := os.ReadDir(filepath.Join(sysfs, "bus/usb/devices"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true, nil // this kernel has no USB, or not yet
	}
	if err != nil {
		return nil, false, fmt.Errorf("scan USB: %w", err)
	}
	spots, settled = make(map[string]spot), true
	for _, e := range entries {
		// Root hubs are "usb1", interfaces "1-1:1.0".
		if strings.HasPrefix(e.Name(), "usb") || strings.Contains(e.Name(), ":") {
			continue
		}
		a, ok := device.USBAt(sysfs, e.Name())
		if !ok {
			continue // it is leaving
		}
		s := spot{USBAddress: a}
		s.interfaces, s.settled = device.USBInterfaces(sysfs, a.Port)
		settled = settled && s.settled
		spots[a.Port] = s
	}
	return spots, settled, nil
}

// sign is what speaks for MTP.
func (s spot) sign() device.MTPSign { return device.MTPSigns(s.interfaces) }

// ends reports whether a stay that began at a is over. A device whose
// endpoints are being set up anew, as after a reset, shows fewer signs for a
// moment.
func (s spot) ends(a device.USBAddress) bool {
	return s.USBAddress != a || s.settled && s.sign() == device.NoMTP
}

// found describes the device, for which it may have to wait.
func (s spot) found(sysfs, devRoot string) (Found, bool) {
	usb, ok := device.DescribeUSB(sysfs, s.Port)
	if !ok || usb.USBAddress != s.USBAddress {
		return Found{}, false
	}
	// What came since the scan counts too, such as the disk beside MTP.
	if now, settled := device.USBInterfaces(sysfs, s.Port); settled {
		s.interfaces = now
	}
	f := Found{
		USB:  usb,
		Node: node(devRoot, s.USBAddress),
		Sign: s.sign(),
		Disk: slices.ContainsFunc(s.interfaces, device.USBInterface.Disk),
	}
	for _, i := range s.interfaces {
		if i.MTP() != device.NoMTP {
			f.Interfaces = append(f.Interfaces, i.Number)
		}
	}
	return f, true
}
