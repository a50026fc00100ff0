package mtpcam

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"custodock/device"
	"custodock/device/mtp"
)

// listBatch is how many clips go from the session to the listing at a time.
const listBatch = 256

// part is a part of a listing: clips, or something that is none.
type part struct {
	clips []device.Clip
	skip  *device.Skipped
}

// List walks all storages. What the camera has no handle for any more when it
// is read is found by its path, size and time.
func (c *camera) List(ctx context.Context, yield func(device.Clip) error) (device.Listing, error) {
	l := device.Listing{Complete: true}
	err := c.walk(ctx, func(p part) error { return take(&l, p, yield) })
	if err != nil {
		l.Complete = false
		return l, fmt.Errorf("list: %w", err)
	}
	return l, nil
}

// take books a part.
func take(l *device.Listing, p part, yield func(device.Clip) error) error {
	if p.skip != nil {
		l.Complete = false
		l.SkippedN++
		if len(l.Skipped) < device.MaxSkipped {
			l.Skipped = append(l.Skipped, *p.skip)
		}
	}
	for _, clip := range p.clips {
		l.Clips++
		l.Bytes += clip.Size
		if err := yield(clip); err != nil {
			return err
		}
	}
	return nil
}

// walk hands all that is on the camera to take, in parts. take may take its
// time and is not called once walk has returned: so it is called here, and not
// by the goroutine that has the session.
func (c *camera) walk(ctx context.Context, take func(part) error) error {
	if err := c.there(ctx); err != nil {
		return err
	}
	cancelled := ctx.Err
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	parts, walked := make(chan part), make(chan error, 1)
	go func() { // ends with the walk, or with ctx
		walked <- c.line.do(ctx, func(opCtx context.Context, s *mtp.Session) error {
			w := &walker{session: c.line.session(), utc: s.DatesAreUTC(), shelf: &c.shelf, ends: &c.ends, taken: ctx.Done(), parts: parts}
			return w.walk(opCtx, s)
		})
	}()
	for {
		select {
		case p := <-parts:
			if err := cancelled(); err != nil {
				return err
			}
			if err := take(p); err != nil {
				return err
			}
		case err := <-walked:
			return errors.Join(err, cancelled())
		}
	}
}

// walker makes clips of objects.
type walker struct {
	session uint32
	utc     bool
	shelf   *shelf
	ends    *clipEnds
	prefix  string // of what is being visited
	batch   []device.Clip

	parts chan<- part
	taken <-chan struct{} // closed when nobody takes parts any more
}

func (w *walker) walk(ctx context.Context, s *mtp.Session) (err error) {
	w.shelf.whole = false
	defer func() { w.shelf.whole = err == nil }()
	all, err := storages(ctx, s)
	if err != nil {
		return err
	}
	w.shelf.see(all, w.session)
	if len(all) == 0 {
		return errNoStorage
	}
	for _, id := range w.shelf.unnamed(w.shelf.present) {
		if err := w.skipped(mtp.Skipped{Storage: id, Reason: mtp.SkipUnreadable}); err != nil {
			return err
		}
	}
	var lost error // the walk goes on without what it cannot pass on
	err = s.WalkStorages(ctx, w.shelf.named(w.shelf.present), func(o mtp.Object) error { return w.visit(ctx, s, o) }, func(sk mtp.Skipped) {
		if err := w.skipped(sk); err != nil {
			lost = err
		}
	})
	if err == nil {
		err = lost
	}
	if err == nil {
		err = w.missing(ctx, s)
	}
	// What was found before an error is known, whatever comes of the rest.
	if flushed := w.flush(); err == nil {
		err = flushed
	}
	return err
}

// missing reports the storages that were listed before, during this docking, and
// are not there now: what is on them is not gone.
func (w *walker) missing(ctx context.Context, s *mtp.Session) error {
	ids, err := storageIDs(ctx, s)
	if err != nil {
		return err
	}
	for _, id := range w.shelf.missing(ids) {
		if err := w.skipped(mtp.Skipped{Storage: id, Reason: mtp.SkipUnreadable}); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) visit(ctx context.Context, s *mtp.Session, o mtp.Object) error {
	if o.Folder {
		return nil
	}
	w.prefix = w.shelf.prefix(o.Storage)
	reason, err := w.ends.settle(ctx, s, &o)
	if err != nil {
		return err
	}
	if reason != "" {
		return w.send(part{skip: &device.Skipped{Path: w.path(o.Path), Reason: reason}})
	}
	w.batch = append(w.batch, w.clip(o))
	if len(w.batch) < listBatch {
		return nil
	}
	return w.flush()
}

func (w *walker) flush() error {
	if len(w.batch) == 0 {
		return nil
	}
	batch := w.batch
	w.batch = nil
	return w.send(part{clips: batch})
}

func (w *walker) send(p part) error {
	select {
	case w.parts <- p:
		return nil
	case <-w.taken:
		return context.Canceled
	}
}

func (w *walker) clip(o mtp.Object) device.Clip {
	date := dateOf(o.Created, o.Modified)
	return device.Clip{
		Path:      w.path(o.Path),
		Size:      o.Size,
		ModTime:   date.Time,
		LocalTime: !date.HasZone && !w.utc,
		Ref:       ref(w.session, o),
	}
}

// dateOf is when an object was written last. Some cameras say only when it was
// begun.
func dateOf(created, modified mtp.DateTime) mtp.DateTime {
	if modified.Time.IsZero() {
		return created
	}
	return modified
}

func (w *walker) skipped(sk mtp.Skipped) error {
	w.prefix = w.shelf.prefix(sk.Storage)
	return w.send(part{skip: &device.Skipped{Path: w.path(sk.Path), Reason: string(sk.Reason)}})
}

// path joins the names of a path. A name is one element, whatever is in it.
func (w *walker) path(names []string) string {
	var elements []string
	if w.prefix != "" {
		elements = append(elements, w.prefix)
	}
	for _, name := range names {
		elements = append(elements, element(name))
	}
	return strings.Join(elements, "/")
}

// element keeps the separator, and the names that a path would obey or drop,
// out of a path.
func element(name string) string {
	if name == "" || name == "." || name == ".." || strings.Contains(name, "/") {
		return device.EscapeName(name)
	}
	return name
}

// ref is a clip's Ref: the handle, the session in which it means something, and
// whether its size may have wrapped.
func ref(session uint32, o mtp.Object) uint64 {
	r := uint64(session)<<32 | uint64(o.Handle)
	if o.Size32 {
		r |= refSize32
	}
	return r
}

// refSize32 is no part of a session's number: there are not so many.
const refSize32 uint64 = 1 << 63

func refSession(ref uint64) uint32 { return uint32((ref &^ refSize32) >> 32) }
