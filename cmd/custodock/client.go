package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"custodock/ingest"
	"custodock/store"
	"custodock/web"
)

// defaultSocket is where the daemon of the default configuration listens.
const defaultSocket = "/var/lib/custodock/" + socketName

const socketName = "control.sock"

// reach is where a command finds what it asks: the flags that say so.
type reach struct {
	a       *app
	socket  string
	dataDir string
	config  string

	change   bool // the command changes the catalog
	accounts bool // the command is about accounts, which only the daemon's user may read
}

// addReach gives cmd the flags that say where the station is.
func (a *app) addReach(cmd *cobra.Command) *reach {
	r := &reach{a: a}
	cmd.Flags().StringVar(&r.socket, "socket", "", "the daemon's control socket (default $"+envSocket+", or "+defaultSocket+")")
	cmd.Flags().StringVar(&r.dataDir, "data-dir", "", "the daemon's data_dir; without a daemon, its catalog is opened directly")
	cmd.Flags().StringVar(&r.config, "config", "", "the daemon's configuration, whose zone and deadline hold without a daemon")
	return r
}

// socketPath returns the socket to try. A flag is meant more than what
// happens to be in the environment.
func (r *reach) socketPath() string {
	switch env := r.a.getenv(envSocket); {
	case r.socket != "":
		return r.socket
	case r.dataDir != "":
		return filepath.Join(r.dataDir, socketName)
	case env != "":
		return env
	}
	return defaultSocket
}

// link is a way to the station: the daemon behind its socket or, when none
// runs, the same handler in this process. Both answer alike.
type link struct {
	http  http.Client
	close func() error
}

// open finds the daemon, or else opens the catalog.
func (r *reach) open(ctx context.Context) (*link, error) {
	socket := r.socketPath()
	conn, err := dialSocket(ctx, socket)
	if err == nil {
		return dialled(socket), conn.Close()
	}
	// A socket that a killed daemon left refuses connections.
	absent := errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ECONNREFUSED)
	if absent && r.socket == "" && r.dataDir != "" {
		return r.openCatalog(socket)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, noDaemon(socket, err)
}

// use opens the link for as long as do takes.
func (r *reach) use(ctx context.Context, do func(*link) error) error {
	l, err := r.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(do(l), l.close())
}

// noDaemon is errNoDaemon with what stands in the way: mostly that there is no
// socket, and sometimes that this user may not use it.
func noDaemon(socket string, err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err // its text would have the address in /proc
	}
	err = fmt.Errorf("%w at %s: %w", errNoDaemon, socket, err)
	if errors.Is(err, fs.ErrPermission) {
		return withHint(err, "run it as root, or as a member of the group that owns the socket")
	}
	return withHint(err, "start one with 'custodock run', say where it is with --socket, or read its catalog with --data-dir DIR")
}

// patience is how long a daemon may take to begin an answer. One that takes
// longer is stuck, and a script must not be stuck with it.
const patience = 30 * time.Second

// dialled sends requests over the socket, a connection for each that overlaps.
func dialled(socket string) *link {
	t := &http.Transport{ResponseHeaderTimeout: patience, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := dialSocket(ctx, socket)
		if err != nil {
			return nil, noDaemon(socket, err)
		}
		return conn, nil
	}}
	return &link{http: http.Client{Transport: t}, close: func() error { t.CloseIdleConnections(); return nil }}
}

// openCatalog puts the daemon's handler on the catalog itself. Nothing watches
// for cameras then.
func (r *reach) openCatalog(socket string) (*link, error) {
	cfg, err := loadConfig(r.config, r.a.environ)
	if err != nil {
		return nil, err
	}
	cfg.DataDir = r.dataDir
	st, err := r.openStore(cfg)
	if err != nil {
		return nil, explainOpen(err, r.dataDir, socket)
	}
	station := ingest.New(ingest.Options{ID: cfg.Station.ID, Name: cfg.Station.Name, Zone: cfg.Station.Timezone, Store: st})
	opt := web.Options{Station: station, Version: version(), Control: true}
	if r.accounts {
		if opt.Accounts, err = openAccounts(r.dataDir, slog.New(slog.DiscardHandler)); err != nil {
			return nil, errors.Join(err, st.Close())
		}
	}
	handler := web.New(opt)
	return &link{http: http.Client{Transport: web.RoundTripper(handler)}, close: st.Close}, nil
}

