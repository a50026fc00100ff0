package store

import (
	"errors"
	"testing"
	"time"
)

// doubtful lists a clip of which only the docking tells when it ended.
func doubtful(t testing.TB, s *Store, now time.Time, earliest time.Time) *Clip {
	t.Helper()
	d := dock(t, s, Docking{Camera: "CAM0001"}, now)
	inv := must[*Inventory](t)(s.Inventory(d.ID, now))
	listed := must[[]Listed](t)(inv.Add([]File{file("A", 1)}, func(_ int, c *Clip) {
		c.Kind, c.Clock, c.EndEarliest, c.EndLatest = KindVideo, ClockSuspect, earliest, now
	}))
	must[Books](t)(inv.Close(true, nil, 0, ""))
	return listed[0].Clip
}

func deadlineAt(t testing.TB, s *Store, id string, now time.Time) *Clip {
	t.Helper()
	c := must[*Clip](t)(s.Clip(id))
	s.Present(c, now)
	return c
}

func TestDecideStored(t *testing.T) {
	t.Parallel()
	for _, as := range []Deadline{OnTime, Late} {
		s := openTest(t, t.TempDir())
		now := stamp(time.Now())
		clip := put(t, s, doubtful(t, s, now, time.Time{}).ID, []byte{0})
		if clip.Deadline != Undecidable {
			t.Fatalf("clip %+v; want it undecidable", clip)
		}
		decided := must[*Clip](t)(s.Decide(clip.ID, as, "chief", "he called in", now.Add(time.Hour)))
		row := must[*Clip](t)(s.Clip(clip.ID))
		if decided.Deadline != as || row.Deadline != as || row.Decision.By != "chief" || row.LateBy != 0 {
			t.Errorf("row %+v; want it %s", row, as)
		}
		if missed := row.MissedAt; missed.IsZero() == (as == Late) || (as == Late && !missed.Equal(now.Add(time.Hour))) {
			t.Errorf("%s, missed at %v", as, missed)
		}
		checkIndexes(t, s)
		before := rows(t, s)
		for _, again := range []Deadline{OnTime, Late, Excused} {
			if _, err := s.Decide(clip.ID, again, "x", "y", now); !errors.As(err, new(*FieldError)) {
				t.Errorf("decided again: %v", err)
			}
		}
		checkRows(t, s, before)
		must[*Clip](t)(s.Decide(clip.ID, Undecidable, "chief", "wrong clip", now.Add(2*time.Hour)))
		row = must[*Clip](t)(s.Clip(clip.ID))
		if row.Deadline != Undecidable || row.Decision != nil || row.MissedAt.IsZero() == (as == Late) {
			t.Errorf("row %+v; want it undecidable, and a miss kept", row)
		}
		checkWhole(t, s)
		s.Close()
		checkRebuilt(t, s.opt.Dir)
	}
}

