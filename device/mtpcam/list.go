package mtpcam

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
			w := &walker{session: c.line.session(), utc: s.DatesAreUTC(), taken: ctx.Done(), parts: parts}
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
	session  uint32
	utc      bool
	prefixes map[mtp.StorageID]string
	batch    []device.Clip

	parts chan<- part
	taken <-chan struct{} // closed when nobody takes parts any more
}

func (w *walker) walk(ctx context.Context, s *mtp.Session) error {
	all, err := storages(ctx, s)
	if err == nil && len(all) == 0 {
		err = errNoStorage
	}
	if err != nil {
		return err
	}
	w.prefixes = prefixes(all)
	var lost error // the walk goes on without what it cannot pass on
	err = s.WalkStorages(ctx, ids(all), w.visit, func(sk mtp.Skipped) {
		if err := w.send(part{skip: w.skipped(sk)}); err != nil {
			lost = err
		}
	})
	if err == nil {
		err = lost
	}
	if err != nil {
		return err
	}
	return w.flush()
}

func (w *walker) visit(o mtp.Object) error {
	if o.Folder {
		return nil
	}
	if o.Size == mtp.SizeUnknown {
		return w.send(part{skip: &device.Skipped{Path: w.path(o.Storage, o.Path), Reason: device.SkipNoSize}})
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
	return device.Clip{
		Path:      w.path(o.Storage, o.Path),
		Size:      o.Size,
		ModTime:   o.Modified.Time,
		LocalTime: !o.Modified.Zone && !w.utc,
		Ref:       ref(w.session, o.Handle),
	}
}

func (w *walker) skipped(s mtp.Skipped) *device.Skipped {
	return &device.Skipped{Path: w.path(s.Storage, s.Path), Reason: string(s.Reason)}
}

// path joins the names of a path. A name is one element, whatever is in it.
func (w *walker) path(storage mtp.StorageID, names []string) string {
	var elements []string
	if p := w.prefixes[storage]; p != "" {
		elements = append(elements, p)
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

// prefixes are the names that storages have in paths. The first one has none:
// most cameras have only that, and a card that is added must not make all its
// clips look new.
func prefixes(all []storage) map[mtp.StorageID]string {
	names := make(map[mtp.StorageID]string)
	used := make(map[string]bool)
	for i, st := range all {
		if i == 0 {
			continue
		}
		name := element(st.name())
		if used[name] {
			name = fmt.Sprintf("%s %08X", name, uint32(st.id))
		}
		used[name] = true
		names[st.id] = name
	}
	return names
}

// ref is a clip's Ref: the handle, and the session in which it means something.
func ref(session uint32, h mtp.ObjectHandle) uint64 { return uint64(session)<<32 | uint64(h) }

// storage is a storage with a medium in it.
type storage struct {
	id mtp.StorageID
	mtp.StorageInfo
}

func (s storage) name() string {
	for _, name := range []string{s.StorageDescription, s.VolumeIdentifier} {
		if strings.TrimSpace(name) != "" {
			return strings.TrimSpace(name)
		}
	}
	return fmt.Sprintf("%08X", uint32(s.id))
}

// storages asks for all storages, in order of their numbers.
func storages(ctx context.Context, s *mtp.Session) ([]storage, error) {
	ids, err := s.GetStorageIDs(ctx)
	if err != nil {
		return nil, err
	}
	slices.Sort(ids)
	var all []storage
	for _, id := range slices.Compact(ids) {
		if uint16(id) == 0 { // no medium is in it (MTP 1.1, 5.2.1)
			continue
		}
		info, err := s.GetStorageInfo(ctx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, storage{id, info})
		if len(all) == maxStorages {
			break
		}
	}
	return all, nil
}

// maxStorages bounds how many a camera is asked for: one more than are walked,
// so that the walk reports the rest.
const maxStorages = mtp.MaxStorages + 1

func ids(all []storage) []mtp.StorageID {
	list := make([]mtp.StorageID, len(all))
	for i, st := range all {
		list[i] = st.id
	}
	return list
}
