//go:build e2e

package vdock

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// mtp is QEMU's MTP responder on one of the buses: they treat transfers
// differently (docs/decisions.md).
func (d *dock) mtp(serial string, s Socket) Camera {
	return Camera{Serial: serial, Folder: d.folder(serial), Socket: s}
}

// umtprd makes the responder in the guest a camera.
func (d *dock) umtprd(serial string) *Responder {
	d.t.Helper()
	return d.composite(serial, "")
}

// composite makes it a camera that is a disk at the same time.
func (d *dock) composite(serial, card string) *Responder {
	d.t.Helper()
	r, err := d.m.StartResponder(d.ctx, serial, d.folder(serial), card)
	d.must(err)
	d.t.Cleanup(func() {
		if err := r.Stop(d.ctx); err != nil && d.m.Running() {
			d.t.Error(err)
		}
	})
	return r
}

// TestEightCameras docks cameras of all kinds at once, in bays that go by
// port, and stores every clip of theirs.
func TestEightCameras(t *testing.T) {
	d := newDock(t)
	sockets := map[string]Socket{
		"MTPE001": {EHCI, "1"}, "MTPE002": {EHCI, "2"}, "MTPX001": {XHCI, "1"}, "MTPX002": {XHCI, "2"},
		"FAT0001": {XHCI, "3"}, "EXF0001": {XHCI, "4"}, "EXF0002": {EHCI, "3"}, "UMT0001": {},
	}
	var cameras []Camera
	for serial, socket := range sockets {
		d.record(serial, "DCIM/100MEDIA/A0001.MP4", 1<<20)
		d.record(serial, "DCIM/100MEDIA/A0002.MP4", 512<<10-12) // with its container's header, whole packets
		d.record(serial, "DCIM/101MEDIA/A0001.MP4", 1)
		d.record(serial, "LOG/deep/er/still/events.log", 0)
		switch serial[:3] {
		case "MTP":
			cameras = append(cameras, d.mtp(serial, socket))
		case "FAT":
			cameras = append(cameras, d.card(serial, FAT32, 64<<20, socket))
		case "EXF":
			cameras = append(cameras, d.card(serial, ExFAT, 64<<20, socket))
		}
	}
	u := d.umtprd("UMT0001")
	d.start(`bays: [{bay: 11, usb_port: "3-1"}, {bay: 12, usb_port: "1-1"}, {bay: 13, usb_port: "1-3"}, {bay: 14, usb_port: "4-1"}]`)
	for _, c := range cameras {
		d.put(c)
	}
	d.must(u.Dock(d.ctx))
	d.stored()
	d.must(d.m.Verify(d.ctx))
	for serial, want := range map[string]int{"MTPE001": 11, "MTPX001": 12, "FAT0001": 13, "UMT0001": 14} {
		if b := d.awaitBay(serial, func(b Bay) bool { return b.State == "done" }); b.Bay != want {
			t.Errorf("%s is in bay %d, want %d", serial, b.Bay, want)
		}
	}
	d.must(u.Pull(d.ctx))
	d.awaitGone("UMT0001")
}

// TestMTPPulledWhileCopied takes a camera out in the middle of a clip, and
// brings it back.
func TestMTPPulledWhileCopied(t *testing.T) {
	for name, socket := range map[string]Socket{"ehci": {EHCI, "1"}, "xhci": {XHCI, "1"}, "umtprd": {}} {
		t.Run(name, func(t *testing.T) {
			d := newDock(t)
			d.record("MTP0001", "DCIM/A0001.MP4", 100_000)
			d.record("MTP0001", "DCIM/A0002.MP4", 64<<20)
			dock, pull := func() { d.put(d.mtp("MTP0001", socket)) }, func() { d.pull(d.mtp("MTP0001", socket)) }
			if name == "umtprd" {
				u := d.umtprd("MTP0001")
				dock = func() { d.must(u.Dock(d.ctx)) }
				pull = func() { d.must(errors.Join(u.Pull(d.ctx), u.Renew(d.ctx))) }
			}
			d.start("")
			dock()
			d.awaitBay("MTP0001", func(b Bay) bool {
				return len(b.Copying) == 1 && b.Copying[0].Path == "DCIM/A0002.MP4" && b.Copying[0].Done > 1<<20
			})
			pull()
			d.awaitGone("MTP0001")
			dock()
			d.stored()
		})
	}
}

// TestMTPPulledWhileListed takes a camera out before all of its clips are
// known, and brings it back.
func TestMTPPulledWhileListed(t *testing.T) {
	d := newDock(t)
	for i := range 200 {
		d.record("MTP0001", fmt.Sprintf("DCIM/%dMEDIA/A%04d.JPG", 100+i/10, i), 1000)
	}
	c := d.mtp("MTP0001", Socket{EHCI, "1"})
	d.start("")
	d.put(c)
	d.awaitBay("MTP0001", func(b Bay) bool { return b.State == "reading" })
	d.pull(c)
	d.awaitGone("MTP0001")
	d.put(c)
	d.stored()
}

