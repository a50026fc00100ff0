// Package deploy has no code: its tests hold what is deployed beside the
// program against the program.
package deploy

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const rulesFile = "prometheus/custodock.rules.yml"

// rule is one alert of the rules' file.
type rule struct {
	Alert, Expr, For    string
	Labels, Annotations map[string]string
}

func readRules(t *testing.T) (rules []rule) {
	t.Helper()
	data, err := os.ReadFile(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct{ Rules []rule }
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		rules = append(rules, g.Rules...)
	}
	return rules
}

// severities are the alerts that others build on, by name.
var severities = map[string]string{
	"ClipOverdue": "critical", "StationDown": "critical", "ReadbackMismatch": "critical", "VerifyFailed": "critical",
	"ArchiveFullSoon": "critical", "StationClockUnsynchronized": "critical", "IngestStalled": "critical",
	"ClipDueSoon": "warning", "ClipsStoredLate": "warning", "CameraNotSeen": "warning", "IngestErrors": "warning",
	"CameraStorageNearlyFull": "warning", "CameraNotListed": "warning", "CameraClockWrong": "warning", "CameraBatteryLow": "warning",
	"VerifyOverdue": "warning", "BackupStale": "warning", "ConfigReloadFailed": "warning", "ClipsUndecidable": "warning",
	"CameraBatteryWorn": "info", "Watchdog": "info",
}

func TestAlerts(t *testing.T) {
	got := make(map[string]string)
	for _, r := range readRules(t) {
		name := strings.TrimPrefix(r.Alert, "Custodock")
		got[name] = r.Labels["severity"]
		if s := r.Annotations["summary"]; s == "" || strings.Contains(s, "{{") {
			t.Errorf("%s: the summary %q is not a fixed text", r.Alert, s)
		}
		if r.Annotations["description"] == "" {
			t.Errorf("%s has no description", r.Alert)
		}
		if url := r.Annotations["runbook_url"]; !strings.HasSuffix(url, "/runbooks/"+r.Alert+".md") {
			t.Errorf("%s: the runbook is at %q", r.Alert, url)
		}
	}
	for name, severity := range severities {
		if got[name] != severity {
			t.Errorf("%s is %q, want %q", name, got[name], severity)
		}
	}
	if len(got) != len(severities) {
		t.Errorf("%d alerts, want %d", len(got), len(severities))
	}
}

func TestRunbooks(t *testing.T) {
	var alerts, pages []string
	for _, r := range readRules(t) {
		alerts = append(alerts, r.Alert)
	}
	files, err := filepath.Glob("../docs/runbooks/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".md")
		pages = append(pages, name)
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"# " + name + "\n", "\n## What it means\n", "\n## What to look at\n", "\n## What to do\n"} {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s has no %q", f, part)
			}
		}
		for _, m := range regexp.MustCompile(`\]\((\w+\.md)\)`).FindAllSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join("../docs/runbooks", string(m[1]))); err != nil {
				t.Errorf("%s: %v", f, err)
			}
		}
	}
	slices.Sort(alerts)
	if slices.Sort(pages); !slices.Equal(alerts, pages) {
		t.Errorf("alerts: %v\nrunbooks: %v", alerts, pages)
	}
}

// promtool runs one of Debian's programs. Without them nobody knows whether
// the rules do what they are for.
func promtool(t *testing.T, name string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Fatalf("%s is missing: make test installs it (Debian: prometheus, prometheus-alertmanager)", name)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

func TestRulesAndExamplesAreValid(t *testing.T) {
	promtool(t, "promtool", "check", "rules", rulesFile)
	promtool(t, "promtool", "check", "config", "prometheus/prometheus.yml")
	promtool(t, "amtool", "check-config", "prometheus/alertmanager.yml")
}

func TestRulesFire(t *testing.T) {
	for _, name := range []string{"custodock.rules.test.yml", "custodock.rules.slow.test.yml"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			promtool(t, "promtool", "test", "rules", "prometheus/"+name)
		})
	}
}

// Every alert has a case in which it fires and one in which it does not.
func TestRulesAreTested(t *testing.T) {
	fires, quiet := make(map[string]bool), make(map[string]bool)
	for _, name := range []string{"custodock.rules.test.yml", "custodock.rules.slow.test.yml"} {
		data, err := os.ReadFile("prometheus/" + name)
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Tests []struct {
				Cases []struct {
					Name   string `yaml:"alertname"`
					Alerts []any  `yaml:"exp_alerts"`
				} `yaml:"alert_rule_test"`
			}
		}
		if err := yaml.Unmarshal(data, &file); err != nil {
			t.Fatal(err)
		}
		for _, test := range file.Tests {
			for _, c := range test.Cases {
				fires[c.Name] = fires[c.Name] || len(c.Alerts) > 0
				quiet[c.Name] = quiet[c.Name] || len(c.Alerts) == 0
			}
		}
	}
	for _, r := range readRules(t) {
		if !fires[r.Alert] || (!quiet[r.Alert] && r.Alert != "CustodockWatchdog") {
			t.Errorf("%s: fires in a case: %t; does not in one: %t", r.Alert, fires[r.Alert], quiet[r.Alert])
		}
	}
}

