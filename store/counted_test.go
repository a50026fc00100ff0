package store

import (
	"fmt"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

// Whatever people put down and take back, the totals never fall, and a clip is
// in each of them once: as soon as it was ever that.
func TestTotalsOnlyGrow(t *testing.T) {
	s := openTest(t, t.TempDir())
	cameras := 0
	rapid.Check(t, func(t *rapid.T) {
		cameras++
		h := &affairs{t: t, s: s, serial: fmt.Sprintf("CAM%04d", cameras), now: stamp(time.Now())}
		h.before = h.stats()
		h.store()
		for range rapid.IntRange(0, 8).Draw(t, "steps") {
			h.step()
			h.check()
		}
	})
	checkIndexes(t, s)
	s.Close()
	checkRebuilt(t, s.opt.Dir)
}

// affairs are what people do about two clips of a camera: one was stored late,
// of the other only its docking tells.
type affairs struct {
	t      *rapid.T
	s      *Store
	serial string
	now    time.Time

	clips         []string
	extensions    []string // not revoked
	before        Stats
	late, excused map[string]bool // clips that ever were
	lastLate      int64
	lastExcused   int64
}

func (h *affairs) ok(err error) {
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *affairs) stats() Stats {
	st, err := h.s.Stats(h.now)
	h.ok(err)
	return st
}

func (h *affairs) store() {
	h.late, h.excused = make(map[string]bool), make(map[string]bool)
	d, _, err := h.s.Dock(Docking{Camera: h.serial, Bay: 1}, "", "", h.now)
	h.ok(err)
	inv, err := h.s.Inventory(d.ID, h.now)
	h.ok(err)
	end := h.now.Add(-72 * time.Hour)
	listed, err := inv.Add([]File{{Path: "A", Size: 1}, {Path: "B", Size: 1}}, func(i int, c *Clip) {
		if c.Kind, c.EndLatest = KindVideo, end; i == 0 {
			c.EndEarliest = end
		} else {
			c.EndLatest = h.now
		}
	})
	h.ok(err)
	_, err = inv.Close(true, nil, 0, "")
	h.ok(err)
	for _, l := range listed {
		_, err := h.s.Put(h.t.Context(), Copy{ID: l.Clip.ID, Open: from([]byte{1})})
		h.ok(err)
		h.clips = append(h.clips, l.Clip.ID)
	}
	h.check()
}

// step extends, revokes, decides or takes a decision back; what cannot be is
// refused, and changes nothing.
func (h *affairs) step() {
	id := rapid.SampledFrom(h.clips).Draw(h.t, "clip")
	switch what := rapid.SampledFrom([]string{"extend", "revoke", "decide", "take back"}).Draw(h.t, "what"); {
	case what == "extend":
		back := time.Duration(rapid.SampledFrom([]int{2, 48}).Draw(h.t, "returned")) * time.Hour
		e, _, err := h.s.Extend(Extension{Camera: h.serial, Clip: id, Reason: Remote, Returned: h.now.Add(-back), By: "x"}, h.now)
		h.ok(err)
		h.extensions = append(h.extensions, e.ID)
	case what == "revoke" && len(h.extensions) > 0:
		_, _, err := h.s.RevokeExtension(h.extensions[0], "x", "", h.now)
		h.ok(err)
		h.extensions = h.extensions[1:]
	case what == "decide":
		_, _ = h.s.Decide(id, rapid.SampledFrom([]Deadline{OnTime, Late}).Draw(h.t, "as"), "x", "y", h.now)
	case what == "take back":
		_, _ = h.s.Decide(id, Undecidable, "x", "y", h.now)
	}
}

func (h *affairs) check() {
	for _, id := range h.clips {
		c, err := h.s.Clip(id)
		h.ok(err)
		h.late[id] = h.late[id] || c.Deadline == Late
		h.excused[id] = h.excused[id] || c.Deadline == Excused
	}
	st := h.stats()
	for _, total := range []struct {
		name             string
		got, before, was int64
		ever             map[string]bool
	}{
		{"late", st.LateTotal, h.before.LateTotal, h.lastLate, h.late},
		{"excused", st.ExcusedTotal, h.before.ExcusedTotal, h.lastExcused, h.excused},
	} {
		want := total.before
		for _, ever := range total.ever {
			if ever {
				want++
			}
		}
		if total.got != want || total.got < total.was {
			h.t.Fatalf("%s: %d, was %d; want %d", total.name, total.got, total.was, want)
		}
	}
	h.lastLate, h.lastExcused = st.LateTotal, st.ExcusedTotal
}

// A catalog that was made before clips were marked as counted goes on with what
// its clips are.
func TestTotalsOfAnEarlierCatalog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir)
	now := stamp(time.Now())
	clips := lateClips(t, s, now, 72*time.Hour, 72*time.Hour)
	mustExtend(t, s, Extension{Camera: "CAM0001", Clip: clips[0].ID, Reason: Remote, Returned: now.Add(-time.Hour), By: "x"}, now)
	err := s.db.Update(func(tx *bolt.Tx) error {
		if err := tx.Bucket(bucketCounts).Delete([]byte(countExcused)); err != nil {
			return err
		}
		return tx.DeleteBucket(bucketCounted)
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = openTest(t, dir)
	if st := must[Stats](t)(s.Stats(now)); st.LateTotal != 1 || st.ExcusedTotal != 1 {
		t.Errorf("late %d, excused %d; want one of each", st.LateTotal, st.ExcusedTotal)
	}
	checkIndexes(t, s)
}
