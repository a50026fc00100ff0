package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// command runs the program in this process.
func command(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errOut bytes.Buffer
	status = run(t.Context(), args, &out, &errOut, nil)
	return status, out.String(), errOut.String()
}

// numbered answers /api/v1/clips with pages of at most n of the clips 0 to total-1.
func numbered(n, total int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		limit, _ := strconv.Atoi(r.FormValue("limit"))
		first, _ := strconv.Atoi(r.FormValue("cursor"))
		end := min(first+min(n, limit), total)
		page := map[string]any{"clips": []any{}}
		for i := first; i < end; i++ {
			page["clips"] = append(page["clips"].([]any), map[string]any{"id": strconv.Itoa(i)})
		}
		if end < total {
			page["next"] = strconv.Itoa(end)
		}
		json.NewEncoder(w).Encode(page)
	}
}

// The pages of a listing are one listing, whatever their size.
func TestClipsPages(t *testing.T) {
	for _, test := range []struct{ page, total, limit, want int }{
		{1000, 0, 1000, 0}, {1000, 30, 1000, 30}, {7, 30, 1000, 30}, {7, 30, 20, 20}, {7, 30, 21, 21}, {7, 28, 28, 28}, {10_000, 25_000, 24_000, 24_000},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			socket := serveSocket(t, numbered(test.page, test.total))
			status, out, errOut := command(t, "clips", "--socket", socket, "--limit", strconv.Itoa(test.limit), "-o", "json")
			var clips []struct{ ID string }
			if err := json.Unmarshal([]byte(out), &clips); err != nil || status != 0 {
				t.Fatalf("status %d: %v: %s", status, err, errOut)
			}
			for i, c := range clips {
				if c.ID != strconv.Itoa(i) {
					t.Fatalf("clip %d is %s", i, c.ID)
				}
			}
			if len(clips) != test.want {
				t.Errorf("got %d clips, want %d", len(clips), test.want)
			}
		})
	}
}

// A listing that was cut by the default limit must not pass for the whole.
func TestClipsSaysThatThereAreMore(t *testing.T) {
	const note = "these are the first 1000 and there are more"
	socket := serveSocket(t, numbered(10_000, 1001))
	if _, _, errOut := command(t, "clips", "--socket", socket, "-o", "csv"); !strings.Contains(errOut, note) {
		t.Errorf("1000 of 1001: stderr is %q", errOut)
	}
	socket = serveSocket(t, numbered(10_000, 1000))
	if _, _, errOut := command(t, "clips", "--socket", socket, "-o", "csv"); errOut != "" {
		t.Errorf("1000 of 1000: stderr is %q", errOut)
	}
}

// broken answers and then breaks off.
func broken(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(body))
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

func TestBrokenAnswers(t *testing.T) {
	said := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			w.Write([]byte(body))
		}
	}
	for _, test := range []struct {
		name    string
		handler http.Handler
		args    string
		want    string // in stderr
	}{
		{"backup", broken("half a catalog"), "backup OUT", "copy the catalog: unexpected EOF"},
		{"verify", broken(`{"progress":{}}` + "\n"), "verify", "stopped before it was through"},
		{"verify without report", said(200, `{"progress":{}}`), "verify", "stopped before it was through"},
		{"verify fails", said(200, `{"error":"disk on fire"}`), "verify", "custodock: verify: disk on fire"},
		{"status", broken(`{"station":`), "status", "read the answer: "},
		{"not JSON", said(200, "hello"), "status", "read the answer: "},
		{"problem", said(500, `{"title":"Internal Server Error","detail":"no\u001b[1m"}`), "status", `custodock: status: no\x1b[1m`},
		{"title only", said(503, `{"title":"Service Unavailable"}`), "cameras", "custodock: cameras: Service Unavailable"},
		{"no problem document", said(502, "<html>"), "status", "the daemon answered 502 Bad Gateway"},
		{"being verified", said(409, `{"detail":"wait"}`), "verify", "custodock: verify: wait"},
	} {
		t.Run(test.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "b.db")
			args := strings.Fields(strings.ReplaceAll(test.args, "OUT", out))
			status, _, errOut := command(t, append(args, "--socket", serveSocket(t, test.handler))...)
			if status != exitFailed || !strings.Contains(errOut, test.want) {
				t.Errorf("status %d, stderr %q; want 1 and %q", status, errOut, test.want)
			}
			for _, path := range []string{out, out + ".partial"} {
				if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s is left: %v", path, err)
				}
			}
		})
	}
}

func TestInterrupted(t *testing.T) {
	dir, _ := testData(t)
	for _, args := range []string{"verify", "backup " + filepath.Join(dir, "b.db"), "clips", "rebuild"} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var out, errOut bytes.Buffer
		status := run(ctx, append(strings.Fields(args), "--data-dir", dir), &out, &errOut, nil)
		if want := "custodock: " + strings.Fields(args)[0] + ": interrupted\n"; status != exitFailed || errOut.String() != want {
			t.Errorf("%s: status %d, stderr %q, want %q", args, status, errOut.String(), want)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "b.db*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestSocketPath(t *testing.T) {
	for _, test := range []struct {
		flags   reach
		environ string
		want    string
	}{
		{reach{}, "", "/var/lib/custodock/control.sock"},
		{reach{}, "CUSTODOCK_SOCKET=/e", "/e"},
		{reach{dataDir: "/d"}, "CUSTODOCK_SOCKET=/e", "/d/control.sock"},
		{reach{dataDir: "/d", socket: "/s"}, "CUSTODOCK_SOCKET=/e", "/s"},
	} {
		test.flags.a = &app{environ: []string{test.environ}}
		if got := test.flags.socketPath(); got != test.want {
			t.Errorf("%+v: got %s, want %s", test.flags, got, test.want)
		}
	}
}

// The path of a socket may be longer than the kernel takes.
func TestLongSocketPath(t *testing.T) {
	dir, _ := testData(t)
	deep := filepath.Join(t.TempDir(), strings.Repeat("d", 120))
	if err := os.Rename(dir, deep); err != nil {
		t.Fatal(err)
	}
	if status, out, errOut := command(t, "clips", "--data-dir", deep, "-o", "csv"); status != 0 || strings.Count(out, "\n") != 1+len(testClips) {
		t.Errorf("status %d: %s%s", status, out, errOut)
	}
}

func TestAsFlags(t *testing.T) {
	got := asFlags("query.since: must be a time; body.badge: must not be empty; path.serial: is not a serial; a query. that stays")
	want := "--since: must be a time; --badge: must not be empty; serial: is not a serial; a query. that stays"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Every command of the contract is here, and what there is besides.
func TestCommands(t *testing.T) {
	var got []string
	for _, c := range newRootCommand(&app{}).Commands() {
		if !c.HasSubCommands() {
			got = append(got, c.Name())
		}
		for _, sub := range c.Commands() {
			got = append(got, c.Name()+" "+sub.Name())
		}
	}
	want := strings.Split("backup,camera assign,camera reinstate,camera retire,camera return,camera settle-conflict,camera show,cameras,clip,clips,clock confirm,config check,decide,demo,extend,extension list,extension revoke,rebuild,receipt,recording gaps,recording list,recording note,report deadlines,requests,roster import,run,settle,status,user add,user disable,user enable,user list,user passwd,user remove,user role,verify,version", ",")
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
