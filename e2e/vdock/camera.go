package vdock

import (
	"context"
	"fmt"
)

// Socket is where a camera is put: one of the buses, and a port of it.
type Socket struct {
	Bus  string
	Port string
}

// Camera is a USB device that can be docked and pulled again and again. Its
// serial is its name in QEMU too.
type Camera struct {
	Serial string
	Socket Socket

	// A camera is one of these.
	Image  string // of a USB disk, see FormatCard
	Folder string // of the host, over MTP

	Writable       bool  // over MTP: objects can be deleted
	BytesPerSecond int64 // of a disk: the most that is read; 0 is no limit
}

// Dock plugs a camera in. It returns when QEMU has it; the guest sees it later.
func (m *Machine) Dock(ctx context.Context, c Camera) error {
	device := Args{"id": c.Serial, "serial": c.Serial, "bus": c.Socket.Bus, "port": c.Socket.Port}
	if c.Image != "" {
		if err := m.attach(ctx, c.Serial+"-image", c.Image, c.BytesPerSecond); err != nil {
			return fmt.Errorf("dock %s: %w", c.Serial, err)
		}
		device["driver"], device["drive"] = "usb-storage", c.Serial+"-image"
	} else {
		device["driver"], device["rootdir"], device["readonly"] = "usb-mtp", c.Folder, !c.Writable
		device["desc"] = "Camera " + c.Serial
	}
	if err := m.monitor.execute(ctx, "device_add", device); err != nil {
		return fmt.Errorf("dock %s: %w", c.Serial, err)
	}
	return nil
}

// Pull takes a camera away, whatever is going on.
func (m *Machine) Pull(ctx context.Context, c Camera) error {
	if err := m.monitor.remove(ctx, c.Serial); err != nil {
		return fmt.Errorf("pull %s: %w", c.Serial, err)
	}
	if c.Image == "" {
		return nil
	}
	if err := m.detach(ctx, c.Serial+"-image"); err != nil {
		return fmt.Errorf("pull %s: %w", c.Serial, err)
	}
	return nil
}
