package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// adopt gives a row to every clip in a folder whose record says that it is
// stored there and which the ledger does not tell of: the ledger was lost, or
// the folder comes from another archive.
func (r *rebuilder) adopt(dir string) error {
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var clips []*Clip
	for _, e := range list {
		name, isRecord := strings.CutSuffix(e.Name(), recordSuffix)
		if !isRecord {
			continue
		}
		clip, err := r.unknown(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if clip != nil {
			clips = append(clips, clip)
		}
	}
	if len(clips) == 0 {
		return nil
	}
	r.report.Adopted += len(clips)
	return r.s.db.Update(func(tx *bolt.Tx) error {
		for _, c := range clips {
			if err := r.s.adoptClip(tx, c); err != nil {
				return fmt.Errorf("adopt %s: %w", c.ArchivePath, err)
			}
		}
		return nil
	})
}

// unknown returns the row of a stored clip that only its record makes known,
// or nil.
func (r *rebuilder) unknown(path string) (*Clip, error) {
	clip := r.s.recordOf(path)
	if clip == nil {
		return nil, nil
	}
	row, err := r.s.clip(clip.ID)
	switch {
	case errors.Is(err, ErrNotFound):
		return clip, nil
	case err != nil || row.State == Stored:
		return nil, err
	}
	// The ledger knows it, and not as stored: go by the bytes.
	if sum, err := hashFile(path); err != nil || sum != clip.SHA256 {
		return nil, nil //nolint:nilerr // a file without a row: inspect reports it
	}
	return clip, nil
}

// recordOf returns the record of the clip at path, or nil. A clip may be named
// like a record, and say what a record says: it then has one of its own.
func (s *Store) recordOf(path string) *Clip {
	below, err := filepath.Rel(s.opt.Dir, path)
	if err != nil {
		return nil
	}
	clip, err := readRecord(path + recordSuffix)
	if err != nil || clip.ArchivePath != below || clip.State != Stored {
		return nil
	}
	if errors.Join(checkElement(clip.ID), checkElement(clip.Camera)) != nil || s.recordOf(path+recordSuffix) != nil {
		return nil
	}
	return clip
}

func (s *Store) adoptClip(tx *bolt.Tx, clip *Clip) error {
	err := eachVariant(tx, clip, func(v *Clip) error {
		if v.ID != clip.ID && v.Variant >= clip.Variant {
			clip.Variant = v.Variant + 1 // seen anew after the ledger was lost
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.putClip(tx, clip); err != nil {
		return err
	}
	camera, err := getRow[Camera](tx, bucketCameras, clip.Camera)
	if errors.Is(err, ErrNotFound) {
		camera, err = &Camera{Serial: clip.Camera, FirstSeenAt: clip.SeenAt}, nil
	}
	if err != nil {
		return err
	}
	if clip.SeenAt.Before(camera.FirstSeenAt) {
		camera.FirstSeenAt = clip.SeenAt
	}
	return putRow(tx, bucketCameras, camera.Serial, camera)
}
