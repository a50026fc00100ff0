package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"custodock/web/account"
)

// sessionCookie is the name of the cookie that holds a session's token. Under
// TLS browsers take the prefix for a promise that the cookie is of this host
// alone, was set by it and not by a neighbour, and is never sent in the clear.
func sessionCookie(r *http.Request) string {
	if isSecure(r) {
		return "__Host-custodock"
	}
	return "custodock"
}

// isSecure reports whether the browser speaks TLS, to us or to a proxy. Who
// makes that up gets a cookie that their own browser keeps to itself.
func isSecure(r *http.Request) bool {
	return r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

// setSession hands a session's token to the browser, which forgets it when it
// is closed; an empty one takes it back.
func setSession(w http.ResponseWriter, r *http.Request, token string) {
	c := &http.Cookie{
		Name: sessionCookie(r), Value: token, Path: "/",
		HttpOnly: true, Secure: isSecure(r), SameSite: http.SameSiteStrictMode,
	}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// signInForm is what the sign-in page shows.
type signInForm struct {
	Name  string // as it was typed
	Next  string // where to go
	Wrong string // the word for why it did not work; empty: nothing was tried yet
	Wait  int    // seconds until the next attempt

	None    bool   // there is no account yet
	Local   bool   // the browser runs at the station itself
	Command string // makes the first account
	Open    bool   // whoever listens on the network reads the password
}

// firstAccount is a command, and no words.
const firstAccount = "custodock user add NAME --role supervisor"

func (s *server) showSignIn(w http.ResponseWriter, r *http.Request) {
	next := localPath(r.URL.Query().Get("next"))
	if account.From(r.Context()) != nil {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return
	}
	s.signInPage(w, r, http.StatusOK, signInForm{Next: next})
}

func (s *server) signInPage(w http.ResponseWriter, r *http.Request, status int, form signInForm) {
	form.None, form.Local, form.Command = !s.accounts.Any(), s.isLocal(r), firstAccount
	form.Open = !form.Local && !isSecure(r)
	s.showAs(w, r, status, "signin", form)
}

func (s *server) signIn(w http.ResponseWriter, r *http.Request) {
	if !s.parseForm(w, r) {
		return
	}
	form := signInForm{Name: r.PostForm.Get("name"), Next: localPath(r.PostForm.Get("next"))}
	user, err := s.accounts.SignIn(r.Context(), form.Name, r.PostForm.Get("password"), clientAddress(r))
	token := ""
	if err == nil {
		token, err = s.accounts.Start(user)
	}
	if err != nil {
		s.logSignIn(r, form.Name, err)
		s.signInAgain(w, r, form, err)
		return
	}
	s.accounts.End(cookie(r, sessionCookie(r))) // one that somebody left here
	setSession(w, r, token)
	s.log.Info("signed in", "user", user.Name, "role", string(user.Role), "client", clientAddress(r))
	http.Redirect(w, r, form.Next, http.StatusSeeOther)
}

// signInAgain shows the page with what is wrong.
func (s *server) signInAgain(w http.ResponseWriter, r *http.Request, form signInForm, err error) {
	if many, ok := errors.AsType[*account.TooManyError](err); ok {
		form.Wrong, form.Wait = "signin.too_many", many.Seconds()
		w.Header().Set("Retry-After", strconv.Itoa(form.Wait))
		s.signInPage(w, r, http.StatusTooManyRequests, form)
		return
	}
	form.Wrong = "signin.wrong"
	challenge(w, r)
	s.signInPage(w, r, http.StatusUnauthorized, form)
}

func (s *server) signOut(w http.ResponseWriter, r *http.Request) {
	if u := account.From(r.Context()); u != nil {
		s.log.Info("signed out", "user", u.Name, "client", clientAddress(r))
	}
	s.accounts.End(cookie(r, sessionCookie(r)))
	setSession(w, r, "")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
