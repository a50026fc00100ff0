//go:build e2e

package vdock

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is how long a test waits for what must come: many times what it
// takes on a busy machine.
const patience = 5 * time.Minute

// dock is a station of its own for one test: a clean data folder, no camera.
// The machine below it is shared, since it takes long to boot.
type dock struct {
	t       *testing.T
	ctx     context.Context //nolint:containedctx // the test's own, with its deadline
	m       *Machine
	daemon  *Daemon // nil while none runs
	logs    string
	dir     string // of the host: what the cameras recorded
	docked  map[string]Camera
	cameras map[string]Files // what the station has to have
}

func newDock(t *testing.T) *dock {
	t.Helper()
	return newPatientDock(t, patience)
}

func newPatientDock(t *testing.T, patience time.Duration) *dock {
	t.Helper()
	// Not t.Context(): what cleans up needs it, too.
	ctx, cancel := context.WithTimeoutCause(context.Background(), patience, errors.New("it took too long"))
	// Not t.TempDir(): it would be removed while QEMU runs, and QEMU 7.2 hangs
	// when a folder goes that usb-mtp ever watched, pulled or not (its callback
	// for the folder's end takes the lock under which it is called).
	dir, err := os.MkdirTemp(built.dir, "cameras-")
	if err != nil {
		t.Fatal(err)
	}
	d := &dock{
		t: t, ctx: ctx, m: machine(t), dir: dir, logs: logsOf(t),
		docked: make(map[string]Camera), cameras: make(map[string]Files),
	}
	d.run("rm -rf /var/lib/custodock/* && sync")
	t.Cleanup(func() {
		cancel()
		d.leave()
		if t.Failed() {
			t.Logf("the daemon's log is in %s, the guest's in %s", d.logs, shared.logs())
		}
	})
	return d
}

// leave takes the cameras out and stops the daemon, whatever the test did.
func (d *dock) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, c := range d.docked {
		if err := d.m.Pull(ctx, c); err != nil {
			d.t.Error(err)
		}
	}
	if d.daemon == nil {
		return
	}
	if err := d.daemon.Stop(ctx); err != nil {
		d.t.Error(err)
		d.m.Kill() // the next test boots anew
	}
}

// must ends the test on an error.
func (d *dock) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *dock) run(script string) string {
	d.t.Helper()
	out, err := d.m.Run(d.ctx, script)
	d.must(err)
	return out
}

func (d *dock) start(config string) {
	d.t.Helper()
	var err error
	d.daemon, err = d.m.StartDaemon(d.ctx, config, filepath.Join(d.logs, "daemon.log"))
	d.must(err)
}

func (d *dock) stop() {
	d.t.Helper()
	d.must(d.daemon.Stop(d.ctx))
	d.daemon = nil
}

// kill ends the daemon without a chance to say goodbye.
func (d *dock) kill() {
	d.t.Helper()
	d.must(d.daemon.Kill(d.ctx))
	d.daemon = nil
}

func (d *dock) put(c Camera) {
	d.t.Helper()
	d.must(d.m.Dock(d.ctx, c))
	d.docked[c.Serial] = c
}

func (d *dock) pull(c Camera) {
	d.t.Helper()
	delete(d.docked, c.Serial)
	d.must(d.m.Pull(d.ctx, c))
}

// folder is where a camera's files are on the host.
func (d *dock) folder(serial string) string { return filepath.Join(d.dir, serial) }

// record adds a clip to a camera.
func (d *dock) record(serial, path string, size int64) {
	d.t.Helper()
	if d.cameras[serial] == nil {
		d.cameras[serial] = make(Files)
	}
	seed := uint64(len(d.cameras)*1000 + len(d.cameras[serial]))
	d.must(d.cameras[serial].Record(d.folder(serial), path, size, seed))
}

// card makes a disk camera of what was recorded for it.
func (d *dock) card(serial string, fs FileSystem, size int64, s Socket) Camera {
	d.t.Helper()
	image := d.folder(serial) + ".img"
	d.must(d.m.FormatCard(d.ctx, image, fs, size, d.folder(serial)))
	return Camera{Serial: serial, Image: image, Socket: s}
}

// awaitBay waits until a camera's bay is as ok wants it.
func (d *dock) awaitBay(serial string, ok func(Bay) bool) Bay {
	d.t.Helper()
	var found Bay
	d.must(Await(d.ctx, d.m, "/api/v1/status", func(s Status) bool {
		for _, b := range s.Bays {
			if b.Camera == serial && ok(b) {
				found = b
				return true
			}
		}
		return false
	}))
	return found
}

// awaitGone waits until a camera is in no bay.
func (d *dock) awaitGone(serial string) {
	d.t.Helper()
	d.must(Await(d.ctx, d.m, "/api/v1/status", func(s Status) bool {
		for _, b := range s.Bays {
			if b.Camera == serial {
				return false
			}
		}
		return true
	}))
}

// awaitLog waits until the daemon has said something n times.
func (d *dock) awaitLog(text string, n int) {
	d.t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		if d.said(text) >= n {
			return
		}
		select {
		case <-tick.C:
		case <-d.ctx.Done():
			d.t.Fatalf("the daemon does not say %q: %v", text, context.Cause(d.ctx))
		}
	}
}

// said counts how often the daemon has said something.
func (d *dock) said(text string) int {
	d.t.Helper()
	said, err := os.ReadFile(filepath.Join(d.logs, "daemon.log"))
	d.must(err)
	return strings.Count(string(said), text)
}

// stored waits until all that was recorded is stored, and compares every byte.
func (d *dock) stored() {
	d.t.Helper()
	n := 0
	for _, files := range d.cameras {
		n += len(files)
	}
	d.must(d.m.AwaitStored(d.ctx, n))
	if err := d.m.Check(d.ctx, d.cameras); err != nil {
		d.t.Error(err)
	}
}

// logsOf makes the folder for a test's logs.
func logsOf(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join(cache, "logs", strings.ReplaceAll(t.Name(), "/", "-")))
	if err == nil {
		err = errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755))
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
