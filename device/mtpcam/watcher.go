package mtpcam

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/fsnotify/fsnotify"

	"custodock/device"
)

// Keys of the attributes in the watcher's logs.
const (
	keyPath  = "path"
	keyPort  = "port"
	keyUSB   = "usb"
	keyError = "error"
	keyPause = "pause"
	keyWhere = "where"
)

// WatcherOptions say where cameras are looked for and who makes them.
type WatcherOptions struct {
	// Ready opens a device and asks it who it is. It may take seconds, each
	// device has a goroutine of its own, and ctx ends when the device leaves.
	// An error that is device.ErrNotCamera is final for this stay of the
	// device, unless it also says that the device failed to answer; one that is fs.ErrPermission is expected until udev has been at
	// the device's node; after any other one it is tried again.
	//
	// If the camera has a method Changed() <-chan struct{}, that becomes
	// device.Docked's.
	Ready func(ctx context.Context, found Found) (device.Camera, error)

	// Claims are shared with the watcher of disks, so that a camera that is
	// both is docked once. Nil when there is no such watcher.
	Claims *device.Claims

	// Poll is how often to look without an event; 0 is 30 seconds. While
	// events cannot be had it is 5 seconds at the most.
	Poll time.Duration

	Sysfs   string       // empty is /sys
	DevRoot string       // folder of the devices' nodes; empty is /dev/bus/usb
	Logger  *slog.Logger // nil logs nothing
}

// Watcher finds cameras over MTP on USB. Events only wake: fsnotify on the
// device nodes, and a slow timer. What is docked is decided by a scan of
// sysfs. libusb's own hotplug is not used: without udevd it sees nothing new.
type Watcher struct {
	opts WatcherOptions
}

var _ device.Watcher = (*Watcher)(nil)

// NewWatcher returns a watcher that does nothing before its Run.
func NewWatcher(opts WatcherOptions) *Watcher {
	if opts.Poll <= 0 {
		opts.Poll = 30 * time.Second
	}
	if opts.Sysfs == "" {
		opts.Sysfs = device.DefaultSysfs
	}
	if opts.DevRoot == "" {
		opts.DevRoot = "/dev/bus/usb"
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	return &Watcher{opts: opts}
}

// Run watches until ctx ends. It calls dock from one goroutine, and for one
// port never before the Gone of the camera that was there is closed. A device
// that comes back, also under another number or under the same between two
// scans, is docked anew. Gone stays open when Run ends: the cameras did not
// leave, the watcher did.
func (w *Watcher) Run(ctx context.Context, dock func(device.Docked)) error {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch USB for cameras: %w; raise fs.inotify.max_user_instances if that is the limit", err)
	}
	n := &nodes{
		root:    w.opts.DevRoot,
		notify:  notify,
		log:     w.opts.Logger,
		wake:    make(chan struct{}, 1),
		touched: make(map[string]bool),
	}
	pumped := make(chan struct{})
	go func() {
		defer close(pumped)
		n.pump()
	}()
	newWatching(w.opts, n).run(ctx, dock)
	notify.Close()
	<-pumped
	return nil
}
