//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// notification is what Alertmanager sends to a webhook.
type notification struct {
	Status string
	Alerts []alert
}

type alert struct {
	Status              string
	Labels, Annotations map[string]string
}

// TestAlertOfACameraThatWasPulled pulls a camera with a clip that is not
// stored. A real Prometheus with the rules as they are shipped warns before it
// is due, a real Alertmanager tells a webhook once that it is overdue, which
// camera and which station, and once that it is over when the clip is stored.
func TestAlertOfACameraThatWasPulled(t *testing.T) {
	s := newStation(t)
	told := watchAlerts(t, s)
	deadline := []string{"CUSTODOCK_DEADLINE_WINDOW=20s", "CUSTODOCK_DEADLINE_DUE_SOON=18s", "CUSTODOCK_DEADLINE_CLOCK_TOLERANCE=5s"}
	s.start(append(deadline, "CUSTODOCK_ARCHIVE_RESERVE=99%")...) // no clip fits
	told.await(t, "CustodockWatchdog", "firing")

	camera := filepath.Join(s.root, "CAM0001")
	away := filepath.Join(filepath.Dir(s.root), "CAM0001")
	clip := filepath.Join(away, "DCIM", "A0001.MP4")
	record(t, rand.New(rand.NewPCG(7, 7)), clip, 100_000)
	now := time.Now()
	if err := os.Chtimes(clip, now, now); err != nil {
		t.Fatal(err)
	}
	move(t, away, camera)
	var status struct {
		Clips struct{ Clips, Stored, Overdue int }
	}
	s.await("/api/v1/status", &status, func() bool { return status.Clips.Clips == 1 })
	move(t, camera, away)
	s.awaitUndocked("CAM0001")
	if s.daemon.Process.Signal(syscall.SIGHUP); s.stop(syscall.SIGTERM) != 0 {
		t.Error("the daemon did not end well")
	}
	s.start(deadline...) // now it would fit

	told.await(t, "CustodockClipDueSoon", "firing")
	if status.Clips.Stored != 0 || told.count("CustodockClipOverdue", "firing") != 0 {
		t.Error("it is called overdue before it is")
	}
	got := told.await(t, "CustodockClipOverdue", "firing")
	for label, want := range map[string]string{"camera": "CAM0001", "station": "PCS-3", "severity": "critical"} {
		if got.Labels[label] != want {
			t.Errorf("label %s is %q, want %q", label, got.Labels[label], want)
		}
	}
	if text := got.Annotations["description"]; !strings.HasPrefix(text, "Past due and not stored at PCS-3, camera CAM0001: 1. The first was due at 20") {
		t.Errorf("it says %q", text)
	}
	move(t, away, camera)
	s.await("/api/v1/status", &status, func() bool { return status.Clips.Stored == 1 })
	told.await(t, "CustodockClipOverdue", "resolved")
	for _, status := range []string{"firing", "resolved"} {
		if n := told.count("CustodockClipOverdue", status); n != 1 {
			t.Errorf("%d times told that it is %s", n, status)
		}
	}
}

func move(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func (s *station) awaitUndocked(serial string) {
	s.t.Helper()
	var camera struct {
		Docked         bool
		LastUndockedAt time.Time `json:"last_undocked_at"`
	}
	s.await("/api/v1/cameras/"+serial, &camera, func() bool { return !camera.Docked && !camera.LastUndockedAt.IsZero() })
}

// tales are the alerts that a webhook was told of, in order.
type tales struct {
	news chan alert
	all  []alert
}

// await returns the first alert of that name and status, told yet or not.
func (w *tales) await(t *testing.T, name, status string) alert {
	t.Helper()
	for _, a := range w.all {
		if a.Labels["alertname"] == name && a.Status == status {
			return a
		}
	}
	timeout := time.After(2 * time.Minute)
	for {
		select {
		case a := <-w.news:
			w.all = append(w.all, a)
			if a.Labels["alertname"] == name && a.Status == status {
				return a
			}
		case <-timeout:
			t.Fatalf("nobody was told that %s is %s; told: %+v", name, status, w.all)
		}
	}
}

func (w *tales) count(name, status string) (n int) {
	for _, a := range w.all {
		if a.Labels["alertname"] == name && a.Status == status {
			n++
		}
	}
	return n
}

// watchAlerts starts a Prometheus that asks the station twice a second and an
// Alertmanager that waits for nothing.
func watchAlerts(t *testing.T, s *station) *tales {
	t.Helper()
	w := &tales{news: make(chan alert, 1000)}
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var n notification
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
			t.Error(err)
		}
		for _, a := range n.Alerts {
			w.news <- a
		}
	}))
	t.Cleanup(hook.Close)
	rules, err := filepath.Abs("../deploy/prometheus/custodock.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	dir, manager := t.TempDir(), freeAddress(t)
	alertmanager := config(t, dir, "alertmanager.yml", `
route: {receiver: hook, group_by: [alertname, station, camera], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers: [{name: hook, webhook_configs: [{url: %q}]}]
`, hook.URL)
	prometheus := config(t, dir, "prometheus.yml", `
global: {scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 1s}
rule_files: [%q]
alerting: {alertmanagers: [{static_configs: [{targets: [%q]}]}]}
scrape_configs:
  - job_name: custodock
    static_configs: [{targets: [%q], labels: {station: PCS-3}}]
`, rules, manager, s.addr)
	background(t, "prometheus-alertmanager", "--config.file="+alertmanager, "--storage.path="+filepath.Join(dir, "am"),
		"--web.listen-address="+manager, "--cluster.listen-address=")
	background(t, "prometheus", "--config.file="+prometheus, "--storage.tsdb.path="+filepath.Join(dir, "tsdb"),
		"--web.listen-address="+freeAddress(t),
		"--rules.alert.resend-delay=1s") // what it finds before it has found the Alertmanager is lost, else for a minute
	return w
}

func config(t *testing.T, dir, name, format string, args ...any) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, fmt.Appendf(nil, format, args...), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// background runs a program until the test ends, and shows what it said when
// the test has failed.
func background(t *testing.T, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatalf("%s (Debian: prometheus, prometheus-alertmanager): %v", name, err)
	}
	t.Cleanup(func() {
		cancel()
		cmd.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", name, tail(out.String(), 4000))
		}
	})
}
