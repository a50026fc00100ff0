package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

const (
	recordSuffix = ".json"

	// maxName leaves room for the record's ending and a number in a name of
	// 255 bytes, the most that Linux file systems take.
	maxName = 255 - len(recordSuffix) - len("~999999")
)

// errName is returned for names that must not reach a file system. The
// packages above escape what cameras say; this is the last gate.
var errName = errors.New("no valid name in the archive")

func checkElement(name string) error {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") || !utf8.ValidString(name) {
		return fmt.Errorf("%w: %.100q", errName, name)
	}
	return nil
}

// checkSerial is checkElement for a folder's name, which is not shortened.
func checkSerial(serial string) error {
	if err := checkElement(serial); err != nil || len(serial) <= maxName {
		return err
	}
	return fmt.Errorf("%w: %.100q… is too long", errName, serial)
}

// nameBook gives out names in the archive: one that is taken, on disk or by a
// clip about to be published, is never given out again.
type nameBook struct {
	mu    sync.Mutex
	taken map[string]bool // full paths of clips and records not yet on disk
	next  map[string]int  // where to go on looking, so that 10,000 equal names stay cheap
}

// maxRemembered bounds nameBook.next.
const maxRemembered = 10_000

// take returns a free path in dir for a clip called name.
func (b *nameBook) take(dir, name string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	plain := filepath.Join(dir, name)
	for n := max(b.next[plain], 1); ; n++ {
		path := filepath.Join(dir, numbered(name, n))
		free, err := b.free(path)
		if err != nil {
			return "", err
		}
		if !free {
			continue
		}
		b.taken[path], b.taken[path+recordSuffix] = true, true
		if n > 1 {
			if len(b.next) >= maxRemembered {
				clear(b.next)
			}
			b.next[plain] = n + 1
		}
		return path, nil
	}
}

func (b *nameBook) free(path string) (bool, error) {
	if strings.EqualFold(filepath.Base(path), sumsName) {
		return false, nil
	}
	for _, p := range []string{path, path + recordSuffix} {
		if b.taken[p] {
			return false, nil
		}
		if there, err := exists(p); err != nil || there {
			return false, err
		}
	}
	return true, nil
}

// release forgets a name that is on disk now, or not needed any more.
func (b *nameBook) release(path string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.taken, path)
	delete(b.taken, path+recordSuffix)
}

// numbered returns the n-th name: A0001.MP4, A0001~2.MP4, … Names too long for
// a record beside them lose their middle; the record keeps them whole.
func numbered(name string, n int) string {
	ext := filepath.Ext(name)
	if len(ext) > 16 || ext == name {
		ext = ""
	}
	stem := strings.TrimSuffix(name, ext)
	if over := len(name) - maxName; over > 0 {
		stem = stem[:len(stem)-over]
		for !utf8.ValidString(stem) {
			stem = stem[:len(stem)-1]
		}
	}
	if n > 1 {
		stem += "~" + strconv.Itoa(n)
	}
	return stem + ext
}

// archiveFolder returns the folder of a clip: the day of its recording, in
// the station's zone, and its camera. A clip whose recording time nobody
// knows lies under the day on which it was first seen.
func (s *Store) archiveFolder(c *Clip) (string, error) {
	if err := errors.Join(checkElement(c.Camera), checkElement(c.Name)); err != nil {
		return "", err
	}
	day := c.RecordedStart
	if day.IsZero() {
		day = c.RecordedEnd
	}
	if day.IsZero() {
		day = c.SeenAt
	}
	return filepath.Join(s.archivePath(), day.In(s.opt.Zone).Format("2006/01/02"), c.Camera), nil
}