// What is decided of a clip that is not stored yet says which end counts; what
// is certain wins.
func TestDecideUnstored(t *testing.T) {
	t.Parallel()
	now := stamp(time.Now())
	s := openTest(t, t.TempDir())
	clip := doubtful(t, s, now, now.Add(-48*time.Hour))
	due := clip.DueAt
	must[*Clip](t)(s.Decide(clip.ID, OnTime, "chief", "x", now))
	for at, want := range map[time.Time]Deadline{now: Pending, due: DueSoon, due.Add(1): Overdue} {
		if c := deadlineAt(t, s, clip.ID, at); c.Deadline != want {
			t.Errorf("at %v it is %s; want %s", at, c.Deadline, want)
		}
	}
	if st := must[Stats](t)(s.Stats(now)); st.Pending != 1 || st.Undecidable != 0 {
		t.Errorf("stats %+v; want it pending", st)
	}
	if missed := must[[]Clip](t)(s.MissDue(due.Add(time.Millisecond))); len(missed) != 1 {
		t.Errorf("missed %v; want it", missed)
	}
	checkIndexes(t, s)

	s = openTest(t, t.TempDir())
	clip = doubtful(t, s, now, now.Add(-48*time.Hour))
	must[*Clip](t)(s.Decide(clip.ID, Late, "chief", "x", now))
	if c := deadlineAt(t, s, clip.ID, now.Add(time.Hour)); c.Deadline != Overdue || c.MissedAt.IsZero() || c.LateBy != 0 {
		t.Errorf("clip %+v; want it overdue, by nobody knows how much", c)
	}
	page := must[Page](t)(s.Clips(Filter{Deadlines: []Deadline{Overdue}}, now.Add(time.Hour)))
	if st := must[Stats](t)(s.Stats(now)); len(page.Clips) != 1 || st.Overdue != 1 || st.Undecidable != 0 {
		t.Errorf("%d clips are overdue, stats %+v", len(page.Clips), st)
	}
	checkIndexes(t, s)
	if err := s.Describe([]string{clip.ID}, now, func(int, *Clip) {}); err != nil {
		t.Fatal(err)
	}
	if row := must[*Clip](t)(s.Clip(clip.ID)); row.Deadline != Overdue {
		t.Errorf("described again %+v; want it overdue still", row)
	}
	if row := put(t, s, clip.ID, []byte{0}); row.Deadline != Late {
		t.Errorf("stored %+v; want it late", row)
	}
	checkWhole(t, s)
	// The officer was away: what was decided to be late can be excused.
	mustExtend(t, s, Extension{Camera: "CAM0001", Reason: OffSite, Returned: now.Add(-time.Hour), By: "chief"}, now)
	if row := must[*Clip](t)(s.Clip(clip.ID)); row.Deadline != Excused {
		t.Errorf("row %+v; want it excused", row)
	}
	s.Close()
	checkRebuilt(t, s.opt.Dir)

	// The container tells, once it is read: there is nothing to decide any more.
	s = openTest(t, t.TempDir())
	clip = doubtful(t, s, now, time.Time{})
	must[*Clip](t)(s.Decide(clip.ID, Late, "chief", "x", now))
	err := s.Describe([]string{clip.ID}, now, func(_ int, c *Clip) { c.EndEarliest, c.EndLatest = now.Add(-time.Hour), now.Add(-time.Hour) })
	if err != nil {
		t.Fatal(err)
	}
	if c := deadlineAt(t, s, clip.ID, now); c.Deadline != Pending {
		t.Errorf("clip %+v; want it pending, whatever was decided", c)
	}
	checkIndexes(t, s)
}

func TestDecideRefuses(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	clip := seeOne(t, s, "A.MP4", 5)
	before := rows(t, s)
	for _, as := range []Deadline{OnTime, Late, Undecidable, Excused} {
		if _, err := s.Decide(clip.ID, as, "x", "y", at); !errors.As(err, new(*FieldError)) {
			t.Errorf("decided %s: %v", as, err)
		}
	}
	_, err := s.Decide("nothing", OnTime, "x", "y", at)
	checkError(t, err, ErrNotFound)
	checkRows(t, s, before)
	pub := readyToPublish(t, s, clip.ID, "12345")
	_, err = s.Decide(clip.ID, OnTime, "x", "y", at)
	checkError(t, err, ErrCopying)
	s.publishGroup([]*publication{pub})
	s.endPut(clip.ID)
}

// The time of the last fact is what a station's clock is held against.
func TestLastFact(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	if last, err := s.LastFact(); err != nil || !last.IsZero() {
		t.Errorf("of an empty ledger: %v, %v", last, err)
	}
	seeOne(t, s, "A.MP4", 5)
	must[[]Clip](t)(s.MissDue(at.Add(25 * time.Hour)))
	if last, err := s.LastFact(); err != nil || !last.Equal(at.Add(25*time.Hour)) {
		t.Errorf("last fact %v, %v; want %v", last, err, at.Add(25*time.Hour))
	}
}

func TestNoteInterruption(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	clip := seeOne(t, s, "A.MP4", 5)
	must[*Clip](t)(s.NoteInterruption(clip.ID, "x", "flat battery", at))
	put(t, s, clip.ID, []byte("12345"))
	must[*Clip](t)(s.NoteInterruption(clip.ID, "y", "full card", at))
	row := must[*Clip](t)(s.Clip(clip.ID))
	if row.Interruption.By != "y" || whats(row) != "seen, interruption explained, stored, interruption explained" {
		t.Errorf("row %+v", row)
	}
	_, err := s.NoteInterruption("nothing", "x", "y", at)
	checkError(t, err, ErrNotFound)
	checkWhole(t, s)
	s.Close()
	checkRebuilt(t, s.opt.Dir)
}
