package massstorage

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"custodock/device"
	"custodock/device/devicetest"
)

// dockedFolder is a camera without a watcher.
func dockedFolder(t *testing.T, dir string) *camera {
	t.Helper()
	root, err := os.Open(filepath.Dir(dir))
	must(t, err)
	defer root.Close()
	n, err := lookAt(root, filepath.Base(dir))
	must(t, err)
	c, err := openCamera(spot{path: dir, folder: n.identity()}, NewWatcher(Options{}).opts, make(chan struct{}))
	must(t, err)
	return c
}

func listAll(t *testing.T, c *camera) (map[string]device.Clip, device.Listing) {
	t.Helper()
	clips := make(map[string]device.Clip)
	l, err := c.List(t.Context(), func(clip device.Clip) error { clips[clip.Path] = clip; return nil })
	must(t, err)
	return clips, l
}

func reasons(l device.Listing) map[string]string {
	m := make(map[string]string)
	for _, s := range l.Skipped {
		m[s.Path] = s.Reason
	}
	return m
}

// checkSkipped compares a listing with what should be on it: one clip "a.mp4"
// and things that are none.
func checkSkipped(t *testing.T, dir string, complete bool, want map[string]string) {
	t.Helper()
	clips, l := listAll(t, dockedFolder(t, dir))
	if len(clips) != 1 || clips["a.mp4"].Path == "" {
		t.Errorf("clips %v, want a.mp4 alone", clips)
	}
	if got := reasons(l); fmt.Sprint(got) != fmt.Sprint(want) || l.SkippedN != len(want) || l.Complete != complete {
		t.Errorf("skipped %v (%d), complete %v; want %v, %v", got, l.SkippedN, l.Complete, want, complete)
	}
}

func TestListSkipsSpecialFiles(t *testing.T) {
	dir := mkdir(t, t.TempDir(), "cam")
	outside := mkdir(t, t.TempDir(), "outside")
	write(t, filepath.Join(outside, "secret.mp4"), "not on the camera")
	write(t, filepath.Join(dir, "a.mp4"), "a")
	want := map[string]string{
		"link": device.SkipSymlink, "folderlink": device.SkipSymlink, "loop": device.SkipSymlink, "dangling": device.SkipSymlink,
		"sub/up": device.SkipSymlink, "fifo": device.SkipFIFO, "socket": device.SkipSocket,
	}
	mkdir(t, dir, "sub")
	for name, target := range map[string]string{
		"link": filepath.Join(outside, "secret.mp4"), "folderlink": outside, "loop": "loop", "dangling": "nowhere", "sub/up": "..",
	} {
		must(t, os.Symlink(target, filepath.Join(dir, name)))
	}
	must(t, unix.Mkfifo(filepath.Join(dir, "fifo"), 0o600))
	must(t, unix.Mknod(filepath.Join(dir, "socket"), unix.S_IFSOCK|0o600, 0))
	if os.Geteuid() == 0 { // only root can make devices
		must(t, unix.Mknod(filepath.Join(dir, "zero"), unix.S_IFCHR|0o600, int(unix.Mkdev(1, 5))))
		want["zero"] = device.SkipDevice
	}
	checkSkipped(t, dir, true, want)
}

func TestListSkipsOtherMounts(t *testing.T) {
	dir := mkdir(t, t.TempDir(), "cam")
	write(t, filepath.Join(dir, "a.mp4"), "a")
	write(t, filepath.Join(dir, "file"), "")
	outside := mkdir(t, t.TempDir(), "outside")
	write(t, filepath.Join(outside, "secret.mp4"), "not on the camera")
	for name, source := range map[string]string{
		"other/file system":    "",
		"same/file system":     outside,
		"deep/down/loop":       dir,
		"deep/down/other loop": filepath.Join(dir, "deep"),
	} {
		target := mkdir(t, dir, name)
		if source == "" {
			tmpfs(t, target)
			continue
		}
		mount(t, source, target, "", unix.MS_BIND, "")
	}
	mount(t, filepath.Join(outside, "secret.mp4"), filepath.Join(dir, "file"), "", unix.MS_BIND, "")
	checkSkipped(t, dir, true, map[string]string{
		"other/file system":    device.SkipOtherMount,
		"same/file system":     device.SkipOtherMount,
		"deep/down/loop":       device.SkipLoop,
		"deep/down/other loop": device.SkipLoop,
		"file":                 device.SkipOtherMount,
	})
}

// publicTempDir is one that others may enter; t.TempDir's is not.
func publicTempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "custodock")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755))
	return dir
}

