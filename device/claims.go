package device

import "sync"

// Claims settles who serves a camera that is an MTP responder and a disk at
// once, so that it is one camera: each watcher takes it before it docks it.
//
// MTP has the first turn, because it gives battery and clock and the disk does
// not. A disk whose device shows signs of MTP waits until the MTP watcher has
// it, or has yielded it. What a disk then serves stays the disk's until it
// leaves: a copy under way is worth more than a battery figure.
//
// A nil *Claims lets everybody take everything: there is no MTP watcher then.
// It is safe for concurrent use.
type Claims struct {
	mu      sync.Mutex
	turns   map[USBAddress]turn
	changed chan struct{} // closed at the next change, and made anew
}

// turn is how it stands with one device.
type turn struct {
	holder  Transport // empty: nobody
	yielded bool      // MTP had its turn
	left    bool      // MTP has seen it leave; the disk has not yet
}

// NewClaims returns claims on nothing.
func NewClaims() *Claims {
	return &Claims{turns: make(map[USBAddress]turn), changed: make(chan struct{})}
}

// Take takes a device for a transport. It is false when the other one has it,
// or when it is MTP's turn.
func (c *Claims) Take(a USBAddress, by Transport) bool {
	if c == nil {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.turns[a]
	if t.holder != "" && t.holder != by {
		return false
	}
	if by != TransportMTP && !t.yielded {
		return false
	}
	t.holder = by
	c.turns[a] = t
	return true
}

// Yield lets others have a device that MTP cannot serve, at least for now. It
// does nothing unless MTP has it.
func (c *Claims) Yield(a USBAddress) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.turns[a].holder == TransportMTP {
		c.turns[a] = turn{yielded: true}
		c.wake()
	}
}

// Drop gives a device back: the transport's camera has left. When MTP's has,
// the device has, and nothing is remembered of it.
func (c *Claims) Drop(a USBAddress, by Transport) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t, ok := c.turns[a]
	switch {
	case !ok:
		return
	case t.holder != "" && t.holder != by: // MTP's, while the disk has it
		t.left = true
		c.turns[a] = t
		return
	case by == TransportMTP || t.left:
		delete(c.turns, a)
	case t.holder == by:
		c.turns[a] = turn{yielded: true}
	}
	c.wake()
}

// Changed is closed once a device may be free to take that was not. Get it
// before you try.
func (c *Claims) Changed() <-chan struct{} {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

func (c *Claims) wake() {
	close(c.changed)
	c.changed = make(chan struct{})
}
