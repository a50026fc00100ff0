//go:build e2e

package vdock

import (
	"testing"

	"custodock/device/simcam"
)

// gadget makes a camera of package simcam with what was recorded for it, and
// with faults that strike once each.
func (d *dock) gadget(o GadgetOptions, faults ...simcam.Fault) *Gadget {
	d.t.Helper()
	o.Folder = d.folder(o.Serial)
	g, err := d.m.StartGadget(d.ctx, o, d.logs)
	d.must(err)
	d.t.Cleanup(func() {
		if err := g.Stop(d.ctx); err != nil && d.m.Running() {
			d.t.Error(err)
		}
	})
	d.must(g.Script(d.ctx, faults...))
	return g
}

func TestGadgetFirst(t *testing.T) {
	d := newDock(t)
	for _, serial := range []string{"GHI0001", "GSU0001", "GFU0001"} {
		d.record(serial, "DCIM/A0001.MP4", 1<<20)
		d.record(serial, "DCIM/A0002.MP4", 1024-12)
		d.record(serial, "DCIM/A0003.MP4", 0)
	}
	a := d.gadget(GadgetOptions{Serial: "GHI0001", Controller: 0, Profile: "Android"})
	b := d.gadget(GadgetOptions{Serial: "GSU0001", Controller: 1, Profile: "Android", Speed: "super"})
	c := d.gadget(GadgetOptions{Serial: "GFU0001", Controller: 2, Profile: "Android", Speed: "full"})
	d.start("")
	d.must(a.Dock(d.ctx))
	d.must(b.Dock(d.ctx))
	d.must(c.Dock(d.ctx))
	t.Log(d.run("sleep 1; ls /sys/bus/usb/devices; cat /sys/bus/usb/devices/*/serial; dmesg | tail -30"))
	d.stored()
}
