// Package massstorage finds cameras that appear as folders: cards that someone
// else mounts below a root, and plain folders there. It mounts nothing, needs
// no privilege, and asks the kernel for Linux 5.8 or newer (mount IDs).
//
// Events only wake: inotify for folders, the poll of mountinfo for mounts, a
// slow timer for what both miss. What is docked is decided by a scan. What can
// hang - any call on a camera's own file system - happens in a goroutine of
// that camera, or root, alone.
package massstorage

import (
	"context"
	"fmt"
	"hash/maphash"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"

	"custodock/device"
)

// Keys of the attributes in this package's logs.
const (
	keyPath   = "path"
	keyPort   = "port"
	keyReason = "reason"
	keyError  = "error"
)

// stuckAfter is how long a camera's file system may take before that is
// logged. A sleeping disk needs some seconds.
const stuckAfter = 10 * time.Second

// Options say where cameras are looked for.
type Options struct {
	// Roots are the folders in which each direct sub-folder is a camera. Files,
	// symlinks and names that start with a dot are none, and neither is a
	// sub-folder that is or contains another root. Roots need not exist yet.
	Roots []string

	// Settle is for how long nothing in a plain folder may have changed before
	// it counts as docked; 0 is at once. Mounts always count at once.
	Settle time.Duration

	// Poll is how often to look without an event; 0 is 30 seconds.
	Poll time.Duration

	// Claims says which disks are served over MTP instead: those are no
	// cameras here. Nil is none.
	Claims *device.Claims

	Sysfs     string       // empty is /sys
	MountInfo string       // empty is /proc/self/mountinfo
	Volumes   string       // udev's links by UUID; empty is /dev/disk/by-uuid
	Logger    *slog.Logger // nil logs nothing
}

// Watcher finds the cameras below Options.Roots.
type Watcher struct {
	opts       Options
	stuckAfter time.Duration
	maxWatches int
}

var _ device.Watcher = (*Watcher)(nil)

// NewWatcher returns a watcher that does nothing before its Run.
func NewWatcher(opts Options) *Watcher {
	if opts.Poll <= 0 {
		opts.Poll = 30 * time.Second
	}
	if opts.Sysfs == "" {
		opts.Sysfs = device.DefaultSysfs
	}
	if opts.MountInfo == "" {
		opts.MountInfo = "/proc/self/mountinfo"
	}
	if opts.Volumes == "" {
		opts.Volumes = "/dev/disk/by-uuid"
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	return &Watcher{opts: opts, stuckAfter: stuckAfter, maxWatches: maxWatches}
}

// Run watches until ctx ends. It calls dock from one goroutine, and for one
// path never before the Gone of the camera that was there is closed. Gone
// stays open when Run ends: the cameras did not leave, the watcher did.
//
// Docked.Changed receives for plain folders, after they have settled again.
// It is nil for mounts: a card that is mounted does not record.
func (w *Watcher) Run(ctx context.Context, dock func(device.Docked)) error {
	s, err := w.newSession()
	if err != nil {
		return err
	}
	defer s.close()
	return s.run(ctx, dock)
}

// newSession opens what tells of changes, so that nothing from now on is
// missed.
func (w *Watcher) newSession() (*session, error) {
	roots, err := absolute(w.opts.Roots)
	if err != nil {
		return nil, err
	}
	mounts, err := openMountWatch(w.opts.MountInfo)
	if err != nil {
		return nil, err
	}
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		mounts.close()
		return nil, fmt.Errorf("watch for cameras: %w; raise fs.inotify.max_user_instances if that is the limit", err)
	}
	s := &session{
		opts:       w.opts,
		log:        w.opts.Logger,
		stuckAfter: w.stuckAfter,
		seed:       maphash.MakeSeed(),
		notify:     notify,
		mounts:     mounts,
		watches:    &watches{notify: notify, log: w.opts.Logger, limit: w.maxWatches, held: make(map[string]held)},
		latest:     make(map[*root]snapshot),
		places:     make(map[string]*place),
		events:     make(chan fsnotify.Event, 256),
		lost:       make(chan struct{}, 1),
		mounted:    make(chan struct{}, 1),
		snapshots:  make(chan snapshot),
		readied:    make(chan readied),
		swapped:    make(chan *place),
	}
	for _, path := range roots {
		s.roots = append(s.roots, &root{
			path: path, mounts: w.opts.MountInfo, notify: notify, wake: make(chan struct{}, 1),
		})
	}
	return s, nil
}

// absolute returns each of some paths once.
func absolute(paths []string) ([]string, error) {
	var all []string
	for _, path := range paths {
		path, err := filepath.Abs(path)
		if err != nil {
			return nil, fmt.Errorf("watch %s for cameras: %w", path, err)
		}
		if !slices.Contains(all, path) {
			all = append(all, path)
		}
	}
	return all, nil
}
