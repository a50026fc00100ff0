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
	From, To time.Time // due
	ended    time.Time // the first of them, at the earliest
}

func (s *server) tardyClips(b ingest.BayStatus) (t tardy, err error) {
	page, err := s.store.Clips(store.Filter{
		Camera: b.Camera, Deadlines: []store.Deadline{store.Late, store.Overdue}, Limit: store.MaxLimit,
	}, time.Now())
	if err != nil {
		return t, err
	}
	for _, c := range page.Clips { // in order of due time
		if c.State == store.Stored && c.StoredAt.Before(b.DockedAt) {
			continue // at an earlier docking
		}
		if t.Count++; t.Count == 1 {
			t.From = c.DueAt
		}
		t.To = c.DueAt
		if t.ended.IsZero() || c.EndEarliest.Before(t.ended) {
			t.ended = c.EndEarliest
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
		s.log.Error("the reason cannot be asked for", "error", err)
		s.fail(w, r, http.StatusServiceUnavailable, err.Error())
		return
	}
	page.Form = newReasonForm(b, page.Clips, time.Now(), s.station.Zone())
	s.show(w, r, "dock", page)
}

// maxReason bounds what the form may send.
const maxReason = 16 << 10

// giveReason enters what the form says as a request. It excuses nothing.
func (s *server) giveReason(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxReason)
	if err := r.ParseForm(); err != nil {
		s.fail(w, r, http.StatusBadRequest, "the form cannot be read")
		return
	}
	page, b, err := s.reasonPage(r, r.PostForm.Get("docking"))
	if err != nil {
		s.log.Error("the reason cannot be taken", "error", err)
		s.fail(w, r, http.StatusServiceUnavailable, err.Error())
		return
	}
	page.Form = newReasonForm(b, page.Clips, time.Now(), s.station.Zone())
	if !page.MayAsk() || r.PostForm.Get("docking") == "" {
		page.Docked = page.Docked && r.PostForm.Get("docking") != ""
		s.showAs(w, r, http.StatusConflict, "dock", page)
		return
	}
	page.Form.read(r, s.screens.words[s.screens.language(r)])
	if !page.Form.wrong() && !s.asks.take(b.Bay, clientAddress(r)) {
		page.Form.Wrong["form"] = "dock.wrong_many"
	}
	if page.Form.wrong() {
		s.showAs(w, r, http.StatusUnprocessableEntity, "dock", page)
		return
	}
	if err := s.ask(r, b, &page.Form); err != nil {
		s.log.Error("a reason cannot be entered", "camera", b.Camera, "bay", b.Bay, "error", err)
		s.fail(w, r, http.StatusServiceUnavailable, err.Error())
		return
	}
	if page.Form.wrong() {
		s.showAs(w, r, http.StatusUnprocessableEntity, "dock", page)
		return
	}
	http.Redirect(w, r, fmt.Sprintf("/bays/%d/entered", b.Bay), http.StatusSeeOther)
}

// ask records the request. What the store says is wrong with it goes to the
// form.
func (s *server) ask(r *http.Request, b ingest.BayStatus, form *reasonForm) error {
	request := store.Request{
		Camera: b.Camera, Docking: b.Docking, Reason: form.reason, Returned: form.returned, Note: form.note, From: clientAddress(r),
	}
	if u := account.From(r.Context()); u != nil {
		request.By = u.Name
	}
	asked, err := s.store.Ask(request, time.Now())
	if field, ok := errors.AsType[*store.FieldError](err); ok {
		form.refuse(field.Field)
		return nil
	}
	if errors.Is(err, store.ErrRequests) {
		form.Wrong["form"] = "dock.wrong_open"
		return nil
	}
	if err != nil {
		return err
	}
	s.log.Info("a reason was given at the dock", "request", asked.ID, "camera", b.Camera, "bay", b.Bay,
		"reason", string(asked.Reason), "returned", asked.Returned, "client", asked.From)
	return nil
}

// showEntered says that it was entered.
func (s *server) showEntered(w http.ResponseWriter, r *http.Request) {
	page, _, err := s.reasonPage(r, "")
	if err != nil {
		s.fail(w, r, http.StatusServiceUnavailable, err.Error())
		return
	}
	s.show(w, r, "entered", page)
}
