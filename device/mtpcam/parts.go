package mtpcam

import (
	"context"
	"errors"
	"fmt"

	"custodock/device"
	"custodock/device/mtp"
)

// partSize is how much of a clip is asked for at a time, in bytes. Larger
// parts spare transactions, each of which costs the camera a millisecond or
// more. A smaller one is sooner at its end when the camera is wanted for
// something else, so that nothing under way has ever to be broken off.
const partSize = 1 << 20

// parts is a source that asks for one part while the one before is used.
type parts struct {
	reader *reader
	ahead  chan partRead // on its way; nil when nothing is
}

// partRead is what came of asking for a part.
type partRead struct {
	data []byte
	err  error
}

func (p *parts) next(offset int64) ([]byte, error) {
	if p.ahead == nil {
		p.ask(offset)
	}
	got := <-p.ahead
	p.ahead = nil
	if got.err != nil {
		return nil, got.err
	}
	if end := offset + int64(len(got.data)); end < p.reader.clip.Size {
		p.ask(end)
	}
	return got.data, nil
}

// ask has the part at offset fetched. The goroutine ends with that, or with
// the context of Open.
func (p *parts) ask(offset int64) {
	ahead := make(chan partRead, 1)
	p.ahead = ahead
	go func() {
		data, err := p.reader.part(offset, partSize)
		ahead <- partRead{data, err}
	}()
}

// end says nothing of what else there may be: no more was asked for.
func (p *parts) end() (whole bool, err error) { return false, nil }

func (p *parts) close() {
	if p.ahead != nil {
		<-p.ahead
		p.ahead = nil
	}
}

// part asks the camera for n bytes from offset on, or as many as are left. The
// camera may give fewer, but not none. The memory is not used again, because
// one that nobody waits for any more may still be written to.
func (r *reader) part(offset int64, n int) ([]byte, error) {
	n = int(min(int64(n), r.clip.Size-offset))
	into := &bounded{limit: n, data: make([]byte, 0, n)}
	err := r.do(func(ctx context.Context, s *mtp.Session) error {
		h, err := r.resolve(ctx, s)
		if err == nil {
			err = r.read(ctx, s, h, offset, into)
		}
		return gone(err)
	})
	switch {
	case err != nil:
		return nil, err
	case len(into.data) == 0:
		return nil, fmt.Errorf("%w: it ends at byte %d of %d", device.ErrChanged, offset, r.clip.Size)
	}
	return into.data, nil
}

// read reads what into has room for. A clip that is a single part is asked for
// as a whole, which every camera can.
func (r *reader) read(ctx context.Context, s *mtp.Session, h mtp.ObjectHandle, offset int64, into *bounded) (err error) {
	if offset == 0 && int64(into.limit) == r.clip.Size {
		_, err = s.GetObject(ctx, h, r.expected(), into)
	} else {
		_, err = s.ReadPart(ctx, h, offset, uint32(into.limit), into)
	}
	return err
}

// gone says of a handle that the camera no longer knows what that means.
func gone(err error) error {
	if errors.Is(err, mtp.RespInvalidObjectHandle) {
		return fmt.Errorf("%w: it is not there any more: %w", device.ErrChanged, err)
	}
	return err
}

// bounded takes what a camera sends, and no more than was asked for.
type bounded struct {
	limit int
	data  []byte
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(p) > b.limit-len(b.data) {
		return 0, fmt.Errorf("%w: it sent more than the %d bytes it was asked for", device.ErrChanged, b.limit)
	}
	b.data = append(b.data, p...)
	return len(p), nil
}
