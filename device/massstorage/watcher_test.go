package massstorage

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"custodock/device"
	"custodock/device/devicetest"
)

const testSettle = 50 * time.Millisecond

func TestFolderDocksAndLeaves(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "early", "a.mp4"), "a")
	s := watch(t, Options{Roots: []string{root}, Settle: testSettle})
	early := s.next("early")
	if got, want := early.Camera.Info(), (device.Info{
		Serial: "early", Transport: device.TransportFolder, Location: filepath.Join(root, "early"), Folder: "early",
	}); got != want {
		t.Errorf("Info = %+v, want %+v", got, want)
	}
	write(t, filepath.Join(root, "late", "b.mp4"), "b")
	late := s.next("late")
	must(t, os.RemoveAll(filepath.Join(root, "early")))
	gone(t, early)
	if !devicetest.IsDocked(late) {
		t.Error("the other camera was undocked too")
	}
}

func TestEmptyFolderIsACamera(t *testing.T) {
	root := t.TempDir()
	mkdir(t, root, "empty")
	d := watch(t, Options{Roots: []string{root}, Settle: testSettle}).next("empty")
	if _, l := listAll(t, d.Camera.(*camera)); l.Clips != 0 || !l.Complete {
		t.Errorf("listing %+v", l)
	}
}

func TestRenamedAwayAndBack(t *testing.T) {
	root, elsewhere := t.TempDir(), t.TempDir()
	cam := filepath.Join(root, "cam")
	write(t, filepath.Join(cam, "sub", "a.mp4"), "a")
	s := watch(t, Options{Roots: []string{root}, Settle: testSettle})
	first := s.next("cam")
	must(t, os.Rename(cam, filepath.Join(elsewhere, "cam")))
	gone(t, first)
	must(t, os.Rename(filepath.Join(elsewhere, "cam"), cam))
	second := s.next("cam")
	if _, err := first.Camera.List(t.Context(), nil); !errors.Is(err, device.ErrGone) {
		t.Errorf("the same folder, docked anew, answers for its first docking: %v", err)
	}
	// Its folders are watched anew.
	write(t, filepath.Join(cam, "sub", "b.mp4"), "b")
	devicetest.Await(t, "the change", second.Changed)
	must(t, os.Rename(cam, filepath.Join(root, "other")))
	gone(t, second)
	s.next("other")
}

// Deleted and made again at once, often with the same inode number.
func TestReplacedFolder(t *testing.T) {
	root := t.TempDir()
	cam := mkdir(t, root, "cam")
	s := watch(t, Options{Roots: []string{root}})
	for range 20 {
		d := s.next("cam")
		must(t, os.Remove(cam))
		must(t, os.Mkdir(cam, 0o755))
		gone(t, d)
	}
	s.next("cam")
}

func TestChangedAfterDocking(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "cam", "DCIM", "a.mp4"), "a")
	d := watch(t, Options{Roots: []string{root}, Settle: testSettle}).next("cam")
	for i, change := range []func() error{
		func() error { return os.WriteFile(filepath.Join(root, "cam/DCIM/b.mp4"), []byte("b"), 0o600) },
		func() error { return os.MkdirAll(filepath.Join(root, "cam/NEW/100"), 0o700) },
		func() error { return os.WriteFile(filepath.Join(root, "cam/NEW/100/c.mp4"), nil, 0o600) },
		func() error { return os.Truncate(filepath.Join(root, "cam/DCIM/a.mp4"), 0) },
		func() error { return os.Remove(filepath.Join(root, "cam/DCIM/a.mp4")) },
	} {
		must(t, change())
		devicetest.Await(t, fmt.Sprint("change ", i), d.Changed)
	}
	if clips, _ := listAll(t, d.Camera.(*camera)); len(clips) != 2 || !devicetest.IsDocked(d) {
		t.Errorf("%d clips, docked %v; want 2, docked", len(clips), devicetest.IsDocked(d))
	}
}

// Without watches the slow timer finds everything, later.
func TestPollAlone(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "cam", "a.mp4"), "a")
	log, lines := devicetest.LogLines(slog.LevelDebug)
	w := NewWatcher(Options{Roots: []string{root}, Poll: 20 * time.Millisecond, Logger: log})
	w.maxWatches = 0
	d := run(t, w).next("cam")
	write(t, filepath.Join(root, "cam", "b.mp4"), "b")
	devicetest.Await(t, "the change", d.Changed)
	if len(lines) != 0 {
		t.Errorf("logged %s", <-lines)
	}
}

// A look that finds nothing new says nothing.
func TestNoChange(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "cam", "a.mp4"), "a")
	s := watch(t, Options{Roots: []string{root}, Poll: time.Millisecond})
	d := s.next("cam")
	for i := range 5 { // many polls long
		name := fmt.Sprint("other", i)
		mkdir(t, root, name)
		s.next(name)
	}
	select {
	case <-d.Changed:
		t.Error("a folder in which nothing changed is said to have changed")
	default:
	}
}

// No event tells that a dangling symlink has got its target.
func TestPollOfRoot(t *testing.T) {
	base := t.TempDir()
	target := filepath.Join(base, "target")
	mkdir(t, target, "cam1")
	must(t, os.Symlink("target", filepath.Join(base, "cameras")))
	s := watch(t, Options{Roots: []string{filepath.Join(base, "cameras")}, Poll: 20 * time.Millisecond})
	first := s.next("cam1")
	must(t, os.Rename(target, target+" away"))
	gone(t, first)
	mkdir(t, target, "cam2")
	s.next("cam2")
}

