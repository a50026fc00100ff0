package simcam

import (
	"context"
	"slices"

	"custodock/device"
)

// Kind is what goes wrong.
type Kind string

// The kinds of fault.
const (
	ReadError  Kind = "read-error"   // the read that reaches byte At fails with EIO
	Pull       Kind = "pull"         // the camera is undocked when a read reaches byte At
	Stall      Kind = "stall"        // the read that reaches byte At waits for Resume or the end of its context
	Short      Kind = "short"        // the file ends at byte At, as if it had been cut
	Grow       Kind = "grow"         // the file goes on for At bytes after its listed size
	SecondRead Kind = "second-read"  // what Release reads is not what Open read
	ListError  Kind = "list-error"   // a listing fails with EIO after At clips
	ListStall  Kind = "list-stall"   // a listing waits after At clips
	ListPull   Kind = "list-pull"    // the camera is undocked after At clips
	Endless    Kind = "list-endless" // a listing goes on with made-up files; only device.MaxClips ends it
)

// Fault is one thing that will go wrong.
type Fault struct {
	Kind  Kind
	Path  string // the clip; empty is any, and for faults of a listing
	At    int64  // byte of the file, or clips of the listing
	Times int    // how often before it is over; 0 is always

	// Hit, if not nil, receives when the fault strikes and there is room.
	Hit chan<- struct{}
}

// Script adds faults to those there are.
func (c *Camera) Script(faults ...Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range faults {
		c.faults = append(c.faults, &f)
	}
}

// Heal ends all faults and lets go of what is stalled.
func (c *Camera) Heal() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = nil
	c.resume()
}

// Resume lets go of the reads and listings that are stalled now.
func (c *Camera) Resume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resume()
}

func (c *Camera) resume() {
	close(c.resumed)
	c.resumed = make(chan struct{})
}

// next returns where the nearest fault of some kinds lies at or after at, or
// nil.
func (c *Camera) next(path string, at int64, kinds ...Kind) *Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	var next *Fault
	for _, f := range c.faults {
		if !slices.Contains(kinds, f.Kind) || f.Path != "" && f.Path != path || f.At < at {
			continue
		}
		if next == nil || f.At < next.At {
			next = f
		}
	}
	return next
}

// strike lets a fault happen and counts it.
func (c *Camera) strike(ctx context.Context, s *stay, f *Fault) error {
	resumed := c.count(f)
	switch f.Kind {
	case Stall, ListStall:
		select {
		case <-resumed:
			return nil
		case <-s.gone:
			return device.ErrGone
		case <-ctx.Done():
			return ctx.Err()
		}
	case Pull, ListPull:
		c.Undock()
		return device.ErrGone
	default:
		return errMedium
	}
}

// count uses up one of a fault's times. It returns what Resume closes, taken
// before anybody is told of the hit.
func (c *Camera) count(f *Fault) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.Times--; f.Times == 0 {
		c.faults = slices.DeleteFunc(c.faults, func(o *Fault) bool { return o == f })
	}
	select {
	case f.Hit <- struct{}{}:
	default:
	}
	return c.resumed
}
