package massstorage

import (
	"context"
	"hash/maphash"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"custodock/device"
	"custodock/device/internal/loop"
)

// session is one Run. Its loop owns latest and places and makes no call that
// could hang; the roots' and places' goroutines send it what they find.
type session struct {
	opts       Options
	log        *slog.Logger
	stuckAfter time.Duration
	seed       maphash.Seed
	notify     *fsnotify.Watcher
	mounts     *mountWatch
	watches    *watches
	roots      []*root
	goroutines sync.WaitGroup // those that end with run's context
	pumps      sync.WaitGroup // the one that ends with close

	latest map[*root]snapshot
	places map[string]*place

	events    chan fsnotify.Event
	lost      chan struct{} // some events were dropped
	snapshots chan snapshot
	readied   chan readied
	swapped   chan *place // a mount that is another one than its camera's
	mounted   chan struct{}
}

// run is the loop. It ends with ctx, and then waits for its goroutines.
func (s *session) run(ctx context.Context, dock func(device.Docked)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer s.wait()
	defer cancel()
	s.pumps.Go(s.pump)
	failed := make(chan error, 1)
	s.goroutines.Go(func() {
		failed <- s.mounts.run(ctx, func() { loop.Wake(s.mounted) })
	})
	for _, r := range s.roots {
		s.goroutines.Go(func() { s.scan(ctx, r) })
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case ev := <-s.events:
			s.wake(ev)
		case <-s.lost:
			s.wakeAll(func(*place) bool { return true })
		case <-s.mounted:
			s.wakeAll(func(p *place) bool { return p.mount != nil })
		case snap := <-s.snapshots:
			s.found(snap)
			s.compare(ctx)
		case p := <-s.swapped:
			s.undock(p)
			s.compare(ctx)
		case r := <-s.readied:
			s.dock(r, dock)
		}
	}
}

// pump passes on what fsnotify says, or that some of it was lost.
func (s *session) pump() {
	loop.Pump(s.notify, func(ev fsnotify.Event) {
		select {
		case s.events <- ev:
		default:
			loop.Wake(s.lost)
		}
	}, func(err error) {
		s.log.Debug("fsnotify", keyError, err)
		loop.Wake(s.lost)
	})
}

// scan is a root's goroutine: it scans when woken and by the slow timer.
func (s *session) scan(ctx context.Context, r *root) {
	var failure string
	for ctx.Err() == nil {
		alarm := time.AfterFunc(s.stuckAfter, func() {
			s.log.Warn("cameras' folder does not answer", keyPath, r.path)
		})
		snap, err := r.scan(ctx, func(path, why string) {
			s.log.Debug("not a camera", keyPath, path, keyReason, why)
		})
		alarm.Stop()
		if err != nil {
			// What was docked stays docked: not to see is not to be gone.
			if ctx.Err() == nil && err.Error() != failure {
				s.log.Warn("cannot look for cameras; it is tried again", keyPath, r.path, keyError, err)
				failure = err.Error()
			}
		} else {
			failure = ""
			select {
			case s.snapshots <- snap:
			case <-ctx.Done():
			}
		}
		sleep(ctx, r.wake, s.opts.Poll)
	}
}

// found keeps a snapshot, also for roots that are the same folder by another
// name: an older view of it would undock what is there.
func (s *session) found(snap snapshot) {
	s.latest[snap.root] = snap
	for r, old := range s.latest {
		if old.path == snap.path {
			s.latest[r] = snapshot{r, snap.path, snap.spots}
		}
	}
}

// compare ends the places that are no more and starts the new ones.
func (s *session) compare(ctx context.Context) {
	spots := s.spots()
	for path, p := range s.places {
		if now, ok := spots[path]; !ok || !now.same(p.spot) {
			s.undock(p)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(spots)) {
		if s.places[path] == nil {
			s.start(ctx, spots[path])
		}
	}
}

// spots is what the latest scans of all roots found, each once.
func (s *session) spots() map[string]spot {
	spots := make(map[string]spot)
	for _, snap := range s.latest {
		for _, spot := range snap.spots {
			if !s.leadsToRoot(spot.path) {
				spots[spot.path] = spot
			}
		}
	}
	return spots
}

// leadsToRoot reports whether a root is at path or below: its cameras would be
// docked twice.
func (s *session) leadsToRoot(path string) bool {
	return slices.ContainsFunc(s.roots, func(r *root) bool {
		at := r.path
		if snap, ok := s.latest[r]; ok {
			at = snap.path
		}
		return at == path || strings.HasPrefix(at, path+"/")
	})
}

func (s *session) start(ctx context.Context, found spot) {
	ctx, cancel := context.WithCancel(ctx)
	p := &place{
		spot:    found,
		cancel:  cancel,
		wake:    make(chan struct{}, 1),
		gone:    make(chan struct{}),
		changed: make(chan struct{}, 1),
	}
	s.places[found.path] = p
	s.goroutines.Go(func() { s.follow(ctx, p) })
}

// undock is also for places that never became a camera.
func (s *session) undock(p *place) {
	if s.places[p.path] != p {
		return
	}
	delete(s.places, p.path)
	p.cancel()
	s.watches.drop(p)
	close(p.gone)
}

func (s *session) dock(r readied, dock func(device.Docked)) {
	if s.places[r.place.path] != r.place {
		return // undocked meanwhile; its camera holds nothing
	}
	docked := device.Docked{Camera: r.camera, Gone: r.place.gone}
	if r.place.mount == nil {
		docked.Changed = r.place.changed
	}
	dock(docked)
}

// wake passes an event on to the roots and the place that it is about.
func (s *session) wake(ev fsnotify.Event) {
	for _, r := range s.roots {
		if r.wants(ev) {
			loop.Wake(r.wake)
		}
		below, ok := strings.CutPrefix(ev.Name, s.latest[r].path+"/")
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(below, "/")
		if p := s.places[filepath.Join(s.latest[r].path, name)]; p != nil {
			loop.Wake(p.wake)
		}
	}
}

// wakeAll wakes the roots and some places.
func (s *session) wakeAll(which func(*place) bool) {
	for _, r := range s.roots {
		loop.Wake(r.wake)
	}
	for _, p := range s.places {
		if which(p) {
			loop.Wake(p.wake)
		}
	}
}

// close ends the pump.
func (s *session) close() {
	s.notify.Close()
	s.mounts.close()
	s.pumps.Wait()
}

// wait waits for the goroutines, but not for those that are stuck.
func (s *session) wait() {
	if !loop.End(&s.goroutines) {
		s.log.Warn("a camera's file system does not answer; not waiting for it")
	}
}

// sleep waits for a wake-up, for d, or for the end of ctx. It reports whether
// it was woken.
func sleep(ctx context.Context, wake <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-wake:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}
