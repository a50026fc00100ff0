package mtp

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// MaxDepth bounds how deep folders are followed.
const MaxDepth = 32

// SkipReason says why something was not listed.
type SkipReason string

// Reasons for which an object is reported and not followed.
const (
	SkipLoop       SkipReason = "loop"     // a folder that is its own ancestor
	SkipTooDeep    SkipReason = "too deep" // below MaxDepth folders
	SkipTooMany    SkipReason = "too many" // beyond MaxObjects
	SkipUnreadable SkipReason = "unreadable"
)

// Skipped is an object, or all that is in a folder, which Walk did not list.
type Skipped struct {
	Handle  ObjectHandle // HandleRoot: the storage
	Storage StorageID
	Path    []string // as far as it is known
	Reason  SkipReason
	Err     error // why it is unreadable
}

// errTooMany ends a listing. It is reported as SkipTooMany, not as an error.
var errTooMany = errors.New("more objects than a listing may have")

// Walk calls visit with every object on every storage, folders before what is
// in them, each once, and skip with all that it had to leave out. It ends with
// the first error of visit, or of the session; both may use the session, as
// Walk is in no transaction when it calls them.
//
// A folder's handles come from GetObjectHandles, which every responder has and
// which some need to be asked before they know a handle. What these objects
// are is read with one GetObjectPropList for the whole folder where that
// works, and object by object where not. The whole storage at once is not
// asked for: many responders time out, or leave objects out, when they are
// (libmtp marks some fifty with DEVICE_FLAG_BROKEN_MTPGETOBJPROPLIST_ALL).
func (s *Session) Walk(ctx context.Context, visit func(Object) error, skip func(Skipped)) error {
	ids, err := s.GetStorageIDs(ctx)
	if err != nil {
		return err
	}
	w := walk{s: s, visit: visit, skip: skip, seen: make(map[place]bool)}
	for _, id := range ids {
		if uint16(id) == 0 { // no medium is in it (MTP 1.1, 5.2.1)
			continue
		}
		w.storages = append(w.storages, id)
	}
	for _, id := range w.storages {
		w.elsewhere = make(map[ObjectHandle]string)
		err := w.folder(ctx, Object{Storage: id, Handle: HandleRoot})
		if errors.Is(err, errTooMany) {
			skip(Skipped{Storage: id, Handle: HandleRoot, Reason: SkipTooMany})
			return nil
		}
		if err != nil {
			return err
		}
		w.reportUnreached(id)
	}
	return nil
}

// place is where an object is. Handles should be unique in a responder.
type place struct {
	storage StorageID
	handle  ObjectHandle
}

// walk is one Walk.
type walk struct {
	s     *Session
	visit func(Object) error
	skip  func(Skipped)

	storages []StorageID
	seen     map[place]bool // what was visited; true while it is being walked
	// elsewhere are objects of this storage that were listed in one folder
	// and say that another one has them. They are left for that one.
	elsewhere map[ObjectHandle]string
}

// folder walks what is in f, a folder or a storage's root.
func (w *walk) folder(ctx context.Context, f Object) error {
	children, err := w.children(ctx, f)
	if err != nil {
		return w.unreadable(f, err)
	}
	var folders []Object
	for i := range children {
		c := &children[i]
		if w.belongsElsewhere(f, c, children) {
			continue
		}
		o, ok, err := w.child(f, c)
		if err != nil {
			return err
		}
		if ok && o.Folder {
			folders = append(folders, o)
		}
	}
	for _, o := range folders {
		if len(o.Path) >= MaxDepth {
			w.skip(Skipped{Handle: o.Handle, Storage: o.Storage, Path: o.Path, Reason: SkipTooDeep})
			continue
		}
		at := place{o.Storage, o.Handle}
		w.seen[at] = true
		if err := w.folder(ctx, o); err != nil {
			return err
		}
		w.seen[at] = false
	}
	return nil
}

// child visits c, which is in f, unless it was visited before.
func (w *walk) child(f Object, c *description) (Object, bool, error) {
	o := c.Object
	o.Storage = f.Storage
	o.Folder = c.isFolder()
	o.Path = append(slices.Clip(f.Path), c.name)
	if o.Parent = f.Handle; f.Handle == HandleRoot {
		o.Parent = 0
	}
	at := place{o.Storage, o.Handle}
	walking, visited := w.seen[at]
	if walking {
		w.skip(Skipped{Handle: o.Handle, Storage: o.Storage, Path: o.Path, Reason: SkipLoop})
	}
	if visited {
		return o, false, nil
	}
	if len(w.seen) >= MaxObjects {
		return o, false, errTooMany
	}
	w.seen[at] = false
	delete(w.elsewhere, o.Handle)
	return o, true, w.visit(o)
}

