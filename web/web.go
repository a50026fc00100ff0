// Package web is what a station shows over HTTP: its pages, the JSON API
// with its events, the metrics and, on the control socket only, the commands
// that change something. It keeps nothing on disk.
//
// The same handler serves three callers: browsers and scripts over TCP, the
// command line over the control socket, and the command line in process, over
// a store that it opened read-only (see [RoundTripper]).
package web

import (
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"custodock/ingest"
	"custodock/store"
	"custodock/web/account"
)

// Options say what is served.
type Options struct {
	Station  *ingest.Station
	Registry *prometheus.Registry // served at /metrics, and what is counted here is added; nil: a new one
	Logger   *slog.Logger         // nil: none
	Version  string               // of the program
	Control  bool                 // also what changes something: for the control socket only

	Accounts *account.Accounts // who may sign in; nil: there is no account
	Guest    *account.User     // who everybody at this machine is while there is no account: for a demonstration
}

// server answers requests. What it serves is settled in New.
type server struct {
	opt     Options
	station *ingest.Station
	store   *store.Store
	log     *slog.Logger
	mux     *routes
	meter   *meter
	screens *screens
	hub     *hub
	asks    *askRate
	report  *reportPage

	accounts    *account.Accounts
	crossOrigin *http.CrossOriginProtection
	hostname    string // of this machine; empty when it has none

	// verifying is held while the archive is read: once is enough for the disks.
	verifying sync.Mutex
}

// New returns the handler. It may be called more than once with one registry:
// the handlers then count together.
func New(opt Options) http.Handler {
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.Registry == nil {
		opt.Registry = prometheus.NewRegistry()
	}
	if opt.Accounts == nil {
		opt.Accounts, _ = account.Open(account.Options{}) // without a file nothing can fail
	}
	s := &server{
		opt:     opt,
		station: opt.Station,
		store:   opt.Station.Store(),
		log:     opt.Logger,
		mux:     newRoutes(opt.Control),
		meter:   newMeter(opt.Registry, opt.Version),
		screens: newScreens(opt.Station),
		asks:    newAskRate(),
		report:  newReportPage(),

		accounts:    opt.Accounts,
		crossOrigin: http.NewCrossOriginProtection(),
	}
	s.hub = newHub(s)
	s.hostname, _ = os.Hostname() // without one, only addresses and localhost are ours
	s.mux.HandleFunc("GET /{$}", s.showBays)
	s.mux.HandleFunc("GET /overview", s.showOverview)
	s.mux.HandleFunc("GET "+livePath, s.followBays)
	s.mux.HandleFunc("GET /bays/{bay}/reason", s.showReason)
	s.mux.HandleFunc("POST /bays/{bay}/reason", s.giveReason)
	s.mux.HandleFunc("GET /bays/{bay}/entered", s.showEntered)
	s.mux.HandleFunc("GET /cameras", s.showCameras)
	s.mux.HandleFunc("GET /cameras/ready", s.showReady)
	s.mux.HandleFunc("GET /cameras/{serial}", s.showCamera)
	s.mux.HandleFunc("GET /cameras/{serial}/series", s.showSeries)
	s.mux.HandleFunc("POST /cameras/{serial}/assign", s.handOut)
	s.mux.HandleFunc("POST /cameras/{serial}/return", s.takeBack)
	s.mux.HandleFunc("GET /reports/deadlines", s.showReport)
	s.serveClips()
	s.mux.HandleFunc("POST /preferences", s.prefer)
	s.mux.HandleFunc("GET "+signInPath, s.showSignIn)
	s.mux.HandleFunc("POST "+signInPath, s.signIn)
	s.mux.HandleFunc("POST /sign-out", s.signOut)
	s.mux.Handle("GET /assets/{name}", s.screens.assets)
	s.mux.HandleFunc("GET /-/healthy", s.healthy)
	s.mux.HandleFunc("GET /-/ready", s.ready)
	s.mux.Handle("GET /metrics", s.metrics())
	s.serveAPI()
	return s
}

// Bounds of Server. There is none on the whole of a request or an answer:
// event streams last, and each write has its own (see answer.Write).
const (
	readHeaderTimeout = 5 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 32 << 10
)

// Server returns a server for h. The caller sets BaseContext to one that ends
// at shutdown, because event streams end with it, and serves.
func Server(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// healthy answers whenever the process does.
func (s *server) healthy(w http.ResponseWriter, _ *http.Request) {
	writeText(w, "custodock answers\n")
}

// ready answers 200 when cameras are served, the catalog can be read, and facts
// can be written down. A full archive is no reason: the station takes cameras
// in, lists them and keeps their deadlines, and copies on by itself once there
// is room. Nothing that asks here could serve them elsewhere.
func (s *server) ready(w http.ResponseWriter, _ *http.Request) {
	if !s.station.Ready() {
		writeProblem(w, http.StatusServiceUnavailable, "the station does not watch for cameras: it starts, stops, or is only read")
		return
	}
	if _, _, err := s.store.NextDue(); err != nil {
		s.log.Error("the catalog does not answer", "error", err)
		writeProblem(w, http.StatusServiceUnavailable, "the catalog does not answer; the daemon's log says why")
		return
	}
	if err := s.store.Unwritable(); err != nil {
		writeProblem(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	if s.station.ArchiveFull() {
		writeText(w, "custodock is ready; the archive is at its reserve, and no clip is copied until there is room\n")
		return
	}
	writeText(w, "custodock is ready\n")
}

func writeText(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte(text))
}
