package store

import (
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// File is one clip in a camera's listing.
type File struct {
	Path    string // printable, slash-separated
	RawPath []byte // as the camera gave it, where that differs
	Size    int64
	ModTime time.Time
}

// Listed is what the catalog makes of a listed file.
type Listed struct {
	Clip *Clip
	New  bool
	// Recheck says that the clip is stored under this camera, path, size and
	// time, but that this proves nothing: another camera has the same serial.
	Recheck bool
}

// Inventory takes the listing of one docking, batch by batch, each a
// transaction: from then on its clips are known, due, and overdue on time,
// whatever becomes of the camera.
type Inventory struct {
	s       *Store
	docking *Docking
	camera  *Camera
	now     time.Time
	there   map[string]bool   // ids listed
	before  map[string]bool   // ids expected: on the camera when it was last listed
	changed map[string]string // raw path → id of unstored clips of this docking that a second listing may find changed
	others  map[string]bool   // open dockings of other cameras with this serial
	fresh   map[string]int    // identity → rows of the batch under way that take it
	stored  int               // listed clips that are stored
	bytes   int64             // their sizes
	held    time.Time         // until when new clips that are past due already are not called missed
	news    bool              // something listed is not as the catalog had it
	books   Books
}

// Hold gives the caller time to look into clips that would be overdue from
// the moment they are seen: until then, or until Describe, the deadline clock
// passes them over.
func (inv *Inventory) Hold(until time.Time) { inv.held = until }

// Inventory starts a listing of the docking.
func (s *Store) Inventory(dockingID string, now time.Time) (*Inventory, error) {
	d, err := s.Docking(dockingID)
	if err != nil {
		return nil, fmt.Errorf("take inventory: %w", err)
	}
	camera, err := s.Camera(d.Camera)
	if err != nil {
		return nil, fmt.Errorf("take inventory: %w", err)
	}
	inv := &Inventory{s: s, docking: d, camera: camera, now: stamp(now),
		there: make(map[string]bool), before: make(map[string]bool), others: make(map[string]bool), fresh: make(map[string]int)}
	open, err := s.openDockings(d.Camera)
	if err != nil {
		return nil, fmt.Errorf("take inventory: %w", err)
	}
	for _, o := range open {
		if o.ID != d.ID {
			inv.others[o.ID] = true
		}
	}
	err = s.db.View(func(tx *bolt.Tx) error {
		prefix := []byte(serialKey(d.Camera))
		c := tx.Bucket(bucketOnCamera).Cursor()
		for k, _ := c.Seek(prefix); hasPrefix(k, prefix); k, _ = c.Next() {
			inv.before[string(k[len(prefix):])] = true
		}
		if d.ListedAt.IsZero() && d.Files+d.New == 0 {
			return nil // it is the first listing
		}
		return inv.findUnstored(tx)
	})
	if err != nil {
		return nil, fmt.Errorf("take inventory: %w", err)
	}
	return inv, nil
}

// Lacked returns the time up to which the camera is known not to have had
// clips that are new in this listing; zero when nothing is known.
func (inv *Inventory) Lacked() time.Time {
	if inv.camera.Conflict {
		return time.Time{} // it may have been the other camera
	}
	return inv.camera.ListedAll
}

// Unknown reports which files have no row yet. It changes nothing.
func (inv *Inventory) Unknown(files []File) (unknown []bool, err error) {
	unknown = make([]bool, len(files))
	err = inv.s.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketByIdentity).Cursor()
		for i, f := range files {
			prefix := []byte(identity(inv.probe(f)))
			k, _ := c.Seek(prefix)
			unknown[i] = !hasPrefix(k, prefix)
		}
		return nil
	})
	return unknown, err
}

// Add takes a batch of listed files, up to about a thousand. describe fills in
// kind and times of the i-th file's clip when that is new or has changed; it
// must not take long.
func (inv *Inventory) Add(files []File, describe func(i int, c *Clip)) ([]Listed, error) {
	listed, err := inv.add(files, describe)
	if err != nil {
		return nil, fmt.Errorf("take inventory of camera %s: %w", inv.docking.Camera, err)
	}
	for _, l := range listed {
		inv.count(l)
	}
	return listed, nil
}

