package web

import (
	"net/http"
	"strconv"
	"strings"
)

// problem is what the page of a problem shows.
type problem struct {
	Status int
	Detail string // in English, for whoever looks after the station; often empty
}

// Says is the key of what a person is told about it.
func (p problem) Says() string {
	switch p.Status {
	case http.StatusNotFound, http.StatusForbidden, http.StatusTooManyRequests, http.StatusBadRequest:
		return "problem.is_" + strconv.Itoa(p.Status)
	case http.StatusServiceUnavailable:
		return "problem.is_503"
	}
	if p.Status < http.StatusInternalServerError {
		return "problem.is_400"
	}
	return "problem.is_500"
}

// fail answers with a problem: people get a page in their language, programs
// a problem document (RFC 9457).
func (s *server) fail(w http.ResponseWriter, r *http.Request, status int, detail string) {
	if !wantsPage(r) {
		writeProblem(w, status, detail)
		return
	}
	s.showAs(w, r, status, "problem", problem{status, detail})
}

// unavailable answers a page that the station has nothing to say for, or a form
// that it could not put down.
func (s *server) unavailable(w http.ResponseWriter, r *http.Request, err error) {
	s.log.Error("a page cannot be answered", "method", r.Method, "path", r.URL.Path, "error", err)
	s.fail(w, r, http.StatusServiceUnavailable, err.Error())
}

// wantsPage reports whether a person asks, with a browser.
func wantsPage(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html") && !strings.HasPrefix(r.URL.Path, "/api/")
}
