package store

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	allDeadlines = []Deadline{Pending, DueSoon, Overdue, OnTime, Late, Excused, Undecidable, NoDeadline}
	allStates    = []State{Seen, Copying, Stored, Failed, Gone}
)

// randomClips fills a catalog with clips of every sort, as they stand some
// hours after at: what was due by then is marked.
func randomClips(t *testing.T, s *Store) (clips []Clip, now time.Time) {
	t.Helper()
	now = at.Add(30 * time.Hour)
	random := rapid.Custom(func(r *rapid.T) Clip {
		c := Clip{
			Camera: rapid.SampledFrom([]string{"CAM0001", "CAM0002", "CAM"}).Draw(r, "camera"),
			Kind:   rapid.SampledFrom([]Kind{KindVideo, KindVideo, KindPhoto, KindLog, KindOther}).Draw(r, "kind"),
			State:  rapid.SampledFrom([]State{Seen, Seen, Stored, Stored, Stored, Failed, Gone}).Draw(r, "state"),
		}
		if rapid.IntRange(0, 4).Draw(r, "held") > 0 {
			c.Badge = rapid.SampledFrom([]string{"1", "2", "12"}).Draw(r, "badge")
			c.Unit = rapid.SampledFrom([]string{"East", "West", "East\x00", ""}).Draw(r, "unit")
		}
		hour := func(name string, from, to int) time.Time {
			return at.Add(time.Duration(rapid.IntRange(from*4, to*4).Draw(r, name)) * 15 * time.Minute)
		}
		c.SeenAt = hour("seen", 0, 29)
		c.EndLatest = hour("end", -40, 29)
		switch rapid.IntRange(0, 3).Draw(r, "bounds") {
		case 0: // open below
		case 1:
			c.EndEarliest = c.EndLatest.Add(-time.Duration(rapid.IntRange(0, 40).Draw(r, "width")) * time.Hour)
		default:
			c.EndEarliest = c.EndLatest
		}
		if !c.Kind.HasDeadline() && rapid.Bool().Draw(r, "no end") {
			c.EndEarliest, c.EndLatest = time.Time{}, time.Time{}
		}
		if rapid.IntRange(0, 30).Draw(r, "old") == 0 {
			c.EndEarliest, c.EndLatest = time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC)
		}
		if c.State == Stored {
			c.StoredAt = hour("stored", -10, 29)
		}
		if c.Kind.HasDeadline() && rapid.IntRange(0, 5).Draw(r, "decided") == 0 {
			c.Decision = &Decision{Deadline: OnTime} // of one that is not stored, Late makes it overdue at once
		}
		return c
	})
	var events []event
	for i := range 400 {
		c := random.Example(i)
		c.ID, c.Path = fmt.Sprintf("id%014d", i), fmt.Sprint(i)
		c.DueAt = s.opt.Rule.Due(&c)
		if i%37 == 0 && !c.DueAt.IsZero() {
			c.DueAt = c.DueAt.Add(time.Duration(i%5-2) * time.Hour) // as under another rule
		}
		if c.State == Stored {
			c.Deadline = s.opt.Rule.Judge(&c, now)
			c.SHA256 = fmt.Sprintf("%064d", i%7)
		}
		events = append(events, event{At: at, What: whatSeen, Clip: &c})
	}
	if err := s.commit(events...); err != nil {
		t.Fatal(err)
	}
	must[[]Clip](t)(s.MissDue(at.Add(20 * time.Hour))) // and since then the clock of the daemon stood
	for _, ev := range events {
		c := must[*Clip](t)(s.Clip(ev.Clip.ID))
		clips = append(clips, *c)
	}
	s.copying[clips[0].ID], s.copying[clips[1].ID], s.copying[clips[2].ID] = true, true, true
	return clips, now
}

