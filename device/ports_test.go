package device

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A sysfs with one camera's disk (8:1) behind a hub, and one disk (259:1) that
// is not on USB, as a Debian 6.1 kernel lays it out.
const (
	testHub  = "devices/pci0000:00/0000:00:04.0/usb1/1-1"
	testDisk = testHub + "/1-1.3/1-1.3:1.0/host2/target2:0:0/2:0:0:0/block/sda"
	testNVMe = "devices/pci0000:00/0000:00:05.0/nvme/nvme0/nvme0n1"
)

func makeSysfs(t *testing.T, files, links map[string]string) string {
	t.Helper()
	root := t.TempDir()
	place := func(name string) string {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, content := range files {
		if err := os.WriteFile(place(name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range links {
		if err := os.Symlink(target, place(name)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func cameraSysfs(t *testing.T, serial string) string {
	return makeSysfs(t, map[string]string{
		testDisk + "/sda1/partition":               "1\n",
		testNVMe + "/size":                         "0\n",
		testHub + "/devnum":                        "2\n",
		testHub + "/serial":                        "HUB\n",
		testHub + "/1-1.3/busnum":                  "1\n",
		testHub + "/1-1.3/devnum":                  "7\n",
		testHub + "/1-1.3/serial":                  serial,
		testHub + "/1-1.3/idVendor":                "0951\n",
		testHub + "/1-1.3/idProduct":               "1666\n",
		testHub + "/1-1.3/product":                 " DSJ-V9  \n",
		testHub + "/1-1.3/speed":                   "480\n",
		testHub + "/1-1.3/1-1.3:1.0/bNumEndpoints": "02\n",
	}, map[string]string{
		"dev/block/8:1":   "../../" + testDisk + "/sda1",
		"dev/block/259:1": "../../" + testNVMe,
	})
}

func TestBlockUSB(t *testing.T) {
	got, ok := BlockUSB(cameraSysfs(t, "7654321\n"), 8, 1)
	want := USB{USBAddress: got.USBAddress, Serial: "7654321", VendorID: "0951", ProductID: "1666", Product: "DSJ-V9", Speed: "480"}
	if !ok || got != want || got.Port != "1-1.3" || got.Bus != 1 || got.Number != 7 {
		t.Errorf("BlockUSB = %+v, %v; want %+v", got, ok, want)
	}
}

func TestBlockUSBNone(t *testing.T) {
	sysfs := cameraSysfs(t, "1\n")
	for _, minor := range []int{1, 2} {
		if got, ok := BlockUSB(sysfs, 259, minor); ok {
			t.Errorf("BlockUSB(259:%d) = %+v, want none", minor, got)
		}
	}
}

func TestSerialIsBounded(t *testing.T) {
	for _, tt := range []struct{ name, serial, want string }{
		{"control characters", "AB\x1b[2JC\n", "AB%1B[2JC"},
		{"no UTF-8", "AB\xff\n", "AB%FF"},
		{"only blanks", " \x00\x00\n", ""},
		{"endless", strings.Repeat("x", 1<<20), strings.Repeat("x", maxAttribute)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, _ := BlockUSB(cameraSysfs(t, tt.serial), 8, 1)
			if got.Serial != tt.want {
				t.Errorf("serial %.20q became %.20q (%d bytes), want %.20q", tt.serial, got.Serial, len(got.Serial), tt.want)
			}
		})
	}
}

func TestPeerPort(t *testing.T) {
	sysfs := peerSysfs(t)
	for _, tt := range []struct{ port, want string }{
		{"1-4", "2-1"},
		{"2-1", "1-4"},
		{"1-4.3", "2-1.3"},
		{"2-1.3", "1-4.3"},
		{"1-4.3.2", ""},
		{"1-9", ""},
		{"", ""},
		{"usb1", ""},
		{"1-../../x", ""},
		{"1-4.", ""},
	} {
		if got := PeerPort(sysfs, tt.port); got != tt.want {
			t.Errorf("PeerPort(%q) = %q, want %q", tt.port, got, tt.want)
		}
	}
}

// peerSysfs has a hub in the root hubs' socket "1-4", which is also "2-1".
func peerSysfs(t *testing.T) string {
	const devices = "bus/usb/devices/"
	return makeSysfs(t, nil, map[string]string{
		devices + "usb1/1-0:1.0/usb1-port4/peer": "../../../usb2/2-0:1.0/usb2-port1",
		devices + "usb2/2-0:1.0/usb2-port1/peer": "../../../usb1/1-0:1.0/usb1-port4",
		devices + "1-4/1-4:1.0/1-4-port3/peer":   "../../../../usb2/2-1/2-1:1.0/2-1-port3",
		devices + "2-1/2-1:1.0/2-1-port3/peer":   "../../../../usb1/1-4/1-4:1.0/1-4-port3",
		devices + "usb1/1-0:1.0/usb1-port9/peer": "../nonsense",
	})
}
