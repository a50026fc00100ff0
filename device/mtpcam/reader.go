package mtpcam

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"custodock/device"
	"custodock/device/mtp"
)

// Open reads a clip in parts where the camera gives parts, and in one long
// transaction where it does not. The reader is an io.ReaderAt in the first
// case.
func (c *camera) Open(ctx context.Context, clip device.Clip, offset int64) (io.ReadCloser, error) {
	if err := c.there(ctx); err != nil {
		return nil, fmt.Errorf("open %q: %w", clip.Path, err)
	}
	if offset < 0 || offset > clip.Size {
		return nil, fmt.Errorf("open %q: offset %d is outside its %d bytes", clip.Path, offset, clip.Size)
	}
	r := &reader{object: &object{camera: c, clip: clip}, at: offset, cancelled: ctx.Err}
	r.do = func(f func(context.Context, *mtp.Session) error) error { return c.line.do(ctx, f) }
	if clip.Size <= windowSize {
		return r.openWhole(ctx)
	}
	inParts, err := ask(ctx, c.line, func(ctx context.Context, s *mtp.Session) (bool, error) {
		if err := r.check(ctx, s); err != nil || !s.CanReadParts(clip.Size) {
			return false, err
		}
		return r.endsAsListed(ctx, s)
	})
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", clip.Path, err)
	}
	if !inParts {
		return r, nil
	}
	r.source = &parts{reader: r}
	return &rangeReader{reader: r}, nil
}

// openWhole reads a small clip while it is opened, and asks once, after that,
// whether it is still the listed one. Of a thousand small clips the questions
// take more time than the bytes.
func (r *reader) openWhole(ctx context.Context) (io.ReadCloser, error) {
	into := &bounded{limit: int(r.clip.Size)}
	whole, err := ask(ctx, r.camera.line, func(ctx context.Context, s *mtp.Session) ([]byte, error) {
		err := r.readWhole(ctx, s, into)
		if err == nil {
			err = r.check(ctx, s)
		}
		if err == nil && len(into.data) < into.limit {
			err = fmt.Errorf("%w: it ends at byte %d of %d", device.ErrChanged, len(into.data), into.limit)
		}
		return into.data, err
	})
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", r.clip.Path, err)
	}
	r.rest, r.seen = whole[r.at:], true
	return &rangeReader{reader: r, window: whole}, nil
}

// readWhole asks for as much as the clip had, where the camera gives parts: one
// that has grown since is no transaction to be broken off. Where the clip may be
// more than its size says, it is asked for whole: that ends where the clip does.
func (r *reader) readWhole(ctx context.Context, s *mtp.Session, into *bounded) error {
	h, err := r.resolve(ctx, s)
	if err != nil || into.limit == 0 && !r.size32() {
		return err
	}
	err = mtp.ErrUnsupported
	if s.CanReadParts(r.clip.Size) && !r.size32() {
		err = r.readParts(ctx, s, h, into)
	}
	if errors.Is(err, mtp.ErrUnsupported) {
		_, err = s.GetObject(ctx, h, r.expected(), into)
	}
	return gone(err)
}

// readParts asks until it has all: a camera may give fewer bytes at a time.
func (r *reader) readParts(ctx context.Context, s *mtp.Session, h mtp.ObjectHandle, into *bounded) error {
	for len(into.data) < into.limit {
		n, err := s.ReadPart(ctx, h, int64(len(into.data)), uint32(into.limit-len(into.data)), into)
		if err != nil || n == 0 {
			return err
		}
	}
	return nil
}

// reader reads a clip up to the size that was listed and no further.
type reader struct {
	*object
	cancelled func() error                                          // with Open's context, as do
	do        func(func(context.Context, *mtp.Session) error) error // an operation of the line
	source    source                                                // nil: a stream, once something is read

	at   int64
	rest []byte // read from the camera and not handed out yet
	seen bool   // the clip was found unchanged at its end
}

// source is how a clip's bytes come.
type source interface {
	// next returns the bytes from offset on, at least one, or the error that
	// is in their way. It is asked for them in order.
	next(offset int64) ([]byte, error)

	// end waits for the end of what is under way, once the last byte was
	// given out. It is whole if the camera has said that there are no more.
	end() (whole bool, err error)

	// close ends what is under way.
	close()
}

func (r *reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := r.cancelled(); err != nil {
		return 0, err
	}
	if len(r.rest) == 0 {
		if r.at == r.clip.Size {
			return 0, r.end()
		}
		if err := r.fetch(); err != nil {
			return 0, fmt.Errorf("read %q at byte %d: %w", r.clip.Path, r.at, err)
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	r.at += int64(n)
	return n, nil
}

// fetch gets the next bytes. A stream begins with the first of them: whoever
// opens a clip to see what can be done with it, and reads nothing, must not
// have the camera send 4 GiB, which QEMU's refuses to break off. A camera that
// turns out not to give the parts that it announced sends the whole clip.
func (r *reader) fetch() (err error) {
	if r.source == nil {
		r.source = openStream(r, r.at)
	}
	r.rest, err = r.source.next(r.at)
	if errors.Is(err, mtp.ErrUnsupported) {
		r.source.close()
		r.source = openStream(r, r.at)
		r.rest, err = r.source.next(r.at)
	}
	return err
}

// end returns io.EOF if the clip is still as it was listed, and ends here.
func (r *reader) end() error {
	if !r.seen {
		if err := r.confirm(); err != nil {
			return fmt.Errorf("read %q to its end: %w", r.clip.Path, err)
		}
		r.seen = true
	}
	return io.EOF
}

func (r *reader) confirm() error {
	if r.source == nil && r.size32() {
		r.source = openStream(r, r.at) // opened at its end, of which nothing is known yet
	}
	whole := false
	if r.source != nil {
		var err error
		if whole, err = r.source.end(); err != nil {
			return err
		}
	}
	return r.do(func(ctx context.Context, s *mtp.Session) error {
		err := r.check(ctx, s)
		if err == nil && !whole {
			whole, err = r.endsAsListed(ctx, s)
		}
		if err == nil && !whole {
			err = errNoEnd
		}
		return err
	})
}

func (r *reader) Close() error {
	if r.source != nil {
		r.source.close()
	}
	if r.seen {
		return nil
	}
	if err := r.do(r.check); err != nil {
		return fmt.Errorf("close %q: %w", r.clip.Path, err)
	}
	return nil
}

// windowSize is the least that ReadAt asks for: whoever looks into a clip
// reads a few bytes here and there, and the next ones are often close by.
const windowSize = 64 << 10

// rangeReader is a reader of a clip of which parts can be had.
type rangeReader struct {
	*reader

	mu     sync.Mutex
	window []byte // what ReadAt asked for last
	start  int64  // where that is in the clip
}

var _ io.ReaderAt = (*rangeReader)(nil)

// ReadAt does not disturb Read.
func (r *rangeReader) ReadAt(p []byte, offset int64) (done int, err error) {
	if offset < 0 {
		return 0, fmt.Errorf("read %q: negative offset", r.clip.Path)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for done < len(p) && offset < r.clip.Size {
		if offset < r.start || offset >= r.start+int64(len(r.window)) {
			data, err := r.part(offset, min(max(len(p)-done, windowSize), partSize))
			if err != nil {
				return done, fmt.Errorf("read %q at byte %d: %w", r.clip.Path, offset, err)
			}
			r.window, r.start = data, offset
		}
		n := copy(p[done:], r.window[offset-r.start:])
		done += n
		offset += int64(n)
	}
	if done < len(p) {
		return done, io.EOF
	}
	return done, nil
}
