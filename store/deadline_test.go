package store

import (
	"context"
	"io"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var day = Rule{Window: 24 * time.Hour, DueSoon: 4 * time.Hour}

func TestJudge(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	end := at
	sharp := Clip{Kind: KindVideo, EndEarliest: end, EndLatest: end}
	wide := Clip{Kind: KindVideo, EndEarliest: end.Add(-10 * time.Hour), EndLatest: end}
	open := Clip{Kind: KindVideo, EndLatest: end}
	due := end.Add(24 * time.Hour)
	tests := []struct {
		name   string
		clip   Clip
		at     time.Time
		is     Deadline // when it is not stored at that time
		stored Deadline // when it was stored at that time
	}{
		{"at once", sharp, end, Pending, OnTime},
		{"before it ended", sharp, end.Add(-time.Hour), Pending, OnTime},
		{"just not soon", sharp, due.Add(-4 * time.Hour), Pending, OnTime},
		{"soon", sharp, due.Add(-4*time.Hour + ms), DueSoon, OnTime},
		{"at the last instant", sharp, due, DueSoon, OnTime},
		{"an instant later", sharp, due.Add(ms), Overdue, Late},
		{"surely in time", wide, due.Add(-10 * time.Hour), Pending, OnTime},
		{"perhaps not in time", wide, due.Add(-10*time.Hour + ms), Undecidable, Undecidable},
		{"perhaps still in time", wide, due, Undecidable, Undecidable},
		{"surely late", wide, due.Add(ms), Overdue, Late},
		{"nothing bounds it from below", open, end, Undecidable, Undecidable},
		{"nothing bounds it, and late", open, due.Add(ms), Overdue, Late},
	}
	for _, tt := range tests {
		for kind, judged := range map[Kind]bool{KindVideo: true, KindAudio: true, KindPhoto: true, KindLog: false, KindOther: false} {
			is, stored := tt.is, tt.stored
			if !judged {
				is, stored = NoDeadline, NoDeadline
			}
			c := tt.clip
			c.Kind = kind
			if got := day.Judge(&c, tt.at); got != is {
				t.Errorf("%s %s: %s; want %s", kind, tt.name, got, is)
			}
			c.StoredAt = tt.at
			if got := day.Judge(&c, tt.at.AddDate(1, 0, 0)); got != stored {
				t.Errorf("%s %s, stored: %s; want %s", kind, tt.name, got, stored)
			}
		}
	}
}

// Whenever in its interval the recording ended: nobody is accused who was in
// time, and nothing is called in time that was late.
func TestJudgeAccusesNobodyWrongly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		hours := func(name string) time.Duration {
			return time.Duration(rapid.Int64Range(0, int64(100*time.Hour/time.Millisecond)).Draw(t, name)) * time.Millisecond
		}
		width := hours("width")
		c := Clip{Kind: KindVideo, EndLatest: at}
		if rapid.Bool().Draw(t, "bounded") {
			c.EndEarliest = at.Add(-width)
		}
		truth := at.Add(-time.Duration(rapid.Int64Range(0, int64(width)).Draw(t, "truth")))
		now := at.Add(hours("now") - 50*time.Hour)
		late := now.After(truth.Add(day.Window))
		unstored := day.Judge(&c, now)
		c.StoredAt = now
		stored := day.Judge(&c, now)
		if late && (stored == OnTime || unstored == Pending || unstored == DueSoon) {
			t.Fatalf("it was late, and is called %s, and %s before", stored, unstored)
		}
		if !late && (stored == Late || unstored == Overdue) {
			t.Fatalf("it was in time, and is called %s, and %s before", stored, unstored)
		}
		if due := day.Due(&c); (unstored == Overdue) != now.After(due) {
			t.Fatalf("%s at %v, due %v", unstored, now, due)
		}
	})
}

func TestDue(t *testing.T) {
	t.Parallel()
	if got := day.Due(&Clip{Kind: KindLog, EndLatest: at}); !got.IsZero() {
		t.Errorf("a log is due %v", got)
	}
	if got := day.Due(&Clip{Kind: KindVideo, EndLatest: at}); !got.Equal(at.Add(24 * time.Hour)) {
		t.Errorf("a video is due %v", got)
	}
}

