package web

import (
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"custodock/store"
	"custodock/web/account"
)

// maxForm bounds a form in bytes: 200 characters of a text may be 2400.
const maxForm = 16 << 10

// parseForm reads what was sent into r.PostForm. If it cannot, it says so.
func (s *server) parseForm(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		s.fail(w, r, http.StatusBadRequest, "the form cannot be read")
		return false
	}
	return true
}

// formUser is parseForm for what is put down by name, and returns who sent it.
func (s *server) formUser(w http.ResponseWriter, r *http.Request) *account.User {
	if !s.parseForm(w, r) {
		return nil
	}
	user := account.From(r.Context())
	if user == nil {
		s.fail(w, r, http.StatusForbidden, "this is put down by name: sign in")
	}
	return user
}

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

// readForm reads what was sent by name, for an action with these fields.
func (s *server) readForm(w http.ResponseWriter, r *http.Request, action string, fields ...string) (form, bool) {
	f := form{Action: action, Values: make(map[string]string), Wrong: make(map[string]string)}
	if s.formUser(w, r) == nil {
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

// wrongIn puts an error of the store, if it is one, beside its field.
func (s *server) wrongIn(f *form, err error, shown ...string) {
	wrong, ok := errors.AsType[*store.FieldError](err)
	switch {
	case err == nil:
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
}

// placeOf is where the form shows what is wrong with a field: at the field, or
// above all of them.
func placeOf(field string, shown []string) string {
	if slices.Contains(shown, field) {
		return field
	}
	return ""
}
