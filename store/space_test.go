package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestReserve(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reserve Reserve
		size    int64
		want    int64
	}{
		{Reserve{}, 1000, 0},
		{Reserve{Percent: 5}, 1000, 50},
		{Reserve{Bytes: 20}, 1000, 20},
		{Reserve{Percent: 100}, 1 << 50, 1 << 50},
	}
	for _, tt := range tests {
		if got := tt.reserve.bytes(tt.size); got != tt.want {
			t.Errorf("%+v of %d is %d; want %d", tt.reserve, tt.size, got, tt.want)
		}
	}
}

// smallDisk is a store on a file system of its own, of 16 MiB.
func smallDisk(t *testing.T, reserve Reserve) *Store {
	t.Helper()
	dir := t.TempDir()
	mount(t, "tmpfs", dir, "tmpfs", 0, "size=16m")
	opt := options(dir)
	opt.Reserve = reserve
	s := must[*Store](t)(Open(opt))
	t.Cleanup(func() { s.Close() })
	return s
}

// At the reserve nothing more is copied, the ledger is kept, what was copied
// of a clip stays, and with room it goes on by itself.
func TestReserveIsKept(t *testing.T) {
	t.Parallel()
	s := smallDisk(t, Reserve{Bytes: 8 << 20})
	const size = 3 << 20
	var files []File
	for i := range 3 {
		files = append(files, File{Path: fmt.Sprintf("%d.MP4", i), Size: size, ModTime: at})
	}
	_, listed := see(t, s, "CAM0001", files...)
	data := pattern(size)
	first := put(t, s, listed[0].Clip.ID, data)
	put(t, s, listed[1].Clip.ID, data)
	c := &camera{data: data}
	third := Copy{ID: listed[2].Clip.ID, Open: c.open, Token: "v1"}
	_, err := s.Put(t.Context(), third)
	checkError(t, err, ErrNoSpace)
	if len(c.offsets) != 0 {
		t.Error("the camera was read for a clip that has no room")
	}
	checkEmpty(t, s)
	if sp := must[Space](t)(s.Space()); sp.Size != 16<<20 || sp.Reserve != 8<<20 || sp.Free < sp.Reserve {
		t.Errorf("space %+v; want the reserve free", sp)
	}
	must[*Camera](t)(s.Assign("CAM0001", Holder{Badge: "1"}, at)) // facts go on

	freed := filepath.Join(s.opt.Dir, first.ArchivePath)
	moved := must[[]byte](t)(os.ReadFile(freed))
	if err := os.Remove(freed); err != nil {
		t.Fatal(err)
	}
	c.cut = directFrom + 1
	_, err = s.Put(t.Context(), third)
	checkError(t, err, ErrSource)
	if err := os.Truncate(s.partPath(third.ID), directFrom); err != nil { // as if nothing had been set aside
		t.Fatal(err)
	}
	if err := os.WriteFile(freed, moved, 0o440); err != nil {
		t.Fatal(err)
	}
	_, err = s.Put(t.Context(), third)
	checkError(t, err, ErrNoSpace)

	s.opt.Reserve = Reserve{Bytes: 1 << 20} // room is made
	c.cut = 0
	must[*Clip](t)(s.Put(t.Context(), third))
	if got := c.offsets[len(c.offsets)-1]; got != directFrom {
		t.Errorf("the camera was asked from %d; want the copy gone on from %d", got, directFrom)
	}
	checkStored(t, s, third.ID, data)
	checkWhole(t, s)
}

// fill takes all the room that is left but n bytes, and returns how to give it back.
func fill(t *testing.T, s *Store, n int64) (free func()) {
	t.Helper()
	path := filepath.Join(s.opt.Dir, "filler")
	f := must[*os.File](t)(os.Create(path))
	defer f.Close()
	sp := must[Space](t)(s.Space())
	if err := unix.Fallocate(int(f.Fd()), 0, 0, sp.Free-n); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
}

// On a disk that is really full every write says so, nothing that was
// acknowledged is lost, and with room all goes on.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	for _, room := range []int64{0, 4 << 10, 8 << 10, 16 << 10, 40 << 10, 64 << 10} {
		t.Run(fmt.Sprintf("%d KiB left", room>>10), func(t *testing.T) {
			t.Parallel()
			s := smallDisk(t, Reserve{})
			_, listed := see(t, s, "CAM0001", File{Path: "A.MP4", Size: 9000, ModTime: at}, File{Path: "B.MP4", Size: 9000, ModTime: at})
			data := bytes.Repeat([]byte{7}, 9000)
			put(t, s, listed[0].Clip.ID, data)
			known := map[string]bool{listed[0].Clip.ID: true, listed[1].Clip.ID: true}
			free := fill(t, s, room)
			failed := 0
			for i := range 40 {
				_, err := s.Assign("CAM0001", Holder{Badge: fmt.Sprint(i), Name: string(make([]byte, 500))}, at)
				if err == nil {
					_, err = s.Put(t.Context(), Copy{ID: listed[1].Clip.ID, Open: from(data)})
				}
				if errors.Is(err, ErrStored) {
					err = nil
				}
				if err != nil {
					checkError(t, err, ErrNoSpace)
					failed++
				}
			}
			if failed == 0 {
				t.Error("40 facts found room on a full disk")
			}
			checkStored(t, s, listed[0].Clip.ID, data)
			free()
			if _, err := s.Put(t.Context(), Copy{ID: listed[1].Clip.ID, Open: from(data)}); err != nil && !errors.Is(err, ErrStored) {
				t.Fatalf("with room again: %v", err)
			}
			for id := range known {
				checkStored(t, s, id, data)
			}
			checkEmpty(t, s)
			checkWhole(t, s)
			d := must[[]Docking](t)(s.Dockings("CAM0001", 1))
			if err := s.Undock(d[0].ID, at); err != nil {
				t.Fatal(err)
			}
			s.Close()
			checkRebuilt(t, s.opt.Dir)
		})
	}
}

// A station whose disk is full when it is set up starts as soon as there is
// room: nothing half made is in its way.
func TestOpenNewOnFullDisk(t *testing.T) {
	t.Parallel()
	s := smallDisk(t, Reserve{})
	s.Close()
	if err := os.Remove(s.catalogPath()); err != nil {
		t.Fatal(err)
	}
	free := fill(t, s, 8<<10)
	_, err := Open(options(s.opt.Dir))
	checkError(t, err, ErrNoSpace)
	free()
	s = must[*Store](t)(Open(options(s.opt.Dir)))
	defer s.Close()
	seeOne(t, s, "A.MP4", 1)
	checkWhole(t, s)
}
