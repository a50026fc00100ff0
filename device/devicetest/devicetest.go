// Package devicetest is what every kind of camera must do, as a test suite:
// the obligations of device.Camera, tried one by one.
package devicetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"custodock/device"
)

// File is a file on the camera under test.
type File struct {
	Data    []byte
	ModTime time.Time
}

// Subject is a docked camera under test, and what can happen to it from
// outside. Remove and Write return when the camera shows it.
type Subject struct {
	Camera device.Camera
	Write  func(path string, f File)
	Remove func(path string)
	Pull   func() // undocks it
}

// Make docks a camera with these files on it. The camera is the test's to
// close.
type Make func(t *testing.T, files map[string]File) Subject

// TestCamera runs the suite. A kind of camera that cannot have every path says
// which it can have.
func TestCamera(t *testing.T, mk Make, canHave ...func(path string) bool) {
	for name, test := range map[string]func(*testing.T, Make){
		"list":           testList,
		"list empty":     testListEmpty,
		"list ended":     testListEnded,
		"names":          func(t *testing.T, mk Make) { testNames(t, mk, canHave) },
		"open":           testOpen,
		"read at":        testReadAt,
		"cancel":         testCancel,
		"changed before": testChangedBefore,
		"changed during": testChangedDuring,
		"gone":           testGone,
		"closed":         testClosed,
		"concurrent":     testConcurrent,
		"release":        testRelease,
		"health":         testHealth,
	} {
		t.Run(name, func(t *testing.T) { test(t, mk) })
	}
}

// recorded is a time that every file system can keep: FAT has even seconds.
var recorded = time.Date(2026, 3, 4, 5, 6, 8, 0, time.UTC)

// sample has what a camera's card has: folders, an empty file, sizes around
// those of buffers.
func sample() map[string]File {
	return map[string]File{
		"DCIM/100MEDIA/A0001.MP4": {pattern(100_000, 1), recorded},
		"DCIM/100MEDIA/A0002.MP4": {pattern(1, 2), recorded.Add(time.Hour)},
		"DCIM/101MEDIA/A0001.MP4": {pattern(262_144, 3), recorded},
		"LOG/system.log":          {nil, recorded.Add(24 * time.Hour)},
		"top.txt":                 {pattern(262_145, 4), recorded},
	}
}

func pattern(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7+i>>8) + seed
	}
	return b
}

func testList(t *testing.T, mk Make) {
	files := sample()
	s := mk(t, files)
	clips, l := list(t, s.Camera)
	if got, want := slices.Sorted(maps.Keys(clips)), slices.Sorted(maps.Keys(files)); !slices.Equal(got, want) {
		t.Errorf("listed %q, want %q", got, want)
	}
	var total int64
	for path, c := range clips {
		total += c.Size
		if want := files[path]; c.Size != int64(len(want.Data)) || !c.ModTime.Equal(want.ModTime) {
			t.Errorf("%s: %d bytes of %v, want %d of %v", path, c.Size, c.ModTime, len(want.Data), want.ModTime)
		}
	}
	if !l.Complete || l.Clips != len(files) || l.Bytes != total || l.SkippedN != 0 {
		t.Errorf("listing %+v, want %d clips, %d bytes, complete", l, len(files), total)
	}
	if info := s.Camera.Info(); info.Serial == "" || device.EscapeName(info.Serial) != info.Serial {
		t.Errorf("serial %q is no valid path element", info.Serial)
	}
}

func testListEmpty(t *testing.T, mk Make) {
	clips, l := list(t, mk(t, nil).Camera)
	if len(clips) != 0 || !l.Complete || l.Clips != 0 || l.Bytes != 0 {
		t.Errorf("an empty camera lists as %v, %+v", clips, l)
	}
}

