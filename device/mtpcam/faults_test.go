package mtpcam

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device"
	"custodock/device/mtp"
	"custodock/device/simcam"
)

var recorded = time.Date(2026, 3, 4, 5, 6, 8, 0, time.UTC)

// big is a clip of made-up bytes that takes no memory.
func big(path string, size int64) simcam.File {
	return simcam.File{Path: path, Size: size, ModTime: recorded, Seed: uint64(size)}
}

func list(t *testing.T, c device.Camera) ([]device.Clip, device.Listing) {
	t.Helper()
	var clips []device.Clip
	l, err := c.List(t.Context(), func(c device.Clip) error { clips = append(clips, c); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return clips, l
}

func paths(clips []device.Clip) (all []string) {
	for _, c := range clips {
		all = append(all, c.Path)
	}
	slices.Sort(all)
	return all
}

// only returns the one clip on a camera.
func only(t *testing.T, c device.Camera) device.Clip {
	t.Helper()
	clips, _ := list(t, c)
	if len(clips) != 1 {
		t.Fatalf("listed %d clips; want one", len(clips))
	}
	return clips[0]
}

// sum hashes a clip from offset on.
func sum(ctx context.Context, c device.Camera, clip device.Clip, offset int64) ([32]byte, error) {
	r, err := c.Open(ctx, clip, offset)
	if err != nil {
		return [32]byte{}, err
	}
	h := sha256.New()
	_, err = io.CopyBuffer(struct{ io.Writer }{h}, struct{ io.Reader }{r}, make([]byte, 256<<10))
	return [32]byte(h.Sum(nil)), errors.Join(err, r.Close())
}

// want hashes what a file holds from offset on.
func want(f simcam.File, offset int64) [32]byte {
	h := sha256.New()
	_, _ = io.Copy(h, io.NewSectionReader(simcam.Pattern(f.Seed), offset, f.Size-offset))
	return [32]byte(h.Sum(nil))
}

// Clips larger than a part, read whole and from somewhere on, by every kind of
// responder: in parts where it gives parts, in one transaction where not.
func TestReadLarge(t *testing.T) {
	f := big("A.MP4", 5*partSize+77)
	for _, p := range simcam.Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			c := dockResponder(t, simcam.ResponderOptions{Profile: p, Storages: []simcam.Storage{{Files: []simcam.File{f}}}})
			clip := only(t, c)
			for _, offset := range []int64{0, 1, partSize, 3*partSize - 1, f.Size} {
				got, err := sum(t.Context(), c, clip, offset)
				if err != nil || got != want(f, offset) {
					t.Errorf("from %d: %x, %v; want %x", offset, got, err, want(f, offset))
				}
			}
		})
	}
}

// What goes wrong on the way, and what comes of it: the clip in full, or an
// error that names it, and a camera that goes on.
func TestFaults(t *testing.T) {
	f := big("A.MP4", 3*partSize+5)
	const inside = partSize + partSize/2
	for _, tt := range []struct {
		fault simcam.Fault
		want  error // nil: the clip comes all the same
	}{
		{simcam.Fault{Kind: simcam.SplitHeader}, nil},
		{simcam.Fault{Kind: simcam.OneRead}, nil},
		{simcam.Fault{Kind: simcam.NoEmptyPacket}, nil},
		{simcam.Fault{Kind: simcam.StrayZeros, At: 512}, nil},
		{simcam.Fault{Kind: simcam.StaleResponse}, nil},
		{simcam.Fault{Kind: simcam.Busy, Times: 2}, nil},
		{simcam.Fault{Kind: simcam.NotImplemented, Operation: mtp.OpGetPartialObject64}, nil},
		{simcam.Fault{Kind: simcam.Pull, Path: "A.MP4", At: inside}, device.ErrGone},
		{simcam.Fault{Kind: simcam.LyingPropSize, Path: "A.MP4", At: 10}, device.ErrChanged},
	} {
		t.Run(string(tt.fault.Kind), func(t *testing.T) {
			c := dockResponder(t, simcam.ResponderOptions{Storages: []simcam.Storage{{Files: []simcam.File{f}}}})
			if tt.fault.Kind == simcam.Pull {
				clip := only(t, c)
				c.responder.Script(tt.fault)
				if _, err := sum(t.Context(), c, clip, 0); !errors.Is(err, tt.want) {
					t.Errorf("reading a camera that is pulled: %v; want %v", err, tt.want)
				}
				return
			}
			c.responder.Script(tt.fault)
			clip := only(t, c)
			got, err := sum(t.Context(), c, clip, 0)
			switch {
			case !errors.Is(err, tt.want):
				t.Errorf("%v; want %v", err, tt.want)
			case err == nil && got != want(f, 0):
				t.Error("other bytes")
			}
			c.responder.Heal()
			clip = only(t, c)
			if got, err := sum(t.Context(), c, clip, 0); err != nil || got != want(f, 0) {
				t.Errorf("once it is over: %v, or other bytes", err)
			}
		})
	}
}