func TestListUnreadable(t *testing.T) {
	dir := mkdir(t, publicTempDir(t), "cam")
	write(t, filepath.Join(dir, "a.mp4"), "a")
	for name, mode := range map[string]os.FileMode{"closed/b.mp4": 0, "unaskable/c.mp4": 0o444} {
		folder := filepath.Join(dir, filepath.Dir(name))
		write(t, filepath.Join(dir, name), "")
		must(t, os.Chmod(folder, mode))
		t.Cleanup(func() { _ = os.Chmod(folder, 0o700) })
	}
	devicetest.AsNobody(func() {
		checkSkipped(t, dir, false, map[string]string{
			"closed": device.SkipUnreadable, "unaskable/c.mp4": device.SkipUnreadable,
		})
	})
}

// An unreadable clip is an error of that clip, and no sign that the camera
// left.
func TestReadErrorIsNotGone(t *testing.T) {
	dir := mkdir(t, publicTempDir(t), "cam")
	write(t, filepath.Join(dir, "a.mp4"), "a")
	must(t, os.Chmod(filepath.Join(dir, "a.mp4"), 0))
	c := dockedFolder(t, dir)
	clips, _ := listAll(t, c)
	devicetest.AsNobody(func() {
		_, err := c.Open(t.Context(), clips["a.mp4"], 0)
		if !errors.Is(err, unix.EACCES) || errors.Is(err, device.ErrGone) || errors.Is(err, device.ErrChanged) {
			t.Errorf("Open: %v, want permission denied and nothing else", err)
		}
	})
	if err := c.explain("read", "a.mp4", unix.EIO); !errors.Is(err, unix.EIO) || errors.Is(err, device.ErrGone) {
		t.Errorf("an I/O error of a camera that is there became %v", err)
	}
}

func TestListDepth(t *testing.T) {
	dir := mkdir(t, t.TempDir(), "cam")
	element := strings.Repeat("d", 200) // longer in all than a path may be in one call
	fd, err := unix.Open(dir, unix.O_DIRECTORY, 0)
	must(t, err)
	for depth := range device.MaxDepth + 2 {
		file, err := unix.Openat(fd, fmt.Sprintf("%02d.mp4", depth), unix.O_CREAT|unix.O_WRONLY, 0o600)
		must(t, err)
		unix.Close(file)
		must(t, unix.Mkdirat(fd, element, 0o700))
		sub, err := unix.Openat(fd, element, unix.O_DIRECTORY, 0)
		must(t, err)
		unix.Close(fd)
		fd = sub
	}
	unix.Close(fd)
	c := dockedFolder(t, dir)
	clips, l := listAll(t, c)
	if len(clips) != device.MaxDepth+1 || l.Complete || l.SkippedN != 1 || l.Skipped[0].Reason != device.SkipTooDeep {
		t.Errorf("%d clips, complete %v, skipped %d; want %d, not complete, 1 too deep", len(clips), l.Complete, l.SkippedN, device.MaxDepth+1)
	}
	for path, clip := range clips {
		r, err := c.Open(t.Context(), clip, 0)
		if err != nil {
			t.Fatalf("depth %d: %v", strings.Count(path, "/"), errors.Unwrap(err))
		}
		r.Close()
	}
}

func TestListMany(t *testing.T) {
	dir := mkdir(t, t.TempDir(), "cam")
	const files = 10_000
	first := filepath.Join(dir, "0", "0")
	write(t, first, "one file with many names: faster to make than many files")
	for i := 1; i < files; i++ {
		if i%1000 == 0 {
			mkdir(t, dir, fmt.Sprint(i/1000))
		}
		must(t, os.Link(first, filepath.Join(dir, fmt.Sprint(i/1000), fmt.Sprint(i))))
	}
	for i := range device.MaxSkipped + 5 {
		must(t, os.Symlink("x", filepath.Join(dir, fmt.Sprintf("link%d", i))))
	}
	clips, l := listAll(t, dockedFolder(t, dir))
	if len(clips) != files || l.Clips != files || !l.Complete {
		t.Errorf("%d clips, %d counted, complete %v; want %d", len(clips), l.Clips, l.Complete, files)
	}
	if l.SkippedN != device.MaxSkipped+5 || len(l.Skipped) != device.MaxSkipped {
		t.Errorf("%d skipped, %d named; want %d, %d", l.SkippedN, len(l.Skipped), device.MaxSkipped+5, device.MaxSkipped)
	}
}

