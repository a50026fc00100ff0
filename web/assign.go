package web

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"custodock/store"
	"custodock/web/account"
)

// assignForm is who is to get a camera, as somebody entered it.
type assignForm struct {
	Badge, Name, Unit string
	Wrong             map[string]bool // fields
}

func (f *assignForm) orFresh() *assignForm {
	if f == nil {
		return &assignForm{}
	}
	return f
}

// holder checks what was entered, nil when something is wrong with it.
func (f *assignForm) holder(by string) *store.Holder {
	f.Wrong = make(map[string]bool)
	for _, field := range []struct {
		name     string
		text     *string
		required bool
	}{{"badge", &f.Badge, true}, {"name", &f.Name, false}, {"unit", &f.Unit, false}} {
		*field.text = strings.TrimSpace(*field.text)
		if checkText(*field.text, field.required) != "" {
			f.Wrong[field.name] = true
		}
	}
	if len(f.Wrong) > 0 {
		return nil
	}
	return &store.Holder{Badge: f.Badge, Name: f.Name, Unit: f.Unit, By: by}
}

// handOut puts down who holds a camera from now on.
func (s *server) handOut(w http.ResponseWriter, r *http.Request) {
	user := s.formUser(w, r)
	if user == nil {
		return
	}
	form := &assignForm{Badge: r.PostForm.Get("badge"), Name: r.PostForm.Get("name"), Unit: r.PostForm.Get("unit")}
	h := form.holder(user.Name)
	if h == nil {
		s.answerCamera(w, r, http.StatusUnprocessableEntity, form)
		return
	}
	serial := r.PathValue("serial")
	_, err := s.store.Camera(serial) // a page hands out nothing that it does not show
	var c *store.Camera
	if err == nil {
		c, err = s.store.Assign(serial, *h, time.Now())
	}
	s.holderChanged(w, r, "camera assigned", c, err)
}

// takeBack puts down that nobody holds a camera any more.
func (s *server) takeBack(w http.ResponseWriter, r *http.Request) {
	if user := s.formUser(w, r); user != nil {
		c, err := s.store.Return(r.PathValue("serial"), user.Name, time.Now())
		s.holderChanged(w, r, "camera returned", c, err)
	}
}

// formUser reads the form and returns who sent it. Nobody hands out cameras
// without a name.
func (s *server) formUser(w http.ResponseWriter, r *http.Request) *account.User {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := r.ParseForm(); err != nil {
		s.fail(w, r, http.StatusBadRequest, "the form cannot be read")
		return nil
	}
	user := account.From(r.Context())
	if user == nil {
		s.fail(w, r, http.StatusForbidden, "who holds a camera is put down by somebody with an account")
	}
	return user
}

func (s *server) holderChanged(w http.ResponseWriter, r *http.Request, what string, c *store.Camera, err error) {
	switch {
	case errors.Is(err, store.ErrNotFound):
		s.answerCamera(w, r, http.StatusNotFound, nil)
		return
	case err != nil:
		s.log.Error("who holds the camera cannot be put down", "camera", r.PathValue("serial"), "error", err)
		s.fail(w, r, http.StatusServiceUnavailable, err.Error())
		return
	}
	badge := ""
	if h := c.HeldAt(time.Now()); h != nil {
		badge = h.Badge
	}
	s.log.Info(what, "camera", c.Serial, "badge", badge, "by", account.From(r.Context()).Name)
	http.Redirect(w, r, cameraAddress(c.Serial)+"#holders", http.StatusSeeOther)
}