// naive is what Clips promises, without an index.
func naive(s *Store, clips []Clip, f Filter, now time.Time) (ids []string) {
	var matching []Clip
	for _, c := range clips {
		s.Present(&c, now)
		end := c.EndLatest
		if end.IsZero() {
			end = c.SeenAt
		}
		if (len(f.Deadlines) == 0 || slices.Contains(f.Deadlines, c.Deadline)) &&
			(len(f.States) == 0 || slices.Contains(f.States, c.State)) &&
			(f.Camera == "" || f.Camera == c.Camera) &&
			(f.Badge == "" || f.Badge == c.Badge) && (f.Unit == "" || f.Unit == c.Unit) &&
			(f.Since.IsZero() || !end.Before(f.Since)) && (f.Until.IsZero() || end.Before(f.Until)) {
			matching = append(matching, c)
		}
	}
	slices.SortFunc(matching, func(a, b Clip) int {
		if a.DueAt.IsZero() != b.DueAt.IsZero() {
			return cmp.Compare(order(&a)[0], order(&b)[0])
		}
		if a.DueAt.IsZero() {
			return cmp.Or(a.end().Compare(b.end()), cmp.Compare(a.ID, b.ID))
		}
		return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.ID, b.ID))
	})
	if f.Newest { // those without a deadline stay behind the others
		open := slices.IndexFunc(matching, func(c Clip) bool { return c.DueAt.IsZero() })
		if open < 0 {
			open = len(matching)
		}
		slices.Reverse(matching[:open])
		slices.Reverse(matching[open:])
	}
	for _, c := range matching {
		ids = append(ids, c.ID)
	}
	return ids
}

func TestClipsAgainstANaiveFilter(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	clips, now := randomClips(t, s)
	checkIndexes(t, s)
	times := rapid.OneOf(
		rapid.Just(time.Time{}),
		rapid.Custom(func(r *rapid.T) time.Time {
			return at.Add(time.Duration(rapid.IntRange(-45*4, 32*4).Draw(r, "quarter")) * 15 * time.Minute)
		}),
		rapid.SampledFrom([]time.Time{
			time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), time.Unix(0, 0), time.Unix(0, -1),
		}),
	)
	rapid.Check(t, func(r *rapid.T) {
		f := Filter{
			Deadlines: rapid.SliceOfN(rapid.SampledFrom(allDeadlines), 0, 3).Draw(r, "deadlines"),
			States:    rapid.SliceOfN(rapid.SampledFrom(allStates), 0, 3).Draw(r, "states"),
			Camera:    rapid.SampledFrom([]string{"", "", "CAM0001", "CAM", "nobody"}).Draw(r, "camera"),
			Badge:     rapid.SampledFrom([]string{"", "", "", "1", "2", "12", "nobody"}).Draw(r, "badge"),
			Unit:      rapid.SampledFrom([]string{"", "", "", "East", "West", "nobody"}).Draw(r, "unit"),
			Since:     times.Draw(r, "since"),
			Until:     times.Draw(r, "until"),
			Limit:     rapid.IntRange(1, 150).Draw(r, "limit"),
			Newest:    rapid.Bool().Draw(r, "newest"),
		}
		want := naive(s, clips, f, now)
		var got []string
		for pages := 0; ; pages++ {
			page, err := s.Clips(f, now)
			if err != nil || len(page.Clips) > f.Limit || pages > 400 {
				r.Fatalf("page %d of %d clips: %v", pages, len(page.Clips), err)
			}
			for _, c := range page.Clips {
				got = append(got, c.ID)
			}
			if f.Cursor = page.Next; page.Next == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			r.Fatalf("got %v\nwant %v", got, want)
		}
	})
}

func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func TestStatsAgainstTheRows(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	clips, now := randomClips(t, s)
	want := Stats{Settled: make(map[Deadline]int64), Urgent: make(map[string]*Due)}
	pending := make(map[string]int)
	for _, c := range clips {
		want.Clips++
		if c.State == Stored {
			want.Stored++
			want.Settled[c.Deadline]++
		} else if c.State != Gone {
			pending[c.Camera]++
		}
		s.Present(&c, now)
		if c.State != Stored && c.Kind.HasDeadline() {
			of := want.of([]byte(c.Camera), c.DueAt)
			of.Overdue += boolInt(c.Deadline == Overdue)
			of.DueSoon += boolInt(c.Deadline == DueSoon)
		}
		switch {
		case c.Deadline == Undecidable:
			want.Undecidable++
		case c.Deadline == Overdue:
			want.Overdue++
		case c.Deadline == DueSoon:
			want.DueSoon++
		case c.Deadline == Pending:
			want.Pending++
		}
	}
	got := must[Stats](t)(s.Stats(now))
	for d, n := range got.Settled {
		if want.Settled[d] != n {
			t.Errorf("%d clips are settled %s; want %d", n, d, want.Settled[d])
		}
	}
	if !reflect.DeepEqual(got.Urgent, want.Urgent) || len(got.Urgent) == 0 {
		t.Errorf("urgent %v; want %v", got.Urgent, want.Urgent)
	}
	for _, c := range must[[]Camera](t)(s.Cameras()) {
		if c.PendingClips != pending[c.Serial] {
			t.Errorf("%s has %d pending clips; want %d", c.Serial, c.PendingClips, pending[c.Serial])
		}
	}
	got.Settled, got.Urgent, want.Settled, want.Urgent = nil, nil, nil, nil
	got.CatalogBytes, got.MissedTotal, got.LateTotal, got.StoredBytes = 0, 0, 0, 0
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("stats %+v; want %+v", got, want)
	}
}

