package massstorage

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path"

	"golang.org/x/sys/unix"

	"custodock/device"
)

// Release removes a clip after reading it once more. What is left of a race:
// a file that takes the clip's name between the last look and the removal, in
// microseconds, is removed in its place; Linux has no call that removes a name
// only if it is still that file. Folders stay.
func (c *camera) Release(ctx context.Context, clip device.Clip, sum [32]byte) error {
	if err := c.writable(); err != nil {
		return fmt.Errorf("release %q: %w", clip.Path, err)
	}
	f, err := c.openClip(clip)
	if err != nil {
		return c.explain("release", clip.Path, err)
	}
	defer f.close()
	// The hash that is stored was taken in the pass that copied: it cannot see
	// a bad read from the camera. Only a second read can.
	if err := c.readsBackAs(ctx, clip, f, sum); err != nil {
		return fmt.Errorf("release: %w", err)
	}
	if err := remove(f, path.Base(clip.Path)); err != nil {
		return c.explain("release", clip.Path, err)
	}
	return nil
}

// writable asks anew: a file system with errors turns read-only on its own.
func (c *camera) writable() error {
	root, err := c.openRoot()
	if err != nil {
		return err
	}
	defer root.Close()
	fs, err := statfs(root)
	if err != nil {
		return rootError(err)
	}
	if fs.Flags&unix.ST_RDONLY != 0 {
		return device.ErrReadOnly
	}
	return nil
}

// readsBackAs reads the whole clip from its medium and compares.
func (c *camera) readsBackAs(ctx context.Context, clip device.Clip, f *clipFile, sum [32]byte) error {
	// DONTNEED drops clean pages only, so what is dirty is written first.
	fd := int(f.file.Fd())
	if err := uninterrupted(func() error { return unix.Fsync(fd) }); err != nil {
		return c.explain("write out", clip.Path, err)
	}
	if err := unix.Fadvise(fd, 0, 0, unix.FADV_DONTNEED); err != nil {
		return c.explain("drop from the cache", clip.Path, err)
	}
	r := &reader{camera: c, clip: clip, cancelled: ctx.Err, file: f.file, node: f.node}
	h := sha256.New()
	if err := r.hash(h); err != nil {
		return err
	}
	if [32]byte(h.Sum(nil)) != sum {
		return fmt.Errorf("%q: %w", clip.Path, device.ErrNotIdentical)
	}
	return nil
}

// remove removes the name if it is still the file that was read.
func remove(f *clipFile, name string) error {
	now, err := lookAt(f.folder, name)
	if err == nil && !now.sameFile(&f.node) {
		err = device.ErrChanged
	}
	if err != nil {
		return changedIfAbsent(err)
	}
	err = uninterrupted(func() error { return unix.Unlinkat(int(f.folder.Fd()), name, 0) })
	if errors.Is(err, unix.EROFS) {
		return fmt.Errorf("%w: %w", device.ErrReadOnly, err)
	}
	if err != nil {
		return changedIfAbsent(err)
	}
	// Some file systems cannot sync a folder and say so.
	err = uninterrupted(func() error { return unix.Fsync(int(f.folder.Fd())) })
	if errors.Is(err, unix.EINVAL) {
		return nil
	}
	return err
}
