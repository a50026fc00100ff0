package mtpcam

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"custodock/device"
	"custodock/device/internal/loop"
)

const (
	// blindPoll is how often to look while no event can tell.
	blindPoll = 5 * time.Second

	// soon is when to look again at a device that is not there in full yet:
	// the kernel makes its node first, then its interfaces.
	soon = 50 * time.Millisecond
)

// watching is one Run. Its loop owns stays and makes no call that could wait
// for a device; each stay's goroutine sends it the camera that it opened.
type watching struct {
	opts       WatcherOptions
	log        *slog.Logger
	nodes      *nodes
	goroutines sync.WaitGroup

	stays     map[string]*stay // by port
	readied   chan readied
	looked    map[string]device.USBAddress // by port: who has nothing of MTP to be seen
	unsettled int                          // looks in a row that saw a device not there in full
	failure   string                       // the last error of a scan
}

func newWatching(opts WatcherOptions, n *nodes) *watching {
	return &watching{
		opts: opts, log: opts.Logger, nodes: n,
		stays: make(map[string]*stay), looked: make(map[string]device.USBAddress), readied: make(chan readied),
	}
}

// run is the loop. It ends with ctx, and then waits for its goroutines.
func (w *watching) run(ctx context.Context, dock func(device.Docked)) {
	ctx, cancel := context.WithCancel(ctx)
	defer w.wait()
	defer cancel()
	for ctx.Err() == nil {
		// Watch first, then scan: what changes after that wakes the next one.
		watched := w.nodes.watch()
		touched := w.nodes.take()
		settled := w.look(ctx)
		w.wake(touched)
		w.await(ctx, w.pause(watched, settled), dock)
	}
}

// await docks what becomes ready, until it is time for the next look.
func (w *watching) await(ctx context.Context, pause time.Duration, dock func(device.Docked)) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		select {
		case r := <-w.readied:
			w.dock(r, dock)
		case <-w.nodes.wake:
			w.unsettled = 0
			return
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// pause is until when to wait for an event.
func (w *watching) pause(watched, settled bool) time.Duration {
	poll := w.opts.Poll
	if !watched {
		poll = min(poll, blindPoll)
	}
	if settled {
		w.unsettled = 0
		return poll
	}
	w.unsettled++
	return min(poll, soon<<min(w.unsettled-1, 10))
}

// look scans, ends the stays that are over, and starts the new ones. It
// reports whether there is nothing to look at again soon.
func (w *watching) look(ctx context.Context) (settled bool) {
	spots, settled, err := scan(w.opts.Sysfs)
	if err != nil {
		// Who was docked stays docked: not to see is not to be gone.
		if err.Error() != w.failure {
			w.log.Warn("cannot look for cameras; it is tried again", keyError, err)
		}
		w.failure = err.Error()
		return true
	}
	w.failure = ""
	for port, v := range w.stays {
		if s, ok := spots[port]; !ok || s.ends(v.USBAddress) {
			w.end(v)
		}
	}
	for _, port := range slices.Sorted(maps.Keys(spots)) {
		if s := spots[port]; w.stays[port] == nil && s.sign() != device.NoMTP {
			w.start(ctx, s)
		}
	}
	w.lookForHidden(spots)
	return settled
}

// lookForHidden says once of each stay of a device that shows no MTP if it has
// some all the same: a camera that nobody serves and nobody misses.
func (w *watching) lookForHidden(spots map[string]spot) {
	maps.DeleteFunc(w.looked, func(port string, a device.USBAddress) bool { return spots[port].USBAddress != a })
	for port, s := range spots {
		if _, ok := w.looked[port]; ok || !s.settled || s.sign() != device.NoMTP {
			continue
		}
		w.looked[port] = s.USBAddress
		w.goroutines.Go(func() { // it may have to wait for the device
			if h, ok := device.FindHiddenMTP(w.opts.Sysfs, port); ok {
				w.log.Warn("a camera over MTP cannot be used as it is; choose file transfer on it, or plug it in again",
					keyPort, port, keyWhere, h.String())
			}
		})
	}
}

func (w *watching) start(ctx context.Context, s spot) {
	ctx, cancel := context.WithCancel(ctx)
	v := &stay{
		spot:   s,
		node:   node(w.opts.DevRoot, s.USBAddress),
		cancel: cancel,
		wake:   make(chan struct{}, 1),
		gone:   make(chan struct{}),
	}
	w.stays[s.Port] = v
	w.goroutines.Go(func() { w.follow(ctx, v) })
}

// end is also for stays of which no camera came.
func (w *watching) end(v *stay) {
	delete(w.stays, v.Port)
	v.cancel()
	close(v.gone)
}

// wake has the stays whose node was touched try again.
func (w *watching) wake(touched func(node string) bool) {
	for _, v := range w.stays {
		if touched(v.node) {
			loop.Wake(v.wake)
		}
	}
}

func (w *watching) dock(r readied, dock func(device.Docked)) {
	if w.stays[r.stay.Port] != r.stay {
		// It left meanwhile. To close a camera can take a moment.
		w.goroutines.Go(func() { w.close(r.stay, r.camera) })
		return
	}
	docked := device.Docked{Camera: r.camera, Gone: r.stay.gone}
	if c, ok := r.camera.(interface{ Changed() <-chan struct{} }); ok {
		docked.Changed = c.Changed()
	}
	dock(docked)
}

// wait waits for the goroutines, but not for those that are stuck in the
// kernel.
func (w *watching) wait() {
	if !loop.End(&w.goroutines) {
		w.log.Warn("a camera on USB does not answer; not waiting for it")
	}
}
