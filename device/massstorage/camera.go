package massstorage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"

	"custodock/device"
)

// Magic numbers of the local file systems whose change times can be trusted,
// from statfs(2).
var changeTimeKept = map[int64]bool{
	unix.EXT4_SUPER_MAGIC:  true, // ext2 and ext3 too
	unix.XFS_SUPER_MAGIC:   true,
	unix.BTRFS_SUPER_MAGIC: true,
	unix.TMPFS_MAGIC:       true,
}

// camera is a docked folder or mount. It holds nothing open between calls, so
// that whoever mounted a card can unmount it while it is idle; every call
// opens the root anew and checks that it is still the one that docked.
type camera struct {
	path      string
	id        identity
	info      device.Info
	mounted   bool
	block     string // sysfs folder of the disk; empty when there is none
	wallClock bool   // see device.Clip.LocalTime
	tokens    bool
	gone      <-chan struct{}
	closed    atomic.Bool
}

var (
	_ device.Camera       = (*camera)(nil)
	_ device.Releaser     = (*camera)(nil)
	_ device.HealthReader = (*camera)(nil)
)

// openCamera makes a camera of a spot. It asks the file system, so it can
// hang as long as that does.
func openCamera(s spot, opts Options, gone <-chan struct{}) (*camera, error) {
	c := &camera{path: s.path, mounted: s.mount != nil, gone: gone}
	root, err := openFolder(s.path)
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", s.path, err)
	}
	defer root.Close()
	if err := c.identify(root, s); err != nil {
		return nil, fmt.Errorf("open %q: %w", s.path, err)
	}
	fs, err := statfs(root)
	if err != nil {
		return nil, fmt.Errorf("ask the file system of %q: %w", s.path, err)
	}
	folder := filepath.Base(s.path)
	c.info = device.Info{
		Serial:    device.SerialName(folder),
		Transport: device.TransportFolder,
		Location:  "/" + device.EscapePath(s.path),
		Folder:    device.EscapeName(folder),
		ReadOnly:  fs.Flags&unix.ST_RDONLY != 0,
	}
	c.tokens = !c.mounted && changeTimeKept[fs.Type]
	if c.mounted {
		c.describe(s.mount, opts)
	}
	return c, nil
}

// identify keeps what root is and checks that it is the spot that was found.
func (c *camera) identify(root *os.File, s spot) error {
	n, err := lookInto(root)
	if err != nil {
		return err
	}
	c.id = n.identity()
	if s.mount == nil {
		if c.id != s.folder {
			return device.ErrGone
		}
		return nil
	}
	id, err := mountID(root)
	if err == nil && id != s.mount.ID {
		err = device.ErrGone
	}
	return err
}

// describe adds what a mount's disk says of itself.
func (c *camera) describe(m *mountinfo.Info, opts Options) {
	c.info.Transport = device.TransportMassStorage
	c.wallClock = wallClock(m.FSType, m.VFSOptions, kernelMinutesWest())
	block := device.BlockPath(opts.Sysfs, m.Major, m.Minor)
	disk, err := filepath.EvalSymlinks(block)
	if err != nil {
		return // tmpfs and the like have no disk
	}
	c.block = block
	var id []string
	if usb, ok := device.BlockUSB(opts.Sysfs, m.Major, m.Minor); ok {
		c.info.Port = usb.Port
		c.info.Model = usb.Model()
		if usb.Serial != "" {
			c.info.Serial = device.SerialName(usb.Serial)
		}
		id = append(id, usb.DeviceID())
	}
	if uuid := volumeUUID(opts.Volumes, filepath.Base(disk)); uuid != "" {
		id = append(id, uuid)
	}
	c.info.DeviceID = strings.Join(id, "/")
}

// volumeUUID finds a disk's link among udev's.
func volumeUUID(dir, disk string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		target, err := os.Readlink(filepath.Join(dir, e.Name()))
		if err == nil && filepath.Base(target) == disk {
			return device.EscapeName(e.Name())
		}
	}
	return ""
}

func (c *camera) Info() device.Info { return c.info }

func (c *camera) Close() error {
	c.closed.Store(true)
	return nil
}

// Health of a mount is its space. A plain folder has none of its own: what
// statfs says there is about the station's disk.
func (c *camera) Health(ctx context.Context) (device.Health, error) {
	if err := ctx.Err(); err != nil {
		return device.Health{}, err
	}
	root, err := c.openRoot()
	if err != nil {
		return device.Health{}, fmt.Errorf("ask the space: %w", err)
	}
	defer root.Close()
	if !c.mounted {
		return device.Health{}, nil
	}
	fs, err := statfs(root)
	if err != nil {
		return device.Health{}, c.explain("ask the space of", ".", err)
	}
	size, free := inBytes(fs.Blocks, fs), inBytes(fs.Bavail, fs)
	return device.Health{StorageSize: &size, StorageFree: &free}, nil
}

// inBytes turns a number of statfs's blocks into bytes, no more than fit.
func inBytes(blocks uint64, fs unix.Statfs_t) int64 {
	unit := uint64(fs.Frsize)
	if unit == 0 {
		unit = uint64(fs.Bsize)
	}
	const most = 1<<63 - 1
	if unit != 0 && blocks > most/unit {
		return most
	}
	return int64(blocks * unit)
}

// openRoot opens the camera's root, or says that it is gone: undocked, other
// than the one that docked, or without its disk.
func (c *camera) openRoot() (*os.File, error) {
	select {
	case <-c.gone:
		return nil, device.ErrGone
	default:
	}
	if c.closed.Load() {
		return nil, os.ErrClosed
	}
	// A card that was pulled stays mounted for a while, and its root folder is
	// still in memory: only the kernel's list of disks knows.
	if c.block != "" {
		if _, err := os.Stat(c.block); errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%w: its disk was removed", device.ErrGone)
		}
	}
	root, err := openFolder(c.path)
	if err != nil {
		return nil, rootError(err)
	}
	n, err := lookInto(root)
	if err == nil && n.identity() != c.id {
		err = device.ErrGone
	}
	if err != nil {
		root.Close()
		return nil, rootError(err)
	}
	return root, nil
}

// rootError says which errors on a camera's root mean that the camera left. A
// plain I/O error does not: the disk is still there, or openRoot would know.
func rootError(err error) error {
	if absent(err) || errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO) ||
		errors.Is(err, unix.ESTALE) || errors.Is(err, unix.ENOTCONN) {
		return fmt.Errorf("%w: %w", device.ErrGone, err)
	}
	return err
}

// explain names an operation's error, and makes it device.ErrGone if the
// reason is that the camera has left.
func (c *camera) explain(op, path string, err error) error {
	root, gone := c.openRoot()
	if gone == nil {
		root.Close()
	}
	if errors.Is(gone, device.ErrGone) && !errors.Is(err, device.ErrGone) {
		err = fmt.Errorf("%w: %w", device.ErrGone, err)
	}
	return fmt.Errorf("%s %q: %w", op, path, err)
}
