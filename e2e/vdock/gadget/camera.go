package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"custodock/device/simcam"
)

// camera carries what is said on a plug of a responder to the endpoints of a
// gadget, and back.
type camera struct {
	log       *slog.Logger
	responder *simcam.Responder
	gadget    gadget
	speed     speed

	// Descriptors of the endpoints. Reads and writes on them are transfers.
	control, in, out, interrupt int

	// docked is closed when the camera that is docked was pulled. obey alone
	// uses it.
	docked chan struct{}

	// turn is held by whoever uses what follows: the control endpoint's events
	// come before the requests that the host sent after them.
	turn    sync.Mutex
	plug    *simcam.Plug
	stay    context.Context //nolint:containedctx // from an ENABLE to the next, or to the pull
	disable bool            // the host took the configuration away, as in a reset of the port

	leave   atomic.Pointer[context.CancelFunc] // ends stay; needs no turn
	flushed atomic.Int64                       // how often the host made the camera forget what it was saying
}

// newCamera makes the gadget, and opens its endpoints.
func newCamera(log *slog.Logger, r *simcam.Responder, g gadget, fastest speed) (*camera, error) {
	c := &camera{log: log, responder: r, gadget: g, speed: fastest, stay: context.Background()}
	if err := g.make(fastest); err != nil {
		return nil, err
	}
	for _, ep := range []struct {
		name  string
		fd    *int
		first [][]byte
	}{
		{"ep0", &c.control, [][]byte{descriptors(), stringTable()}},
		{"ep1", &c.in, nil}, {"ep2", &c.out, nil}, {"ep3", &c.interrupt, nil},
	} {
		fd, err := unix.Open(filepath.Join(g.mount(), ep.name), unix.O_RDWR|unix.O_CLOEXEC, 0)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open %s: %w", ep.name, err), g.remove())
		}
		*ep.fd = fd
		for _, b := range ep.first {
			if _, err := unix.Write(fd, b); err != nil {
				return nil, errors.Join(fmt.Errorf("describe the function: %w", err), g.remove())
			}
		}
	}
	go c.handle() // these three end with the program
	go c.hear()
	return c, nil
}

// dock plugs the camera in, and watches for its pull.
func (c *camera) dock() error {
	if c.docked != nil {
		select {
		case <-c.docked:
		default:
			return errors.New("dock: it is docked")
		}
	}
	plug := c.responder.Dock(c.speed.packet)
	c.turn.Lock()
	c.plug, c.disable = plug, false
	c.turn.Unlock()
	if err := c.gadget.dock(); err != nil {
		return err
	}
	c.log.Info("docked")
	docked := make(chan struct{})
	c.docked = docked
	go func() { // until the pull
		defer close(docked)
		<-plug.Gone()
		if err := c.gadget.pull(); err != nil {
			c.log.Error("it stays docked", keyError, err)
			return
		}
		c.log.Info("pulled")
	}()
	return nil
}

// pull takes the camera out, if a fault has not done so.
func (c *camera) pull() {
	c.responder.Undock()
	if c.docked != nil {
		<-c.docked
	}
}

func (c *camera) off() error {
	c.pull()
	return c.gadget.remove()
}

// begin starts to talk: a program has claimed the interface. It has the turn.
func (c *camera) begin() {
	c.end()
	if c.plug == nil {
		return
	}
	if c.disable {
		if err := c.plug.Reset(context.Background()); err != nil {
			return // it was pulled meanwhile
		}
	}
	c.plug.Configure()
	c.disable = false
	stay, leave := context.WithCancel(context.Background())
	c.stay = stay
	c.leave.Store(&leave)
	go c.speak(stay, c.plug)
	go c.tell(stay, c.plug)
}

// end stops talking.
func (c *camera) end() {
	if leave := c.leave.Load(); leave != nil {
		(*leave)()
	}
}
