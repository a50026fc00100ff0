package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Cookies of what a person likes.
const (
	cookieLanguage = "lang"
	cookieTheme    = "theme"
	cookieAge      = 365 * 24 * 60 * 60 // seconds
)

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

func themeOf(r *http.Request) string {
	if theme := cookie(r, cookieTheme); theme == "light" || theme == "dark" {
		return theme
	}
	return ""
}

// preferences are what may be chosen, by cookie.
var preferences = map[string][]string{
	cookieLanguage: {"en", "zh"},
	cookieTheme:    {"light", "dark", "auto"},
}

// prefer keeps the language or the theme that somebody chose, and goes back to
// where that was.
func (s *server) prefer(w http.ResponseWriter, r *http.Request) {
	if !s.parseForm(w, r) {
		return
	}
	for name, choices := range preferences {
		value := r.PostForm.Get(name)
		if !slices.Contains(choices, value) {
			continue
		}
		http.SetCookie(w, &http.Cookie{
			Name: name, Value: value, Path: "/", MaxAge: cookieAge, HttpOnly: true,
			Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode,
		})
	}
	http.Redirect(w, r, localPath(r.PostForm.Get("back")), http.StatusSeeOther)
}

// localPath makes an address of this station out of what a form says, without
// a language in it; anything else is the first page.
func localPath(back string) string {
	u, err := url.Parse(back)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil ||
		!strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.Contains(back, `\`) {
		return "/"
	}
	query := u.Query()
	query.Del("lang")
	return (&url.URL{Path: u.Path, RawQuery: query.Encode()}).String()
}
