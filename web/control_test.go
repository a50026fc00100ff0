package web

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"custodock/store"
)

const assignPath = "/control/v1/cameras/CAM0001/assign"

func TestAssignAndReturn(t *testing.T) {
	bubble(t, true, func(t *testing.T, f *fixture) {
		r := f.send(http.MethodPost, assignPath, `{"badge": " 031337 ", "name": "李娜", "unit": "东门"}`)
		f.golden("assigned", r.body)
		if r := f.send(http.MethodPost, assignPath, `{"badge": "031338"}`); r.status != 200 {
			t.Errorf("assign again: %d %s", r.status, r.body)
		}
		f.golden("returned", f.send(http.MethodPost, "/control/v1/cameras/CAM0001/return", "").body)
		f.golden("camera-returned", f.get("/api/v1/cameras/CAM0001").body)
	})
}

func TestAssignRefuses(t *testing.T) {
	bubble(t, true, func(t *testing.T, f *fixture) {
		long := strings.Repeat("汉", 200)
		for _, test := range []struct {
			serial, body string
			status       int
			says         string
		}{
			{"CAM0001", `{"badge": "` + long + `"}`, 200, ""},
			{"CAM0001", `{"badge": "7", "name": "张　三", "unit": "1/2"}`, 200, ""},
			{"CAM0001", `{"badge": "` + long + `x"}`, 422, "body.badge"},
			{"CAM0001", `{"badge": ""}`, 422, "body.badge"},
			{"CAM0001", `{"badge": " \t "}`, 422, "body.badge"},
			{"CAM0001", `{"name": "Li Na"}`, 422, "badge"},
			{"CAM0001", `{"badge": 7}`, 422, "body.badge"},
			{"CAM0001", `{"badge": "7", "name": "Li\u001b[31m"}`, 422, "body.name"},
			{"CAM0001", `{"badge": "7", "unit": "East\nGate"}`, 422, "body.unit"},
			{"CAM0001", `{"badge": "7", "unit": "a\u202eb"}`, 422, "body.unit"},
			{"CAM0001", `{"badge": "7", "rank": "sergeant"}`, 422, "rank"},
			{"CAM0001", `{"badge": `, 400, ""},
			{"CAM0001", ``, 400, ""},
			{"%2e%2e%2fetc", `{"badge": "7"}`, 422, "path.serial"},
			{"CAM%0a", `{"badge": "7"}`, 422, "path.serial"},
			{"CAM%ff", `{"badge": "7"}`, 422, "path.serial"},
			{strings.Repeat("C", 201), `{"badge": "7"}`, 422, "path.serial"},
		} {
			r := f.send(http.MethodPost, "/control/v1/cameras/"+test.serial+"/assign", test.body)
			if r.status != test.status {
				t.Errorf("%s %s: %d, want %d: %s", test.serial, test.body, r.status, test.status, r.body)
			}
			if test.status != 200 && !strings.Contains(r.problem(t), test.says) {
				t.Errorf("%s %s: %s does not say %s", test.serial, test.body, r.body, test.says)
			}
		}
		if r := f.send(http.MethodPost, "/control/v1/cameras/NOBODY/return", ""); r.status != 404 {
			t.Errorf("return of an unknown camera: %d %s", r.status, r.body)
		}
		if cameras, err := f.store.Cameras(); err != nil || len(cameras) != 1 {
			t.Errorf("what was refused left %d cameras, %v", len(cameras), err)
		}
	})
}

// Nothing that changes something can be reached over TCP.
func TestControlIsNotPublic(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.fill()
		for _, target := range []string{assignPath, extensionsPath, "/control/v1/clips/x/interruption", "/control/v1/roster", "/control/v1/clips/x/decide", "/control/v1/cameras/CAM0001/return", "/control/v1/cameras/CAM0001/retire", "/control/v1/clock/confirm", "/control/v1/cameras/CAM0001/settle-conflict", "/control/v1/verify", "/control/v1/backup"} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				if r := f.send(method, target, `{"badge": "7"}`); r.status != 404 {
					t.Errorf("%s %s: %d %s", method, target, r.status, r.body)
				}
			}
		}
	})
}

