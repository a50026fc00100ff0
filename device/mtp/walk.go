package mtp

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

const (
	// MaxDepth bounds how deep folders are followed.
	MaxDepth = 32

	// MaxStorages bounds how many storages are walked.
	MaxStorages = 64

	// maxListed bounds how many handles all folders of a walk may have, those
	// that were seen before included: a responder that lists everything
	// wherever it is asked has each of them once for each folder above it.
	maxListed = 4 * MaxObjects

	// maxHung is how many objects and folders may hang, or be busy for good,
	// before that is more than theirs: each one takes Options.Timeout.
	maxHung = 3
)

// SkipReason says why something was not listed.
type SkipReason string

// Reasons for which an object is reported and not followed.
const (
	SkipLoop       SkipReason = "loop"     // a folder that is its own ancestor
	SkipTooDeep    SkipReason = "too deep" // below MaxDepth folders
	SkipTooMany    SkipReason = "too many" // beyond MaxObjects, or MaxStorages
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

// errTooMany ends a walk. It is reported as SkipTooMany, not as an error.
var errTooMany = errors.New("more objects than a listing may have")

// Walk calls visit with every object on every storage, folders before what is
// in them, each once, and skip with all that it had to leave out. Both may use
// the session, as Walk is in no transaction when it calls them.
//
// It ends with the first error of visit, which it returns, and with those of the
// session that are not about one object: ErrDisconnected, ErrBroken, a session
// that the responder has forgotten, an error of ctx, or the fourth object or
// folder that hangs. What is wrong with one object is told to skip: a listing
// without an error and without a skip is complete.
//
// Whatever the responder says, a walk takes MaxStorages storages, MaxDepth folders
// in each other and MaxObjects objects, and ends: loops are followed once. It
// remembers every object that it visited, a few dozen bytes each, and describes
// one folder at a time.
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
	return s.WalkStorages(ctx, ids, visit, skip)
}

// WalkStorages is Walk on some storages, in order of their IDs. Those without a
// medium are passed over.
func (s *Session) WalkStorages(ctx context.Context, ids []StorageID, visit func(Object) error, skip func(Skipped)) error {
	w := walk{
		s: s, visit: visit, skip: skip, storages: withMedium(ids),
		seen: make(map[place]state), abroad: make(map[StorageID][]left), patience: maxHung,
	}
	if n := len(w.storages); n > MaxStorages {
		skip(Skipped{
			Handle: HandleRoot, Storage: w.storages[MaxStorages], Reason: SkipTooMany,
			Err: fmt.Errorf("%d storages, and only %d are walked", n, MaxStorages),
		})
		w.storages = w.storages[:MaxStorages]
	}
	return w.run(ctx)
}

// withMedium are the storages that have a medium in them, each once.
func withMedium(ids []StorageID) []StorageID {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id StorageID) bool { return !id.HasMedium() })
	slices.Sort(ids)
	return slices.Compact(ids)
}

// place is where an object is. Handles should be unique in a responder.
type place struct {
	storage StorageID
	handle  ObjectHandle
}

// state is what became of an object that was visited.
type state uint8

const (
	seenFile state = iota
	seenFolder
	walking // a folder, and what is in it is being walked
)

// walk is one Walk.
type walk struct {
	s     *Session
	visit func(Object) error
	skip  func(Skipped)

	storages []StorageID
	seen     map[place]state // what was visited
	above    []Object        // the folders that are being walked
	listed   int             // handles that were listed
	patience int             // how many more may hang

	elsewhere map[ObjectHandle]left // of this storage, by what is left
	abroad    map[StorageID][]left  // by the storage that listed them
	last      bool                  // all storages were walked; what is abroad is not left any more
}

