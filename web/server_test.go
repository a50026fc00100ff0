package web

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"custodock/device"
	"custodock/device/simcam"
	"custodock/store"
)

func TestReady(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		if r := f.get("/-/healthy"); r.status != 200 {
			t.Errorf("healthy: %d", r.status)
		}
		if r := f.get("/-/ready"); r.status != 503 || !strings.Contains(r.problem(t), "does not watch") {
			t.Errorf("ready before it runs: %d %s", r.status, r.body)
		}
		stop := f.run()
		f.eventually(func() bool { return f.get("/-/ready").status == 200 })
		stop()
		if r := f.get("/-/ready"); r.status != 503 {
			t.Errorf("ready after it ran: %d", r.status)
		}
	})
}

// A station that can write nothing down is not ready, and is again by itself.
func TestReadyAndTheArchiveCannotBeWritten(t *testing.T) {
	bubble(t, true, func(t *testing.T, f *fixture) {
		defer f.run()()
		f.eventually(f.station.Ready)
		inTheWay := filepath.Join(f.dir, "archive", "ledger", at.Format("2006-01")+".jsonl")
		if err := os.MkdirAll(inTheWay, 0o750); err != nil {
			t.Fatal(err)
		}
		if r := f.send(http.MethodPost, assignPath, `{"badge": "7"}`); r.status != 500 {
			t.Fatalf("a fact that cannot be written down: %d %s", r.status, r.body)
		}
		pass(time.Minute) // in which it is tried again
		if r := f.get("/-/ready"); r.status != 503 || !strings.Contains(r.problem(t), "is a directory") {
			t.Errorf("ready: %d %s; want the reason why not", r.status, r.body)
		}
		if err := os.RemoveAll(inTheWay); err != nil {
			t.Fatal(err)
		}
		pass(3 * time.Second)
		if r := f.get("/-/ready"); r.status != 200 {
			t.Errorf("ready once it can be written: %d %s", r.status, r.body)
		}
	})
}

// One whose archive is full serves cameras still.
func TestReadyAndTheArchiveIsFull(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.store.Close()
		f.open(func(opt store.Options) (*store.Store, error) {
			opt.Reserve = store.Reserve{Percent: 100}
			return store.Open(opt)
		})
		defer f.run()()
		f.dock.Dock(simcam.New(simcam.Options{Info: device.Info{Serial: "CAM0001"}, Files: []simcam.File{{Path: "A.MP4", Size: 1 << 20, ModTime: at}}}))
		f.eventually(f.station.ArchiveFull)
		if r := f.get("/-/ready"); r.status != 200 || !strings.Contains(r.body, "until there is room") {
			t.Errorf("ready with a full archive: %d %s", r.status, r.body)
		}
	})
}

func TestCatalogThatDoesNotAnswer(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		stop := f.run()
		defer stop()
		f.eventually(f.station.Ready)
		f.store.Close()
		for target, want := range map[string]int{
			"/-/healthy": 200, "/metrics": 200, "/-/ready": 503, "/": 503,
			"/api/v1/status": 500, "/api/v1/clips": 500, "/api/v1/cameras": 500, "/api/v1/clips/x": 500,
		} {
			r := f.get(target)
			if r.status != want {
				t.Errorf("%s: %d, want %d", target, r.status, want)
			}
			if want != 200 {
				r.problem(t)
			}
		}
		if !strings.Contains(f.logged.String(), "level=ERROR") {
			t.Error("nothing was logged")
		}
	})
}

func TestSecurityHeaders(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		for _, target := range []string{"/", "/api/v1/status", "/nothing", "/assets/app.js"} {
			h := f.get(target).header
			if got := h.Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'; script-src 'self';") || strings.Contains(got, "unsafe") {
				t.Errorf("%s: policy %q", target, got)
			}
			for name, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
				"Access-Control-Allow-Origin": "",
			} {
				if got := h.Get(name); got != want {
					t.Errorf("%s: %s %q, want %q", target, name, got, want)
				}
			}
		}
	})
}

func TestPanics(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		mux := f.handler.(*server).mux.ServeMux
		mux.HandleFunc("GET /test/before", func(http.ResponseWriter, *http.Request) { panic("a defect") })
		mux.HandleFunc("GET /test/half-way", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "half of ")
			panic(errors.New("another defect"))
		})
		r := f.get("/test/before")
		if r.status != 500 {
			t.Errorf("status %d", r.status)
		}
		r.problem(t)
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://station/test/half-way", nil)
		resp, err := RoundTripper(f.handler).RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if got, err := io.ReadAll(resp.Body); string(got) != "half of " || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("half an answer reads as %q, %v", got, err)
		}
		for _, want := range []string{"a defect", "another defect", "TestPanics"} {
			if !strings.Contains(f.logged.String(), want) {
				t.Errorf("the log does not say %q:\n%s", want, f.logged)
			}
		}
		if metrics := f.get("/metrics").body; !strings.Contains(metrics, `custodock_http_requests_total{code="500",method="GET",route="/test/before"} 1`) {
			t.Errorf("the failure is not counted:\n%s", metrics)
		}
	})
}

