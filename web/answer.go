package web

import (
	"errors"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
)

// writeTimeout bounds one write to a client: one that takes nothing for so
// long is gone.
const writeTimeout = 30 * time.Second

// answer is the response to one request. It knows what was sent, and gives
// every write a deadline of its own.
type answer struct {
	http.ResponseWriter
	control *http.ResponseController
	status  int // 0 until the header is sent
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
	a.extend()
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	a.extend()
	return a.ResponseWriter.Write(p)
}

// Flush sends what was written. An error comes with the next write, too.
func (a *answer) Flush() { _ = a.FlushError() }

// FlushError is Flush for http.ResponseController.
func (a *answer) FlushError() error {
	a.extend()
	return a.control.Flush()
}

// extend is called for every write: a deadline that was left by the request
// before on this connection would else hold for this one.
func (a *answer) extend() {
	// In process there is no connection and no deadline.
	_ = a.control.SetWriteDeadline(time.Now().Add(writeTimeout))
}

// ServeHTTP routes a request, with what holds for all of them around it.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := &answer{ResponseWriter: w, control: http.NewResponseController(w)}
	h, pattern := s.mux.Handler(r)
	defer s.meter.observe(pattern, r.Method, time.Now(), a)
	defer s.rescue(a, r)
	secure(a.Header(), r.TLS != nil)
	if pattern == "" {
		s.refuse(a, s.named(r), h)
		return
	}
	admitted, release := s.guard(a, r, pattern)
	if admitted == nil {
		return
	}
	defer release()
	s.mux.ServeHTTP(a, admitted)
}

// secure sets what the page and the API both need: nothing comes from
// elsewhere, nothing runs inline, nobody frames it, nothing is kept. A browser
// that has reached the station over TLS is to come no other way for a year.
func secure(h http.Header, tls bool) {
	if tls {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "+
		"media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin") // with none, browsers name no origin in forms, and crossOrigin refuses them
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// refuse answers what no route matches. h is how the mux would answer: not
// found, or another method.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, h http.Handler) {
	said := verdict{header: make(http.Header)}
	h.ServeHTTP(&said, r)
	if said.status == http.StatusMethodNotAllowed {
		w.Header()["Allow"] = said.header["Allow"]
		s.fail(w, r, said.status, "only "+strings.Join(said.header["Allow"], ", ")+" can be done here")
		return
	}
	s.fail(w, r, http.StatusNotFound, "there is nothing at this address; /api/v1/openapi.json says what there is")
}

// verdict takes a handler's status and header and drops its body.
type verdict struct {
	header http.Header
	status int
}

func (v *verdict) Header() http.Header         { return v.header }
func (v *verdict) WriteHeader(status int)      { v.status = status }
func (v *verdict) Write(p []byte) (int, error) { return len(p), nil }

// rescue turns a panic into a problem, or into a broken connection when the
// answer has begun: a part must not pass for the whole.
func (s *server) rescue(a *answer, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	err, _ := v.(error)
	if errors.Is(err, http.ErrAbortHandler) {
		panic(http.ErrAbortHandler)
	}
	if r.Context().Err() == nil { // else the client has gone, and writing to it failed
		s.log.Error("a request failed; this is a defect of custodock", "method", r.Method, "path", r.URL.Path,
			"panic", v, "stack", string(debug.Stack()))
	}
	if a.status != 0 {
		panic(http.ErrAbortHandler)
	}
	writeProblem(a, http.StatusInternalServerError, "this is a defect of custodock; the daemon's log says more")
}
