//go:build e2e

package vdock

import (
	"fmt"
	"testing"
)

// TestDisks has one camera docked before the daemon starts, and one after: in
// bays that the configuration maps by port. A SuperSpeed device shows on the
// other bus than the port that is named. Neither card changes by one bit.
func TestDisks(t *testing.T) {
	d := newDock(t)
	d.record("FAT0001", "DCIM/100MEDIA/A0001.MP4", 3<<20+1)
	d.record("FAT0001", "DCIM/100MEDIA/A0002.JPG", 1000)
	d.record("FAT0001", "DCIM/101MEDIA/A0001.MP4", 0)
	d.record("EXF0001", "DCIM/100MEDIA/A0001.MP4", 2<<20)
	d.record("EXF0001", "DCIM/100MEDIA/执法记录.MP4", 4096)
	fat := d.card("FAT0001", FAT32, 64<<20, Socket{XHCI, "2"})
	exfat := d.card("EXF0001", ExFAT, 64<<20, Socket{EHCI, "3"})
	before := map[string]string{}
	for _, c := range []Camera{fat, exfat} {
		sum, err := HashFile(c.Image)
		d.must(err)
		before[c.Serial] = sum
	}

	d.put(fat)
	d.start(`bays: [{bay: 7, usb_port: "1-2"}, {bay: 5, usb_port: "3-3"}]`)
	d.put(exfat)
	d.stored()

	if b := d.awaitBay("FAT0001", func(b Bay) bool { return b.State == "done" }); b.Bay != 7 {
		t.Errorf("the SuperSpeed camera is in bay %d, want 7", b.Bay)
	}
	if b := d.awaitBay("EXF0001", func(b Bay) bool { return b.State == "done" }); b.Bay != 5 {
		t.Errorf("the high-speed camera is in bay %d, want 5", b.Bay)
	}
	if speed := d.run("cat /sys/bus/usb/devices/2-2/speed"); speed != "5000\n" {
		t.Errorf("the camera in bay 7 has speed %q, so it shows nothing of SuperSpeed", speed)
	}
	for _, c := range []Camera{fat, exfat} {
		d.pull(c)
		d.awaitGone(c.Serial)
		if after, err := HashFile(c.Image); err != nil || after != before[c.Serial] {
			t.Errorf("the card of %s was changed: %v", c.Serial, err)
		}
	}
	if left := d.run("ls /run/custodock/cameras"); left != "" {
		t.Errorf("mounts were left: %s", left)
	}
}

// TestDiskPulledWhileCopied takes a camera out in the middle of a clip, and
// puts it into another bus's socket.
func TestDiskPulledWhileCopied(t *testing.T) {
	d := newDock(t)
	d.record("FAT0001", "DCIM/A0001.MP4", 100_000)
	d.record("FAT0001", "DCIM/A0002.MP4", 16<<20)
	c := d.card("FAT0001", FAT32, 64<<20, Socket{XHCI, "1"})
	c.BytesPerSecond = 1 << 20
	d.start("")
	d.put(c)
	d.awaitBay("FAT0001", func(b Bay) bool {
		return len(b.Copying) == 1 && b.Copying[0].Path == "DCIM/A0002.MP4" && b.Copying[0].Done > 1<<20
	})
	d.pull(c)
	d.awaitGone("FAT0001")
	clips, err := d.m.Clips(d.ctx)
	d.must(err)
	for _, c := range clips {
		// Failed, where the kernel said "I/O error" before it said "gone".
		if c.Path == "DCIM/A0002.MP4" && c.State != "seen" && c.State != "failed" {
			t.Errorf("half of it was copied, and the clip is %s", c.State)
		}
	}
	c.BytesPerSecond = 0
	c.Socket = Socket{EHCI, "1"}
	d.put(c)
	d.stored()
}

// TestDiskPulledWhileListed takes a camera out before all of its files are
// known, and brings it back.
func TestDiskPulledWhileListed(t *testing.T) {
	d := newDock(t)
	for i := range 40 {
		d.record("EXF0001", fmt.Sprintf("DCIM/%03dMEDIA/A0001.JPG", 100+i), 1000)
	}
	c := d.card("EXF0001", ExFAT, 64<<20, Socket{XHCI, "1"})
	c.BytesPerSecond = 64 << 10
	d.start("")
	d.put(c)
	d.awaitBay("EXF0001", func(b Bay) bool { return b.State == "reading" })
	d.pull(c)
	d.awaitGone("EXF0001")
	c.BytesPerSecond = 0
	d.put(c)
	d.stored()
}

// TestRestartWithDocked ends the daemon while it copies, and starts it again
// with the camera where it was.
func TestRestartWithDocked(t *testing.T) {
	d := newDock(t)
	for i := range 6 {
		d.record("FAT0001", fmt.Sprintf("DCIM/A%04d.MP4", i), 1<<20)
	}
	c := d.card("FAT0001", FAT32, 64<<20, Socket{XHCI, "1"})
	c.BytesPerSecond = 1 << 20
	d.start("")
	d.put(c)
	d.awaitBay("FAT0001", func(b Bay) bool { return b.Left < 5 && b.Left > 0 && b.State == "copying" })
	d.stop()
	d.start("")
	d.stored()
	d.must(d.m.Verify(d.ctx))
}

// TestPowerCut kills the station in the middle of a copy and boots it again:
// what was stored is stored, and the rest follows.
func TestPowerCut(t *testing.T) {
	d := newDock(t)
	for i := range 8 {
		d.record("FAT0001", fmt.Sprintf("DCIM/A%04d.MP4", i), 1<<20)
	}
	c := d.card("FAT0001", FAT32, 64<<20, Socket{XHCI, "1"})
	c.BytesPerSecond = 1 << 20
	d.start("")
	d.put(c)
	d.awaitBay("FAT0001", func(b Bay) bool { return b.Left < 6 && len(b.Copying) > 0 && b.Copying[0].Done > 0 })
	before, err := d.m.Clips(d.ctx)
	d.must(err)

	d.powerCut()
	d.start("")
	after, err := d.m.Clips(d.ctx)
	d.must(err)
	state := make(map[string]string)
	for _, c := range after {
		state[c.ID] = c.State
	}
	for _, c := range before {
		if s := state[c.ID]; s == "" || c.State == "stored" && s != "stored" {
			t.Errorf("%s was %s before the power was cut and is %q after it", c.Path, c.State, s)
		}
	}
	c.BytesPerSecond = 0
	d.put(c)
	d.stored()
	d.must(d.m.Verify(d.ctx))
}
