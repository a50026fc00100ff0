package mtpcam

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"custodock/device"
	"custodock/device/mtp"
)

// A camera without object properties tells sizes in 32 bits alone, and some
// wrap: a clip of 4 GiB and 1000 bytes is one of 1000 bytes, and all that the
// camera says of it agrees. So where a clip's size is of that kind, no copy of
// it is whole, and no clip is removed, before the camera was seen to have
// nothing behind the last byte: it sent the whole clip in one transaction and
// ended it there, or was asked for more and had none.

// maxWrapped bounds the sizes that are tried: no card is larger.
const maxWrapped = 1 << 40

// errNoEnd is returned when all of a clip was read and nothing shows that it was all.
var errNoEnd = errors.New("the camera does not say where the clip ends")

// size32 says that the clip's size may be the true one modulo 2^32.
func (o *object) size32() bool { return o.clip.Ref&refSize32 != 0 }

// expected is how much a transaction of the whole clip brings, as far as that
// is certain: -1 is until it ends.
func (o *object) expected() int64 {
	if o.size32() && o.clip.Size < math.MaxUint32 {
		return -1
	}
	return o.clip.Size
}

// endsAsListed says whether the clip is seen to end where its size says, which
// is true of one whose size is certain. It is false where the camera does not
// answer that: only a transaction of the whole clip can tell.
func (o *object) endsAsListed(ctx context.Context, s *mtp.Session) (bool, error) {
	if !o.size32() {
		return true, nil
	}
	end, err := endsAt(ctx, s, o.handle, o.clip.Size)
	switch {
	case err != nil:
		return false, unlessRefused(err)
	case end != o.clip.Size:
		return false, fmt.Errorf("%w: it does not end at byte %d, as it said", device.ErrChanged, o.clip.Size)
	}
	return true, nil
}

// trueSize is the size of an object that tells it in 32 bits: the first one of
// these, modulo 2^32, at which it ends. It is SizeUnknown if there is more than
// can be asked for. Of a camera that gives no parts it is what was said: the
// end shows when the clip is read.
func trueSize(ctx context.Context, s *mtp.Session, o mtp.Object) (int64, error) {
	if o.Size == mtp.SizeUnknown {
		return o.Size, nil
	}
	for size := o.Size; size < maxWrapped; size += 1 << 32 {
		end, err := endsAt(ctx, s, o.Handle, size)
		switch {
		case err != nil && size > o.Size:
			return mtp.SizeUnknown, unlessRefused(err)
		case err != nil || end < size && size == o.Size:
			return o.Size, unlessRefused(err)
		case end < size:
			return mtp.SizeUnknown, nil
		case end == size:
			return size, nil
		}
	}
	return mtp.SizeUnknown, nil
}

// endsAt asks for the byte before size, and the one behind it, and returns
// where what came ends: at size if the object does. Both are asked for because
// from its end on there is nothing to be had, and cameras differ in what they
// say to that.
func endsAt(ctx context.Context, s *mtp.Session, h mtp.ObjectHandle, size int64) (int64, error) {
	from := max(size-1, 0)
	n, err := s.ReadPart(ctx, h, from, uint32(size-from+1), io.Discard)
	return from + n, err
}

// unlessRefused is err, but for those that only say that the camera does not
// do it.
func unlessRefused(err error) error {
	var code mtp.ResponseCode
	refused := errors.As(err, &code) && !ends(err)
	if refused || errors.Is(err, mtp.ErrUnsupported) {
		return nil
	}
	return err
}
