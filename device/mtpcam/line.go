package mtpcam

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"custodock/device"
	"custodock/device/mtp"
)

// finishWithin is how long an operation may go on for whom nobody waits any
// more. To let a short one end costs less than to break it off, after which
// many a camera needs a reset.
const finishWithin = 2 * time.Second

// Dial connects to a camera. It returns mtp.ErrDisconnected when it left.
type Dial func(ctx context.Context) (mtp.Transport, error)

// line is the one conversation with a camera. A camera answers one operation
// at a time, so one goroutine has the session and does them in order; who
// stops waiting does not disturb the one under way.
type line struct {
	dial    Dial
	changed func() // the camera has more, or less, than before
	atRest  atRest
	log     *slog.Logger

	ops  chan op
	stop context.CancelFunc
	done chan struct{} // closed when the goroutine ended

	// sessions counts them: handles of an earlier one mean nothing.
	sessions atomic.Uint32

	abilities mtp.Abilities // what all sessions have learned of the camera
}

// atRest is what is done while nobody has asked for anything for a while. Its
// functions are called by the line's goroutine.
type atRest struct {
	after func() time.Duration
	do    func(ctx context.Context, s *mtp.Session) error
}

// op is one operation, to be done with the session.
type op struct {
	do        func(ctx context.Context, s *mtp.Session) error
	look      bool            // at rest: nobody asked for it
	abandoned <-chan struct{} // closed when nobody waits any more
	result    chan<- error    // of one; never blocks
}

// openLine starts a conversation. Its goroutine ends with close.
func openLine(ctx context.Context, dial Dial, changed func(), rest atRest, log *slog.Logger) (*line, error) {
	l := &line{dial: dial, changed: changed, atRest: rest, log: log, ops: make(chan op), done: make(chan struct{})}
	c, err := l.connect(ctx)
	if err != nil {
		return nil, err
	}
	ctx, l.stop = context.WithCancel(context.WithoutCancel(ctx))
	go l.run(ctx, &talk{line: l, now: c})
	return l, nil
}

// session returns the number of the present session, counted from 1.
func (l *line) session() uint32 { return l.sessions.Load() }

// run does operations until ctx ends.
func (l *line) run(ctx context.Context, t *talk) {
	defer close(l.done)
	defer func() { t.now.close(l.log) }()
	timer := time.NewTimer(l.atRest.after())
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case o := <-l.ops:
			o.result <- t.do(ctx, o)
		case <-timer.C:
			if err := t.do(ctx, op{do: l.atRest.do, look: true}); err != nil {
				l.log.Debug("the camera does not say what storages it has", keyError, err)
			}
		}
		timer.Reset(l.atRest.after())
	}
}

// perform does one operation, and breaks it off a while after nobody waits for
// it any more.
func perform(ctx context.Context, s *mtp.Session, o op) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // ends with the operation
		select {
		case <-o.abandoned:
		case <-ctx.Done():
			return
		}
		timer := time.NewTimer(finishWithin)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-ctx.Done():
		}
	}()
	return o.do(ctx, s)
}

// do does an operation and waits for it, no longer than ctx. What the
// operation writes to may be written to for a while after that.
func (l *line) do(ctx context.Context, f func(ctx context.Context, s *mtp.Session) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	result := make(chan error, 1)
	select {
	case l.ops <- op{do: f, abandoned: ctx.Done(), result: result}:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.done:
		return os.ErrClosed
	}
	select {
	case err := <-result:
		return explain(ctx, err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ask does an operation that has an answer.
func ask[T any](ctx context.Context, l *line, f func(ctx context.Context, s *mtp.Session) (T, error)) (answer T, err error) {
	got := make(chan T, 1)
	err = l.do(ctx, func(ctx context.Context, s *mtp.Session) error {
		v, err := f(ctx, s)
		if err == nil {
			got <- v
		}
		return err
	})
	if err != nil {
		return answer, err
	}
	return <-got, nil
}

// explain makes of the protocol's errors those of cameras.
func explain(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mtp.ErrDisconnected):
		return fmt.Errorf("%w: %w", device.ErrGone, err)
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, mtp.RespStoreReadOnly), errors.Is(err, mtp.RespObjectWriteProtected):
		return fmt.Errorf("%w: %w", device.ErrReadOnly, err)
	}
	return err
}

// close ends the conversation and what is under way.
func (l *line) close() {
	l.stop()
	<-l.done
}
