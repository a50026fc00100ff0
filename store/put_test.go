package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"
)

func TestPutStores(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	sizes := []int{
		0, 1, blockSize - 1, blockSize, blockSize + 1, chunkSize - 1, chunkSize, chunkSize + 1,
		directFrom - 1, directFrom, directFrom + 1, directFrom + blockSize - 1, 3*directFrom + 123,
	}
	var files []File
	for i, size := range sizes {
		files = append(files, File{Path: fmt.Sprintf("DCIM/A%04d.MP4", i), Size: int64(size), ModTime: at.Add(-time.Hour)})
	}
	_, listed := see(t, s, "CAM0001", files...)
	for i, l := range listed {
		data := pattern(sizes[i])
		put(t, s, l.Clip.ID, data)
		row := checkStored(t, s, l.Clip.ID, data)
		st := must[os.FileInfo](t)(os.Stat(filepath.Join(s.opt.Dir, row.ArchivePath)))
		if st.Mode().Perm() != 0o440 || !st.ModTime().Equal(row.ModTime) {
			t.Errorf("size %d: mode %v, time %v; want it write-protected and with the clip's time", sizes[i], st.Mode(), st.ModTime())
		}
	}
	checkEmpty(t, s)
	checkWhole(t, s)
}

// camera is a file on a camera that counts how it is read.
type camera struct {
	data    []byte
	offsets []int64
	cut     int64         // the reader fails here; 0: never
	hang    chan struct{} // … or waits here until it is closed
	atCut   func()
}

func (c *camera) open(_ context.Context, offset int64) (io.ReadCloser, error) {
	c.offsets = append(c.offsets, offset)
	rest := io.Reader(bytes.NewReader(c.data[offset:]))
	if c.cut > 0 && c.cut >= offset {
		rest = io.MultiReader(bytes.NewReader(c.data[offset:c.cut]), readerFunc(func([]byte) (int, error) {
			if c.atCut != nil {
				c.atCut()
			}
			if c.hang != nil {
				<-c.hang
			}
			return 0, errors.New("input/output error")
		}))
	}
	return io.NopCloser(rest), nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func TestPutResumes(t *testing.T) {
	t.Parallel()
	const cut = 2*directFrom + 5
	const kept = cut / chunkSize * chunkSize
	tests := []struct {
		name   string
		token  string
		damage func(t *testing.T, part string) // of what the first copy left
		change func(data []byte)               // of the clip on the camera
		offset int64                           // from which the camera is asked
	}{
		{name: "proven", token: "v1", offset: kept},
		{name: "without a token", offset: 0},
		{name: "other prefix on the disk", token: "v1", offset: 0, damage: flip(10)},
		{name: "short prefix on the disk", token: "v1", offset: 0, damage: func(t *testing.T, part string) {
			if err := os.Truncate(part, chunkSize); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "other prefix on the disk, no token", offset: 0, damage: flip(chunkSize + 3)},
		{name: "other bytes on the camera", offset: 0, change: func(data []byte) { data[chunkSize+9] ^= 1 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := openTest(t, t.TempDir())
			data := pattern(3*directFrom + 77)
			clip := seeOne(t, s, "A.MP4", len(data))
			c := &camera{data: data, cut: cut}
			_, err := s.Put(t.Context(), Copy{ID: clip.ID, Open: c.open, Token: tt.token})
			checkError(t, err, ErrSource)
			if tt.damage != nil {
				tt.damage(t, s.partPath(clip.ID))
			}
			if tt.change != nil {
				tt.change(data)
			}
			s.Close() // a restart keeps what is resumable
			s = openTest(t, s.opt.Dir)
			c.cut = 0
			if _, err := s.Put(t.Context(), Copy{ID: clip.ID, Open: c.open, Token: tt.token}); err != nil {
				t.Fatal(err)
			}
			if got := c.offsets[1]; got != tt.offset {
				t.Errorf("the camera was asked from %d; want %d", got, tt.offset)
			}
			checkStored(t, s, clip.ID, data)
			checkEmpty(t, s)
			checkWhole(t, s)
		})
	}
}

// A token proves nothing when the camera gave a new one.
func TestPutDoesNotResumeChangedClip(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	data := pattern(2 * directFrom)
	clip := seeOne(t, s, "A.MP4", len(data))
	c := &camera{data: data, cut: directFrom}
	_, err := s.Put(t.Context(), Copy{ID: clip.ID, Open: c.open, Token: "v1"})
	checkError(t, err, ErrSource)
	data[0], c.cut = ^data[0], 0
	if _, err := s.Put(t.Context(), Copy{ID: clip.ID, Open: c.open, Token: "v2"}); err != nil {
		t.Fatal(err)
	}
	if c.offsets[1] != 0 {
		t.Errorf("the camera was asked from %d; want 0", c.offsets[1])
	}
	checkStored(t, s, clip.ID, data)
}

func flip(offset int64) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		t.Helper()
		f := must[*os.File](t)(os.OpenFile(path, os.O_RDWR, 0))
		defer f.Close()
		b := make([]byte, 1)
		if _, err := f.ReadAt(b, offset); err != nil {
			t.Fatal(err)
		}
		b[0] ^= 0x10
		if _, err := f.WriteAt(b, offset); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPutRefusesWhatWasNotListed(t *testing.T) {
	t.Parallel()
	closed := errors.New("the file changed while it was read")
	tests := []struct {
		name string
		open func(context.Context, int64) (io.ReadCloser, error)
		want error
	}{
		{"shorter", from(pattern(directFrom - 1)), ErrSize},
		{"empty", from(nil), ErrSize},
		{"longer", from(pattern(directFrom + 1)), ErrSize},
		{"much longer", from(pattern(3 * directFrom)), ErrSize},
		{"broken at once", func(context.Context, int64) (io.ReadCloser, error) {
			return io.NopCloser(iotest.ErrReader(errors.New("input/output error"))), nil
		}, ErrSource},
		{"not to be opened", func(context.Context, int64) (io.ReadCloser, error) { return nil, os.ErrPermission }, ErrSource},
		{"not to be opened", func(context.Context, int64) (io.ReadCloser, error) { return nil, os.ErrPermission }, os.ErrPermission},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := openTest(t, t.TempDir())
			clip := seeOne(t, s, "A.MP4", directFrom)
			_, err := s.Put(t.Context(), Copy{ID: clip.ID, Open: tt.open})
			checkError(t, err, tt.want)
			checkEmpty(t, s)
			checkWhole(t, s)
			put(t, s, clip.ID, pattern(directFrom))
			checkStored(t, s, clip.ID, pattern(directFrom))
		})
	}
	t.Run("changed while it was read", func(t *testing.T) {
		t.Parallel()
		s := openTest(t, t.TempDir())
		clip := seeOne(t, s, "A.MP4", directFrom)
		_, err := s.Put(t.Context(), Copy{ID: clip.ID, Open: func(context.Context, int64) (io.ReadCloser, error) {
			return closer{bytes.NewReader(pattern(directFrom)), closed}, nil
		}})
		checkError(t, err, closed)
		checkError(t, err, ErrSource)
		if row := must[*Clip](t)(s.Clip(clip.ID)); row.State != Seen {
			t.Errorf("the clip is %s; want seen", row.State)
		}
	})
}

