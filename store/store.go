package store

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// Options say how a store is opened.
type Options struct {
	Dir      string         // data_dir
	Rule     Rule           // zero: 24 hours, 4 hours
	Zone     *time.Location // the station's; nil: UTC. The archive's days are in it.
	Reserve  Reserve        // free space never used for clips
	Readback bool           // read each clip back from the disk before it counts as stored
	Logger   *slog.Logger   // nil: none

	// OnCommit, if not nil, is called with the time every catalog
	// transaction took.
	OnCommit func(time.Duration)
}

// Store is an open archive and catalog. Its methods may be called at the same
// time.
type Store struct {
	opt      Options
	log      *slog.Logger
	db       *bolt.DB
	ledger   *ledger
	readOnly bool

	// writer is held while facts are written: one at a time, in the order
	// of the ledger.
	writer  sync.Mutex
	lagging bool // the ledger holds events that the catalog does not
	lastID  uint64
	lastMS  int64

	queue publishQueue
	names nameBook
	space spaceBook

	mu         sync.Mutex
	copying    map[string]bool // ids in Put
	publishing map[string]bool // of these, those whose StoredAt is settled
	buffers    sync.Pool       // of *[]byte, for copying
}

// Open opens the store below opt.Dir, or makes it. It finishes what a crash
// left half-done. Another process that holds the catalog is ErrHeld.
func Open(opt Options) (*Store, error) {
	s := newStore(opt)
	if err := s.makeLayout(); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	path := s.catalogPath()
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		if err := s.refuseLostCatalog(); err != nil {
			return nil, fmt.Errorf("open store: %w", err)
		}
		if err := createCatalog(path); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("open store: %w", err)
		}
	}
	db, err := openCatalog(path, false)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s.db = db
	if s.ledger, err = openLedger(s.ledgerPath()); err == nil {
		err = s.recover()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open store: %w", err), s.Close())
	}
	return s, nil
}

// OpenReadOnly opens an existing store for reading while no daemon runs. It
// changes nothing on disk: what a crash left half-done stays so.
func OpenReadOnly(opt Options) (*Store, error) {
	s := newStore(opt)
	s.readOnly = true
	if _, err := os.Stat(s.catalogPath()); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open store: %w in %s", ErrNoCatalog, opt.Dir)
	}
	db, err := openCatalog(s.catalogPath(), true)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s.db, s.ledger = db, &ledger{dir: s.ledgerPath()}
	return s, nil
}

