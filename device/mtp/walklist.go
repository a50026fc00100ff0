package mtp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
)

// zeroRootUse of GetObjectHandles asks for the root as 0.
const zeroRootUse = "the root as 0"

// listing is what a folder has in it.
type listing struct {
	handles  []ObjectHandle // all that were listed, in order
	children []description  // of those that were not visited before, in order
}

// list lists what is in f, and describes what was not visited before.
func (w *walk) list(ctx context.Context, f Object) (*listing, error) {
	handles, err := w.handles(ctx, f)
	if err != nil {
		return nil, err
	}
	slices.Sort(handles)
	l := &listing{handles: slices.Compact(handles)}
	for _, h := range l.handles {
		switch became, visited := w.seen[place{f.Storage, h}]; {
		case !visited:
			l.children = append(l.children, description{Object: Object{Handle: h, Storage: f.Storage, Size: SizeUnknown}})
		case became == walking:
			w.skip(Skipped{Handle: h, Storage: f.Storage, Path: append(slices.Clip(f.Path), w.nameAbove(h)), Reason: SkipLoop})
		}
	}
	if len(l.children) > MaxObjects-len(w.seen) {
		return nil, fmt.Errorf("%d objects in one folder: %w", len(l.children), ErrTooLarge)
	}
	if err := w.bulk(ctx, f, l.children); err != nil {
		return nil, err
	}
	return l, w.describe(ctx, f, l)
}

// nameAbove is the name of a folder that is being walked.
func (w *walk) nameAbove(h ObjectHandle) string {
	i := slices.IndexFunc(w.above, func(o Object) bool { return o.Handle == h })
	return w.above[i].Path[len(w.above[i].Path)-1]
}

// describe finds out what is missing of the children's descriptions. Those that
// cannot be described are reported.
func (w *walk) describe(ctx context.Context, f Object, l *listing) error {
	kept := l.children[:0]
	for i := range l.children {
		c := &l.children[i]
		if err := w.s.describe(ctx, c); err != nil {
			if !w.bears(err) {
				return err
			}
			w.skip(Skipped{Handle: c.Handle, Storage: f.Storage, Path: append(slices.Clip(f.Path), c.name), Reason: SkipUnreadable, Err: err})
			continue
		}
		kept = append(kept, *c)
	}
	l.children = kept
	return nil
}

// handles lists what is in f. Responders that know no root by its name are
// asked for everything: what is elsewhere is found out by leave.
func (w *walk) handles(ctx context.Context, f Object) ([]ObjectHandle, error) {
	handles, err := w.s.GetObjectHandles(ctx, f.Storage, 0, f.Handle)
	switch {
	case f.Handle != HandleRoot:
	case err == nil && len(handles) == 0:
		handles, err = w.zeroRoot(ctx, f)
	case errors.Is(err, RespInvalidParentObject), errors.Is(err, RespInvalidObjectHandle), errors.Is(err, RespParameterNotSupported):
		handles, err = w.s.GetObjectHandles(ctx, f.Storage, 0, HandleAll)
	}
	if w.listed += len(handles); errors.Is(err, ErrTooLarge) {
		w.listed += MaxObjects
	}
	if w.listed > maxListed {
		return nil, errTooMany
	}
	return handles, err
}

// zeroRoot asks for the root as 0. A responder that compares what is asked for
// with the parents of its objects has nothing in 0xFFFFFFFF; by the
// specification 0 is every object of the storage (MTP 1.1, D.2.7), and there
// are none of those either in one that is empty.
func (w *walk) zeroRoot(ctx context.Context, f Object) ([]ObjectHandle, error) {
	way := ability{OpGetObjectHandles, zeroRootUse}
	if !w.s.can(way) {
		return nil, nil
	}
	handles, err := w.s.GetObjectHandles(ctx, f.Storage, 0, HandleAll)
	if perObject(err) && !errors.Is(err, ErrTooLarge) {
		return nil, nil
	}
	if errors.Is(err, ErrTimeout) {
		return nil, w.s.without(way, err)
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
	err := w.s.propList(ctx, boundOf(len(children)), parent, 0, ObjectPropAll, 1, func(p ObjectProp) error {
		if i, found := find(children, p.Handle); found {
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
	case errors.Is(err, RespDeviceBusy): // for all of them, that is
	default:
		return w.s.without(way, err)
	}
	return nil
}

// find finds an object among descriptions in order of handles.
func find(all []description, h ObjectHandle) (int, bool) {
	return slices.BinarySearchFunc(all, h, func(d description, h ObjectHandle) int { return cmp.Compare(d.Handle, h) })
}