type closer struct {
	io.Reader
	err error
}

func (c closer) Close() error { return c.err }

// A camera that hangs in the kernel must not keep the daemon from stopping.
func TestPutReturnsWhileTheCameraHangs(t *testing.T) {
	t.Parallel()
	t.Run("in a read", func(t *testing.T) {
		t.Parallel()
		s := openTest(t, t.TempDir())
		clip := seeOne(t, s, "A.MP4", 2*directFrom)
		ctx, cancel := context.WithCancel(t.Context())
		c := &camera{data: pattern(2 * directFrom), cut: directFrom, hang: make(chan struct{}), atCut: cancel}
		defer close(c.hang)
		_, err := s.Put(ctx, Copy{ID: clip.ID, Open: c.open, Token: "v1"})
		checkError(t, err, context.Canceled)
	})
	t.Run("in open", func(t *testing.T) {
		t.Parallel()
		s := openTest(t, t.TempDir())
		clip := seeOne(t, s, "A.MP4", 2*directFrom)
		ctx, cancel := context.WithCancel(t.Context())
		hang := make(chan struct{})
		defer close(hang)
		_, err := s.Put(ctx, Copy{ID: clip.ID, Open: func(context.Context, int64) (io.ReadCloser, error) {
			cancel()
			<-hang
			return nil, os.ErrDeadlineExceeded
		}})
		checkError(t, err, context.Canceled)
		checkEmpty(t, s)
	})
}

