package device

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// USBInterface is what sysfs says of one interface of a USB device.
type USBInterface struct {
	Number   int
	Class    uint8
	SubClass uint8
	Protocol uint8
	Name     string // its string; empty when it has none
	Driver   string // who has it: a kernel driver, "usbfs" for a program, empty for nobody

	BulkIn, BulkOut, InterruptIn int // endpoints of these kinds
	Endpoints                    int // all of them
}

// Interface classes that matter here (usb.org, "Defined Class Codes").
const (
	usbClassImage   = 0x06
	usbClassStorage = 0x08
	usbClassVendor  = 0xFF
)

// MTPSign says how much speaks for MTP.
type MTPSign int

// The signs, in rising order.
const (
	NoMTP MTPSign = iota

	// MaybeMTP is an interface that only the Microsoft OS descriptors of its
	// device can tell from others. To read them is to talk to the device.
	MaybeMTP

	// SaysMTP is an interface of the still image class, which PTP and MTP
	// share, or one of a vendor's class whose name says MTP, as Android's.
	SaysMTP
)

// MTP tells from the interface alone whether it is one of an MTP responder.
// No makes are listed: new cameras come faster than lists.
//
// What is asked for more (MaybeMTP) must look like MTP but for its class: one
// bulk endpoint each way, one interrupt endpoint, nothing else, and no kernel
// driver that knows what it is. That leaves keyboards, hubs, disks, network
// and serial adapters alone, all of which have a driver or another shape; a
// vendor's programmer or a fingerprint reader can remain, and is asked twice
// at the most, with requests that every device must be able to refuse.
func (i USBInterface) MTP() MTPSign {
	switch {
	case i.Class == usbClassImage && i.SubClass == 1 && i.Protocol == 1:
		return SaysMTP
	case i.Class != usbClassVendor && i.Class != usbClassImage:
		return NoMTP
	case strings.Contains(strings.ToUpper(i.Name), "MTP"):
		return SaysMTP
	case i.Driver != "" && i.Driver != "usbfs":
		return NoMTP
	case i.BulkIn == 1 && i.BulkOut == 1 && i.InterruptIn == 1 && i.Endpoints == 3:
		return MaybeMTP
	}
	return NoMTP
}

// Disk reports whether the interface is one of a USB disk.
func (i USBInterface) Disk() bool { return i.Class == usbClassStorage }

// MTPSigns is the strongest sign of any of them.
func MTPSigns(all []USBInterface) MTPSign {
	sign := NoMTP
	for _, i := range all {
		sign = max(sign, i.MTP())
	}
	return sign
}

// USBInterfaces returns the interfaces of the device at a port, as far as they
// are there: the kernel shows a device first, then its interfaces, then their
// endpoints. settled is false while some are missing. It waits for nothing.
func USBInterfaces(sysfs, port string) (all []USBInterface, settled bool) {
	folders := subfolders(USBFolder(sysfs, port), port+":")
	settled = len(folders) > 0
	for _, folder := range folders {
		number, err := strconv.ParseUint(attribute(folder, "bInterfaceNumber"), 16, 8)
		if err != nil {
			settled = false
			continue
		}
		i := USBInterface{
			Number:   int(number),
			Class:    hexByte(folder, "bInterfaceClass"),
			SubClass: hexByte(folder, "bInterfaceSubClass"),
			Protocol: hexByte(folder, "bInterfaceProtocol"),
			Name:     attribute(folder, "interface"),
		}
		if driver, err := os.Readlink(filepath.Join(folder, "driver")); err == nil {
			i.Driver = filepath.Base(driver)
		}
		i.countEndpoints(folder)
		if i.Endpoints != int(hexByte(folder, "bNumEndpoints")) {
			settled = false
		}
		all = append(all, i)
	}
	return all, settled
}

func (i *USBInterface) countEndpoints(folder string) {
	for _, ep := range subfolders(folder, "ep_") {
		i.Endpoints++
		switch attribute(ep, "type") + " " + attribute(ep, "direction") {
		case "Bulk in":
			i.BulkIn++
		case "Bulk out":
			i.BulkOut++
		case "Interrupt in":
			i.InterruptIn++
		}
	}
}

// subfolders returns what starts with prefix in a sysfs folder.
func subfolders(dir, prefix string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var all []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) {
			all = append(all, filepath.Join(dir, e.Name()))
		}
	}
	return all
}

// hexByte is 0 for what is not there, which no class that matters is.
func hexByte(dir, name string) uint8 {
	n, err := strconv.ParseUint(attribute(dir, name), 16, 8)
	if err != nil {
		return 0
	}
	return uint8(n)
}
