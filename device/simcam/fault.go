package simcam

import (
	"context"

	"custodock/device"
	"custodock/device/mtp"
)

// Kind is what goes wrong.
type Kind string

// The kinds of fault of a camera that is a folder.
const (
	ReadError  Kind = "read-error"   // the read that reaches byte At fails with EIO
	Pull       Kind = "pull"         // the camera is undocked when a read reaches byte At
	Stall      Kind = "stall"        // the read that reaches byte At waits for Resume or the end of its context
	Short      Kind = "short"        // the file ends at byte At, as if it had been cut
	Grow       Kind = "grow"         // the file goes on for At bytes after its listed size
	Lost       Kind = "lost"         // the camera answers as if it had gone, and stays docked
	SecondRead Kind = "second-read"  // what Release reads is not what Open read
	ListError  Kind = "list-error"   // a listing fails with EIO after At clips
	ListStall  Kind = "list-stall"   // a listing waits after At clips
	ListPull   Kind = "list-pull"    // the camera is undocked after At clips
	ListLocked Kind = "list-locked"  // a listing finds no storage
	ListShort  Kind = "list-short"   // what a listing has after At clips is in a folder that cannot be read
	Endless    Kind = "list-endless" // a listing goes on with made-up files; only device.MaxClips ends it
)

// Fault is one thing that will go wrong.
type Fault struct {
	Kind  Kind   `json:"kind"`
	Path  string `json:"path,omitempty"`  // the clip; empty is any, and for faults of a listing
	At    int64  `json:"at,omitempty"`    // byte of the file, or clips of the listing
	Times int    `json:"times,omitempty"` // how often before it is over; 0 is always

	// Operation is in whose transactions a fault of a Responder strikes; 0 is
	// any. A Camera has none.
	Operation mtp.OperationCode `json:"operation,omitempty"`

	// Hit, if not nil, receives when the fault strikes and there is room.
	Hit chan<- struct{} `json:"-"`
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
	case ListLocked:
		return device.ErrNoStorage
	default:
		return errMedium
	}
}
