package media

import (
	"errors"
	"fmt"
	"io"
	"math"
)

// What one look may cost. A clip of three hours in fragments of half a second
// stays below: a fragment costs one read of a window and a few boxes.
const (
	maxReads = 20_000
	maxBytes = 64 << 20
	maxBoxes = 200_000

	// windowSize is read at once. Fields that are looked at one after the
	// other mostly lie close together.
	windowSize = 4 << 10

	// blockSize is the most that is looked at in one piece.
	blockSize = 64 << 10
)

// errBudget is kept when the look would cost more than it may.
var errBudget = errors.New("the file has too many parts to look at all of them")

// file is a clip's bytes as the parsers see them. The first error ends all
// reading: from then on every read is refused, so that loops end by themselves.
type file struct {
	r    io.ReaderAt
	size int64
	err  error

	window []byte // the bytes from at on
	at     int64

	reads, bytes, boxes int // left of the budget
}

func newFile(r io.ReaderAt, size int64) *file {
	return &file{r: r, size: size, reads: maxReads, bytes: maxBytes, boxes: maxBoxes}
}

// peek returns the n bytes at off, good until the next call. It is nil when
// they are not all in the file, and when reading failed or grew too much.
func (f *file) peek(off int64, n int) []byte {
	if f.err != nil || off < 0 || n <= 0 || n > blockSize || off > f.size-int64(n) {
		return nil
	}
	if off < f.at || off+int64(n) > f.at+int64(len(f.window)) {
		if f.err = f.fill(off, n); f.err != nil {
			return nil
		}
	}
	from := int(off - f.at)
	return f.window[from : from+n]
}

// fill moves the window so that it begins with the n bytes at off.
func (f *file) fill(off int64, n int) error {
	want := int(min(int64(max(n, windowSize)), f.size-off))
	if f.reads == 0 || f.bytes < want {
		return errBudget
	}
	f.reads--
	f.bytes -= want
	if cap(f.window) < want {
		f.window = make([]byte, want)
	}
	f.window, f.at = f.window[:want], off
	got, err := f.r.ReadAt(f.window, off)
	if got == want {
		return nil
	}
	f.window = f.window[:0]
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // of a file that was to be size bytes long
	}
	return fmt.Errorf("looking into the clip at byte %d: %w", off, err)
}

// part spends one of the boxes, chunks or segments that may be looked at.
func (f *file) part() bool {
	if f.boxes == 0 && f.err == nil {
		f.err = errBudget
	}
	f.boxes--
	return f.err == nil
}

// zeros reports whether the file holds only zeros from off on, as far as a
// block at either end of that tells: a tail may be gigabytes long.
func (f *file) zeros(off int64) bool {
	n := min(blockSize, f.size-off)
	return n > 0 && isZero(f.peek(off, int(n))) && isZero(f.peek(f.size-n, int(n)))
}

// isZero reports whether b is not empty and holds nothing but zeros.
func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return len(b) > 0
}

// trailer remarks on what follows the container's last part, which ends at off.
// Cameras that allocate their files in advance leave zeros there, others a
// block of their own: neither hurts the recording.
func (f *file) trailer(info *Info, off int64) {
	switch left := f.size - off; {
	case left <= 0:
	case f.zeros(off):
		info.remark("%d zero bytes follow the recording", left)
	default:
		info.remark("%d bytes of another sort follow the recording", left)
	}
}

// behind returns at + size, or the largest offset there is if that is larger.
func behind(at int64, size uint64) int64 {
	if size > uint64(math.MaxInt64-at) {
		return math.MaxInt64
	}
	return at + int64(size)
}
