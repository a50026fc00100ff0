package simcam_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"custodock/device"
	"custodock/device/devicetest"
	"custodock/device/simcam"
)

func TestSuite(t *testing.T) {
	devicetest.TestCamera(t, func(t *testing.T, files map[string]devicetest.File) devicetest.Subject {
		o := simcam.Options{Info: device.Info{Serial: "SIM0001"}}
		for path, f := range files {
			o.Files = append(o.Files, file(path, f))
		}
		c := simcam.New(o)
		docked := c.Dock()
		return devicetest.Subject{
			Camera: docked.Camera,
			Write:  func(path string, f devicetest.File) { c.Put(file(path, f)) },
			Remove: c.Remove,
			Pull:   c.Undock,
		}
	})
}

func file(path string, f devicetest.File) simcam.File {
	return simcam.File{Path: path, Size: int64(len(f.Data)), ModTime: f.ModTime, Content: bytes.NewReader(f.Data)}
}

// oneClip is a camera with one clip of made-up bytes, docked.
func oneClip(t *testing.T, size int64) (*simcam.Camera, device.Docked, device.Clip) {
	t.Helper()
	c := simcam.New(simcam.Options{
		Info:  device.Info{Serial: "SIM0001"},
		Files: []simcam.File{{Path: "A.MP4", Size: size, Seed: 7, ModTime: time.Unix(1e9, 0)}},
	})
	docked := c.Dock()
	return c, docked, clips(t, docked.Camera)[0]
}

func clips(t *testing.T, c device.Camera) (all []device.Clip) {
	t.Helper()
	_, err := c.List(t.Context(), func(clip device.Clip) error { all = append(all, clip); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// readAll returns how many bytes came before the error, Close's included.
func readAll(ctx context.Context, c device.Camera, clip device.Clip) (int64, error) {
	r, err := c.Open(ctx, clip, 0)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(io.Discard, r)
	return n, errors.Join(err, r.Close())
}

func TestReadFaults(t *testing.T) {
	const size = 200_000
	for _, tt := range []struct {
		kind simcam.Kind
		at   int64
		n    int64
		want error
	}{
		{simcam.ReadError, 0, 0, syscall.EIO},
		{simcam.ReadError, 70_001, 70_001, syscall.EIO},
		{simcam.ReadError, size, size, syscall.EIO},
		{simcam.Pull, 70_001, 70_001, device.ErrGone},
		{simcam.Short, 70_001, 70_001, device.ErrChanged},
		{simcam.Grow, 5, size + 5, device.ErrChanged},
	} {
		t.Run(string(tt.kind), func(t *testing.T) {
			c, docked, clip := oneClip(t, size)
			hit := make(chan struct{}, 1)
			c.Script(simcam.Fault{Kind: tt.kind, Path: clip.Path, At: tt.at, Times: 1, Hit: hit})
			if n, err := readAll(t.Context(), docked.Camera, clip); n != tt.n || !errors.Is(err, tt.want) {
				t.Errorf("%s at %d: read %d bytes, %v; want %d, %v", tt.kind, tt.at, n, err, tt.n, tt.want)
			}
		})
	}
}

func TestFaultIsOverAfterItsTimes(t *testing.T) {
	c, docked, clip := oneClip(t, 1000)
	c.Script(simcam.Fault{Kind: simcam.ReadError, At: 500, Times: 2})
	for i, want := range []error{syscall.EIO, syscall.EIO, nil} {
		if _, err := readAll(t.Context(), docked.Camera, clip); !errors.Is(err, want) {
			t.Errorf("read %d: %v, want %v", i, err, want)
		}
	}
}

func TestPullEndsTheDockingForGood(t *testing.T) {
	c, docked, clip := oneClip(t, 1000)
	c.Script(simcam.Fault{Kind: simcam.Pull, At: 500, Times: 1})
	_, _ = readAll(t.Context(), docked.Camera, clip)
	<-docked.Gone
	again := c.Dock()
	if _, err := readAll(t.Context(), docked.Camera, clip); !errors.Is(err, device.ErrGone) {
		t.Errorf("the camera of the first docking: %v, want ErrGone", err)
	}
	if n, err := readAll(t.Context(), again.Camera, clip); n != 1000 || err != nil {
		t.Errorf("docked again: %d bytes, %v", n, err)
	}
}

func TestStall(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(c *simcam.Camera, cancel func())
		want error
	}{
		"resumed":   {func(c *simcam.Camera, _ func()) { c.Resume() }, nil},
		"cancelled": {func(_ *simcam.Camera, cancel func()) { cancel() }, context.Canceled},
		"pulled":    {func(c *simcam.Camera, _ func()) { c.Undock() }, device.ErrGone},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, docked, clip := oneClip(t, 1000)
				hit := make(chan struct{}, 1)
				c.Script(simcam.Fault{Kind: simcam.Stall, At: 500, Times: 1, Hit: hit})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				done := make(chan error, 1)
				go func() {
					_, err := readAll(ctx, docked.Camera, clip)
					done <- err
				}()
				<-hit
				synctest.Wait()
				select {
				case err := <-done:
					t.Fatalf("did not stall: %v", err)
				default:
				}
				tt.end(c, cancel)
				if err := <-done; !errors.Is(err, tt.want) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
			})
		})
	}
}

