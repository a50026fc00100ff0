package simcam

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"custodock/device"
)

// stay is a camera's one docking.
type stay struct {
	camera  *Camera
	gone    chan struct{}
	changed chan struct{}
	closed  atomic.Bool
}

var (
	_ device.Camera       = (*stay)(nil)
	_ device.Releaser     = (*stay)(nil)
	_ device.HealthReader = (*stay)(nil)
)

func (s *stay) Info() device.Info { return s.camera.info }

func (s *stay) Close() error {
	s.closed.Store(true)
	return nil
}

// there says whether the camera can be asked anything.
func (s *stay) there(ctx context.Context) error {
	select {
	case <-s.gone:
		return device.ErrGone
	default:
	}
	if s.closed.Load() {
		return os.ErrClosed
	}
	if s.camera.pending(Lost) {
		return device.ErrGone
	}
	return ctx.Err()
}

func (s *stay) List(ctx context.Context, yield func(device.Clip) error) (device.Listing, error) {
	c := s.camera
	c.mu.Lock()
	files := slices.Clone(c.files)
	c.mu.Unlock()
	skipped := c.skipped
	if f := c.next("", 0, ListShort); f != nil {
		c.count(f)
		files = files[:min(int64(len(files)), f.At)]
		skipped = append(slices.Clip(skipped), device.Skipped{Path: "DCIM", Reason: device.SkipUnreadable})
	}
	l := device.Listing{SkippedN: len(skipped)}
	l.Skipped = slices.Clone(skipped[:min(len(skipped), device.MaxSkipped)])
	endless := c.next("", 0, Endless) != nil
	for i := 0; i < len(files) || endless; i++ {
		if err := s.listed(ctx, int64(i)); err != nil {
			return l, fmt.Errorf("list: %w", err)
		}
		if i == device.MaxClips {
			l.SkippedN++
			l.Skipped = append(l.Skipped, device.Skipped{Reason: device.SkipTooMany})
			return l, nil
		}
		clip := device.Clip{Path: fmt.Sprintf("DCIM/FALSE/%07d.MP4", i)}
		if i < len(files) {
			clip = files[i].clip()
		}
		l.Clips++
		l.Bytes += clip.Size
		if err := yield(clip); err != nil {
			return l, err
		}
	}
	if err := s.listed(ctx, int64(len(files))); err != nil {
		return l, fmt.Errorf("list: %w", err)
	}
	l.Complete = !slices.ContainsFunc(skipped, func(s device.Skipped) bool { return mayHide[s.Reason] })
	return l, nil
}

// mayHide are the reasons of what may be clips, or have clips in it.
var mayHide = map[string]bool{
	device.SkipUnreadable: true, device.SkipTooDeep: true, device.SkipTooMany: true, device.SkipNoSize: true,
}

// listed lets the faults happen that are due after n clips of a listing.
func (s *stay) listed(ctx context.Context, n int64) error {
	if err := s.there(ctx); err != nil {
		return err
	}
	if f := s.camera.next("", n, ListError, ListStall, ListPull, ListLocked); f != nil && f.At == n {
		return s.camera.strike(ctx, s, f)
	}
	return nil
}

func (s *stay) Open(ctx context.Context, clip device.Clip, offset int64) (io.ReadCloser, error) {
	r, err := s.open(ctx, clip, offset)
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", clip.Path, err)
	}
	return r, nil
}

func (s *stay) open(ctx context.Context, clip device.Clip, offset int64) (*reader, error) {
	if err := s.there(ctx); err != nil {
		return nil, err
	}
	f, err := s.camera.file(clip)
	if err != nil {
		return nil, err
	}
	if offset < 0 || offset > f.Size {
		return nil, fmt.Errorf("offset %d is outside its %d bytes", offset, f.Size)
	}
	r := &reader{stay: s, clip: clip, content: f.content(), at: offset, end: f.Size}
	r.there = func() error { return s.there(ctx) }
	r.strike = func(f *Fault) error { return s.camera.strike(ctx, s, f) }
	r.pause = func(n int) error { return s.pause(ctx, n) }
	if f := s.camera.next(clip.Path, 0, Short); f != nil {
		r.end = min(r.end, f.At)
	}
	if f := s.camera.next(clip.Path, 0, Grow); f != nil {
		r.end += f.At
	}
	return r, nil
}

// pause takes as long as the camera needs for n bytes.
func (s *stay) pause(ctx context.Context, n int) error {
	if s.camera.rate <= 0 {
		return nil
	}
	seconds := float64(n) / float64(s.camera.rate)
	timer := time.NewTimer(time.Duration(seconds * float64(time.Second)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-s.gone:
		return device.ErrGone
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Release hashes the file as it is now; a SecondRead fault makes it differ.
func (s *stay) Release(ctx context.Context, clip device.Clip, sum [32]byte) error {
	if s.camera.info.ReadOnly {
		return fmt.Errorf("release %q: %w", clip.Path, device.ErrReadOnly)
	}
	r, err := s.open(ctx, clip, 0)
	if err != nil {
		return fmt.Errorf("release %q: %w", clip.Path, err)
	}
	h := sha256.New()
	_, err = io.Copy(h, r)
	if err = errors.Join(err, r.Close()); err != nil {
		return fmt.Errorf("release: %w", err)
	}
	if f := s.camera.next(clip.Path, math.MinInt64, SecondRead); f != nil {
		s.camera.count(f)
		h.Write([]byte("other"))
	}
	if [32]byte(h.Sum(nil)) != sum {
		return fmt.Errorf("release %q: %w", clip.Path, device.ErrNotIdentical)
	}
	s.camera.Remove(clip.Path)
	return nil
}

func (s *stay) Health(ctx context.Context) (device.Health, error) {
	if err := s.there(ctx); err != nil {
		return device.Health{}, fmt.Errorf("ask the health: %w", err)
	}
	s.camera.mu.Lock()
	defer s.camera.mu.Unlock()
	return s.camera.health, nil
}
