package web

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"custodock/configs"
	"custodock/device"
	"custodock/device/simcam"
	"custodock/ingest"
	"custodock/store"
)

var update = flag.Bool("update", false, "rewrite testdata/*.golden")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// at is the time of the bubbles' clocks: requests are made in process, so that
// every time in an answer is known.
var at = time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)

// fixture is a station over a real store, and a handler for it.
type fixture struct {
	t       *testing.T
	dir     string
	control bool
	store   *store.Store
	dock    *simcam.Dock
	station *ingest.Station
	handler http.Handler
	logged  *bytes.Buffer
}

// bubble runs test at at, in a bubble whose clock moves only when all wait.
func bubble(t *testing.T, control bool, test func(t *testing.T, f *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(at))
		f := newFixture(t, control)
		defer func() { f.store.Close() }()
		test(t, f)
	})
}

// pass lets time pass in a bubble (testing/synctest).
func pass(d time.Duration) { time.Sleep(d) }

func newFixture(t *testing.T, control bool) *fixture {
	t.Helper()
	f := &fixture{t: t, dir: t.TempDir(), control: control, dock: simcam.NewDock(), logged: new(bytes.Buffer)}
	f.open(store.Open)
	return f
}

// open has the store opened, and serves it.
func (f *fixture) open(open func(store.Options) (*store.Store, error)) {
	f.t.Helper()
	var err error
	zone := shanghai(f.t)
	if f.store, err = open(store.Options{Dir: f.dir, Zone: zone}); err != nil {
		f.t.Fatal(err)
	}
	profiles, err := ingest.LoadProfiles(configs.Profiles, "")
	if err != nil {
		f.t.Fatal(err)
	}
	f.station = ingest.New(ingest.Options{
		ID: "PCS-3", Name: "East Gate", Zone: zone, Store: f.store, Profiles: profiles, Parallel: 1, ClockSynchronized: func() bool { return true },
		Watchers: []device.Watcher{f.dock}, Bays: device.NewBays([]device.Bay{{Number: 1, Folder: "cam1"}, {Number: 2, Folder: "cam2"}}, ""),
	})
	f.handler = New(Options{Station: f.station, Version: "1.2.3", Control: f.control, Logger: f.logger()})
}

func (f *fixture) logger() *slog.Logger { return slog.New(slog.NewTextHandler(f.logged, nil)) }

// eventually waits, by the bubble's clock, until ok.
func (f *fixture) eventually(ok func() bool) {
	f.t.Helper()
	for range 1000 {
		if ok() {
			return
		}
		synctest.Wait()
		time.Sleep(time.Millisecond)
	}
	f.t.Fatal("it never came to that")
}

func shanghai(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// run has the station work until the returned function is called.
func (f *fixture) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.station.Run(ctx) }()
	return func() {
		f.t.Helper()
		cancel()
		if err := <-done; err != nil {
			f.t.Error(err)
		}
	}
}

// response is an answer that was read whole.
type response struct {
	status int
	header http.Header
	body   string
}

