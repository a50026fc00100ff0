//go:build e2e

package screens

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"custodock/configs"
	"custodock/device"
	"custodock/device/simcam"
	"custodock/ingest"
	"custodock/store"
	"custodock/web"
	"custodock/web/account"
)

// station is a station at work, with bays that simulated cameras are put into,
// and its pages on a port of its own.
type station struct {
	t    *testing.T
	dir  string
	bays int
	addr string // stays over a restart

	accounts *account.Accounts // nil: there is none
	guest    *account.User

	store   *store.Store
	station *ingest.Station
	dock    *simcam.Dock
	stop    func()
}

// startStation starts one on dir, which may hold the catalog of an earlier one.
func startStation(t *testing.T, dir string, bays int) *station {
	t.Helper()
	s := &station{t: t, dir: dir, bays: bays, addr: "127.0.0.1:0", dock: simcam.NewDock()}
	s.start()
	t.Cleanup(func() { s.end() })
	return s
}

func (s *station) url(path string) string { return "http://" + s.addr + path }

// start opens the catalog and serves. The cameras that are docked stay docked.
func (s *station) start() {
	s.t.Helper()
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	var err error
	s.store, s.station, err = openStation(s.dir, s.bays, s.dock)
	must(err)
	log := slog.New(slog.NewTextHandler(s.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	listener, err := net.Listen("tcp", s.addr)
	must(err)
	s.addr = listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	server := web.Server(s.handler(log), log)
	server.BaseContext = func(net.Listener) context.Context { return ctx }
	ended := make(chan error, 2)
	go func() { ended <- server.Serve(listener) }()
	go func() { ended <- s.station.Run(ctx) }()
	s.stop = func() {
		s.t.Helper()
		cancel()
		must(server.Close())
		for range 2 {
			if err := <-ended; err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, context.Canceled) {
				s.t.Error(err)
			}
		}
		must(s.store.Close())
	}
}

// handler is the station's pages.
func (s *station) handler(log *slog.Logger) http.Handler {
	return web.New(web.Options{Station: s.station, Version: "test", Logger: log, Accounts: s.accounts, Guest: s.guest})
}

// end stops the station, if it runs.
func (s *station) end() {
	s.t.Helper()
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

// openStation puts a station together; nothing runs yet.
func openStation(dir string, bays int, dock device.Watcher) (*store.Store, *ingest.Station, error) {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return nil, nil, err
	}
	profiles, err := ingest.LoadProfiles(configs.Profiles, "")
	if err != nil {
		return nil, nil, err
	}
	st, err := store.Open(store.Options{Dir: dir, Zone: zone})
	if err != nil {
		return nil, nil, err
	}
	return st, ingest.New(ingest.Options{
		ID: "PCS-3", Name: "东门派出所 East Gate", Zone: zone, Store: st, Profiles: profiles,
		Watchers: []device.Watcher{dock}, Bays: device.NewBays(numbered(bays), ""),
		ClockSynchronized: func() bool { return true },
	}), nil
}

// numbered are bays for the cameras of the fleet, in order.
func numbered(n int) []device.Bay {
	list := make([]device.Bay, n)
	for i := range list {
		list[i] = device.Bay{Number: i + 1, Folder: serial(i)}
	}
	return list
}
