package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"custodock/ingest"
	"custodock/store"
	"custodock/web"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"custodock": main})
}

// TestScripts runs the program as people do: testdata/script says what and
// what comes of it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			// Else each run of the program under the race detector ends with
			// a second's sleep.
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"mkdata":     scriptData,
			"doubtclock": scriptDoubtClock,
			"daemon":     scriptDaemon,
			"hold":       scriptHold,
			"stale":      scriptStale,
			"exits":      scriptExits,
			"fits":       scriptFits,
			"isjson":     scriptJSON,
			"csvrows":    scriptCSV,
			"spoil":      scriptSpoil,
			"printed":    scriptPrinted,
			"truncate":   scriptTruncate,
			"rowid":      scriptRowID,
			"ask":        scriptAsk,
			"mint":       scriptMint,
		},
	})
}

// mkdata DIR makes the clips of testClips, whose ids become $ON_TIME and so on.
func scriptData(ts *testscript.TestScript, _ bool, args []string) {
	ids, err := makeData(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Setenv("BREAK", "\n")
	ts.Setenv("RETURNED", time.Now().Add(-30*time.Minute).Format(time.RFC3339))
	for name, key := range map[string]string{"ON_TIME": "on time", "LATE": "late", "UNDECIDABLE": "undecidable", "LOG": "log",
		"OVERDUE": "DCIM/B0001.MP4", "FAILED": "DCIM/B0003.MP4"} {
		ts.Setenv(name, ids[key])
	}
}

// daemon DIR holds DIR's catalog and answers on its control socket until the
// script ends. It watches for no cameras.
func scriptDaemon(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	zone, err := time.LoadLocation("Asia/Shanghai")
	ts.Check(err)
	st, err := store.Open(store.Options{Dir: dir, Zone: zone})
	ts.Check(err)
	station := ingest.New(ingest.Options{ID: "dock-1", Zone: zone, Store: st})
	accounts, err := openAccounts(dir, slog.New(slog.DiscardHandler))
	ts.Check(err)
	l, err := listenSocket(filepath.Join(dir, socketName))
	ts.Check(err)
	server := web.Server(web.New(web.Options{Station: station, Control: true, Accounts: accounts}), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- serveHTTP(ctx, server, l) }()
	ts.Defer(func() {
		cancel()
		ts.Check(<-done)
		ts.Check(st.Close())
	})
}

// doubtclock DIR records in DIR that the station's clock jumped.
func scriptDoubtClock(ts *testscript.TestScript, _ bool, args []string) {
	st, err := store.Open(store.Options{Dir: ts.MkAbs(args[0])})
	ts.Check(err)
	err = st.KeepClock(store.ClockState{Doubt: &store.StationClock{Reason: "it jumped", Ahead: 3600}}, time.Now())
	ts.Check(errors.Join(err, st.Close()))
}

// hold DIR holds DIR's catalog and answers nowhere.
func scriptHold(ts *testscript.TestScript, _ bool, args []string) {
	st, err := store.Open(store.Options{Dir: ts.MkAbs(args[0])})
	ts.Check(err)
	ts.Defer(func() { ts.Check(st.Close()) })
}

// stale PATH leaves a socket at which nobody listens any more.
func scriptStale(ts *testscript.TestScript, _ bool, args []string) {
	l, err := listenSocket(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(l.(*net.UnixListener).Close())
}

// exits N COMMAND... wants that exit status of the program.
func scriptExits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		// All that testscript tells of the status is the error's text.
		text, ok := strings.CutPrefix(err.Error(), "exit status ")
		if !ok {
			ts.Fatalf("run %q: %v", args[1:], err)
		}
		got, err = strconv.Atoi(text)
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%q: exit status %d, want %d\nstdout:\n%s\nstderr:\n%s", args[1:], got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// fits N wants no line of the last output to be wider than N cells.
func scriptFits(ts *testscript.TestScript, _ bool, args []string) {
	most, err := strconv.Atoi(args[0])
	ts.Check(err)
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		if n := textWidth(strings.TrimSuffix(line, "\n")); n > most {
			ts.Fatalf("%d cells: %s", n, line)
		}
	}
}

// isjson [N] wants the last output to be one JSON value, or an array of N.
func scriptJSON(ts *testscript.TestScript, _ bool, args []string) {
	var value any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &value))
	if len(args) == 0 {
		return
	}
	list, ok := value.([]any)
	if !ok || strconv.Itoa(len(list)) != args[0] {
		ts.Fatalf("got %d elements of %T, want %s", len(list), value, args[0])
	}
}

