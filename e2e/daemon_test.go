//go:build e2e

// Package e2e proves the whole program from outside, through the contract
// alone: the real binary, real files, real signals.
package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// clip is what the tests look at of a clip in the API.
type clip struct {
	ID, Camera, Path, State, SHA256, Deadline string
	Size                                      int64
	ArchivePath                               string `json:"archive_path"`
}

var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run builds the program, or takes the one that E2E_BINARY names.
func run(m *testing.M) int {
	if binary = os.Getenv("E2E_BINARY"); binary != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "custodock-e2e-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "custodock")
	build := exec.Command("go", "build", "-o", binary, "../cmd/custodock")
	if out, err := build.CombinedOutput(); err != nil {
		os.Stderr.Write(out)
		panic(err)
	}
	return m.Run()
}

// station is a data folder, a cameras' folder, and a daemon now and then.
type station struct {
	t      *testing.T
	data   string
	root   string
	addr   string
	log    bytes.Buffer
	daemon *exec.Cmd
}

func newStation(t *testing.T) *station {
	t.Helper()
	dir := t.TempDir()
	s := &station{t: t, data: filepath.Join(dir, "data"), root: filepath.Join(dir, "cameras")}
	if err := os.Mkdir(s.root, 0o755); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	l.Close()
	t.Cleanup(func() {
		if s.daemon != nil {
			s.daemon.Process.Kill()
			s.daemon.Wait()
		}
		if t.Failed() {
			t.Logf("the daemon's log:\n%s", tail(s.log.String(), 8000))
		}
	})
	return s
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

func (s *station) start(env ...string) {
	s.t.Helper()
	s.daemon = exec.Command(binary, "run")
	s.daemon.Env = append(os.Environ(), "CUSTODOCK_DATA_DIR="+s.data, "CUSTODOCK_CAMERAS_ROOTS="+s.root,
		"CUSTODOCK_CAMERAS_SETTLE=50ms", "CUSTODOCK_HTTP_LISTEN="+s.addr, "CUSTODOCK_ARCHIVE_RESERVE=1MiB")
	s.daemon.Env = append(s.daemon.Env, env...)
	s.daemon.Stderr = &s.log
	if err := s.daemon.Start(); err != nil {
		s.t.Fatal(err)
	}
}

// stop ends the daemon with a signal and returns its exit status, -1 when it
// was killed.
func (s *station) stop(sig syscall.Signal) int {
	s.t.Helper()
	s.daemon.Process.Signal(sig)
	err := s.daemon.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	code := s.daemon.ProcessState.ExitCode()
	s.daemon = nil
	return code
}

// await waits for the API to give an answer that ok accepts.
func (s *station) await(path string, into any, ok func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if err := s.get(ctx, path, into); err == nil && ok() {
			return
		}
		select {
		case <-ctx.Done():
			s.t.Fatalf("%s never came to be as it should", path)
		case <-tick.C:
		}
	}
}

func (s *station) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.addr+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

// command runs the program and returns what it printed and its exit status.
func (s *station) command(args ...string) (string, int) {
	s.t.Helper()
	cmd := exec.Command(binary, args...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// clips reads every clip from the catalog of a stopped daemon.
func (s *station) clips() []clip {
	s.t.Helper()
	out, code := s.command("clips", "--data-dir", s.data, "-o", "json", "--limit", "100000")
	if code != 0 {
		s.t.Fatalf("clips: exit %d: %s", code, out)
	}
	var list []clip
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		s.t.Fatal(err)
	}
	return list
}

// checkArchive compares the archive with what was recorded, by serial and
// path: every clip is there once, byte for byte, and nothing else.
func (s *station) checkArchive(want map[string]string) {
	s.t.Helper()
	got := make(map[string]string)
	paths := make(map[string]bool)
	for _, c := range s.clips() {
		key := c.Camera + "/" + c.Path
		if c.State != "stored" {
			s.t.Errorf("%s is %s", key, c.State)
			continue
		}
		if got[key] != "" {
			s.t.Errorf("%s is in the catalog twice", key)
		}
		sum, err := hashFile(filepath.Join(s.data, c.ArchivePath))
		if err != nil || sum != c.SHA256 {
			s.t.Errorf("%s: the archive has %s (%v), the catalog says %s", key, sum, err, c.SHA256)
		}
		got[key] = sum
		paths[filepath.Join(s.data, c.ArchivePath)] = true
	}
	for key, sum := range want {
		if got[key] != sum {
			s.t.Errorf("%s: stored as %q, recorded as %q", key, got[key], sum)
		}
	}
	if len(got) != len(want) {
		s.t.Errorf("%d clips are stored, %d were recorded", len(got), len(want))
	}
	s.checkFiles(paths)
	if out, code := s.command("verify", "--data-dir", s.data); code != 0 {
		s.t.Errorf("verify: exit %d: %s", code, out)
	}
}

// checkFiles lets sha256sum check every folder of the archive and finds files
// that no clip explains.
func (s *station) checkFiles(clips map[string]bool) {
	s.t.Helper()
	err := filepath.WalkDir(filepath.Join(s.data, "archive"), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "ledger":
			return fs.SkipDir
		case d.IsDir():
			return nil
		case d.Name() == "SHA256SUMS":
			check := exec.Command("sha256sum", "--quiet", "--strict", "-c", "SHA256SUMS")
			check.Dir = filepath.Dir(path)
			if out, err := check.CombinedOutput(); err != nil {
				s.t.Errorf("sha256sum in %s: %v\n%s", check.Dir, err, out)
			}
		case !clips[path] && !clips[strings.TrimSuffix(path, ".json")]:
			s.t.Errorf("nobody knows of %s", path)
		}
		return nil
	})
	if err != nil {
		s.t.Error(err)
	}
	if left, _ := os.ReadDir(filepath.Join(s.data, "incoming")); len(left) > 0 {
		s.t.Errorf("incoming still holds %v", left)
	}
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}

// record writes a clip of random bytes, as if recorded an hour ago.
func record(t *testing.T, rng *rand.Rand, path string, size int) (sum string) {
	t.Helper()
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	when := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, when, when); err != nil {
		t.Fatal(err)
	}
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}
