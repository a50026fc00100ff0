package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
	"golang.org/x/sys/unix"
)

// Buckets. Rows are JSON; index keys are built in index.go.
var (
	bucketMeta     = []byte("meta")     // format, ledger position
	bucketCounts   = []byte("counts")   // name → int64, see index.go
	bucketClips    = []byte("clips")    // clip id → Clip
	bucketCameras  = []byte("cameras")  // serial → Camera
	bucketDockings = []byte("dockings") // docking id → Docking

	// Listings: class, order → of an open clip openValue; and so for each
	// camera, badge and unit. Clips of nobody's unit are in the last one too.
	bucketByClass  = []byte("clips_by_class")
	bucketByCamera = []byte("clips_of_camera") // serial, class, order
	bucketByBadge  = []byte("clips_of_badge")  // badge, class, order
	bucketByUnit   = []byte("clips_of_unit")   // unit, class, order

	bucketByIdentity = []byte("clips_by_identity") // identity, variant → id
	bucketByContent  = []byte("clips_by_content")  // SHA-256, id → ""
	bucketOpen       = []byte("clips_open")        // order → earliest due, serial; unstored, due time not passed
	bucketOverdue    = []byte("clips_overdue")     // order → serial; unstored, due time passed
	bucketOnCamera   = []byte("clips_on_camera")   // serial, id → ""; at the last complete listing

	bucketDockingsByCamera = []byte("dockings_by_camera") // serial, docked_at, id → ""

	bucketExtensions = []byte("extensions") // serial, id → Extension

	bucketRequests         = []byte("requests")           // id → Request
	bucketRequestsByCamera = []byte("requests_by_camera") // serial, id → "open" or ""
	bucketReceipts         = []byte("receipts")           // code without dashes → Receipt
	bucketByDocking        = []byte("clips_by_docking")   // docking id, clip id → ""; the stored ones
	bucketViews            = []byte("views")              // clip id, hour, what, who → view

	bucketCounted = []byte("clips_counted") // count, id → 1; counted once, for good

	// laterBuckets are those that catalogs of earlier versions lack. The index
	// by docking then lacks the clips of dockings that were closed before.
	laterBuckets = [][]byte{bucketExtensions, bucketRequests, bucketRequestsByCamera, bucketReceipts, bucketByDocking, bucketViews, bucketCounted}

	// listingBuckets are those that catalogs of format 1 lack, and
	// droppedBuckets what they had instead: see upgrade.
	listingBuckets = [][]byte{bucketByClass, bucketByCamera, bucketByBadge, bucketByUnit}
	droppedBuckets = [][]byte{[]byte("clips_by_due"), []byte("clips_by_camera"), []byte("clips_settled")}

	allBuckets = [][]byte{
		bucketMeta, bucketCounts, bucketClips, bucketCameras, bucketDockings,
		bucketByClass, bucketByCamera, bucketByBadge, bucketByUnit, bucketByIdentity, bucketByContent,
		bucketOpen, bucketOverdue, bucketOnCamera, bucketDockingsByCamera, bucketExtensions,
		bucketRequests, bucketRequestsByCamera, bucketReceipts, bucketByDocking, bucketViews, bucketCounted,
	}
)

const (
	catalogFormat  = "custodock catalog 2"
	catalogFormat1 = "custodock catalog 1" // other listings, no tally; Open upgrades it

	keyFormat = "format"
	keyLedger = "ledger" // how far the ledger is applied: "FILE:OFFSET"

	keySpan = "due span"

	keyZone = "tally zone" // in which the weeks of the tally begin

	keyUpkeep = "upkeep" // Upkeep

	keyStationClock = "station clock" // ClockState

	keyOpenDocking = "open docking/" // + id

	// lockWait is how long Open waits for another process to let go.
	lockWait = 2 * time.Second
)

