package store

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// dayFolders are the levels of folders above those of the cameras.
var dayFolders = []*regexp.Regexp{yearFolder, regexp.MustCompile(`^\d{2}$`), regexp.MustCompile(`^\d{2}$`)}

// cameraFolders calls f with every archive/YYYY/MM/DD/SERIAL.
func (s *Store) cameraFolders(ctx context.Context, f func(dir string) error) error {
	return s.eachFolder(ctx, s.archivePath(), dayFolders, f)
}

func (s *Store) eachFolder(ctx context.Context, dir string, levels []*regexp.Regexp, f func(string) error) error {
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // what was in it is missed one by one
	}
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := ctx.Err(); err != nil {
			return err
		}
		path := filepath.Join(dir, e.Name())
		switch {
		case !e.IsDir():
		case len(levels) == 0:
			err = f(path)
		case levels[0].MatchString(e.Name()):
			err = s.eachFolder(ctx, path, levels[1:], f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// folders looks for what the catalog does not know.
func (v *inspector) folders(ctx context.Context) error {
	v.known.freeze()
	return v.s.cameraFolders(ctx, v.folder)
}

func (v *inspector) folder(dir string) error {
	below, err := filepath.Rel(v.s.opt.Dir, dir)
	if err != nil {
		return err
	}
	// The sums first: what they name has its name already.
	sums, err := readSums(dir)
	if err != nil {
		return v.unreadable("", filepath.Join(below, sumsName), err)
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		return v.unreadable("", below, err)
	}
	there := make(map[string]bool, len(list))
	for _, e := range list {
		there[e.Name()] = true
	}
	v.checkSums(below, sums, there)
	delete(there, sumsName)
	maps.DeleteFunc(there, func(name string, _ bool) bool {
		clip, isRecord := strings.CutSuffix(name, recordSuffix)
		return v.known.has(filepath.Join(below, name)) || (isRecord && v.known.has(filepath.Join(below, clip)))
	})
	if len(there) == 0 {
		return nil
	}
	return v.strangers(below, there)
}

func (v *inspector) checkSums(below string, sums *sums, there map[string]bool) {
	at := filepath.Join(below, sumsName)
	for _, bad := range sums.bad {
		v.found("", at, DamageSums, "%s", bad)
	}
	for name := range sums.names {
		if !there[name] && !v.known.has(filepath.Join(below, name)) {
			v.found("", at, DamageSums, "it has %q, which is not there", name)
		}
	}
}

// strangers tells files that nobody knows from clips that were stored while
// the archive was looked at.
func (v *inspector) strangers(below string, names map[string]bool) error {
	return v.betweenWrites(func() error {
		for name := range names {
			clip, isRecord := strings.CutSuffix(name, recordSuffix)
			if isRecord && names[clip] {
				continue // one problem, not two
			}
			path := filepath.Join(below, name)
			if v.promised[path] || (isRecord && v.promised[filepath.Join(below, clip)]) || v.s.isStored(path) {
				continue
			}
			v.found("", path, DamageUnknown, "the catalog does not know it")
		}
		return nil
	})
}

// betweenWrites calls f when no clip is just being published, and with
// v.promised as it stands.
func (v *inspector) betweenWrites(f func() error) error {
	if !v.s.readOnly {
		v.s.writer.Lock()
		defer v.s.writer.Unlock()
		v.promised = nil
	}
	if v.promised == nil {
		promised, err := v.s.promised()
		if err != nil {
			return err
		}
		v.promised = promised
	}
	return f()
}

// isStored goes by the record of a path, which may be a record itself.
func (s *Store) isStored(path string) bool {
	for _, clip := range []string{path, strings.TrimSuffix(path, recordSuffix)} {
		rec := s.recordOf(filepath.Join(s.opt.Dir, clip))
		if rec == nil {
			continue
		}
		row, err := s.clip(rec.ID)
		if err == nil && row.State == Stored && row.ArchivePath == clip {
			return true
		}
	}
	return false
}

// promised returns the archive paths of clips that the ledger calls stored and
// the catalog does not: what a crash interrupted.
func (s *Store) promised() (map[string]bool, error) {
	from, err := s.position()
	if err != nil {
		return nil, err
	}
	paths := make(map[string]bool)
	err = s.ledger.replay(from, func(ev event, _ position) error {
		if ev.What == eventStored {
			paths[ev.ArchivePath] = true
		}
		return nil
	}, func(position, error) {})
	return paths, err
}

// ledger reads every line.
func (v *inspector) ledger(ctx context.Context) error {
	return v.s.ledger.replay(position{}, func(event, position) error { return ctx.Err() }, func(at position, err error) {
		v.found("", filepath.Join("archive", ledgerFolder, at.file), DamageLedger, "at byte %d: %v", at.offset, err)
	})
}
