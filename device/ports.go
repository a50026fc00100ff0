package device

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// DefaultSysfs is where Linux shows its devices.
const DefaultSysfs = "/sys"

// maxSysfsDepth bounds the walk up from a block device: seven hubs, each with
// a folder, and the SCSI layers in between stay far below it.
const maxSysfsDepth = 64

// BlockPath returns the sysfs folder of a block device. It is there exactly
// as long as the kernel has the device.
func BlockPath(sysfs string, major, minor int) string {
	return filepath.Join(sysfs, "dev/block", strconv.Itoa(major)+":"+strconv.Itoa(minor))
}

// BlockUSB returns the USB device that a disk or partition belongs to, and
// false if there is none.
func BlockUSB(sysfs string, major, minor int) (USB, bool) {
	dir, err := filepath.EvalSymlinks(BlockPath(sysfs, major, minor))
	if err != nil {
		return USB{}, false
	}
	for range maxSysfsDepth {
		// Only USB devices have a number on their bus; their interfaces and
		// what hangs below them do not.
		if _, err := os.Lstat(filepath.Join(dir, "devnum")); err == nil {
			usb, _ := readUSB(dir) // pulled meanwhile: it was one
			return usb, true
		}
		parent := filepath.Dir(dir)
		if parent == dir || parent == filepath.Clean(sysfs) {
			break
		}
		dir = parent
	}
	return USB{}, false
}

// PeerPort returns the other name of a socket: a USB 3 socket is a port of a
// high-speed hub and one of a SuperSpeed hub, and which of them a camera shows
// on depends on the camera and its cable. Empty when the socket has one name.
func PeerPort(sysfs, port string) string {
	hub, name, ok := portFolder(port)
	if !ok {
		return ""
	}
	link, err := os.Readlink(filepath.Join(sysfs, "bus/usb/devices", hub, name, "peer"))
	if err != nil {
		return ""
	}
	return portName(filepath.Base(link))
}

// portFolder splits port into its hub's name and the port's folder in it:
// "1-1.3" is "1-1:1.0/1-1-port3" of hub "1-1", and "1-4", on the root hub, is
// "1-0:1.0/usb1-port4" of "usb1".
func portFolder(port string) (hub, folder string, ok bool) {
	bus, path, ok := strings.Cut(port, "-")
	if !ok || !decimal(bus) {
		return "", "", false
	}
	numbers := strings.Split(path, ".")
	for _, n := range numbers {
		if !decimal(n) {
			return "", "", false
		}
	}
	last := len(numbers) - 1
	hub, function := "usb"+bus, bus+"-0:1.0"
	if last > 0 {
		hub = bus + "-" + strings.Join(numbers[:last], ".")
		function = hub + ":1.0"
	}
	return hub, filepath.Join(function, hub+"-port"+numbers[last]), true
}

// portName is the other way: "usb2-port4" is "2-4", "2-1-port3" is "2-1.3".
func portName(folder string) string {
	hub, n, ok := strings.Cut(folder, "-port")
	if !ok || !decimal(n) {
		return ""
	}
	port := hub + "." + n
	if bus, root := strings.CutPrefix(hub, "usb"); root {
		port = bus + "-" + n
	}
	if _, _, ok := portFolder(port); !ok {
		return ""
	}
	return port
}

func decimal(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}
