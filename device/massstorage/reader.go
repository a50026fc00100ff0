package massstorage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"custodock/device"
)

// clipFile is a listed clip that was opened and found to be the same.
type clipFile struct {
	folder *os.File // the one it is in
	file   *os.File
	node   node
}

func (f *clipFile) close() {
	f.folder.Close()
	f.file.Close()
}

// openClip opens a listed clip, element by element: openat with O_NOFOLLOW on
// each knows no symlink and no way up, on every kernel and at every length of
// path (openat2 stops at 4096 bytes, a camera's tree may be deeper).
func (c *camera) openClip(clip device.Clip) (*clipFile, error) {
	elements := strings.Split(clip.Path, "/")
	for _, e := range elements {
		if e == "" || e == "." || e == ".." {
			return nil, fmt.Errorf("%w: no such path can be listed", device.ErrChanged)
		}
	}
	folder, err := c.openRoot()
	if err != nil {
		return nil, err
	}
	last := len(elements) - 1
	for _, e := range elements[:last] {
		sub, err := openAt(folder, e, unix.O_DIRECTORY)
		folder.Close()
		if err != nil {
			return nil, changedIfAbsent(err)
		}
		folder = sub
	}
	f, err := c.openFile(folder, elements[last], clip)
	if err != nil {
		folder.Close()
		return nil, err
	}
	return f, nil
}

func (c *camera) openFile(folder *os.File, name string, clip device.Clip) (*clipFile, error) {
	// Asked before it is opened: opening a device can already do something.
	before, err := lookAt(folder, name)
	if err == nil {
		err = c.isListed(&before, clip)
	}
	if err != nil {
		return nil, changedIfAbsent(err)
	}
	file, err := openAt(folder, name, 0)
	if err != nil {
		return nil, changedIfAbsent(err)
	}
	f := &clipFile{folder: folder, file: file}
	f.node, err = lookInto(file)
	if err == nil && !f.node.sameFile(&before) {
		err = device.ErrChanged
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return f, nil
}

// isListed says whether n is the clip that was listed, as far as the listing
// can tell.
func (c *camera) isListed(n *node, clip device.Clip) error {
	switch now := c.clip(clip.Path, n, time.Now()); {
	case n.kind() != unix.S_IFREG, n.Mnt_id != c.id.mount:
		return fmt.Errorf("%w: it is no regular file of the camera any more", device.ErrChanged)
	case now.Size != clip.Size:
		return fmt.Errorf("%w: it had %d bytes and has %d", device.ErrChanged, clip.Size, now.Size)
	case !now.ModTime.Equal(clip.ModTime):
		return fmt.Errorf("%w: it has another time", device.ErrChanged)
	case clip.Token != "" && now.Token != clip.Token:
		return fmt.Errorf("%w: it was touched or replaced", device.ErrChanged)
	}
	return nil
}

func changedIfAbsent(err error) error {
	if absent(err) {
		return fmt.Errorf("%w: %w", device.ErrChanged, err)
	}
	return err
}

// Open returns a reader that is also an io.ReaderAt, for whoever needs a look
// at a clip's structure while it is copied.
func (c *camera) Open(ctx context.Context, clip device.Clip, offset int64) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := c.openClip(clip)
	if err != nil {
		return nil, c.explain("open", clip.Path, err)
	}
	f.folder.Close()
	if offset < 0 || offset > clip.Size {
		f.file.Close()
		return nil, fmt.Errorf("open %q: offset %d is outside its %d bytes", clip.Path, offset, clip.Size)
	}
	// A hint only: the copy reads once, from front to end.
	_ = unix.Fadvise(int(f.file.Fd()), 0, 0, unix.FADV_SEQUENTIAL)
	return &reader{camera: c, clip: clip, cancelled: ctx.Err, file: f.file, node: f.node, at: offset}, nil
}

// reader reads a clip up to the size that was listed and no further.
type reader struct {
	camera    *camera
	clip      device.Clip
	cancelled func() error // the context's
	file      *os.File
	node      node
	at        int64
}

var _ io.ReaderAt = (*reader)(nil)

func (r *reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := r.ReadAt(p, r.at)
	r.at += int64(n)
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil // the next Read tells
	}
	return n, err
}

// ReadAt returns io.EOF only where the listed clip ends and the file is still
// as it was.
func (r *reader) ReadAt(p []byte, offset int64) (int, error) {
	if err := r.cancelled(); err != nil {
		return 0, err
	}
	if offset < 0 {
		return 0, fmt.Errorf("read %q: negative offset", r.clip.Path)
	}
	atEnd := int64(len(p)) > r.clip.Size-offset
	if atEnd {
		p = p[:max(0, r.clip.Size-offset)]
	}
	n, err := r.file.ReadAt(p, offset)
	switch {
	case errors.Is(err, io.EOF):
		err = fmt.Errorf("%w: it ends at byte %d of %d", device.ErrChanged, offset+int64(n), r.clip.Size)
	case err == nil && atEnd:
		err = r.unchanged()
		if err == nil {
			return n, io.EOF
		}
	}
	if err != nil {
		err = r.camera.explain("read", r.clip.Path, err)
	}
	return n, err
}

func (r *reader) unchanged() error {
	now, err := lookInto(r.file)
	if err == nil && !now.sameFile(&r.node) {
		err = device.ErrChanged
	}
	return err
}

func (r *reader) Close() error {
	changed := r.unchanged()
	if err := r.file.Close(); err != nil {
		return fmt.Errorf("close %q: %w", r.clip.Path, err)
	}
	if changed != nil {
		return r.camera.explain("close", r.clip.Path, changed)
	}
	return nil
}

// copyBuffer stays within a processor's second-level cache.
const copyBuffer = 256 << 10

// hash hands the whole clip to w.
func (r *reader) hash(w io.Writer) error {
	buffer := make([]byte, copyBuffer)
	for {
		n, err := r.Read(buffer)
		_, _ = w.Write(buffer[:n]) // a hash never fails
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}
