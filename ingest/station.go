// Package ingest brings clips from docked cameras into the store: a session a
// camera, one queue in order of due time across all bays, and the clock that
// says which clips missed their deadline. It keeps nothing on disk itself.
package ingest

import (
	"context"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"custodock/device"
	"custodock/store"
)

// Options say how a station works.
type Options struct {
	ID, Name  string
	Zone      *time.Location // nil: UTC
	Store     *store.Store
	Watchers  []device.Watcher
	Bays      *device.Bays // nil: numbered as cameras come
	Profiles  []*Profile
	Tolerance time.Duration // of clocks; 0: 2 minutes
	Parallel  int           // cameras read at the same time; 0: by processors
	Release   bool          // remove clips from their camera once they are stored
	SetClocks bool          // set a camera's clock after its offset was measured
	Metrics   *Metrics      // nil: none
	Logger    *slog.Logger  // nil: none

	// ClockSynchronized says whether the station's own clock is; nil asks the
	// kernel.
	ClockSynchronized func() bool
}

// Station is one docking station at work.
type Station struct {
	opt     Options
	log     *slog.Logger
	queue   *queue
	running atomic.Bool
	dueSoon chan struct{}
	clock   *stationClock
	out     outBook
	pulled  pulledBook
	fleet   fleet
	broker

	cameraSeries cameraSeries

	mu       sync.Mutex
	sessions []*session // docked cameras, in order of docking
	stays    []*stay
}

// New makes a station. Nothing happens before Run.
func New(opt Options) *Station {
	if opt.Zone == nil {
		opt.Zone = time.UTC
	}
	if opt.Bays == nil {
		opt.Bays = device.NewBays(nil, "")
	}
	if opt.Tolerance == 0 {
		opt.Tolerance = 2 * time.Minute
	}
	if opt.Parallel <= 0 {
		opt.Parallel = autoParallel(runtime.NumCPU())
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.ClockSynchronized == nil {
		opt.ClockSynchronized = clockSynchronized
	}
	if opt.Metrics == nil {
		opt.Metrics = NewMetrics()
	}
	return &Station{
		opt:     opt,
		log:     opt.Logger,
		queue:   newQueue(opt.Parallel),
		dueSoon: make(chan struct{}, 1),
		clock:   newStationClock(opt.ClockSynchronized, opt.Tolerance),
	}
}

// autoParallel is how many cameras are read at once: two a processor keep the
// disk busy, more only make each clip wait longer. See docs/performance.md.
func autoParallel(cpus int) int { return min(max(2*cpus, 2), 16) }

// Store returns the station's store.
func (st *Station) Store() *store.Store { return st.opt.Store }

// Zone returns the station's zone.
func (st *Station) Zone() *time.Location { return st.opt.Zone }

// Tolerance is how far off a camera's clock may be.
func (st *Station) Tolerance() time.Duration { return st.opt.Tolerance }

// Metrics returns the station's metrics.
func (st *Station) Metrics() *Metrics { return st.opt.Metrics }

// Ready reports whether the station watches for cameras.
func (st *Station) Ready() bool { return st.running.Load() }

// Run works until ctx ends. Copies under way are then broken off and stay to
// be resumed.
func (st *Station) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	st.startClock()
	st.recallPulled(time.Now())
	var sessions sync.WaitGroup
	defer sessions.Wait()
	for _, w := range st.opt.Watchers {
		group.Go(func() error {
			return w.Run(ctx, func(d device.Docked) {
				stay := st.arrive(d)
				sessions.Go(func() {
					defer st.leave(stay)
					st.serve(ctx, d, stay)
				})
			})
		})
	}
	group.Go(func() error { return st.queue.run(ctx) })
	group.Go(func() error { return st.watchDeadlines(ctx) })
	group.Go(func() error { st.readFleet(); return nil })
	st.running.Store(true)
	defer st.running.Store(false)
	return group.Wait()
}

func (st *Station) sessionList() []*session {
	st.mu.Lock()
	defer st.mu.Unlock()
	return slices.Clone(st.sessions)
}

func (st *Station) addSession(s *session) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.sessions = append(st.sessions, s)
	st.pulled.arrive(s.docking, 0)
}

func (st *Station) removeSession(s *session) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.sessions = slices.DeleteFunc(st.sessions, func(o *session) bool { return o == s })
}

// ArchiveFull reports whether clips wait for room in the archive.
func (st *Station) ArchiveFull() bool {
	return slices.ContainsFunc(st.sessionList(), func(s *session) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.noRoom) > 0
	})
}

// warnings are what an administrator should know just now.
func (st *Station) warnings() []Warning {
	list := []Warning{}
	if st.ArchiveFull() {
		list = append(list, Warning{"archive-full", "the archive is at its reserve: no clip is copied until there is room; enlarge or clear its disk"})
	}
	if err := st.opt.Store.Unwritable(); err != nil {
		list = append(list, Warning{"archive-unwritable", "the archive cannot be written: nothing is stored until it can; check its disk, the daemon's log says what is wrong"})
	}
	if doubt, _ := st.clock.look(); doubt != nil && st.running.Load() {
		list = append(list, Warning{"clock", doubt.Reason + "; see that the station's clock is set by NTP"})
	}
	said := make(map[string]bool)
	for _, s := range st.sessionList() {
		if serial := s.docking.Camera; s.conflict.Load() && !said[serial] {
			said[serial] = true
			list = append(list, Warning{"serial-conflict", "two cameras have the serial " + serial +
				": both are served; have one of them renumbered, then: custodock camera settle-conflict " + serial})
		}
	}
	return list
}
