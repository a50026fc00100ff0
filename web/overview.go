package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"custodock/ingest"
	"custodock/store"
)

const (
	overviewWeeks = 8  // shown unless asked otherwise; they fit on A4
	overviewNext  = 12 // clips that are due next
)

// overviewSpans are how many weeks may be asked for.
var overviewSpans = []int{4, overviewWeeks, 12}

// overview is what supervisors see first: how the station kept the deadline,
// what is due next, and whether the station itself is well.
type overview struct {
	Status ingest.Status
	Upkeep store.Upkeep
	Waits  int // requests that nobody settled

	Span  int // weeks shown
	Spans []int
	Weeks []time.Time // their Mondays, oldest first
	Total unitShares
	Units []unitShares // those of nobody's unit last
	Next  []dueNext
}

// unitShares is how a unit kept the deadline, week by week.
type unitShares struct {
	Unit  string // empty: of nobody's unit
	Weeks []share
	All   share
}

// share counts the clips of a unit that were due in some time.
type share struct {
	Kept        int64 // on time, or excused
	Late        int64 // late, or overdue still
	Undecidable int64
}

func (s *share) add(clips map[store.Deadline]int64) {
	s.Kept += clips[store.OnTime] + clips[store.Excused]
	s.Late += clips[store.Late] + clips[store.Overdue]
	s.Undecidable += clips[store.Undecidable]
}

// Of is of how many clips it is a share: those that were due.
func (s share) Of() int64 { return s.Kept + s.Late + s.Undecidable }

// Share is the part that was stored in time, of 1. An undecidable clip was not
// until somebody says so.
func (s share) Share() float64 { return float64(s.Kept) / float64(max(s.Of(), 1)) }

// Class says how much care a share needs.
func (s share) Class() string {
	switch {
	case s.Of() == 0:
		return "none"
	case s.Kept == s.Of():
		return "good"
	case s.Late == 0:
		return "care"
	}
	return "bad"
}

// dueNext is a clip that is not stored, and where its camera is.
type dueNext struct {
	store.Clip
	At   int           // the bay that its camera is in; 0: it is out
	Left time.Duration // until it is due
}

func (s *server) showOverview(w http.ResponseWriter, r *http.Request) {
	span, err := strconv.Atoi(r.URL.Query().Get("weeks"))
	if err != nil || !slices.Contains(overviewSpans, span) {
		span = overviewWeeks
	}
	page, err := s.overview(span, time.Now())
	if err != nil {
		s.log.Error("the overview cannot be shown", "error", err)
		s.fail(w, r, http.StatusServiceUnavailable, err.Error())
		return
	}
	s.show(w, r, "overview", page)
}

func (s *server) overview(span int, now time.Time) (*overview, error) {
	o := &overview{Span: span, Spans: overviewSpans}
	var err error
	if o.Status, err = s.station.Status(now); err != nil {
		return nil, err
	}
	if o.Upkeep, err = s.store.Upkeep(); err != nil {
		return nil, err
	}
	waiting, err := s.store.Requests(true)
	if err != nil {
		return nil, err
	}
	o.Waits = len(waiting)
	if err := s.addShares(o, now); err != nil {
		return nil, err
	}
	due, err := s.store.Clips(store.Filter{Deadlines: []store.Deadline{store.Pending, store.DueSoon}, Limit: overviewNext}, now)
	if err != nil {
		return nil, err
	}
	bays := s.occupied()
	for _, c := range due.Clips {
		o.Next = append(o.Next, dueNext{c, bays[c.Camera], c.DueAt.Sub(now)})
	}
	return o, nil
}

// addShares counts the clips that were due in the last weeks, this one too.
func (s *server) addShares(o *overview, now time.Time) error {
	monday := weekStart(now.In(s.station.Zone()))
	column := make(map[int64]int)
	for i := range o.Span {
		week := monday.AddDate(0, 0, 7*(i-o.Span+1))
		o.Weeks = append(o.Weeks, week)
		column[week.Unix()] = i
	}
	tallies, err := s.store.Tally(o.Weeks[0], now, now)
	if err != nil {
		return err
	}
	o.Total.Weeks = make([]share, o.Span)
	units := make(map[string]*unitShares)
	for _, t := range tallies {
		i, shown := column[t.Week.Unix()]
		if !shown {
			continue
		}
		u := units[t.Unit]
		if u == nil {
			u = &unitShares{Unit: t.Unit, Weeks: make([]share, o.Span)}
			units[t.Unit] = u
		}
		for _, sum := range []*share{&u.Weeks[i], &u.All, &o.Total.Weeks[i], &o.Total.All} {
			sum.add(t.Clips)
		}
	}
	for _, u := range units {
		if u.All.Of() > 0 {
			o.Units = append(o.Units, *u)
		}
	}
	slices.SortFunc(o.Units, func(a, b unitShares) int {
		return cmp.Or(cmp.Compare(boolOrder(a.Unit == ""), boolOrder(b.Unit == "")), cmp.Compare(a.Unit, b.Unit))
	})
	return nil
}

func boolOrder(last bool) int {
	if last {
		return 1
	}
	return 0
}

// ThisWeek is how the whole station keeps the deadline in the week that runs.
func (o *overview) ThisWeek() share { return o.Total.Weeks[len(o.Total.Weeks)-1] }

// Used is the share of the archive's disk that is taken.
func (o *overview) Used() float64 {
	a := o.Status.Archive
	return 1 - float64(a.Free)/float64(max(a.Size, 1))
}

// weekStart is the Monday of t's week, at midnight in t's zone.
func weekStart(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()-(int(t.Weekday())+6)%7, 0, 0, 0, 0, t.Location())
}
