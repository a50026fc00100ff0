//go:build e2e

package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// TestSparseFile stores a clip of 6 GiB that is nothing but holes: beyond 2
// and 4 GiB, where sizes are cut elsewhere.
func TestSparseFile(t *testing.T) {
	s := newStation(t)
	needs(t, s, 7<<30)
	path := filepath.Join(s.root, "CAM0001", "DCIM", "A0001.MP4")
	sum := record(t, rand.New(rand.NewPCG(1, 1)), filepath.Join(s.root, "CAM0001", "DCIM", "A0002.MP4"), 1000)
	if err := os.WriteFile(path, []byte("head"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 6<<30); err != nil {
		t.Fatal(err)
	}
	want, err := hashFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s.start()
	s.awaitStored(2)
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit status %d", code)
	}
	got := make(map[string]clip)
	for _, c := range s.clips() {
		got[c.Path] = c
	}
	if c := got["DCIM/A0001.MP4"]; c.Size != 6<<30 || c.SHA256 != want {
		t.Errorf("stored %d bytes with %s", c.Size, c.SHA256)
	}
	if got["DCIM/A0002.MP4"].SHA256 != sum {
		t.Error("the small clip beside it is another one")
	}
}

// needs skips a test for which the disk has no room.
func needs(t *testing.T, s *station, size int64) {
	t.Helper()
	var st syscall.Statfs_t
	if err := syscall.Statfs(s.root, &st); err != nil {
		t.Fatal(err)
	}
	if free := int64(st.Bavail) * st.Bsize; free < size {
		t.Skipf("the disk has %d MiB free, this needs %d", free>>20, size>>20)
	}
}

// TestManySmallFiles docks a camera with 100,000 files. All are known at once,
// and a SIGTERM in the middle of the copying ends the daemon and loses none.
func TestManySmallFiles(t *testing.T) {
	const files = 100_000
	s := newStation(t)
	dir := filepath.Join(s.root, "CAM0001", "DCIM")
	when := time.Now().Add(-time.Hour)
	for i := range files {
		path := filepath.Join(dir, fmt.Sprintf("%03d", i/1000), fmt.Sprintf("A%05d.JPG", i))
		if i%1000 == 0 {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(path, []byte(path), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	s.start()
	var status struct{ Clips struct{ Clips, Stored int } }
	s.await("/api/v1/status", &status, func() bool { return status.Clips.Clips == files && status.Clips.Stored > 1000 })
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit status %d", code)
	}
	states := make(map[string]int)
	for _, c := range s.clips() {
		states[c.State]++
	}
	if states["stored"]+states["seen"] != files || states["stored"] < 1000 {
		t.Errorf("after the stop: %v", states)
	}
	if out, code := s.command("verify", "--data-dir", s.data); code != 0 {
		t.Errorf("verify: exit %d: %s", code, out)
	}
}

// TestFullDisk gives the daemon a disk with room for half of the clips, and
// then more.
func TestFullDisk(t *testing.T) {
	s := newStation(t)
	if err := os.Mkdir(s.data, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", s.data, "tmpfs", 0, "size=12m"); err != nil {
		t.Skipf("no file system can be mounted here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(s.data, syscall.MNT_DETACH) })
	rng := rand.New(rand.NewPCG(2, 2))
	want := make(map[string]string)
	for i := range 10 {
		path := fmt.Sprintf("DCIM/A%04d.MP4", i)
		want["CAM0001/"+path] = record(t, rng, filepath.Join(s.root, "CAM0001", path), 2<<20)
	}
	s.start("CUSTODOCK_ARCHIVE_RESERVE=2MiB")
	var status struct {
		Warnings []struct{ What string }
		Bays     []struct{ State, Need string }
		Clips    struct{ Clips, Stored int }
	}
	s.await("/api/v1/status", &status, func() bool {
		full := slices.ContainsFunc(status.Warnings, func(w struct{ What string }) bool { return w.What == "archive-full" })
		return full && len(status.Bays) == 1 && status.Bays[0].Need == "room"
	})
	if status.Clips.Clips != 10 || status.Clips.Stored == 0 || status.Clips.Stored > 5 {
		t.Errorf("at the reserve: %+v", status.Clips)
	}
	if err := syscall.Mount("tmpfs", s.data, "tmpfs", syscall.MS_REMOUNT, "size=64m"); err != nil {
		t.Fatal(err)
	}
	s.awaitStored(10)
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit status %d", code)
	}
	s.checkArchive(want)
}

// TestRebuild loses the catalog and gets the same clips back.
func TestRebuild(t *testing.T) {
	s := newStation(t)
	rng := rand.New(rand.NewPCG(3, 3))
	want := make(map[string]string)
	for _, serial := range []string{"CAM0001", "CAM0002"} {
		for i := range 20 {
			path := fmt.Sprintf("DCIM/%d/A%04d.MP4", i%2, i%5)
			if i >= 10 {
				path = fmt.Sprintf("LOG/%d.log", i)
			}
			want[serial+"/"+path] = record(t, rng, filepath.Join(s.root, serial, path), rng.IntN(1<<18))
		}
	}
	s.start()
	s.awaitStored(len(want))
	s.stop(syscall.SIGTERM)
	before, _ := s.command("clips", "--data-dir", s.data, "-o", "json")
	if err := os.Remove(filepath.Join(s.data, "catalog.db")); err != nil {
		t.Fatal(err)
	}
	if out, code := s.command("rebuild", "--data-dir", s.data); code != 0 {
		t.Fatalf("rebuild: exit %d: %s", code, out)
	}
	after, _ := s.command("clips", "--data-dir", s.data, "-o", "json")
	if before != after {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	s.checkArchive(want)
}