// verifyLines asks for a verification and returns what it says.
func (f *fixture) verifyLines() (lines []verifyLine) {
	f.t.Helper()
	r := f.send(http.MethodPost, "/control/v1/verify", "")
	if got := r.header.Get("Content-Type"); r.status != 200 || got != "application/x-ndjson" {
		f.t.Errorf("status %d, content type %q", r.status, got)
	}
	for text := bufio.NewScanner(strings.NewReader(r.body)); text.Scan(); {
		var line verifyLine
		if err := json.Unmarshal(text.Bytes(), &line); err != nil {
			f.t.Fatalf("%v in %q", err, text.Text())
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		f.t.Fatal("the verification says nothing")
	}
	return lines
}

func TestVerify(t *testing.T) {
	bubble(t, true, func(t *testing.T, f *fixture) {
		ids := f.fill()
		lines := f.verifyLines()
		for _, line := range lines[:len(lines)-1] {
			if line.Progress == nil || line.Report != nil || line.Error != "" {
				t.Errorf("a line before the last is %+v", line)
			}
		}
		if last := lines[len(lines)-1]; last.Report == nil || len(last.Report.Problems) != 0 {
			t.Errorf("the last line is %+v", last)
		}
		clip, err := f.store.Clip(ids[0])
		if err != nil {
			t.Fatal(err)
		}
		path, err := f.store.ClipFile(clip)
		if err != nil {
			t.Fatal(err)
		}
		spoil(t, path)
		lines = f.verifyLines()
		if last := lines[len(lines)-1]; last.Report == nil || len(last.Report.Problems) == 0 {
			t.Errorf("a clip is damaged, and the last line is %+v", last)
		}
	})
}

// spoil changes a byte of an archived clip.
func spoil(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[0] ^= 1
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o640); err != nil {
		t.Fatal(err)
	}
}

// What a verification came to is on /metrics, until the daemon ends.
func TestVerifyMetrics(t *testing.T) {
	bubble(t, true, func(t *testing.T, f *fixture) {
		reg := prometheus.NewRegistry()
		if err := f.station.Metrics().Register(reg, f.station); err != nil {
			t.Fatal(err)
		}
		f.handler = New(Options{Station: f.station, Registry: reg, Control: true})
		f.fill()
		f.verifyLines()
		f.get("/control/v1/backup")
		metrics := f.get("/metrics").body
		for _, line := range []string{
			"custodock_verify_last_success_timestamp_seconds 1.7954856e+09",
			"custodock_catalog_backup_last_success_timestamp_seconds 1.7954856e+09",
			"custodock_verify_failures_total 0",
		} {
			if !strings.Contains(metrics, line+"\n") {
				t.Errorf("there is no line %s", line)
			}
		}
	})
}

// A client that goes away ends its verification, and that is no failure of
// the archive.
func TestVerifyBrokenOff(t *testing.T) {
	bubble(t, true, func(t *testing.T, f *fixture) {
		f.fill()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var out strings.Builder
		s := f.handler.(*server)
		s.verify(ctx, &out)
		if !strings.Contains(out.String(), `{"error":"the verification was broken off`) {
			t.Errorf("it says %q", out.String())
		}
		reg := prometheus.NewRegistry()
		if err := f.station.Metrics().Register(reg, f.station); err != nil {
			t.Fatal(err)
		}
		if n, err := testutil.GatherAndCount(reg, "custodock_verify_last_success_timestamp_seconds"); n != 0 || err != nil {
			t.Errorf("it counts as a success: %d, %v", n, err)
		}
	})
}

func TestOneVerificationAtATime(t *testing.T) {
	bubble(t, true, func(t *testing.T, f *fixture) {
		f.handler.(*server).verifying.Lock()
		if r := f.send(http.MethodPost, "/control/v1/verify", ""); r.status != 409 {
			t.Errorf("a second one: %d %s", r.status, r.body)
		}
		f.handler.(*server).verifying.Unlock()
		f.verifyLines()
		f.verifyLines()
	})
}

func TestBackup(t *testing.T) {
	bubble(t, true, func(t *testing.T, f *fixture) {
		ids := f.fill()
		r := f.get("/control/v1/backup")
		if r.status != 200 {
			t.Fatalf("%d %s", r.status, r.body)
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "catalog.db"), []byte(r.body), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := store.OpenReadOnly(store.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := s.Clip(ids[0]); err != nil {
			t.Error(err)
		}
	})
}

func TestBackupThatFails(t *testing.T) {
	bubble(t, true, func(t *testing.T, f *fixture) {
		f.store.Close()
		r := f.get("/control/v1/backup")
		if r.status != 500 {
			t.Errorf("%d %q", r.status, r.body)
		}
		r.problem(t)
	})
}

// A store that was opened for reading says so, and how to change that.
func TestControlReadOnly(t *testing.T) {
	bubble(t, true, func(t *testing.T, f *fixture) {
		f.fill()
		f.store.Close()
		f.open(store.OpenReadOnly)
		if r := f.get("/api/v1/status"); r.status != 200 || !strings.Contains(r.body, `"running":false`) {
			t.Errorf("status: %d %s", r.status, r.body)
		}
		if r := f.send(http.MethodPost, assignPath, `{"badge": "7"}`); r.status != 503 || !strings.Contains(r.problem(t), "custodock run") {
			t.Errorf("assign: %d %s", r.status, r.body)
		}
	})
}
