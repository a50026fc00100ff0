package ingest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"custodock/store"
)

// stationClock watches the station's own clock: whether it follows a time
// source, and whether it jumped. A jump is seen by the monotonic clock, which
// nobody sets. Until the kernel says that the clock follows a time source, it is
// then left open whether it is right now or was right before.
type stationClock struct {
	keeping sync.Mutex // held while what is on record is compared and changed

	synchronized func() bool
	read         func() instantRead
	tolerance    time.Duration

	mu     sync.Mutex
	anchor instantRead // what was read when the clock was last known to go on
	doubt  *store.StationClock
	kept   store.ClockState   // what is on record of that
	moved  store.StationClock // by how much the clock was set so far, either way
}

// instantRead is one instant by three clocks.
type instantRead struct {
	wall   time.Time     // as it is set
	steady time.Duration // since some time, without sleep
	awake  func() time.Duration
}

// started is what monotonic times count from.
func newStationClock(synchronized func() bool, tolerance time.Duration) *stationClock {
	start := time.Now()
	c := &stationClock{synchronized: synchronized, tolerance: tolerance}
	c.read = func() instantRead {
		now := time.Now()
		return instantRead{wall: now.Round(0), steady: now.Sub(start), awake: sinceBoot()}
	}
	c.anchor = c.read()
	return c
}

// sinceBoot reads the clock that goes on while the computer sleeps, when it is
// asked to.
func sinceBoot() func() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return func() time.Duration { return 0 }
	}
	return func() time.Duration { return time.Duration(t.Nano()) }
}

// jump is by how much the wall clock moved more than time passed. A computer
// that slept did not have its clock set.
func (c *stationClock) jump(now instantRead) time.Duration {
	passed := now.wall.Sub(c.anchor.wall)
	by := passed - (now.steady - c.anchor.steady)
	if by.Abs() <= c.tolerance {
		return 0
	}
	if asleep := passed - (now.awake() - c.anchor.awake()); asleep.Abs() <= c.tolerance {
		return 0
	}
	return by
}

// look finds out how the clock stands, and what is doubtful about it; nil for
// nothing. jumped is by how much it was set since the last look.
func (c *stationClock) look() (doubt *store.StationClock, jumped time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, follows := c.read(), c.synchronized()
	if jumped = c.jump(now); jumped != 0 {
		c.anchor = now
		c.moved = widened(c.moved, jumped)
		c.doubt = c.widen(jumped)
	}
	switch {
	case follows:
		c.doubt = nil
	case c.doubt == nil:
		c.doubt = &store.StationClock{Reason: "the station's clock follows no time source", Cause: &store.Cause{What: store.CauseUnfollowed}}
	}
	return c.doubt, jumped
}

// widen adds a jump to what is doubtful.
func (c *stationClock) widen(by time.Duration) *store.StationClock {
	d := store.StationClock{}
	if c.doubt != nil {
		d = *c.doubt
	}
	d = widened(d, by)
	way, cause := "forwards", store.CauseForwards
	if by < 0 {
		way, cause = "back", store.CauseBack
	}
	d.Cause = &store.Cause{What: cause, Seconds: by.Abs().Seconds()}
	d.Reason = fmt.Sprintf("the station's clock jumped %s by %s and follows no time source: which was right is not known", way, roundSeconds(by))
	return &d
}

// widened adds a jump: a clock that went forwards may be fast now.
func widened(d store.StationClock, by time.Duration) store.StationClock {
	d.Ahead += max(by, 0).Seconds()
	d.Behind += max(-by, 0).Seconds()
	return d
}

// noBound is a time by which a clock may be wrong that nothing bounds.
const noBound = 100 * 365 * 24 * time.Hour

// start goes on with the doubt that is on record, and compares the clock with
// the last fact that was written down: when it has gone back while the daemon was
// stopped, nobody knows by how much.
func (c *stationClock) start(last time.Time, kept store.ClockState) *store.StationClock {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = kept
	if c.synchronized() {
		return nil
	}
	if kept.Doubt != nil {
		c.doubt = kept.Doubt
	}
	if back := last.Sub(c.read().wall); back > c.tolerance {
		d := store.StationClock{}
		if c.doubt != nil {
			d = *c.doubt
		}
		d.Behind, d.Cause = noBound.Seconds(), &store.Cause{What: store.CauseWentBack, Seconds: back.Seconds()}
		d.Reason = fmt.Sprintf("the station's clock follows no time source, and has gone back while the daemon was stopped: by %s at least", roundSeconds(back))
		c.doubt = &d
	}
	return c.doubt
}

