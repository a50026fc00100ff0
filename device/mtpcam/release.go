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
	// The hash that is stored was taken in the pass that copied: it cannot see
	// a bad read from the camera. Only a second read can.
	if err := c.readsBackAs(ctx, clip, sum); err != nil {
		return fmt.Errorf("release: %w", err)
	}
	_, err := ask(ctx, c.line, func(ctx context.Context, s *mtp.Session) (struct{}, error) {
		o := &object{camera: c, clip: clip}
		err := o.check(ctx, s)
		if err == nil {
			err = s.DeleteObject(ctx, o.handle)
		}
		return struct{}{}, err
	})
	if errors.Is(err, mtp.RespAccessDenied) || errors.Is(err, mtp.RespOperationNotSupported) {
		err = fmt.Errorf("%w: %w", device.ErrReadOnly, err)
	}
	if err != nil {
		return fmt.Errorf("release %q: %w", clip.Path, err)
	}
	return nil
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
