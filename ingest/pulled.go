package ingest

import (
	"maps"
	"slices"
	"sync"
	"time"

	"custodock/store"
)

// Pulled is a camera that left its bay before everything on it was stored. The
// bay shows it until the camera is docked again, here or elsewhere, or another
// one takes the bay.
type Pulled struct {
	Camera    string    `json:"camera"`
	Badge     string    `json:"badge,omitempty"` // of who holds it
	Officer   string    `json:"officer,omitempty"`
	Left      int       `json:"left,omitzero"` // clips that are known and not stored
	LeftBytes int64     `json:"left_bytes,omitzero"`
	Unlisted  bool      `json:"unlisted,omitempty"` // not all of it was listed: there may be more
	At        time.Time `json:"at,omitzero"`        // absent when nobody saw it leave

	after time.Time // not shown before
}

// pulledBook remembers them by bay.
type pulledBook struct {
	mu   sync.Mutex
	bays map[int]Pulled
}

// leave puts down a camera that leaves, unless it was done, or was only the
// place of a camera's disk.
func (b *pulledBook) leave(s *session, now time.Time) {
	status := s.status()
	if status.State == BayDone || status.Need == NeedDisk || status.Need == NeedStaff {
		return // as it was told to, or nothing was there
	}
	s.mu.Lock()
	unlisted := s.left == nil || s.lacks != lacksNothing || s.unlistable != nil
	s.mu.Unlock()
	b.put(status.Bay, Pulled{Camera: status.Camera, Badge: status.Badge, Officer: status.Officer,
		Left: status.Left, LeftBytes: status.LeftBytes, Unlisted: unlisted, At: now.UTC().Truncate(time.Millisecond)})
}

func (b *pulledBook) put(bay int, p Pulled) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bays == nil {
		b.bays = make(map[int]Pulled)
	}
	b.bays[bay] = p
}

// arrive forgets what a docking puts right. The place of a camera's disk does
// not, before there is something in it.
func (b *pulledBook) arrive(d *store.Docking, files int) {
	if d.Place && files == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for bay, p := range b.bays {
		if bay == d.Bay || p.Camera == d.Camera {
			delete(b.bays, bay)
		}
	}
}

// forget drops a camera that nobody is to bring back.
func (b *pulledBook) forget(serial string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	maps.DeleteFunc(b.bays, func(_ int, p Pulled) bool { return p.Camera == serial })
}

// show adds to the bays what their last cameras took away, and the bays that
// are there only for that.
func (b *pulledBook) show(bays []BayStatus, now time.Time) []BayStatus {
	b.mu.Lock()
	defer b.mu.Unlock()
	for n, p := range b.bays {
		if now.Before(p.after) {
			continue
		}
		i := slices.IndexFunc(bays, func(s BayStatus) bool { return s.Bay == n })
		switch {
		case i < 0:
			bays = append(bays, BayStatus{Bay: n, State: BayEmpty, Pulled: &p})
		case bays[i].State == BayEmpty || bays[i].Need == NeedDisk:
			bays[i].Pulled = &p
		}
	}
	return bays
}

const (
	// recalled bounds how many dockings a start looks through.
	recalled = 10_000

	// recallGrace is how long after a start a camera that was docked when the
	// daemon stopped has to be found again before it counts as taken.
	recallGrace = time.Minute
)

// isLast reports whether a camera was not docked since, but for the place of
// its disk.
func (st *Station) isLast(c *store.Camera, d *store.Docking) bool {
	if c.LastDocking == d.ID {
		return true
	}
	last, err := st.opt.Store.Docking(c.LastDocking)
	return err == nil && last.Place && last.Files == 0
}

// recallPulled finds in the catalog which cameras had left too early before the
// daemon started.
func (st *Station) recallPulled(now time.Time) {
	last, err := st.opt.Store.LastInBays(recalled)
	if err != nil {
		st.log.Error("it cannot be told which cameras were taken too early", "error", err)
		return
	}
	for bay, d := range last {
		if d.Unstored == 0 && (d.Complete || d.Files > 0 || d.Place) {
			continue
		}
		c, err := st.opt.Store.Camera(d.Camera)
		if err != nil || c.Retired != nil || !st.isLast(c, &d) {
			continue
		}
		p := Pulled{Camera: d.Camera, Left: d.Unstored, LeftBytes: d.UnstoredBytes, Unlisted: !d.Complete, At: d.UndockedAt}
		if d.Closed != store.ClosedUndocked {
			p.after = now.Add(recallGrace)
		}
		if h := c.HeldAt(later(d.DockedAt, d.UndockedAt)); h != nil {
			p.Badge, p.Officer = h.Badge, h.Name
		}
		st.pulled.put(bay, p)
	}
}
