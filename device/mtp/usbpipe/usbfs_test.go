package usbpipe

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A file that is no claimed device is not taken for one, and no descriptor of
// it is left. That of a device is found where there is one (TestRealRecovery).
func TestOpenUSBFSTakesNoOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "007")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	before := openFiles(t)
	for name, in := range map[string][2]string{
		"a file that claims nothing": {"/proc/self/fd", path},
		"a file that is not open":    {"/proc/self/fd", path + "8"},
		"nothing can be known":       {path, path},
	} {
		if u := openUSBFS(in[0], in[1], 0); u != nil {
			t.Errorf("%s: found as %d", name, u.fd)
		}
	}
	if after := openFiles(t); after != before {
		t.Errorf("%d descriptors are open, there were %d", after, before)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// The kernel's answer is an error of package unix.
func TestUSBFSErrors(t *testing.T) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	u := &usbfs{int(f.Fd())}
	if n, err := u.bulk(0x81, make([]byte, 512), firstPatience); n != 0 || !errors.Is(err, unix.ENOTTY) {
		t.Errorf("bulk: %d, %v", n, err)
	}
	if err := u.clearHalt(0x81); !errors.Is(err, unix.ENOTTY) {
		t.Errorf("clearHalt: %v", err)
	}
}
