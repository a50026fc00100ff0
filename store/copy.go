package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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

// maxReadbacks is how many clips are read back at a time: one sync makes a
// hundred small clips ready for it at once, and each would take a chunk of memory.
const maxReadbacks = 16

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

// ahead reads a clip from its camera while what was read before is written.
type ahead struct {
	chunks chan []byte
	cancel context.CancelFunc
	done   chan struct{} // closed when the camera is not read any more
	err    error         // how that ended; io.EOF at the end of the clip
}

// readAhead opens a clip and reads it to its end, in a goroutine that ends
// with it, or with ctx. Only a call that hangs in the kernel keeps it, and
// then it keeps nobody else: the receiver goes by its own context.
func (s *Store) readAhead(ctx context.Context, open func(context.Context) (io.ReadCloser, error)) *ahead {
	ctx, cancel := context.WithCancel(ctx)
	a := &ahead{chunks: make(chan []byte, aheadChunks), cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(a.done)
		src, err := open(ctx)
		if err == nil {
			err = s.readChunks(ctx, src, a.chunks)
			if cerr := src.Close(); err == nil {
				err = cerr
			}
		}
		if a.err = err; err == nil {
			a.err = io.EOF
		}
	}()
	return a
}

// next returns what was read, in order, and then how the reading ended.
func (a *ahead) next(ctx context.Context) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case data := <-a.chunks:
		return data, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-a.done:
	}
	select { // both may have been ready
	case data := <-a.chunks:
		return data, nil
	default:
		return nil, a.err
	}
}

// stop ends the reading and waits until the camera is free again, unless ctx
// ends first.
func (a *ahead) stop(ctx context.Context) {
	a.cancel()
	select {
	case <-a.done:
	case <-ctx.Done():
	}
}

func (s *Store) readChunks(ctx context.Context, src io.Reader, out chan<- []byte) error {
	for {
		buf := s.buffer()
		n, err := io.ReadFull(src, buf)
		ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !ended {
			return err // and no piece of a chunk: what is kept ends with a whole one
		}
		if n > 0 {
			select {
			case out <- buf[:n]:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if ended {
			return nil
		}
	}
}

// readback reads the file from the disk, not from the page cache, and
// compares. It proves what the device returned, no more.
func (p *part) readback(ctx context.Context) error {
	select {
	case p.s.readbacks <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	sum, size, err := p.s.hashUncached(ctx, p.file.Name(), nil)
	<-p.s.readbacks
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrReadback, err)
	}
	if size != p.clip.Size || sum != p.hexSum() {
		return fmt.Errorf("%w: %d of %d bytes, another SHA-256", ErrReadback, size, p.clip.Size)
	}
	return nil
}

// hashUncached reads a synced file from the disk. progress, if not nil, is
// told of every chunk.
func (s *Store) hashUncached(ctx context.Context, path string, progress func(n int)) (sum string, size int64, err error) {
	f, err := openUncached(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return "", 0, err
	}
	h := sha256.New()
	buf := s.buffer()
	defer s.freeBuffer(buf)
	for size < st.Size() { // behind the end no offset is a multiple of a block
		if err := ctx.Err(); err != nil {
			return "", size, err
		}
		n, err := f.Read(buf)
		if errors.Is(err, unix.EINVAL) && size == 0 {
			n, err = readIndirect(f, buf)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", size, err
		}
		h.Write(buf[:n])
		size += int64(n)
		if progress != nil {
			progress(n)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
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
	if err := dropPages(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func dropPages(f *os.File) error {
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}

// readIndirect goes on without direct I/O: some file systems open a file for
// it and then give nothing.
func readIndirect(f *os.File, buf []byte) (int, error) {
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	if err == nil {
		_, err = unix.FcntlInt(f.Fd(), unix.F_SETFL, flags&^unix.O_DIRECT)
	}
	if err = errors.Join(err, dropPages(f)); err != nil {
		return 0, err
	}
	return f.Read(buf)
}