func TestWatchesAreBoundedAndDropped(t *testing.T) {
	root := t.TempDir()
	for i := range 10 {
		mkdir(t, root, "cam", fmt.Sprint(i))
	}
	mkdir(t, root, "cam", "deep", "...", "x") // fsnotify takes "/..." for all below
	w := NewWatcher(Options{Roots: []string{root}, Poll: time.Hour})
	w.maxWatches = 14
	session, err := w.newSession()
	must(t, err)
	t.Cleanup(session.close)
	d := station{devicetest.Watch(t, session.run)}.next("cam")
	// Every look that found a change renews the watches before it says so.
	check := func(when string, want int) {
		t.Helper()
		for devicetest.IsDocked(d) && session.watches.count() != want {
			devicetest.Await(t, "the look after "+when, d.Changed)
		}
		if got := session.watches.count(); got != want {
			t.Errorf("%s: %d watches, want %d", when, got, want)
		}
	}
	check("docked", 13)
	mkdir(t, root, "cam", "more", "and", "more")
	check("at the limit", 14)
	must(t, os.RemoveAll(filepath.Join(root, "cam", "more")))
	must(t, os.RemoveAll(filepath.Join(root, "cam", "deep")))
	check("after folders were removed", 11)
	must(t, os.RemoveAll(filepath.Join(root, "cam")))
	gone(t, d)
	check("undocked", 0)
}

func (w *watches) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.held)
}

func TestIgnoredEntries(t *testing.T) {
	root := t.TempDir()
	mkdir(t, root, ".hidden")
	write(t, filepath.Join(root, "file.mp4"), "")
	must(t, os.Symlink(t.TempDir(), filepath.Join(root, "link")))
	mkdir(t, root, "z")
	log, lines := devicetest.LogLines(slog.LevelDebug)
	s := watch(t, Options{Roots: []string{root}, Logger: log})
	s.next("z")
	for _, name := range []string{"zz", "zzz"} { // each is a scan more
		mkdir(t, root, name)
		s.next(name)
	}
	s.Nothing()
	var ignored []string
	for len(lines) > 0 {
		if line := <-lines; strings.Contains(line, "not a camera") {
			ignored = append(ignored, line)
		}
	}
	if len(ignored) != 3 {
		t.Errorf("logged %q, want each of three once", ignored)
	}
}

func TestRootComesLater(t *testing.T) {
	base := t.TempDir()
	root := filepath.Join(base, "run", "custodock", "cameras")
	s := watch(t, Options{Roots: []string{root}})
	mkdir(t, base, "noise")
	mkdir(t, root, "cam1")
	first := s.next("cam1")
	must(t, os.RemoveAll(filepath.Join(base, "run")))
	gone(t, first)
	mkdir(t, root)
	mkdir(t, root, "cam2")
	second := s.next("cam2")
	must(t, os.Rename(root, root+" away"))
	gone(t, second)
	must(t, os.Rename(root+" away", root))
	s.next("cam2")
}

func TestRootIsAFile(t *testing.T) {
	root := filepath.Join(t.TempDir(), "cameras")
	write(t, root, "")
	s := watch(t, Options{Roots: []string{root}})
	must(t, os.Remove(root))
	mkdir(t, root, "cam")
	s.next("cam")
}

// The same root by several names, and roots within roots: no camera twice, and
// no camera that holds others.
func TestRootsOverlap(t *testing.T) {
	base := t.TempDir()
	root := mkdir(t, base, "a")
	must(t, os.Symlink(root, filepath.Join(base, "alias")))
	mkdir(t, root, "cam1")
	mkdir(t, root, "nested", "cam2")
	mkdir(t, root, "leads", "deeper")
	s := watch(t, Options{Roots: []string{
		root, root + "/", filepath.Join(base, "alias"), filepath.Join(root, "nested"), filepath.Join(root, "leads/deeper/root"),
	}})
	got := []string{
		s.Any().Camera.Info().Location,
		s.Any().Camera.Info().Location,
	}
	slices.Sort(got)
	if want := []string{filepath.Join(root, "cam1"), filepath.Join(root, "nested/cam2")}; !slices.Equal(got, want) {
		t.Errorf("docked %q, want %q", got, want)
	}
	mkdir(t, root, "leads", "deeper", "root", "cam3")
	s.next("cam3")
	mkdir(t, root, "cam4")
	s.next("cam4")
	s.Nothing()
}

func TestOddFolderNames(t *testing.T) {
	root := t.TempDir()
	names := map[string]string{ // and their serials
		"a\nb": "a%0Ab", "\xff": "%FF", "执法 001": "执法 001", "100%": "100%", strings.Repeat("n", 255): strings.Repeat("n", 255),
		`back\040slash`: `back\040slash`,
	}
	for name := range names {
		write(t, filepath.Join(root, name, "a.mp4"), name)
	}
	s := watch(t, Options{Roots: []string{root}})
	var got, want []string
	for _, serial := range names {
		want = append(want, serial)
		d := s.Any()
		got = append(got, d.Camera.Info().Serial)
		if clips, _ := listAll(t, d.Camera.(*camera)); len(clips) != 1 {
			t.Errorf("%s: %d clips, want 1", d.Camera.Info().Folder, len(clips))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("serials %q, want %q", got, want)
	}
}

// A folder that nobody may read is said once, and docks when it may be read.
func TestUnreadableFolder(t *testing.T) {
	p := &place{spot: spot{path: "/x"}}
	log, lines := devicetest.LogLines(slog.LevelDebug)
	s := &session{log: log}
	for range 3 {
		s.warn(p, fmt.Errorf("open: %w", unix.EACCES))
		s.warn(p, fmt.Errorf("open: %w", unix.ENOENT))
		s.warn(p, device.ErrGone)
	}
	if len(lines) != 1 {
		t.Errorf("%d warnings, want 1", len(lines))
	}
}
