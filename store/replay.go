package store

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// applyBatch is how many events share a transaction while catching up.
const applyBatch = 1000

// replayer applies the ledger to the catalog, many events a transaction.
type replayer struct {
	s     *Store
	limit int // events a transaction

	// rebuilding: what the ledger calls stored was stored once. When its
	// record is lost it is damaged, and not still to be stored.
	rebuilding bool
	unknown    []event              // stored clips of which nothing else is known
	read       func(position) error // told of every event, if not nil

	events  int
	batch   []event
	end     position         // behind the batch
	folders map[string]*sums // of publications in the batch
	undone  []event          // publications in the batch that are withdrawn
}

// catchUp applies what the ledger holds and the catalog does not. The caller
// holds s.writer.
func (s *Store) catchUp() error {
	if !s.lagging.Load() {
		return nil
	}
	r := &replayer{s: s, limit: applyBatch}
	if err := r.run(); err != nil {
		return fmt.Errorf("catch up with the ledger: %w", err)
	}
	s.lagging.Store(false)
	return nil
}

// run applies all that is behind the catalog's position, and then what it had
// to add to the ledger itself.
func (r *replayer) run() error {
	r.folders = make(map[string]*sums)
	for before := -1; r.events != before; {
		before = r.events
		from, err := r.s.position()
		if err != nil {
			return err
		}
		err = r.s.ledger.replay(from, r.take, func(at position, err error) {
			r.s.log.Error("a line of the ledger is no event and is passed over", "position", at.String(), "error", err)
		})
		if err = errors.Join(err, r.flush()); err != nil {
			return err
		}
	}
	return nil
}

func (r *replayer) take(ev event, at position) error {
	r.events++
	if r.read != nil {
		if err := r.read(at); err != nil {
			return err
		}
	}
	if ev.What == eventStored {
		clip, err := r.publication(&ev)
		if err != nil {
			return err
		}
		ev.Clip = clip
	}
	r.batch, r.end = append(r.batch, ev), at
	if len(r.batch) < r.limit {
		return nil
	}
	return r.flush()
}

// flush applies the batch. What it publishes is durable before, and what it
// withdraws is in the ledger before.
func (r *replayer) flush() error {
	for _, dir := range slices.Sorted(maps.Keys(r.folders)) {
		if err := errors.Join(r.folders[dir].write(), syncFolder(dir)); err != nil {
			return err
		}
	}
	clear(r.folders)
	if len(r.undone) > 0 {
		if _, err := r.s.promise(r.undone); err != nil {
			return err
		}
		r.undone = nil
	}
	if len(r.batch) == 0 {
		return nil
	}
	err := r.s.applyAll(r.end, r.batch)
	clear(r.batch)
	r.batch = r.batch[:0]
	return err
}

// publication makes the row of a clip whose publication was promised, after
// doing what a crash or an error left undone of it. Every step finds out
// whether it was done. The row is nil when that is impossible: then the
// publication is withdrawn, and the clip is still to be stored.
func (r *replayer) publication(ev *event) (*Clip, error) {
	path := filepath.Join(r.s.opt.Dir, ev.ArchivePath)
	if clip := r.promised(path+recordSuffix, ev); clip != nil {
		// The record gets its name after the clip did.
		return clip, r.list(path, ev.SHA256)
	}
	if clip := r.promised(r.s.recordPath(ev.ID), ev); clip != nil {
		named, err := r.s.nameLate(ev, path)
		if err != nil {
			return nil, err
		}
		if !named {
			return nil, r.withdraw(ev)
		}
		r.s.log.Info("finished storing a clip that was interrupted", "clip", clip.ID, "path", ev.ArchivePath)
		return clip, r.list(path, ev.SHA256)
	}
	return r.withoutRecord(ev, path)
}

// promised reads a record that may be the one of the promise.
func (r *replayer) promised(path string, ev *event) *Clip {
	clip, err := readRecord(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.s.log.Error("a record cannot be read", "path", path, "error", err)
	}
	if err != nil || clip.ID != ev.ID || clip.ArchivePath != ev.ArchivePath || clip.SHA256 != ev.SHA256 {
		return nil
	}
	return clip
}

// list makes sure that a published clip is in its folder's SHA256SUMS.
func (r *replayer) list(path, sum string) error {
	dir := filepath.Dir(path)
	if r.folders[dir] == nil {
		s, err := readSums(dir)
		if err != nil {
			return err
		}
		r.folders[dir] = s
	}
	r.folders[dir].add(filepath.Base(path), sum)
	return nil
}

// withoutRecord goes by the bytes, or, while rebuilding, by the ledger's word.
func (r *replayer) withoutRecord(ev *event, path string) (*Clip, error) {
	if err := r.flush(); err != nil { // the clip's last row may be in it
		return nil, err
	}
	clip, err := r.s.clip(ev.ID)
	if errors.Is(err, ErrNotFound) {
		r.unknown = append(r.unknown, *ev)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !r.rebuilding {
		if sum, err := hashFile(path); err != nil || sum != ev.SHA256 {
			return nil, r.withdraw(ev)
		}
	}
	clip.SHA256, clip.ArchivePath = ev.SHA256, ev.ArchivePath
	r.s.markStored(clip, ev.At)
	return clip, nil
}

// withdraw takes a promise back.
func (r *replayer) withdraw(ev *event) error {
	if err := r.flush(); err != nil {
		return err
	}
	clip, err := r.s.clip(ev.ID)
	if err != nil || clip.State == Stored {
		return ignoreNotFound(err)
	}
	now := stamp(time.Now())
	clip.note(now, "withdrawn", "its storing was interrupted and cannot be finished")
	r.undone = append(r.undone, event{At: now, What: "withdrawn", Clip: clip})
	r.s.log.Warn("storing a clip was interrupted and cannot be finished; it is stored anew", "clip", ev.ID, "path", ev.ArchivePath)
	return nil
}

func ignoreNotFound(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// nameLate makes sure that a clip whose record is still in incoming/ and that
// record stand under their final names. It reports whether they do, with the
// right bytes. An error is one that has to pass before anything can go on: a
// full disk, or one that refuses the record's name after it gave the clip's.
func (s *Store) nameLate(ev *event, path string) (bool, error) {
	err := noSpace(s.nameClip(ev, path))
	if errors.Is(err, ErrNoSpace) {
		return false, err
	}
	if err == nil {
		err = noSpace(renameNoReplace(s.recordPath(ev.ID), path+recordSuffix))
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return false, err
		}
	}
	if err != nil {
		s.log.Error("a clip that was promised a name did not get it", "clip", ev.ID, "path", path, "error", err)
	}
	return err == nil, nil
}

var errOtherBytes = errors.New("it has other bytes")

// nameClip moves the copy to path, or finds that it is there.
func (s *Store) nameClip(ev *event, path string) error {
	part := s.partPath(ev.ID)
	at := path
	copied, err := os.Lstat(part)
	if err == nil {
		at = part
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	sum, err := hashFile(at)
	if err != nil {
		return err
	}
	if sum != ev.SHA256 {
		return fmt.Errorf("%s: %w", at, errOtherBytes)
	}
	if copied == nil {
		return nil
	}
	if named, err := os.Lstat(path); err == nil && os.SameFile(copied, named) {
		return os.Remove(part) // linked already, see renameNoReplace
	}
	if err := makeFolders(filepath.Dir(path)); err != nil {
		return err
	}
	return renameNoReplace(part, path)
}
