package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// Backup writes a copy of the catalog as it is at one moment, while the store
// is in use, and returns its size. Beside a copy of the archive that is not
// older the copy is a catalog: Open applies what the ledger has more.
func (s *Store) Backup(w io.Writer) (n int64, err error) {
	to := &firstError{Writer: w}
	err = s.db.View(func(tx *bolt.Tx) error {
		n, err = tx.WriteTo(to)
		return err
	})
	if to.err != nil {
		err = to.err
	}
	if err != nil {
		return n, fmt.Errorf("back up catalog: %w", err)
	}
	return n, nil
}

// firstError keeps what went wrong with a Writer: bbolt passes on only its text.
type firstError struct {
	io.Writer
	err error
}

func (w *firstError) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if w.err == nil {
		w.err = err
	}
	return n, err
}

// BackupFile writes a backup to a new file, durably. A file that exists is
// fs.ErrExist: a backup is never the reason that another one is lost.
func (s *Store) BackupFile(path string) (n int64, err error) {
	if there, err := exists(path); err != nil || there {
		return 0, fmt.Errorf("back up catalog: %w", errors.Join(err, existsError(path, there)))
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.partial")
	if err != nil {
		return 0, fmt.Errorf("back up catalog: %w", err)
	}
	n, err = s.Backup(f)
	if err == nil {
		err = errors.Join(inheritOwner(f.Name()), f.Sync())
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = renameNoReplace(f.Name(), path)
	}
	if err == nil {
		return n, syncFolder(filepath.Dir(path))
	}
	return 0, errors.Join(fmt.Errorf("back up to %s: %w", path, noSpace(err)), os.RemoveAll(f.Name()))
}

func existsError(path string, there bool) error {
	if !there {
		return nil
	}
	return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
}
