package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// What may be wrong in an archive.
const (
	DamageMissing    = "missing"      // a stored clip is not there, or is no file
	DamageUnreadable = "unreadable"   // the disk does not give it back
	DamageSize       = "size"         // a clip has more or fewer bytes
	DamageHash       = "hash"         // a clip has other bytes
	DamageRecord     = "record"       // the record beside a clip is missing, or says something else
	DamageSums       = "sums"         // SHA256SUMS lacks a clip, or has what is not there
	DamageUnknown    = "unknown-file" // a file that the catalog does not know
	DamageLedger     = "ledger"       // a line of the ledger is no fact
	DamageCatalog    = "catalog"      // a row of the catalog cannot be read
)

// Problem is one thing that is wrong.
type Problem struct {
	Clip   string `json:"clip,omitempty"` // id, where it is about one
	Path   string `json:"path"`           // below data_dir
	What   string `json:"what"`           // one of the Damage constants
	Detail string `json:"detail"`
}

// Progress says how far long work has come.
type Progress struct {
	Clips      int64  `json:"clips"` // looked at so far
	Bytes      int64  `json:"bytes"`
	TotalClips int64  `json:"total_clips"` // of those, as counted at the start
	TotalBytes int64  `json:"total_bytes"`
	Path       string `json:"path,omitempty"` // looked at just now
}

// progressEvery bounds how often progress is told.
const progressEvery = 100 * time.Millisecond

// inspector compares the archive with the catalog. Its methods may be called
// at the same time.
type inspector struct {
	s    *Store
	hash bool // read every byte; else sizes are believed
	tell func(Progress)

	mu       sync.Mutex
	at       Progress
	told     time.Time
	problems []Problem
	known    pathSet         // archive paths of stored clips
	promised map[string]bool // archive paths of clips that a crash interrupted
	sums     map[string]*seenSums
}

func (v *inspector) found(clip, path, what, format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.problems = append(v.problems, Problem{clip, path, what, fmt.Sprintf(format, args...)})
}

// sorted returns the problems by path.
func (v *inspector) sorted() []Problem {
	slices.SortFunc(v.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.What, b.What), cmp.Compare(a.Detail, b.Detail))
	})
	return append([]Problem{}, v.problems...)
}

func (v *inspector) progress(clips, bytes int64, path string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.at.Clips += clips
	v.at.Bytes += bytes
	v.at.Path = path
	if now := time.Now(); v.tell != nil && now.Sub(v.told) >= progressEvery {
		v.told = now
		v.tell(v.at)
	}
}

// inspect looks at one stored clip. An error is not about the clip: somebody
// wants to stop, or may not read the archive.
func (v *inspector) inspect(ctx context.Context, c *Clip) error {
	defer v.progress(1, 0, c.ArchivePath)
	path, err := v.s.ClipFile(c)
	if err != nil {
		v.found(c.ID, c.ArchivePath, DamageCatalog, "the catalog says that it is stored, but not where in the archive")
		return nil
	}
	if err := v.bytes(ctx, c, path); err != nil {
		return err
	}
	if err := v.record(c, path); err != nil {
		return err
	}
	return v.listed(c, path)
}

func (v *inspector) bytes(ctx context.Context, c *Clip, path string) error {
	st, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		v.found(c.ID, c.ArchivePath, DamageMissing, "the file is not there")
		return nil
	case err != nil:
		return v.unreadable(c.ID, c.ArchivePath, err)
	case !st.Mode().IsRegular():
		v.found(c.ID, c.ArchivePath, DamageMissing, "it is no file but %s", st.Mode().Type())
		return nil
	case st.Size() != c.Size:
		v.found(c.ID, c.ArchivePath, DamageSize, "%d bytes instead of %d", st.Size(), c.Size)
		return nil
	case !v.hash:
		v.progress(0, c.Size, c.ArchivePath)
		return nil
	}
	sum, _, err := v.s.hashUncached(ctx, path, func(n int) { v.progress(0, int64(n), c.ArchivePath) })
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return v.unreadable(c.ID, c.ArchivePath, err)
	case sum != c.SHA256:
		v.found(c.ID, c.ArchivePath, DamageHash, "SHA-256 %s instead of %s", sum, c.SHA256)
	}
	return nil
}

// unreadable tells a disk that fails from a caller who may not read.
func (v *inspector) unreadable(clip, path string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return err
	}
	v.found(clip, path, DamageUnreadable, "%v", err)
	return nil
}

func (v *inspector) record(c *Clip, path string) error {
	at := c.ArchivePath + recordSuffix
	rec, err := readRecord(path + recordSuffix)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return err
	case errors.Is(err, fs.ErrNotExist):
		v.found(c.ID, at, DamageRecord, "the clip's record is not there")
	case err != nil:
		v.found(c.ID, at, DamageRecord, "%v", err)
	default:
		for _, field := range recordDiffers(rec, c) {
			v.found(c.ID, at, DamageRecord, "it has another %s than the catalog", field)
		}
	}
	return nil
}

// recordDiffers names what never changes in a stored clip and is not the same.
func recordDiffers(rec, row *Clip) (fields []string) {
	for _, f := range []struct {
		name string
		same bool
	}{
		{"id", rec.ID == row.ID},
		{"camera", rec.Camera == row.Camera},
		{"path on the camera", rec.rawPath() == row.rawPath() && rec.Path == row.Path},
		{"size", rec.Size == row.Size},
		{"SHA-256", rec.SHA256 == row.SHA256},
		{"place in the archive", rec.ArchivePath == row.ArchivePath},
		{"storage time", rec.StoredAt.Equal(row.StoredAt)},
	} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	return fields
}

// seenSums is a folder's SHA256SUMS as it was when it was read.
type seenSums struct {
	*sums
	size int64
	time time.Time
}

// maxSeenSums bounds how many are kept: clips follow each other in few folders.
const maxSeenSums = 32

func (v *inspector) listed(c *Clip, path string) error {
	dir, name := filepath.Split(path)
	sumsPath := filepath.Join(filepath.Dir(c.ArchivePath), sumsName)
	v.mu.Lock()
	s := v.sums[dir]
	v.mu.Unlock()
	if s == nil || s.names[name] == "" {
		var err error
		switch s, err = v.readSums(dir, s); {
		case errors.Is(err, fs.ErrPermission):
			return err
		case errors.Is(err, fs.ErrNotExist):
			return nil // the folder is lost, and with it the clip, which is said already
		case err != nil:
			v.found(c.ID, sumsPath, DamageSums, "%v", err)
			return nil
		}
	}
	if got := s.names[name]; got == "" {
		v.found(c.ID, sumsPath, DamageSums, "it lacks %q", name)
	} else if got != c.SHA256 {
		v.found(c.ID, sumsPath, DamageSums, "it has another SHA-256 for %q", name)
	}
	return nil
}

// readSums reads a folder's SHA256SUMS, anew only if it has changed since old.
func (v *inspector) readSums(dir string, old *seenSums) (*seenSums, error) {
	s := new(seenSums)
	if st, err := os.Stat(filepath.Join(dir, sumsName)); err == nil {
		s.size, s.time = st.Size(), st.ModTime()
	}
	if old != nil && old.size == s.size && old.time.Equal(s.time) {
		return old, nil
	}
	var err error
	if s.sums, err = readSums(dir); err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.sums) >= maxSeenSums {
		clear(v.sums)
	}
	v.sums[dir] = s
	return s, nil
}
