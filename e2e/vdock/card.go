package vdock

import (
	"context"
	"fmt"
	"io"
)

// Card is a disk image with the files of a camera that is a USB disk.
type Card struct {
	Image string
	Files Files
}

// FileSystem of a card.
type FileSystem string

// What cameras use.
const (
	FAT32 FileSystem = "vfat"
	ExFAT FileSystem = "exfat"
)

// FormatCard makes a card of the files in a folder. The guest's kernel writes
// it, on a disk that is no USB disk: the host may know neither file system,
// and a card is then written as a camera does it.
func (m *Machine) FormatCard(ctx context.Context, image string, fs FileSystem, size int64, dir string) error {
	if err := makeImage(image, size); err != nil {
		return err
	}
	if err := mkfs(ctx, image, fs); err != nil {
		return fmt.Errorf("format a card: %w", err)
	}
	const id = "formatted"
	if err := m.attach(ctx, id, image, 0); err != nil {
		return fmt.Errorf("format a card: %w", err)
	}
	err := m.monitor.execute(ctx, "device_add", Args{"driver": "virtio-blk-pci", "id": id, "drive": id, "serial": id})
	if err != nil {
		return fmt.Errorf("format a card: %w", err)
	}
	r, w := io.Pipe()
	go func() { _ = w.CloseWithError(pack(w, dir)) }() // ends with the reader
	defer r.Close()
	_, err = m.Feed(ctx, `set -e
udevadm wait --timeout=60 /dev/disk/by-id/virtio-`+id+`
mkdir -p /mnt
mount -t `+string(fs)+` /dev/disk/by-id/virtio-`+id+` /mnt
tar -C /mnt -x
umount /mnt`, r)
	if err != nil {
		return fmt.Errorf("format a card: %w", err)
	}
	if err := m.monitor.remove(ctx, id); err != nil {
		return fmt.Errorf("format a card: %w", err)
	}
	return m.detach(ctx, id)
}

func mkfs(ctx context.Context, image string, fs FileSystem) error {
	args := []string{image}
	if fs == FAT32 {
		args = []string{"-F", "32", image}
	}
	_, err := output(ctx, "", "mkfs."+string(fs), args...)
	return err
}

// attach gives QEMU an image under a name, read at most at bytesPerSecond when
// that is not 0.
func (m *Machine) attach(ctx context.Context, name, image string, bytesPerSecond int64) error {
	file := Args{"driver": "raw", "file": Args{"driver": "file", "filename": image}}
	if bytesPerSecond == 0 {
		file["node-name"] = name
		return m.monitor.execute(ctx, "blockdev-add", file)
	}
	group := name + "-throttle"
	limits := Args{"bps-total": bytesPerSecond}
	err := m.monitor.execute(ctx, "object-add", Args{"qom-type": "throttle-group", "id": group, "limits": limits})
	if err != nil {
		return err
	}
	return m.monitor.execute(ctx, "blockdev-add", Args{"driver": "throttle", "node-name": name, "throttle-group": group, "file": file})
}

func (m *Machine) detach(ctx context.Context, name string) error {
	if err := m.monitor.execute(ctx, "blockdev-del", Args{"node-name": name}); err != nil {
		return err
	}
	// There is one only where reading was slowed down.
	_ = m.monitor.execute(ctx, "object-del", Args{"id": name + "-throttle"})
	return nil
}