// The deadline clock looks at nothing but what has become due, marks it once,
// and after a restart what became due meanwhile.
func TestMissDue(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	d := dock(t, s, Docking{Camera: "CAM0001"}, at)
	inv := must[*Inventory](t)(s.Inventory(d.ID, at))
	ends := []time.Duration{-3 * time.Hour, -2 * time.Hour, -time.Hour, 0}
	var files []File
	for i := range ends {
		files = append(files, file(string(rune('A'+i)), 1))
	}
	files = append(files, file("log", 1))
	listed := must[[]Listed](t)(inv.Add(files, func(i int, c *Clip) {
		if i < len(ends) {
			c.Kind, c.EndEarliest, c.EndLatest = KindVideo, at.Add(ends[i]), at.Add(ends[i])
		} else {
			c.Kind, c.EndLatest = KindLog, at.Add(-time.Hour)
		}
	}))
	must[Books](t)(inv.Close(true, nil, 0, ""))
	put(t, s, listed[0].Clip.ID, []byte{0})

	due := func(i int) time.Time { return at.Add(ends[i] + 24*time.Hour) }
	next, ok, err := s.NextDue()
	if err != nil || !ok || !next.Equal(due(1)) {
		t.Errorf("next due %v, %v, %v; want %v", next, ok, err, due(1))
	}
	missAt := func(now time.Time, want ...int) {
		t.Helper()
		missed := must[[]Clip](t)(s.MissDue(now))
		if len(missed) != len(want) {
			t.Fatalf("%d clips were missed at %v; want %d", len(missed), now, len(want))
		}
		for k, i := range want {
			row := must[*Clip](t)(s.Clip(listed[i].Clip.ID))
			if missed[k].ID != row.ID || row.Deadline != Overdue || !row.MissedAt.Equal(now) {
				t.Errorf("missed %+v, row %+v; want clip %d, marked", missed[k], row, i)
			}
		}
		checkIndexes(t, s)
	}
	missAt(due(1))
	missAt(due(1).Add(time.Millisecond), 1)
	missAt(due(1).Add(time.Millisecond))
	if first, ok, err := s.FirstDue(); err != nil || !ok || !first.Equal(due(1)) {
		t.Errorf("first due %v, %v, %v; want the overdue one", first, ok, err)
	}
	s.Close()
	s = openTest(t, s.opt.Dir)
	missAt(due(3).Add(time.Second), 2, 3)
	if _, ok, err := s.NextDue(); ok || err != nil {
		t.Errorf("there is a next one due, %v", err)
	}
	if st := must[Stats](t)(s.Stats(due(3).Add(time.Second))); st.Overdue != 3 || st.MissedTotal != 3 {
		t.Errorf("stats %+v; want 3 overdue and missed", st)
	}
	// Stored late it stays missed at the instant at which it was. The clock of
	// the test is in the future: by the computer's it is stored in time.
	row := put(t, s, listed[2].Clip.ID, []byte{2})
	if !row.MissedAt.Equal(due(3).Add(time.Second)) {
		t.Errorf("stored clip %+v; want its miss kept", row)
	}
	checkWhole(t, s)
}

// A clip that is being published was stored in time, or says itself that not.
func TestMissDuePassesOverWhatIsPublished(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	clip := seeOne(t, s, "A.MP4", 5)
	pub := readyToPublish(t, s, clip.ID, "12345")
	if missed := must[[]Clip](t)(s.MissDue(at.Add(48 * time.Hour))); len(missed) != 0 {
		t.Errorf("missed %+v", missed)
	}
	s.publishGroup([]*publication{pub})
	s.endPut(clip.ID)
	row := checkStored(t, s, clip.ID, []byte("12345"))
	if row.Deadline == Overdue {
		t.Errorf("row %+v; want it stored", row)
	}
	checkIndexes(t, s)
}

