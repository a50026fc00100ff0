package mtp

import (
	"context"
	"maps"
	"slices"
)

// left is an object that was listed in one folder and says that it is in
// another: some responders list everything below when they are asked for a
// root. It is left for that one, and visited where it was listed if that one
// does not have it.
type left struct {
	in *Object // the folder that listed it
	d  *description
}

// leave says that c, listed in f, says of itself that it is in another storage,
// or in another of the folders listed in f, and is left for that one.
func (w *walk) leave(f *Object, c *description, l *listing) bool {
	if c.has&hasStorage != 0 && c.Storage != f.Storage && slices.Contains(w.storages, c.Storage) {
		if !w.last {
			w.abroad[f.Storage] = append(w.abroad[f.Storage], left{f, c})
			return true
		}
		if _, visited := w.seen[place{c.Storage, c.Handle}]; visited {
			return true
		}
	}
	if c.has&hasParent == 0 || c.Parent == f.Handle || c.Parent == 0 || c.Parent == HandleRoot || c.Parent == c.Handle {
		return false
	}
	if !w.listsFolder(f, c.Parent, l) {
		return false
	}
	w.elsewhere[c.Handle] = left{f, c}
	return true
}

// listsFolder says that a folder is among what was listed in f.
func (w *walk) listsFolder(f *Object, h ObjectHandle, l *listing) bool {
	if i, found := find(l.children, h); found {
		return l.children[i].isFolder()
	}
	if _, listed := slices.BinarySearch(l.handles, h); !listed {
		return false
	}
	became, visited := w.seen[place{f.Storage, h}]
	return visited && became != seenFile
}

// settle visits what said that another folder has it, and was in none: it could
// not be listed, or left it out. Folders come before what says that it is in
// them. Folders that say they are in each other are reported.
func (w *walk) settle(ctx context.Context) error {
	for len(w.elsewhere) > 0 {
		for _, h := range slices.Sorted(maps.Keys(w.elsewhere)) {
			for _, above := range slices.Backward(w.chain(h)) {
				l, unvisited := w.elsewhere[above]
				if !unvisited {
					continue
				}
				if err := w.revisit(ctx, l); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// chain is an object that was left, the folder that it says it is in, the folder
// of that, and so on, as far as they were left too. If that leads back to one
// of them, they are reported, and are none of the chain.
func (w *walk) chain(h ObjectHandle) []ObjectHandle {
	var chain []ObjectHandle
	at := make(map[ObjectHandle]int)
	for {
		l, unvisited := w.elsewhere[h]
		if !unvisited {
			return chain
		}
		if i, again := at[h]; again {
			w.reportLoop(chain[i:])
			return chain[:i]
		}
		at[h] = len(chain)
		chain = append(chain, h)
		h = l.d.Parent
	}
}

func (w *walk) reportLoop(handles []ObjectHandle) {
	for _, h := range handles {
		l := w.elsewhere[h]
		w.skip(Skipped{Handle: h, Storage: l.in.Storage, Path: append(slices.Clip(l.in.Path), l.d.name), Reason: SkipLoop})
		w.see(l.in.Storage, l.d)
	}
}

// revisit visits what was left where it was listed, and walks it if it is a
// folder, unless it was visited where it says that it is.
func (w *walk) revisit(ctx context.Context, l left) error {
	delete(w.elsewhere, l.d.Handle)
	if l.d.has&hasStorage != 0 {
		if _, visited := w.seen[place{l.d.Storage, l.d.Handle}]; visited {
			return nil
		}
	}
	o, ok, err := w.child(*l.in, l.d)
	if err != nil || !ok || !o.Folder {
		return err
	}
	return w.enter(ctx, o)
}