// makeCatalog makes an empty catalog at path, unless there is one. It is built
// under another name first: a power cut during bbolt's very first
// initialisation can leave a file that opens as neither new nor whole.
func makeCatalog(path string) error {
	lock, err := lockFolder(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("create catalog: %w", err)
	}
	defer lock.Close()
	tmp := path + ".new"
	db, err := createCatalog(tmp, nil)
	if err == nil {
		err = db.Close()
	}
	if err == nil {
		err = renameNoReplace(tmp, path)
	}
	if errors.Is(err, fs.ErrExist) {
		return os.Remove(tmp) // another process was quicker
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("create catalog: %w", noSpace(err)), os.RemoveAll(tmp))
	}
	return nil
}

// createCatalog makes and opens an empty catalog instead of what is at path.
func createCatalog(path string, opt *bolt.Options) (*bolt.DB, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	db, err := bolt.Open(path, 0o640, opt)
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, name := range allBuckets {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketMeta).Put([]byte(keyFormat), []byte(catalogFormat))
	})
	if err == nil {
		err = inheritOwner(path)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// openCatalog opens an existing catalog. What cannot be one is refused with
// ErrCatalog before bbolt maps it: a file cut short would end the process
// with SIGBUS, not with an error.
func openCatalog(path string, readOnly bool) (*bolt.DB, error) {
	if err := checkCatalogFile(path); err != nil {
		return nil, err
	}
	db, err := openBolt(path, readOnly)
	switch {
	case errors.Is(err, bolterrors.ErrTimeout), errors.Is(err, errReplaced):
		return nil, fmt.Errorf("open %s: %w", path, ErrHeld)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, unix.EROFS):
		return nil, fmt.Errorf("open catalog: %w", err)
	case err != nil:
		return nil, fmt.Errorf("open %s: %w: %w", path, ErrCatalog, err)
	}
	return db, nil
}

var errReplaced = errors.New("the file was replaced meanwhile")

