package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"custodock/ingest"
	"custodock/store"
	"custodock/web/account"
)

// askedWaiting is how a reason stands that nobody settled yet; else it is as
// store.Settlement.As says.
const askedWaiting = "waiting"

// askedFor is how the last reason stands that was given for a docking, empty
// when none was.
func (s *server) askedFor(camera, docking string) (string, error) {
	list, err := s.store.RequestsOf(camera, "")
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(list, func(r store.Request) bool { return r.Docking == docking })
	switch {
	case i < 0:
		return "", nil
	case list[i].Settled == nil:
		return askedWaiting, nil
	}
	return list[i].Settled.As, nil
}

// tardy are the clips of a docked camera that are late or overdue: what a
// reason is given for.
type tardy struct {
	Count    int
	Overdue  int       // of these, not stored
	From, To time.Time // due
	ended    time.Time // the first of them, at the earliest; zero when nothing bounds it
}

func (s *server) tardyClips(b ingest.BayStatus) (t tardy, err error) {
	page, err := s.store.Clips(store.Filter{
		Camera: b.Camera, Deadlines: []store.Deadline{store.Late, store.Overdue}, Limit: store.MaxLimit,
	}, time.Now())
	if err != nil {
		return t, err
	}
	before, err := s.store.Dockings(b.Camera, 2)
	if err != nil {
		return t, err
	}
	for _, c := range page.Clips { // in order of due time
		switch {
		case c.State == store.Gone: // it is not on the camera that is here
			continue
		case c.State == store.Stored && c.StoredAt.Before(b.DockedAt): // at an earlier docking
			continue
		case len(before) == 2 && c.EndLatest.Before(before[1].UndockedAt): // recorded before: perhaps by somebody else
			continue
		}
		if t.Count++; t.Count == 1 {
			t.From, t.ended = c.DueAt, c.EndEarliest
		}
		t.To = c.DueAt
		if c.EndEarliest.Before(t.ended) {
			t.ended = c.EndEarliest
		}
		if c.State != store.Stored {
			t.Overdue++
		}
	}
	return t, nil
}

// reasonPage is where an officer says at the dock why clips are late.
type reasonPage struct {
	Bay    int
	Docked bool // the camera that the form is about is in the bay
	Camera string
	Holder string
	Asked  string // see askedFor
	Clips  tardy
	Form   reasonForm

	Entered string // id of the request that came of it
}

// MayAsk reports whether there is something to give a reason for.
func (p reasonPage) MayAsk() bool {
	return p.Docked && p.Clips.Count > 0 && (p.Asked == "" || p.Asked == store.Refused)
}

// reasonPage looks at what is in the bay; docking is what the form was opened
// for, and empty when it is opened now.
func (s *server) reasonPage(r *http.Request, docking string) (reasonPage, ingest.BayStatus, error) {
	n, _ := strconv.Atoi(r.PathValue("bay")) // 0, which no bay has, for what is no number
	page := reasonPage{Bay: n}
	bays := s.station.Bays()
	i := slices.IndexFunc(bays, func(b ingest.BayStatus) bool { return b.Bay == n })
	if i < 0 || bays[i].Docking == "" || docking != "" && bays[i].Docking != docking {
		return page, ingest.BayStatus{}, nil
	}
	b, t := bays[i], tileOf(bays[i])
	page.Docked, page.Camera, page.Holder = true, t.Camera, t.Holder
	var err, errAsked error
	page.Clips, err = s.tardyClips(b)
	page.Asked, errAsked = s.askedFor(b.Camera, b.Docking)
	return page, b, errors.Join(err, errAsked)
}

// showReason is the form.
func (s *server) showReason(w http.ResponseWriter, r *http.Request) {
	page, b, err := s.reasonPage(r, "")
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	page.Form = newReasonForm(b, page.Clips, time.Now(), s.station.Zone())
	s.show(w, r, "dock", page)
}

// giveReason enters what the form says as a request. It excuses nothing.
func (s *server) giveReason(w http.ResponseWriter, r *http.Request) {
	if !s.parseForm(w, r) {
		return
	}
	page, status, err := s.takeReason(r)
	switch {
	case err != nil:
		s.unavailable(w, r, err)
	case status == http.StatusSeeOther:
		http.Redirect(w, r, fmt.Sprintf("/bays/%d/entered?request=%s", page.Bay, page.Entered), status)
	default:
		s.showAs(w, r, status, "dock", page)
	}
}

// takeReason returns what the page says then, and its status: 303 when it was
// entered.
func (s *server) takeReason(r *http.Request) (page reasonPage, status int, err error) {
	docking := r.PostForm.Get("docking")
	page, b, err := s.reasonPage(r, docking)
	if err != nil {
		return page, 0, err
	}
	page.Docked = page.Docked && docking != "" // it says what it was opened for
	page.Form = newReasonForm(b, page.Clips, time.Now(), s.station.Zone())
	if !page.MayAsk() {
		return page, http.StatusConflict, nil
	}
	page.Form.read(r.PostForm, s.screens.words[s.screens.language(r)])
	if !page.Form.wrong() && !s.asks.take(b.Bay, clientAddress(r)) {
		page.Form.Wrong["form"] = "dock.wrong_many"
		return page, http.StatusTooManyRequests, nil
	}
	if !page.Form.wrong() {
		page.Entered, err = s.ask(r, b, &page.Form)
	}
	if page.Form.wrong() {
		return page, http.StatusUnprocessableEntity, err
	}
	return page, http.StatusSeeOther, err
}

// ask records the request, and returns its id. What the store says is wrong
// with it goes to the form.
func (s *server) ask(r *http.Request, b ingest.BayStatus, form *reasonForm) (id string, err error) {
	request := store.Request{
		Camera: b.Camera, Docking: b.Docking, Reason: form.reason, Returned: form.returned, Note: form.note, From: clientAddress(r),
	}
	if u := account.From(r.Context()); u != nil {
		request.By = u.Name
	}
	asked, err := s.store.Ask(request, time.Now())
	if field, ok := errors.AsType[*store.FieldError](err); ok {
		form.refuse(field.Field)
		return "", nil
	}
	if errors.Is(err, store.ErrRequests) {
		form.Wrong["form"] = "dock.wrong_open"
		return "", nil
	}
	if err != nil {
		return "", err
	}
	s.log.Info("a reason was given at the dock", "request", asked.ID, "camera", b.Camera, "bay", b.Bay,
		"reason", string(asked.Reason), "returned", asked.Returned, "client", asked.From)
	return asked.ID, nil
}

// showEntered says that a request was entered, also when its camera has left
// since.
func (s *server) showEntered(w http.ResponseWriter, r *http.Request) {
	request, err := s.store.Request(r.URL.Query().Get("request"))
	if err != nil {
		s.fail(w, r, http.StatusNotFound, err.Error())
		return
	}
	s.show(w, r, "entered", request)
}
