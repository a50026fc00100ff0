package mtpcam

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device"
	"custodock/device/mtp"
	"custodock/device/simcam"
)

// without is a camera whose sizes wrap, and that lacks some operations.
func without(ops ...mtp.OperationCode) simcam.Profile {
	p := simcam.WrappingPTP()
	p.Operations = slices.DeleteFunc(p.Operations, func(op mtp.OperationCode) bool { return slices.Contains(ops, op) })
	return p
}

// dockWith docks a camera with one file in its only storage.
func dockWith(t *testing.T, p simcam.Profile, f simcam.File) docked {
	t.Helper()
	return dockResponder(t, simcam.ResponderOptions{Profile: p, Storages: []simcam.Storage{{Files: []simcam.File{f}}}})
}

// release removes a clip that was stored with the hash that reading it gives.
func release(t *testing.T, c docked, clip device.Clip, hash [32]byte) error {
	t.Helper()
	return c.Camera.(device.Releaser).Release(t.Context(), clip, hash)
}

// wrapping are sizes that 32 bits do not hold, and what they become: nothing,
// a clip that is read as it is opened, and one that is not, of whole chunks.
var wrapping = []int64{1 << 32, 1<<32 + 1000, 1<<32 + 2<<20, 3<<32 + 1<<20 + 1}

// A size that wrapped is found out where the camera gives parts, and the clip
// can be stored.
func TestWrappedSizes(t *testing.T) {
	for _, size := range wrapping {
		f := big("A.MP4", size)
		c := dockWith(t, without(), f)
		clips, l := list(t, c)
		if len(clips) != 1 || clips[0].Size != size || !l.Complete {
			t.Errorf("a clip of %d bytes is listed as %+v, %+v", size, clips, l)
			continue
		}
		for _, offset := range []int64{size - 1000, size} {
			if got, err := sum(t.Context(), c, clips[0], offset); err != nil || got != want(f, offset) {
				t.Errorf("%d bytes from %d on: %v, or other bytes", size, offset, err)
			}
		}
	}
}

// A camera of whose clips only the first 4 GiB can be had in parts shows that
// there is more, and cannot say how much.
func TestWrappedBeyondParts(t *testing.T) {
	for _, size := range wrapping {
		clips, l := list(t, dockWith(t, without(mtp.OpGetPartialObject64), big("A.MP4", size)))
		if len(clips) != 0 || l.Complete || !slices.Equal(l.Skipped, []device.Skipped{{Path: "A.MP4", Reason: device.SkipNoSize}}) {
			t.Errorf("a clip of %d bytes is listed as %+v, %+v", size, clips, l)
		}
	}
}

// A camera without parts shows it when the clip is read: that is no copy, and
// nothing is removed.
func TestWrappedUnseen(t *testing.T) {
	for _, size := range wrapping {
		f := big("A.MP4", size)
		c := dockWith(t, without(mtp.OpGetPartialObject64, mtp.OpGetPartialObject), f)
		clip := only(t, c)
		for _, offset := range []int64{0, clip.Size / 2, clip.Size} {
			if _, err := sum(t.Context(), c, clip, offset); !errors.Is(err, device.ErrChanged) {
				t.Errorf("%d bytes listed as %d, read from %d on: %v; want %v", size, clip.Size, offset, err, device.ErrChanged)
			}
		}
		f.Size = clip.Size
		if err := release(t, c, clip, want(f, 0)); !errors.Is(err, device.ErrChanged) || len(c.responder.Paths()) != 1 {
			t.Errorf("%d bytes listed as %d: released with %v, left %q", size, clip.Size, err, c.responder.Paths())
		}
	}
}