// csvrows N wants the last output to be CSV with a head and N rows of its width.
func scriptCSV(ts *testscript.TestScript, _ bool, args []string) {
	rows, err := csv.NewReader(strings.NewReader(ts.ReadFile("stdout"))).ReadAll()
	ts.Check(err)
	if strconv.Itoa(len(rows)-1) != args[0] {
		ts.Fatalf("got %d rows, want %s", len(rows)-1, args[0])
	}
}

// rowid NAME puts the id in the first row of the last output, CSV, into $NAME.
func scriptRowID(ts *testscript.TestScript, _ bool, args []string) {
	rows, err := csv.NewReader(strings.NewReader(ts.ReadFile("stdout"))).ReadAll()
	ts.Check(err)
	if len(rows) < 2 {
		ts.Fatalf("there is no row in %q", rows)
	}
	ts.Setenv(args[0], rows[1][0])
}

// ask NAME DIR CLIP [NOTE] gives a reason for a clip, as somebody at the dock
// does, and puts the request's id into $NAME.
func scriptAsk(ts *testscript.TestScript, _ bool, args []string) {
	st, err := store.Open(store.Options{Dir: ts.MkAbs(args[1])})
	ts.Check(err)
	defer func() { ts.Check(st.Close()) }()
	now := time.Now()
	r, err := st.Ask(store.Request{Clip: args[2], Reason: store.Remote, Returned: now.Add(-30 * time.Minute),
		Note: strings.Join(args[3:], " "), By: "李雷"}, now)
	ts.Check(err)
	ts.Setenv(args[0], r.ID)
}

// mint NAME DIR SERIAL makes the receipt of a camera's last docking and puts its
// code into $NAME.
func scriptMint(ts *testscript.TestScript, _ bool, args []string) {
	st, err := store.Open(store.Options{Dir: ts.MkAbs(args[1])})
	ts.Check(err)
	defer func() { ts.Check(st.Close()) }()
	c, err := st.Camera(args[2])
	ts.Check(err)
	r, err := st.MintReceipt(c.LastDocking, time.Now())
	ts.Check(err)
	ts.Setenv(args[0], r.Code)
}

// spoil DIR NAME changes a byte of the archive's file of that name.
func scriptSpoil(ts *testscript.TestScript, _ bool, args []string) {
	path := findFile(ts, args[0], args[1])
	data, err := os.ReadFile(path)
	ts.Check(err)
	data[0] ^= 1
	ts.Check(os.Chmod(path, 0o600))
	ts.Check(os.WriteFile(path, data, 0o600))
}

// truncate FILE N cuts a file.
func scriptTruncate(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), n))
}

func findFile(ts *testscript.TestScript, dir, name string) (path string) {
	ts.Check(filepath.WalkDir(ts.MkAbs(dir), func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == name {
			path = p
		}
		return err
	}))
	if path == "" {
		ts.Fatalf("no %s in %s", name, dir)
	}
	return path
}

// printed wants nothing in the last output that a terminal would obey.
func scriptPrinted(ts *testscript.TestScript, _ bool, _ []string) {
	for _, name := range []string{"stdout", "stderr"} {
		if text := ts.ReadFile(name); printableLines(text) != text {
			ts.Fatalf("%s has characters that are not seen: %q", name, text)
		}
	}
}

// serveSocket serves h on a socket of the test's and returns its path.
func serveSocket(t *testing.T, h http.Handler) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), socketName)
	l, err := listenSocket(path)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- serveHTTP(ctx, server, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return path
}
