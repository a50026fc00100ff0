package store

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
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
	s.lagging.Store(true) // for all that this process knows
	if err := s.lock(); err != nil {
		return err
	}
	defer s.unlock()
	if err := s.cleanIncoming(); err != nil {
		return err
	}
	return s.closeInterrupted(time.Now())
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
			if clip, err := s.clip(id); err == nil && clip.State != Stored && clip.State != Gone {
				continue
			}
		} else if ending != "json" {
			s.log.Warn("something in incoming/ is not custodock's and stays", "name", e.Name())
			continue
		}
		if err := os.Remove(filepath.Join(s.incomingPath(), e.Name())); err != nil {
			s.log.Error("a leftover in incoming/ cannot be removed", "name", e.Name(), "error", err)
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
			if err := recount(tx, d); err != nil {
				return err
			}
			events = append(events, event{At: stamp(now), What: "interrupted", Docking: d})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.commit(events...)
}

// recount brings the books of a docking up to date from the clips that are
// still on the camera: a daemon that was killed did not close them. Clips that
// were released since are not found, so that Stored is then too small.
func recount(tx *bolt.Tx, d *Docking) error {
	stored, unstored, left := 0, 0, int64(0)
	c := tx.Bucket(bucketOnCamera).Cursor()
	prefix := []byte(serialKey(d.Camera))
	for k, _ := c.Seek(prefix); hasPrefix(k, prefix); k, _ = c.Next() {
		clip, err := getRow[Clip](tx, bucketClips, string(k[len(prefix):]))
		switch {
		case err != nil:
			return err
		case clip.Docking != d.ID:
		case clip.State == Stored:
			stored++
		default:
			unstored++
			left += clip.Size
		}
	}
	d.Stored, d.Unstored, d.UnstoredBytes = max(d.Stored, stored), unstored, left
	return nil
}
