package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// lives is a station at which things happen to clips at random.
type lives struct {
	t      *testing.T
	s      *Store
	random *rand.Rand
	now    time.Time
	files  map[string][]File
	ids    []string
}

// end returns a time of which clips that are stored now, by the computer's
// clock, are late, one of which they are on time, or one that turns overdue.
func (l *lives) end() (earliest, latest time.Time) {
	latest = []time.Time{
		time.Date(2001, 3, 25, 0, 30, 0, 0, time.UTC).AddDate(0, 0, l.random.IntN(20)), at, l.now.Add(-time.Hour),
		l.now.Add(-time.Duration(l.random.IntN(72)) * time.Hour),
	}[l.random.IntN(4)]
	return []time.Time{{}, latest, latest, latest.Add(-6 * time.Hour)}[l.random.IntN(4)], latest
}

func (l *lives) dock(serial string) {
	if l.random.IntN(5) == 0 {
		l.files[serial] = nil
	}
	for range l.random.IntN(3) {
		n := len(l.ids) + len(l.files[serial])
		l.files[serial] = append(l.files[serial], File{Path: fmt.Sprintf("%d.MP4", n), Size: 1, ModTime: l.now})
	}
	d := dock(l.t, l.s, Docking{Camera: serial}, l.now)
	inv := must[*Inventory](l.t)(l.s.Inventory(d.ID, l.now))
	for _, listed := range must[[]Listed](l.t)(inv.Add(l.files[serial], func(i int, c *Clip) {
		c.Kind = []Kind{KindVideo, KindPhoto, KindLog}[i%3]
		c.EndEarliest, c.EndLatest = l.end()
		if l.random.IntN(2) == 0 {
			c.RecordedEnd = c.EndLatest
		}
	})) {
		l.ids = append(l.ids, listed.Clip.ID)
	}
	must[Books](l.t)(inv.Close(true, nil, 0, ""))
	undock(l.t, l.s, d, l.now)
}

// step lets one thing happen. What is refused did not.
func (l *lives) step() {
	l.now = l.now.Add(time.Duration(l.random.IntN(300)) * time.Minute)
	serial := fmt.Sprintf("CAM%04d", l.random.IntN(3))
	var id string
	if len(l.ids) > 0 {
		id = l.ids[l.random.IntN(len(l.ids))]
	}
	var refused *FieldError
	allow := func(err error) {
		l.t.Helper()
		if err != nil && !errors.As(err, &refused) && !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrStored) {
			l.t.Fatal(err)
		}
	}
	switch what := l.random.IntN(12); what {
	case 0, 1, 2:
		l.dock(serial)
	case 3, 4:
		_, err := l.s.Put(l.t.Context(), Copy{ID: id, Open: from([]byte{1})})
		allow(err)
	case 5:
		_, err := l.s.Fail(id, errors.New("input/output error"), l.now)
		allow(err)
	case 6, 7:
		must[[]Clip](l.t)(l.s.MissDue(l.now))
	case 8:
		_, err := l.s.Decide(id, []Deadline{OnTime, Late, Undecidable}[l.random.IntN(3)], "x", "", l.now)
		allow(err)
	case 9:
		_, _, err := l.s.Extend(Extension{Camera: serial, Reason: Remote, From: time.Unix(0, 0), Returned: l.now.Add(-time.Hour), By: "x"}, l.now)
		allow(err)
	default:
		unit := []string{"East", "West", ""}[l.random.IntN(3)]
		_, err := l.s.Assign(serial, Holder{Badge: fmt.Sprint(what), Unit: unit}, l.now)
		allow(err)
	}
}

