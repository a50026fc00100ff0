//go:build e2e

package vdock

import (
	"os"
	"strings"
	"testing"
)

// pipeTest is the guest's name of device/mtp/usbpipe's own tests.
const pipeTest = "usr/bin/usbpipe.test"

// TestPipe runs the tests that device/mtp/usbpipe has of real cameras: halts are
// cleared, ports reset, transfers cancelled, and a pull is known for one, on
// each kind of host controller. With VDOCK_LONG=1 it is also opened and closed
// a thousand times, and nothing may be left behind.
func TestPipe(t *testing.T) {
	run := "TestReal(Recovery|Cancel|Busy|Pull)"
	if os.Getenv("VDOCK_LONG") != "" {
		run = "TestReal"
	}
	for name, socket := range map[string]Socket{"ehci": {EHCI, "1"}, "xhci": {XHCI, "1"}} {
		t.Run(name, func(t *testing.T) {
			d := newDock(t)
			d.record("MTP0001", "DCIM/A0001.MP4", 1000)
			c := d.mtp("MTP0001", socket)
			d.put(c)
			_, err := d.m.Run(d.ctx, "until grep -qsx MTP0001 /sys/bus/usb/devices/*/serial; do usleep 20000; done; udevadm settle")
			d.must(err)
			out := pullWhenAsked{pull: func() { d.pull(c) }}
			status, err := d.m.stream(d.ctx, "CUSTODOCK_USB_PULL=1 usbpipe.test -test.v -test.run '"+run+"'", nil, &out)
			d.must(err)
			if said := out.said.String(); status != "0" || strings.Contains(said, "--- SKIP") || !strings.Contains(said, "--- PASS: TestRealPull") {
				t.Errorf("exit status %s: %s", status, said)
			}
		})
	}
}

// pullWhenAsked is a test's output. It pulls the camera when that says so.
type pullWhenAsked struct {
	said   strings.Builder
	pull   func()
	pulled bool
}

func (p *pullWhenAsked) Write(b []byte) (int, error) {
	n, err := p.said.Write(b)
	if !p.pulled && strings.Contains(p.said.String(), "PULL NOW") {
		p.pulled = true
		p.pull()
	}
	return n, err
}
