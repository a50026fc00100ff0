package store

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Reserve is free space that clips never use: a share of the file system, or
// a number of bytes.
type Reserve struct {
	Percent float64 // 0 to 100
	Bytes   int64
}

// bytes returns the reserve of a file system of size bytes.
func (r Reserve) bytes(size int64) int64 {
	return r.Bytes + int64(r.Percent/100*float64(size))
}

// Space is the room of the archive's file system, in bytes.
type Space struct {
	Size    int64 `json:"size"`
	Free    int64 `json:"free"`    // to programs without privileges
	Reserve int64 `json:"reserve"` // of it, what clips never use
}

// Space asks the file system.
func (s *Store) Space() (Space, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(s.opt.Dir, &st); err != nil {
		return Space{}, fmt.Errorf("ask free space: %w", err)
	}
	unit := st.Frsize // Bsize is only what it likes best
	sp := Space{Size: int64(st.Blocks) * unit, Free: int64(st.Bavail) * unit}
	sp.Reserve = s.opt.Reserve.bytes(sp.Size)
	return sp, nil
}

// spaceBook lets one copy at a time look at the free space and take its own.
type spaceBook struct{ mu sync.Mutex }

// reserve sets size bytes aside for f, or returns ErrNoSpace when that would
// go below the reserve. The blocks belong to f from then on, so that the next
// copy sees what is left.
func (b *spaceBook) reserve(s *Store, f *os.File, size int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	sp, err := s.Space()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrIncoming, err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return fmt.Errorf("%w: %w", ErrIncoming, err)
	}
	if need := size - st.Blocks*512; need > 0 && need > sp.Free-sp.Reserve {
		return fmt.Errorf("%w: %d bytes needed, %d free of which %d are reserved",
			ErrNoSpace, need, sp.Free, sp.Reserve)
	}
	if size < directFrom {
		return nil
	}
	err = unix.Fallocate(int(f.Fd()), 0, 0, size)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		return nil // such a file system is trusted to say so when it is full
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrIncoming, noSpace(err))
	}
	return nil
}
