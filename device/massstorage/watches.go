package massstorage

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// maxWatches bounds the watches below the roots. Each costs the kernel about
// 1 KiB, and the user's whole limit can be as low as 8,192. Folders beyond it
// are looked at by the slow timer.
const maxWatches = 2000

// watches are the fsnotify watches on the folders inside plain folders.
// fsnotify is not recursive, and a watch is only ever a wake-up.
type watches struct {
	notify *fsnotify.Watcher
	log    *slog.Logger
	limit  int

	mu     sync.Mutex
	held   map[string]held
	warned bool
}

// held says whose a watch is and which look renewed it last.
type held struct {
	by   *place
	look int
}

// add watches a folder of p. It does nothing once ctx, which is p's, has
// ended: drop may already have been.
func (w *watches) add(ctx context.Context, p *place, folder string, look int) {
	// To fsnotify a path that ends with "/..." means its parent and all below.
	if filepath.Base(folder) == "..." {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.held[folder]; ctx.Err() != nil || !ok && len(w.held) >= w.limit {
		return
	}
	// Also when it is held: the path may be another folder by now.
	if err := w.notify.Add(folder); err != nil {
		if !w.warned {
			w.log.Warn("folder is not watched, changes in it are seen late; raise fs.inotify.max_user_watches", keyPath, folder, keyError, err)
		}
		w.warned = true
		return
	}
	w.held[folder] = held{p, look}
}

// renewed drops the watches of p that its look did not add again.
func (w *watches) renewed(p *place, look int) {
	w.dropIf(func(h held) bool { return h.by == p && h.look != look })
}

// drop removes all watches of p.
func (w *watches) drop(p *place) {
	w.dropIf(func(h held) bool { return h.by == p })
}

func (w *watches) dropIf(unneeded func(held) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for folder, h := range w.held {
		if unneeded(h) {
			// It fails for folders that are gone, and so is their watch.
			_ = w.notify.Remove(folder)
			delete(w.held, folder)
		}
	}
}
