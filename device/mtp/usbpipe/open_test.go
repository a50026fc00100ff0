package usbpipe

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"custodock/device"
	"custodock/device/devicetest"
	"custodock/device/mtp"
)

// nobodyThere is a device that sysfs and /dev have, in temporary folders, and
// the kernel has not: no bus has this number.
func nobodyThere(t *testing.T) Options {
	t.Helper()
	o := Options{Sysfs: t.TempDir(), DevRoot: t.TempDir()}
	for name, value := range map[string]string{"busnum": "250", "devnum": "126"} {
		path := filepath.Join(device.USBFolder(o.Sysfs, "250-1"), name)
		write(t, path, value)
	}
	write(t, filepath.Join(o.DevRoot, "250", "126"), "")
	var ok bool
	if o.Address, ok = device.USBAt(o.Sysfs, "250-1"); !ok {
		t.Fatal("it is not in sysfs")
	}
	return o
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestOpenChecksTheAddress(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"left":           func(o *Options) { os.RemoveAll(device.USBFolder(o.Sysfs, "250-1")) },
		"other number":   func(o *Options) { o.Address.Number++ },
		"other bus":      func(o *Options) { o.Address.Bus++ },
		"other stay":     func(o *Options) { o.Address.Inode++ },
		"other port":     func(o *Options) { o.Address.Port = "250-2" },
		"no node":        func(o *Options) { os.RemoveAll(o.DevRoot) },
		"nobody's zeros": func(o *Options) { o.Address = device.USBAddress{} },
	} {
		o := nobodyThere(t)
		change(&o)
		if p, err := Open(t.Context(), o); !errors.Is(err, mtp.ErrDisconnected) {
			t.Errorf("%s: %v, %v; want ErrDisconnected", name, p, err)
		}
	}
}

func TestOpenAfterTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, nobodyThere(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("Open: %v", err)
	}
}

func TestOpenNotAllowed(t *testing.T) {
	o := nobodyThere(t)
	for path, mode := range map[string]os.FileMode{o.node(): 0, filepath.Dir(o.DevRoot): 0o755} { // t.TempDir's parent is 0700
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	devicetest.AsNobody(func() { _, err = Open(t.Context(), o) })
	if !errors.Is(err, ErrPermission) || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Open: %v, want ErrPermission", err)
	}
}

// Where there is no USB, libusb does not start; where there is, it sees no
// device of this address. Neither is a panic, and neither leaves anything
// open. What 1,000 real cameras leave behind only real USB can show.
func TestOpenFailsCleanly(t *testing.T) {
	o := nobodyThere(t)
	files := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	try := func() {
		if p, err := Open(t.Context(), o); err == nil || errors.Is(err, ErrPermission) {
			t.Fatalf("Open = %v, %v", p, err)
		}
	}
	try() // what libusb keeps from its first start it may keep
	before := files()
	for range 20 {
		try()
	}
	if after := files(); after > before {
		t.Errorf("%d files are open, before %d", after, before)
	}
}
