package store

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

func TestOpenHeldByAnotherProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := child(t, "hold", dir)
	stdin := must[io.WriteCloser](t)(cmd.StdinPipe())
	stdout := must[io.ReadCloser](t)(cmd.StdoutPipe())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	_, err := Open(options(dir))
	checkError(t, err, ErrHeld)
	_, err = OpenReadOnly(options(dir))
	checkError(t, err, ErrHeld)
	_, err = Rebuild(t.Context(), options(dir), RebuildOptions{}, nil)
	checkError(t, err, ErrHeld)
	stdin.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	checkWhole(t, openTest(t, dir))
}

// Who waits for a catalog while Rebuild replaces it must not get the old one.
func TestOpenReplacedMeanwhile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir)
	s.Close()
	f := must[*os.File](t)(os.Open(s.catalogPath()))
	defer f.Close()
	if err := stillAt(s.catalogPath(), f); err != nil {
		t.Fatal(err)
	}
	if _, err := Rebuild(t.Context(), options(dir), RebuildOptions{}, nil); err != nil {
		t.Fatal(err)
	}
	checkError(t, stillAt(s.catalogPath(), f), errReplaced)
}

// filledStore has a catalog of many pages.
func filledStore(t *testing.T, dir string) {
	t.Helper()
	s := openTest(t, dir)
	var files []File
	for range 300 {
		files = append(files, File{Path: strings.Repeat("x", 50), Size: 1, ModTime: at})
	}
	_, listed := see(t, s, "CAM0001", files...)
	put(t, s, listed[0].Clip.ID, []byte{1})
	s.Close()
}

// Whatever lies at catalog.db: an error that says what to do, never a crash,
// and the file stays as it is.
func TestOpenDamagedCatalog(t *testing.T) {
	t.Parallel()
	whole := t.TempDir()
	filledStore(t, whole)
	good := must[[]byte](t)(os.ReadFile(filepath.Join(whole, "catalog.db")))
	used := usedBytes(t, whole)
	foreign := filepath.Join(t.TempDir(), "foreign.db")
	db := must[*bolt.DB](t)(bolt.Open(foreign, 0o640, nil))
	if err := db.Update(func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("photos")); return err }); err != nil {
		t.Fatal(err)
	}
	db.Close()
	cases := map[string][]byte{
		"text":           []byte("this is no database\n"),
		"zeros":          make([]byte, 64<<10),
		"another bbolt":  must[[]byte](t)(os.ReadFile(foreign)),
		"no meta page":   append(make([]byte, 8192), good[8192:]...),
		"SQLite":         append([]byte("SQLite format 3\x00"), make([]byte, 8000)...),
		"another format": bytes.ReplaceAll(good, []byte(catalogFormat), []byte("custodock catalog 9")),
	}
	for n := 0; n < used; n += used/97 + 1 {
		cases[fmt.Sprintf("cut at %d", n)] = good[:n]
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "catalog.db")
	for name, data := range cases {
		if err := os.WriteFile(path, data, 0o640); err != nil {
			t.Fatal(err)
		}
		for _, open := range []func(Options) (*Store, error){Open, OpenReadOnly} {
			s, err := open(options(dir))
			if !errors.Is(err, ErrCatalog) || !strings.Contains(err.Error(), "catalog.db") {
				t.Errorf("%s: %v; want ErrCatalog and the path", name, err)
			}
			if err == nil {
				s.Close()
			}
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

// usedBytes is how much of the file is in use: bbolt lets it grow in large steps.
func usedBytes(t *testing.T, dir string) (n int) {
	t.Helper()
	s := must[*Store](t)(OpenReadOnly(options(dir)))
	defer s.Close()
	if err := s.db.View(func(tx *bolt.Tx) error { n = int(tx.Size()); return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

// Garbage on pages: whatever Open makes of it, it is no crash.
func TestOpenGarbagePages(t *testing.T) {
	t.Parallel()
	whole := t.TempDir()
	filledStore(t, whole)
	good := must[[]byte](t)(os.ReadFile(filepath.Join(whole, "catalog.db")))
	dir := t.TempDir()
	path := filepath.Join(dir, "catalog.db")
	random := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for range 150 {
		data := bytes.Clone(good)
		for page := os.Getpagesize(); page < len(data); page += os.Getpagesize() {
			if random.IntN(3) == 0 {
				for i := range 64 {
					data[page+i] = byte(random.Uint32())
				}
			}
		}
		if err := os.WriteFile(path, data, 0o640); err != nil {
			t.Fatal(err)
		}
		db, err := openCatalog(path, false)
		if err == nil {
			err = db.Close()
		} else {
			checkError(t, err, ErrCatalog)
			refused++
		}
		if err != nil && refused == 0 {
			t.Fatal(err)
		}
	}
	if refused < 100 {
		t.Errorf("%d of 150 damaged catalogs were refused; want most", refused)
	}
}

func TestOpenWithoutCatalog(t *testing.T) {
	t.Parallel()
	t.Run("read only", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		_, err := OpenReadOnly(options(dir))
		checkError(t, err, ErrNoCatalog)
		if left := must[[]os.DirEntry](t)(os.ReadDir(dir)); len(left) != 0 {
			t.Errorf("opening for reading made %v", left)
		}
	})
	for _, lost := range []string{"catalog", "catalog and ledger"} {
		t.Run(lost+" lost", func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			filledStore(t, dir)
			if err := os.Remove(filepath.Join(dir, "catalog.db")); err != nil {
				t.Fatal(err)
			}
			if lost != "catalog" {
				if err := os.RemoveAll(filepath.Join(dir, "archive", "ledger")); err != nil {
					t.Fatal(err)
				}
			}
			_, err := Open(options(dir))
			checkError(t, err, ErrNoCatalog)
			if !strings.Contains(err.Error(), "custodock rebuild --data-dir "+dir) {
				t.Errorf("error %q; want it to say how to go on", err)
			}
			checkAbsent(t, filepath.Join(dir, "catalog.db"))
		})
	}
	t.Run("a crash while it was made", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "catalog.db.new"), []byte("half"), 0o640); err != nil {
			t.Fatal(err)
		}
		checkWhole(t, openTest(t, dir))
		checkAbsent(t, filepath.Join(dir, "catalog.db.new"))
	})
}

