//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"custodock/store"
)

// TestEveryCallFails has every system call of the store fail once: the N-th
// call of each kind, for every N. What the store had promised stays true, what
// fails is tried again and then works, and rebuild gives the same clips.
func TestEveryCallFails(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("package strace is not installed")
	}
	storm := buildStorm(t)
	calls := map[string][]string{
		"fsync":      {"EIO", "ENOSPC"},
		"fdatasync":  {"EIO"},
		"write":      {"EIO", "ENOSPC"},
		"pwrite64":   {"EIO", "ENOSPC"},
		"renameat2":  {"EIO", "ENOSPC", "EACCES"},
		"ftruncate":  {"EIO"},
		"fallocate":  {"ENOSPC", "EOPNOTSUPP"},
		"mkdirat":    {"EIO", "ENOSPC"},
		"openat":     {"EIO", "EACCES", "EMFILE"},
		"unlinkat":   {"EIO"},
		"fchmod":     {"EIO"},
		"fchmodat":   {"EIO"},
		"newfstatat": {"EIO"},
		"getdents64": {"EIO"},
	}
	for call, errors := range calls {
		for _, errno := range errors {
			t.Run(call+" "+errno, func(t *testing.T) {
				t.Parallel()
				f := fault{strace: strace, storm: storm, call: call, errno: errno}
				n := 1
				for ; f.at(t, n); n++ {
				}
				t.Logf("failed at each of %d calls", n-1)
			})
		}
	}
}

// TestEveryCallFailsFromThenOn has calls fail for good from the N-th on, as on
// a disk that dies: what was promised before stays true.
func TestEveryCallFailsFromThenOn(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("package strace is not installed")
	}
	storm := buildStorm(t)
	for _, call := range []string{"fsync", "fdatasync", "pwrite64", "renameat2", "ftruncate"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			f := fault{strace: strace, storm: storm, call: call, errno: "EIO", forGood: true}
			n := 1
			for ; f.at(t, n); n++ {
			}
			t.Logf("failed from each of %d calls on", n-1)
		})
	}
}

// TestKilledAtEveryCall kills the storm at the N-th call, for every N.
func TestKilledAtEveryCall(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("package strace is not installed")
	}
	storm := buildStorm(t)
	for _, call := range []string{"fsync", "fdatasync", "write", "pwrite64", "renameat2", "ftruncate", "openat", "unlinkat"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			f := fault{strace: strace, storm: storm, call: call}
			n := 1
			for ; f.at(t, n); n++ {
			}
			t.Logf("killed at each of %d calls", n-1)
		})
	}
}

type fault struct {
	strace, storm string
	call, errno   string // no errno: the process is killed
	forGood       bool   // all later calls fail, too
}

// at has the n-th call fail, and reports whether there was one.
func (f fault) at(t *testing.T, n int) bool {
	t.Helper()
	dir, err := os.MkdirTemp("", "custodock-faults-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	data, trace := filepath.Join(dir, "data"), filepath.Join(dir, "trace")
	args := []string{"-f", "-qq", "-o", trace, "-e", "trace=" + f.call}
	if f.errno == "" {
		args = append(args, "-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", f.call, n), f.storm, "-tries", "1")
	} else {
		when := fmt.Sprint(n)
		if f.forGood {
			when += "+"
		}
		// The filter makes it faster, and takes no signals.
		args = append(args, "--seccomp-bpf", "-e", fmt.Sprintf("inject=%s:error=%s:when=%s", f.call, f.errno, when), f.storm, "-tries", "4")
	}
	cmd := exec.Command(f.strace, append(args, "-dir", data, "-rounds", "1")...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	end := cmd.Run()
	lines, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	injected := strings.Contains(string(lines), "(INJECTED)")
	if f.errno == "" {
		injected = end != nil && cmd.ProcessState.Sys().(syscall.WaitStatus).Signaled()
	}
	if !injected {
		if end != nil {
			t.Fatalf("nothing failed, and yet: %v\n%s%s", end, said.String(), lines)
		}
		return false
	}
	p := newTold()
	p.read(&out)
	// The runtime of Go ends a program that cannot even start, or wake itself.
	fatal := strings.Contains(said.String(), "runtime: ") || len(said.String()) == 0
	retried := f.errno != "" && !f.forGood
	if retried && end != nil && fatal {
		t.Logf("%s number %d with %s ended the program: %s", f.call, n, f.errno, said.String())
	}
	if retried && end != nil && !fatal {
		t.Errorf("%s number %d with %s: what failed once fails for ever: %v\n%s", f.call, n, f.errno, end, said.String())
	}
	if retried && end == nil && len(p.stored) == 0 {
		t.Errorf("%s number %d with %s: nothing is stored", f.call, n, f.errno)
	}
	checkPromises(t, data, p)
	checkSameAfterRebuild(t, data)
	if t.Failed() {
		t.Fatalf("%s number %d %s", f.call, n, f.errno)
	}
	return true
}

// checkSameAfterRebuild makes sure that the archive alone gives the clips that
// the catalog has.
func checkSameAfterRebuild(t *testing.T, dir string) {
	t.Helper()
	before := allClips(t, dir)
	if _, err := store.Rebuild(t.Context(), store.Options{Dir: dir}, store.RebuildOptions{Hash: true}, nil); err != nil {
		t.Errorf("rebuild: %v", err)
	}
	if after := allClips(t, dir); after != before {
		t.Errorf("rebuild gave\n%s\ninstead of\n%s", after, before)
	}
}

func allClips(t *testing.T, dir string) string {
	t.Helper()
	s, err := store.OpenReadOnly(store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	page, err := s.Clips(store.Filter{Limit: store.MaxLimit}, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, c := range page.Clips {
		fmt.Fprintf(&text, "%+v\n", c)
	}
	return text.String()
}