// belongsElsewhere says that c, listed in f, says of itself that it is in
// another storage, or in another of the folders listed in f: some responders
// list everything below when they are asked for a root. It will be found there.
func (w *walk) belongsElsewhere(f Object, c *description, children []description) bool {
	if c.has&hasStorage != 0 && c.Storage != f.Storage && slices.Contains(w.storages, c.Storage) {
		return true
	}
	if c.has&hasParent == 0 || c.Parent == f.Handle || c.Parent == 0 || c.Parent == HandleRoot || c.Parent == c.Handle {
		return false
	}
	i, found := slices.BinarySearchFunc(children, c.Parent, func(d description, h ObjectHandle) int {
		return int(int64(d.Handle) - int64(h))
	})
	if !found || !children[i].isFolder() {
		return false
	}
	if _, visited := w.seen[place{f.Storage, c.Handle}]; !visited {
		w.elsewhere[c.Handle] = c.name
	}
	return true
}

// reportUnreached reports what said that it was elsewhere, and was not: folders
// that are in each other, and what is in these.
func (w *walk) reportUnreached(id StorageID) {
	for h, name := range w.elsewhere {
		w.skip(Skipped{Handle: h, Storage: id, Path: []string{name}, Reason: SkipLoop})
	}
}

// unreadable reports a folder that the responder will not list. A responder
// that is gone, or hangs, or broke the session, ends the walk.
func (w *walk) unreadable(f Object, err error) error {
	if errors.Is(err, errTooMany) || !perObject(err) {
		return err
	}
	w.skip(Skipped{Handle: f.Handle, Storage: f.Storage, Path: f.Path, Reason: SkipUnreadable, Err: err})
	return nil
}

// perObject says that err is about one object, and not about the session.
func perObject(err error) bool {
	if errors.Is(err, ErrBroken) || errors.Is(err, ErrDisconnected) || sessionLost(err) {
		return false
	}
	return isResponse(err) || errors.Is(err, ErrMalformed) || errors.Is(err, ErrTooLarge)
}

// children describes what is in f, in order of handles.
func (w *walk) children(ctx context.Context, f Object) ([]description, error) {
	handles, err := w.handles(ctx, f)
	if err != nil {
		return nil, err
	}
	if len(handles)+len(w.seen) > 2*MaxObjects {
		return nil, errTooMany
	}
	slices.Sort(handles)
	handles = slices.Compact(handles)
	children := make([]description, len(handles))
	for i, h := range handles {
		children[i].Object = Object{Handle: h, Storage: f.Storage, Size: SizeUnknown}
	}
	if err := w.bulk(ctx, f, children); err != nil {
		return nil, err
	}
	kept := children[:0]
	for i := range children {
		c := &children[i]
		if err := w.s.describe(ctx, c); err != nil {
			if !perObject(err) {
				return nil, err
			}
			w.skip(Skipped{Handle: c.Handle, Storage: f.Storage, Path: append(slices.Clip(f.Path), c.name), Reason: SkipUnreadable, Err: err})
			continue
		}
		kept = append(kept, *c)
	}
	return kept, nil
}

// handles lists what is in f. Responders that know no root by its name are
// asked for everything: what is elsewhere is found out by belongsElsewhere.
func (w *walk) handles(ctx context.Context, f Object) ([]ObjectHandle, error) {
	handles, err := w.s.GetObjectHandles(ctx, f.Storage, 0, f.Handle)
	if f.Handle == HandleRoot && (errors.Is(err, RespInvalidParentObject) ||
		errors.Is(err, RespInvalidObjectHandle) || errors.Is(err, RespParameterNotSupported)) {
		handles, err = w.s.GetObjectHandles(ctx, f.Storage, 0, HandleAll)
	}
	if errors.Is(err, ErrTooLarge) {
		err = errTooMany
	}
	return handles, err
}

// bulk describes the children of f, as far as the responder does that for a
// whole folder. One that answers with the folder alone, as uMTP-Responder
// does, is not asked again.
func (w *walk) bulk(ctx context.Context, f Object, children []description) error {
	parent, way := f.Handle, ability{OpGetObjectPropList, folderUse}
	if f.Handle == HandleRoot {
		parent, way = 0, ability{OpGetObjectPropList, rootUse}
	}
	if len(children) < 2 || !w.s.Supports(OpGetObjectPropList) || !w.s.can(way) {
		return nil
	}
	described := 0
	err := w.s.GetObjectPropList(ctx, parent, 0, ObjectPropAll, 1, func(p ObjectProp) error {
		i, found := slices.BinarySearchFunc(children, p.Handle, func(d description, h ObjectHandle) int {
			return int(int64(d.Handle) - int64(h))
		})
		if found {
			children[i].set(p)
			described++
		}
		return nil
	})
	switch {
	case err == nil && described == 0:
		w.s.drop(way, fmt.Errorf("none of %d objects: %w", len(children), ErrProtocol))
	case perObject(err):
		w.s.drop(way, err)
	default:
		return w.s.without(way, err)
	}
	return nil
}
