package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"

	"custodock/device/mtp"
	"custodock/device/simcam"
)

// chunk is how much is handed to the controller at a time, whole packets at
// every speed. It is what a host that cancels still gets.
const chunk = 16 << 10

// hear takes what the host sends, transfer by transfer.
func (c *camera) hear() {
	b := make([]byte, chunk)
	for {
		leave := c.leave.Load()
		n, err := unix.Read(c.out, b)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.ESHUTDOWN): // pulled, reset, or claimed anew; the next read waits
			if leave != nil {
				(*leave)() // also while a class request hangs, and no event is handled
			}
		case err != nil:
			c.log.Error("hear the host", keyError, err)
			return
		default:
			c.take(b[:n])
		}
	}
}

// take gives the responder a transfer, once the events before it are handled.
func (c *camera) take(b []byte) {
	c.takeTurn()
	defer c.turn.Unlock()
	if c.plug == nil {
		return
	}
	c.note(b)
	err := c.plug.Send(c.stay, b)
	if errors.Is(err, mtp.ErrHalted) || c.plug.Halted(mtp.BulkOut) {
		// The host undoes it at the endpoint, of which nobody is told.
		_, err = unix.Write(c.out, []byte{0})
		c.halted(err)
		err = c.plug.ClearHalt(c.stay, mtp.BulkOut)
	}
	if err != nil {
		c.log.Info("not heard", keyError, err)
	}
}

// takeTurn waits until all events are handled.
func (c *camera) takeTurn() {
	c.turn.Lock()
	for c.pending() {
		c.turn.Unlock()
		runtime.Gosched()
		c.turn.Lock()
	}
}

// note says what is asked for.
func (c *camera) note(b []byte) {
	q, err := mtp.ParseContainer(b)
	if err != nil || q.Type != mtp.ContainerCommand {
		return
	}
	var params []string
	for b = b[mtp.ContainerSize:]; len(b) >= 4; b = b[4:] {
		params = append(params, fmt.Sprintf("%#x", binary.LittleEndian.Uint32(b)))
	}
	c.log.Info("asked", keyOperation, mtp.OperationCode(q.Code).String(), keyParams, params)
}

// halted looks at the outcome of a transfer in the wrong direction, which
// halts the endpoint.
func (c *camera) halted(err error) {
	if !errors.Is(err, unix.EBADMSG) {
		c.log.Error("the endpoint is not halted", keyError, err)
	}
}

// speak sends what the responder says, in transfers that end where it ends
// them, until ctx does. Packets leave when they are full: what lies before a
// fault in the middle of one does not.
func (c *camera) speak(ctx context.Context, plug *simcam.Plug) {
	b := make([]byte, chunk)
	kept, flushed := 0, c.flushed.Load() // of a packet that is not full
	for {
		n, ends, err := plug.Next(ctx, b[kept:])
		if now := c.flushed.Load(); now != flushed {
			copy(b, b[kept:kept+n])
			kept, flushed = 0, now
		}
		size := kept + n
		if !ends {
			size -= size % c.speed.packet
		}
		c.takeTurn() // or what was for a program that is gone would go to the next one
		c.turn.Unlock()
		switch {
		case ctx.Err() != nil:
			return
		case size > 0 && !c.send(b[:size]):
			return
		case ends && size%c.speed.packet == 0 && !c.send(nil):
			return
		}
		kept = copy(b, b[size:kept+n])
		if errors.Is(err, mtp.ErrHalted) {
			kept = 0
			_, err = unix.Read(c.in, make([]byte, 1))
			c.halted(err)
			err = plug.ClearHalt(ctx, mtp.BulkIn)
		}
		if err != nil {
			return
		}
	}
}

// send is one transfer, or a part of one that ends with a full packet. It
// returns when the host has taken it.
func (c *camera) send(b []byte) bool {
	n, err := unix.Write(c.in, b)
	if err == nil && n < len(b) {
		err = fmt.Errorf("%d of %d bytes", n, len(b))
	}
	if err != nil && !errors.Is(err, unix.ESHUTDOWN) {
		c.log.Error("speak to the host", keyError, err)
	}
	return err == nil
}

// tell sends events until ctx ends.
func (c *camera) tell(ctx context.Context, plug *simcam.Plug) {
	b := make([]byte, eventPacket)
	for {
		n, err := plug.ReceiveInterrupt(ctx, b)
		if err != nil {
			return
		}
		if _, err := unix.Write(c.interrupt, b[:n]); err != nil {
			return
		}
	}
}
