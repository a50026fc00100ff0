package device

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
)

// Standard descriptors (USB 2.0, 9.6).
const (
	configDescriptor          = 2
	configDescriptorLength    = 9
	interfaceDescriptor       = 4
	interfaceDescriptorLength = 9

	// maxDescriptors bounds what is read of them.
	maxDescriptors = 64 << 10
)

// HiddenMTP is an interface of the still image class that a device has and does
// not show: in another configuration than the one that is active, or in another
// setting of an interface than the first one.
type HiddenMTP struct {
	Configuration int // its number
	Active        int // that of the configuration that is active; 0 is none
	Interface     int
	Setting       int
}

// String says where it is.
func (h HiddenMTP) String() string {
	if h.Configuration != h.Active {
		return fmt.Sprintf("in configuration %d, and %d is active", h.Configuration, h.Active)
	}
	return fmt.Sprintf("in setting %d of interface %d, which starts as another kind", h.Setting, h.Interface)
}

// FindHiddenMTP returns the first such interface of the device at a port, which
// shows no MTP otherwise. What is of a vendor's class is not found: only its name
// would tell. It reads what the kernel has of the device's descriptors, for which
// it may have to wait.
func FindHiddenMTP(sysfs, port string) (HiddenMTP, bool) {
	if _, _, ok := portFolder(port); !ok {
		return HiddenMTP{}, false
	}
	dir := USBFolder(sysfs, port)
	b, err := readBounded(filepath.Join(dir, "descriptors"), maxDescriptors)
	if err != nil {
		return HiddenMTP{}, false
	}
	active, err := strconv.Atoi(attribute(dir, "bConfigurationValue"))
	if err != nil {
		active = 0 // none is (Documentation/ABI/stable/sysfs-bus-usb)
	}
	all := stillImages(b)
	at := slices.IndexFunc(all, func(h HiddenMTP) bool { return h.Configuration != active || h.Setting > 0 })
	if at < 0 {
		return HiddenMTP{}, false
	}
	all[at].Active = active
	return all[at], true
}

// stillImages finds the interfaces of the still image class in descriptors as
// sysfs has them: the device's, then all configurations with what is in them.
func stillImages(b []byte) (all []HiddenMTP) {
	configuration := 0
	for len(b) >= 2 && int(b[0]) >= 2 && int(b[0]) <= len(b) {
		d := b[:b[0]]
		b = b[b[0]:]
		switch {
		case d[1] == configDescriptor && len(d) >= configDescriptorLength:
			configuration = int(d[5])
		case d[1] == interfaceDescriptor && len(d) >= interfaceDescriptorLength:
			if (USBInterface{Class: d[5], SubClass: d[6], Protocol: d[7]}).MTP() == SaysMTP {
				all = append(all, HiddenMTP{Configuration: configuration, Interface: int(d[2]), Setting: int(d[3])})
			}
		}
	}
	return all
}