// The bounds are too high to be met with real files in a test; the walk is
// started right below them.
func TestWalkEndsAtItsBounds(t *testing.T) {
	dir := mkdir(t, t.TempDir(), "cam")
	for i := range 5 {
		write(t, filepath.Join(dir, fmt.Sprint("f", i)), "")
		mkdir(t, dir, fmt.Sprint("d", i))
	}
	for name, w := range map[string]*walk{
		"files":   {files: device.MaxClips - 2},
		"folders": {others: device.MaxClips - 2},
	} {
		root, err := openFolder(dir)
		must(t, err)
		n, err := lookInto(root)
		must(t, err)
		visited, tooMany := 0, 0
		w.mount, w.above, w.complete = n.Mnt_id, []inode{n.inode()}, true
		w.visit = func(e entry) error {
			if e.skip == device.SkipTooMany {
				tooMany++
			} else if (e.node.kind() == unix.S_IFREG) == (name == "files") {
				visited++
			}
			return nil
		}
		err = w.folder(t.Context(), root, "")
		root.Close()
		if !errors.Is(err, errTooMany) || tooMany != 1 || visited != 2 {
			t.Errorf("%s: %v, %d said to be too many, %d visited; want 1, 2", name, err, tooMany, visited)
		}
	}
}

func TestWalkRefusesSlash(t *testing.T) {
	dir := mkdir(t, t.TempDir(), "cam")
	write(t, filepath.Join(filepath.Dir(dir), "secret"), "")
	root, err := openFolder(dir)
	must(t, err)
	defer root.Close()
	var got []entry
	w := &walk{visit: func(e entry) error { got = append(got, e); return nil }}
	must(t, w.entry(t.Context(), root, "../secret", "../secret"))
	if len(got) != 1 || got[0].skip != device.SkipUnreadable || got[0].node != nil {
		t.Errorf("visited %+v, want one unreadable entry", got)
	}
}

func TestOpenRefusesPathsOut(t *testing.T) {
	dir := mkdir(t, t.TempDir(), "cam")
	write(t, filepath.Join(dir, "sub", "a"), "a")
	write(t, filepath.Join(filepath.Dir(dir), "b"), "b")
	must(t, os.Symlink("sub", filepath.Join(dir, "link")))
	must(t, os.Symlink("sub/a", filepath.Join(dir, "a")))
	c := dockedFolder(t, dir)
	clips, _ := listAll(t, c)
	clip := clips["sub/a"]
	for _, path := range []string{"../b", "/etc/passwd", "sub/../sub/a", "sub//a", "./sub/a", "", "link/a", "a", "sub", "sub/a/x"} {
		clip.Path = path
		if r, err := c.Open(t.Context(), clip, 0); !errors.Is(err, device.ErrChanged) {
			if err == nil {
				r.Close()
			}
			t.Errorf("Open(%q): %v, want ErrChanged", path, err)
		}
	}
}

// A FIFO that took a clip's name, size and time must not hang whoever opens
// it, nor pass for the clip.
func TestOpenFIFO(t *testing.T) {
	dir := mkdir(t, t.TempDir(), "cam")
	must(t, unix.Mkfifo(filepath.Join(dir, "a"), 0o600))
	root, err := openFolder(dir)
	must(t, err)
	defer root.Close()
	fifo, err := openAt(root, "a", 0)
	must(t, err)
	defer fifo.Close()
	n, err := lookInto(fifo)
	must(t, err)
	clip := device.Clip{Path: "a", ModTime: n.modTime()}
	if _, err := dockedFolder(t, dir).Open(t.Context(), clip, 0); !errors.Is(err, device.ErrChanged) {
		t.Errorf("Open of a FIFO: %v, want ErrChanged", err)
	}
}

// The early end is an error of the read itself, not only of Close.
func TestReadOfCutFile(t *testing.T) {
	dir := mkdir(t, t.TempDir(), "cam")
	path := filepath.Join(dir, "a.mp4")
	write(t, path, strings.Repeat("a", 1000))
	c := dockedFolder(t, dir)
	clips, _ := listAll(t, c)
	r, err := c.Open(t.Context(), clips["a.mp4"], 0)
	must(t, err)
	defer r.Close()
	must(t, os.Truncate(path, 400))
	if got, err := io.ReadAll(r); len(got) != 400 || !errors.Is(err, device.ErrChanged) {
		t.Errorf("read %d bytes, %v; want 400, ErrChanged", len(got), err)
	}
}

