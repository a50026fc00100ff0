package massstorage

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"custodock/device"
	"custodock/device/devicetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// station is a running watcher and what it found.
type station struct{ devicetest.Watched }

// watch runs a watcher until the test ends. Without Poll it has events alone
// to live on.
func watch(t *testing.T, o Options) station {
	t.Helper()
	if o.Poll == 0 {
		o.Poll = time.Hour
	}
	return run(t, NewWatcher(o))
}

func run(t *testing.T, w *Watcher) station {
	t.Helper()
	return station{devicetest.Watch(t, w.Run)}
}

// next returns the camera that docks next, which must be that of folder.
func (s station) next(folder string) device.Docked {
	s.T.Helper()
	return s.Next(folder, func(i device.Info) string { return i.Folder })
}

func gone(t *testing.T, d device.Docked) {
	t.Helper()
	devicetest.Await(t, "the undocking of "+d.Camera.Info().Folder, d.Gone)
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
