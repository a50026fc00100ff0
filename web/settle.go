package web

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"custodock/store"
)

// clipForm reads what was sent about the clip that the address names.
func (s *server) clipForm(w http.ResponseWriter, r *http.Request, action string, fields ...string) (form, *store.Clip, bool) {
	f, ok := s.readForm(w, r, action, fields...)
	if !ok {
		return f, nil, false
	}
	c, ok := s.clipFor(r)
	if !ok {
		s.showClipsAs(w, r, http.StatusNotFound)
	}
	return f, c, ok
}

// decideClip settles an undecidable clip, or takes that back.
func (s *server) decideClip(w http.ResponseWriter, r *http.Request) {
	f, c, ok := s.clipForm(w, r, "decide", "deadline", "note")
	if !ok {
		return
	}
	f.text("note", true)
	as, done := store.Deadline(f.Values["deadline"]), "decided"
	if as == store.Undecidable {
		done = "undecided"
	}
	if len(f.Wrong) == 0 {
		_, err := s.putDecision(c.ID, as, signature(r.Context()), f.Values["note"])
		s.wrongIn(&f, err, "note")
	}
	s.settled(w, r, f, clipAddress(c.ID), done)
}

// extendClip records an extension for one clip.
func (s *server) extendClip(w http.ResponseWriter, r *http.Request) {
	f, c, ok := s.clipForm(w, r, "extend", "reason", "returned", "note")
	if !ok {
		return
	}
	f.text("note", false)
	e := store.Extension{Camera: c.Camera, Clip: c.ID, Reason: store.Reason(f.Values["reason"]), By: signature(r.Context()), Note: f.Values["note"]}
	if !slices.Contains(store.Reasons, e.Reason) {
		f.Wrong["reason"] = "must not be empty"
	}
	var err error
	if e.Returned, err = time.ParseInLocation(localMinute, f.Values["returned"], s.station.Zone()); err != nil {
		f.Wrong["returned"] = "must be a time"
	}
	if len(f.Wrong) == 0 {
		_, err := s.putExtension(e)
		s.wrongIn(&f, err, "reason", "returned", "note")
	}
	s.settled(w, r, f, clipAddress(c.ID), "extended")
}

// localMinute is how browsers send a date with its time.
const localMinute = "2006-01-02T15:04"

// revokeClip takes back the extension that covers a clip, whatever else it covers.
func (s *server) revokeClip(w http.ResponseWriter, r *http.Request) {
	f, ok := s.readForm(w, r, "revoke", "extension", "note")
	if !ok {
		return
	}
	f.text("note", true)
	if len(f.Wrong) == 0 {
		_, err := s.takeExtensionBack(f.Values["extension"], signature(r.Context()), f.Values["note"])
		s.wrongIn(&f, err, "note")
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