// A conversation that breaks is begun anew, and a clip is found again though
// all handles are others now.
func TestHandlesThatChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // a camera that is dead is waited for
		a, b := big("DCIM/A.MP4", 3*partSize), big("DCIM/B.MP4", 3*partSize+1)
		c := dockResponder(t, simcam.ResponderOptions{Storages: []simcam.Storage{{Files: []simcam.File{a, b}}}})
		c.responder.Script(simcam.Fault{Kind: simcam.NewHandles})
		clips, _ := list(t, c)
		c.responder.Script(simcam.Fault{Kind: simcam.Dead, Path: a.Path, At: partSize, Operation: mtp.OpGetPartialObject64, Times: 1})
		i := slices.IndexFunc(clips, func(c device.Clip) bool { return c.Path == a.Path })
		if _, err := sum(t.Context(), c, clips[i], 0); err == nil {
			t.Error("a dead camera was read")
		}
		for _, f := range []simcam.File{a, b} {
			i := slices.IndexFunc(clips, func(c device.Clip) bool { return c.Path == f.Path })
			if got, err := sum(t.Context(), c, clips[i], 0); err != nil || got != want(f, 0) {
				t.Errorf("%s by its old listing: %v, or other bytes", f.Path, err)
			}
		}
		if got := c.Camera.(*camera).line.session(); got != 2 {
			t.Errorf("the camera is in session %d; want the second", got)
		}
	})
}

// Storages beyond the first have their names in paths; one name twice in a
// folder is two clips.
func TestStoragesAndNamesTwice(t *testing.T) {
	a, again := big("DCIM/A.MP4", 100), big("DCIM/A.MP4", 200)
	c := dockResponder(t, simcam.ResponderOptions{Storages: []simcam.Storage{
		{Description: "Internal", Files: []simcam.File{a, again}},
		{Description: "SD/card", Files: []simcam.File{big("DCIM/A.MP4", 300)}},
		{Description: "SD/card", Files: []simcam.File{big("DCIM/A.MP4", 400)}},
	}})
	clips, l := list(t, c)
	names := []string{"DCIM/A.MP4", "DCIM/A.MP4", "SD%2Fcard 00030001/DCIM/A.MP4", "SD%2Fcard/DCIM/A.MP4"}
	if got := paths(clips); !l.Complete || !slices.Equal(got, names) {
		t.Errorf("listed %q, %+v; want %q", got, l, names)
	}
	for _, clip := range clips {
		f := big("", clip.Size)
		if got, err := sum(t.Context(), c, clip, 0); err != nil || got != want(f, 0) {
			t.Errorf("%s of %d bytes: %v, or other bytes", clip.Path, clip.Size, err)
		}
	}
}

// A camera that shows nothing yet is not taken for an empty one, and says so
// when it does.
func TestLocked(t *testing.T) {
	r := simcam.NewResponder(simcam.ResponderOptions{Profile: simcam.Android(), Storages: []simcam.Storage{{Files: []simcam.File{big("A.MP4", 1)}}}})
	c := dockAs(t, r)
	_, err := c.List(t.Context(), func(device.Clip) error { return nil })
	if !errors.Is(err, errNoStorage) {
		t.Errorf("a locked camera lists: %v; want %v", err, errNoStorage)
	}
	r.Unlock()
	<-c.(*camera).Changed()
	if got := only(t, c); got.Path != "A.MP4" {
		t.Errorf("listed %+v", got)
	}
}

