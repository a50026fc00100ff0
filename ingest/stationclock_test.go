package ingest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"custodock/store"
)

// setClock is a station's clock that a test sets.
type setClock struct {
	mu       sync.Mutex
	by       time.Duration // ahead of the real one
	slept    time.Duration
	followed bool
}

func (c *setClock) set(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by = by
}

// under has a station's clock read what c says.
func (c *setClock) under(sc *stationClock) {
	real := sc.read
	sc.read = func() instantRead {
		c.mu.Lock()
		defer c.mu.Unlock()
		r := real()
		slept := c.slept
		return instantRead{r.wall.Add(c.by), r.steady, func() time.Duration { return r.steady + slept }}
	}
	sc.synchronized = func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.followed
	}
	sc.anchor = sc.read()
}

func TestStationClockJumps(t *testing.T) {
	t.Parallel()
	var c setClock
	sc := newStationClock(nil, 2*time.Minute)
	c.under(sc)
	if doubt, jumped := sc.look(); jumped != 0 || doubt == nil || doubt.Ahead+doubt.Behind != 0 {
		t.Errorf("a clock that follows nothing: %+v, %v", doubt, jumped)
	}
	if doubt, _ := sc.look(); doubt != nil {
		checkCause(t, "unfollowed", doubt.Reason, doubt.Cause, time.UTC)
	}
	c.set(time.Minute)
	if _, jumped := sc.look(); jumped != 0 {
		t.Errorf("a minute is a jump: %v", jumped)
	}
	c.set(time.Hour)
	doubt, jumped := sc.look()
	if (jumped-time.Hour).Abs() > time.Second || doubt.Ahead < 3599 || doubt.Behind != 0 || !strings.Contains(doubt.Reason, "forwards by 1h") {
		t.Errorf("an hour forwards: %+v, %v", doubt, jumped)
	}
	checkCause(t, "forwards", doubt.Reason, doubt.Cause, time.UTC)
	if again, jumped := sc.look(); jumped != 0 || again.Ahead != doubt.Ahead {
		t.Errorf("looked at again: %+v, %v", again, jumped)
	}
	c.set(0)
	if doubt, _ = sc.look(); doubt.Ahead < 3599 || doubt.Behind < 3599 || !strings.Contains(doubt.Reason, "back by 1h") {
		t.Errorf("and back: %+v", doubt)
	}
	checkCause(t, "back", doubt.Reason, doubt.Cause, time.UTC)
	c.followed = true
	if doubt, _ = sc.look(); doubt != nil {
		t.Errorf("it follows a time source: %+v", doubt)
	}
	if set := sc.setSoFar(); set.Ahead < 3599 || set.Behind < 3599 {
		t.Errorf("set so far %+v; want that kept", set)
	}
	c.followed = false
	c.slept = 8 * time.Hour
	c.set(8 * time.Hour)
	if _, jumped := sc.look(); jumped != 0 {
		t.Errorf("sleep is a jump: %v", jumped)
	}
}

func TestStationClockWentBackWhileStopped(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		last     time.Duration // fact, after now
		followed bool
		doubted  bool
	}{{-time.Hour, false, false}, {time.Minute, false, false}, {time.Hour, false, true}, {time.Hour, true, false}} {
		c := setClock{followed: tt.followed}
		sc := newStationClock(nil, 2*time.Minute)
		c.under(sc)
		if doubt := sc.start(time.Now().Add(tt.last), store.ClockState{}); (doubt != nil) != tt.doubted {
			t.Errorf("%+v: %+v", tt, doubt)
		}
	}
}