// Routes are labels, not paths: whatever clients ask for, the number of series
// stays.
func TestRequestMetrics(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		for _, target := range []string{"/", "/api/v1/clips/a", "/api/v1/clips/b", "/api/v1/x", "/y", f.handler.(*server).screens.assets.address("app.css"), "/-/healthy"} {
			f.get(target)
		}
		f.send("BREW", "/api/v1/status", "")
		metrics := f.get("/metrics").body
		for _, line := range []string{
			`custodock_http_requests_total{code="200",method="GET",route="/"} 1`,
			`custodock_http_requests_total{code="404",method="GET",route="/api/v1/clips/{id}"} 2`,
			`custodock_http_requests_total{code="404",method="GET",route="none"} 2`,
			`custodock_http_requests_total{code="405",method="other",route="none"} 1`,
			`custodock_http_requests_total{code="200",method="GET",route="/assets/{name}"} 1`,
			`custodock_http_request_duration_seconds_count{route="/-/healthy"} 1`,
			`custodock_event_streams 0`,
		} {
			if !strings.Contains(metrics, line+"\n") {
				t.Errorf("there is no line %s in\n%s", line, metrics)
			}
		}
		if !strings.Contains(metrics, `custodock_build_info{goversion="go1.`) || !strings.Contains(metrics, `version="1.2.3"} 1`) {
			t.Error("the build is not named")
		}
	})
}

// What is counted here, by name, kind and help: rules and dashboards are checked
// against the file.
func TestMetricNames(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.get("/-/healthy") // counted when it was answered
		var got strings.Builder
		for line := range strings.Lines(f.get("/metrics").body) {
			if strings.HasPrefix(line, "# ") {
				got.WriteString(line)
			}
		}
		path := filepath.Join("testdata", "metrics.golden")
		if *update {
			if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got.String() != string(want) {
			t.Errorf("other than %s; look at it and run the test with -update:\n%s", path, got.String())
		}
	})
}

// Two handlers, for TCP and for the control socket, share one registry with
// the station's own metrics.
func TestOneRegistry(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		reg := prometheus.NewPedanticRegistry()
		if err := f.station.Metrics().Register(reg, f.station); err != nil {
			t.Fatal(err)
		}
		for _, control := range []bool{false, true} {
			f.handler = New(Options{Station: f.station, Registry: reg, Version: "1.2.3", Control: control})
			f.get("/-/healthy")
		}
		if got := f.get("/metrics").body; !strings.Contains(got, `route="/-/healthy"} 2`) || !strings.Contains(got, "custodock_clips_overdue 0") {
			t.Errorf("the handlers do not count together:\n%s", got)
		}
		if problems, err := testutil.GatherAndLint(reg); err != nil || len(problems) > 0 {
			t.Errorf("lint: %v, %v", problems, err)
		}
	})
}

// One metric that cannot be had takes no other with it.
func TestMetricsInPart(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		reg := prometheus.NewRegistry()
		reg.MustRegister(broken{})
		f.handler = New(Options{Station: f.station, Registry: reg, Logger: f.logger()})
		if r := f.get("/metrics"); r.status != 200 || !strings.Contains(r.body, "custodock_event_streams 0") {
			t.Errorf("%d %s", r.status, r.body)
		}
		if !strings.Contains(f.logged.String(), "out of order") {
			t.Errorf("the log does not say why: %s", f.logged)
		}
	})
}

// broken is a collector whose one metric is an error.
type broken struct{}

func (broken) Describe(chan<- *prometheus.Desc) {}

func (broken) Collect(ch chan<- prometheus.Metric) {
	ch <- prometheus.NewInvalidMetric(prometheus.NewDesc("broken", "", nil, nil), errors.New("out of order"))
}

// A read or write timeout of the whole would cut event streams off.
func TestServerBounds(t *testing.T) {
	s := Server(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	if s.ReadHeaderTimeout == 0 || s.IdleTimeout == 0 || s.MaxHeaderBytes == 0 || s.WriteTimeout != 0 || s.ReadTimeout != 0 {
		t.Errorf("bounds %+v", s)
	}
}
