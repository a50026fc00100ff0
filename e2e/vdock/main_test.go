//go:build e2e

package vdock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
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
	dir    string // goes at the end
	cache  string // stays

	impossible error // why no test can run here
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "custodock-vdock-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	built.dir = dir
	err = build(context.Background())
	if errors.Is(err, ErrArchitecture) {
		built.impossible = err
	} else if err != nil {
		os.Stderr.WriteString("the virtual dock cannot be built: " + err.Error() + "\n")
		return 1
	}
	defer shared.end()
	return m.Run()
}

// build makes the guest around the program, or around the one that E2E_BINARY
// names.
func build(ctx context.Context) error {
	var err error
	if built.cache, err = filepath.Abs(cache); err != nil {
		return err
	}
	binary := os.Getenv("E2E_BINARY")
	if binary == "" {
		binary = filepath.Join(built.dir, "custodock")
		if _, err := output(ctx, source, "go", "build", "-o", binary, "./cmd/custodock"); err != nil {
			return err
		}
	}
	for _, name := range []string{"agent", "gadget"} {
		program := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(built.dir, name), "./"+name)
		program.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := program.CombinedOutput(); err != nil {
			os.Stderr.Write(out)
			return err
		}
	}
	usbpipe := filepath.Join(built.dir, "usbpipe.test")
	if _, err := output(ctx, source, "go", "test", "-c", "-tags", "e2e", "-o", usbpipe, "./device/mtp/usbpipe"); err != nil {
		return err
	}
	if built.kernel, err = FetchKernel(ctx, filepath.Join(built.cache, "kernel")); err != nil {
		return err
	}
	built.initrd = filepath.Join(built.dir, "initrd")
	guest := Guest{
		Kernel: built.kernel, Source: source, Binary: binary, Agent: filepath.Join(built.dir, "agent"),
		Extra: map[string]string{"usr/bin/gadget": filepath.Join(built.dir, "gadget"), pipeTest: usbpipe},
	}
	return guest.Write(ctx, built.initrd)
}

// shared is the machine that all tests of one run use, one after the other.
var shared station

// station is a machine, and the disk that outlives it.
type station struct {
	machine *Machine
	disk    string
	boots   int
}

// machine returns the machine, which it boots if none runs.
func machine(t *testing.T) *Machine {
	t.Helper()
	if built.impossible != nil {
		t.Skip(built.impossible)
	}
	if m := shared.machine; m != nil && m.Running() {
		return m
	}
	if shared.disk == "" {
		disk := filepath.Join(built.dir, "disk")
		if err := MakeDisk(t.Context(), disk, 16<<30); err != nil {
			t.Fatal(err)
		}
		shared.disk = disk
	}
	shared.boots++
	start := time.Now()
	m, err := Boot(t.Context(), Options{Kernel: built.kernel, Initrd: built.initrd, Disk: shared.disk, Logs: shared.logs()})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the guest was up after %.1f s", time.Since(start).Seconds())
	shared.machine = m
	return m
}

// logs is the folder of the newest boot's logs.
func (s *station) logs() string {
	return filepath.Join(built.cache, "logs", fmt.Sprintf("boot-%d", s.boots))
}

func (s *station) end() {
	if s.machine != nil {
		s.machine.Kill()
	}
}

// powerCut kills the machine and boots another one on its disk. The cameras
// are out.
func (d *dock) powerCut() {
	d.t.Helper()
	d.m.Kill()
	d.docked = make(map[string]Camera)
	d.daemon = nil
	d.m = machine(d.t)
}
