package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"custodock/configs"
	"custodock/device"
	"custodock/ingest"
	"custodock/store"
	"custodock/web"
	"custodock/web/account"
)

// stopWithin is how long the daemon may take to stop. What still hangs then,
// in practice a file system that does not answer, is left behind: everything
// that was acknowledged is on the disk.
const stopWithin = 3 * time.Second

func newRunCommand(a *app) *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "run --config FILE",
		Short: "run the daemon in the foreground",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := loadConfig(path, a.environ)
			if err != nil {
				return err
			}
			return runDaemon(cmd.Context(), cfg, newLogger(a.stderr, cfg), func() error {
				_, err := checkConfig(path, a.environ)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&path, "config", "", "configuration file; without one the defaults and the environment hold")
	return cmd
}

func newLogger(w io.Writer, cfg config) *slog.Logger {
	opt := &slog.HandlerOptions{Level: cfg.Log.Level}
	if cfg.Log.Format == logJSON {
		return slog.New(slog.NewJSONHandler(w, opt))
	}
	return slog.New(slog.NewTextHandler(w, opt))
}

// runDaemon is the station at work, until ctx ends. reload says what is wrong
// with the configuration as it is on the disk by now.
func runDaemon(ctx context.Context, cfg config, log *slog.Logger, reload func() error) error {
	d, err := newStation(cfg, log, nil, ingest.Options{Watchers: cameraWatchers(cfg, log)})
	if err != nil {
		return err
	}
	d.reload = reload
	if err = d.listen(cfg); err == nil {
		d.warnOfNetwork()
		err = d.serve(ctx, cfg)
	}
	return errors.Join(err, d.close(log))
}

// stationDaemon is a station and all that it is reached by.
type stationDaemon struct {
	store    *store.Store
	station  *ingest.Station
	accounts *account.Accounts
	log      *slog.Logger
	public   *http.Server // page, API and metrics
	control  *http.Server // the same and the commands, on the Unix socket

	tcp, unix net.Listener
	socket    string // path of unix

	reload func() error // nil: the configuration is not on a disk
}

// newStation puts the daemon together. Nothing runs yet. guest is who everybody
// at this machine is while there is no account, nil for nobody. opt has what no
// configuration says: where cameras come from, and what the demo does otherwise.
func newStation(cfg config, log *slog.Logger, guest *account.User, opt ingest.Options) (*stationDaemon, error) {
	profiles, err := ingest.LoadProfiles(configs.Profiles, cfg.Cameras.Profiles)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errConfig, err)
	}
	cert, err := openCertificate(cfg, log)
	if err != nil {
		return nil, err
	}
	metrics := ingest.NewMetrics()
	archive := storeOptions(cfg, log)
	archive.OnCommit = metrics.Commit
	st, err := store.Open(archive)
	switch {
	case errors.Is(err, store.ErrCatalog):
		return nil, withHint(err, "%s", rebuildHint(archive.Dir))
	case err != nil:
		return nil, err
	}
	accounts, err := openAccounts(cfg.DataDir, log)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	opt.ID, opt.Name, opt.Zone = cfg.Station.ID, cfg.Station.Name, cfg.Station.Timezone
	opt.Store, opt.Bays, opt.Profiles = st, device.NewBays(deviceBays(cfg.Bays), ""), profiles
	opt.Tolerance, opt.Parallel = cfg.Deadline.ClockTolerance, cfg.Ingest.Parallel
	opt.Release, opt.SetClocks = cfg.Camera.Release == releaseStored, cfg.Camera.SetClock
	opt.Metrics, opt.Logger = metrics, log
	station := ingest.New(opt)
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if err := metrics.Register(reg, station); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	handler := func(control bool) *http.Server {
		return web.Server(web.New(web.Options{
			Station: station, Registry: reg, Logger: log, Version: version(), Control: control,
			Accounts: accounts, Guest: guest,
		}), log)
	}
	d := &stationDaemon{store: st, station: station, accounts: accounts, log: log, public: handler(false), control: handler(true)}
	if cert != nil {
		d.public.TLSConfig = cert.config()
	}
	return d, nil
}

func openAccounts(dir string, log *slog.Logger) (*account.Accounts, error) {
	accounts, err := account.Open(account.Options{Dir: dir, Logger: log})
	if errors.Is(err, account.ErrFile) {
		return nil, withHint(err, "put back a good copy; or move it away and add the accounts anew with 'custodock user add': until then whoever is at this machine may look at everything but footage")
	}
	return accounts, err
}