func newStore(opt Options) *Store {
	if opt.Rule.Window == 0 {
		opt.Rule.Window = 24 * time.Hour
	}
	if opt.Rule.DueSoon == 0 {
		opt.Rule.DueSoon = 4 * time.Hour
	}
	if opt.Zone == nil {
		opt.Zone = time.UTC
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	return &Store{
		opt:        opt,
		log:        opt.Logger,
		copying:    make(map[string]bool),
		publishing: make(map[string]bool),
		names:      nameBook{taken: make(map[string]bool), next: make(map[string]int)},
		buffers:    sync.Pool{New: func() any { return alignedBuffer() }},
	}
}

// Close waits for a write under way and closes the catalog.
func (s *Store) Close() error {
	s.writer.Lock()
	defer s.writer.Unlock()
	var errs []error
	if s.ledger != nil {
		errs = append(errs, s.ledger.Close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	return errors.Join(errs...)
}

func (s *Store) catalogPath() string  { return filepath.Join(s.opt.Dir, "catalog.db") }
func (s *Store) archivePath() string  { return filepath.Join(s.opt.Dir, "archive") }
func (s *Store) incomingPath() string { return filepath.Join(s.opt.Dir, "incoming") }
func (s *Store) ledgerPath() string   { return filepath.Join(s.archivePath(), ledgerFolder) }

// Rule returns the deadline that the store judges by.
func (s *Store) Rule() Rule { return s.opt.Rule }

// makeLayout makes the folders. A rename must not cross file systems, so
// both have to be on one.
func (s *Store) makeLayout() error {
	var dev [2]uint64
	for i, dir := range []string{s.archivePath(), s.incomingPath()} {
		if err := makeFolders(dir); err != nil {
			return err
		}
		if err := unix.Access(dir, unix.W_OK); err != nil {
			return fmt.Errorf("%s cannot be written: %w", dir, err)
		}
		var st unix.Stat_t
		if err := unix.Stat(dir, &st); err != nil {
			return fmt.Errorf("stat %s: %w", dir, err)
		}
		dev[i] = st.Dev
	}
	if dev[0] != dev[1] {
		return fmt.Errorf("archive/ and incoming/ in %s are on different file systems; mount the disk at %[1]s itself", s.opt.Dir)
	}
	return nil
}

// refuseLostCatalog keeps an empty catalog from being made beside an archive
// that has clips: the way back is Rebuild.
func (s *Store) refuseLostCatalog() error {
	list, err := (&ledger{dir: s.ledgerPath()}).files()
	if err != nil {
		return err
	}
	if len(list) > 0 {
		return fmt.Errorf("%w: catalog.db is missing but the archive in %s is not empty; run: custodock rebuild --data-dir %[2]s", ErrNoCatalog, s.opt.Dir)
	}
	return nil
}

// commit writes events to the ledger and applies them to the catalog in one
// transaction. The caller holds s.writer. When it fails after the ledger was
// written the facts stand and are applied before the next ones.
func (s *Store) commit(events ...event) error {
	if len(events) == 0 {
		return nil
	}
	pos, err := s.promise(events)
	if err != nil {
		return err
	}
	return s.applyAll(pos, events)
}

// promise writes events to the ledger only.
func (s *Store) promise(events []event) (position, error) {
	if s.readOnly {
		return position{}, fmt.Errorf("write catalog: %w", fs.ErrPermission)
	}
	if err := s.catchUp(); err != nil {
		return position{}, err
	}
	return s.ledger.append(events[0].At, events)
}

// applyAll applies events, which end at pos in the ledger, in one transaction.
func (s *Store) applyAll(pos position, events []event) error {
	start := time.Now()
	err := s.db.Update(func(tx *bolt.Tx) error {
		for i := range events {
			if err := apply(tx, &events[i]); err != nil {
				return err
			}
		}
		return putPosition(tx, pos)
	})
	if err != nil {
		s.lagging = true
		return fmt.Errorf("write catalog: %w", err)
	}
	if s.opt.OnCommit != nil {
		s.opt.OnCommit(time.Since(start))
	}
	return nil
}

// apply brings the catalog's rows in line with one event.
func apply(tx *bolt.Tx, ev *event) error {
	if ev.Clip != nil {
		if err := putClip(tx, ev.Clip); err != nil {
			return err
		}
	}
	if ev.Camera != nil {
		if err := putRow(tx, bucketCameras, ev.Camera.Serial, ev.Camera); err != nil {
			return err
		}
	}
	if d := ev.Docking; d != nil {
		key := string(appendTime([]byte(serialKey(d.Camera)), d.DockedAt)) + d.ID
		if err := tx.Bucket(bucketDockingsByCamera).Put([]byte(key), nil); err != nil {
			return err
		}
		if err := putOpenDocking(tx, d); err != nil {
			return err
		}
		return putRow(tx, bucketDockings, d.ID, d)
	}
	return nil
}

// putOpenDocking keeps the list of dockings whose end was not seen yet.
func putOpenDocking(tx *bolt.Tx, d *Docking) error {
	key := []byte(keyOpenDocking + d.ID)
	if d.Closed != "" {
		return tx.Bucket(bucketMeta).Delete(key)
	}
	return tx.Bucket(bucketMeta).Put(key, nil)
}

func putPosition(tx *bolt.Tx, pos position) error {
	return tx.Bucket(bucketMeta).Put([]byte(keyLedger), []byte(pos.String()))
}

func (s *Store) position() (pos position, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		pos, err = parsePosition(string(tx.Bucket(bucketMeta).Get([]byte(keyLedger))))
		return err
	})
	return pos, err
}

// crockford is base32 without letters that are misread.
const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

// newID returns a name that sorts by time: 48 bits of milliseconds and 32 bits
// that start at random and count up within one millisecond. The caller holds
// s.writer.
func (s *Store) newID(now time.Time) string {
	ms := max(now.UnixMilli(), s.lastMS) & (1<<48 - 1)
	if ms == s.lastMS {
		s.lastID++
	} else {
		s.lastMS, s.lastID = ms, uint64(rand.Uint32()>>1)
	}
	hi, lo := uint64(ms)>>8, uint64(ms)<<32|s.lastID&(1<<32-1)
	// 80 bits: the upper 40 in hi, the lower 40 in lo.
	var id [16]byte
	for i, half := range []uint64{hi, lo & (1<<40 - 1)} {
		for j := range 8 {
			id[i*8+j] = crockford[half>>(35-5*j)&31]
		}
	}
	return string(id[:])
}

// stamp cuts a time to what the catalog keeps.
func stamp(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}
