package ingest

import (
	"cmp"
	"slices"
	"time"

	"custodock/store"
)

// waiting is a clip on a docked camera that is still to be stored.
type waiting struct {
	size int64     // bytes that are still to be copied
	due  time.Time // zero: no deadline
}

// outlook is what a docked camera still has to give, and how fast it does.
type outlook struct {
	speed   float64   // bytes a second; 0: nothing is copied from it just now
	clips   []waiting // that are being copied or wait for their turn
	blocked []waiting // that cannot be copied as things are
}

func (s *session) outlook(now time.Time) outlook {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := outlook{clips: make([]waiting, 0, len(s.left))}
	for id, w := range s.left {
		if c := s.copying[id]; c != nil {
			w.size = max(w.size-c.Done, 0)
		}
		if _, failed := s.failed[id]; failed || s.noRoom[id] || s.unlistable != nil {
			o.blocked = append(o.blocked, w)
		} else {
			o.clips = append(o.clips, w)
		}
	}
	if len(s.copying) > 0 {
		o.speed = s.pace.at(now)
	}
	return o
}

// expectedLate estimates how many clips that are not yet due will be late as
// things go. Those on docked cameras are copied in order of due time: each is
// done when all before it are, at the speed of the station and at that of its
// own camera. From a camera that is away, and of clips that cannot be copied,
// nothing comes: these count from when they are due soon, because until then
// somebody may well bring the camera, or make room.
func (st *Station) expectedLate(urgent map[string]*store.Due, now time.Time) (n int64) {
	docked := make(map[string]bool)
	var cameras []outlook
	for _, s := range st.sessionList() {
		docked[s.docking.Camera] = true
		cameras = append(cameras, s.outlook(now))
	}
	for serial, due := range urgent {
		if !docked[serial] {
			n += due.DueSoon
		}
	}
	return n + lateAsThingsGo(cameras, now, st.opt.Store.Rule().DueSoon)
}

func lateAsThingsGo(cameras []outlook, now time.Time, dueSoon time.Duration) (n int64) {
	var speed float64
	for _, c := range cameras {
		speed += c.speed
	}
	for i := range cameras {
		c := &cameras[i]
		if speed == 0 { // nothing is copied at all
			c.blocked, c.clips = append(c.blocked, c.clips...), nil
		}
		for _, w := range c.blocked {
			if !w.due.Before(now) && w.due.Before(now.Add(dueSoon)) {
				n++
			}
		}
	}
	if allInTime(cameras, speed, now) {
		return n
	}
	return n + lateInTurn(cameras, speed, now)
}

// allInTime reports, without sorting anything, whether the last clip will be
// stored before the first is due. So it is nearly always.
func allInTime(cameras []outlook, speed float64, now time.Time) bool {
	var all, longest float64
	var first time.Time
	for _, c := range cameras {
		var own float64
		for _, w := range c.clips {
			own += float64(w.size)
			if !w.due.IsZero() && !w.due.Before(now) && (first.IsZero() || w.due.Before(first)) {
				first = w.due
			}
		}
		all += own
		if c.speed > 0 {
			longest = max(longest, own/c.speed)
		}
	}
	return first.IsZero() || !now.Add(seconds64(max(longest, all/speed))).After(first)
}

// lateInTurn goes through the clips as the queue does.
func lateInTurn(cameras []outlook, speed float64, now time.Time) (n int64) {
	type turn struct {
		waiting
		camera int
	}
	var turns []turn
	for i, c := range cameras {
		for _, w := range c.clips {
			if !w.due.IsZero() {
				turns = append(turns, turn{w, i})
			}
		}
	}
	slices.SortFunc(turns, func(a, b turn) int {
		return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.camera, b.camera), cmp.Compare(a.size, b.size))
	})
	var all float64
	own := make([]float64, len(cameras))
	for _, t := range turns {
		all += float64(t.size)
		own[t.camera] += float64(t.size)
		takes := all / speed
		if of := cameras[t.camera].speed; of > 0 {
			takes = max(takes, own[t.camera]/of)
		}
		if !t.due.Before(now) && now.Add(seconds64(takes)).After(t.due) {
			n++
		}
	}
	return n
}

// seconds64 is a number of seconds as a duration, a century at most.
func seconds64(s float64) time.Duration {
	const century = 100 * 365 * 24 * time.Hour
	return time.Duration(min(s, century.Seconds()) * float64(time.Second))
}