// warnOfNetwork says once that others on the network can do or read more than
// they should.
func (d *stationDaemon) warnOfNetwork() {
	if at, ok := d.tcp.Addr().(*net.TCPAddr); ok && at.IP.IsLoopback() {
		return
	}
	if !d.accounts.Any() {
		d.log.Warn("http.listen is on the network and there is no account: from there everything but footage can be seen; add accounts with 'custodock user add'")
	}
	if d.public.TLSConfig == nil {
		d.log.Warn("http.listen is on the network and there is no TLS: who listens in reads what is shown, and passwords; set http.tls_cert and http.tls_key")
	}
}

// address is where a browser finds the page.
func (d *stationDaemon) address() string {
	if d.public.TLSConfig != nil {
		return "https://" + d.tcp.Addr().String()
	}
	return "http://" + d.tcp.Addr().String()
}

func storeOptions(cfg config, log *slog.Logger) store.Options {
	return store.Options{
		Dir:      cfg.DataDir,
		Rule:     store.Rule{Window: cfg.Deadline.Window, DueSoon: cfg.Deadline.DueSoon},
		Zone:     cfg.Station.Timezone,
		Reserve:  store.Reserve{Percent: cfg.Archive.Reserve.Percent, Bytes: cfg.Archive.Reserve.Bytes},
		Readback: cfg.Ingest.Readback,
		Logger:   log,
	}
}

func deviceBays(bays []bay) []device.Bay {
	list := make([]device.Bay, len(bays))
	for i, b := range bays {
		list[i] = device.Bay{Number: b.Bay, USBPort: b.USBPort, Folder: b.Folder}
	}
	return list
}

// listen takes the addresses. What fails here fails before anything runs.
func (d *stationDaemon) listen(cfg config) (err error) {
	if d.tcp, err = net.Listen("tcp", cfg.HTTP.Listen); err != nil {
		err = fmt.Errorf("listen for the page and API (http.listen): %w", err)
		if errors.Is(err, unix.EADDRINUSE) {
			err = withHint(err, "another program has this address ('ss -ltnp' says which): end it, or set http.listen to another port")
		}
		return err
	}
	d.socket = filepath.Join(cfg.DataDir, "control.sock")
	if d.unix, err = listenSocket(d.socket); err != nil {
		return errors.Join(err, d.tcp.Close())
	}
	return nil
}

// serve runs station and servers until ctx ends or one of them fails.
func (d *stationDaemon) serve(ctx context.Context, cfg config) error {
	defer os.Remove(d.socket)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return d.station.Run(ctx) })
	for server, listener := range map[*http.Server]net.Listener{d.public: d.tcp, d.control: d.unix} {
		server.BaseContext = func(net.Listener) context.Context { return ctx } // event streams end with ctx
		group.Go(func() error { return serveHTTP(ctx, server, listener) })
	}
	group.Go(func() error { return notifySystemd(ctx) })
	if d.reload != nil {
		r := &rereader{load: d.reload, tell: d.station.Metrics().ConfigRead, log: d.log}
		group.Go(func() error { return r.onHangup(ctx) })
	}
	d.log.Info("custodock runs", "station", cfg.Station.ID, "data_dir", cfg.DataDir, "roots", cfg.Cameras.Roots,
		"address", d.address(), "version", version())
	return waitFor(ctx, d.log, group.Wait)
}

// serveHTTP serves until ctx ends, and then lets requests finish for a moment.
func serveHTTP(ctx context.Context, server *http.Server, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			server.Close()
		}
	})
	defer stop()
	serve := server.Serve
	if server.TLSConfig != nil {
		serve = func(l net.Listener) error { return server.ServeTLS(l, "", "") } // it has its certificate
	}
	if err := serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	}
	return nil
}

// waitFor waits for wait to return, but once ctx has ended only so long.
func waitFor(ctx context.Context, log *slog.Logger, wait func() error) error {
	done := make(chan error, 1)
	go func() { done <- wait() }() // ends with wait, or with the process
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	timer := time.NewTimer(stopWithin)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		log.Warn("something does not end and is left behind; is a file system stuck?")
		return nil
	}
}

// close closes the catalog, unless something that was left behind holds it.
func (d *stationDaemon) close(log *slog.Logger) error {
	done := make(chan error, 1)
	go func() { done <- d.store.Close() }() // ends with Close, or with the process
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		log.Warn("the catalog is still in use and is left as after a power cut; the next start brings it in order")
		return nil
	}
}

// notifySystemd says that the daemon is ready and, when asked to, that it
// lives. Without systemd it does nothing.
func notifySystemd(ctx context.Context) error {
	if _, err := daemon.SdNotify(false, daemon.SdNotifyReady); err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil || every == 0 {
		return err
	}
	ticker := time.NewTicker(every / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			_, err := daemon.SdNotify(false, daemon.SdNotifyStopping)
			return err
		case <-ticker.C:
			if _, err := daemon.SdNotify(false, daemon.SdNotifyWatchdog); err != nil {
				return fmt.Errorf("notify systemd: %w", err)
			}
		}
	}
}
