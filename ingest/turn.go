package ingest

import (
	"context"
	"io"
)

// turn is a camera's one reading stream, for who has it at the moment: its
// readers are used one at a time ([device.Camera]). The queue has one clip of a
// camera be read; a look into others comes between two of its reads. Made with
// room for one.
type turn chan struct{}

// take waits without a bound: nobody keeps a turn for longer than a read, a
// release or the budget of a look.
func (t turn) take() { t <- struct{}{} }

// takeWithin gives up with ctx, and says so.
func (t turn) takeWithin(ctx context.Context) bool {
	select {
	case t <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (t turn) give() { <-t }

// turns is a reader each of whose reads is a turn.
type turns struct {
	io.Reader
	turn turn
}

func (r turns) Read(p []byte) (int, error) {
	r.turn.take()
	defer r.turn.give()
	return r.Reader.Read(p)
}