// A clip that grows by what its size cannot show, after it was listed.
func TestWrapsAfterListing(t *testing.T) {
	for _, p := range []simcam.Profile{without(), without(mtp.OpGetPartialObject64), without(mtp.OpGetPartialObject64, mtp.OpGetPartialObject)} {
		for _, size := range []int64{0, 1000, 2 << 20} {
			f := big("A.MP4", size)
			c := dockWith(t, p, f)
			clip := only(t, c)
			c.responder.Remove(f.Path)
			c.responder.Put(0, simcam.File{Path: f.Path, Size: size + 1<<32, ModTime: f.ModTime, Seed: f.Seed})
			clip.Ref = (clip.Ref&^0xFFFFFFFF | uint64(p.FirstHandle) + 1) // the responder calls it otherwise now
			if _, err := sum(t.Context(), c, clip, 0); !errors.Is(err, device.ErrChanged) {
				t.Errorf("%d bytes, %d operations: read: %v; want %v", size, len(p.Operations), err, device.ErrChanged)
			}
			if err := release(t, c, clip, want(f, 0)); !errors.Is(err, device.ErrChanged) || len(c.responder.Paths()) != 1 {
				t.Errorf("%d bytes, %d operations: released with %v", size, len(p.Operations), err)
			}
		}
	}
}

// What is seen to end where it should is released, whatever the camera can do.
func TestCertainSizes(t *testing.T) {
	for _, p := range []simcam.Profile{without(), without(mtp.OpGetPartialObject64), without(mtp.OpGetPartialObject64, mtp.OpGetPartialObject)} {
		for _, size := range []int64{0, 1, windowSize, windowSize + 1, 2 << 20} {
			f := big("A.MP4", size)
			c := dockWith(t, p, f)
			if err := release(t, c, only(t, c), want(f, 0)); err != nil || len(c.responder.Paths()) != 0 {
				t.Errorf("%d bytes, %d operations: released with %v", size, len(p.Operations), err)
			}
		}
	}
}

// A camera that gives parts but refuses those at the end, or does not answer
// when it is asked for them, is listed, and its clips are read whole.
func TestEndNotGiven(t *testing.T) {
	f := big("A.MP4", 2<<20)
	for _, fault := range []simcam.Fault{
		{Kind: simcam.Refused, At: int64(mtp.RespGeneralError)},
		{Kind: simcam.Refused, At: int64(mtp.RespInvalidParameter)},
		{Kind: simcam.NotImplemented},
		{Kind: simcam.Silence, At: f.Size},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := dockWith(t, without(mtp.OpGetPartialObject), f)
			fault.Operation = mtp.OpGetPartialObject64
			c.responder.Script(fault)
			start := time.Now()
			clip := only(t, c)
			if clip.Size != f.Size || time.Since(start) > time.Minute {
				t.Errorf("%v: listed as %+v after %v", fault, clip, time.Since(start))
			}
			got, err := sum(t.Context(), c, clip, 0)
			if err != nil || got != want(f, 0) {
				t.Errorf("%v: %v, or other bytes", fault, err)
			}
		})
	}
}

// A camera that stops answering at every clip's end is waited for once.
func TestEndsAreWaitedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var files []simcam.File
		for _, path := range []string{"A.MP4", "B.MP4", "C.MP4", "D.MP4"} {
			files = append(files, big(path, 1000))
		}
		c := dockResponder(t, simcam.ResponderOptions{Profile: without(), Storages: []simcam.Storage{{Files: files}}})
		c.responder.Script(simcam.Fault{Kind: simcam.Silence, Operation: mtp.OpGetPartialObject64, At: 1000})
		start := time.Now()
		if clips, l := list(t, c); len(clips) != 4 || !l.Complete || time.Since(start) > time.Minute {
			t.Errorf("listed %q, %+v in %v", paths(clips), l, time.Since(start))
		}
	})
}

