package massstorage

import (
	"context"
	"hash/maphash"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestSettler(t *testing.T) {
	t0 := time.Now()
	at := func(seconds float64) time.Time { return t0.Add(time.Duration(seconds * float64(time.Second))) }
	type look struct {
		sum    uint64
		newest float64 // seconds after t0
		start  float64
		want   float64 // seconds to wait
	}
	for _, tt := range []struct {
		name   string
		settle float64
		looks  []look
	}{
		{"at once", 0, []look{{1, 1e6, 0, 0}}},
		{"old folder needs one look", 2, []look{{1, -3600, 0, 0}}},
		{"exactly old enough", 2, []look{{1, -2, 0, 0}}},
		{"young folder waits for the rest", 2, []look{{1, -0.5, 0, 1.5}, {1, -0.5, 1.5, 0}}},
		{"changed meanwhile", 2, []look{{1, 0, 0, 2}, {2, 1.5, 2, 1.5}, {2, 1.5, 3.5, 0}}},
		{"future change times need two equal looks", 2, []look{{1, 1e6, 0, 2}, {1, 1e6, 1, 1}, {1, 1e6, 2, 0}}},
		{"changed back and forth", 2, []look{{1, 1e6, 0, 2}, {2, 1e6, 2, 2}, {1, 1e6, 3, 2}, {1, 1e6, 5, 0}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := settler{settle: time.Duration(tt.settle * float64(time.Second))}
			for i, l := range tt.looks {
				got := s.look(tree{sum: l.sum, newest: at(l.newest)}, at(l.start), at(l.start))
				if want := at(l.want).Sub(t0); got != want {
					t.Errorf("look %d: wait %v, want %v", i, got, want)
				}
			}
		})
	}
}

// A look takes time: what counts as quiet is between the end of one and the
// start of the next.
func TestSettlerSlowLooks(t *testing.T) {
	t0 := time.Now()
	s := settler{settle: 2 * time.Second}
	future := t0.Add(time.Hour)
	s.look(tree{sum: 1, newest: future}, t0, t0.Add(5*time.Second))
	if got := s.look(tree{sum: 1, newest: future}, t0.Add(6*time.Second), t0.Add(11*time.Second)); got != time.Second {
		t.Errorf("wait %v, want 1s", got)
	}
}

func TestFingerprint(t *testing.T) {
	dir := mkdir(t, t.TempDir(), "cam")
	write(t, filepath.Join(dir, "DCIM", "a.mp4"), "aaa")
	write(t, filepath.Join(dir, "DCIM", "b.mp4"), "bbb")
	seed := maphash.MakeSeed()
	take := func() (tree, []string) {
		var folders []string
		s := spot{path: dir, folder: dockedFolder(t, dir).id}
		got, err := fingerprint(context.Background(), seed, s, func(path string) { folders = append(folders, path) })
		must(t, err)
		return got, folders
	}
	last, folders := take()
	if len(folders) != 2 || folders[0] != "" || folders[1] != "DCIM" {
		t.Errorf("entered %q, want the root and DCIM", folders)
	}
	if again, _ := take(); again.sum != last.sum || !again.newest.Equal(last.newest) {
		t.Error("two looks at a quiet folder differ")
	}
	for _, change := range []struct {
		name string
		do   func() error
	}{
		{"bytes added", func() error { return os.WriteFile(filepath.Join(dir, "DCIM/a.mp4"), []byte("aaaa"), 0o600) }},
		{"time set", func() error { return os.Chtimes(filepath.Join(dir, "DCIM/b.mp4"), t0, t0) }},
		{"edited, time set back", func() error { return touch(filepath.Join(dir, "DCIM/a.mp4")) }},
		{"renamed", func() error { return os.Rename(filepath.Join(dir, "DCIM/b.mp4"), filepath.Join(dir, "DCIM/c.mp4")) }},
		{"symlink", func() error { return os.Symlink("x", filepath.Join(dir, "link")) }},
		{"empty folder", func() error { return os.Mkdir(filepath.Join(dir, "DCIM/new"), 0o700) }},
		{"removed", func() error { return os.Remove(filepath.Join(dir, "DCIM/a.mp4")) }},
	} {
		must(t, change.do())
		now, _ := take()
		if now.sum == last.sum {
			t.Errorf("%s: the fingerprint is the same", change.name)
		}
		last = now
	}
}

// touch sets a file's change time, and nothing else, to another one than it
// had; the kernel's clock for files may need some tries.
func touch(path string) error {
	var before, now unix.Stat_t
	if err := unix.Stat(path, &before); err != nil {
		return err
	}
	for now = before; now.Ctim == before.Ctim; {
		if err := os.Chmod(path, os.FileMode(before.Mode&0o777)); err != nil {
			return err
		}
		if err := unix.Stat(path, &now); err != nil {
			return err
		}
	}
	return nil
}

var t0 = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