func TestFaultsAfterAStallAreMet(t *testing.T) {
	c, docked, clip := oneClip(t, 1000)
	hit := make(chan struct{}, 1)
	c.Script(simcam.Fault{Kind: simcam.Stall, At: 500, Hit: hit}, simcam.Fault{Kind: simcam.ReadError, At: 600})
	go func() { <-hit; c.Resume() }()
	if n, err := readAll(t.Context(), docked.Camera, clip); n != 600 || !errors.Is(err, syscall.EIO) {
		t.Errorf("read %d bytes, %v; want 600, EIO", n, err)
	}
}

func TestListFaults(t *testing.T) {
	for _, tt := range []struct {
		kind simcam.Kind
		want error
	}{{simcam.ListError, syscall.EIO}, {simcam.ListPull, device.ErrGone}} {
		t.Run(string(tt.kind), func(t *testing.T) {
			c, docked, _ := oneClip(t, 10)
			c.Script(simcam.Fault{Kind: tt.kind, At: 1})
			l, err := docked.Camera.List(t.Context(), func(device.Clip) error { return nil })
			if !errors.Is(err, tt.want) || l.Clips != 1 {
				t.Errorf("after %d clips: %v, want %v after 1", l.Clips, err, tt.want)
			}
		})
	}
}

func TestEndlessListingIsBounded(t *testing.T) {
	c, docked, _ := oneClip(t, 10)
	c.Script(simcam.Fault{Kind: simcam.Endless})
	l, err := docked.Camera.List(t.Context(), func(device.Clip) error { return nil })
	if err != nil || l.Complete || l.Clips != device.MaxClips || l.SkippedN != 1 {
		t.Errorf("listing %d clips, complete %v, %d skipped, %v", l.Clips, l.Complete, l.SkippedN, err)
	}
}

func TestRelease(t *testing.T) {
	c, docked, clip := oneClip(t, 1000)
	data, _ := io.ReadAll(io.NewSectionReader(simcam.Pattern(7), 0, 1000))
	sum := sha256.Sum256(data)
	c.Script(simcam.Fault{Kind: simcam.SecondRead, Times: 1})
	release := docked.Camera.(device.Releaser).Release
	if err := release(t.Context(), clip, sum); !errors.Is(err, device.ErrNotIdentical) {
		t.Errorf("second read differs: %v", err)
	}
	if err := release(t.Context(), clip, sum); err != nil || len(c.Paths()) != 0 {
		t.Errorf("second try: %v, left %q", err, c.Paths())
	}
}

func TestReleaseReadOnly(t *testing.T) {
	c := simcam.New(simcam.Options{Info: device.Info{Serial: "S", ReadOnly: true}, Files: []simcam.File{{Path: "a"}}})
	camera := c.Dock().Camera
	if err := camera.(device.Releaser).Release(t.Context(), clips(t, camera)[0], sha256.Sum256(nil)); !errors.Is(err, device.ErrReadOnly) {
		t.Errorf("got %v, want ErrReadOnly", err)
	}
}

func TestPattern(t *testing.T) {
	const size = 10_000
	data, err := io.ReadAll(io.NewSectionReader(simcam.Pattern(1), 0, size))
	if err != nil {
		t.Fatal(err)
	}
	if err := iotest.TestReader(io.NewSectionReader(simcam.Pattern(1), 0, size), data); err != nil {
		t.Error(err)
	}
	other := make([]byte, size)
	simcam.Pattern(2).ReadAt(other, 0)
	if bytes.Contains(other, data[:64]) || bytes.Contains(data, other[:64]) {
		t.Error("two seeds share bytes")
	}
	if bytes.Contains(data[8:], data[:8]) {
		t.Error("the pattern repeats")
	}
}

func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := simcam.New(simcam.Options{Files: []simcam.File{{Path: "a", Size: 1 << 20}}, Rate: 1 << 19})
		camera, start := c.Dock().Camera, time.Now()
		if n, err := readAll(t.Context(), camera, clips(t, camera)[0]); n != 1<<20 || err != nil {
			t.Fatal(n, err)
		}
		if took := time.Since(start).Round(time.Millisecond); took != 2*time.Second {
			t.Errorf("1 MiB at 512 KiB/s took %v", took)
		}
	})
}

func TestDock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dock := simcam.NewDock()
		early, late := simcam.New(simcam.Options{}), simcam.New(simcam.Options{})
		unseen := simcam.New(simcam.Options{})
		dock.Dock(early)
		dock.Dock(unseen)
		dock.Undock(unseen)
		ctx, cancel := context.WithCancel(t.Context())
		docked, ended := make(chan device.Docked, 3), make(chan error)
		go func() { ended <- dock.Run(ctx, func(d device.Docked) { docked <- d }) }()
		first := <-docked
		dock.Dock(late)
		second := <-docked
		early.Put(simcam.File{Path: "a"})
		<-first.Changed
		dock.Undock(early)
		<-first.Gone
		select {
		case <-second.Gone:
			t.Error("the other camera was undocked too")
		case d := <-docked:
			t.Errorf("unexpected docking of %v", d.Camera.Info())
		default:
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
