package web

import (
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"custodock/store"
	"custodock/web/account"
)

// form is a form that was sent and could not be taken: it is shown again as it
// was filled in, with what is wrong beside each field.
type form struct {
	Action string            // which of a page's forms: a verb, or the id of a request
	Values map[string]string // by field
	Wrong  map[string]string // by field, as the store says it; "" is the form as a whole
}

// Value is what was entered in a field of the form of an action.
func (f form) Value(action, field string) string {
	if f.Action != action {
		return ""
	}
	return f.Values[field]
}

// Error is what is wrong with a field of the form of an action.
func (f form) Error(action, field string) string {
	if f.Action != action {
		return ""
	}
	return f.Wrong[field]
}

// Texts for the whole of a form, as words.
const (
	wrongCopying  = "settle.copying"
	wrongReadOnly = "settle.read_only"
	wrongFailed   = "settle.failed"
)

// readForm reads what was sent, for an action with these fields.
func readForm(w http.ResponseWriter, r *http.Request, action string, fields ...string) (form, bool) {
	f := form{Action: action, Values: make(map[string]string), Wrong: make(map[string]string)}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		writeProblem(w, http.StatusBadRequest, "the form cannot be read")
		return f, false
	}
	if account.From(r.Context()) == nil {
		writeProblem(w, http.StatusForbidden, "whoever settles something is put down by name: sign in")
		return f, false
	}
	for _, name := range fields {
		f.Values[name] = strings.TrimSpace(r.PostForm.Get(name))
	}
	return f, true
}

// text checks a field that people write.
func (f *form) text(field string, required bool) {
	if wrong := checkText(f.Values[field], required); wrong != "" {
		f.Wrong[field] = wrong
	}
}

// wrongIn puts an error of the store beside its field. It reports whether there
// was one.
func (s *server) wrongIn(f *form, err error, shown ...string) bool {
	if err == nil {
		return false
	}
	wrong, ok := errors.AsType[*store.FieldError](err)
	switch {
	case ok:
		f.Wrong[placeOf(wrong.Field, shown)] = wrong.Why
	case errors.Is(err, store.ErrCopying):
		f.Wrong[""] = wrongCopying
	case errors.Is(err, fs.ErrPermission):
		f.Wrong[""] = wrongReadOnly
	default:
		s.log.Error("what was settled cannot be put down", "error", err)
		f.Wrong[""] = wrongFailed
	}
	return true
}

// placeOf is where the form shows what is wrong with a field: at the field, or
// above all of them.
func placeOf(field string, shown []string) string {
	for _, name := range shown {
		if name == field {
			return field
		}
	}
	return ""
}

// decideClip settles an undecidable clip, or takes that back.
func (s *server) decideClip(w http.ResponseWriter, r *http.Request) {
	f, ok := readForm(w, r, "decide", "deadline", "note")
	if !ok {
		return
	}
	c, there := s.clipFor(r)
	if !there {
		s.showClipsAs(w, r, http.StatusNotFound)
		return
	}
	f.text("note", true)
	as, done := store.Deadline(f.Values["deadline"]), "decided"
	if as == store.Undecidable {
		done = "undecided"
	}
	if len(f.Wrong) == 0 {
		var err error
		if c, err = s.store.Decide(c.ID, as, signature(r), f.Values["note"], time.Now()); err == nil {
			s.log.Info("clip decided", "clip", c.ID, "camera", c.Camera, "path", c.Path, "decided", string(as), "by", signature(r))
		}
		s.wrongIn(&f, err, "note")
	}
	s.settled(w, r, f, clipAddress(r.PathValue("id")), done)
}

// extendClip records an extension for one clip.
func (s *server) extendClip(w http.ResponseWriter, r *http.Request) {
	f, ok := readForm(w, r, "extend", "reason", "returned", "note")
	if !ok {
		return
	}
	c, there := s.clipFor(r)
	if !there {
		s.showClipsAs(w, r, http.StatusNotFound)
		return
	}
	f.text("note", false)
	e := store.Extension{Camera: c.Camera, Clip: c.ID, Reason: store.Reason(f.Values["reason"]), By: signature(r), Note: f.Values["note"]}
	if !isReason(e.Reason) {
		f.Wrong["reason"] = "must not be empty"
	}
	var err error
	if e.Returned, err = time.ParseInLocation(localMinute, f.Values["returned"], s.station.Zone()); err != nil {
		f.Wrong["returned"] = "must be a time"
	}
	if len(f.Wrong) == 0 {
		ext, covered, err := s.store.Extend(e, time.Now())
		if !s.wrongIn(&f, err, "reason", "returned", "note") {
			s.log.Info("clips extended", "extension", ext.ID, "camera", ext.Camera, "clip", ext.Clip, "reason", string(ext.Reason),
				"returned", ext.Returned, "by", ext.By, "clips", covered.Clips)
		}
	}
	s.settled(w, r, f, clipAddress(c.ID), "extended")
}

// localMinute is how browsers send a date with its time.
const localMinute = "2006-01-02T15:04"

func isReason(reason store.Reason) bool {
	for _, known := range store.Reasons {
		if known == reason {
			return true
		}
	}
	return false
}

// revokeClip takes back the extension that covers a clip, whatever else it covers.
func (s *server) revokeClip(w http.ResponseWriter, r *http.Request) {
	f, ok := readForm(w, r, "revoke", "extension", "note")
	if !ok {
		return
	}
	f.text("note", true)
	if len(f.Wrong) == 0 {
		ext, covered, err := s.store.RevokeExtension(f.Values["extension"], signature(r), f.Values["note"], time.Now())
		if !s.wrongIn(&f, err, "note") {
			s.log.Info("extension revoked", "extension", ext.ID, "camera", ext.Camera, "clip", ext.Clip, "by", ext.RevokedBy, "clips", covered.Clips)
		}
	}
	s.settled(w, r, f, clipAddress(r.PathValue("id")), "revoked")
}

// settled goes back to where a form was sent from, which says that it is done;
// or shows it again.
func (s *server) settled(w http.ResponseWriter, r *http.Request, f form, back, done string) {
	if len(f.Wrong) == 0 {
		http.Redirect(w, r, back+"?done="+done, http.StatusSeeOther)
		return
	}
	c, ok := s.clipFor(r)
	if !ok {
		s.showClipsAs(w, r, http.StatusNotFound)
		return
	}
	s.showClipAs(w, r, http.StatusUnprocessableEntity, c, f)
}

// clipAddress is a clip's page.
func clipAddress(id string) string { return clipsPath + "/" + url.PathEscape(id) }

// doneWords say that something was settled, by what the address says.
var doneWords = map[string]string{
	"decided": "settle.done_decided", "undecided": "settle.done_undecided", "extended": "settle.done_extended", "revoked": "settle.done_revoked",
	store.Granted: "settle.done_granted", store.Refused: "settle.done_refused",
}

func doneWord(done string) string { return doneWords[done] }