func TestClipsRefusesForeignCursor(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	for _, cursor := range []string{"x", "!", "AAAA", "%%%"} {
		if _, err := s.Clips(Filter{Cursor: cursor}, at); !errors.Is(err, ErrCursor) {
			t.Errorf("cursor %q: %v; want ErrCursor", cursor, err)
		}
	}
	page := must[Page](t)(s.Clips(Filter{}, at))
	if page.Clips == nil || len(page.Clips) != 0 || page.Next != "" {
		t.Errorf("an empty catalog gives %+v; want an empty list", page)
	}
}

// A page goes on where the last one ended, also when the clip there moved.
func TestClipsCursorOfAClipThatMoved(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	_, listed := see(t, s, "CAM0001", file("A", 1), file("B", 1), file("C", 1))
	f := Filter{Deadlines: []Deadline{Pending, Undecidable, DueSoon}, Limit: 1}
	first := must[Page](t)(s.Clips(f, at))
	put(t, s, first.Clips[0].ID, []byte{1})
	f.Cursor = first.Next
	second := must[Page](t)(s.Clips(f, at))
	if second.Clips[0].ID != listed[1].Clip.ID {
		t.Errorf("the second page has %+v; want the second clip", second.Clips)
	}
}

func TestCamerasAndDockings(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	for _, serial := range []string{"B", "A", "AB", "A\x01"} {
		for i := range 3 {
			undock(t, s, dock(t, s, Docking{Camera: serial, Bay: i}, at.Add(time.Duration(i)*time.Hour)), at)
		}
	}
	d := dock(t, s, Docking{Camera: "A"}, at)
	list(t, s, d, at, file("x", 1))
	var serials []string
	for _, c := range must[[]Camera](t)(s.Cameras()) {
		serials = append(serials, c.Serial)
		if want := map[string]int{"A": 1}[c.Serial]; c.PendingClips != want {
			t.Errorf("camera %q has %d pending clips; want %d", c.Serial, c.PendingClips, want)
		}
	}
	if !slices.Equal(serials, []string{"A", "A\x01", "AB", "B"}) {
		t.Errorf("cameras %q", serials)
	}
	for serial, want := range map[string]string{"A": "[2 1]", "B": "[2 1]", "AB": "[2 1]", "A\x01": "[2 1]", "C": "[]", "": "[]"} {
		var bays []int
		for _, d := range must[[]Docking](t)(s.Dockings(serial, 2)) {
			bays = append(bays, d.Bay)
		}
		if fmt.Sprint(bays) != want {
			t.Errorf("the last dockings of %q were in bays %v; want %s", serial, bays, want)
		}
	}
	_, err := s.Camera("A\x00")
	checkError(t, err, ErrNotFound)
	_, err = s.Docking("nobody")
	checkError(t, err, ErrNotFound)
}

// A catalog that is read with another window in the configuration shows what
// the daemon said.
func TestDeadlineWithAnotherWindow(t *testing.T) {
	t.Parallel()
	opt := options(t.TempDir())
	opt.Rule = Rule{Window: time.Hour}
	s := must[*Store](t)(Open(opt))
	d := dock(t, s, Docking{Camera: "CAM0001"}, at)
	list(t, s, d, at, file("A.MP4", 1)) // ended an hour before
	now := at.Add(time.Minute)
	must[[]Clip](t)(s.MissDue(now))
	s.Close()
	s = must[*Store](t)(OpenReadOnly(options(opt.Dir)))
	defer s.Close()
	page := must[Page](t)(s.Clips(Filter{Deadlines: []Deadline{Overdue}}, now))
	if len(page.Clips) != 1 || page.Clips[0].Deadline != Overdue || page.Clips[0].LateBy != 60 {
		t.Errorf("overdue are %+v; want the clip that was missed, late by 60 s", page.Clips)
	}
}
