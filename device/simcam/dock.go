package simcam

import (
	"context"
	"sync"

	"custodock/device"
)

// Dockable is what an officer puts into a bay: a Camera, or whatever makes a
// device.Camera of a Responder.
type Dockable interface {
	// Dock puts it into a bay, out of the one it was in.
	Dock() device.Docked

	// Undock pulls it.
	Undock()
}

// Dock is a device.Watcher whose cameras are docked by calls.
type Dock struct {
	mu      sync.Mutex
	waiting []Dockable
	wake    chan struct{}
}

var _ device.Watcher = (*Dock)(nil)

// NewDock returns a dock with nothing in it.
func NewDock() *Dock { return &Dock{wake: make(chan struct{}, 1)} }

// Dock puts a camera into a bay. Run tells of it, now or when it is started.
func (d *Dock) Dock(c Dockable) {
	d.mu.Lock()
	d.waiting = append(d.waiting, c)
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Undock pulls a camera.
func (d *Dock) Undock(c Dockable) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, w := range d.waiting {
		if w == c {
			d.waiting = append(d.waiting[:i:i], d.waiting[i+1:]...)
			return
		}
	}
	c.Undock()
}

// Run tells of the cameras that are docked, until ctx ends.
func (d *Dock) Run(ctx context.Context, dock func(device.Docked)) error {
	for {
		for {
			docked, ok := d.next()
			if !ok {
				break
			}
			dock(docked)
		}
		select {
		case <-d.wake:
		case <-ctx.Done():
			return nil
		}
	}
}

func (d *Dock) next() (device.Docked, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.waiting) == 0 {
		return device.Docked{}, false
	}
	c := d.waiting[0]
	d.waiting = d.waiting[1:]
	return c.Dock(), true
}