// A file replaced by one of the same size and time is told by its token.
func TestTokenTellsReplacedFile(t *testing.T) {
	dir := mkdir(t, t.TempDir(), "cam")
	path := filepath.Join(dir, "a.mp4")
	write(t, path, "one")
	when := time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC)
	must(t, os.Chtimes(path, when, when))
	c := dockedFolder(t, dir)
	clips, _ := listAll(t, c)
	clip := clips["a.mp4"]
	if clip.Token != "" {
		t.Fatalf("token %q of a file that was changed just now", clip.Token)
	}
	root, err := openFolder(dir)
	must(t, err)
	defer root.Close()
	n, err := lookAt(root, "a.mp4")
	must(t, err)
	if clip.Token = n.token(time.Now().Add(time.Minute)); clip.Token == "" {
		t.Fatal("no token for a file that was quiet for a minute")
	}
	write(t, path, "two")
	must(t, os.Chtimes(path, when, when))
	if _, err := c.Open(t.Context(), clip, 0); !errors.Is(err, device.ErrChanged) {
		t.Errorf("Open of other bytes with the old size and time: %v, want ErrChanged", err)
	}
}

func TestReleaseReadOnly(t *testing.T) {
	dir := mkdir(t, t.TempDir(), "cam")
	tmpfs(t, dir)
	write(t, filepath.Join(dir, "a.mp4"), "a")
	d := watch(t, Options{Roots: []string{filepath.Dir(dir)}}).next("cam")
	c := d.Camera.(*camera)
	clips, _ := listAll(t, c)
	// Read-only only now: what counts is how it is, not how it docked.
	must(t, unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	if err := c.Release(t.Context(), clips["a.mp4"], sha256.Sum256([]byte("a"))); !errors.Is(err, device.ErrReadOnly) {
		t.Errorf("Release: %v, want ErrReadOnly", err)
	}
	if _, l := listAll(t, c); l.Clips != 1 || !devicetest.IsDocked(d) {
		t.Errorf("after the remount: %d clips, docked %v", l.Clips, devicetest.IsDocked(d))
	}
}

func TestOddTimesAndSizes(t *testing.T) {
	c := &camera{}
	for _, tt := range []struct {
		name string
		sec  int64
		want time.Time
	}{
		{"1970", 0, time.Unix(0, 0)},
		{"before 1970", -1, time.Unix(-1, 0)},
		{"future", 4e9, time.Unix(4e9, 0)},
		{"beyond any calendar", math.MaxInt64, time.Time{}},
		{"before any calendar", math.MinInt64, time.Time{}},
		{"year 10000", 253402300800, time.Time{}},
	} {
		n := node{unix.Statx_t{Mtime: unix.StatxTimestamp{Sec: tt.sec}, Size: 1 << 63}}
		clip := c.clip("a", &n, time.Now())
		if !clip.ModTime.Equal(tt.want) {
			t.Errorf("%s: time %v, want %v", tt.name, clip.ModTime, tt.want)
		}
		if _, err := clip.ModTime.MarshalJSON(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if clip.Size != math.MaxInt64 {
			t.Errorf("size %d, want the largest", clip.Size)
		}
	}
	if got := addSizes(math.MaxInt64-1, 2); got != math.MaxInt64 {
		t.Errorf("sum of sizes %d", got)
	}
}

// A folder that is deleted under a listing must not look like one that was
// emptied.
func TestListOfVanishingCamera(t *testing.T) {
	dir := mkdir(t, t.TempDir(), "cam")
	for i := range 2 * readdirChunk {
		write(t, filepath.Join(dir, fmt.Sprint(i)), "")
	}
	c := dockedFolder(t, dir)
	seen := 0
	_, err := c.List(context.Background(), func(device.Clip) error {
		if seen++; seen == 1 {
			must(t, os.RemoveAll(dir))
		}
		return nil
	})
	if !errors.Is(err, device.ErrGone) {
		t.Errorf("after %d clips: %v, want ErrGone", seen, err)
	}
}

// Another folder at the camera's path is another camera, also before the
// watcher has noticed.
func TestReplacedBehindTheWatcher(t *testing.T) {
	dir := mkdir(t, t.TempDir(), "cam")
	c := dockedFolder(t, dir)
	must(t, os.Rename(dir, dir+" away"))
	mkdir(t, dir)
	if _, err := c.List(t.Context(), nil); !errors.Is(err, device.ErrGone) {
		t.Errorf("List of the other folder: %v, want ErrGone", err)
	}
}

func TestTokenOnlyWhereItProves(t *testing.T) {
	dir := mkdir(t, t.TempDir(), "cam")
	if c := dockedFolder(t, dir); !c.tokens {
		t.Skip("the temporary folder is on a file system whose change times are not trusted")
	}
	tmpfs(t, dir)
	d := watch(t, Options{Roots: []string{filepath.Dir(dir)}}).next("cam")
	if d.Camera.(*camera).tokens {
		t.Error("tokens for a mount: FAT's inode numbers and change times prove nothing")
	}
}
