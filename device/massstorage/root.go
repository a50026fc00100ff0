package massstorage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/fsnotify/fsnotify"
	"github.com/moby/sys/mountinfo"
)

// spot is a sub-folder of a root that is a camera: a mount, or a plain folder.
type spot struct {
	path   string
	mount  *mountinfo.Info // nil for a plain folder
	folder identity        // of a plain folder
}

// same reports whether nothing was undocked between two scans.
func (s spot) same(o spot) bool {
	if s.mount != nil && o.mount != nil {
		return keyOf(s.mount) == keyOf(o.mount)
	}
	return s.mount == o.mount && s.folder == o.folder
}

// snapshot is what one scan found in a root.
type snapshot struct {
	root  *root
	path  string // the root's, with symlinks resolved; as configured while it is absent
	spots []spot // none while it is absent
}

// root is one configured folder of cameras. It is scanned by a goroutine of
// its own, so that a root which hangs does so alone.
type root struct {
	path   string // absolute
	mounts string // path of mountinfo
	notify *fsnotify.Watcher
	wake   chan struct{}

	ignored map[string]bool // entries that are no cameras, already logged

	mu      sync.Mutex
	watched string // the root, or the nearest folder above it that exists
	awaited string // the element below watched that is missing; empty if the root is there
}

// wants reports whether an event may change what a scan finds.
func (r *root) wants(ev fsnotify.Event) bool {
	if !ev.Has(fsnotify.Create | fsnotify.Remove | fsnotify.Rename | fsnotify.Chmod) {
		return false // a file in the root is written: no camera
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if ev.Name == r.watched {
		return true
	}
	return filepath.Dir(ev.Name) == r.watched && (r.awaited == "" || filepath.Base(ev.Name) == r.awaited)
}

// scan watches first, then reads: what changes after the watch wakes the next
// scan. ignore is told once of what is no camera.
func (r *root) scan(ctx context.Context, ignore func(path, why string)) (snapshot, error) {
	dir, err := r.watch(ctx)
	if err != nil {
		return snapshot{}, err
	}
	if dir == nil {
		return snapshot{root: r, path: r.path}, nil
	}
	defer dir.Close()
	snap, err := r.read(dir, ignore)
	if err != nil {
		return snapshot{}, fmt.Errorf("scan %s: %w", r.path, err)
	}
	return snap, nil
}

func (r *root) read(dir *os.File, ignore func(path, why string)) (snapshot, error) {
	n, err := lookInto(dir)
	if err != nil {
		return snapshot{}, err
	}
	under, err := mountID(dir)
	if err != nil {
		return snapshot{}, err
	}
	entries, err := dir.ReadDir(-1)
	if err != nil {
		return snapshot{}, err
	}
	mounts, err := readMounts(r.mounts)
	if err != nil {
		return snapshot{}, err
	}
	snap := snapshot{root: r, path: dir.Name()}
	seen := make(map[string]bool)
	for _, e := range entries {
		path := filepath.Join(dir.Name(), e.Name())
		if why := noCamera(e); why != "" {
			if seen[path] = true; !r.ignored[path] {
				ignore(path, why)
			}
		} else if s, ok := lookAtSpot(dir, e.Name(), path, n.Mnt_id, mounts.at(path, under)); ok {
			snap.spots = append(snap.spots, s)
		}
	}
	r.ignored = seen
	return snap, nil
}

// noCamera says why an entry of a root is none, from its name and type alone:
// to ask a mount that is stuck would hang.
func noCamera(e fs.DirEntry) string {
	switch {
	case strings.HasPrefix(e.Name(), "."):
		return "hidden"
	case !e.IsDir():
		return "not a folder"
	}
	return ""
}

// lookAtSpot makes a spot of a sub-folder. A mount is known by mountinfo and
// is not touched.
func lookAtSpot(dir *os.File, name, path string, under uint64, m *mountinfo.Info) (spot, bool) {
	if m != nil {
		// An automount point is not mounted yet, and to look at it would.
		return spot{path: path, mount: m}, m.FSType != "autofs"
	}
	n, err := lookAt(dir, name)
	// On another mount: it was mounted after mountinfo was read, and that
	// change wakes the next scan.
	if err != nil || !n.isFolder() || n.Mnt_id != under {
		return spot{}, false
	}
	return spot{path: path, folder: n.identity()}, true
}

// watch sets the watch on the root and opens it, or watches the nearest folder
// above it that exists and returns nil.
func (r *root) watch(ctx context.Context) (*os.File, error) {
	for ctx.Err() == nil {
		above, awaited, err := nearest(r.path)
		if err != nil {
			return nil, fmt.Errorf("look for %s: %w", r.path, err)
		}
		if err := r.move(above, awaited); err != nil {
			return nil, fmt.Errorf("watch %s for cameras: %w; raise fs.inotify.max_user_watches if that is the limit", above, err)
		}
		// Once more: what came before the watch raised no event.
		again, missing, err := nearest(r.path)
		if err != nil || again != above || missing != awaited {
			continue
		}
		if awaited != "" {
			return nil, nil
		}
		dir, err := os.Open(above)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("scan %s: %w", r.path, err)
		}
		if err == nil {
			return dir, nil
		}
	}
	return nil, ctx.Err()
}

// move watches folder. Adding a watch that is there is right: the old one may
// have died with an unmount, or be of a folder that was renamed.
func (r *root) move(folder, awaited string) error {
	if err := r.notify.Add(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watched, r.awaited = folder, awaited
	return nil
}

// nearest returns the folder at path, with symlinks resolved, or the nearest
// above it that exists and the name that is missing in it.
func nearest(path string) (folder, missing string, err error) {
	for {
		real, err := filepath.EvalSymlinks(path)
		if err == nil {
			info, err := os.Stat(real)
			if err == nil && info.IsDir() {
				return real, missing, nil
			}
		} else if !absent(err) || path == "/" {
			return "", "", err
		}
		missing = filepath.Base(path)
		path = filepath.Dir(path)
	}
}
