package mtpcam

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device"
	"custodock/device/mtp"
	"custodock/device/simcam"
)

// redialled is a camera whose conversations are counted: each is over a plug of its
// own, as a device that is opened anew is.
type redialled struct {
	docked
	gone atomic.Bool // for good

	mu      sync.Mutex
	dialled []time.Duration // when a conversation was begun
}

func (d *redialled) dials() []time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.dialled)
}

func dockRedialled(t *testing.T, files ...simcam.File) *redialled {
	t.Helper()
	d := &redialled{}
	d.responder = simcam.NewResponder(simcam.ResponderOptions{Battery: 50, Storages: []simcam.Storage{{Capacity: 2, Free: 1, Files: files}}})
	start := time.Now()
	d.Camera = dockBy(t, func(context.Context) (mtp.Transport, error) {
		if d.gone.Load() {
			return nil, mtp.ErrDisconnected
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		d.dialled = append(d.dialled, time.Since(start).Round(time.Second))
		return mtp.NewUSBTransport(d.responder.Dock(512), mtp.USBOptions{}), nil
	})
	return d
}

// use does one of the things that cameras are asked.
func use(t *testing.T, c device.Camera, what string, clip device.Clip) error {
	t.Helper()
	var err error
	switch what {
	case "list":
		_, err = c.List(t.Context(), func(device.Clip) error { return nil })
	case "health":
		_, err = c.(device.HealthReader).Health(t.Context())
	case "read":
		_, err = sum(t.Context(), c, clip, 0)
	}
	return err
}

// A camera that was reset, or whose program began anew, knows no session: one
// operation finds out, and the next one has another session.
func TestForgottenSession(t *testing.T) {
	for _, code := range []mtp.ResponseCode{mtp.RespSessionNotOpen, mtp.RespInvalidTransactionID} {
		for _, what := range []string{"list", "health", "read"} {
			d := dockRedialled(t, big("A.MP4", 3*partSize))
			clip := only(t, d)
			d.responder.Script(simcam.Fault{Kind: simcam.Refused, At: int64(code)})
			if err := use(t, d.Camera, what, clip); !lost(err) {
				t.Errorf("%v: %s: %v; want that the session is lost", code, what, err)
			}
			d.responder.Heal()
			if err := use(t, d.Camera, what, clip); err != nil || len(d.dials()) != 2 {
				t.Errorf("%v: %s again: %v, %d conversations; want the second", code, what, err, len(d.dials()))
			}
		}
	}
}

// A device can be there for the kernel and for sysfs while what it was opened by
// is dead.
func TestDeadConnection(t *testing.T) {
	f := big("A.MP4", 3*partSize)
	d := dockRedialled(t, f)
	clip := only(t, d)
	d.responder.Script(simcam.Fault{Kind: simcam.Pull, Path: f.Path, At: partSize, Times: 1})
	if _, err := sum(t.Context(), d, clip, 0); !errors.Is(err, device.ErrGone) {
		t.Errorf("read: %v; want %v", err, device.ErrGone)
	}
	if got, err := sum(t.Context(), d, clip, 0); err != nil || got != want(f, 0) || len(d.dials()) != 2 {
		t.Errorf("read again: %v, or other bytes, in %d conversations", err, len(d.dials()))
	}
	d.responder.Script(simcam.Fault{Kind: simcam.Pull, Operation: mtp.OpGetStorageIDs, Times: 1})
	if err := use(t, d.Camera, "list", clip); !errors.Is(err, device.ErrGone) {
		t.Errorf("list: %v; want %v", err, device.ErrGone)
	}
	if err := use(t, d.Camera, "list", clip); err != nil || len(d.dials()) != 3 {
		t.Errorf("list again: %v, in %d conversations", err, len(d.dials()))
	}
	d.gone.Store(true)
	d.responder.Undock()
	for range 3 {
		if err := use(t, d.Camera, "list", clip); !errors.Is(err, device.ErrGone) {
			t.Errorf("list once it has left: %v; want %v", err, device.ErrGone)
		}
	}
}

// Conversations of which nothing comes are begun more and more seldom, and
// whoever asks meanwhile is told why at once.
func TestConversationsOfWhichNothingComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dockRedialled(t, big("A.MP4", 1))
		clip := only(t, d)
		d.responder.Script(simcam.Fault{Kind: simcam.Refused, At: int64(mtp.RespSessionNotOpen), Operation: mtp.OpGetStorageIDs})
		for range 4 * 60 * 10 {
			if err := use(t, d.Camera, "list", clip); !errors.Is(err, mtp.RespSessionNotOpen) {
				t.Fatalf("list: %v", err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		second := func(n ...int) (all []time.Duration) {
			for _, n := range n {
				all = append(all, time.Duration(n)*time.Second)
			}
			return all
		}
		if want := second(0, 0, 1, 3, 7, 15, 31, 63, 123, 183); !slices.Equal(d.dials(), want) {
			t.Errorf("begun at %v, want %v", d.dials(), want)
		}
		d.responder.Heal()
		time.Sleep(longestWait)
		before := len(d.dials())
		for range 3 { // once something comes of it, the first one is at once again
			if err := use(t, d.Camera, "list", clip); err != nil {
				t.Errorf("list once it is over: %v", err)
			}
			d.responder.Script(simcam.Fault{Kind: simcam.Refused, At: int64(mtp.RespSessionNotOpen), Times: 1})
			if err := use(t, d.Camera, "list", clip); !errors.Is(err, mtp.RespSessionNotOpen) {
				t.Errorf("list: %v", err)
			}
		}
		if n := len(d.dials()) - before; n != 2 { // the first one of them was begun at rest
			t.Errorf("begun %d times, want twice", n)
		}
	})
}
