//go:build e2e

package vdock

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"custodock/device/mtp"
	"custodock/device/simcam"
)

// wrong is a camera of package simcam that does something wrong on the bus,
// every fault of it once.
type wrong struct {
	serial  string
	profile string
	speed   string
	rate    int64
	faults  []simcam.Fault
}

// gadgets makes cameras with what was recorded for them, all at once. They are
// not docked yet.
func (d *dock) gadgets(all []wrong) []*Gadget {
	d.t.Helper()
	gadgets, errs := make([]*Gadget, len(all)), make([]error, len(all))
	var starting sync.WaitGroup
	for i, w := range all {
		starting.Go(func() {
			gadgets[i], errs[i] = d.m.StartGadget(d.ctx, GadgetOptions{
				Serial: w.serial, Controller: i, Profile: w.profile, Speed: w.speed, Rate: w.rate, Folder: d.folder(w.serial),
			}, d.logs)
			if errs[i] == nil {
				errs[i] = gadgets[i].Script(d.ctx, w.faults...)
			}
		})
	}
	starting.Wait()
	d.t.Cleanup(func() {
		for _, g := range gadgets {
			if g == nil {
				continue
			}
			if err := g.Stop(d.ctx); err != nil && d.m.Running() {
				d.t.Error(err)
			}
		}
	})
	d.must(errors.Join(errs...))
	return gadgets
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
	all := []wrong{ // two that take 20 s to give up first
		{"DEAD", "umtprd", "high", 0, []simcam.Fault{{Kind: simcam.Dead, Path: long, At: 300_001}}},
		{"SILENT", "Android", "high", 0, []simcam.Fault{{Kind: simcam.Silence, Path: long, At: 300_001}}},
		{"DEADOPEN", "Android", "super", 0, []simcam.Fault{{Kind: simcam.Dead, Operation: mtp.OpGetDeviceInfo}}},
		{"PULLED", "Android", "high", 0, []simcam.Fault{{Kind: simcam.Pull, Path: long, At: 1_700_001}}},
		{"HALTDATA", "Android", "high", 0, []simcam.Fault{
			{Kind: simcam.Halt, Path: long, At: 300_001},
			{Kind: simcam.Halt, Path: short, Operation: mtp.OpGetPartialObject64},
		}},
		{"HALTREQ", "umtprd", "super", 0, []simcam.Fault{
			{Kind: simcam.Halt, Operation: mtp.OpGetDeviceInfo},
			{Kind: simcam.HaltOut, Operation: mtp.OpOpenSession},
			{Kind: simcam.Halt, Operation: mtp.OpGetStorageIDs},
			{Kind: simcam.HaltOut, Operation: mtp.OpGetObjectHandles},
		}},
		{"FRAMEF", "Android", "full", 0, framing(mtp.OpGetPartialObject64)},
		{"FRAMEH", "PTP", "high", 0, framing(mtp.OpGetObject)},
		{"FRAMES", "Android", "super", 0, framing(mtp.OpGetPartialObject64)},
		{"CMTP", "cmtp-responder", "high", 0, nil},
	}
	for _, w := range all {
		d.record(w.serial, short, 64<<10-12) // with its container's header, whole packets
		if strings.HasPrefix(w.serial, "FRAME") {
			for _, f := range w.faults {
				d.record(w.serial, f.Path, 20<<10-12)
			}
		} else {
			d.record(w.serial, long, 2_000_000)
		}
	}
	gadgets := d.gadgets(all)
	d.start("ingest: {parallel: 16}")
	patient, others, pulled := gadgets[:2], gadgets[2:], gadgets[3]
	for _, g := range patient {
		d.must(g.Dock(d.ctx))
	}
	for _, g := range patient {
		d.must(g.Await(d.ctx, "msg=struck", 1))
	}
	for _, g := range others { // while those two are waited for
		d.must(g.Dock(d.ctx))
	}
	d.must(pulled.Await(d.ctx, "msg=pulled", 1))
	d.awaitGone("PULLED")
	d.must(pulled.Dock(d.ctx))
	d.stored()
	for i, w := range all {
		if n := gadgets[i].Said("msg=struck"); n != len(w.faults) {
			t.Errorf("%d faults of %s have struck, want %d", n, w.serial, len(w.faults))
		}
	}
}

// TestGadgetMemory reads four cameras at once with memory for one of them, and
// kills the daemon meanwhile. Half of the cameras keep its session.
func TestGadgetMemory(t *testing.T) {
	const memory = "/sys/module/usbcore/parameters/usbfs_memory_mb"
	d := newDock(t)
	usual := d.run("cat " + memory)
	t.Cleanup(func() { d.run("echo " + strings.TrimSpace(usual) + " >" + memory) })
	d.run("echo 1 >" + memory)
	var all []wrong
	for i := range 4 {
		w := wrong{serial: fmt.Sprintf("MEM%04d", i), profile: []string{"Android", "umtprd"}[i%2], rate: 1 << 20}
		d.record(w.serial, "DCIM/A0001.MP4", 2<<20)
		all = append(all, w)
	}
	gadgets := d.gadgets(all)
	d.start("ingest: {parallel: 16}")
	for _, g := range gadgets {
		d.must(g.Dock(d.ctx))
	}
	d.awaitBay("MEM0000", func(b Bay) bool { return len(b.Copying) == 1 && b.Copying[0].Done > 0 })
	d.kill()
	d.start("ingest: {parallel: 16}")
	d.stored()
	if d.said("out of memory") > 0 {
		t.Error("transfers failed for want of memory, and were not made smaller")
	}
}
