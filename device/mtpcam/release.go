package mtpcam

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"custodock/device"
	"custodock/device/mtp"
)

// Release removes a clip after reading it once more. What is read comes from
// the camera anew; what the camera keeps in a cache of its own it can still
// hide. Folders stay.
func (c *camera) Release(ctx context.Context, clip device.Clip, sum [32]byte) error {
	if c.info.ReadOnly {
		return fmt.Errorf("release %q: %w", clip.Path, device.ErrReadOnly)
	}
	// A protected clip is met again at every docking, and would be read in full
	// each time for nothing.
	if err := c.mayRemove(ctx, clip); err != nil {
		return fmt.Errorf("release %q: %w", clip.Path, err)
	}
	// The hash that is stored was taken in the pass that copied: it cannot see
	// a bad read from the camera. Only a second read can.
	if err := c.readsBackAs(ctx, clip, sum); err != nil {
		return fmt.Errorf("release: %w", err)
	}
	_, err := ask(ctx, c.line, func(ctx context.Context, s *mtp.Session) (struct{}, error) {
		o := &object{camera: c, clip: clip}
		err := o.check(ctx, s)
		if err == nil {
			err = c.remove(ctx, s, o)
		}
		return struct{}{}, err
	})
	if err != nil {
		return fmt.Errorf("release %q: %w", clip.Path, err)
	}
	return nil
}

// mayRemove says what speaks against a clip's removal before it is tried: that
// it, or its storage, is protected, or that the camera has refused.
func (c *camera) mayRemove(ctx context.Context, clip device.Clip) error {
	_, err := ask(ctx, c.line, func(ctx context.Context, s *mtp.Session) (struct{}, error) {
		o := &object{camera: c, clip: clip}
		h, err := o.resolve(ctx, s)
		if err != nil {
			return struct{}{}, err
		}
		if err := c.refused.reason(o.place()); err != nil {
			return struct{}{}, err
		}
		info, err := s.GetObjectInfo(ctx, h)
		if err != nil {
			return struct{}{}, gone(err)
		}
		if info.ProtectionStatus == protectedObject {
			return struct{}{}, fmt.Errorf("%w: the clip is protected on the camera", device.ErrReadOnly)
		}
		st, err := describe(ctx, s, info.StorageID)
		if err == nil && st.AccessCapability == mtp.AccessReadOnly {
			err = fmt.Errorf("%w: its storage %s is", device.ErrReadOnly, st.name())
		}
		return struct{}{}, err
	})
	return err
}

// protectedObject is the ProtectionStatus of what may not be deleted (MTP 1.1,
// 5.3.1).
const protectedObject uint16 = 1

// remove deletes an object, and notes it if the camera does not do that.
func (c *camera) remove(ctx context.Context, s *mtp.Session, o *object) error {
	err := s.DeleteObject(ctx, o.handle)
	switch {
	case errors.Is(err, mtp.RespOperationNotSupported):
		c.refused.all = fmt.Errorf("%w: %w", device.ErrReadOnly, err)
		return c.refused.all
	case errors.Is(err, mtp.RespAccessDenied), errors.Is(err, mtp.RespObjectWriteProtected), errors.Is(err, mtp.RespStoreReadOnly):
		err = fmt.Errorf("%w: %w", device.ErrReadOnly, err)
		c.refused.note(o.place(), err)
	}
	return err
}

// refusals are what a camera did not let be removed during this docking. The
// line's operations alone use them.
type refusals struct {
	all error // to remove anything
	one map[uint64]error
}

func (f *refusals) note(place uint64, err error) {
	if f.one == nil {
		f.one = make(map[uint64]error)
	}
	f.one[place] = err
}

func (f *refusals) reason(place uint64) error {
	if f.all != nil {
		return f.all
	}
	return f.one[place]
}

// readsBackAs reads the whole clip and compares.
func (c *camera) readsBackAs(ctx context.Context, clip device.Clip, sum [32]byte) error {
	r, err := c.Open(ctx, clip, 0)
	if err != nil {
		return err
	}
	h := sha256.New()
	_, err = io.Copy(h, r)
	if err := errors.Join(err, r.Close()); err != nil {
		return err
	}
	if [32]byte(h.Sum(nil)) != sum {
		return fmt.Errorf("%q: %w", clip.Path, device.ErrNotIdentical)
	}
	return nil
}
