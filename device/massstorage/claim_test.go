package massstorage

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"custodock/device"
	"custodock/device/devicetest"
)

// dualCamera mounts the disk of a camera that is an MTP responder too.
func dualCamera(t *testing.T) (root, sysfs string, usb device.USBAddress) {
	t.Helper()
	root = t.TempDir()
	cam := mkdir(t, root, "cam")
	tmpfs(t, cam)
	sysfs, _, _ = usbSysfs(t, cam, "7654321")
	folder := filepath.Join(sysfs, "devices/usb1/1-1/1-1.3")
	write(t, filepath.Join(folder, "busnum"), "1\n")
	for number, class := range map[string]string{"00": "06", "01": "08"} {
		dir := filepath.Join(folder, "1-1.3:1."+number[1:])
		write(t, filepath.Join(dir, "bInterfaceNumber"), number)
		write(t, filepath.Join(dir, "bInterfaceClass"), class)
		write(t, filepath.Join(dir, "bInterfaceSubClass"), "01")
		write(t, filepath.Join(dir, "bInterfaceProtocol"), "01")
	}
	mkdir(t, sysfs, "bus/usb/devices")
	must(t, os.Symlink(folder, device.USBFolder(sysfs, "1-1.3")))
	usb, ok := device.USBAt(sysfs, "1-1.3")
	if !ok {
		t.Fatal("the camera is not in sysfs")
	}
	return root, sysfs, usb
}

func TestDiskOfAnMTPCamera(t *testing.T) {
	for _, tt := range []struct {
		name  string
		first func(*device.Claims, device.USBAddress) // before the disk is seen
	}{
		{"MTP first", func(c *device.Claims, a device.USBAddress) { c.Take(a, device.TransportMTP) }},
		{"disk first", func(*device.Claims, device.USBAddress) {}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root, sysfs, usb := dualCamera(t)
			claims := device.NewClaims()
			tt.first(claims, usb)
			log, lines := devicetest.LogLines(slog.LevelDebug)
			s := watch(t, Options{Roots: []string{root}, Sysfs: sysfs, Claims: claims, Logger: log})
			if line := devicetest.Await(t, "the note", lines); !strings.Contains(line, "left alone") || !strings.Contains(line, "port=1-1.3") {
				t.Errorf("logged %s", line)
			}
			mkdir(t, root, "other") // others go on
			s.next("other")
			s.Nothing()

			claims.Take(usb, device.TransportMTP)
			claims.Yield(usb) // it cannot be opened
			d := s.next("cam")
			if claims.Take(usb, device.TransportMTP) {
				t.Error("MTP gets a camera that is served as a disk")
			}
			umount(t, filepath.Join(root, "cam"))
			gone(t, d)
			s.next("cam") // the bare folder
			for changed := claims.Changed(); !claims.Take(usb, device.TransportMTP); changed = claims.Changed() {
				devicetest.Await(t, "the disk to be given back", changed)
			}
		})
	}
}

func TestMTPServes(t *testing.T) {
	root, sysfs, usb := dualCamera(t)
	claims := device.NewClaims()
	claims.Take(usb, device.TransportMTP)
	s := watch(t, Options{Roots: []string{root}, Sysfs: sysfs, Claims: claims})
	for _, name := range []string{"x", "y"} { // each is a scan more
		mkdir(t, root, name)
		s.next(name)
	}
	s.Nothing()
}

// Without an MTP watcher its disk is all that there is of such a camera.
func TestDiskWithoutMTPWatcher(t *testing.T) {
	root, sysfs, _ := dualCamera(t)
	watch(t, Options{Roots: []string{root}, Sysfs: sysfs}).next("cam")
}
