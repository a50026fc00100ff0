package massstorage

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"custodock/device"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is for events that must come; no test's outcome hangs on it but a
// failing one's.
const patience = 30 * time.Second

// station is a running watcher and what it found.
type station struct {
	t      *testing.T
	docked chan device.Docked
}

// watch runs a watcher until the test ends. Without Poll it has events alone
// to live on.
func watch(t *testing.T, o Options) station {
	t.Helper()
	if o.Poll == 0 {
		o.Poll = time.Hour
	}
	return run(t, NewWatcher(o))
}

func run(t *testing.T, w *Watcher) station { return runWith(t, w.Run) }

func runWith(t *testing.T, run func(context.Context, func(device.Docked)) error) station {
	t.Helper()
	s := station{t, make(chan device.Docked, 100)}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, func(d device.Docked) { s.docked <- d }) }()
	t.Cleanup(func() {
		cancel()
		if err := receive(t, "the watcher's end", ended); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return s
}

// next returns the camera that docks next, which must be that of folder.
func (s station) next(folder string) device.Docked {
	s.t.Helper()
	d := receive(s.t, "the docking of "+folder, s.docked)
	if got := d.Camera.Info().Folder; got != folder {
		s.t.Fatalf("%s docked, want %s", got, folder)
	}
	return d
}

// nothing fails if a camera has docked. It proves something only after an
// event that would have come later.
func (s station) nothing() {
	s.t.Helper()
	select {
	case d := <-s.docked:
		s.t.Errorf("%s docked", d.Camera.Info().Location)
	default:
	}
}

// receive fails the test if nothing comes; a closed channel is something.
func receive[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

func gone(t *testing.T, d device.Docked) {
	t.Helper()
	receive(t, "the undocking of "+d.Camera.Info().Folder, d.Gone)
}

func isDocked(d device.Docked) bool {
	select {
	case <-d.Gone:
		return false
	default:
		return true
	}
}

// must is for the test's own file operations.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mkdir(t *testing.T, path ...string) string {
	t.Helper()
	dir := filepath.Join(path...)
	must(t, os.MkdirAll(dir, 0o755))
	return dir
}

func write(t *testing.T, path, content string) {
	t.Helper()
	mkdir(t, filepath.Dir(path))
	must(t, os.WriteFile(path, []byte(content), 0o644))
}

// mount mounts for the length of the test. Where that is not allowed there is
// no other way to have a mount, and the test is skipped.
func mount(t *testing.T, source, target, fsType string, flags uintptr, data string) {
	t.Helper()
	err := unix.Mount(source, target, fsType, flags, data)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		t.Skipf("mount(2) is not allowed here, and this test needs a mount: %v", err)
	}
	must(t, err)
	t.Cleanup(func() { _ = unix.Unmount(target, unix.MNT_DETACH) })
}

func tmpfs(t *testing.T, target string) {
	t.Helper()
	mount(t, "tmpfs", target, "tmpfs", 0, "size=16m")
}

func umount(t *testing.T, target string) {
	t.Helper()
	must(t, unix.Unmount(target, 0))
}

// asNobody runs f with the file access of a user without rights. It is the
// thread's and dies with it.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if os.Geteuid() == 0 {
			runtime.LockOSThread() // never unlocked: the thread ends here
			_ = unix.Setfsgid(65534)
			_ = unix.Setfsuid(65534)
		}
		f()
	}()
	<-done
}

// logLines is a logger whose lines arrive in a channel.
func logLines() (*slog.Logger, <-chan string) {
	lines := make(lineWriter, 1000)
	return slog.New(slog.NewTextHandler(lines, &slog.HandlerOptions{Level: slog.LevelDebug})), lines
}

type lineWriter chan string

func (w lineWriter) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}
