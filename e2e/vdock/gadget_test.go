//go:build e2e

package vdock

import (
	"fmt"
	"strings"
	"testing"

	"custodock/device/mtp"
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

// wrong is a camera that does something wrong on the bus.
type wrong struct {
	serial  string
	profile string
	speed   string
	faults  []simcam.Fault
}

// framing is a fault of every kind that changes which transfers there are when
// an object is read by op, each with a clip of its own.
func framing(op mtp.OperationCode) []simcam.Fault {
	faults := []simcam.Fault{
		{Kind: simcam.SplitHeader},
		{Kind: simcam.OneRead},
		{Kind: simcam.NoEmptyPacket},
		{Kind: simcam.StrayZeros, At: 3},
		{Kind: simcam.StaleResponse},
		{Kind: simcam.LyingLength, At: 5000},
		{Kind: simcam.LyingLength, At: -500},
		{Kind: simcam.Short, At: 10_000},
		{Kind: simcam.Busy},
		{Kind: simcam.WrongTransaction},
		{Kind: simcam.WrongDataID},
	}
	for i := range faults {
		faults[i].Operation, faults[i].Path = op, fmt.Sprintf("DCIM/F%04d.MP4", i)
	}
	return faults
}

// TestGadgetFaults docks cameras that each do something wrong on a real bus,
// all at once, and stores every clip of theirs.
func TestGadgetFaults(t *testing.T) {
	const long, short = "DCIM/A0001.MP4", "DCIM/A0002.MP4"
	d := newDock(t)
	all := []wrong{ // those that take longest first
		{"DEAD", "umtprd", "high", []simcam.Fault{{Kind: simcam.Dead, Path: long, At: 300_001}}},
		{"SILENT", "Android", "high", []simcam.Fault{{Kind: simcam.Silence, Path: long, At: 300_001}}},
		{"DEADOPEN", "Android", "super", []simcam.Fault{{Kind: simcam.Dead, Operation: mtp.OpGetDeviceInfo}}},
		{"PULLED", "Android", "high", []simcam.Fault{{Kind: simcam.Pull, Path: long, At: 1_700_001}}},
		{"HALTDATA", "Android", "high", []simcam.Fault{
			{Kind: simcam.Halt, Path: long, At: 300_001},
			{Kind: simcam.Halt, Path: short, Operation: mtp.OpGetPartialObject64},
		}},
		{"HALTREQ", "umtprd", "super", []simcam.Fault{
			{Kind: simcam.Halt, Operation: mtp.OpGetDeviceInfo},
			{Kind: simcam.HaltOut, Operation: mtp.OpOpenSession},
			{Kind: simcam.Halt, Operation: mtp.OpGetStorageIDs},
			{Kind: simcam.HaltOut, Operation: mtp.OpGetObjectHandles},
		}},
		{"FRAMEF", "Android", "full", framing(mtp.OpGetPartialObject64)},
		{"FRAMEH", "PTP", "high", framing(mtp.OpGetObject)},
		{"FRAMES", "Android", "super", framing(mtp.OpGetPartialObject64)},
		// {"CMTP", "cmtp-responder", "high", nil},
	}
	gadgets := make([]*Gadget, len(all))
	for i, w := range all {
		d.record(w.serial, short, 64<<10-12) // with its container's header, whole packets
		if strings.HasPrefix(w.serial, "FRAME") {
			for _, f := range w.faults {
				d.record(w.serial, f.Path, 20<<10-12)
			}
		} else {
			d.record(w.serial, long, 2_000_000)
		}
		gadgets[i] = d.gadget(GadgetOptions{Serial: w.serial, Controller: i, Profile: w.profile, Speed: w.speed}, w.faults...)
	}
	d.start("ingest: {parallel: 16}")
	for _, g := range gadgets {
		d.must(g.Dock(d.ctx))
	}
	pulled := gadgets[3]
	d.must(pulled.Await(d.ctx, "msg=pulled", 1))
	d.awaitGone("PULLED")
	d.must(pulled.Dock(d.ctx))
	d.stored()
	for i, w := range all {
		if n := gadgets[i].Said("msg=struck"); n != len(w.faults) {
			t.Errorf("%d faults of %s have struck, want %d", n, w.serial, len(w.faults))
		}
	}
	if n := pulled.Said(`operation=GetPartialObject64 params="[0x2 0x0 0x0 0x100000]"`); n != 1 {
		t.Errorf("the clip that broke off in its second part was begun %d times", n)
	}
}

// TestGadgetMemory reads six cameras at once with memory for one of them, and
// kills the daemon meanwhile. Half of the cameras keep its session.
func TestGadgetMemory(t *testing.T) {
	const memory = "/sys/module/usbcore/parameters/usbfs_memory_mb"
	d := newDock(t)
	usual := d.run("cat " + memory)
	t.Cleanup(func() { d.run("echo " + strings.TrimSpace(usual) + " >" + memory) })
	d.run("echo 1 >" + memory)
	var gadgets []*Gadget
	for i := range 6 {
		o := GadgetOptions{Serial: fmt.Sprintf("MEM%04d", i), Controller: i, Profile: []string{"Android", "umtprd"}[i%2], Rate: 1 << 20}
		d.record(o.Serial, "DCIM/A0001.MP4", 2<<20)
		gadgets = append(gadgets, d.gadget(o))
	}
	d.start("ingest: {parallel: 16}")
	for _, g := range gadgets {
		d.must(g.Dock(d.ctx))
	}
	d.awaitBay("MEM0000", func(b Bay) bool { return len(b.Copying) == 1 && b.Copying[0].Done > 0 })
	d.kill()
	d.start("ingest: {parallel: 16}")
	d.stored()
}
