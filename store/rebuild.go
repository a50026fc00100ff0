package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// RebuildOptions say how much Rebuild looks at.
type RebuildOptions struct {
	Hash bool // read every byte of every clip; else sizes are believed
}

// RebuildReport is the outcome of Rebuild.
type RebuildReport struct {
	Clips    int64 `json:"clips"`
	Stored   int64 `json:"stored"` // of them
	Bytes    int64 `json:"bytes"`  // of the stored ones
	Cameras  int   `json:"cameras"`
	Dockings int   `json:"dockings"`
	Adopted  int   `json:"adopted"` // clips of which only their record tells, not the ledger

	Problems  []Problem `json:"problems"`
	Replaced  string    `json:"replaced,omitempty"` // where the old catalog is kept
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at"`
}

// rebuildBatch is how many events share a transaction: nothing is synced
// before the end, and large transactions write every page less often.
const rebuildBatch = 10_000

// Rebuild makes the catalog below opt.Dir anew from the archive: from the
// ledger, and from the records beside the clips. The old catalog is kept
// under another name. A daemon that runs is ErrHeld. Clips that are damaged
// keep their rows; a report with problems comes with ErrDamage, and with the
// new catalog in place. After any other error, or a crash, nothing has
// changed and Rebuild can be run again.
func Rebuild(ctx context.Context, opt Options, how RebuildOptions, progress func(Progress)) (RebuildReport, error) {
	report := RebuildReport{Problems: []Problem{}, StartedAt: stamp(time.Now())}
	r := &rebuilder{s: newStore(opt), how: how, tell: progress, report: &report}
	err := r.run(ctx)
	report.EndedAt = stamp(time.Now())
	if err != nil {
		return report, fmt.Errorf("rebuild catalog: %w", err)
	}
	if n := len(report.Problems); n > 0 {
		return report, fmt.Errorf("%w: %d problems", ErrDamage, n)
	}
	return report, nil
}

// rebuilder is a store whose catalog is still a file beside the real one.
type rebuilder struct {
	s      *Store
	how    RebuildOptions
	tell   func(Progress)
	report *RebuildReport
	lost   []Problem // what cannot even be given a row
}

func (r *rebuilder) run(ctx context.Context) (err error) {
	s := r.s
	if _, err := os.Stat(s.archivePath()); err != nil {
		return err
	}
	folder, err := lockFolder(s.opt.Dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	old, err := lockCatalog(s.catalogPath())
	if err != nil {
		return err
	}
	if old != nil {
		defer old.Close()
	}
	if err := s.makeLayout(); err != nil {
		return err
	}
	tmp := s.catalogPath() + ".rebuild"
	if err := r.build(ctx, tmp); err != nil {
		return errors.Join(err, os.RemoveAll(tmp))
	}
	return r.replace(old, tmp)
}

// lockCatalog takes the lock that a daemon holds on its catalog. It does not
// read the file, which may be anything; it is nil when there is none.
func lockCatalog(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	// Who waited for the folder's lock may have opened what is replaced now.
	if err := errors.Join(flock(f), stillAt(path, f)); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return f, nil
}

// build makes a whole catalog at path, durable and closed.
func (r *rebuilder) build(ctx context.Context, path string) (err error) {
	s := r.s
	if s.db, err = createCatalog(path, &bolt.Options{NoSync: true, NoGrowSync: true}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.retally(); err != nil {
		return err
	}
	if s.ledger, err = openLedger(s.ledgerPath()); err != nil {
		return err
	}
	if err := r.replay(ctx); err != nil {
		return err
	}
	if err := s.cameraFolders(ctx, r.adopt); err != nil {
		return err
	}
	if err := r.inspect(ctx); err != nil {
		return err
	}
	s.db.NoSync = false
	return s.db.Sync()
}

// replay applies the whole ledger.
func (r *rebuilder) replay(ctx context.Context) error {
	size, err := r.s.ledger.bytes()
	if err != nil {
		return err
	}
	var last position
	at := &inspector{s: r.s, tell: r.tell, at: Progress{TotalBytes: size}}
	p := &replayer{s: r.s, limit: rebuildBatch, rebuilding: true, read: func(pos position) error {
		if pos.file != last.file {
			last = position{file: pos.file}
		}
		at.progress(0, pos.offset-last.offset, filepath.Join("archive", ledgerFolder, pos.file))
		last = pos
		return ctx.Err()
	}}
	if err := p.run(); err != nil {
		return err
	}
	for _, ev := range p.unknown {
		if _, err := r.s.clip(ev.ID); errors.Is(err, ErrNotFound) {
			r.lost = append(r.lost, Problem{ev.ID, ev.ArchivePath, DamageRecord,
				"the ledger says that it was stored, but its record is lost and no line tells what it is"})
		}
	}
	return nil
}

// inspect compares the archive with the new catalog and counts.
func (r *rebuilder) inspect(ctx context.Context) error {
	found, err := r.s.verify(ctx, r.how.Hash, r.tell)
	if err != nil && !errors.Is(err, ErrDamage) {
		return err
	}
	r.report.Problems = slices.Concat(found.Problems, r.lost)
	return r.s.db.View(func(tx *bolt.Tx) error {
		counts := tx.Bucket(bucketCounts)
		r.report.Clips = readCount(counts, countClips)
		r.report.Stored, r.report.Bytes = readCount(counts, countStored), readCount(counts, countStoredSize)
		r.report.Cameras = tx.Bucket(bucketCameras).Stats().KeyN
		r.report.Dockings = tx.Bucket(bucketDockings).Stats().KeyN
		return nil
	})
}

// replace puts the new catalog in the old one's place, and keeps that one.
func (r *rebuilder) replace(old *os.File, tmp string) error {
	path := r.s.catalogPath()
	if old == nil {
		if err := renameNoReplace(tmp, path); err != nil {
			return err
		}
		return syncFolder(r.s.opt.Dir)
	}
	if err := stillAt(path, old); err != nil {
		return err
	}
	kept, err := keepOld(path, r.report.StartedAt)
	if err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("%w (the old catalog is %s)", err, kept)
	}
	r.report.Replaced = kept
	return syncFolder(r.s.opt.Dir)
}

// keepOld gives the old catalog a second name, or another one where the file
// system, or the kind of file, allows no second.
func keepOld(path string, now time.Time) (string, error) {
	for try := now; ; try = try.Add(time.Second) {
		kept := path + ".replaced-" + try.Format("20060102T150405Z")
		err := os.Link(path, kept)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			err = renameNoReplace(path, kept)
		}
		if !errors.Is(err, fs.ErrExist) {
			return kept, err
		}
	}
}
