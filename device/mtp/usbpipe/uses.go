package usbpipe

import (
	"context"
	"os"
	"sync"
)

// uses is who uses the device at the moment. Whoever takes the device away
// from under them, which a reset and a close do, ends them first.
type uses struct {
	mu      sync.Mutex
	changed *sync.Cond
	running map[*context.CancelFunc]bool
	taken   chan struct{} // closed when it is given back; nil while it is not taken
	closed  bool
}

func newUses() *uses {
	u := &uses{running: make(map[*context.CancelFunc]bool)}
	u.changed = sync.NewCond(&u.mu)
	return u
}

// begin waits while the device is taken. running ends with ctx, or when the
// device is taken; end must follow soon after that.
func (u *uses) begin(ctx context.Context) (running context.Context, end func(), err error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		u.mu.Lock()
		if u.closed {
			u.mu.Unlock()
			return nil, nil, os.ErrClosed
		}
		taken := u.taken
		if taken == nil {
			break
		}
		u.mu.Unlock()
		select {
		case <-taken:
		case <-ctx.Done():
		}
	}
	defer u.mu.Unlock()
	running, cancel := context.WithCancel(ctx)
	u.running[&cancel] = true
	return running, func() {
		cancel()
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.running, &cancel)
		u.changed.Broadcast()
	}, nil
}

// take ends all uses and keeps new ones waiting until give. It is false when
// the device is closed.
func (u *uses) take() (give func(), ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for u.taken != nil {
		u.changed.Wait()
	}
	if u.closed {
		return nil, false
	}
	u.taken = make(chan struct{})
	u.drain()
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		close(u.taken)
		u.taken = nil
		u.changed.Broadcast()
	}, true
}

// close ends all uses for good. It is true for the first who closes.
func (u *uses) close() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return false
	}
	u.closed = true
	u.drain()
	for u.taken != nil {
		u.changed.Wait()
	}
	return true
}

// drain ends the uses and waits for their ends.
func (u *uses) drain() {
	for cancel := range u.running {
		(*cancel)()
	}
	for len(u.running) > 0 {
		u.changed.Wait()
	}
}

func (u *uses) isClosed() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.closed
}