// openStore opens the catalog no further than the command needs. Read-only
// leaves what a crash left half-done to the next daemon.
func (r *reach) openStore(cfg config) (*store.Store, error) {
	opt := storeOptions(cfg, slog.New(slog.DiscardHandler))
	if !r.change {
		return store.OpenReadOnly(opt)
	}
	// Open would make a new store of whatever folder was mistyped.
	if _, err := os.Stat(filepath.Join(cfg.DataDir, "catalog.db")); err != nil {
		return nil, fmt.Errorf("open store: %w in %s: %w", store.ErrNoCatalog, cfg.DataDir, err)
	}
	return store.Open(opt)
}

// explainOpen adds what to do about a catalog that cannot be opened.
func explainOpen(err error, dir, socket string) error {
	switch {
	case errors.Is(err, store.ErrHeld):
		return withHint(err, "a daemon that starts, stops or listens elsewhere holds it, and none answers at %s: try again, or use --socket", socket)
	case errors.Is(err, store.ErrNoCatalog):
		return withHint(err, "is %s the daemon's data_dir? If its catalog is lost: custodock rebuild --data-dir %s", dir, dir)
	case errors.Is(err, store.ErrCatalog):
		return withHint(err, "%s", rebuildHint(dir))
	}
	return err
}

func rebuildHint(dir string) string {
	return "the archive is not touched; make the catalog anew from it: custodock rebuild --data-dir " + dir
}

// problem is an error that the station answered with (RFC 9457).
type problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

func (p *problem) Error() string {
	if p.Detail == "" {
		return p.Title
	}
	return p.Detail
}

// refused makes errUsage of the problems that are about what was asked for.
func refused(err error) error {
	p, ok := errors.AsType[*problem](err)
	if ok && (p.Status == http.StatusUnprocessableEntity || p.Status == http.StatusBadRequest) {
		return usageError{asFlags(p.Error())}
	}
	return err
}

// notFound adds a hint to the problem that there is no such thing.
func notFound(err error, hint string) error {
	p, ok := errors.AsType[*problem](err)
	if ok && p.Status == http.StatusNotFound {
		return withHint(err, "%s", hint)
	}
	return err
}

// stream sends a request and returns the body of its answer.
func (l *link) stream(ctx context.Context, method, path string, body any) (io.ReadCloser, error) {
	var send io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		send = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://custodock"+path, send)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := l.http.Do(req)
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // its text would have an address that nobody typed
	}
	if n, ok := errors.AsType[net.Error](err); ok && n.Timeout() {
		return nil, withHint(fmt.Errorf("the daemon has not answered for %s", shortDuration(patience)),
			"is a disk of it stuck? Its log (journalctl -u custodock) and the kernel's (dmesg) may say")
	}
	if err != nil {
		return nil, fmt.Errorf("ask the daemon: %w", err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, nil
	}
	defer resp.Body.Close()
	p := &problem{}
	if json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(p) != nil {
		p.Title = "the daemon answered " + resp.Status
	}
	p.Status = resp.StatusCode
	return nil, p
}

// ask sends a request, and reads the answer into v, if that is not nil. It
// also returns the answer as it came, for what this program does not know.
func (l *link) ask(ctx context.Context, method, path string, body, v any) (json.RawMessage, error) {
	answer, err := l.stream(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	defer answer.Close()
	raw, err := io.ReadAll(answer)
	if err == nil && v != nil {
		err = json.Unmarshal(raw, v)
	}
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return raw, nil
}

// get is ask for what changes nothing.
func (l *link) get(ctx context.Context, path string, v any) (json.RawMessage, error) {
	return l.ask(ctx, http.MethodGet, path, nil, v)
}

// element makes a path element of what a person typed. hint is what to do when
// there is no such thing.
func element(what, text, hint string) (string, error) {
	if text == "." || text == ".." { // the server would take them for folders
		return "", withHint(fmt.Errorf("%s %q: %w", what, text, store.ErrNotFound), "%s", hint)
	}
	return url.PathEscape(text), nil
}

// asFlags writes a problem's parameters as the flags that they come from.
func asFlags(text string) string {
	parts := strings.Split(text, "; ")
	for i, part := range parts {
		for _, place := range []string{"query.", "body."} {
			if name, ok := strings.CutPrefix(part, place); ok {
				parts[i] = "--" + name
			}
		}
		parts[i] = strings.TrimPrefix(parts[i], "path.")
	}
	return strings.Join(parts, "; ")
}
