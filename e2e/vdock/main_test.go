//go:build e2e

package vdock

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// source is the repository, and cache what is kept of the virtual dock in it.
const (
	source = "../.."
	cache  = "../../bin/vdock"
)

// built is what all tests of one run share.
var built struct {
	kernel *Kernel
	initrd string
	dir    string
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "custodock-vdock-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	built.dir = dir
	if err := build(context.Background()); err != nil {
		os.Stderr.WriteString("the virtual dock cannot be built: " + err.Error() + "\n")
		return 1
	}
	return m.Run()
}

// build makes the guest around the program, or around the one that E2E_BINARY
// names.
func build(ctx context.Context) error {
	binary := os.Getenv("E2E_BINARY")
	if binary == "" {
		binary = filepath.Join(built.dir, "custodock")
		if _, err := output(ctx, source, "go", "build", "-o", binary, "./cmd/custodock"); err != nil {
			return err
		}
	}
	agent := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(built.dir, "agent"), "./agent")
	agent.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := agent.CombinedOutput(); err != nil {
		os.Stderr.Write(out)
		return err
	}
	dir, err := filepath.Abs(cache)
	if err != nil {
		return err
	}
	if built.kernel, err = FetchKernel(ctx, filepath.Join(dir, "kernel")); err != nil {
		return err
	}
	built.initrd = filepath.Join(built.dir, "initrd")
	guest := Guest{Kernel: built.kernel, Source: source, Binary: binary, Agent: filepath.Join(built.dir, "agent")}
	return guest.Write(ctx, built.initrd)
}

// boot starts a machine on a new disk. A failing test says where its logs are.
func boot(t *testing.T) *Machine {
	t.Helper()
	disk := filepath.Join(t.TempDir(), "disk")
	if err := MakeDisk(t.Context(), disk, 16<<30); err != nil {
		t.Fatal(err)
	}
	return bootOn(t, disk)
}

// bootOn starts a machine on a disk that another one may have left.
func bootOn(t *testing.T, disk string) *Machine {
	t.Helper()
	logs, err := filepath.Abs(filepath.Join(cache, "logs", strings.ReplaceAll(t.Name(), "/", "-")))
	if err != nil {
		t.Fatal(err)
	}
	m, err := Boot(t.Context(), Options{Kernel: built.kernel, Initrd: built.initrd, Disk: disk, Logs: logs})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		m.Kill()
		if t.Failed() {
			t.Logf("the guest's and the daemon's logs are in %s", m.Logs())
		}
	})
	return m
}
