package mtpcam

import (
	"context"
	"errors"
	"time"

	"custodock/device/mtp"
)

// talk is the conversation of a line, which is begun anew when it ended, with
// growing pauses while nothing comes of it. The line's goroutine has it.
type talk struct {
	line *line
	now  *connection // nil while there is none

	failures int       // conversations in a row of which nothing came but a look at rest
	until    time.Time // before then none is begun
	err      error     // how the last one ended
}

// do does an operation, in a new conversation if there is none. One that the
// operation ended is not begun anew for it: it may have been half done.
func (t *talk) do(ctx context.Context, o op) error {
	if t.now == nil {
		if time.Now().Before(t.until) {
			return t.err
		}
		c, err := t.line.connect(ctx)
		if err != nil {
			t.end(ctx, err)
			return err
		}
		t.now = c
	}
	err := perform(ctx, t.now.session, o)
	switch {
	case ends(err):
		t.end(ctx, err)
	case err == nil && !o.look:
		t.failures = 0
	}
	return err
}

// end ends the conversation, if there is one. The first time, it may be begun
// anew at once.
func (t *talk) end(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return // by ourselves
	}
	t.failures++
	pause := time.Duration(0)
	if t.failures > 1 {
		pause = min(firstPause<<min(t.failures-2, 20), longestWait)
	}
	log := t.line.log.Warn
	if errors.Is(err, mtp.ErrDisconnected) {
		log = t.line.log.Debug // as when it is pulled
	}
	log("the conversation with the camera ended and is begun anew", keyPause, pause, keyError, err)
	t.now.close(t.line.log)
	t.now, t.err, t.until = nil, err, time.Now().Add(pause)
}

// ends says that an operation's error is the end of its conversation, of which
// the camera as such may know nothing: a device can be there, for the kernel and
// for sysfs, while one file by which it was open is dead.
func ends(err error) bool {
	return errors.Is(err, mtp.ErrBroken) || errors.Is(err, mtp.ErrDisconnected) || lost(err)
}

// lost says that the camera does not know this session any more: it was reset,
// or the program in it began anew. uMTP-Responder says so to everything once its
// gadget was disabled for a moment, for as long as nobody opens a session.
func lost(err error) bool {
	return errors.Is(err, mtp.RespSessionNotOpen) || errors.Is(err, mtp.RespInvalidTransactionID)
}
