package device

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// maxAttribute bounds what is read of one sysfs file. A USB string descriptor
// has at most 126 UTF-16 units, which is 378 bytes in UTF-8.
const maxAttribute = 512

// USBAddress names one stay of a USB device at a port: from being plugged in,
// or from a reset that changed it, until it leaves. Two stays differ, also of
// the same device at the same port.
type USBAddress struct {
	Port   string // where it is plugged in, such as "1-1.3"
	Bus    int
	Number int // on its bus; given anew at each stay, 1 to 127, around and around

	// Inode is that of the device's sysfs folder: the kernel does not use one
	// again soon (fs/kernfs/dir.c gives them cyclically), whereas a number may
	// come back.
	Inode uint64
}

// USBAt returns who is at a port, and false if nobody is.
func USBAt(sysfs, port string) (USBAddress, bool) {
	if _, _, ok := portFolder(port); !ok {
		return USBAddress{}, false
	}
	return usbAddress(USBFolder(sysfs, port))
}

// Present reports whether the stay goes on.
func (a USBAddress) Present(sysfs string) bool {
	now, ok := USBAt(sysfs, a.Port)
	return ok && now == a
}

// USBFolder is the sysfs folder of whoever is at a port.
func USBFolder(sysfs, port string) string {
	return filepath.Join(sysfs, "bus/usb/devices", port)
}

// usbAddress reads nothing that waits for the device. What it returns without
// true has a port at the most.
func usbAddress(dir string) (USBAddress, bool) {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return USBAddress{}, false
	}
	a := USBAddress{Port: filepath.Base(dir)}
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return a, false
	}
	bus, err := strconv.Atoi(attribute(dir, "busnum"))
	if err != nil {
		return a, false
	}
	number, err := strconv.Atoi(attribute(dir, "devnum"))
	if err != nil {
		return a, false
	}
	a.Bus, a.Number, a.Inode = bus, number, st.Ino
	return a, true
}

// USB is what sysfs says of one USB device. All but the address comes from the
// device itself: it is bounded and printable, and true only as far as the
// device is.
type USB struct {
	USBAddress
	Serial       string
	VendorID     string // four hexadecimal digits
	ProductID    string
	Manufacturer string
	Product      string
	Speed        string // Mbit/s, such as "480" or "1.5"
}

// DescribeUSB returns what is known of the device at a port. It can wait for
// as long as the kernel resets that device: the strings are behind its lock
// (drivers/usb/core/sysfs.c).
func DescribeUSB(sysfs, port string) (USB, bool) {
	if _, ok := USBAt(sysfs, port); !ok {
		return USB{}, false
	}
	return readUSB(USBFolder(sysfs, port))
}

func readUSB(dir string) (USB, bool) {
	a, ok := usbAddress(dir)
	return USB{
		USBAddress:   a,
		Serial:       attribute(dir, "serial"),
		VendorID:     attribute(dir, "idVendor"),
		ProductID:    attribute(dir, "idProduct"),
		Manufacturer: attribute(dir, "manufacturer"),
		Product:      attribute(dir, "product"),
		Speed:        attribute(dir, "speed"),
	}, ok
}

// Model is the camera's name as the device gives it; empty when it gives none.
func (u USB) Model() string { return strings.TrimSpace(u.Manufacturer + " " + u.Product) }

// DeviceID is Info.DeviceID as far as USB knows it.
func (u USB) DeviceID() string { return u.VendorID + ":" + u.ProductID + "/" + u.Serial }

// attribute reads one sysfs file, bounded, trimmed and printable; empty when
// there is none. Bad bytes are escaped and not dropped: two serials that
// differ stay different.
func attribute(dir, name string) string {
	b, err := readBounded(filepath.Join(dir, name), maxAttribute)
	if err != nil {
		return ""
	}
	return escape(strings.Trim(string(b), " \t\r\n\x00"), unprintable)
}

// readBounded reads the start of a file.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}
