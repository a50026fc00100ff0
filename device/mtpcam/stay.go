package mtpcam

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"time"

	"custodock/device"
	"custodock/device/mtp"
)

const (
	// permissionGrace is how long udev may take to set a node's permissions;
	// it was measured at 20 to 35 ms.
	permissionGrace = 3 * time.Second
	permissionPause = 250 * time.Millisecond

	firstPause  = time.Second
	longestWait = time.Minute

	// readyWithin ends an attempt to open a camera, so that its disk, if it
	// has one, gets its turn.
	readyWithin = time.Minute

	// stuckAfter is when a device that does not answer is logged.
	stuckAfter = 15 * time.Second

	// maxWarnings bounds the distinct errors logged of one stay.
	maxWarnings = 8
)

// stay is a device with signs of MTP from being found to its leaving. Its
// goroutine makes a camera of it.
type stay struct {
	spot
	node   string
	cancel func()
	wake   chan struct{} // something happened to its node
	gone   chan struct{} // closed by the watcher's loop

	stuck  sync.Once       // logged that it does not answer
	warned map[string]bool // taken by its goroutine, which alone uses it
}

// readied is a camera that was opened.
type readied struct {
	stay   *stay
	camera device.Camera
}

// follow runs until the stay's context ends.
func (w *watching) follow(ctx context.Context, v *stay) {
	defer w.opts.Claims.Drop(v.USBAddress, device.TransportMTP)
	camera := w.open(ctx, v)
	if camera == nil {
		<-ctx.Done()
		return
	}
	select {
	case w.readied <- readied{v, camera}:
		<-ctx.Done()
	case <-ctx.Done():
		w.close(v, camera)
	}
}

// open tries until it has a camera, with growing pauses. It returns nil when
// the device is none, or when ctx ended.
func (w *watching) open(ctx context.Context, v *stay) device.Camera {
	found := time.Now()
	pause := firstPause
	for ctx.Err() == nil {
		changed := w.opts.Claims.Changed()
		if !w.opts.Claims.Take(v.USBAddress, device.TransportMTP) {
			v.idle(ctx, changed, longestWait) // it is served as a disk
			continue
		}
		camera, err := w.try(ctx, v)
		switch {
		case err == nil:
			return camera
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, fs.ErrPermission) && time.Since(found) < permissionGrace:
			v.idle(ctx, nil, permissionPause)
			continue
		}
		w.opts.Claims.Yield(v.USBAddress)
		if isRefusal(err) {
			w.refused(v, err)
			return nil
		}
		w.warn(v, err)
		v.idle(ctx, nil, pause)
		pause = min(2*pause, longestWait)
	}
	return nil
}

// isRefusal says that a device is no camera and never will be, rather than that
// it failed to answer when it was asked.
func isRefusal(err error) bool {
	for _, fault := range []error{mtp.ErrIO, mtp.ErrTimeout, mtp.ErrDisconnected, context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, fault) {
			return false
		}
	}
	return errors.Is(err, device.ErrNotCamera)
}

// refused logs that a device is no camera. Of one that says that it is, somebody
// should know.
func (w *watching) refused(v *stay, err error) {
	if v.sign() == device.SaysMTP {
		w.log.Warn("a device on USB says that it is a camera and cannot be used as one", keyPort, v.Port, keyUSB, v.node, keyError, err)
		return
	}
	w.log.Debug("no camera", keyPort, v.Port, keyError, err)
}

// try describes the device and has it opened, all of which may take its time.
func (w *watching) try(ctx context.Context, v *stay) (device.Camera, error) {
	alarm := time.AfterFunc(stuckAfter, func() {
		v.stuck.Do(func() {
			w.log.Warn("camera on USB does not answer; other cameras go on without it", keyPort, v.Port)
		})
	})
	defer alarm.Stop()
	found, ok := v.found(w.opts.Sysfs, w.opts.DevRoot)
	if !ok {
		return nil, device.ErrGone
	}
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	return w.opts.Ready(ctx, found)
}

// warn logs each error once. One that only says that the device is gone is
// none: the scan will say so.
func (w *watching) warn(v *stay, err error) {
	text := err.Error()
	gone := errors.Is(err, device.ErrGone) || errors.Is(err, mtp.ErrDisconnected)
	if gone || v.warned[text] || len(v.warned) >= maxWarnings {
		return
	}
	if v.warned == nil {
		v.warned = make(map[string]bool)
	}
	v.warned[text] = true
	w.log.Warn("camera on USB cannot be opened; it is tried again", keyPort, v.Port, keyUSB, v.node, keyError, err)
}

func (w *watching) close(v *stay, camera device.Camera) {
	if err := camera.Close(); err != nil {
		w.log.Debug("close a camera that has left", keyPort, v.Port, keyError, err)
	}
}

// idle waits until something happens to the node, to the claims, for d, or for
// the end of ctx.
func (v *stay) idle(ctx context.Context, changed <-chan struct{}, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-v.wake:
	case <-changed:
	case <-timer.C:
	case <-ctx.Done():
	}
}
