package vdock

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// Files are what a camera recorded: SHA-256 by path on the camera.
type Files map[string]string

// Record adds a clip to the folder dir: size random bytes, recorded an hour
// ago. Equal seeds give equal bytes.
func (f Files) Record(dir, path string, size int64, seed uint64) error {
	name := filepath.Join(dir, path)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	file, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	h := sha256.New()
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	_, err = io.CopyN(io.MultiWriter(file, h), rand.NewChaCha8(key), size)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	// FAT keeps every second second.
	when := time.Now().Add(-time.Hour).Truncate(2 * time.Second)
	if err := os.Chtimes(name, when, when); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	f[path] = hex.EncodeToString(h.Sum(nil))
	return nil
}

// HashFile returns the SHA-256 of a file of the host.
func HashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}

// pack writes the files of a folder as a tar archive.
func pack(w io.Writer, dir string) error {
	t := tar.NewWriter(w)
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		header, err := tar.FileInfoHeader(info, "")
		if err != nil {
			return err
		}
		if header.Name, err = filepath.Rel(dir, name); err != nil {
			return err
		}
		if err := t.WriteHeader(header); err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(t, f)
		return err
	})
	return errors.Join(err, t.Close())
}
