package massstorage

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// statxMask asks for what tells files apart. Kernels from 6.8 on answer with
// the mount's unique ID, older ones with the one that may be used again after
// an unmount.
const statxMask = unix.STATX_BASIC_STATS | unix.STATX_BTIME | unix.STATX_MNT_ID | unix.STATX_MNT_ID_UNIQUE

// node is what the kernel says of a file or folder.
type node struct{ unix.Statx_t }

// inode names a file or folder within the machine, as long as it exists.
type inode struct {
	major, minor uint32
	number       uint64
}

// identity tells a folder from whatever else comes to stand at its path: a
// new folder that got the same inode number, or something mounted over it.
type identity struct {
	inode inode
	born  unix.StatxTimestamp
	mount uint64
}

// lookAt asks for name in the open folder dir and follows no symlink.
func lookAt(dir *os.File, name string) (node, error) {
	return statx(int(dir.Fd()), name, unix.AT_SYMLINK_NOFOLLOW|unix.AT_NO_AUTOMOUNT, statxMask)
}

// lookInto asks for an open file.
func lookInto(f *os.File) (node, error) {
	return statx(int(f.Fd()), "", unix.AT_EMPTY_PATH, statxMask)
}

// mountID returns the number by which mountinfo knows the mount of f.
func mountID(f *os.File) (int, error) {
	n, err := statx(int(f.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_MNT_ID)
	return int(n.Mnt_id), err
}

func statx(dir int, name string, flags, mask int) (n node, err error) {
	err = uninterrupted(func() error { return unix.Statx(dir, name, flags, mask, &n.Statx_t) })
	return n, err
}

func statfs(f *os.File) (fs unix.Statfs_t, err error) {
	err = uninterrupted(func() error { return unix.Fstatfs(int(f.Fd()), &fs) })
	return fs, err
}

func (n *node) kind() uint16 { return n.Mode & unix.S_IFMT }

func (n *node) isFolder() bool { return n.kind() == unix.S_IFDIR }

func (n *node) inode() inode { return inode{n.Dev_major, n.Dev_minor, n.Ino} }

func (n *node) identity() identity { return identity{n.inode(), n.Btime, n.Mnt_id} }

// sameFile reports whether nothing of a file changed between two looks.
func (n *node) sameFile(o *node) bool {
	return n.inode() == o.inode() && n.kind() == o.kind() && n.Size == o.Size && n.Mtime == o.Mtime && n.Ctime == o.Ctime
}

// The years that RFC 3339, and so JSON, can hold.
var (
	earliest = time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC).Unix()
	latest   = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
)

// modTime is zero for times that no calendar has; a broken file system can
// give any 64 bits.
func (n *node) modTime() time.Time {
	if n.Mtime.Sec < earliest || n.Mtime.Sec > latest || n.Mtime.Nsec > 999_999_999 {
		return time.Time{}
	}
	return instant(n.Mtime)
}

func instant(t unix.StatxTimestamp) time.Time { return time.Unix(t.Sec, int64(t.Nsec)).UTC() }

// openAt opens name in the open folder dir. It follows no symlink, waits for
// no FIFO, makes no terminal ours, and leaves the access time alone where the
// kernel lets it: a time on a camera is evidence.
func openAt(dir *os.File, name string, flags int) (*os.File, error) {
	return open(int(dir.Fd()), name, filepath.Join(dir.Name(), name), flags)
}

// openFolder opens the folder at path, of which only the last element is not
// trusted.
func openFolder(path string) (*os.File, error) {
	return open(unix.AT_FDCWD, path, path, unix.O_DIRECTORY)
}

func open(dir int, name, path string, flags int) (*os.File, error) {
	flags |= unix.O_RDONLY | unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC
	fd := -1
	try := func(flags int) error {
		return uninterrupted(func() (err error) { fd, err = unix.Openat(dir, name, flags, 0); return err })
	}
	err := try(flags | unix.O_NOATIME)
	if errors.Is(err, unix.EPERM) { // only the owner may ask for that
		err = try(flags)
	}
	if err != nil {
		return nil, err
	}
	// The flag has done its work; without it the file is read like any other.
	if err := unix.SetNonblock(fd, false); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), path), nil
}

// uninterrupted repeats a system call that a signal interrupted, which FUSE
// and network file systems let happen.
func uninterrupted(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// absent reports whether err says that a name does not exist, or not as what
// it was.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP)
}

// token is equal for two looks at a file only if no byte of it was changed in
// between: every write sets the change time, and nothing can set it back.
// It proves nothing, and is empty, while the change time is so young that a
// further write could get the same one: small ext4 inodes keep whole seconds,
// and the kernel's clock for files ticks in up to 10 ms. Its known weakness is
// a program that writes through mmap: the pages it dirtied before the look
// may change for some seconds more.
func (n *node) token(now time.Time) string {
	if now.Sub(instant(n.Ctime)) < 1500*time.Millisecond {
		return ""
	}
	var b []byte
	for _, v := range []uint64{
		uint64(n.Dev_major), uint64(n.Dev_minor), n.Ino, n.Size,
		uint64(n.Mtime.Sec), uint64(n.Mtime.Nsec), uint64(n.Ctime.Sec), uint64(n.Ctime.Nsec),
		uint64(n.Btime.Sec), uint64(n.Btime.Nsec),
	} {
		b = strconv.AppendUint(append(b, '.'), v, 36)
	}
	return string(b[1:])
}
