package devicetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"custodock/device"
)

func testRelease(t *testing.T, mk Make) {
	const path = "DCIM/100MEDIA/A0001.MP4"
	old := sample()[path]
	sum := sha256.Sum256(old.Data)
	for name, tt := range map[string]struct {
		sum    [32]byte
		before func(Subject)
		want   error // nil: removed
	}{
		"same":       {sum: sum},
		"other hash": {sum: [32]byte{1}, want: device.ErrNotIdentical},
		"changed": {
			sum:    sum,
			before: func(s Subject) { s.Write(path, File{old.Data, old.ModTime.Add(2 * time.Second)}) },
			want:   device.ErrChanged,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := mk(t, sample())
			r, ok := s.Camera.(device.Releaser)
			if !ok {
				return
			}
			clips, _ := list(t, s.Camera)
			if tt.before != nil {
				tt.before(s)
			}
			if err := r.Release(t.Context(), clips[path], tt.sum); !errors.Is(err, tt.want) {
				t.Errorf("Release: %v, want %v", err, tt.want)
			}
			checkLeft(t, s.Camera, clips, path, tt.want == nil)
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		s := mk(t, sample())
		r, ok := s.Camera.(device.Releaser)
		if !ok {
			return
		}
		clips, _ := list(t, s.Camera)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.Release(ctx, clips[path], sum); !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled release returned %v", err)
		}
		checkLeft(t, s.Camera, clips, path, false)
	})
}

// checkLeft compares what is on a camera with what was: all of it, but for
// path if that was removed.
func checkLeft(t *testing.T, c device.Camera, was map[string]device.Clip, path string, removed bool) {
	t.Helper()
	want := maps.Clone(was)
	if removed {
		delete(want, path)
	}
	left, _ := list(t, c)
	if got, want := slices.Sorted(maps.Keys(left)), slices.Sorted(maps.Keys(want)); !slices.Equal(got, want) {
		t.Errorf("left on the camera: %q, want %q", got, want)
	}
	for path := range left {
		if want := sample()[path].Data; !bytes.Equal(read(t, c, left[path], 0), want) {
			t.Errorf("%s has other bytes than before", path)
		}
	}
}

// testHealth: figures that are there must be possible ones.
func testHealth(t *testing.T, mk Make) {
	h, ok := mk(t, sample()).Camera.(device.HealthReader)
	if !ok {
		return
	}
	got, err := h.Health(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if b := got.Battery; b != nil && (*b < 0 || *b > 1) {
		t.Errorf("battery %v is no ratio", *b)
	}
	if got.StorageSize != nil && *got.StorageSize <= 0 {
		t.Errorf("storage of %d bytes", *got.StorageSize)
	}
	if got.StorageFree != nil && (got.StorageSize == nil || *got.StorageFree > *got.StorageSize || *got.StorageFree < 0) {
		t.Errorf("%d bytes free of %v", *got.StorageFree, got.StorageSize)
	}
}
