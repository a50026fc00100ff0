package web

import (
	"net/http"
	"time"

	"custodock/store"
	"custodock/web/account"
)

// settledShown is how many settled requests stand below the open ones.
const settledShown = 50

// requestsPage is what requests.html shows.
type requestsPage struct {
	Open    []requestRow
	Settled []requestRow
	More    bool // there are settled ones that are not shown
	Settles bool
	Form    form
	Done    string
}

// requestRow is a request with what it is about.
type requestRow struct {
	store.Request
	Clip   *store.Clip   // nil: all of the docking that are late
	Holder *store.Holder // of the camera when it was docked, if known
	Form   form
}

func (s *server) showRequests(w http.ResponseWriter, r *http.Request) {
	s.showRequestsAs(w, r, http.StatusOK, form{})
}

func (s *server) showRequestsAs(w http.ResponseWriter, r *http.Request, status int, wrong form) {
	all, err := s.store.Requests(false)
	var open []store.Request
	if err == nil {
		open, err = s.store.Requests(true) // older ones too
	}
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	p := requestsPage{
		Settles: account.May(r.Context(), account.Settle) && account.From(r.Context()) != nil,
		Form:    wrong, Done: doneWord(r.URL.Query().Get("done")),
	}
	for _, q := range open {
		p.Open = append(p.Open, s.requestRow(q, wrong))
	}
	for _, q := range all {
		switch {
		case q.Settled == nil:
		case len(p.Settled) == settledShown:
			p.More = true
		default:
			p.Settled = append(p.Settled, s.requestRow(q, wrong))
		}
	}
	s.showAs(w, r, status, "requests", p)
}

// requestRow looks up what a request is about; what is not known is left out.
func (s *server) requestRow(q store.Request, wrong form) requestRow {
	row := requestRow{Request: q, Form: wrong}
	if q.Clip != "" {
		if c, err := s.store.Clip(q.Clip); err == nil {
			s.store.Present(c, time.Now())
			row.Clip = c
		}
	}
	if c, err := s.store.Camera(q.Camera); err == nil {
		row.Holder = c.HolderAt(q.AskedAt)
	}
	return row
}

// settleRequest grants or refuses a request, from the list or a clip's page.
func (s *server) settleRequest(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	f, ok := s.readForm(w, r, id, "as", "note", "clip")
	if !ok {
		return
	}
	done := f.Values["as"]
	f.text("note", done == store.Refused)
	if done != store.Granted && done != store.Refused {
		f.Wrong[""] = wrongFailed
	}
	if len(f.Wrong) == 0 {
		_, err := s.putSettlement(id, done == store.Granted, signature(r.Context()), f.Values["note"])
		s.wrongIn(&f, err, "note")
	}
	clip := f.Values["clip"]
	switch {
	case clip != "":
		r.SetPathValue("id", clip)
		s.settled(w, r, f, clipAddress(clip), done)
	case len(f.Wrong) == 0:
		http.Redirect(w, r, requestsPath+"?done="+done, http.StatusSeeOther)
	default:
		s.showRequestsAs(w, r, http.StatusUnprocessableEntity, f)
	}
}
