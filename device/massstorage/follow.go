package massstorage

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"custodock/device"
	"custodock/device/internal/loop"
)

// place is a spot for as long as it is the same: from being found to its
// undocking. Its goroutine makes a camera of it and then watches over it. All
// that can hang happens there.
type place struct {
	spot
	cancel  func()
	wake    chan struct{} // something in it may have changed
	gone    chan struct{} // closed by the watcher's loop
	changed chan struct{}

	looks  int    // taken by its goroutine, which alone uses it
	warned string // the last problem logged, likewise
}

// readied is a camera whose place has settled.
type readied struct {
	place  *place
	camera *camera
}

// follow runs until the place's context ends.
func (s *session) follow(ctx context.Context, p *place) {
	if p.mount != nil {
		s.followMount(ctx, p)
	} else {
		s.followFolder(ctx, p)
	}
}

// followMount docks a mount at once. Afterwards it looks at every change of
// the mount table whether the card was swapped: a mount made right after an
// unmount gets the old one's ID again, and between two scans that looks like
// nothing. Only the unique ID tells (Linux 6.8); before, such a swap within
// one wake-up is not seen.
func (s *session) followMount(ctx context.Context, p *place) {
	free, ok := s.claim(ctx, p)
	if !ok {
		return
	}
	defer free()
	camera := s.open(ctx, p)
	if camera == nil || !s.ready(ctx, p, camera) {
		return
	}
	for p.idle(ctx, s.opts.Poll) {
		if id, err := s.identityOf(p); err == nil && id != camera.id {
			select {
			case s.swapped <- p:
			case <-ctx.Done():
			}
			return
		}
	}
}

// identityOf does not open the mount, which would make an unmount fail.
func (s *session) identityOf(p *place) (identity, error) {
	defer s.alarm(p).Stop()
	n, err := statx(unix.AT_FDCWD, p.path, unix.AT_SYMLINK_NOFOLLOW|unix.AT_NO_AUTOMOUNT, statxMask)
	return n.identity(), err
}

// followFolder docks a plain folder when it has settled, and says so whenever
// it has changed and settled again.
func (s *session) followFolder(ctx context.Context, p *place) {
	docked, ok := s.settle(ctx, p)
	if !ok {
		return
	}
	camera := s.open(ctx, p)
	if camera == nil || !s.ready(ctx, p, camera) {
		return
	}
	// The timer is for changes that no event tells of; looking costs no more
	// than a hundredth of the time.
	for p.idle(ctx, max(s.opts.Poll, 100*docked.took)) {
		now, ok := s.settle(ctx, p)
		if !ok {
			return
		}
		if now.sum != docked.sum {
			loop.Wake(p.changed)
		}
		docked = now
	}
}

// settle returns the folder's state once nothing in it has changed for the
// settle time, and false if ctx ended first.
func (s *session) settle(ctx context.Context, p *place) (tree, bool) {
	quiet := settler{settle: s.opts.Settle}
	for {
		start := time.Now()
		t, err := s.look(ctx, p)
		switch {
		case ctx.Err() != nil:
			return tree{}, false
		case err != nil:
			s.warn(p, fmt.Errorf("look into a camera's folder: %w", err))
			if !p.idle(ctx, s.opts.Poll) {
				return tree{}, false
			}
			continue
		}
		left := quiet.look(t, start, time.Now())
		if left == 0 {
			return t, true
		}
		// Each event puts the next look off: a folder being filled raises
		// thousands.
		for sleep(ctx, p.wake, left) {
			left = s.opts.Settle
		}
		if ctx.Err() != nil {
			return tree{}, false
		}
	}
}

// look takes the fingerprint and renews the watches on the way.
func (s *session) look(ctx context.Context, p *place) (tree, error) {
	alarm := s.alarm(p)
	defer alarm.Stop()
	p.looks++
	t, err := fingerprint(ctx, s.seed, p.spot, func(path string) {
		alarm.Reset(s.stuckAfter)
		s.watches.add(ctx, p, filepath.Join(p.path, path), p.looks)
	})
	if err == nil {
		s.watches.renewed(p, p.looks)
	}
	return t, err
}

// open tries until it has a camera; nil if ctx ended first.
func (s *session) open(ctx context.Context, p *place) *camera {
	for {
		alarm := s.alarm(p)
		c, err := openCamera(p.spot, s.opts, p.gone)
		alarm.Stop()
		if err == nil {
			return c
		}
		s.warn(p, err)
		if !p.idle(ctx, s.opts.Poll) {
			return nil
		}
	}
}

func (s *session) ready(ctx context.Context, p *place, c *camera) bool {
	select {
	case s.readied <- readied{p, c}:
		return true
	case <-ctx.Done():
		return false
	}
}

// warn logs a problem when it is new. One that only says that the place is
// gone is not: the scan will say so.
func (s *session) warn(p *place, err error) {
	if text := err.Error(); text != p.warned && !absent(err) && !errors.Is(err, device.ErrGone) {
		p.warned = text
		s.log.Warn("camera cannot be read; it is tried again", keyPath, p.path, keyError, err)
	}
}

// alarm says so if its Stop is long in coming.
func (s *session) alarm(p *place) *time.Timer {
	return time.AfterFunc(s.stuckAfter, func() {
		s.log.Warn("camera's file system does not answer; other cameras go on without it", keyPath, p.path)
	})
}

// idle returns when p was woken or d has passed, and false if ctx ended.
func (p *place) idle(ctx context.Context, d time.Duration) bool {
	sleep(ctx, p.wake, d)
	return ctx.Err() == nil
}