func (f *fixture) send(method, target, body string) response {
	f.t.Helper()
	req, err := http.NewRequestWithContext(f.t.Context(), method, "http://station"+target, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	return f.do(req)
}

func (f *fixture) get(target string) response {
	f.t.Helper()
	return f.send(http.MethodGet, target, "")
}

func (f *fixture) do(req *http.Request) response {
	f.t.Helper()
	resp, err := RoundTripper(f.handler).RoundTrip(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return response{resp.StatusCode, resp.Header, string(data)}
}

// problem reads a problem document, and makes sure that it is one.
func (r response) problem(t *testing.T) (detail string) {
	t.Helper()
	var doc struct {
		Status        int
		Title, Detail string
	}
	if got := r.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type %q", got)
	}
	if err := json.Unmarshal([]byte(r.body), &doc); err != nil {
		t.Fatalf("%v in %q", err, r.body)
	}
	if doc.Status != r.status || doc.Title == "" || doc.Detail == "" {
		t.Errorf("status %d has the problem %s", r.status, r.body)
	}
	return doc.Detail
}

// file is a file of the fixture's camera and what the catalog is to know of it.
type file struct {
	path  string
	kind  store.Kind
	ended time.Duration // before at
	data  string        // what is stored; empty: it is not
	fault error         // why it could not be
}

var files = []file{
	{"DCIM/100MEDIA/A0001.MP4", store.KindVideo, 30 * time.Hour, "the first clip", nil},
	{"DCIM/100MEDIA/A0002.MP4", store.KindVideo, 25 * time.Hour, "", nil},
	{"DCIM/100MEDIA/A0003.WAV", store.KindAudio, 21 * time.Hour, "", nil},
	{"DCIM/100MEDIA/A0004.MP4", store.KindVideo, 2 * time.Hour, "the fourth clip", nil},
	{"DCIM/100MEDIA/A0005.JPG", store.KindPhoto, time.Hour, "", fmt.Errorf("%w: input/output error", store.ErrSource)},
	{"GPS/A0001.LOG", store.KindLog, 30 * time.Hour, "", nil},
}

// fill has a camera with files in the catalog, docked and gone, and an officer
// who holds it.
func (f *fixture) fill() (ids []string) {
	f.t.Helper()
	s, err := f.store, error(nil)
	check := func() {
		f.t.Helper()
		if err != nil {
			f.t.Fatal(err)
		}
	}
	_, err = s.Assign("CAM0001", store.Holder{Badge: "031337", Name: "Li Na", Unit: "East Gate"}, at.Add(-48*time.Hour))
	check()
	d, _, err := s.Dock(store.Docking{
		Camera: "CAM0001", Bay: 1, Transport: "folder", Location: "/run/custodock/cameras/cam1",
	}, "DSJ-K9", "1.4.2", at)
	check()
	inv, err := s.Inventory(d.ID, at)
	check()
	var listed []store.File
	for _, x := range files {
		listed = append(listed, store.File{Path: x.path, Size: int64(max(len(x.data), 1000*boolInt(x.data == ""))), ModTime: at.Add(-x.ended)})
	}
	added, err := inv.Add(listed, func(i int, c *store.Clip) {
		c.Kind, c.TimeSource, c.Clock = files[i].kind, store.SourceModTime, store.ClockTrusted
		c.RecordedEnd, c.EndEarliest, c.EndLatest = c.ModTime, c.ModTime, c.ModTime
	})
	check()
	_, err = inv.Close(true, []store.Skipped{{Path: "loop", Reason: "symlink"}}, 1, "")
	check()
	for i, x := range files {
		id := added[i].Clip.ID
		ids = append(ids, id)
		if x.fault != nil {
			_, err = s.Fail(id, x.fault, at)
			check()
		}
		if x.data != "" {
			_, err = s.Put(f.t.Context(), store.Copy{ID: id, Open: opener(x.data)})
			check()
		}
	}
	_, err = s.MissDue(at)
	check()
	err = s.Undock(d.ID, at)
	check()
	return ids
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func opener(data string) func(context.Context, int64) (io.ReadCloser, error) {
	return func(_ context.Context, offset int64) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(data[offset:])), nil
	}
}

// Ids end at random, and the machine's figures are its own.
var (
	idPattern = regexp.MustCompile(`\b0[0-9a-hjkmnp-tv-z]{15}\b`) // no time of this century begins otherwise
	machine   = regexp.MustCompile(`"(catalog_bytes|free|reserve)": \d+|"(size)": \d{9,}`)
	cursor    = regexp.MustCompile(`"next": "[\w-]+"`)
)

// settled makes answers of two runs comparable.
func settled(text string) string {
	names := make(map[string]string)
	text = idPattern.ReplaceAllStringFunc(text, func(id string) string {
		if names[id] == "" {
			names[id] = fmt.Sprintf("ID-%d", len(names)+1)
		}
		return names[id]
	})
	text = machine.ReplaceAllString(text, `"$1$2": "SIZE"`)
	return cursor.ReplaceAllString(text, `"next": "CURSOR"`)
}

func (f *fixture) golden(name, got string) {
	f.t.Helper()
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(got), "", "  "); err != nil {
		f.t.Fatalf("%v in %q", err, got)
	}
	got = settled(indented.String())
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			f.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		f.t.Fatal(err)
	}
	if got != string(want) {
		f.t.Errorf("other than %s; look at it and run the test with -update:\n%s", path, got)
	}
}
