package massstorage

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// mountKey tells one mount from the next at the same place, as far as
// mountinfo can: its ID may be used again, see followMount.
type mountKey struct {
	id, major, minor     int
	root, fsType, source string
}

// mountTable is one reading of mountinfo.
type mountTable []*mountinfo.Info

func readMounts(path string) (mountTable, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read mounts: %w", err)
	}
	defer f.Close()
	mounts, err := mountinfo.GetMountsFromReader(f, nil)
	if err != nil {
		return nil, fmt.Errorf("read mounts from %s: %w", path, err)
	}
	return mounts, nil
}

// at returns what is mounted at path in a folder that lies on the mount with
// ID under, or nil. It goes by parents, since the table also has the mounts
// that are hidden under others.
func (t mountTable) at(path string, under int) *mountinfo.Info {
	var top *mountinfo.Info
	for i := 0; i < len(t); i++ {
		if t[i].Mountpoint == path && t[i].Parent == under && t[i].ID != under {
			top, under, i = t[i], t[i].ID, -1
		}
	}
	return top
}

func keyOf(m *mountinfo.Info) mountKey {
	return mountKey{m.ID, m.Major, m.Minor, m.Root, m.FSType, m.Source}
}

// mountWatch sees changes of the mount table. inotify does not. The table is
// open as a bare descriptor: os.Open would enter it into Go's own poller, and
// whoever polls first takes the event (fs/proc_namespace.c, mounts_poll).
type mountWatch struct{ table int }

// openMountWatch misses nothing that changes after it returned.
func openMountWatch(path string) (*mountWatch, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("watch mounts in %s: %w", path, err)
	}
	return &mountWatch{fd}, nil
}

func (w *mountWatch) close() { unix.Close(w.table) }

// run calls changed after every change until ctx ends.
func (w *mountWatch) run(ctx context.Context, changed func()) error {
	// The pipe ends the poll: a write end that is closed hangs up the other.
	wake, ender, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("watch mounts: %w", err)
	}
	defer wake.Close()
	defer ender.Close()
	defer context.AfterFunc(ctx, func() { ender.Close() })()

	for ctx.Err() == nil {
		fds := []unix.PollFd{
			{Fd: int32(w.table), Events: unix.POLLPRI | unix.POLLERR},
			{Fd: int32(wake.Fd()), Events: unix.POLLIN},
		}
		if _, err := unix.Poll(fds, -1); err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("watch mounts: %w", err)
		}
		if fds[0].Revents != 0 {
			changed()
		}
	}
	return nil
}
