package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// syncFolder makes the names in a folder durable. Without it a power cut
// gives back a renamed file under its old name, or not at all.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// makeFolders is os.MkdirAll that makes every folder it adds durable.
func makeFolders(dir string) error {
	if st, err := os.Stat(dir); err == nil {
		if !st.IsDir() {
			return &fs.PathError{Op: "mkdir", Path: dir, Err: unix.ENOTDIR}
		}
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := makeFolders(parent); err != nil {
			return err
		}
	}
	switch err := os.Mkdir(dir, 0o750); {
	case errors.Is(err, fs.ErrExist):
	case err != nil:
		return err
	default:
		if err := inheritOwner(dir); err != nil {
			return err
		}
	}
	return syncFolder(parent)
}

// renameNoReplace gives from its new name, or fails with fs.ErrExist when the
// name is taken.
func renameNoReplace(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		// Some file systems lack the flag. A link never replaces either.
		if err = unix.Link(from, to); err == nil {
			err = unix.Unlink(from)
		}
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

// dropTornLine cuts off a last line that has no newline: what a crash left of
// an append that was never acknowledged. It returns the size that remains.
func dropTornLine(f *os.File) (int64, error) {
	st, err := f.Stat()
	if err != nil {
		return 0, err
	}
	size := st.Size()
	end := size
	for buf := make([]byte, 64<<10); end > 0; {
		n := min(int64(len(buf)), end)
		if _, err := f.ReadAt(buf[:n], end-n); err != nil {
			return 0, err
		}
		if i := bytes.LastIndexByte(buf[:n], '\n'); i >= 0 {
			end = end - n + int64(i) + 1
			break
		}
		end -= n
	}
	if end == size {
		return size, nil
	}
	if err := f.Truncate(end); err != nil {
		return 0, fmt.Errorf("cut off a torn line: %w", err)
	}
	return end, f.Sync()
}

// exists reports whether there is anything at path, a dangling link too.
func exists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// mountPoint tells whether two folders are in reach of one rename: on one
// file system, and through one mount of it.
type mountPoint struct {
	major, minor uint32
	id           uint64
}

func mountOf(dir string) (mountPoint, error) {
	var st unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, dir, 0, unix.STATX_BASIC_STATS|unix.STATX_MNT_ID, &st); err != nil {
		return mountPoint{}, fmt.Errorf("stat %s: %w", dir, err)
	}
	m := mountPoint{major: st.Dev_major, minor: st.Dev_minor}
	if st.Mask&unix.STATX_MNT_ID != 0 { // Linux 5.8
		m.id = st.Mnt_id
	}
	return m, nil
}

// inheritOwner gives what root has just made to the owner of the folder that
// it lies in: a command that an administrator runs as root must not lock the
// daemon, which is not root, out of its own archive.
func inheritOwner(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	var dir unix.Stat_t
	if err := unix.Stat(filepath.Dir(path), &dir); err != nil {
		return fmt.Errorf("stat %s: %w", filepath.Dir(path), err)
	}
	if dir.Uid == 0 {
		return nil
	}
	return os.Lchown(path, int(dir.Uid), int(dir.Gid))
}

// lockFolder makes the caller the only one who makes or replaces the catalog
// in dir, until the file is closed.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := flock(f); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", dir, err), f.Close())
	}
	return f, nil
}

// flock takes the lock that bbolt takes, too, and waits for it as long. It goes
// with the file.
func flock(f *os.File) error {
	again := time.NewTicker(lockWait / 40)
	defer again.Stop()
	for end := time.Now().Add(lockWait); ; <-again.C {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return err
		}
		if time.Now().After(end) {
			return ErrHeld
		}
	}
}
