package web

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"custodock/ingest"
)

// pageSize is how many rows a page has of what there may be thousands of.
const pageSize = 100

// camerasPage is one page of the list of cameras.
type camerasPage struct {
	Query   cameraQuery
	Units   []string // of those who hold cameras
	Tabs    []careTab
	Columns []columnHead
	Rows    []cameraRow
	Found   int // on all pages
	From    int // of these, the first that is shown, from 1
	To      int
	Before  string // address of the page before; empty: there is none
	After   string
}

// careTab leads to the cameras that need one sort of care.
type careTab struct {
	careBadge // its Name is empty for all cameras, and anyCare for all that need some
	Cameras   int
	Address   string
	Here      bool
}

// columnHead heads a column and leads to the list in its order.
type columnHead struct {
	Name    string
	Number  bool
	Aria    string // aria-sort; empty when the list is not in its order
	Address string
}

// cameraRow is a camera in a list.
type cameraRow struct {
	*ingest.CameraState
	Address  string
	Badges   []careBadge
	ClockOff bool
	Low      bool // battery
	Full     bool // storage
}

// careBadge is a reason for care with its sign and how loud it is.
type careBadge struct{ Name, Icon, Class string }

var careSigns = map[string]careBadge{
	anyCare:    {anyCare, "warning", ""},
	"overdue":  {"overdue", "warning", "deadline-overdue"},
	"due_soon": {"due_soon", "clock", "care"},
	"unlisted": {"unlisted", "question", "bad"},
	"conflict": {"conflict", "question", "bad"},
	"errors":   {"errors", "late", "bad"},
	"clock":    {"clock", "clock", "care"},
	"out":      {"out", "pulled", "care"},
	"storage":  {"storage", "disk", "care"},
	"battery":  {"battery", "battery", "care"},
}

func careBadges(c ingest.Care) (badges []careBadge) {
	for _, name := range c.Names() {
		badges = append(badges, careSigns[name])
	}
	return badges
}

// showCameras lists the cameras.
func (s *server) showCameras(w http.ResponseWriter, r *http.Request) {
	all, err := s.station.Cameras(time.Now())
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	page := newCamerasPage(parseCameraQuery(r.URL.Query()), all)
	if r.Header.Get("HX-Request") != "" {
		w.Header().Set("HX-Push-Url", page.Query.address()) // without what a form has and does not say
	}
	s.show(w, r, "cameras", page)
}

func newCamerasPage(q cameraQuery, all []ingest.CameraState) *camerasPage {
	p := &camerasPage{Query: q}
	matching := make([]*ingest.CameraState, 0, len(all))
	units := make(map[string]bool)
	for i := range all {
		if h := all[i].Holder; h != nil && h.Unit != "" && !units[h.Unit] {
			units[h.Unit] = true
			p.Units = append(p.Units, h.Unit)
		}
		if q.matches(&all[i]) {
			matching = append(matching, &all[i])
		}
	}
	slices.Sort(p.Units)
	p.Tabs = careTabs(q, matching)
	list := slices.DeleteFunc(matching, func(c *ingest.CameraState) bool { return !q.needs(c) })
	q.sort(list)
	for i := range cameraColumns {
		c := &cameraColumns[i]
		p.Columns = append(p.Columns, columnHead{c.name, c.number, ariaSort(&q, c), q.sortedBy(c).address()})
	}
	p.turnTo(list)
	return p
}

func ariaSort(q *cameraQuery, c *cameraColumn) string {
	switch {
	case q.Sort != c.name:
		return ""
	case q.Desc:
		return "descending"
	}
	return "ascending"
}

// careTabs counts who needs what; what nobody needs is left out, unless that
// is asked for.
func careTabs(q cameraQuery, list []*ingest.CameraState) (tabs []careTab) {
	counts := map[string]int{"": len(list)}
	for _, c := range list {
		if c.Care != 0 {
			counts[anyCare]++
		}
		for _, one := range ingest.Cares {
			if c.Care.Has(one) {
				counts[one.Names()[0]]++
			}
		}
	}
	add := func(name string) {
		if n := counts[name]; n > 0 || name == "" || name == anyCare || name == q.Care {
			tabs = append(tabs, careTab{careSigns[name], n, q.with(name).address(), name == q.Care})
		}
	}
	add("")
	add(anyCare)
	for _, one := range ingest.Cares {
		add(one.Names()[0])
	}
	return tabs
}

// turnTo takes the page that is asked for, or the last one.
func (p *camerasPage) turnTo(list []*ingest.CameraState) {
	pages := max((len(list)+pageSize-1)/pageSize, 1)
	n := min(p.Query.Page, pages)
	first := (n - 1) * pageSize
	shown := list[first:min(first+pageSize, len(list))]
	p.Query.Page, p.Found, p.From, p.To = n, len(list), first+1, first+len(shown)
	if n > 1 {
		p.Before = p.Query.onPage(n - 1).address()
	}
	if n < pages {
		p.After = p.Query.onPage(n + 1).address()
	}
	for _, c := range shown {
		p.Rows = append(p.Rows, newCameraRow(c))
	}
}

func newCameraRow(c *ingest.CameraState) cameraRow {
	return cameraRow{c, cameraAddress(c.Serial), careBadges(c.Care), c.Care.Has(ingest.CareClock),
		c.Battery != nil && *c.Battery < ingest.LowBattery, c.Care.Has(ingest.CareStorage)}
}

// cameraAddress is where a camera's page is. A serial may hold anything.
func cameraAddress(serial string) string { return camerasAddress + "/" + url.PathEscape(serial) }
