package store

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
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
	lagging atomic.Bool // the ledger may hold events that the catalog does not
	closed  bool
	lastID  uint64
	lastMS  int64

	// changing is held for writing, inside writer, while rows change other
	// than by publication; Put, which reads a row it is going to publish,
	// holds it for reading. So copies do not wait for each other's syncs.
	changing sync.RWMutex

	queue   publishQueue
	names   nameBook
	space   spaceBook
	changes changeBook
	overdue overdueBook

	clock atomic.Pointer[StationClock] // what is doubtful about it; nil: nothing

	mu         sync.Mutex
	copying    map[string]bool      // ids in Put
	publishing map[string]bool      // of these, those whose StoredAt is settled
	held       map[string]time.Time // ids that are not called missed before
	unwritable error                // of the last fact, see ErrUnwritable
	buffers    sync.Pool            // of *[]byte, for copying
	readbacks  chan struct{}        // under way
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
		if err := makeCatalog(path); err != nil {
			return nil, fmt.Errorf("open store: %w", err)
		}
	}
	db, err := openCatalog(path, false)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s.db = db
	if err = s.upgrade(upgradeBatch); err == nil {
		err = s.retally()
	}
	if err == nil {
		err = s.countBefore()
	}
	if err == nil {
		s.ledger, err = openLedger(s.ledgerPath())
	}
	if err == nil {
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
	if old, err := isOld(db); err != nil || old {
		if old {
			err = fmt.Errorf("%w: %s", ErrOldCatalog, opt.Dir)
		}
		return nil, errors.Join(fmt.Errorf("open store: %w", err), db.Close())
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
		held:       make(map[string]time.Time),
		changes:    changeBook{now: 1, last: make(map[string]uint64)},
		names:      nameBook{taken: make(map[string]bool), next: make(map[string]int)},
		readbacks:  make(chan struct{}, maxReadbacks),
		buffers:    sync.Pool{New: func() any { return alignedBuffer() }},
	}
}

// Close waits for a write under way and closes the catalog. It is safe to
// call again.
func (s *Store) Close() error {
	s.writer.Lock()
	defer s.writer.Unlock()
	s.changing.Lock()
	defer s.changing.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
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

// lock makes the caller the only writer, until it unlocks s.writer. Rows that
// it reads from then on are those that the ledger tells of: facts that a
// failed transaction left behind are applied first, or what is derived from
// the rows would be written down twice.
func (s *Store) lock() error {
	s.writer.Lock()
	err := s.writable()
	if err == nil {
		err = s.catchUp()
	}
	if err != nil {
		s.writer.Unlock()
		return err
	}
	s.changing.Lock()
	return nil
}

// rlock keeps all rows but those that are being published as they are, until
// the caller unlocks s.changing: as the ledger tells, like lock. A row that is
// published from what was read before a fact was applied would undo that fact.
func (s *Store) rlock() error {
	for {
		s.changing.RLock()
		err := s.writable()
		if err == nil && !s.lagging.Load() {
			return nil
		}
		s.changing.RUnlock()
		if err != nil {
			return err
		}
		if err := s.lock(); err != nil { // which catches up
			return err
		}
		s.unlock()
	}
}

func (s *Store) unlock() {
	s.changing.Unlock()
	s.writer.Unlock()
}

func (s *Store) writable() error {
	switch {
	case s.closed:
		return fmt.Errorf("write catalog: %w", fs.ErrClosed)
	case s.readOnly:
		return fmt.Errorf("write catalog: it is open for reading only: %w", fs.ErrPermission)
	}
	return nil
}

// makeLayout makes the folders.
func (s *Store) makeLayout() error {
	var mounts [2]mountPoint
	for i, dir := range []string{s.archivePath(), s.incomingPath()} {
		if err := makeFolders(dir); err != nil {
			return err
		}
		if err := unix.Access(dir, unix.W_OK|unix.X_OK); err != nil {
			return fmt.Errorf("%s cannot be written: %w", dir, err)
		}
		var err error
		if mounts[i], err = mountOf(dir); err != nil {
			return err
		}
	}
	if mounts[0] != mounts[1] {
		return fmt.Errorf("archive/ and incoming/ in %s are on different file systems; mount the disk at %[1]s itself", s.opt.Dir)
	}
	return nil
}

// yearFolder is the first level of folders below archive/.
var yearFolder = regexp.MustCompile(`^\d{4}$`)

// refuseLostCatalog keeps an empty catalog from being made beside an archive
// that has clips: the way back is Rebuild.
func (s *Store) refuseLostCatalog() error {
	lines, err := (&ledger{dir: s.ledgerPath()}).files()
	if err != nil {
		return err
	}
	list, err := os.ReadDir(s.archivePath())
	if err != nil {
		return err
	}
	clips := slices.ContainsFunc(list, func(e fs.DirEntry) bool { return yearFolder.MatchString(e.Name()) })
	if clips || len(lines) > 0 {
		return fmt.Errorf("%w: catalog.db is missing but the archive in %s is not empty; run: custodock rebuild --data-dir %[2]s", ErrNoCatalog, s.opt.Dir)
	}
	return nil
}
