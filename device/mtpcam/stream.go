package mtpcam

import (
	"context"
	"errors"
	"fmt"

	"custodock/device"
	"custodock/device/mtp"
)

// errClosed ends a transaction whose reader was closed.
var errClosed = errors.New("the reader was closed")

// stream is a source that reads a whole clip in one transaction, for cameras
// that give no parts. What lies before the offset is read and thrown away.
// Until it is at its end, or closed, the camera does nothing else.
type stream struct {
	chunks chan []byte
	closed chan struct{} // by close
	ended  chan struct{} // nobody waits for the transaction any more
	err    error         // how it ended; valid once ended is closed
}

// openStream begins the transaction. Of what it sends, it gives what lies from
// an offset on. Its
// goroutine ends with it, with close, or with the context of Open.
func openStream(r *reader, offset int64) *stream {
	s := &stream{chunks: make(chan []byte, 2), closed: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		s.err = r.do(func(ctx context.Context, session *mtp.Session) error {
			h, err := r.resolve(ctx, session)
			if err != nil {
				return err
			}
			w := &streamWriter{stream: s, done: ctx.Done(), skip: offset, left: r.clip.Size}
			if _, err = session.GetObject(ctx, h, r.expected(), w); err != nil {
				return gone(err)
			}
			return w.flush()
		})
	}()
	return s
}

func (s *stream) next(offset int64) ([]byte, error) {
	select {
	case data := <-s.chunks:
		return data, nil
	case <-s.ended:
	}
	select {
	case data := <-s.chunks: // from before the end
		return data, nil
	default:
	}
	if s.err != nil {
		return nil, s.err
	}
	return nil, fmt.Errorf("%w: it ends at byte %d", device.ErrChanged, offset)
}

// end waits for the camera to say that this was all: that is, for its response.
func (s *stream) end() (whole bool, err error) {
	<-s.ended
	return true, s.err
}

func (s *stream) close() {
	close(s.closed)
	<-s.ended
}

// streamWriter passes on what the camera sends, in chunks of its own memory.
type streamWriter struct {
	stream *stream
	done   <-chan struct{}
	skip   int64 // bytes to throw away
	left   int64 // bytes that the clip has at the most
	buf    []byte
}

// streamChunk is how much is passed on at a time.
const streamChunk = 256 << 10

func (w *streamWriter) Write(p []byte) (int, error) {
	n := len(p)
	if w.left -= int64(n); w.left < 0 {
		return 0, fmt.Errorf("%w: it sent more than the clip's size", device.ErrChanged)
	}
	skipped := min(w.skip, int64(len(p)))
	w.skip -= skipped
	for p = p[skipped:]; len(p) > 0; {
		if w.buf == nil {
			w.buf = make([]byte, 0, streamChunk)
		}
		part := p[:min(len(p), cap(w.buf)-len(w.buf))]
		w.buf = append(w.buf, part...)
		p = p[len(part):]
		if len(w.buf) == cap(w.buf) {
			if err := w.flush(); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

func (w *streamWriter) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	select {
	case w.stream.chunks <- w.buf:
		w.buf = nil
		return nil
	case <-w.stream.closed:
		return errClosed
	case <-w.done:
		return context.Canceled
	}
}
