package mtpcam

import (
	"context"
	"fmt"
	"math"
	"path"

	"custodock/device"
	"custodock/device/mtp"
)

// object is a listed clip on its camera. Its methods are for operations of the
// line, which are done one at a time.
type object struct {
	camera *camera
	clip   device.Clip

	session uint32 // in which handle was found; 0: none yet
	handle  mtp.ObjectHandle
}

// resolve returns the clip's handle. Handles mean nothing in another session
// than that of the listing: there, the clip is what has its path, size and
// time.
func (o *object) resolve(ctx context.Context, s *mtp.Session) (mtp.ObjectHandle, error) {
	session := o.camera.line.session()
	switch session {
	case o.session:
	case refSession(o.clip.Ref):
		o.session, o.handle = session, mtp.ObjectHandle(o.clip.Ref)
	default:
		h, err := o.camera.find(ctx, s, session, o.clip)
		if err != nil {
			return 0, err
		}
		o.session, o.handle = session, h
	}
	return o.handle, nil
}

// place is what a resolved clip is known by until the session ends.
func (o *object) place() uint64 { return uint64(o.session)<<32 | uint64(o.handle) }

// check says whether the clip is still what was listed, as far as the camera
// tells. ObjectInfo tells it in one transaction, and every camera has that; one
// whose listing says it otherwise is asked as the listing asked.
func (o *object) check(ctx context.Context, s *mtp.Session) error {
	h, err := o.resolve(ctx, s)
	if err != nil {
		return err
	}
	info, err := s.GetObjectInfo(ctx, h)
	if err == nil && o.isNow(info, s.DatesAreUTC()) {
		return nil
	}
	said, err := s.Stat(ctx, h)
	if err != nil {
		return gone(err)
	}
	w := walker{utc: s.DatesAreUTC()}
	switch now := w.clip(said); {
	case now.Path != path.Base(o.clip.Path):
		return fmt.Errorf("%w: it is now called %q", device.ErrChanged, now.Path)
	case now.Size != o.clip.Size && !(o.size32() && said.Size32 && uint32(now.Size) == uint32(o.clip.Size)):
		return fmt.Errorf("%w: it had %d bytes and has %d", device.ErrChanged, o.clip.Size, now.Size)
	case !now.ModTime.Equal(o.clip.ModTime):
		return fmt.Errorf("%w: it has another time", device.ErrChanged)
	}
	return nil
}

// isNow reports whether an ObjectInfo is that of the clip for certain: it has
// 32 bits for the size, which cameras fill in different ways beyond.
func (o *object) isNow(i mtp.ObjectInfo, utc bool) bool {
	// What cannot be read is none, as in a listing.
	created, _ := mtp.ParseDateTime(i.DateCreated)
	modified, _ := mtp.ParseDateTime(i.DateModified)
	date := dateOf(created, modified)
	return (o.clip.Size < math.MaxUint32 || o.size32()) &&
		i.ObjectCompressedSize != math.MaxUint32 && i.ObjectCompressedSize == uint32(o.clip.Size) &&
		element(i.Filename) == path.Base(o.clip.Path) &&
		date.Time.Equal(o.clip.ModTime) && o.clip.LocalTime == (!date.HasZone && !utc)
}

// identity is what a clip is known by across sessions.
type identity struct {
	path string
	size uint32 // as much of it as every camera tells
	time int64  // nanoseconds
}

func identityOf(c device.Clip) identity {
	return identity{c.Path, uint32(c.Size), c.ModTime.UnixNano()}
}

// index is where clips are in one session. Two of one identity have no place:
// which is which cannot be told.
type index struct {
	session uint32
	handles map[identity]mtp.ObjectHandle
}

// find walks the camera anew, once a session, to find a clip that was listed
// in an earlier one.
func (c *camera) find(ctx context.Context, s *mtp.Session, session uint32, clip device.Clip) (mtp.ObjectHandle, error) {
	if c.index == nil || c.index.session != session {
		ix := &index{session: session, handles: make(map[identity]mtp.ObjectHandle)}
		if err := ix.fill(ctx, s, &c.shelf); err != nil {
			return 0, err
		}
		c.index = ix
	}
	h, ok := c.index.handles[identityOf(clip)]
	switch {
	case !ok:
		return 0, fmt.Errorf("%w: it is not there any more", device.ErrChanged)
	case h == ambiguous:
		return 0, fmt.Errorf("%w: another one has its path, size and time", device.ErrChanged)
	}
	return h, nil
}

// ambiguous is no object's handle (MTP 1.1, 3.4).
const ambiguous mtp.ObjectHandle = 0

func (ix *index) fill(ctx context.Context, s *mtp.Session, f *shelf) error {
	all, err := storages(ctx, s)
	if err != nil {
		return err
	}
	f.name(all)
	w := walker{session: ix.session, utc: s.DatesAreUTC()}
	return s.WalkStorages(ctx, f.named(ids(all)), func(o mtp.Object) error {
		if o.Folder || o.Size == mtp.SizeUnknown {
			return nil
		}
		w.prefix = f.prefix(o.Storage)
		id := identityOf(w.clip(o))
		if _, twice := ix.handles[id]; twice {
			ix.handles[id] = ambiguous
			return nil
		}
		ix.handles[id] = o.Handle
		return nil
	}, func(mtp.Skipped) {})
}
