package web

import (
	"cmp"
	"net/http"
	"time"

	"custodock/store"
	"custodock/web/account"
)

// clipsPerPage is how many rows are read at a glance.
const clipsPerPage = 50

// clipsPage is what clips.html shows.
type clipsPage struct {
	Query  clipQuery
	Tabs   []clipTab
	Groups []clipGroup
	Empty  bool
	Next   string // address; empty on the last page
	First  string // address; empty on the first page
	Own    bool   // only the clips of who is signed in
	Lacks  bool   // the clip that was asked for is not there, or not theirs to see
	States []string

	Requests int // that are open; -1: not theirs to know
}

// clipTab leads to the clips that stand in one way.
type clipTab struct {
	Key     string // of its word
	Href    string
	Counted bool
	Count   int64
	Here    bool
}

// clipGroup is rows under one heading.
type clipGroup struct {
	Deadline store.Deadline // empty: no heading
	Rows     []clipRow
}

// clipRow is one clip with why it stands as it does, in a few words.
type clipRow struct {
	*store.Clip
	Why   string
	Asked bool // a request for it is open
}

func (s *server) showClips(w http.ResponseWriter, r *http.Request) {
	s.showClipsAs(w, r, http.StatusOK)
}

// showClipsAs shows the list; with StatusNotFound in place of a clip.
func (s *server) showClipsAs(w http.ResponseWriter, r *http.Request, status int) {
	now := time.Now()
	p := clipsPage{Query: readClipQuery(r, now, s.station.Zone()), States: allStates, Requests: -1, Lacks: status == http.StatusNotFound}
	_, p.Own = ownBadge(r)
	if err := s.fillClips(r, &p, now); err != nil && !p.Query.WrongCursor {
		s.unavailable(w, r, err)
		return
	}
	if p.Query.wrong() {
		status = http.StatusUnprocessableEntity
	}
	s.showAs(w, r, status, "clips", p)
}

// fillClips reads what the page shows.
func (s *server) fillClips(r *http.Request, p *clipsPage, now time.Time) error {
	open, err := s.openRequests(r)
	if err != nil {
		return err
	}
	if account.May(r.Context(), account.SeeClips) {
		p.Requests = len(open)
	}
	if err := s.clipTabs(p, now); err != nil || p.Query.wrong() {
		return err
	}
	clips, next, err := s.clipPage(&p.Query, clipsPerPage, now)
	if err != nil {
		return err
	}
	p.Empty = len(clips) == 0
	if next != "" {
		p.Next = p.Query.address(p.Query.Deadline, next)
	}
	if p.Query.Cursor != "" {
		p.First = p.Query.address(p.Query.Deadline, "")
	}
	p.Groups, err = s.groups(p.Query.Deadline == "", clips, s.format(r), open)
	return err
}

// openRequests are those that wait for a person, as far as they are shown to
// who asks.
func (s *server) openRequests(r *http.Request) ([]store.Request, error) {
	if !account.May(r.Context(), account.SeeClips) {
		return nil, nil
	}
	return s.store.Requests(true)
}

// groups puts rows under headings, where there are to be any.
func (s *server) groups(headed bool, clips []store.Clip, f format, open []store.Request) (groups []clipGroup, err error) {
	asked := make(map[string]bool, len(open))
	for _, r := range open {
		asked[cmp.Or(r.Clip, r.Docking)] = true
	}
	for i := range clips {
		c := &clips[i]
		heading := store.Deadline("")
		if headed {
			heading = c.Deadline
		}
		if n := len(groups); n == 0 || groups[n-1].Deadline != heading {
			groups = append(groups, clipGroup{Deadline: heading})
		}
		g := &groups[len(groups)-1]
		var stays stays
		if c.Deadline != store.OnTime { // which needs no reason
			if stays, err = s.stays(c); err != nil {
				return nil, err
			}
		}
		g.Rows = append(g.Rows, clipRow{c, f.short(c, stays), asked[c.ID] || asked[c.Docking]})
	}
	return groups, nil
}

// clipTabs are the ways in which clips stand, with how many there are of each
// where all are asked for: a filter is not counted through.
func (s *server) clipTabs(p *clipsPage, now time.Time) error {
	var counts map[string]int64
	if !p.Own && !p.Query.Narrow() {
		stats, err := s.store.Stats(now)
		if err != nil {
			return err
		}
		counts = countsOf(&stats)
	}
	for _, key := range []string{"", "overdue", "late", "undecidable", "due_soon", "pending", "on_time", "excused", deadlineAll} {
		tab := clipTab{Key: "deadline." + key, Href: p.Query.address(key, ""), Here: p.Query.Deadline == key}
		switch key {
		case "":
			tab.Key = "clips.tab_care"
		case deadlineAll:
			tab.Key = "clips.tab_all"
		}
		tab.Count, tab.Counted = counts[key], counts != nil
		p.Tabs = append(p.Tabs, tab)
	}
	return nil
}

func countsOf(st *store.Stats) map[string]int64 {
	return map[string]int64{
		"":        st.Overdue + st.Settled[store.Late] + st.Undecidable,
		"overdue": st.Overdue, "late": st.Settled[store.Late], "undecidable": st.Undecidable,
		"due_soon": st.DueSoon, "pending": st.Pending, "on_time": st.Settled[store.OnTime],
		"excused": st.Settled[store.Excused], deadlineAll: st.Clips,
	}
}
