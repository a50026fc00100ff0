package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// at is an instant that tests count from.
var at = time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)

func openTest(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(Options{Dir: dir, Readback: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// see docks a camera and lists files on it, recorded an hour before.
func see(t *testing.T, s *Store, serial string, files ...File) (*Docking, []Listed) {
	t.Helper()
	d, _, err := s.Dock(Docking{Camera: serial, Bay: 1}, "", "", at)
	if err != nil {
		t.Fatal(err)
	}
	inv, err := s.Inventory(d.ID, at)
	if err != nil {
		t.Fatal(err)
	}
	listed, err := inv.Add(files, func(_ int, c *Clip) {
		c.Kind = KindVideo
		c.EndEarliest, c.EndLatest = at.Add(-time.Hour), at.Add(-time.Hour)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := inv.Close(true, nil, 0, ""); err != nil {
		t.Fatal(err)
	}
	return d, listed
}

func from(data []byte) func(context.Context, int64) (io.ReadCloser, error) {
	return func(_ context.Context, offset int64) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data[offset:])), nil
	}
}

func pattern(n int) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(i*7 + i>>8 + i>>16)
	}
	return data
}

func TestPutStores(t *testing.T) {
	for _, size := range []int{0, 1, 4095, 4096, chunkSize, chunkSize + 1, directFrom, 3*directFrom + 123} {
		dir := t.TempDir()
		s := openTest(t, dir)
		data := pattern(size)
		_, listed := see(t, s, "CAM0001", File{Path: "DCIM/A0001.MP4", Size: int64(size), ModTime: at.Add(-time.Hour)})
		clip, err := s.Put(t.Context(), Copy{ID: listed[0].Clip.ID, Open: from(data)})
		if err != nil {
			t.Fatalf("size %d: %v", size, err)
		}
		got, err := os.ReadFile(filepath.Join(dir, clip.ArchivePath))
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("size %d: the archive has %d bytes, %v", size, len(got), err)
		}
		sum := sha256.Sum256(data)
		row, err := s.Clip(clip.ID)
		if err != nil || row.State != Stored || row.SHA256 != hex.EncodeToString(sum[:]) {
			t.Fatalf("size %d: row %+v, %v", size, row, err)
		}
		check := exec.Command("sha256sum", "--strict", "-c", "SHA256SUMS")
		check.Dir = filepath.Dir(filepath.Join(dir, clip.ArchivePath))
		if out, err := check.CombinedOutput(); err != nil {
			t.Fatalf("size %d: sha256sum: %v\n%s", size, err, out)
		}
		if left, _ := os.ReadDir(s.incomingPath()); len(left) != 0 {
			t.Fatalf("size %d: incoming holds %v", size, left)
		}
	}
}