func (inv *Inventory) add(files []File, describe func(i int, c *Clip)) ([]Listed, error) {
	if err := inv.s.lock(); err != nil {
		return nil, err
	}
	defer inv.s.unlock()
	listed := make([]Listed, len(files))
	var events []event
	clear(inv.fresh)
	err := inv.s.db.View(func(tx *bolt.Tx) error {
		for i, f := range files {
			l, what, err := inv.match(tx, f)
			if err != nil {
				return err
			}
			inv.there[l.Clip.ID] = true
			listed[i] = l
			if what == "" {
				continue
			}
			inv.news = true
			if what == whatSeen || what == whatChanged {
				describe(i, l.Clip)
				inv.s.makeDue(l.Clip, inv.now)
				l.Clip.heldBy(inv.camera)
				inv.hold(l.Clip)
			}
			l.Clip.note(inv.now, what, "")
			events = append(events, event{At: inv.now, What: what, Clip: l.Clip})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return listed, inv.s.commit(events...)
}

func (inv *Inventory) hold(c *Clip) {
	if inv.now.After(c.DueAt) && !c.DueAt.IsZero() && !inv.held.IsZero() {
		inv.s.mu.Lock()
		defer inv.s.mu.Unlock()
		inv.s.held[c.ID] = inv.held
	}
}

func (inv *Inventory) count(l Listed) {
	inv.books.Files++
	inv.books.Bytes += l.Clip.Size
	switch {
	case l.New:
		inv.books.New++
	case l.Clip.State == Stored && !l.Recheck:
		inv.stored++
		inv.bytes += l.Clip.Size
		if l.Clip.Docking != inv.docking.ID {
			inv.books.Known++
		}
	}
}

// Close ends the listing. If it was complete, clips that were expected and
// are not there are gone, or, if stored, no longer on the camera. The
// docking's books have it all. failure is what was wrong with the camera when
// the listing broke off; what it did not come to then is there as before.
func (inv *Inventory) Close(complete bool, skipped []Skipped, skippedN int, failure string) (Books, error) {
	var err error
	if failure != "" {
		err = inv.countUnseen()
	}
	if err == nil {
		err = inv.close(complete, boundSkipped(skipped), skippedN, failure)
	}
	if err != nil {
		return inv.books, fmt.Errorf("close inventory of camera %s: %w", inv.docking.Camera, err)
	}
	return inv.books, nil
}

func (inv *Inventory) close(complete bool, skipped []Skipped, skippedN int, failure string) error {
	s := inv.s
	if err := s.lock(); err != nil {
		return err
	}
	defer s.unlock()
	telling := complete && !inv.docking.bare(inv.books.Files)
	if telling {
		if err := inv.closeMissing(); err != nil {
			return err
		}
	}
	inv.books.Skipped, inv.books.SkippedN = skipped, skippedN
	inv.books.Unstored, inv.books.UnstoredBytes = inv.books.Files-inv.stored, inv.books.Bytes-inv.bytes
	return s.updateDocking(inv.docking.ID, "listed", inv.now, func(d *Docking, c *Camera) {
		books := inv.books
		books.Stored, books.Released, books.Failed, books.FailedInArchive = d.Stored, d.Released, d.Failed, d.FailedInArchive
		books.New += d.New // a docking may be listed more than once
		books.GoneLost += d.GoneLost
		books.Gone = append(slices.Clone(d.Gone), books.Gone...)
		books.Gone = books.Gone[:min(len(books.Gone), maxGone)]
		books.GoneStored += d.GoneStored
		d.Books, d.Complete, d.Error = books, complete, failure
		if complete {
			d.ListedAt = inv.now
		}
		if telling {
			c.ListedAll = inv.now
		}
		if telling || !complete {
			c.Unlisted = !complete
		}
		if d.Place && !d.bare(d.Files) {
			c.LastDockedAt = later(c.LastDockedAt, d.DockedAt) // it was more than a place
		}
		inv.books = books
	})
}

// closeMissing puts down what is no longer there.
func (inv *Inventory) closeMissing() error {
	missing, err := inv.missing()
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(missing, applyBatch) {
		if err := inv.s.commit(batch...); err != nil {
			return err
		}
		for _, ev := range batch {
			if ev.Clip.State == Gone {
				inv.s.dropCopy(ev.Clip.ID)
			}
		}
	}
	return nil
}

// maxSkippedBytes bounds what a docking keeps of names that a hostile camera
// chose: its row must stay a line that can be read.
const maxSkippedBytes = 256 << 10

func boundSkipped(list []Skipped) []Skipped {
	size := 0
	for i, s := range list {
		if size += len(s.Path) + len(s.Reason); size > maxSkippedBytes {
			return list[:i:i]
		}
	}
	return list
}

// missing returns what becomes of the clips that are no longer there.
func (inv *Inventory) missing() (events []event, err error) {
	err = inv.unseen(func(tx *bolt.Tx, c *Clip) error {
		gone, err := inv.isGone(tx, c)
		if err != nil || !gone {
			return err
		}
		what := "gone"
		if c.State == Stored {
			c.LeftAt, what = inv.now, "no longer on the camera"
			inv.books.GoneStored++
		} else {
			c.State = Gone
			inv.books.GoneLost++
			if len(inv.books.Gone) < maxGone {
				inv.books.Gone = append(inv.books.Gone, GoneClip{c.ID, c.Path})
			}
		}
		c.note(inv.now, what, "")
		events = append(events, event{At: inv.now, What: what, Clip: c})
		return nil
	})
	return events, err
}

// unseen gives the clips that were on the camera before and that this listing did
// not come to, until the first error.
func (inv *Inventory) unseen(give func(tx *bolt.Tx, c *Clip) error) error {
	return inv.s.db.View(func(tx *bolt.Tx) error {
		for id := range inv.before {
			if inv.there[id] {
				continue
			}
			c, err := getRow[Clip](tx, bucketClips, id)
			if err == nil {
				err = give(tx, c)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// isGone reports whether a clip that the listing lacks can be said to be
// gone: not while it is being copied, and not when it may be on another
// camera with the same serial.
func (inv *Inventory) isGone(tx *bolt.Tx, c *Clip) (bool, error) {
	if inv.s.isCopying(c.ID) || inv.others[c.Docking] || !c.onCamera() {
		return false, nil
	}
	if !inv.camera.Conflict || c.Docking == inv.docking.ID {
		return true, nil
	}
	last, err := getRow[Docking](tx, bucketDockings, c.Docking)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil && last.Location == inv.docking.Location, err
}

func (s *Store) isCopying(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.copying[id]
}
