package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const (
	configfs = "/sys/kernel/config"
	mounts   = "/run/gadget" // where each has its FunctionFS
)

// gadget is a USB device as configfs describes it, with one function. Its
// serial number is its name everywhere.
type gadget struct {
	serial string
	udc    string
}

func (g gadget) path(name string) string {
	return filepath.Join(configfs, "usb_gadget", g.serial, name)
}

func (g gadget) function() string { return "ffs." + g.serial }

// mount is where the function's endpoints are.
func (g gadget) mount() string { return filepath.Join(mounts, g.serial) }

// make describes the device, which is not docked yet. What an earlier one of
// the name has left is taken over.
func (g gadget) make(fastest speed) error {
	if _, err := os.Stat(filepath.Join(configfs, "usb_gadget")); errors.Is(err, fs.ErrNotExist) {
		err := unix.Mount("configfs", configfs, "configfs", 0, "")
		if err != nil && !errors.Is(err, unix.EBUSY) { // another gadget was quicker
			return fmt.Errorf("mount configfs: %w", err)
		}
	}
	for _, dir := range []string{
		g.path("strings/0x409"), g.path("configs/c.1/strings/0x409"), g.path("functions/" + g.function()), g.mount(),
	} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("make the gadget: %w", err)
		}
	}
	for name, value := range map[string]string{
		"idVendor": "0x1d6b", "idProduct": "0x0100", "max_speed": fastest.name,
		"strings/0x409/serialnumber": g.serial, "strings/0x409/manufacturer": "custodock", "strings/0x409/product": "gadget",
	} {
		if err := g.set(name, value); err != nil {
			return fmt.Errorf("make the gadget: %w", err)
		}
	}
	err := os.Symlink(g.path("functions/"+g.function()), g.path("configs/c.1/"+g.function()))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make the gadget: %w", err)
	}
	if err := unix.Mount(g.serial, g.mount(), "functionfs", 0, ""); err != nil {
		return fmt.Errorf("mount functionfs: %w", err)
	}
	return nil
}

func (g gadget) set(name, value string) error {
	return os.WriteFile(g.path(name), []byte(value+"\n"), 0o644)
}

// dock plugs the device in.
func (g gadget) dock() error {
	if err := g.set("UDC", g.udc); err != nil {
		return fmt.Errorf("dock: %w", err)
	}
	return nil
}

// pull takes it out. What is under way ends with ESHUTDOWN.
func (g gadget) pull() error {
	if err := g.set("UDC", ""); err != nil && !errors.Is(err, unix.ENODEV) {
		return fmt.Errorf("pull: %w", err)
	}
	return nil
}

// remove frees the name and the controller for the next one. The endpoints are
// in use for as long as this program runs, hence the detaching.
func (g gadget) remove() error {
	return errors.Join(
		os.Remove(g.path("configs/c.1/"+g.function())),
		os.NewSyscallError("umount", unix.Unmount(g.mount(), unix.MNT_DETACH)),
	)
}