// counted is the tally of all rows, one by one.
func counted(t *testing.T, s *Store, now time.Time, in func(due time.Time) bool) map[string]int64 {
	t.Helper()
	sums := make(map[string]int64)
	err := s.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketClips).ForEach(func(_, data []byte) error {
			var c Clip
			if err := json.Unmarshal(data, &c); err != nil || c.DueAt.IsZero() || !in(c.DueAt) {
				return err
			}
			s.Present(&c, now)
			day := c.DueAt.In(s.opt.Zone)
			for day.Weekday() != time.Monday {
				day = day.AddDate(0, 0, -1)
			}
			sums[fmt.Sprint(day.Format(time.DateOnly), cleanOwner(c.Unit), c.Deadline)]++
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

func checkTally(t *testing.T, s *Store, now time.Time) map[string]int64 {
	t.Helper()
	got := make(map[string]int64)
	list := must[[]Tally](t)(s.Tally(time.Time{}, time.Time{}, now))
	for _, week := range list {
		if week.Week.Weekday() != time.Monday || week.Week.Format(time.TimeOnly) != "00:00:00" {
			t.Errorf("a week begins at %s", week.Week)
		}
		for d, n := range week.Clips {
			got[fmt.Sprint(week.Week.Format(time.DateOnly), week.Unit, d)] = n
		}
	}
	if !slices.IsSortedFunc(list, func(a, b Tally) int { return a.Week.Compare(b.Week) }) {
		t.Errorf("the weeks are in no order: %+v", list)
	}
	all := func(time.Time) bool { return true }
	if want := counted(t, s, now, all); !reflect.DeepEqual(got, want) {
		t.Fatalf("at %s the tally is %v\nthe rows make %v", now, got, want)
	}
	return got
}

func TestTallyOfRandomLives(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for seed := range uint64(4) {
		opt := options(t.TempDir())
		opt.Zone = must[*time.Location](t)(time.LoadLocation([]string{"Asia/Shanghai", "Europe/Berlin"}[seed%2]))
		s := must[*Store](t)(Open(opt))
		l := &lives{t: t, s: s, random: rand.New(rand.NewPCG(seed, 1)), now: at, files: make(map[string][]File)}
		for i := range 80 {
			if l.step(); i%8 == 0 {
				checkTally(t, s, l.now)
			}
		}
		for name := range checkTally(t, s, l.now) {
			for _, d := range allDeadlines {
				seen[string(d)] = seen[string(d)] || name[len(name)-len(d):] == string(d)
			}
		}
		checkTally(t, s, l.now.Add(21*time.Hour)) // no clock moved the open ones
		checkIndexes(t, s)
		s.Close()
		opt.Zone = time.FixedZone("east", 14*3600)
		r := must[*Store](t)(OpenReadOnly(opt))
		checkTally(t, r, l.now)
		r.Close()
		s = must[*Store](t)(Open(opt)) // whose weeks begin elsewhere
		checkTally(t, s, l.now)
		checkIndexes(t, s)
		s.Close()
	}
	for _, d := range []Deadline{Overdue, OnTime, Late, Excused, Undecidable} {
		if !seen[string(d)] {
			t.Errorf("no life ended %s", d)
		}
	}
}

func TestTallyOfSomeWeeks(t *testing.T) {
	t.Parallel()
	opt := options(t.TempDir())
	opt.Zone = must[*time.Location](t)(time.LoadLocation("Asia/Shanghai"))
	s := must[*Store](t)(Open(opt))
	defer s.Close()
	var events []event
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, opt.Zone)
	for i := range 6 * 7 * 4 { // four a day
		c := &Clip{ID: fmt.Sprintf("id%014d", i), Camera: "C", Path: fmt.Sprint(i), Kind: KindVideo, State: Seen, DueAt: monday.Add(time.Duration(i-84) * 6 * time.Hour).UTC()}
		if i%4 == 1 || i%4 == 2 { // and not those that are due when a week begins
			c.State, c.Deadline = Stored, OnTime
		}
		c.EndEarliest, c.EndLatest = c.DueAt.Add(-24*time.Hour), c.DueAt.Add(-24*time.Hour)
		events = append(events, event{At: at, What: whatSeen, Clip: c})
	}
	if err := s.commit(events...); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		from, to time.Time
		weeks    int
	}{
		{monday, monday, 0},
		{monday, monday.Add(time.Millisecond), 1},
		{monday.AddDate(0, 0, 6), monday.AddDate(0, 0, 7), 1},
		{monday.AddDate(0, 0, -1), monday.AddDate(0, 0, 8), 3},
		{time.Time{}, monday, 3},
		{monday, time.Time{}, 3},
		{time.Time{}, time.Time{}, 6},
	} {
		list := must[[]Tally](t)(s.Tally(tt.from, tt.to, monday))
		if len(list) != tt.weeks {
			t.Errorf("from %s to %s: %d weeks; want %d", tt.from, tt.to, len(list), tt.weeks)
		}
		for _, week := range list {
			if week.Clips[OnTime] != 14 || week.Clips[Pending]+week.Clips[Overdue]+week.Clips[DueSoon] != 14 {
				t.Errorf("week %s has %v; want 14 and 14 clips", week.Week, week.Clips)
			}
		}
	}
}