// unkept returns how far the clock is believed, and whether that is on record.
// A clock that merely follows nothing is seen again at the next start.
func (c *stationClock) unkept() (state store.ClockState, differs bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.doubt.IsWide() {
		state.Doubt = c.doubt
	}
	was := c.kept.Doubt
	if state.Doubt == nil || was == nil {
		return state, state.Doubt != was
	}
	return state, state.Doubt.Ahead != was.Ahead || state.Doubt.Behind != was.Behind
}

func (c *stationClock) isKept(state store.ClockState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = state
}

// confirm ends what speaks against the clock: somebody compared it.
func (c *stationClock) confirm() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.doubt = nil
}

// setSoFar returns by how much the clock was ever set, either way.
func (c *stationClock) setSoFar() store.StationClock {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.moved
}

// startClock looks at the station's clock before anything is judged by it.
func (st *Station) startClock() {
	last, err := st.opt.Store.LastFact()
	if err != nil {
		st.log.Error("the time of the last fact cannot be read", "error", err)
	}
	kept, err := st.opt.Store.KeptClock()
	if err != nil {
		st.log.Error("the doubt of the station's clock cannot be read", "error", err)
	}
	if doubt := st.clock.start(last, kept); doubt != nil {
		st.log.Error("the station's clock cannot be believed", "reason", doubt.Reason)
		st.opt.Metrics.Error("clock", "back")
	}
	st.watchClock()
	st.keepClock()
}

// keepClock puts down how far the clock is believed, where that has changed.
// What cannot be written down is tried again with the next look.
func (st *Station) keepClock() {
	st.clock.keeping.Lock()
	defer st.clock.keeping.Unlock()
	state, differs := st.clock.unkept()
	if !differs {
		return
	}
	err := st.opt.Store.KeepClock(state, time.Now())
	if err == nil {
		st.clock.isKept(state)
	} else if !errors.Is(err, store.ErrUnwritable) { // which is told everywhere
		st.log.Error("the doubt of the station's clock cannot be recorded", "error", err)
	}
}

// ConfirmClock records that somebody has compared the station's clock and found
// it right: what spoke against it until now does not count from then on. A clock
// that nothing speaks against is a *store.FieldError.
func (st *Station) ConfirmClock(by, note string, now time.Time) error {
	st.clock.keeping.Lock()
	defer st.clock.keeping.Unlock()
	kept, err := st.opt.Store.KeptClock()
	if err != nil {
		return err
	}
	if doubt, _ := st.clock.look(); kept.Doubt == nil && !doubt.IsWide() {
		return &store.FieldError{Field: "clock", Why: "nothing speaks against it"}
	}
	state := store.ClockState{By: by, Note: note}
	if err := st.opt.Store.KeepClock(state, now); err != nil {
		return err
	}
	st.clock.confirm()
	st.clock.isKept(state)
	st.watchClock()
	return nil
}

// watchClock looks at the station's clock and says what changed.
func (st *Station) watchClock() *store.StationClock {
	doubt, jumped := st.clock.look()
	if jumped != 0 {
		st.log.Error("the station's clock jumped; see that it follows a time source", "by", roundSeconds(jumped), "forwards", jumped > 0)
		st.opt.Metrics.Error("clock", "jumped")
	}
	st.opt.Store.DoubtClock(doubt)
	return doubt
}

// bearClock widens what was concluded by the station's clock, from dockings and
// from a measured offset, by what is doubtful about that or was set since the
// camera was docked.
func (s *session) bearClock(t *Times) {
	doubt, set := s.st.watchClock(), s.st.clock.setSoFar()
	wide := set.Ahead + set.Behind - s.moved.Ahead - s.moved.Behind
	if doubt != nil && doubt.Behind < noBound.Seconds() { // else one that went back, and then goes on
		wide = max(wide, doubt.Ahead+doubt.Behind)
	}
	if t.Clock == store.ClockTrusted || wide == 0 {
		return
	}
	if !t.Earliest.IsZero() {
		t.Earliest = t.Earliest.Add(-inSeconds(wide))
	}
	t.Latest = t.Latest.Add(inSeconds(wide))
	t.Start, t.End, t.Clock = time.Time{}, time.Time{}, store.ClockSuspect
	t.Reason += "; and the station's own clock was set or is in doubt"
	if t.Cause != nil {
		t.Cause.Station = true
	}
}
