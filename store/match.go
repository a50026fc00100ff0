package store

import (
	"fmt"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"
)

// What a listing does to a clip, in its history.
const (
	whatSeen      = "seen"
	whatSeenAgain = "seen again"
	whatChanged   = "changed on the camera"
)

func (inv *Inventory) probe(f File) *Clip {
	c := &Clip{Camera: inv.docking.Camera, Path: f.Path, RawPath: f.RawPath, Size: f.Size, ModTime: f.ModTime.UTC()}
	if !utf8.ValidString(f.Path) {
		// As text it could not be written down, and so not be recognised.
		c.Path, c.RawPath = strings.ToValidUTF8(f.Path, "\ufffd"), []byte(c.rawPath())
	}
	if y := c.ModTime.Year(); y < 1 || y > lastYear {
		c.ModTime = time.Time{} // such a time cannot be written down
	}
	return c
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

// maxVariants bounds how many clips of one camera, path, size and time there
// can be. Two cameras with one serial make two; a camera that lists one name
// again and again is no camera, and looking through its rows must not take
// the time of the honest ones.
const maxVariants = 64

// match finds the row of a listed file, or makes one. what is empty when the
// row is as it was.
func (inv *Inventory) match(tx *bolt.Tx, f File) (l Listed, what string, err error) {
	probe := inv.probe(f)
	var row, last *Clip
	err = eachVariant(tx, probe, func(c *Clip) error {
		probe.Variant, last = c.Variant+1, c
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
	case row == nil && probe.Variant+inv.fresh[identity(probe)] >= maxVariants && last != nil:
		return Listed{Clip: last}, "", nil
	case row == nil:
		return Listed{Clip: inv.newClip(probe), New: true}, whatSeen, nil
	case row.State == Stored && inv.camera.Conflict:
		return Listed{Clip: row, Recheck: true}, "", nil
	case row.State == Stored && !row.LeftAt.IsZero():
		row.LeftAt = time.Time{}
		return Listed{Clip: row}, whatSeenAgain, nil
	case row.State == Stored:
		return Listed{Clip: row}, "", nil
	case row.State == Gone:
		row.State, row.Error = Seen, ""
		row.Docking, row.Bay = inv.docking.ID, inv.docking.Bay
		return Listed{Clip: row}, whatSeenAgain, nil
	case row.Docking != inv.docking.ID:
		row.Docking, row.Bay = inv.docking.ID, inv.docking.Bay
		return Listed{Clip: row}, whatSeenAgain, nil
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
		return Listed{Clip: inv.newClip(probe), New: true}, whatSeen, nil
	}
	row.Size, row.ModTime, row.Variant = probe.Size, probe.ModTime, inv.variant(probe)
	row.State, row.Error, row.Attempts = Seen, "", 0
	return Listed{Clip: row}, whatChanged, nil
}

func (inv *Inventory) newClip(probe *Clip) *Clip {
	c := *probe
	c.Variant = inv.variant(probe)
	c.ID = inv.s.newID(inv.now)
	c.Bay, c.Docking = inv.docking.Bay, inv.docking.ID
	c.Name = path.Base(c.Path)
	c.State, c.SeenAt = Seen, inv.now
	return &c
}

// variant returns the next one of an identity. A camera may list one name
// twice, and they may even be two files.
func (inv *Inventory) variant(probe *Clip) int {
	id := identity(probe)
	inv.fresh[id]++
	return probe.Variant + inv.fresh[id] - 1
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
	if err := s.lock(); err != nil {
		return nil, fmt.Errorf("add clip: %w", err)
	}
	defer s.unlock()
	c := *of
	c.ID, c.State, c.SeenAt = s.newID(now), Seen, stamp(now)
	c.Bay, c.Docking = docking.Bay, docking.ID
	c.SHA256, c.ArchivePath, c.Error, c.ReleaseError = "", "", "", ""
	c.StoredAt, c.MissedAt, c.ReleasedAt, c.LeftAt = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	c.Deadline, c.LateBy, c.Attempts, c.History = "", 0, 0, nil
	c.Extension, c.Decision, c.Interruption, c.StationClock = nil, nil, nil, nil
	err := s.db.View(func(tx *bolt.Tx) error {
		return eachVariant(tx, of, func(v *Clip) error {
			c.Variant = max(c.Variant, v.Variant+1)
			return nil
		})
	})
	if err == nil {
		c.note(now, whatSeen, "on another camera with the same serial")
		err = s.commit(event{At: c.SeenAt, What: whatSeen, Clip: &c})
	}
	if err != nil {
		return nil, fmt.Errorf("add clip: %w", err)
	}
	return &c, nil
}
