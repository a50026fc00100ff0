//go:build e2e

package mtpcam

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"custodock/device"
	"custodock/device/devicetest"
	"custodock/device/mtp"
	"custodock/device/mtp/usbpipe"
)

// TestRealDockings needs somebody who plugs a camera in and pulls it as often
// as CUSTODOCK_USB_DOCKINGS says, such as the virtual dock. It polls never, so
// that events alone have to do.
func TestRealDockings(t *testing.T) {
	times, err := strconv.Atoi(os.Getenv("CUSTODOCK_USB_DOCKINGS"))
	if err != nil {
		t.Skip("somebody must plug a camera in and pull it; CUSTODOCK_USB_DOCKINGS says how often that will be done")
	}
	docked := make(chan device.Docked, 10)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	w := NewWatcher(WatcherOptions{Poll: time.Hour, Ready: func(ctx context.Context, f Found) (device.Camera, error) {
		start := time.Now()
		p, err := usbpipe.Open(ctx, usbpipe.Options{Address: f.USBAddress})
		t.Logf("%s: opened in %v: %v", f.Node, time.Since(start), err)
		if err != nil {
			return nil, err
		}
		return pipeCamera{newFakeCamera(f), p}, nil
	}})
	go func() { ended <- w.Run(ctx, func(d device.Docked) { docked <- d }) }()
	for n := range times {
		t.Logf("PLUG NOW %d", n)
		d := devicetest.Await(t, "the docking", docked)
		t.Logf("%+v", d.Camera.Info())
		t.Logf("PULL NOW %d", n)
		devicetest.Await(t, "the undocking", d.Gone)
		if err := d.Camera.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	cancel()
	if err := devicetest.Await(t, "the end", ended); err != nil {
		t.Errorf("Run: %v", err)
	}
}

type pipeCamera struct {
	*fakeCamera
	pipe mtp.Pipe
}

func (c pipeCamera) Close() error { return c.pipe.Close() }