func (w *walk) run(ctx context.Context) error {
	for _, last := range []bool{false, true} {
		w.last = last
		for i, id := range w.storages {
			err := w.storage(ctx, id)
			if errors.Is(err, errTooMany) {
				w.skipStorages(w.storages[i:])
				return nil
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// storage walks a storage; the last time, what it listed and no other storage
// had.
func (w *walk) storage(ctx context.Context, id StorageID) error {
	w.elsewhere = make(map[ObjectHandle]left)
	if !w.last {
		if err := w.folder(ctx, Object{Storage: id, Handle: HandleRoot}); err != nil {
			return err
		}
		return w.settle(ctx)
	}
	for _, l := range w.abroad[id] {
		if err := w.revisit(ctx, l); err != nil {
			return err
		}
	}
	return w.settle(ctx)
}

func (w *walk) skipStorages(ids []StorageID) {
	for _, id := range ids {
		if !w.last || len(w.abroad[id]) > 0 {
			w.skip(Skipped{Storage: id, Handle: HandleRoot, Reason: SkipTooMany})
		}
	}
}

// folder walks what is in f, a folder or a storage's root.
func (w *walk) folder(ctx context.Context, f Object) error {
	l, err := w.list(ctx, f)
	if err != nil {
		return w.unlisted(f, err)
	}
	var folders []Object
	for i := range l.children {
		c := &l.children[i]
		if w.leave(&f, c, l) {
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
		if err := w.enter(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// enter walks a folder that was visited.
func (w *walk) enter(ctx context.Context, o Object) error {
	if len(o.Path) >= MaxDepth {
		w.skip(Skipped{Handle: o.Handle, Storage: o.Storage, Path: o.Path, Reason: SkipTooDeep})
		return nil
	}
	at := place{o.Storage, o.Handle}
	w.seen[at] = walking
	w.above = append(w.above, o)
	err := w.folder(ctx, o)
	w.above = w.above[:len(w.above)-1]
	w.seen[at] = seenFolder
	return err
}

// child visits c as one of f's, unless it was visited before.
func (w *walk) child(f Object, c *description) (Object, bool, error) {
	o := c.Object
	o.Storage = f.Storage
	o.Folder = c.isFolder()
	o.Path = append(slices.Clip(f.Path), c.name)
	if o.Parent = f.Handle; f.Handle == HandleRoot {
		o.Parent = 0
	}
	if _, visited := w.seen[place{o.Storage, o.Handle}]; visited {
		return o, false, nil
	}
	if len(w.seen) >= MaxObjects {
		return o, false, errTooMany
	}
	w.see(o.Storage, c)
	return o, true, w.visit(o)
}

// see notes that an object is done with, as far as others may list it too.
func (w *walk) see(id StorageID, c *description) {
	became := seenFile
	if c.isFolder() {
		became = seenFolder
	}
	w.seen[place{id, c.Handle}] = became
	delete(w.elsewhere, c.Handle)
}

// unlisted reports a folder that the responder will not list. A responder that
// is gone, or hangs in one folder after the other, or broke the session, ends
// the walk; so does one that is too busy for a whole storage.
func (w *walk) unlisted(f Object, err error) error {
	reason := SkipUnreadable
	switch {
	case errors.Is(err, errTooMany):
		return err
	case errors.Is(err, ErrTooLarge):
		reason = SkipTooMany
	case f.Handle == HandleRoot && errors.Is(err, RespDeviceBusy):
		return err
	case !w.bears(err):
		return err
	}
	w.skip(Skipped{Handle: f.Handle, Storage: f.Storage, Path: f.Path, Reason: reason, Err: err})
	return nil
}

// bears says that a walk goes on after err, without the object or the folder
// that it is about. Not many may hang.
func (w *walk) bears(err error) bool {
	if hangs(err) {
		w.patience--
		return w.patience >= 0
	}
	return perObject(err)
}

// perObject says that err is about one object, and not about the session.
func perObject(err error) bool {
	if errors.Is(err, ErrBroken) || errors.Is(err, ErrDisconnected) || sessionLost(err) || hangs(err) {
		return false
	}
	return isResponse(err) || errors.Is(err, ErrMalformed) || errors.Is(err, ErrTooLarge) || errors.Is(err, errSizeHangs)
}

// hangs says that err cost its time, in a session that is sound.
func hangs(err error) bool {
	return (errors.Is(err, ErrTimeout) || errors.Is(err, RespDeviceBusy)) && !errors.Is(err, ErrBroken)
}