// TestMTPDockedBefore starts the daemon with cameras in the sockets, ends it
// while it copies, and starts it again.
func TestMTPDockedBefore(t *testing.T) {
	d := newDock(t)
	for _, serial := range []string{"MTP0001", "MTP0002"} {
		for i := range 3 {
			d.record(serial, fmt.Sprintf("DCIM/A%04d.MP4", i), 8<<20)
		}
	}
	d.put(d.mtp("MTP0001", Socket{EHCI, "1"}))
	d.put(d.mtp("MTP0002", Socket{XHCI, "1"}))
	d.start("")
	d.must(Await(d.ctx, d.m, "/api/v1/status", func(s Status) bool { return s.Clips.Stored >= 1 }))
	d.stop()
	d.start("")
	d.stored()
}

// TestMTPRelease deletes from the camera what is stored, and nothing else.
func TestMTPRelease(t *testing.T) {
	d := newDock(t)
	d.record("MTP0001", "DCIM/A0001.MP4", 1<<20)
	d.record("MTP0001", "DCIM/A0002.MP4", 1<<20)
	d.record("MTP0002", "DCIM/A0001.MP4", 1<<20)
	c := d.mtp("MTP0001", Socket{EHCI, "1"})
	c.Writable = true
	readOnly := d.mtp("MTP0002", Socket{EHCI, "2"})
	d.start("camera: {release: stored}")
	d.put(c)
	d.put(readOnly)
	d.must(Await(d.ctx, d.m, "/api/v1/clips", func(page struct{ Clips []Clip }) bool {
		released := 0
		for _, c := range page.Clips {
			if c.ReleasedAt != "" {
				released++
			}
		}
		return released == 2
	}))
	d.stored()
	for path := range d.cameras["MTP0001"] {
		if _, err := os.Stat(filepath.Join(c.Folder, path)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still on the camera: %v", path, err)
		}
	}
	if _, err := os.Stat(filepath.Join(readOnly.Folder, "DCIM/A0001.MP4")); err != nil {
		t.Errorf("a read-only camera lost a clip: %v", err)
	}
}

// TestMTPAndDisk docks a camera that shows MTP and a disk at once, twice. It is
// one camera, over MTP: of what is on the disk alone no clip comes, though the
// disk is mounted.
func TestMTPAndDisk(t *testing.T) {
	d := newDock(t)
	d.record("CMP0001", "DCIM/100MEDIA/A0001.MP4", 1<<20)
	d.record("CMP0001", "DCIM/100MEDIA/A0002.MP4", 4096)
	other := filepath.Join(d.dir, "disk")
	d.must(make(Files).Record(other, "DCIM/100MEDIA/DISK.MP4", 1000, 1))
	image := filepath.Join(d.dir, "disk.img")
	d.must(d.m.FormatCard(d.ctx, image, ExFAT, 8<<20, other))
	u := d.composite("CMP0001", image)
	d.start("")
	for n := range 2 {
		d.must(u.Dock(d.ctx))
		d.awaitLog("disk of a camera that is served over MTP", n+1)
		d.stored()
		d.awaitBay("CMP0001", func(b Bay) bool { return b.State == "done" && b.Transport == "mtp" })
		d.must(Await(d.ctx, d.m, "/api/v1/status", func(s Status) bool { return len(s.Bays) == 1 }))
		d.must(u.Pull(d.ctx))
		d.awaitGone("CMP0001")
	}
}

// TestMTPOver4GiB copies a clip that is longer than 32 bits can say. All but
// its end are holes. An emulated processor with a core to itself hashes some
// 25 MB a second, which is three minutes for this clip, and ten on a machine
// that has other things to do. So the ordinary run sees only that its size is
// right and that it is copied; VDOCK_LONG=1 waits until it is stored and
// compares its SHA-256.
func TestMTPOver4GiB(t *testing.T) {
	const size = 4<<30 + 1<<20 + 1
	d := newPatientDock(t, 40*time.Minute)
	d.record("MTP0001", "DCIM/A0001.MP4", 1000)
	name := filepath.Join(d.folder("MTP0001"), "DCIM/A0001.MP4")
	d.must(os.Truncate(name, size))
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	d.must(err)
	_, err = f.WriteAt([]byte("the end"), size-7)
	d.must(errors.Join(err, f.Close()))
	d.cameras["MTP0001"]["DCIM/A0001.MP4"], err = HashFile(name)
	d.must(err)
	d.start("ingest: {readback: false}") // this is about reading a camera, and reading twice as much takes long
	d.put(d.mtp("MTP0001", Socket{EHCI, "1"}))
	if os.Getenv("VDOCK_LONG") != "" {
		d.stored()
		return
	}
	d.awaitBay("MTP0001", func(b Bay) bool { return len(b.Copying) == 1 && b.Copying[0].Done > 8<<20 })
	clips, err := d.m.Clips(d.ctx)
	d.must(err)
	if len(clips) != 1 || clips[0].Size != size {
		t.Errorf("listed as %+v, want one of %d bytes", clips, int64(size))
	}
}