// The camera is one stream: nobody else may read from it before Put returns.
func TestPutReturnsAfterTheCameraIsFree(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	clip := seeOne(t, s, "A.MP4", 10)
	var mu sync.Mutex
	closed := false
	_, err := s.Put(t.Context(), Copy{ID: clip.ID, Open: func(context.Context, int64) (io.ReadCloser, error) {
		return closerFunc{bytes.NewReader(pattern(8 * directFrom)), func() error {
			mu.Lock()
			defer mu.Unlock()
			closed = true
			return nil
		}}, nil
	}})
	checkError(t, err, ErrSize)
	mu.Lock()
	defer mu.Unlock()
	if !closed {
		t.Error("Put returned before it closed the camera's file")
	}
}

type closerFunc struct {
	io.Reader
	close func() error
}

func (c closerFunc) Close() error { return c.close() }

func TestPutOnceOnly(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	clip := seeOne(t, s, "A.MP4", 10)
	_, err := s.Put(t.Context(), Copy{ID: clip.ID, Open: func(ctx context.Context, offset int64) (io.ReadCloser, error) {
		if _, err := s.Put(ctx, Copy{ID: clip.ID, Open: from(pattern(10))}); !errors.Is(err, ErrCopying) {
			t.Errorf("a second Put at the same time: %v; want ErrCopying", err)
		}
		return from(pattern(10))(ctx, offset)
	}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Put(t.Context(), Copy{ID: clip.ID})
	checkError(t, err, ErrStored)
	if got == nil || got.State != Stored {
		t.Errorf("a second Put gives %+v; want the stored clip", got)
	}
	_, err = s.Put(t.Context(), Copy{ID: "nobody"})
	checkError(t, err, ErrNotFound)
	checkWhole(t, s)
}

// Many small clips at once share their syncs, and each gets a file of its own.
func TestPutManyAtOnce(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	var files []File
	for i := range 200 {
		files = append(files, File{Path: fmt.Sprintf("DCIM/%03d/A.MP4", i), Size: 100, ModTime: at.Add(-time.Hour)})
	}
	_, listed := see(t, s, "CAM0001", files...)
	putAll(t, s, listed, func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, 100) })
	paths := make(map[string]bool)
	for i, l := range listed {
		paths[checkStored(t, s, l.Clip.ID, bytes.Repeat([]byte{byte(i)}, 100)).ArchivePath] = true
	}
	if len(paths) != len(listed) {
		t.Errorf("%d clips lie at %d places", len(listed), len(paths))
	}
	checkEmpty(t, s)
	checkWhole(t, s)
}

// putAll stores clips, 16 at a time.
func putAll(t testing.TB, s *Store, listed []Listed, data func(i int) []byte) {
	t.Helper()
	var group sync.WaitGroup
	work := make(chan int)
	for range 16 {
		group.Go(func() {
			for i := range work {
				if _, err := s.Put(context.Background(), Copy{ID: listed[i].Clip.ID, Open: from(data(i))}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range listed {
		work <- i
	}
	close(work)
	group.Wait()
}

// A disk that gives back other bytes than were written is found out before
// the clip counts as stored.
func TestPutReadsBack(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	data := pattern(2 * directFrom)
	clip := seeOne(t, s, "A.MP4", len(data))
	row := must[*Clip](t)(s.beginPut(clip.ID))
	p := must[*part](t)(s.openPart(row, ""))
	if err := p.fill(t.Context(), Copy{Open: from(data)}); err != nil {
		t.Fatal(err)
	}
	if err := p.sync(); err != nil {
		t.Fatal(err)
	}
	flip(directFrom+5)(t, s.partPath(clip.ID))
	err := p.interrupted(p.readback(t.Context()))
	checkError(t, err, ErrReadback)
	checkEmpty(t, s)
}

func TestPutKeepsTheErrorsPath(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	clip := seeOne(t, s, "DCIM/A.MP4", 10)
	_, err := s.Put(t.Context(), Copy{ID: clip.ID, Open: from(nil)})
	if err == nil || !strings.Contains(err.Error(), "DCIM/A.MP4") || !strings.Contains(err.Error(), "CAM0001") {
		t.Errorf("error %q; want it to name camera and path", err)
	}
}

// A clip that waits for its turn to be read back is given up with its context,
// and gives its turn to the next one.
func TestPutReadsBackInTurns(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	_, listed := see(t, s, "CAM0001", file("A", 1), file("B", 1))
	for range maxReadbacks - 1 {
		s.readbacks <- struct{}{}
	}
	put(t, s, listed[0].Clip.ID, []byte{1})
	s.readbacks <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.Put(ctx, Copy{ID: listed[1].Clip.ID, Open: from([]byte{1}), Progress: func(int64) { cancel() }})
	checkError(t, err, context.Canceled)
	<-s.readbacks
	put(t, s, listed[1].Clip.ID, []byte{1})
	checkWhole(t, s)
}
