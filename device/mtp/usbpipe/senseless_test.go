package usbpipe

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// descriptors are a device's: a configuration each, of interfaces with number
// and alternate setting, each with an endpoint.
func descriptors(configs ...[][2]byte) []byte {
	b := append([]byte{18, 1}, make([]byte, 16)...)
	for _, c := range configs {
		b = append(b, 9, 2, 0, 0, byte(len(c)), 1, 0, 0x80, 50)
		for _, i := range c {
			b = append(b, 9, 4, i[0], i[1], 1, 6, 1, 1, 0)
			b = append(b, 7, 5, 0x81, 2, 0, 2, 0)
		}
	}
	return b
}

func TestIsSenseless(t *testing.T) {
	good := descriptors([][2]byte{{0, 0}, {1, 0}, {1, 1}})
	for _, tt := range []struct {
		name string
		b    []byte
		want bool
	}{
		{"a composite device", good, false},
		{"two configurations", descriptors([][2]byte{{0, 0}}, [][2]byte{{0, 0}, {1, 0}}), false},
		{"numbers with gaps, backwards", descriptors([][2]byte{{5, 0}, {2, 0}}), false},
		{"an interface in two places, with another setting", descriptors([][2]byte{{0, 0}, {1, 0}, {0, 1}}), false},
		{"a setting twice in a row", descriptors([][2]byte{{0, 0}, {0, 0}}), false},
		{"an interface in two places", descriptors([][2]byte{{0, 0}, {1, 0}, {0, 0}}), true},
		{"in the middle", descriptors([][2]byte{{0, 0}, {1, 0}, {0, 0}, {2, 0}}), true},
		{"in the first of two configurations", descriptors([][2]byte{{0, 0}, {1, 0}, {0, 0}}, [][2]byte{{0, 0}}), true},
		{"cut off", good[:len(good)-10], false},
		{"a length of nothing", append(append([]byte(nil), good...), 0, 4, 0, 0), false},
		{"nothing", nil, false},
	} {
		if got := isSenseless(tt.b); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestBlame(t *testing.T) {
	sysfs := t.TempDir()
	if got := blame(sysfs); got != "" {
		t.Errorf("without USB: %q", got)
	}
	for port, b := range map[string][]byte{
		"1-1": descriptors([][2]byte{{0, 0}}), "1-2.4": descriptors([][2]byte{{0, 0}, {1, 0}, {0, 0}}), "usb1": descriptors([][2]byte{{0, 0}}),
	} {
		dir := filepath.Join(sysfs, "bus/usb/devices", port)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "descriptors"), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := blame(sysfs); !strings.Contains(got, "port 1-2.4:") {
		t.Errorf("blame = %q, want port 1-2.4", got)
	}
}
