package massstorage

import (
	"context"
	"encoding/binary"
	"hash/maphash"
	"time"

	"custodock/device"
)

// tree is the state of a plain folder: everything in it by path, size, times
// and inode, without the bytes.
type tree struct {
	sum    uint64
	newest time.Time     // change time: the one that nobody can set back
	took   time.Duration // to look at
}

// fingerprint looks at a plain folder. entered is called with each folder
// before it is read, so that a watch on it misses nothing.
func fingerprint(ctx context.Context, seed maphash.Seed, s spot, entered func(path string)) (tree, error) {
	start := time.Now()
	root, err := openFolder(s.path)
	if err != nil {
		return tree{}, err
	}
	defer root.Close()
	if n, err := lookInto(root); err != nil || n.identity() != s.folder {
		return tree{}, device.ErrGone
	}
	var t tree
	var buf []byte
	_, err = walkTree(ctx, root, func(e entry) error {
		buf = append(append(buf[:0], e.path...), e.skip...)
		if e.node != nil {
			buf = e.node.appendState(buf)
			if at := instant(e.node.Ctime); at.After(t.newest) {
				t.newest = at
			}
			if e.skip == "" && e.node.isFolder() {
				entered(e.path)
			}
		}
		// A sum, since nothing promises the order of a folder's names.
		t.sum += maphash.Bytes(seed, buf)
		return nil
	})
	t.took = time.Since(start)
	return t, err
}

func (n *node) appendState(b []byte) []byte {
	for _, v := range []uint64{
		uint64(n.Mode), n.Ino, n.Size,
		uint64(n.Mtime.Sec), uint64(n.Mtime.Nsec), uint64(n.Ctime.Sec), uint64(n.Ctime.Nsec),
	} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return b
}

// settler decides from look to look whether a folder is quiet.
type settler struct {
	settle time.Duration
	looked bool
	sum    uint64
	since  time.Time // end of the first look that gave sum
}

// look takes what was seen of the folder between start and end, and returns
// how long to wait before looking again: zero if nothing in it has changed for
// the settle time. Two equal looks that far apart prove it by the monotonic
// clock. So does a newest change time that long ago, by the wall clock: a
// folder that was there before the daemon needs no second look. A change time
// in the future proves nothing.
func (s *settler) look(t tree, start, end time.Time) time.Duration {
	var quiet time.Duration
	if s.looked && s.sum == t.sum {
		quiet = start.Sub(s.since)
	} else {
		s.looked, s.sum, s.since = true, t.sum, end
	}
	quiet = max(quiet, start.Sub(t.newest))
	return max(0, s.settle-quiet)
}
