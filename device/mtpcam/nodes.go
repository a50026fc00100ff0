package mtpcam

import (
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/fsnotify/fsnotify"

	"custodock/device/internal/loop"
)

// maxTouched bounds the names kept between two scans; a bus has 127 devices.
const maxTouched = 1024

// nodes tells when something happens to the device nodes: they come, get their
// permissions from udev, and go.
type nodes struct {
	root   string
	notify *fsnotify.Watcher
	log    *slog.Logger
	warned bool
	wake   chan struct{}

	mu      sync.Mutex
	touched map[string]bool
	all     bool // too many to name, or some were lost
}

// watch adds the watches that are missing: on the root and on each bus. It
// reports whether all are there. A watch that is there is added again, since
// its folder may be another one by now.
func (n *nodes) watch() bool {
	if _, err := os.Stat(n.root); err != nil {
		return false // the kernel makes it with the first bus
	}
	ok := n.add(n.root)
	buses, err := os.ReadDir(n.root)
	for _, bus := range buses {
		if bus.IsDir() && !n.add(filepath.Join(n.root, bus.Name())) {
			ok = false
		}
	}
	return ok && err == nil
}

func (n *nodes) add(folder string) bool {
	err := n.notify.Add(folder)
	if _, gone := os.Stat(folder); err != nil && gone == nil && !n.warned {
		n.warned = true
		n.log.Warn("USB devices are not watched, cameras are seen late; raise fs.inotify.max_user_watches if that is the limit",
			keyPath, folder, keyError, err)
	}
	return err == nil
}

// pump notes what fsnotify says, and wakes the watcher's loop.
func (n *nodes) pump() {
	loop.Pump(n.notify, func(ev fsnotify.Event) {
		n.touch(ev.Name)
		loop.Wake(n.wake)
	}, func(err error) {
		n.log.Debug("fsnotify", keyError, err)
		n.touch("")
		loop.Wake(n.wake)
	})
}

// touch notes that something happened to a node; an empty name is to any.
func (n *nodes) touch(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if name == "" || len(n.touched) >= maxTouched {
		n.all = true
		return
	}
	n.touched[name] = true
}

// take returns a test of which nodes were touched since the last call.
func (n *nodes) take() func(node string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	touched, all := n.touched, n.all
	n.touched, n.all = make(map[string]bool), false
	return func(node string) bool { return all || touched[node] }
}
