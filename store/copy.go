package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// blockSize is what memory, offsets and lengths of direct I/O are multiples
// of: the largest logical block of disks in use.
const blockSize = 4096

// aheadChunks is how many chunks are read from a camera before they are
// written: the camera is busy while the disk is.
const aheadChunks = 2

// alignedBuffer returns a chunk that direct I/O accepts.
func alignedBuffer() *[]byte {
	raw := make([]byte, chunkSize+blockSize)
	skip := blockSize - int(uintptr(unsafe.Pointer(&raw[0]))%blockSize)
	buf := raw[skip : skip+chunkSize : skip+chunkSize]
	return &buf
}

func (s *Store) buffer() []byte { return *s.buffers.Get().(*[]byte) }

func (s *Store) freeBuffer(buf []byte) {
	buf = buf[:chunkSize]
	s.buffers.Put(&buf)
}

// chunk is the next bytes of a clip, or the error that ended it.
type chunk struct {
	data []byte
	err  error
}

// readAhead reads src to its end and closes it. The goroutine that does so
// ends with src or with ctx; only a read that hangs in the kernel keeps it,
// and then the receiver, which goes by ctx, is not kept.
func (s *Store) readAhead(ctx context.Context, src io.ReadCloser) func(yield func(chunk) bool) {
	out := make(chan chunk, aheadChunks)
	go func() {
		defer close(out)
		err := s.readChunks(ctx, src, out)
		if cerr := src.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			select {
			case out <- chunk{err: err}:
			case <-ctx.Done():
			}
		}
	}()
	return func(yield func(chunk) bool) {
		for {
			select {
			case c, ok := <-out:
				if !ok || !yield(c) {
					return
				}
			case <-ctx.Done():
				yield(chunk{err: ctx.Err()})
				return
			}
		}
	}
}

func (s *Store) readChunks(ctx context.Context, src io.Reader, out chan<- chunk) error {
	for {
		buf := s.buffer()
		n, err := io.ReadFull(src, buf)
		if n > 0 {
			select {
			case out <- chunk{data: buf[:n]}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// readback reads the file from the disk, not from the page cache, and
// compares. It proves what the device returned, no more.
func (p *part) readback(ctx context.Context) error {
	f, err := openUncached(p.file.Name())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrReadback, err)
	}
	defer f.Close()
	h := sha256.New()
	buf := p.s.buffer()
	defer p.s.freeBuffer(buf)
	var size int64
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := f.Read(buf)
		h.Write(buf[:n])
		size += int64(n)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrReadback, err)
		}
	}
	if size != p.clip.Size || !bytes.Equal(h.Sum(nil), p.hash.Sum(nil)) {
		return fmt.Errorf("%w: %d of %d bytes, another SHA-256", ErrReadback, size, p.clip.Size)
	}
	return nil
}

// openUncached opens a synced file so that reads come from the disk. Where
// the file system has no direct I/O the clean pages are dropped instead.
func openUncached(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_DIRECT|unix.O_NOFOLLOW, 0)
	if err == nil || !errors.Is(err, unix.EINVAL) {
		return f, err
	}
	f, err = os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