// A miss that is in the ledger and not yet in the catalog is not undone by the
// publication of a row that was read before.
func TestPutDoesNotUndoAMiss(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	clip := seeOne(t, s, "A.MP4", 5)
	s.db.MaxSize = 1 // the catalog is full, the ledger is not
	_, err := s.Put(t.Context(), Copy{ID: clip.ID, Open: func(ctx context.Context, offset int64) (io.ReadCloser, error) {
		padding := make([]byte, 512<<10)
		c := *clip
		c.Deadline, c.MissedAt, c.Error = Overdue, at, string(padding)
		s.writer.Lock()
		defer s.writer.Unlock()
		if err := s.commit(event{At: at, What: "missed", Clip: &c}); err == nil {
			t.Error("a full catalog took a row")
		}
		s.db.MaxSize = 0
		return from([]byte("12345"))(ctx, offset)
	}})
	if err != nil {
		t.Fatal(err)
	}
	if row := checkStored(t, s, clip.ID, []byte("12345")); !row.MissedAt.Equal(at) {
		t.Errorf("the row has missed_at %v; want %v", row.MissedAt, at)
	}
	checkWhole(t, s)
}

// Clips that would be overdue from the moment they are seen are held until
// they were looked into.
func TestHold(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	d := dock(t, s, Docking{Camera: "CAM0001"}, at)
	inv := must[*Inventory](t)(s.Inventory(d.ID, at))
	inv.Hold(at.Add(4 * time.Second))
	listed := must[[]Listed](t)(inv.Add([]File{file("A", 1), file("B", 1)}, videoAt(at.AddDate(0, 0, -9))))
	must[Books](t)(inv.Close(true, nil, 0, ""))
	if missed := must[[]Clip](t)(s.MissDue(at.Add(4 * time.Second))); len(missed) != 0 {
		t.Errorf("missed %d clips that are held", len(missed))
	}
	err := s.Describe([]string{listed[0].Clip.ID}, at, func(_ int, c *Clip) { c.EndEarliest, c.EndLatest = at, at })
	if err != nil {
		t.Fatal(err)
	}
	missed := must[[]Clip](t)(s.MissDue(at.Add(4*time.Second + 1)))
	if len(missed) != 1 || missed[0].ID != listed[1].Clip.ID {
		t.Errorf("missed %+v; want the one that nobody looked into", missed)
	}
	checkIndexes(t, s)
}

// Thousands at once are marked in bounded transactions.
func TestMissDueMany(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	var files []File
	for i := range 2*applyBatch + 1 {
		files = append(files, file(string(rune(i+1000)), 1))
	}
	see(t, s, "CAM0001", files...)
	if missed := must[[]Clip](t)(s.MissDue(at.Add(48 * time.Hour))); len(missed) != len(files) {
		t.Errorf("missed %d clips; want %d", len(missed), len(files))
	}
	checkIndexes(t, s)
}

// A station's clock that is in doubt is judged as an interval, by the plain due
// time and by an extension's.
func TestJudgeByADoubtfulClock(t *testing.T) {
	t.Parallel()
	end := at
	due := end.Add(24 * time.Hour)
	clock := &StationClock{Ahead: 3600, Behind: 1800}
	ext := &Extension{DueAt: due.Add(10 * time.Hour)}
	for _, tt := range []struct {
		stored time.Time
		want   Deadline
		ext    *Extension
	}{
		{due.Add(-30 * time.Minute), OnTime, nil},
		{due.Add(-30*time.Minute + 1), Undecidable, nil},
		{due.Add(time.Hour), Undecidable, nil},
		{due.Add(time.Hour + 1), Late, nil},
		{due.Add(time.Hour + 1), Excused, ext},
		{due.Add(9*time.Hour + 30*time.Minute), Excused, ext},
		{due.Add(9*time.Hour + 30*time.Minute + 1), Undecidable, ext},
		{due.Add(11 * time.Hour), Undecidable, ext},
		{due.Add(11*time.Hour + 1), Late, ext},
	} {
		c := Clip{Kind: KindVideo, EndEarliest: end, EndLatest: end, StoredAt: tt.stored, StationClock: clock, Extension: tt.ext}
		if got := day.Judge(&c, tt.stored); got != tt.want {
			t.Errorf("stored %v after due: %s; want %s", tt.stored.Sub(due), got, tt.want)
		}
	}
}