// A camera that dies of being asked where one of its clips ends, although it
// gives parts, is not asked again while it is docked: not by the next listing, and
// not by who reads a clip.
func TestEndsThatKill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := []simcam.File{big("A.MP4", 1000), big("B.MP4", 0), big("C.MP4", 3<<20)}
		c := dockResponder(t, simcam.ResponderOptions{Profile: without(mtp.OpGetPartialObject), Storages: []simcam.Storage{{Files: files}}})
		c.responder.Script(
			simcam.Fault{Kind: simcam.Dead, Operation: mtp.OpGetPartialObject64, Path: "B.MP4"},
			simcam.Fault{Kind: simcam.Dead, Operation: mtp.OpGetPartialObject64, Path: "C.MP4", At: 3 << 20},
		)
		if _, err := c.List(t.Context(), func(device.Clip) error { return nil }); !errors.Is(err, mtp.ErrBroken) {
			t.Errorf("listed with %v; want %v", err, mtp.ErrBroken)
		}
		clips, l := list(t, c)
		if got := paths(clips); !slices.Equal(got, []string{"A.MP4", "B.MP4", "C.MP4"}) || !l.Complete {
			t.Fatalf("then listed %q, %+v", got, l)
		}
		for i, f := range files {
			if got, err := sum(t.Context(), c, clips[i], 0); err != nil || got != want(f, 0) {
				t.Errorf("read %s: %v, or other bytes", f.Path, err)
			}
		}
	})
}

// A clip that is written on while its folder is listed has more than it said a
// moment ago: it is listed with what it has now, or else is to be listed again. It
// is not given up as one of 4 GiB.
func TestGrowsWhileListed(t *testing.T) {
	for _, p := range []simcam.Profile{without(), without(mtp.OpGetPartialObject64)} {
		for _, tt := range []struct {
			times   int // how often it says that it has 1000 bytes fewer
			clips   []string
			skipped []device.Skipped
		}{
			{1, []string{"A.MP4", "B.MP4"}, nil},
			{0, []string{"B.MP4"}, []device.Skipped{{Path: "A.MP4", Reason: device.SkipUnreadable}}},
		} {
			f := big("A.MP4", 3<<20)
			c := dockResponder(t, simcam.ResponderOptions{Profile: p, Storages: []simcam.Storage{{Files: []simcam.File{f, big("B.MP4", 1000)}}}})
			c.responder.Script(simcam.Fault{Kind: simcam.LyingInfoSize, Path: f.Path, At: -1000, Times: tt.times})
			clips, l := list(t, c)
			if !slices.Equal(paths(clips), tt.clips) || !slices.Equal(l.Skipped, tt.skipped) {
				t.Errorf("%d operations, %d times: listed %q, %+v; want %q and %+v", len(p.Operations), tt.times, paths(clips), l, tt.clips, tt.skipped)
				continue
			}
			if tt.times == 0 {
				continue
			}
			if got, err := sum(t.Context(), c, clips[0], 0); err != nil || got != want(f, 0) {
				t.Errorf("%d operations: %v, or other bytes", len(p.Operations), err)
			}
		}
	}
}

// A clip of a wrapped size is found again in another session.
func TestWrappedInAnotherSession(t *testing.T) {
	f := big("A.MP4", 1<<32+5000)
	c := dockWith(t, without(), f)
	clip := only(t, c)
	clip.Ref = clip.Ref&refSize32 | 99<<32 | 1
	if got, err := sum(t.Context(), c, clip, f.Size-100); err != nil || got != want(f, f.Size-100) {
		t.Errorf("%v, or other bytes", err)
	}
}

// The response tells whether all that came was all there is.
func TestStreamIsHeardOut(t *testing.T) {
	f := big("A.MP4", 2<<20)
	c := dockWith(t, simcam.BarePTP(), f)
	clip := only(t, c)
	c.responder.Script(simcam.Fault{Kind: simcam.WrongTransaction, Operation: mtp.OpGetObject, Times: 1})
	r, err := c.Open(t.Context(), clip, 0)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, r)
	if err := errors.Join(err, r.Close()); n != f.Size || !errors.Is(err, mtp.ErrProtocol) {
		t.Errorf("read %d bytes: %v; want all, and then %v", n, err, mtp.ErrProtocol)
	}
	if got, err := sum(context.WithoutCancel(t.Context()), c, clip, 0); err != nil || got != want(f, 0) {
		t.Errorf("once it is over: %v, or other bytes", err)
	}
}
