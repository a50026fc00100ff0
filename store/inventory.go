package store

import (
	"errors"
	"fmt"
	"math"
	"path"
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
	fresh   map[string]int    // identity → new clips of this listing that have it
	books   Books
}

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
		if d.ListedAt.IsZero() {
			return nil
		}
		return inv.findUnstored(tx)
	})
	if err != nil {
		return nil, fmt.Errorf("take inventory: %w", err)
	}
	return inv, nil
}

// findUnstored notes the clips that this docking listed before and that are
// not stored: a file that is still being written is one clip that changed,
// not a new one with every listing.
func (inv *Inventory) findUnstored(tx *bolt.Tx) error {
	inv.changed = make(map[string]string)
	for id := range inv.before {
		c, err := getRow[Clip](tx, bucketClips, id)
		if err != nil {
			return err
		}
		if c.State != Stored && c.Docking == inv.docking.ID {
			inv.changed[c.rawPath()] = id
		}
	}
	return nil
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

func (inv *Inventory) probe(f File) *Clip {
	return &Clip{Camera: inv.docking.Camera, Path: f.Path, RawPath: f.RawPath, Size: f.Size, ModTime: f.ModTime}
}

// Add takes a batch of listed files, up to about a thousand. describe fills in
// kind and times of the i-th file's clip when that is new or has changed; it
// must not take long.
func (inv *Inventory) Add(files []File, describe func(i int, c *Clip)) ([]Listed, error) {
	s := inv.s
	s.writer.Lock()
	defer s.writer.Unlock()
	listed := make([]Listed, len(files))
	var events []event
	err := s.db.View(func(tx *bolt.Tx) error {
		for i, f := range files {
			l, what, err := inv.match(tx, f)
			if err != nil {
				return err
			}
			if what != "" {
				if l.New || what == "changed on the camera" {
					describe(i, l.Clip)
					l.Clip.DueAt = s.opt.Rule.Due(l.Clip)
					inv.holder(l.Clip)
				}
				l.Clip.note(inv.now, what, "")
				events = append(events, event{At: inv.now, What: what, Clip: l.Clip})
			}
			listed[i] = l
			inv.count(l)
		}
		return nil
	})
	if err == nil {
		err = s.commit(events...)
	}
	if err != nil {
		return nil, fmt.Errorf("take inventory of camera %s: %w", inv.docking.Camera, err)
	}
	return listed, nil
}

func (inv *Inventory) count(l Listed) {
	inv.there[l.Clip.ID] = true
	inv.books.Files++
	inv.books.Bytes += l.Clip.Size
	switch {
	case l.New:
		inv.books.New++
	case l.Clip.State == Stored && !l.Recheck:
		inv.books.Known++
	}
}

// match finds the row of a listed file, or makes one. what is empty when the
// row is as it was.
func (inv *Inventory) match(tx *bolt.Tx, f File) (l Listed, what string, err error) {
	probe := inv.probe(f)
	var row *Clip
	err = eachVariant(tx, probe, func(c *Clip) error {
		probe.Variant = c.Variant + 1
		// Of two cameras with one serial, each has its own rows while both
		// are docked.
		if inv.others[c.Docking] || inv.there[c.ID] || (row != nil && row.State != Stored) {
			return nil
		}
		row = c
		return nil
	})
	switch {
	case err != nil:
		return l, "", err
	case row == nil && inv.changed[probe.rawPath()] != "":
		return inv.matchChanged(tx, probe)
	case row == nil && probe.Variant > math.MaxUint16:
		return l, "", errors.New("too many cameras with one serial")
	case row == nil:
		return Listed{Clip: inv.newClip(probe), New: true}, "seen", nil
	case row.State == Stored && inv.camera.Conflict:
		return Listed{Clip: row, Recheck: true}, "", nil
	case row.State == Stored && !row.LeftAt.IsZero():
		row.LeftAt = time.Time{}
		return Listed{Clip: row}, "seen again", nil
	case row.State == Stored:
		return Listed{Clip: row}, "", nil
	case row.State == Gone:
		row.State, row.Error = Seen, ""
		row.Docking, row.Bay = inv.docking.ID, inv.docking.Bay
		return Listed{Clip: row}, "seen again", nil
	case row.Docking != inv.docking.ID:
		row.Docking, row.Bay = inv.docking.ID, inv.docking.Bay
		return Listed{Clip: row}, "seen again", nil
	}
	return Listed{Clip: row}, "", nil
}

// matchChanged takes a file that grew, or shrank, since this docking first
// listed it for the clip it was.
func (inv *Inventory) matchChanged(tx *bolt.Tx, probe *Clip) (Listed, string, error) {
	raw := probe.rawPath()
	row, err := getRow[Clip](tx, bucketClips, inv.changed[raw])
	if err != nil {
		return Listed{}, "", err
	}
	delete(inv.changed, raw)
	if inv.s.isCopying(row.ID) || row.State == Stored {
		return Listed{Clip: inv.newClip(probe), New: true}, "seen", nil
	}
	row.Size, row.ModTime, row.Variant = probe.Size, probe.ModTime, probe.Variant
	row.State, row.Error, row.Attempts = Seen, "", 0
	return Listed{Clip: row}, "changed on the camera", nil
}

func (inv *Inventory) newClip(probe *Clip) *Clip {
	c := *probe
	// A camera may list one name twice, and they may even be two files.
	c.Variant += inv.fresh[identity(probe)]
	inv.fresh[identity(probe)]++
	c.ID = inv.s.newID(inv.now)
	c.Bay, c.Docking = inv.docking.Bay, inv.docking.ID
	c.Name = path.Base(c.Path)
	c.State, c.SeenAt = Seen, inv.now
	return &c
}

// holder puts down who held the camera when the clip was recorded.
func (inv *Inventory) holder(c *Clip) {
	at := c.RecordedEnd
	if at.IsZero() {
		at = c.SeenAt
	}
	if h := inv.camera.HolderAt(at); h != nil {
		c.Badge, c.Officer, c.Unit = h.Badge, h.Name, h.Unit
	}
}

// Close ends the listing. If it was complete, clips that were expected and
// are not there are gone, or, if stored, no longer on the camera. The
// docking's books have it all.
func (inv *Inventory) Close(complete bool, skipped []Skipped, skippedN int, failure string) (Books, error) {
	s := inv.s
	s.writer.Lock()
	defer s.writer.Unlock()
	var events []event
	if complete {
		missing, err := inv.missing()
		if err != nil {
			return inv.books, fmt.Errorf("close inventory: %w", err)
		}
		for len(missing) > applyBatch {
			if err := s.commit(missing[:applyBatch]...); err != nil {
				return inv.books, fmt.Errorf("close inventory: %w", err)
			}
			missing = missing[applyBatch:]
		}
		events = missing
	}
	inv.books.Skipped, inv.books.SkippedN = skipped, skippedN
	inv.books.Unstored = inv.books.Files - inv.books.Known
	err := s.updateDocking(inv.docking.ID, "listed", inv.now, func(d *Docking, c *Camera) {
		books := inv.books
		books.Stored, books.Released, books.Failed = d.Stored, d.Released, d.Failed
		books.GoneLost += d.GoneLost
		books.GoneStored += d.GoneStored
		d.Books, d.Complete, d.Error = books, complete, failure
		if complete {
			d.ListedAt, c.ListedAll = inv.now, inv.now
		}
		inv.books = books
	}, events...)
	return inv.books, err
}

// missing returns what becomes of the clips that are no longer there.
func (inv *Inventory) missing() (events []event, err error) {
	err = inv.s.db.View(func(tx *bolt.Tx) error {
		for id := range inv.before {
			if inv.there[id] {
				continue
			}
			c, err := getRow[Clip](tx, bucketClips, id)
			if err != nil {
				return err
			}
			if gone, err := inv.isGone(tx, c); err != nil || !gone {
				if err != nil {
					return err
				}
				continue
			}
			what := "gone"
			if c.State == Stored {
				c.LeftAt, what = inv.now, "no longer on the camera"
				inv.books.GoneStored++
			} else {
				c.State = Gone
				inv.books.GoneLost++
			}
			c.note(inv.now, what, "")
			events = append(events, event{At: inv.now, What: what, Clip: c})
		}
		return nil
	})
	return events, err
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

// eachVariant calls f with every clip of c's camera, path, size and time.
func eachVariant(tx *bolt.Tx, c *Clip, f func(*Clip) error) error {
	prefix := []byte(identity(c))
	cursor := tx.Bucket(bucketByIdentity).Cursor()
	for k, id := cursor.Seek(prefix); hasPrefix(k, prefix); k, id = cursor.Next() {
		row, err := getRow[Clip](tx, bucketClips, string(id))
		if err != nil {
			return err
		}
		if err := f(row); err != nil {
			return err
		}
	}
	return nil
}

// StoredTwin returns a stored clip of c's camera, path, size and time whose
// SHA-256 is sum, or nil.
func (s *Store) StoredTwin(c *Clip, sum string) (twin *Clip, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		return eachVariant(tx, c, func(v *Clip) error {
			if v.State == Stored && v.SHA256 == sum {
				twin = v
			}
			return nil
		})
	})
	return twin, err
}

// NewVariant adds a clip of its own for a listed file whose name, size and
// time are those of a stored clip but whose bytes may not be.
func (s *Store) NewVariant(of *Clip, docking *Docking, now time.Time) (*Clip, error) {
	s.writer.Lock()
	defer s.writer.Unlock()
	c := *of
	c.ID, c.State, c.SeenAt = s.newID(now), Seen, stamp(now)
	c.Bay, c.Docking = docking.Bay, docking.ID
	c.SHA256, c.ArchivePath, c.Error, c.ReleaseError = "", "", "", ""
	c.StoredAt, c.MissedAt, c.ReleasedAt, c.LeftAt = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	c.Deadline, c.LateBy, c.Attempts, c.History = "", 0, 0, nil
	err := s.db.View(func(tx *bolt.Tx) error {
		return eachVariant(tx, of, func(v *Clip) error {
			c.Variant = max(c.Variant, v.Variant+1)
			return nil
		})
	})
	if err == nil {
		c.note(now, "seen", "on another camera with the same serial")
		err = s.commit(event{At: c.SeenAt, What: "seen", Clip: &c})
	}
	if err != nil {
		return nil, fmt.Errorf("add clip: %w", err)
	}
	return &c, nil
}
