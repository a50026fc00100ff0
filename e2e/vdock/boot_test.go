//go:build e2e

package vdock

import (
	"path/filepath"
	"testing"
)

// TestDisks docks a FAT32 and an exFAT camera.
func TestDisks(t *testing.T) {
	m := boot(t)
	ctx := t.Context()
	dir := t.TempDir()
	want := map[string]Files{"FAT1": {}, "EXFAT1": {}}
	for serial, fs := range map[string]FileSystem{"FAT1": FAT32, "EXFAT1": ExFAT} {
		src := filepath.Join(dir, serial)
		if err := want[serial].Record(src, "DCIM/100MEDIA/A0001.MP4", 3<<20, 1); err != nil {
			t.Fatal(err)
		}
		if err := want[serial].Record(src, "DCIM/100MEDIA/A0002.JPG", 1001, 2); err != nil {
			t.Fatal(err)
		}
		if err := m.FormatCard(ctx, src+".img", fs, 64<<20, src); err != nil {
			t.Fatal(err)
		}
	}
	d, err := m.StartDaemon(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Dock(ctx, Camera{Serial: "FAT1", Image: filepath.Join(dir, "FAT1.img"), Socket: Socket{XHCI, "1"}}); err != nil {
		t.Fatal(err)
	}
	if err := m.Dock(ctx, Camera{Serial: "EXFAT1", Image: filepath.Join(dir, "EXFAT1.img"), Socket: Socket{EHCI, "1"}}); err != nil {
		t.Fatal(err)
	}
	if err := m.AwaitStored(ctx, 4); err != nil {
		t.Fatal(err)
	}
	if err := m.Check(ctx, want); err != nil {
		t.Error(err)
	}
	if err := d.Stop(ctx); err != nil {
		t.Error(err)
	}
}