func TestHealth(t *testing.T) {
	o := simcam.ResponderOptions{Battery: 73, ClockOffset: 90750 * time.Millisecond, Storages: []simcam.Storage{{Capacity: 64e9, Free: 16e9}, {Capacity: 1e9, Free: 1e9}}}
	const none = time.Duration(0)
	for _, tt := range []struct {
		profile simcam.Profile
		fault   simcam.Fault
		battery bool
		clock   time.Duration // as far as it can be told
		local   bool
	}{
		{profile: simcam.Android(), battery: true, clock: 90700 * time.Millisecond},              // it shows tenths
		{profile: simcam.BarePTP(), battery: true, clock: 90500 * time.Millisecond, local: true}, // it shows seconds: the middle of one
		{profile: simcam.QEMU(), clock: none},
		{profile: simcam.Umtprd(), clock: none},
		{profile: simcam.Android(), fault: simcam.Fault{Kind: simcam.WrongBatteryLevel, At: 255}, clock: 90700 * time.Millisecond},
		{profile: simcam.Android(), fault: simcam.Fault{Kind: simcam.WrongClock}, battery: true, clock: none},
	} {
		t.Run(fmt.Sprint(tt.profile.Name, tt.fault.Kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // where nothing takes any time
				o.Profile = tt.profile
				c := dockResponder(t, o)
				if tt.fault.Kind != "" {
					c.responder.Script(tt.fault)
				}
				h, err := c.Camera.(device.HealthReader).Health(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if (h.Battery != nil) != tt.battery || tt.battery && *h.Battery != 0.73 {
					t.Errorf("battery %v", h.Battery)
				}
				if (h.ClockOffset != nil) != (tt.clock != none) || h.LocalClock != tt.local || tt.clock != none && *h.ClockOffset != tt.clock {
					t.Errorf("clock %v, local %v; want %v, %v", h.ClockOffset, h.LocalClock, tt.clock, tt.local)
				}
				if h.StorageSize == nil || *h.StorageSize != 65e9 || h.StorageFree == nil || *h.StorageFree != 17e9 {
					t.Errorf("storage %v, %v", h.StorageSize, h.StorageFree)
				}
			})
		})
	}
}

// What a camera does not answer leaves only that unknown, in the time that there
// is for all of it.
func TestHealthInPart(t *testing.T) {
	type known struct{ clock, battery, space bool }
	for _, tt := range []struct {
		op   mtp.OperationCode
		want known
		once bool // it is not asked again
	}{
		{mtp.OpGetDevicePropValue, known{true, true, true}, true}, // the battery's description has a value too
		{mtp.OpGetDevicePropDesc, known{false, false, true}, false},
		{mtp.OpGetStorageInfo, known{true, true, false}, false},
		{mtp.OpGetStorageIDs, known{true, true, false}, false},
	} {
		for _, kind := range []simcam.Kind{simcam.Silence, simcam.Busy} {
			t.Run(fmt.Sprint(tt.op, kind), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := dockResponder(t, simcam.ResponderOptions{Profile: simcam.Android(), Battery: 73, Storages: []simcam.Storage{{Capacity: 2, Free: 1}}})
					c.responder.Script(simcam.Fault{Kind: kind, Operation: tt.op})
					for attempt := range 2 {
						ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
						start := time.Now()
						h, err := c.Camera.(device.HealthReader).Health(ctx)
						cancel()
						got := known{h.ClockOffset != nil, h.Battery != nil, h.StorageSize != nil}
						if err != nil || got != tt.want {
							t.Errorf("known %+v, %v; want %+v", got, err, tt.want)
						}
						if took := time.Since(start); took >= 10*time.Second || tt.once && attempt == 1 && took > 0 {
							t.Errorf("attempt %d took %v", attempt, took)
						}
					}
				})
			})
		}
	}
}

// A camera that dies of a question has answered those before it, and is not asked
// that one again.
func TestHealthDeadly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dockResponder(t, simcam.ResponderOptions{Profile: simcam.Android(), Battery: 73, Storages: []simcam.Storage{{Capacity: 2, Free: 1}}})
		c.responder.Script(simcam.Fault{Kind: simcam.Dead, Operation: mtp.OpGetDevicePropValue})
		for attempt := range uint32(2) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			h, err := c.Camera.(device.HealthReader).Health(ctx)
			cancel()
			if all := h.Battery != nil && h.StorageSize != nil; err != nil || h.ClockOffset == nil || all != (attempt == 1) {
				t.Errorf("attempt %d: %+v, %v", attempt, h, err)
			}
			time.Sleep(time.Minute) // until it was asked at rest, which begins a conversation
			if got := c.Camera.(*camera).line.session(); got != 2 {
				t.Errorf("in %d conversations, want 2", got)
			}
		}
	})
}