// openBolt opens the file and looks at the root of every bucket. A page of
// garbage makes bbolt panic, or reach beyond its mapping: both are errors here.
func openBolt(path string, readOnly bool) (db *bolt.DB, err error) {
	var file *os.File
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
			// What bbolt has mapped stays, and would hold the lock for ever.
			if file != nil {
				err = errors.Join(err, unix.Flock(int(file.Fd()), unix.LOCK_UN), file.Close())
			}
		}
	}()
	db, err = bolt.Open(path, 0o640, &bolt.Options{Timeout: lockWait, ReadOnly: readOnly,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag&^os.O_CREATE, mode)
			file = f
			return f, err
		}})
	if err != nil {
		return nil, err
	}
	err = errors.Join(stillAt(path, file), db.View(checkBuckets))
	if err == nil && !readOnly {
		err = addBuckets(db)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// addBuckets makes what a catalog of an earlier version lacks.
func addBuckets(db *bolt.DB) error {
	lacks := false
	err := db.View(func(tx *bolt.Tx) error {
		lacks = slices.ContainsFunc(laterBuckets, func(name []byte) bool { return tx.Bucket(name) == nil })
		return nil
	})
	if err != nil || !lacks {
		return err
	}
	return db.Update(func(tx *bolt.Tx) error {
		for _, name := range laterBuckets {
			if bytes.Equal(name, bucketCounted) {
				continue // filled from the listings, see countBefore
			}
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
}

// stillAt reports whether the file that was locked is the one at path: while
// it was waited for, Rebuild may have put another in its place.
func stillAt(path string, f *os.File) error {
	locked, err := f.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(path)
	if err == nil && !os.SameFile(locked, there) {
		err = errReplaced
	}
	return err
}

func checkBuckets(tx *bolt.Tx) error {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return errors.New("it is a bbolt database of another program")
	}
	format := string(meta.Get([]byte(keyFormat)))
	if format != catalogFormat && format != catalogFormat1 {
		return fmt.Errorf("its format is %.40q, this program reads %q", format, catalogFormat)
	}
	for _, name := range allBuckets {
		b := tx.Bucket(name)
		if b == nil && (isOneOf(laterBuckets, name) || format == catalogFormat1 && isOneOf(listingBuckets, name)) {
			continue
		}
		if b == nil {
			return fmt.Errorf("bucket %s is missing", name)
		}
		c := b.Cursor()
		c.First()
		c.Last()
	}
	return nil
}

func isOneOf(buckets [][]byte, name []byte) bool {
	return slices.ContainsFunc(buckets, func(b []byte) bool { return bytes.Equal(b, name) })
}

// Layout of a bbolt meta page, from go.etcd.io/bbolt/internal/common: a page
// header of 16 bytes, then magic, version, page size, flags (4 bytes each),
// root bucket (16), freelist, high-water page, transaction (8 each), FNV-1a of
// all these (8).
const (
	boltMagic      = 0xED0CDAED
	boltHeaderSize = 16
	boltMetaSum    = 56
	boltMetaSize   = boltHeaderSize + boltMetaSum + 8
)

// checkCatalogFile refuses a file that is no bbolt database or is shorter
// than its newest meta page says.
func checkCatalogFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open catalog: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return fmt.Errorf("open catalog: %w", err)
	}
	refuse := func(why string) error { return fmt.Errorf("open %s: %w: %s", path, ErrCatalog, why) }
	if !st.Mode().IsRegular() {
		return refuse("it is no regular file")
	}
	first := make([]byte, boltMetaSize)
	if _, err := f.ReadAt(first, 0); err != nil {
		return refuse("it is cut short")
	}
	pageSize, _, _, ok := boltMeta(first)
	if !ok {
		// The other meta page may still be whole; bbolt then goes by that one.
		pageSize = int64(os.Getpagesize())
	}
	second := make([]byte, boltMetaSize)
	if _, err := f.ReadAt(second, pageSize); err != nil {
		return refuse("it is cut short")
	}
	var newest, pages uint64
	found := false
	for _, page := range [][]byte{first, second} {
		if _, high, txid, ok := boltMeta(page); ok && (!found || txid >= newest) {
			newest, pages, found = txid, high, true
		}
	}
	if !found {
		return refuse("it is no bbolt database")
	}
	if need := pages * uint64(pageSize); pages > 1<<40 || uint64(st.Size()) < need {
		return refuse(fmt.Sprintf("it is cut short: %d of %d bytes", st.Size(), need))
	}
	return nil
}

func boltMeta(page []byte) (pageSize int64, high, txid uint64, ok bool) {
	meta := page[boltHeaderSize:]
	sum := fnv.New64a()
	sum.Write(meta[:boltMetaSum])
	if binary.NativeEndian.Uint32(meta) != boltMagic || binary.NativeEndian.Uint64(meta[boltMetaSum:]) != sum.Sum64() {
		return 0, 0, 0, false
	}
	size := binary.NativeEndian.Uint32(meta[8:])
	if size < 512 || size > 1<<16 {
		return 0, 0, 0, false
	}
	return int64(size), binary.NativeEndian.Uint64(meta[40:]), binary.NativeEndian.Uint64(meta[48:]), true
}

func getRow[T any](tx *bolt.Tx, bucket []byte, key string) (*T, error) {
	data := tx.Bucket(bucket).Get([]byte(key))
	if data == nil {
		return nil, ErrNotFound
	}
	row := new(T)
	if err := json.Unmarshal(data, row); err != nil {
		return nil, fmt.Errorf("read %s %s: %w: %w", bucket, key, ErrCatalog, err)
	}
	return row, nil
}

// getLater is getRow of a bucket that a catalog of an earlier version, which is
// only read, may lack.
func getLater[T any](tx *bolt.Tx, bucket []byte, key string) (*T, error) {
	if tx.Bucket(bucket) == nil {
		return nil, ErrNotFound
	}
	return getRow[T](tx, bucket, key)
}

func putRow(tx *bolt.Tx, bucket []byte, key string, row any) error {
	data, err := json.Marshal(row)
	if err != nil {
		return err
	}
	return tx.Bucket(bucket).Put([]byte(key), data)
}
