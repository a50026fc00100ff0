package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"custodock/ingest"
	"custodock/store"
	"custodock/web/account"
)

const (
	dockingsPage = 50  // dockings in one table
	listedPoints = 300 // and in the table beside the charts
)

// cameraPage is what the page of one camera shows. Of a camera that nobody
// knows it is the serial alone.
type cameraPage struct {
	Serial string
	Known  bool

	cameraRow
	Holders    []store.Holder // oldest last
	History    []cameraEntry  // newest first
	Extensions []store.Extension
	Total      int // of its dockings

	Days      int // that the charts show
	Spans     []daySpan
	Points    []store.Docking // newest first, listedPoints at most
	MorePoint bool
	Series    string // address of the same for the charts

	Dockings []dockingRow
	Older    string // address of the page behind; empty: there is none
	Newest   string // address of the first one, when this is another

	Suspicion *ingest.Suspicion
	Rule      verdictRule
	Clips     string // address of its clips, for those who may see them
	Form      *assignForm
}

// verdictRule is from when on figures count, to be told with them.
type verdictRule struct{ Errors, Others, Factor int }

// daySpan is how far back charts go.
type daySpan struct {
	Days    int
	Address string
	Here    bool
}

var chartDays = []int{30, 90, 365}

const usualDays = 90

// cameraEntry is a line of a camera's history.
type cameraEntry struct{ store.Entry }

// Key is the word for what happened, if there is one.
func (e cameraEntry) Key() string { return "camera.what_" + strings.ReplaceAll(e.What, " ", "_") }

// dockingRow is a docking in a table.
type dockingRow struct {
	store.Docking
	Lasted time.Duration
	End    string // its word is camera.end_END
}

// How a docking ended.
const (
	endDocked = "docked" // it lasts
	endUnseen = "unseen" // the daemon did not see it
	endEarly  = "early"  // before everything was stored
	endTaken  = "taken"
)

func newDockingRow(d store.Docking, now time.Time) dockingRow {
	row := dockingRow{Docking: d, End: endTaken}
	switch {
	case d.Closed == "":
		row.Lasted, row.End = now.Sub(d.DockedAt), endDocked
		return row
	case d.Closed == store.ClosedInterrupted:
		row.End = endUnseen
		return row
	case d.Unstored > 0:
		row.End = endEarly
	}
	row.Lasted = d.UndockedAt.Sub(d.DockedAt)
	return row
}

// showCamera shows one camera.
func (s *server) showCamera(w http.ResponseWriter, r *http.Request) {
	s.answerCamera(w, r, http.StatusOK, nil)
}

// answerCamera shows a camera, with what was entered and is to be corrected.
func (s *server) answerCamera(w http.ResponseWriter, r *http.Request, status int, form *assignForm) {
	page, err := s.newCameraPage(r, time.Now())
	switch {
	case errors.Is(err, store.ErrNotFound) && wantsPage(r):
		s.showAs(w, r, http.StatusNotFound, "camera", &cameraPage{Serial: r.PathValue("serial")})
		return
	case errors.Is(err, store.ErrNotFound):
		s.fail(w, r, http.StatusNotFound, "no camera of this serial was ever docked or assigned")
		return
	case err != nil:
		s.unavailable(w, r, err)
		return
	}
	if account.May(r.Context(), account.AssignCameras) && account.From(r.Context()) != nil {
		page.Form = form.orFresh()
	}
	s.showAs(w, r, status, "camera", page)
}

func (s *server) newCameraPage(r *http.Request, now time.Time) (*cameraPage, error) {
	serial := r.PathValue("serial")
	state, err := s.station.CameraState(serial, now)
	if err != nil {
		return nil, err
	}
	row, err := s.store.Camera(serial)
	if err != nil {
		return nil, err
	}
	p := &cameraPage{
		Serial: serial, Known: true, cameraRow: newCameraRow(state), Holders: holdersOf(row),
		Rule: verdictRule{ingest.LeastErrors, ingest.LeastOthers, ingest.TellingFactor},
	}
	for _, e := range slices.Backward(row.History) {
		p.History = append(p.History, cameraEntry{e})
	}
	if account.May(r.Context(), account.SeeClips) {
		p.Clips = "/clips?" + url.Values{"camera": {serial}}.Encode()
	}
	if p.Extensions, err = s.store.Extensions(serial); err != nil {
		return nil, err
	}
	slices.Reverse(p.Extensions)
	if p.Suspicion, err = s.station.Suspicion(serial, now); err != nil {
		return nil, err
	}
	return p, errors.Join(s.addDockings(p, r.URL.Query().Get("before"), now), s.addPoints(p, r.URL.Query(), now))
}

// holdersOf are all spans, the last first.
func holdersOf(row *store.Camera) []store.Holder {
	list := row.Holders
	if row.Holder != nil {
		list = append(list, *row.Holder)
	}
	slices.SortStableFunc(list, func(a, b store.Holder) int { return b.From.Compare(a.From) })
	return list
}

// addDockings adds a page of them. One that goes on from what there is not
// begins anew.
func (s *server) addDockings(p *cameraPage, before string, now time.Time) (err error) {
	if p.Total, err = s.store.CountDockings(p.Serial); err != nil {
		return err
	}
	list, older, err := s.store.DockingsBefore(p.Serial, before, dockingsPage)
	if errors.Is(err, store.ErrNotFound) {
		before = ""
		list, older, err = s.store.DockingsBefore(p.Serial, "", dockingsPage)
	}
	if err != nil {
		return err
	}
	addProgress(list, s.station.Bays())
	for i := range list {
		p.Dockings = append(p.Dockings, newDockingRow(list[i], now))
	}
	if older {
		p.Older = p.Address + "?" + url.Values{"before": {list[len(list)-1].ID}}.Encode() + "#dockings"
	}
	if before != "" {
		p.Newest = p.Address + "#dockings"
	}
	return nil
}

// addPoints adds what the charts show.
func (s *server) addPoints(p *cameraPage, v url.Values, now time.Time) (err error) {
	p.Days = daysOf(v)
	for _, days := range chartDays {
		p.Spans = append(p.Spans, daySpan{days, p.Address + "?days=" + strconv.Itoa(days) + "#charts", days == p.Days})
	}
	p.Series = p.Address + "/series?days=" + strconv.Itoa(p.Days)
	p.Points, err = s.dockingsOfDays(p.Serial, p.Days, listedPoints+1, now)
	if p.MorePoint = len(p.Points) > listedPoints; p.MorePoint {
		p.Points = p.Points[:listedPoints]
	}
	return err
}

// daysOf is how far back charts go: one of chartDays.
func daysOf(v url.Values) int {
	days, _ := strconv.Atoi(v.Get("days")) // what is no number is none of them
	if !slices.Contains(chartDays, days) {
		return usualDays
	}
	return days
}

// dockingsOfDays returns a camera's dockings of the last days, newest first, n
// at most.
func (s *server) dockingsOfDays(serial string, days, n int, now time.Time) (list []store.Docking, err error) {
	start := now.AddDate(0, 0, -days)
	err = s.store.EachDocking(serial, func(d *store.Docking) (more bool) {
		if d.DockedAt.Before(start) || len(list) == n {
			return false
		}
		list = append(list, *d)
		return true
	})
	return list, err
}