// While no conversation comes about, it is said why.
func TestHealthWithoutConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dockResponder(t, simcam.ResponderOptions{Profile: simcam.Android(), Storages: []simcam.Storage{{Capacity: 2, Free: 1}}})
		c.responder.Script(simcam.Fault{Kind: simcam.Dead, Operation: mtp.OpGetDevicePropDesc})
		for range 4 {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			if h, err := c.Camera.(device.HealthReader).Health(ctx); !errors.Is(err, mtp.ErrBroken) || h != (device.Health{}) {
				t.Errorf("%+v, %v", h, err)
			}
			cancel()
		}
	})
}

// A camera that answers nothing of all that was asked in vain.
func TestHealthInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dockResponder(t, simcam.ResponderOptions{Profile: simcam.Android(), Storages: []simcam.Storage{{Capacity: 2, Free: 1}}})
		c.responder.Script(simcam.Fault{Kind: simcam.Silence})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if h, err := c.Camera.(device.HealthReader).Health(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%+v, %v", h, err)
		}
	})
}

// A camera that takes ten seconds to say what its clock shows read it at some
// moment of these.
func TestSlowClock(t *testing.T) {
	p := simcam.Android()
	p.DeviceProps = []mtp.DevicePropCode{mtp.DevicePropDateTime}
	synctest.Test(t, func(t *testing.T) {
		c := dockResponder(t, simcam.ResponderOptions{Profile: p, ClockOffset: time.Minute, Storages: []simcam.Storage{{}}})
		c.responder.Script(simcam.Fault{Kind: simcam.Stall, Operation: mtp.OpGetDevicePropDesc, Times: 1})
		time.AfterFunc(10*time.Second, c.responder.Resume)
		h, err := c.Camera.(device.HealthReader).Health(t.Context())
		if err != nil || h.ClockOffset == nil || *h.ClockOffset != 55*time.Second {
			t.Errorf("clock %v, %v; want that of the middle, 55 s", h.ClockOffset, err)
		}
	})
}

func TestSetClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dockResponder(t, simcam.ResponderOptions{ClockOffset: 19 * time.Hour, Storages: []simcam.Storage{{}}})
		if err := c.Camera.(device.ClockSetter).SetClock(t.Context(), time.UTC); err != nil {
			t.Fatal(err)
		}
		if got := c.responder.ClockOffset(); got != 0 {
			t.Errorf("the clock is %v off after it was set", got)
		}
		c = dockResponder(t, simcam.ResponderOptions{Profile: simcam.QEMU(), Storages: []simcam.Storage{{}}})
		if err := c.Camera.(device.ClockSetter).SetClock(t.Context(), time.UTC); !errors.Is(err, mtp.ErrUnsupported) {
			t.Errorf("a camera without a clock: %v", err)
		}
	})
}

// Dates without a zone are the camera's wall clock, but for QEMU, whose are UTC;
// where it is not said when a clip was written last, it is said when it was made.
func TestDates(t *testing.T) {
	f := big("A.MP4", partSize+1)
	for _, p := range simcam.Profiles() {
		local := p.Name != "QEMU"
		for _, p.NoModified = range []bool{false, true} {
			c := dockWith(t, p, f)
			clip := only(t, c)
			if !clip.ModTime.Equal(recorded) || clip.LocalTime != local {
				t.Errorf("%s, no modification date %v: %v, local %v; want %v, %v", p.Name, p.NoModified, clip.ModTime, clip.LocalTime, recorded, local)
			}
			if got, err := sum(t.Context(), c, clip, 0); err != nil || got != want(f, 0) {
				t.Errorf("%s, no modification date %v: %v, or other bytes", p.Name, p.NoModified, err)
			}
		}
	}
}

func TestReleaseReadOnly(t *testing.T) {
	f := big("A.MP4", 10)
	c := dockResponder(t, simcam.ResponderOptions{Storages: []simcam.Storage{{ReadOnly: true, Files: []simcam.File{f}}}})
	clip := only(t, c)
	if err := c.Camera.(device.Releaser).Release(t.Context(), clip, want(f, 0)); !errors.Is(err, device.ErrReadOnly) || !c.Info().ReadOnly {
		t.Errorf("release: %v, info %+v; want read-only", err, c.Info())
	}
	if only(t, c).Path != clip.Path {
		t.Error("the clip is gone")
	}
}

