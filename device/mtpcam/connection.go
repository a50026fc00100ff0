package mtpcam

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"custodock/device/mtp"
)

const (
	// closeWithin is how long a camera may take to close its session.
	closeWithin = 500 * time.Millisecond

	// eventPause is how long to wait after an event could not be read.
	eventPause = time.Second

	// settle is how long a camera must have been silent after saying that it
	// has more: one that copies to its card says so for every file.
	settle = 2 * time.Second

	// settleWithin is how long that may take: one that records on, or copies a
	// whole card, is never silent.
	settleWithin = 30 * time.Second
)

// connection is one session and what it is over.
type connection struct {
	transport mtp.Transport
	session   *mtp.Session
	deaf      context.CancelFunc // ends the listening
	listening sync.WaitGroup
}

// connect opens a session over a new connection. A device that does not speak
// MTP is device.ErrNotCamera.
func (l *line) connect(ctx context.Context) (*connection, error) {
	transport, err := l.dial(ctx)
	if err != nil {
		return nil, err
	}
	session, err := mtp.Open(ctx, transport, mtp.Options{Abilities: &l.abilities, Log: l.log})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("begin a conversation with the camera: %w", err), transport.Close())
	}
	l.sessions.Add(1)
	c := &connection{transport: transport, session: session}
	ctx, c.deaf = context.WithCancel(context.WithoutCancel(ctx))
	c.listening.Go(func() { c.listen(ctx, l.changed) })
	return c, nil
}

// close says good-bye if the camera is still there to hear it.
func (c *connection) close(log *slog.Logger) {
	if c == nil {
		return
	}
	c.deaf()
	c.listening.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	err := errors.Join(c.session.Close(ctx), c.transport.Close())
	if err != nil && !errors.Is(err, mtp.ErrDisconnected) {
		log.Debug("close the conversation with the camera", keyError, err)
	}
}

// listen reads events until ctx ends, or the camera left, or has none. Some
// cameras never send one: nothing depends on them.
func (c *connection) listen(ctx context.Context, changed func()) {
	soon := time.AfterFunc(time.Hour, changed)
	defer soon.Stop()
	soon.Stop()
	var first time.Time // when it said what was not passed on yet
	for ctx.Err() == nil {
		e, err := c.session.ReceiveEvent(ctx)
		switch {
		case errors.Is(err, mtp.ErrDisconnected), errors.Is(err, mtp.ErrUnsupported):
			return
		case err != nil:
			pause(ctx, eventPause)
		case isNews(e.Code):
			if !soon.Stop() {
				first = time.Now()
			}
			soon.Reset(min(settle, max(time.Until(first.Add(settleWithin)), 0)))
		}
	}
}

// isNews says that an event makes a new listing worth while. What is removed
// is removed by the release of clips, above all.
func isNews(code mtp.EventCode) bool {
	switch code {
	case mtp.EventObjectAdded, mtp.EventStoreAdded, mtp.EventStoreRemoved,
		mtp.EventUnreportedStatus: // what is known may be wrong: list it again
		return true
	}
	return false
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