func checkAbsent(t testing.TB, path string) {
	t.Helper()
	if there, err := exists(path); err != nil || there {
		t.Errorf("%s is there, %v", path, err)
	}
}

// A store that is open for reading only changes nothing on disk.
func TestOpenReadOnlyChangesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	filledStore(t, dir)
	s := must[*Store](t)(OpenReadOnly(options(dir)))
	defer s.Close()
	_, err := s.Put(t.Context(), Copy{ID: must[Page](t)(s.Clips(Filter{States: []State{Seen}}, at)).Clips[0].ID})
	checkError(t, err, fs.ErrPermission)
	_, err = s.Assign("CAM0001", Holder{Badge: "1"}, at)
	checkError(t, err, fs.ErrPermission)
	_, err = s.MissDue(at)
	checkError(t, err, fs.ErrPermission)
	_, err = OpenReadOnly(options(dir)) // readers do not exclude each other
	if err != nil {
		t.Fatal(err)
	}
	checkEmpty(t, s)
}

func TestClosedStore(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	clip := seeOne(t, s, "A.MP4", 5)
	pub := readyToPublish(t, s, clip.ID, "12345")
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	s.publishGroup([]*publication{pub})
	checkError(t, pub.err, fs.ErrClosed)
	_, err := s.Put(t.Context(), Copy{ID: clip.ID})
	checkError(t, err, fs.ErrClosed)
	if _, err := s.Clip(clip.ID); err == nil {
		t.Error("a closed store gives clips")
	}
	// What was ready and not promised is not stored, and can be stored again.
	s = openTest(t, s.opt.Dir)
	put(t, s, clip.ID, []byte("12345"))
	checkWhole(t, s)
}

// mount mounts a file system for the test. Only root can.
func mount(t *testing.T, source, target, kind string, flags uintptr, data string) {
	t.Helper()
	err := unix.Mount(source, target, kind, flags, data)
	if errors.Is(err, unix.EPERM) {
		t.Skip("mounting a file system needs root")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(target, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

func TestOpenAcrossFileSystems(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"another file system", "another mount of one"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			incoming := filepath.Join(dir, "incoming")
			if err := os.Mkdir(incoming, 0o750); err != nil {
				t.Fatal(err)
			}
			if name == "another file system" {
				mount(t, "tmpfs", incoming, "tmpfs", 0, "size=1m")
			} else {
				mount(t, t.TempDir(), incoming, "", unix.MS_BIND, "")
			}
			_, err := Open(options(dir))
			if err == nil || !strings.Contains(err.Error(), "different file systems; mount the disk at "+dir) {
				t.Fatalf("error %v; want it to say what to mount where", err)
			}
			checkAbsent(t, filepath.Join(dir, "catalog.db"))
		})
	}
}

func TestReadOnlyFileSystem(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	filledStore(t, dir)
	mount(t, dir, dir, "", unix.MS_BIND, "")
	if err := unix.Mount("", dir, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	_, err := Open(options(dir))
	checkError(t, err, unix.EROFS)
	if !strings.Contains(err.Error(), "cannot be written") {
		t.Errorf("error %q; want it to say that the folder cannot be written", err)
	}
	s := must[*Store](t)(OpenReadOnly(options(dir)))
	defer s.Close()
	if _, err := s.Verify(t.Context(), nil); err != nil {
		t.Error(err)
	}
	// The backup that is possible is one to elsewhere.
	if _, err := s.BackupFile(filepath.Join(dir, "backup.db")); !errors.Is(err, unix.EROFS) {
		t.Errorf("backup beside it: %v; want a read-only file system", err)
	}
	if _, err := s.BackupFile(filepath.Join(t.TempDir(), "backup.db")); err != nil {
		t.Error(err)
	}
}

// As when a disk fails and the kernel makes it read-only: the catalog is as it
// was, and to make it anew would not help.
func TestReadOnlyCatalog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	filledStore(t, dir)
	catalog := filepath.Join(dir, "catalog.db")
	mount(t, catalog, catalog, "", unix.MS_BIND, "")
	if err := unix.Mount("", catalog, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	_, err := Open(options(dir))
	checkError(t, err, unix.EROFS)
	if errors.Is(err, ErrCatalog) {
		t.Errorf("error %q; want it not to blame the catalog", err)
	}
}

// What root makes in a folder of the daemon's user belongs to that user.
func TestRootLocksNobodyOut(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can make files for another user")
	}
	dir := t.TempDir()
	if err := os.Chown(dir, 12345, 54321); err != nil {
		t.Fatal(err)
	}
	filledStore(t, dir)
	s := openTest(t, dir)
	if _, err := s.BackupFile(filepath.Join(dir, "backup.db")); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := Rebuild(t.Context(), options(dir), RebuildOptions{}, nil); err != nil {
		t.Fatal(err)
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		files++
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return err
		}
		if st.Uid != 12345 || st.Gid != 54321 {
			t.Errorf("%s belongs to %d:%d", path, st.Uid, st.Gid)
		}
		return nil
	})
	if err != nil || files < 15 {
		t.Errorf("looked at %d files, %v", files, err)
	}
}