// A station's clock that jumps an hour, either way, neither accuses nor hides
// within that hour, and is as sure as before outside of it.
func TestStationClockJumpsAnHour(t *testing.T) {
	for _, tt := range []struct {
		name string
		jump time.Duration
		want map[string]store.Deadline // by how long ago a clip ended
	}{
		// store takes stored_at by the real clock: what is set here is only what
		// the station finds out about it.
		{"forwards", time.Hour, map[string]store.Deadline{"20h": store.OnTime, "24h30m": store.Undecidable, "26h": store.Late}},
		{"back", -time.Hour, map[string]store.Deadline{"20h": store.OnTime, "23h30m": store.Undecidable, "24h30m": store.Late}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c setClock
			h := startStation(t, t.TempDir())
			h.clock.mu.Lock()
			c.under(h.clock)
			h.clock.mu.Unlock()
			c.set(tt.jump)
			cam := camera("CAM1")
			for ago := range tt.want {
				d, err := time.ParseDuration(ago)
				if err != nil {
					t.Fatal(err)
				}
				cam.Put(shot(ago+".MP4", 10, d))
			}
			h.dock.Dock(cam)
			h.awaitBooks("CAM1")
			for ago, want := range tt.want {
				clip := h.clips()["CAM1/"+ago+".MP4"]
				if clip.Deadline != want || clip.StationClock == nil || !strings.Contains(clip.StationClock.Reason, "jumped "+tt.name) {
					t.Errorf("%s: %s, clock %+v; want %s and marked", ago, clip.Deadline, clip.StationClock, want)
				}
			}
			status, err := h.Status(time.Now())
			if err != nil || len(status.Warnings) != 1 || status.Warnings[0].What != "clock" {
				t.Errorf("warnings %+v, %v", status.Warnings, err)
			}
		})
	}
}

