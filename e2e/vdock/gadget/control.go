package main

import (
	"encoding/binary"
	"errors"

	"golang.org/x/sys/unix"
)

// Events of the control endpoint (linux/usb/functionfs.h): eight bytes of a
// setup packet, the type, three of nothing.
const (
	eventSize = 12
	eventType = 8

	eventUnbind  = 1
	eventEnable  = 2
	eventDisable = 3
	eventSetup   = 4
)

const (
	toHost           = 0x80
	classOfInterface = 0x21
	requestCancel    = 0x64
)

// handle takes the events of the control endpoint as they come.
func (c *camera) handle() {
	for {
		ready := []unix.PollFd{{Fd: int32(c.control), Events: unix.POLLIN}}
		if _, err := unix.Poll(ready, -1); err != nil && !errors.Is(err, unix.EINTR) {
			c.log.Error("await an event", keyError, err)
			return
		}
		if err := c.handleOne(); err != nil {
			c.log.Error("read an event", keyError, err)
			return
		}
	}
}

func (c *camera) handleOne() error {
	c.turn.Lock()
	defer c.turn.Unlock()
	var event [eventSize]byte
	n, err := unix.Read(c.control, event[:])
	switch {
	case errors.Is(err, unix.EIDRM), errors.Is(err, unix.EINTR): // the host gave up what it had asked for
		return nil
	case err != nil || n < eventSize:
		return err
	}
	switch event[eventType] {
	case eventEnable:
		c.begin()
	case eventDisable, eventUnbind:
		c.end()
		c.disable = true
	case eventSetup:
		c.request(event[:eventType])
	}
	return nil
}

// pending says whether there are events that were not handled yet.
func (c *camera) pending() bool {
	ready := []unix.PollFd{{Fd: int32(c.control), Events: unix.POLLIN}}
	n, err := unix.Poll(ready, 0)
	return err == nil && n > 0
}

// request answers a setup packet (USB 2.0, 9.3). To go on in the wrong
// direction is FunctionFS's way to stall.
func (c *camera) request(setup []byte) {
	in, code, data := setup[0]&toHost != 0, setup[1], make([]byte, binary.LittleEndian.Uint16(setup[6:]))
	known := setup[0]&^toHost == classOfInterface && c.plug != nil && (in || len(data) == 0 || code == requestCancel)
	c.log.Info("class request", keyOperation, code)
	if known && c.plug.Dead() {
		<-c.stay.Done() // until the port is reset
		return
	}
	if known && !in && len(data) > 0 { // taking the data is the acknowledgement
		_, err := unix.Read(c.control, data)
		known = err == nil
	}
	n, err := 0, error(unix.EOPNOTSUPP)
	if known {
		n, err = c.plug.Control(c.stay, in, code, data)
	}
	switch {
	case in && err == nil:
		_, err = unix.Write(c.control, data[:n])
	case in:
		_, _ = unix.Read(c.control, nil) // EL2HLT
	case err != nil:
		_, _ = unix.Write(c.control, nil) // EL2HLT
	case len(data) == 0:
		_, err = unix.Read(c.control, nil)
	}
	if !in && err == nil {
		c.flushed.Add(1)
	}
	if err != nil {
		c.log.Info("refused", keyOperation, code, keyError, err)
	}
}
