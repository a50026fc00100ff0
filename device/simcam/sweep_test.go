package simcam_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device/mtp"
	"custodock/device/simcam"
)

// docking is what is done with a camera that was docked: open a session, ask
// how it is, list it, read everything.
type docking struct {
	skipped int
	files   map[string]content
}

func dock(ctx context.Context, plug *simcam.Plug) (d docking, err error) {
	s, err := mtp.Open(ctx, mtp.NewUSBTransport(plug, mtp.USBOptions{}), mtp.Options{})
	if err != nil {
		return d, err
	}
	if _, _, err := s.BatteryLevel(ctx); err != nil {
		return d, err
	}
	if _, _, err := s.DateTime(ctx); err != nil {
		return d, err
	}
	d.files = map[string]content{}
	err = s.Walk(ctx, func(o mtp.Object) error {
		if o.Folder {
			return nil
		}
		file, err := fetch(ctx, s, o)
		d.files[fmt.Sprintf("store_%08x/%s", uint32(o.Storage), join(o.Path))] = file
		return err
	}, func(mtp.Skipped) { d.skipped++ })
	return d, errors.Join(err, s.Close(ctx))
}

func join(path []string) (s string) {
	for i, name := range path {
		if i > 0 {
			s += "/"
		}
		s += name
	}
	return s
}

// TestOneFaultAnywhere lets each kind of fault strike once in each operation
// of each kind of responder. What is done with it ends in time, and when it
// ends without an error and with nothing left out, all of it is true. Once the
// fault is over, the camera is docked again and read in full.
func TestOneFaultAnywhere(t *testing.T) {
	faults := []simcam.Fault{
		{Kind: simcam.SplitHeader}, {Kind: simcam.OneRead}, {Kind: simcam.NoEmptyPacket}, {Kind: simcam.StaleResponse},
		{Kind: simcam.WrongTransaction}, {Kind: simcam.WrongDataID}, {Kind: simcam.Busy}, {Kind: simcam.NotImplemented},
		{Kind: simcam.StrayZeros, At: 1}, {Kind: simcam.StrayZeros, At: 12}, {Kind: simcam.StrayZeros, At: 512},
		{Kind: simcam.LyingLength, At: 1}, {Kind: simcam.LyingLength, At: 12}, {Kind: simcam.LyingLength, At: 1000},
		{Kind: simcam.LyingLength, At: -1}, {Kind: simcam.LyingLength, At: -12}, {Kind: simcam.LyingLength, At: 1 << 32},
	}
	for _, kind := range []simcam.Kind{simcam.Short, simcam.Halt, simcam.Silence, simcam.Dead, simcam.Pull} {
		faults = append(faults, simcam.Fault{Kind: kind}, simcam.Fault{Kind: kind, At: 3}, simcam.Fault{Kind: kind, At: 500})
	}
	for _, p := range simcam.Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			storages := []simcam.Storage{{Files: []simcam.File{
				{Path: "DCIM/A.MP4", Size: 500, Seed: 1, ModTime: time.Unix(1e9, 0)}, // fills its packet
				{Path: "DCIM/B.MP4", Size: 3000, Seed: 2, ModTime: time.Unix(1e9, 0)},
				{Path: "C.MP4", Size: 0, ModTime: time.Unix(1e9, 0)},
			}}}
			want := held(p, storages)
			for _, f := range faults {
				for _, op := range p.Operations {
					synctest.Test(t, func(t *testing.T) {
						f.Operation, f.Times = op, 1
						strikeOnce(t, responder(p, storages), f, want)
					})
				}
			}
		})
	}
}

func strikeOnce(t *testing.T, r *simcam.Responder, f simcam.Fault, want map[string]content) {
	t.Helper()
	what := fmt.Sprintf("%s at %d in %v", f.Kind, f.At, f.Operation)
	r.Script(f)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	start := time.Now()
	got, err := dock(ctx, r.Dock(512))
	if took := time.Since(start); took > 2*time.Minute {
		t.Errorf("%s: it took %v", what, took)
	}
	if err == nil && got.skipped == 0 && !maps.Equal(got.files, want) {
		t.Errorf("%s: without an error, but %v", what, got.files)
	}
	r.Heal()
	if got, err := dock(t.Context(), r.Dock(512)); err != nil || !maps.Equal(got.files, want) {
		t.Errorf("%s, and docked again: %v, %v", what, err, got.files)
	}
}

// TestWrongSizes: who asks for more or fewer bytes than there are is told how
// many came.
func TestWrongSizes(t *testing.T) {
	for _, lie := range []int64{-100, -1, 1, 100, 1 << 33} {
		for _, p := range simcam.Profiles() {
			t.Run(fmt.Sprintf("%s/%d", p.Name, lie), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r := responder(p, []simcam.Storage{{Files: []simcam.File{{Path: "A.MP4", Size: 1000, Seed: 1}}}})
					s := open(t, r.Dock(512))
					object(t, s, p)
					h, want := sha256.New(), sha256.New()
					n, err := s.GetObject(t.Context(), p.FirstHandle, 1000+lie, h)
					io.Copy(want, io.NewSectionReader(simcam.Pattern(1), 0, 1000))
					if err != nil || n != 1000 || sum(h) != sum(want) {
						t.Errorf("got %d bytes, %v; want 1000", n, err)
					}
				})
			})
		}
	}
}
