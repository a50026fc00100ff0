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
	end, err := o.camera.ends.at(ctx, s, o.handle, o.clip.Size)
	switch {
	case err != nil:
		return false, unlessRefused(err)
	case end != o.clip.Size:
		return false, fmt.Errorf("%w: it does not end at byte %d, as it said", device.ErrChanged, o.clip.Size)
	}
	return true, nil
}

// clipEnds asks a camera where its clips end. It knows for as long as the camera
// is docked that this is not to be asked.
type clipEnds struct {
	mute bool // it did not answer, and may have broken the conversation for it
}

// maxSettled is how often a clip is looked at that grows meanwhile.
const maxSettled = 3

// settle gives an object its true size if it tells it in 32 bits. A folder is
// described as a whole, so that a clip that is being finished may have grown
// since: there is more of it then than it said, which is no reason to give it up.
// The reason is empty unless its size cannot be had; only where it certainly has
// 4 GiB or more is that so for good.
func (e *clipEnds) settle(ctx context.Context, s *mtp.Session, o *mtp.Object) (reason string, err error) {
	for range maxSettled {
		if o.Size == mtp.SizeUnknown {
			return device.SkipNoSize, nil
		}
		if !o.Size32 {
			return "", nil
		}
		size, err := e.trueSize(ctx, s, *o)
		if err != nil || size != mtp.SizeUnknown {
			o.Size = size
			return "", err
		}
		now, err := s.Stat(ctx, o.Handle)
		if err != nil {
			return device.SkipUnreadable, unlessAbout(err)
		}
		if now.Size == o.Size {
			return e.reason(ctx, s, o.Handle)
		}
		o.Size, o.Size32, o.Created, o.Modified = now.Size, now.Size32, now.Created, now.Modified
	}
	return device.SkipUnreadable, nil
}

// reason is why the size of an object is not known of which there is more than
// it says: because it has 4 GiB or more, if it has the last byte of the first 4
// GiB that every camera with parts can be asked for, and else for now.
func (e *clipEnds) reason(ctx context.Context, s *mtp.Session, h mtp.ObjectHandle) (string, error) {
	const last = math.MaxUint32 - 1
	end, err := e.at(ctx, s, h, last)
	if end > last {
		return device.SkipNoSize, unlessAbout(err)
	}
	return device.SkipUnreadable, unlessAbout(err)
}

// trueSize is the size of an object that tells it in 32 bits: the first one of
// these, modulo 2^32, at which it ends. It is SizeUnknown if there is more than
// can be asked for. Of a camera that gives no parts, or does not answer when it is
// asked for them, it is what was said: the end shows when the clip is read.
func (e *clipEnds) trueSize(ctx context.Context, s *mtp.Session, o mtp.Object) (int64, error) {
	for size := o.Size; size < maxWrapped; size += 1 << 32 {
		end, err := e.at(ctx, s, o.Handle, size)
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

// at asks for the byte before size, and the one behind it, and returns where what
// came ends: at size if the object does. Both are asked for because from its end
// on there is nothing to be had, and cameras differ in what they say to that. One
// that did not answer is ErrUnsupported, for good, but for the first time if that
// cost the session.
func (e *clipEnds) at(ctx context.Context, s *mtp.Session, h mtp.ObjectHandle, size int64) (int64, error) {
	if e.mute {
		return 0, mtp.ErrUnsupported
	}
	from := max(size-1, 0)
	n, err := s.ReadPart(ctx, h, from, uint32(size-from+1), io.Discard)
	if errors.Is(err, mtp.ErrTimeout) {
		if e.mute = true; !ends(err) {
			err = fmt.Errorf("%w: %w", mtp.ErrUnsupported, err)
		}
	}
	return from + n, err
}

// unlessAbout is err, but for those that are about one object alone.
func unlessAbout(err error) error {
	if errors.Is(err, mtp.ErrMalformed) && !ends(err) {
		return nil
	}
	return unlessRefused(err)
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