// dashboard is what the tests look at of a Grafana dashboard.
type dashboard struct {
	UID, Title string
	Panels     []struct {
		ID          int
		Title, Type string
		GridPos     struct{ X, Y, W, H int }
		Targets     []struct{ Expr string }
	}
}

func readDashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	files, err := filepath.Glob("grafana/*.json")
	if err != nil || len(files) != 2 {
		t.Fatalf("dashboards %v, %v", files, err)
	}
	boards := make(map[string]dashboard)
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var d dashboard
		if err := json.Unmarshal(data, &d); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		boards[strings.TrimSuffix(filepath.Base(f), ".json")] = d
	}
	return boards
}

// Dashboards are found again by their uid, panels do not lie on each other,
// and Prometheus understands what they ask.
func TestDashboards(t *testing.T) {
	var exprs strings.Builder
	exprs.WriteString("groups:\n- name: dashboards\n  rules:\n")
	for name, d := range readDashboards(t) {
		if d.UID != name {
			t.Errorf("%s has the uid %q", name, d.UID)
		}
		taken := make(map[[2]int]string)
		ids := make(map[int]bool)
		for _, p := range d.Panels {
			if ids[p.ID] {
				t.Errorf("%s: the id %d is there twice", name, p.ID)
			}
			ids[p.ID] = true
			if p.Title == "" || p.GridPos.X+p.GridPos.W > 24 || (len(p.Targets) == 0) != (p.Type == "row") {
				t.Errorf("%s: panel %d %q: %+v", name, p.ID, p.Title, p.GridPos)
			}
			for x := range p.GridPos.W {
				for y := range p.GridPos.H {
					at := [2]int{p.GridPos.X + x, p.GridPos.Y + y}
					if taken[at] != "" {
						t.Fatalf("%s: %q lies on %q", name, p.Title, taken[at])
					}
					taken[at] = p.Title
				}
			}
			for i, target := range p.Targets {
				expr := strings.NewReplacer("$instance", "dock1", "$__range", "24h").Replace(target.Expr)
				fmt.Fprintf(&exprs, "  - {record: panel_%d_%d, expr: %q}\n", p.ID, i, expr)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "dashboards.yml")
	if err := os.WriteFile(path, []byte(exprs.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "promtool", "check", "rules", "--lint=none", path)
}

// unused are metrics that no rule and no panel asks for, and why they are there.
var unused = map[string]string{
	"custodock_station_info": "names the station; the dashboard of one station chooses by it",
}

// What rules and panels ask for is on /metrics, and what is there is asked for.
func TestMetricNames(t *testing.T) {
	exposed := exposedMetrics(t)
	asked := make(map[string]bool)
	ask := func(where, expr string) {
		for _, name := range regexp.MustCompile(`\b(?:custodock|process|go)_[a-z_]+`).FindAllString(expr, -1) {
			if strings.HasPrefix(name, "custodock_") && exposed[name] == "" {
				t.Errorf("%s asks for %s, which is not on /metrics", where, name)
			}
			asked[name] = true
		}
	}
	for _, r := range readRules(t) {
		ask(r.Alert, r.Expr)
		ask(r.Alert, r.Annotations["description"])
	}
	for name, d := range readDashboards(t) {
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				ask(name+": "+p.Title, target.Expr)
			}
		}
	}
	for series, name := range exposed {
		used := asked[series] || asked[name] || asked[name+"_bucket"]
		switch reason := unused[name]; {
		case !used && reason == "":
			t.Errorf("%s is on /metrics, and no rule and no panel asks for it", name)
		case used && reason != "":
			t.Errorf("%s is asked for after all", name)
		}
	}
}

// exposedMetrics returns the names of all series on /metrics, each with its
// metric's, from what the tests of ingest and web hold the program to.
func exposedMetrics(t *testing.T) map[string]string {
	t.Helper()
	exposed := make(map[string]string)
	for _, path := range []string{"../ingest/testdata/metrics.golden", "../web/testdata/metrics.golden"} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^# TYPE (\w+) (\w+)$`).FindAllStringSubmatch(string(data), -1) {
			exposed[m[1]] = m[1]
			if m[2] == "histogram" {
				for _, suffix := range []string{"_bucket", "_sum", "_count"} {
					exposed[m[1]+suffix] = m[1]
				}
			}
		}
	}
	if len(exposed) < 40 {
		t.Fatalf("only %d series are known", len(exposed))
	}
	return exposed
}

// Prometheus's own linter finds nothing wrong with what the program says.
func TestPromtoolCheckMetrics(t *testing.T) {
	data, err := os.ReadFile("../ingest/testdata/metrics.golden")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "promtool", "check", "metrics")
	cmd.Stdin = strings.NewReader(strings.ReplaceAll(string(data), " SIZE\n", " 1\n"))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}
