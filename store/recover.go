package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// recover brings the store in order after a crash: facts that are in the
// ledger and not yet in the catalog, clips whose publication was promised,
// dockings whose end nobody saw, and leftovers in incoming/.
func (s *Store) recover() error {
	s.writer.Lock()
	defer s.writer.Unlock()
	s.lagging = true
	if err := s.catchUp(); err != nil {
		return err
	}
	if err := s.cleanIncoming(); err != nil {
		return err
	}
	return s.closeInterrupted(time.Now())
}

// catchUp applies what the ledger holds and the catalog does not. The caller
// holds s.writer.
func (s *Store) catchUp() error {
	if !s.lagging {
		return nil
	}
	from, err := s.position()
	if err != nil {
		return err
	}
	if err := s.applyLedger(from, s.finishPublication); err != nil {
		return err
	}
	s.lagging = false
	return nil
}

// applyBatch is how many events share a transaction while catching up.
const applyBatch = 1000

// applyLedger applies the ledger from a position on. stored turns a promise
// into the clip's row, or nil when the clip was not stored after all.
func (s *Store) applyLedger(from position, stored func(*event) (*Clip, error)) error {
	var batch []event
	var end position
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := s.applyAll(end, batch)
		batch = batch[:0]
		return err
	}
	err := s.ledger.replay(from, func(ev event, at position) error {
		if ev.What == eventStored {
			clip, err := stored(&ev)
			if err != nil {
				return err
			}
			ev.Clip = clip
		}
		batch, end = append(batch, ev), at
		if len(batch) == applyBatch {
			return flush()
		}
		return nil
	}, func(at position, err error) {
		s.log.Error("a line of the ledger is no event and is passed over", "position", at.String(), "error", err)
	})
	return errors.Join(err, flush())
}

// finishPublication does what is left of a promised publication, whatever a
// crash interrupted. Every step finds out whether it was done.
func (s *Store) finishPublication(ev *event) (*Clip, error) {
	path := filepath.Join(s.opt.Dir, ev.ArchivePath)
	if !filepath.IsLocal(ev.ArchivePath) || !strings.HasPrefix(path, s.archivePath()+string(filepath.Separator)) || checkElement(ev.ID) != nil {
		s.log.Error("a line of the ledger promises a clip outside the archive and is passed over", "path", ev.ArchivePath)
		return nil, nil
	}
	clip := s.promisedRecord(ev, path)
	if clip == nil {
		return nil, nil
	}
	ours, err := s.promisedClip(ev, path)
	if !ours || err != nil {
		return nil, err
	}
	dir := filepath.Dir(path)
	line := sumLine(clip.SHA256, filepath.Base(path))
	if there, err := hasSum(dir, line); err != nil {
		return nil, err
	} else if !there {
		if err := addSums(dir, []*Clip{clip}); err != nil {
			return nil, err
		}
	}
	if err := syncFolder(dir); err != nil {
		return nil, err
	}
	s.log.Info("finished storing a clip that was interrupted", "clip", clip.ID, "path", ev.ArchivePath)
	return clip, nil
}

// promisedRecord reads the clip's record under its final name, or under the
// one it had in incoming/. No record means that the publication failed and
// was given up.
func (s *Store) promisedRecord(ev *event, path string) *Clip {
	for _, at := range []string{path + recordSuffix, s.recordPath(ev.ID)} {
		clip, err := readRecord(at)
		if err == nil && clip.ID == ev.ID && clip.ArchivePath == ev.ArchivePath && clip.SHA256 == ev.SHA256 {
			return clip
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.log.Error("a record cannot be read", "path", at, "error", err)
		}
	}
	return nil
}

// promisedClip makes sure that the clip and its record stand under their
// final names, and reports whether what stands there are the clip's bytes.
func (s *Store) promisedClip(ev *event, path string) (bool, error) {
	sum, err := hashFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if sum, err = hashFile(s.partPath(ev.ID)); err == nil && sum == ev.SHA256 {
			err = errors.Join(makeFolders(filepath.Dir(path)), renameNoReplace(s.partPath(ev.ID), path))
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case sum != ev.SHA256:
		return false, nil
	}
	err = renameNoReplace(s.recordPath(ev.ID), path+recordSuffix)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) {
		err = nil // the record has its name already
	}
	return err == nil, err
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// cleanIncoming removes what is left of copies that are of no use any more.
// Copies of clips that are still to be stored stay, to be gone on from.
func (s *Store) cleanIncoming() error {
	list, err := os.ReadDir(s.incomingPath())
	if err != nil {
		return fmt.Errorf("clean incoming: %w", err)
	}
	for _, e := range list {
		id, ending, _ := strings.Cut(e.Name(), ".")
		if ending == "part" || ending == "resume" {
			if clip, err := s.Clip(id); err == nil && clip.State != Stored && clip.State != Gone {
				continue
			}
		} else if ending != "json" {
			s.log.Warn("something in incoming/ is not custodock's and stays", "name", e.Name())
			continue
		}
		if err := os.Remove(filepath.Join(s.incomingPath(), e.Name())); err != nil {
			return fmt.Errorf("clean incoming: %w", err)
		}
	}
	return nil
}

// closeInterrupted closes the dockings that were open when the daemon ended.
func (s *Store) closeInterrupted(now time.Time) error {
	var events []event
	err := s.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketMeta).Cursor()
		prefix := []byte(keyOpenDocking)
		for k, _ := c.Seek(prefix); hasPrefix(k, prefix); k, _ = c.Next() {
			d, err := getRow[Docking](tx, bucketDockings, string(k[len(prefix):]))
			if err != nil {
				return err
			}
			d.Closed = ClosedInterrupted
			events = append(events, event{At: stamp(now), What: "interrupted", Docking: d})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.commit(events...)
}
