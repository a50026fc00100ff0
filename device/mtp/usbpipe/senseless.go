package usbpipe

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Standard descriptors (USB 2.0, 9.4 and 9.6).
const (
	deviceDescriptorLength    = 18
	configDescriptor          = 2
	interfaceDescriptor       = 4
	interfaceDescriptorLength = 9
)

// blame says which devices gousb panics on, so that somebody can unplug them:
// until then no other camera can be opened. Without any it says nothing.
func blame(sysfs string) string {
	files, _ := filepath.Glob(filepath.Join(sysfs, "bus/usb/devices/*/descriptors"))
	var ports []string
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil && isSenseless(b) {
			ports = append(ports, filepath.Base(filepath.Dir(f)))
		}
	}
	if len(ports) == 0 {
		return ""
	}
	return fmt.Sprintf("; unplug what is at port %s: no camera can be opened before", strings.Join(ports, ", "))
}

// isSenseless reports whether gousb panics on a device's descriptors, which are
// as in sysfs: the device's, then all of its configurations. libusb makes an
// interface of each run of interface descriptors with one number; gousb leaves
// out settings that were given before, and panics where an interface has no
// other ones (libusb.go, getDeviceDesc).
func isSenseless(b []byte) bool {
	type setting struct{ number, alternate byte }
	var given map[setting]bool // in this configuration
	last, news := -1, true     // the number of the run, and whether it had a new setting
	for b = b[min(len(b), deviceDescriptorLength):]; len(b) >= 2; b = b[b[0]:] {
		if int(b[0]) < 2 || int(b[0]) > len(b) {
			break // libusb reads no further either
		}
		switch {
		case b[1] == configDescriptor:
			if !news {
				return true
			}
			given, last = make(map[setting]bool), -1
		case b[1] == interfaceDescriptor && b[0] >= interfaceDescriptorLength && given != nil:
			s := setting{b[2], b[3]}
			if int(s.number) != last {
				if !news {
					return true
				}
				last, news = int(s.number), false
			}
			news = news || !given[s]
			given[s] = true
		}
	}
	return !news
}