func testListEnded(t *testing.T, mk Make) {
	s := mk(t, sample())
	enough, calls := errors.New("enough"), 0
	l, err := s.Camera.List(t.Context(), func(device.Clip) error { calls++; return enough })
	if !errors.Is(err, enough) || calls != 1 || l.Complete {
		t.Errorf("yield's error: got %v after %d calls, complete %v", err, calls, l.Complete)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = s.Camera.List(ctx, func(device.Clip) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled listing returned %v", err)
	}
}

// testNames has names that cameras have had, and some that want to be obeyed.
func testNames(t *testing.T, mk Make, canHave []func(string) bool) {
	files := make(map[string]File)
	for i, path := range []string{
		"a\nb.mp4", "\xff\xfe.mp4", "cut\xe6\x89.mp4", "执法记录/视频 1.mp4", " lead and trail ", "...",
		"..../x", `C:\x`, "100%.mp4", "%2E%2E", "-rf", "\x1b[2J", "gpj\u202eexe", ".hidden", "CON",
		strings.Repeat("n", 255), strings.Repeat("长", 85), strings.Repeat("d", 255) + "/" + strings.Repeat("f", 255),
	} {
		if !slices.ContainsFunc(canHave, func(can func(string) bool) bool { return !can(path) }) {
			files[path] = File{pattern(10+i, byte(i)), recorded}
		}
	}
	s := mk(t, files)
	clips, l := list(t, s.Camera)
	if !l.Complete || l.Clips != len(files) {
		t.Errorf("listing %+v, want all %d", l, len(files))
	}
	for path, f := range files {
		if got := read(t, s.Camera, clips[path], 0); !bytes.Equal(got, f.Data) {
			t.Errorf("%q: %d bytes, want its %d", path, len(got), len(f.Data))
		}
	}
}

func testOpen(t *testing.T, mk Make) {
	files := sample()
	s := mk(t, files)
	clips, _ := list(t, s.Camera)
	for path, f := range files {
		size := int64(len(f.Data))
		for _, offset := range []int64{0, size / 2, size} {
			if got := read(t, s.Camera, clips[path], offset); !bytes.Equal(got, f.Data[offset:]) {
				t.Errorf("%s from %d: other bytes, %d of %d", path, offset, len(got), size-offset)
			}
		}
		for _, offset := range []int64{-1, size + 1} {
			if r, err := s.Camera.Open(t.Context(), clips[path], offset); err == nil {
				r.Close()
				t.Errorf("%s opened at %d of %d", path, offset, size)
			}
		}
	}
	const path = "DCIM/100MEDIA/A0001.MP4"
	r := open(t, s.Camera, clips[path], 0)
	defer r.Close()
	if err := iotest.TestReader(onlyReader{r}, files[path].Data); err != nil {
		t.Error(err)
	}
}

// onlyReader hides ReadAt, which is tested by itself.
type onlyReader struct{ io.Reader }

func testReadAt(t *testing.T, mk Make) {
	const path = "top.txt"
	files := sample()
	s := mk(t, files)
	clips, _ := list(t, s.Camera)
	r := open(t, s.Camera, clips[path], 5)
	defer r.Close()
	at, ok := r.(io.ReaderAt)
	if !ok {
		return // it may be, it need not
	}
	whole := io.NewSectionReader(at, 0, clips[path].Size)
	if err := iotest.TestReader(whole, files[path].Data); err != nil {
		t.Error(err)
	}
	if n, err := at.ReadAt(make([]byte, 10), clips[path].Size-3); n != 3 || !errors.Is(err, io.EOF) {
		t.Errorf("ReadAt over the end = %d, %v; want 3, EOF", n, err)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, files[path].Data[5:]) {
		t.Errorf("ReadAt disturbed Read: %d bytes, %v", len(got), err)
	}
}

func testCancel(t *testing.T, mk Make) {
	s := mk(t, sample())
	clips, _ := list(t, s.Camera)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := s.Camera.Open(ctx, clips["top.txt"], 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.ReadFull(r, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := r.Read(make([]byte, 10)); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled read returned %v", err)
	}
	if _, err := s.Camera.Open(ctx, clips["top.txt"], 0); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled open returned %v", err)
	}
}

func testChangedBefore(t *testing.T, mk Make) {
	const path = "DCIM/100MEDIA/A0001.MP4"
	old := sample()[path]
	for name, change := range map[string]func(Subject){
		"longer":     func(s Subject) { s.Write(path, File{append(old.Data, 1), old.ModTime}) },
		"shorter":    func(s Subject) { s.Write(path, File{old.Data[1:], old.ModTime}) },
		"other time": func(s Subject) { s.Write(path, File{old.Data, old.ModTime.Add(2 * time.Second)}) },
		"removed":    func(s Subject) { s.Remove(path) },
	} {
		t.Run(name, func(t *testing.T) {
			s := mk(t, sample())
			clips, _ := list(t, s.Camera)
			change(s)
			if r, err := s.Camera.Open(t.Context(), clips[path], 0); !errors.Is(err, device.ErrChanged) {
				if err == nil {
					r.Close()
				}
				t.Errorf("Open of a clip that is now %s: %v, want ErrChanged", name, err)
			}
		})
	}
}

// notReadToItsEnd is the case in which only Close can tell.
const notReadToItsEnd = "changes and is not read to its end"

func testChangedDuring(t *testing.T, mk Make) {
	const path = "DCIM/100MEDIA/A0001.MP4"
	old := sample()[path]
	for name, data := range map[string][]byte{
		"grows":         append(bytes.Clone(old.Data), 1, 2, 3),
		"shrinks":       old.Data[:50_000],
		"edited":        append(bytes.Clone(old.Data[:99_999]), 77),
		notReadToItsEnd: old.Data[1:],
	} {
		t.Run(name, func(t *testing.T) {
			s := mk(t, sample())
			clips, _ := list(t, s.Camera)
			r := open(t, s.Camera, clips[path], 0)
			if _, err := io.ReadFull(r, make([]byte, 1000)); err != nil {
				t.Fatal(err)
			}
			s.Write(path, File{data, old.ModTime.Add(2 * time.Second)})
			var err error
			if name != notReadToItsEnd {
				_, err = io.Copy(io.Discard, onlyReader{r})
			}
			if err := errors.Join(err, r.Close()); !errors.Is(err, device.ErrChanged) {
				t.Errorf("reading a clip that %s: %v, want ErrChanged", name, err)
			}
		})
	}
}

func testGone(t *testing.T, mk Make) {
	const path = "top.txt"
	files := sample()
	s := mk(t, files)
	clips, _ := list(t, s.Camera)
	r := open(t, s.Camera, clips[path], 0)
	if _, err := io.ReadFull(r, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	s.Pull()
	// What is open may still be read to its end, but not end early in peace.
	rest, err := io.ReadAll(onlyReader{r})
	if !errors.Is(err, device.ErrGone) && (err != nil || len(rest) != len(files[path].Data)-1000) {
		t.Errorf("read on after %d bytes: %v, want all of it or ErrGone", len(rest), err)
	}
	r.Close()
	for op, err := range everything(t.Context(), s.Camera, clips[path]) {
		if !errors.Is(err, device.ErrGone) {
			t.Errorf("%s on a pulled camera: %v, want ErrGone", op, err)
		}
	}
	if s.Camera.Info().Serial == "" {
		t.Error("a pulled camera forgot its serial")
	}
}

func testClosed(t *testing.T, mk Make) {
	s := mk(t, sample())
	clips, _ := list(t, s.Camera)
	if err := s.Camera.Close(); err != nil {
		t.Fatal(err)
	}
	for op, err := range everything(t.Context(), s.Camera, clips["top.txt"]) {
		if err == nil {
			t.Errorf("%s worked on a closed camera", op)
		}
	}
}

// everything calls all that asks the camera for something.
func everything(ctx context.Context, c device.Camera, clip device.Clip) map[string]error {
	errs := make(map[string]error)
	_, errs["List"] = c.List(ctx, func(device.Clip) error { return nil })
	r, err := c.Open(ctx, clip, 0)
	if errs["Open"] = err; err == nil {
		r.Close()
	}
	if h, ok := c.(device.HealthReader); ok {
		_, errs["Health"] = h.Health(ctx)
	}
	if r, ok := c.(device.Releaser); ok {
		errs["Release"] = r.Release(ctx, clip, [32]byte{})
	}
	return errs
}

// testConcurrent is for the race detector: one reader, and all the rest.
func testConcurrent(t *testing.T, mk Make) {
	s := mk(t, sample())
	clips, _ := list(t, s.Camera)
	var wg sync.WaitGroup
	try := func(f func() error) {
		wg.Go(func() {
			for range 20 {
				if err := f(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	try(func() error {
		r, err := s.Camera.Open(t.Context(), clips["top.txt"], 0)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, r)
		return errors.Join(err, r.Close())
	})
	for range 2 {
		try(func() error {
			l, err := s.Camera.List(t.Context(), func(device.Clip) error { return nil })
			if err == nil && l.Clips != len(clips) {
				err = fmt.Errorf("listed %d clips of %d", l.Clips, len(clips))
			}
			return err
		})
	}
	try(func() error {
		if s.Camera.Info().Serial == "" {
			return errors.New("no serial")
		}
		if h, ok := s.Camera.(device.HealthReader); ok {
			_, err := h.Health(t.Context())
			return err
		}
		return nil
	})
	wg.Wait()
}

// list returns all clips by path, and fails if one comes twice.
func list(t *testing.T, c device.Camera) (map[string]device.Clip, device.Listing) {
	t.Helper()
	clips := make(map[string]device.Clip)
	l, err := c.List(t.Context(), func(clip device.Clip) error {
		if _, twice := clips[clip.Path]; twice {
			t.Errorf("%q was listed twice", clip.Path)
		}
		clips[clip.Path] = clip
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return clips, l
}

func open(t *testing.T, c device.Camera, clip device.Clip, offset int64) io.ReadCloser {
	t.Helper()
	r, err := c.Open(t.Context(), clip, offset)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// read returns a clip's bytes from offset on, which must be readable to the end.
func read(t *testing.T, c device.Camera, clip device.Clip, offset int64) []byte {
	t.Helper()
	r := open(t, c, clip, offset)
	got, err := io.ReadAll(onlyReader{r})
	if err := errors.Join(err, r.Close()); err != nil {
		t.Errorf("read %q from %d: %v", clip.Path, offset, err)
	}
	return got
}
