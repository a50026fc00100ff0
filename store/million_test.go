package store

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// history is a catalog of three years before at: n clips of 500 cameras, which
// 2,000 officers of 8 units held. Few are late, fewer are not stored; officers
// of unit 7 are never late.
func history(tb testing.TB, dir string, n int) *Store {
	tb.Helper()
	s := openTest(tb, dir)
	s.db.NoSync = true
	random := rand.New(rand.NewPCG(1, 2))
	const batch = 20_000
	for start := 0; start < n; start += batch {
		err := s.db.Update(func(tx *bolt.Tx) error {
			for i := start; i < min(start+batch, n); i++ {
				if err := s.putClip(tx, pastClip(random, i, n)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
	s.db.NoSync = false
	if err := s.db.Sync(); err != nil {
		tb.Fatal(err)
	}
	return s
}

const historySpan = 3 * 365 * 24 * time.Hour

// pastClip is the i-th clip of n, by when they were seen.
func pastClip(random *rand.Rand, i, n int) *Clip {
	camera := random.IntN(500)
	end := at.Add(-historySpan / time.Duration(n) * time.Duration(n-i)).Truncate(time.Millisecond)
	open := i >= n-n/50 // which were recorded in the last hours, and are all that there is to be done
	if open {
		end = at.Add(-20 * time.Hour / time.Duration(n/50) * time.Duration(n-i)).Truncate(time.Millisecond)
	}
	badge := camera*4 + random.IntN(4)
	c := &Clip{
		ID: fmt.Sprintf("id%014d", i), Camera: fmt.Sprintf("CAM%04d", camera), Bay: 1,
		Path: fmt.Sprintf("DCIM/100MEDIA/VID_%07d.MP4", i), Name: fmt.Sprintf("VID_%07d.MP4", i), Kind: KindVideo, Size: 500 << 20,
		RecordedEnd: end, EndEarliest: end, EndLatest: end, TimeSource: SourceContainer, Clock: ClockTrusted, Duration: 300, Media: MediaOK,
		Sources: []Source{{From: SourceContainer, End: end}, {From: SourceModTime, End: end}, {From: SourceFilename, Start: end}},
		SeenAt:  end.Add(8 * time.Hour), State: Stored, Deadline: OnTime, Docking: fmt.Sprintf("dk%014d", i/50), ModTime: end,
		Badge: fmt.Sprint(badge), Officer: "李雷", Unit: fmt.Sprintf("unit %d", badge%8),
		History: []Entry{{At: end, What: "seen"}, {At: end, What: "copied"}, {At: end, What: "stored"}},
	}
	switch random.IntN(100) {
	case 0: // which have no deadline
		c.Kind, c.Deadline = KindLog, NoDeadline
	case 1, 2:
		if badge%8 != 7 {
			c.Deadline = Late
		}
	case 3:
		c.Deadline = []Deadline{Excused, Undecidable, OnTime, OnTime}[random.IntN(4)]
	case 4:
		if random.IntN(20) == 0 { // never stored
			c.State, c.Deadline = []State{Seen, Failed, Gone}[random.IntN(3)], Overdue
		}
	}
	if open && c.Kind == KindVideo {
		c.State, c.Deadline = Seen, ""
		if i%1000 == 0 {
			c.EndEarliest, c.State = time.Time{}, Failed
		}
	}
	c.DueAt = Rule{Window: 24 * time.Hour}.Due(c)
	if c.State == Stored {
		c.StoredAt, c.SHA256 = end.Add(9*time.Hour), fmt.Sprintf("%064x", i)
		c.ArchivePath = "archive/" + end.Format("2006/01/02") + "/" + c.Camera + "/" + c.Name
	}
	return c
}

// The target is 50 ms for every page, with a million clips. -short makes do
// with fewer.
func BenchmarkMillion(b *testing.B) {
	n := 1_000_000
	if testing.Short() {
		n = 50_000
	}
	s := history(b, b.TempDir(), n)
	now := at.Add(2 * time.Hour)
	deep := base64.RawURLEncoding.EncodeToString(appendTime([]byte{0}, at.Add(-historySpan/2))) + "AAAA"
	for name, f := range pages() {
		for _, place := range []struct{ name, cursor string }{{"first", ""}, {"deep", deep}} {
			b.Run(name+"/"+place.name, func(b *testing.B) {
				f.Limit, f.Cursor = 100, place.cursor
				rows := 0
				for b.Loop() {
					rows = len(must[Page](b)(s.Clips(f, now)).Clips)
				}
				b.ReportMetric(float64(rows), "rows")
			})
		}
	}
	b.Run("Tally", func(b *testing.B) {
		for b.Loop() {
			must[[]Tally](b)(s.Tally(at.AddDate(0, 0, -84), at, now))
		}
	})
	b.Run("Tally of all", func(b *testing.B) {
		for b.Loop() {
			must[[]Tally](b)(s.Tally(time.Time{}, time.Time{}, now))
		}
	})
}

func pages() map[string]Filter {
	list := map[string]Filter{
		"all":           {},
		"late, overdue": {Deadlines: []Deadline{Late, Overdue}},
		"camera":        {Camera: "CAM0123"},
		"badge":         {Badge: "494"},
		"unit":          {Unit: "unit 3"},
		"since":         {Since: at.AddDate(0, -1, 0)},
		"until":         {Until: at.AddDate(-1, 0, 0)},
		"window":        {Since: at.AddDate(-2, 0, 0), Until: at.AddDate(-2, 0, 7)},
		"empty window":  {Since: at.AddDate(10, 0, 0)},
		"logs window":   {Since: at.AddDate(-2, 0, 0), Until: at.AddDate(-2, 0, 7), Deadlines: []Deadline{NoDeadline}},
		"seen logs":     {States: []State{Seen}, Deadlines: []Deadline{NoDeadline}},

		"camera, badge":       {Camera: "CAM0123", Badge: "494"},
		"camera, other badge": {Camera: "CAM0123", Badge: "500"},
		"camera, unit, late":  {Camera: "CAM0123", Unit: "unit 3", Deadlines: []Deadline{Late}},
		"unit, failed":        {Unit: "unit 3", States: []State{Failed}},
		"unit, window":        {Unit: "unit 3", Since: at.AddDate(-2, 0, 0), Until: at.AddDate(-2, 0, 7)},
		"badge, window":       {Badge: "494", Since: at.AddDate(-2, 0, 0), Until: at.AddDate(-2, 0, 7)},
		"unit 7, late":        {Unit: "unit 7", Deadlines: []Deadline{Late}},
		"gone, late":          {States: []State{Gone}, Deadlines: []Deadline{Late}},
	}
	for _, d := range allDeadlines {
		list[string(d)] = Filter{Deadlines: []Deadline{d}}
		list["camera, "+string(d)] = Filter{Camera: "CAM0123", Deadlines: []Deadline{d}}
		list["badge, "+string(d)] = Filter{Badge: "494", Deadlines: []Deadline{d}}
		list["unit, "+string(d)] = Filter{Unit: "unit 3", Deadlines: []Deadline{d}}
		list["window, "+string(d)] = Filter{Since: at.AddDate(-2, 0, 0), Until: at.AddDate(-2, 0, 7), Deadlines: []Deadline{d}}
	}
	for _, state := range allStates {
		list[string(state)] = Filter{States: []State{state}}
	}
	return list
}