// Until then, nothing is called missed that may be in time.
func TestNothingIsMissedByADoubtfulClock(t *testing.T) {
	var c setClock
	h := startStation(t, t.TempDir())
	s := h.Store()
	h.clock.mu.Lock()
	c.under(h.clock)
	h.clock.mu.Unlock()
	c.set(time.Hour)
	h.watchClock()
	now := time.Now()
	d, _, err := s.Dock(store.Docking{Camera: "CAM1"}, "", "", now)
	if err != nil {
		t.Fatal(err)
	}
	inv, err := s.Inventory(d.ID, now)
	if err != nil {
		t.Fatal(err)
	}
	ends := []time.Time{now.Add(-24*time.Hour - 30*time.Minute), now.Add(-26 * time.Hour)}
	listed, err := inv.Add([]store.File{{Path: "A"}, {Path: "B"}}, func(i int, c *store.Clip) {
		c.Kind, c.EndEarliest, c.EndLatest = store.KindVideo, ends[i], ends[i]
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.MissDue(now); err != nil {
		t.Fatal(err)
	}
	for i, want := range []store.Deadline{store.Undecidable, store.Overdue} {
		clip, err := s.Clip(listed[i].Clip.ID)
		if err != nil {
			t.Fatal(err)
		}
		s.Present(clip, now)
		if clip.Deadline != want || clip.MissedAt.IsZero() != (want != store.Overdue) {
			t.Errorf("clip %d is %s, missed at %v; want %s", i, clip.Deadline, clip.MissedAt, want)
		}
	}
	if st, err := s.Stats(now); err != nil || st.Overdue != 1 || st.Undecidable != 1 {
		t.Errorf("stats %+v, %v", st, err)
	}
}

// What is known from dockings alone is as wide as the station's clock is in
// doubt, or was set while the camera was docked; what the camera says is not.
func TestDoubtWidensWhatDockingsTell(t *testing.T) {
	for _, followed := range []bool{false, true} {
		c := setClock{followed: followed}
		h := startStation(t, t.TempDir())
		h.clock.mu.Lock()
		c.under(h.clock)
		h.clock.mu.Unlock()
		s := &session{st: h.Station, moved: h.clock.setSoFar()}
		c.set(time.Hour)
		times := Times{Earliest: days(1), Latest: days(2), Clock: store.ClockSuspect}
		times.say(why{"the camera gives no time", store.Cause{What: store.CauseNoTime}})
		s.bearClock(&times)
		if checkCause(t, "in doubt besides", times.Reason, times.Cause, time.UTC); !times.Cause.Station {
			t.Errorf("cause %+v; want the station's clock in it", times.Cause)
		}
		if d := times.Earliest.Sub(days(1)) + time.Hour; d.Abs() > time.Second {
			t.Errorf("followed %v: earliest %v", followed, times.Earliest)
		}
		if d := times.Latest.Sub(days(2)) - time.Hour; d.Abs() > time.Second {
			t.Errorf("followed %v: latest %v", followed, times.Latest)
		}
		trusted := Times{Earliest: days(1), Latest: days(1), End: days(1), Clock: store.ClockTrusted}
		if s.bearClock(&trusted); !trusted.Latest.Equal(days(1)) || trusted.Clock != store.ClockTrusted {
			t.Errorf("a trusted camera: %+v", trusted)
		}
		h.stop()
	}
}

// What spoke against the clock is on record: a restart makes it no better, as
// long as the clock follows nothing. A time source ends it, and so does somebody
// who has compared it.
func TestDoubtOutlivesARestart(t *testing.T) {
	dir := t.TempDir()
	unfollowed := func(opt *Options) { opt.ClockSynchronized = func() bool { return false } }
	judged := 0
	// judge stores a clip that ended so that an hour's doubt leaves it open.
	judge := func(h *harness) store.Clip {
		t.Helper()
		judged++
		cam := camera(fmt.Sprintf("CAM%d", judged), shot("A.MP4", 10, 24*time.Hour+30*time.Minute))
		h.dock.Dock(cam)
		return h.awaitState(cam.Info().Serial+"/A.MP4", store.Stored)
	}
	restart := func(change ...func(*Options)) *harness {
		t.Helper()
		h := startStation(t, dir, change...)
		h.await("it runs", h.Ready)
		return h
	}
	jumped := func(h *harness) {
		t.Helper()
		var c setClock
		h.clock.mu.Lock()
		c.under(h.clock)
		h.clock.mu.Unlock()
		c.set(time.Hour)
		h.checkDeadlines()
		h.await("it is on record", func() bool {
			kept, err := h.Store().KeptClock()
			return err == nil && kept.Doubt.IsWide()
		})
	}

	h := restart(unfollowed)
	jumped(h)
	h.stop()
	h = restart(unfollowed)
	if c := judge(h); c.Deadline != store.Undecidable || c.StationClock == nil || !strings.Contains(c.StationClock.Reason, "jumped forwards") {
		t.Errorf("after a restart: %s, clock %+v; want it doubted as before", c.Deadline, c.StationClock)
	}
	if err := h.ConfirmClock("chief", "by the radio's time signal", time.Now()); err != nil {
		t.Fatal(err)
	}
	if c := judge(h); c.Deadline != store.Late || c.StationClock == nil || c.StationClock.IsWide() {
		t.Errorf("confirmed: %s, clock %+v; want it judged, and marked as following nothing", c.Deadline, c.StationClock)
	}
	h.keepClock()
	if kept, err := h.Store().KeptClock(); err != nil || kept.By != "chief" {
		t.Errorf("on record: %+v, %v; want who confirmed it", kept, err)
	}
	if err := h.ConfirmClock("chief", "again", time.Now()); !errors.As(err, new(*store.FieldError)) {
		t.Errorf("confirmed again: %v; want it refused", err)
	}
	h.stop()
	h = restart(unfollowed)
	if c := judge(h); c.Deadline != store.Late {
		t.Errorf("confirmed, after a restart: %s; want it judged", c.Deadline)
	}
	jumped(h)
	h.stop()
	h = restart() // the clock follows a time source now
	if kept, err := h.Store().KeptClock(); err != nil || kept.Doubt != nil {
		t.Errorf("on record: %+v, %v; want no doubt", kept, err)
	}
	h.stop()
	h = restart(unfollowed)
	if c := judge(h); c.Deadline != store.Late || c.StationClock.IsWide() {
		t.Errorf("after a time source: %s, clock %+v; want it judged", c.Deadline, c.StationClock)
	}
}

// A clock that has gone back is not right because facts were written down since.
func TestWentBackBeforeTheLastStart(t *testing.T) {
	t.Parallel()
	var c setClock
	sc := newStationClock(nil, 2*time.Minute)
	c.under(sc)
	first := sc.start(time.Now().Add(time.Hour), store.ClockState{Doubt: &store.StationClock{Ahead: 60}})
	state, differs := sc.unkept()
	if !differs || first == nil || first.Behind != noBound.Seconds() || first.Ahead != 60 {
		t.Fatalf("at the first start: %+v, to be recorded %v", first, differs)
	}
	checkCause(t, "went back", first.Reason, first.Cause, time.UTC)
	sc = newStationClock(nil, 2*time.Minute)
	c.under(sc)
	second := sc.start(time.Now().Add(-time.Minute), state)
	if _, differs := sc.unkept(); differs || second == nil || *second != *first {
		t.Errorf("at the second start: %+v, to be recorded %v; want it as before", second, differs)
	}
}