// Whoever stops waiting does not break off what is under way: the next one
// finds the camera as it was.
func TestAbandoned(t *testing.T) {
	f := big("A.MP4", 4*partSize)
	for _, p := range []simcam.Profile{simcam.Android(), simcam.BarePTP()} {
		t.Run(p.Name, func(t *testing.T) {
			c := dockResponder(t, simcam.ResponderOptions{Profile: p, Storages: []simcam.Storage{{Files: []simcam.File{f}}}})
			clip := only(t, c)
			session := c.Camera.(*camera).line.session()
			for range 3 {
				r, err := c.Open(t.Context(), clip, 0)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadFull(r, make([]byte, 1000)); err != nil {
					t.Fatal(err)
				}
				if err := r.Close(); err != nil {
					t.Errorf("close after 1000 bytes: %v", err)
				}
			}
			if got, err := sum(t.Context(), c, clip, 0); err != nil || got != want(f, 0) {
				t.Errorf("afterwards: %v, or other bytes", err)
			}
			if now := c.Camera.(*camera).line.session(); now != session {
				t.Errorf("it took %d sessions", now-session+1)
			}
		})
	}
}

// A clip that is opened and not read is not sent: by a camera that gives no
// parts it would be sent whole.
func TestOpenReadsNothing(t *testing.T) {
	c := dockResponder(t, simcam.ResponderOptions{Profile: simcam.BarePTP(), Storages: []simcam.Storage{{Files: []simcam.File{big("A.MP4", 4*partSize)}}}})
	clip := only(t, c)
	asked := make(chan struct{}, 1)
	c.responder.Script(simcam.Fault{Kind: simcam.NotImplemented, Operation: mtp.OpGetObject, Hit: asked})
	r, err := c.Open(t.Context(), clip, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	select {
	case <-asked:
		t.Error("the camera was asked for the clip")
	default:
	}
}

// A small clip is read as it is opened, and the camera is asked once whether it
// is still the listed one; a larger one before and after it is read.
func TestAskedOnce(t *testing.T) {
	for _, p := range simcam.Profiles() {
		for size, times := range map[int64]int{0: 1, 1: 1, windowSize: 1, windowSize + 1: 2} {
			f := big("A.MP4", size)
			c := dockResponder(t, simcam.ResponderOptions{Profile: p, Storages: []simcam.Storage{{Files: []simcam.File{f}}}})
			clip := only(t, c)
			asked := make(chan struct{}, 10)
			c.responder.Script(simcam.Fault{Kind: simcam.StaleResponse, Operation: mtp.OpGetObjectInfo, Hit: asked})
			if got, err := sum(t.Context(), c, clip, size/2); err != nil || got != want(f, size/2) {
				t.Errorf("%s, %d bytes: %v, or other bytes", p.Name, size, err)
			}
			if len(asked) != times {
				t.Errorf("%s, %d bytes: asked %d times, want %d", p.Name, size, len(asked), times)
			}
		}
	}
}

// A camera that gives fewer bytes at a time than it is asked for is read all
// the same, clips of one part too.
func TestShortParts(t *testing.T) {
	p := simcam.Android()
	p.MaxPart = 5000
	for _, size := range []int64{1, 5000, 5001, windowSize, windowSize + 1, 3 * partSize} {
		f := big("A.MP4", size)
		c := dockResponder(t, simcam.ResponderOptions{Profile: p, Storages: []simcam.Storage{{Files: []simcam.File{f}}}})
		if got, err := sum(t.Context(), c, only(t, c), size/2); err != nil || got != want(f, size/2) {
			t.Errorf("%d bytes: %v, or other bytes", size, err)
		}
	}
}

// Names are passed on as they are, but none is obeyed.
func TestElement(t *testing.T) {
	for name, want := range map[string]string{
		"A.MP4": "A.MP4", "执法 1.mp4": "执法 1.mp4", "a\nb": "a\nb", "": "%00", ".": "%2E", "..": "%2E%2E", "../x": "..%2Fx", "/": "%2F",
	} {
		if got := element(name); got != want {
			t.Errorf("element(%q) = %q; want %q", name, got, want)
		}
	}
}

// A file that a camera cannot say the size of is reported, and makes the
// listing incomplete.
func TestSizeUnknown(t *testing.T) {
	c := dockResponder(t, simcam.ResponderOptions{Profile: simcam.BarePTP(), Storages: []simcam.Storage{{Files: []simcam.File{big("A.MP4", 5<<30), big("B.MP4", 5)}}}})
	clips, l := list(t, c)
	if len(clips) != 1 || l.Complete || l.SkippedN != 1 || l.Skipped[0] != (device.Skipped{Path: "A.MP4", Reason: device.SkipNoSize}) {
		t.Errorf("listed %v, %+v", paths(clips), l)
	}
}
