package massstorage

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"custodock/device"
	"custodock/device/devicetest"
)

func TestSuiteFolder(t *testing.T) {
	devicetest.TestCamera(t, func(t *testing.T, files map[string]devicetest.File) devicetest.Subject {
		dir := mkdir(t, t.TempDir(), "7654321")
		return subject(t, dir, files, func(d device.Docked) {
			must(t, os.Rename(dir, dir+" taken away"))
			gone(t, d)
		})
	})
}

func TestSuiteMount(t *testing.T) {
	devicetest.TestCamera(t, func(t *testing.T, files map[string]devicetest.File) devicetest.Subject {
		dir := mkdir(t, t.TempDir(), "7654321")
		tmpfs(t, dir)
		return subject(t, dir, files, func(d device.Docked) {
			must(t, unix.Unmount(dir, unix.MNT_DETACH))
			gone(t, d)
		})
	})
}

// subject fills dir and docks it.
func subject(t *testing.T, dir string, files map[string]devicetest.File, pull func(device.Docked)) devicetest.Subject {
	put := func(path string, f devicetest.File) {
		path = filepath.Join(dir, path)
		write(t, path, string(f.Data))
		must(t, os.Chtimes(path, f.ModTime, f.ModTime))
	}
	for path, f := range files {
		put(path, f)
	}
	d := watch(t, Options{Roots: []string{filepath.Dir(dir)}}).next(filepath.Base(dir))
	t.Cleanup(func() { d.Camera.Close() })
	return devicetest.Subject{
		Camera: d.Camera,
		Write:  put,
		Remove: func(path string) { must(t, os.Remove(filepath.Join(dir, path))) },
		Pull:   func() { pull(d) },
	}
}
