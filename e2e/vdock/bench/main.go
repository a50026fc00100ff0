// Command bench times custodock beside libmtp's tools, gphoto2, jmtpfs and
// go-mtpfs, in the same guest on the same MTP cameras in one run. Each must
// fetch every file with the same SHA-256. Only the ratios of one run mean
// anything: the guest's processor is emulated.
//
// The peers copy, and neither hash nor sync. So custodock is in each table
// twice: the whole way to durably stored, and by e2e/vdock/copier, which does
// with the program's packages for MTP what the peers do.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"custodock/e2e/vdock"
)

func main() {
	b := &bench{}
	flag.StringVar(&b.binary, "binary", "bin/custodock", "the program to measure")
	flag.StringVar(&b.agent, "agent", "bin/vdock/agent", "e2e/vdock/agent, built")
	flag.StringVar(&b.copier, "copier", "bin/vdock/copier", "e2e/vdock/copier, built")
	flag.StringVar(&b.source, "source", ".", "the repository")
	flag.IntVar(&b.runs, "runs", 3, "how often to measure each")
	flag.Int64Var(&b.large, "large", 64<<20, "size of the one large file, in bytes")
	flag.IntVar(&b.small, "small", 1000, "number of small files, of 4 KiB each")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := b.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type bench struct {
	binary, agent, copier, source string
	runs, small                   int
	large                         int64

	dir string
	m   *vdock.Machine
}

// load is what is on a camera.
type load struct {
	name  string
	files vdock.Files
	dir   string
}

// camera can be docked and pulled.
type camera struct {
	name       string
	dock, pull func(context.Context) error
}

func (b *bench) run(ctx context.Context) error {
	var err error
	if b.dir, err = os.MkdirTemp("", "custodock-bench-mtp-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if err := b.boot(ctx); err != nil {
		return err
	}
	defer b.m.Kill()
	loads, err := b.record()
	if err != nil {
		return err
	}
	for _, l := range loads {
		if err := b.measure(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// boot makes a guest with the peers in it.
func (b *bench) boot(ctx context.Context) error {
	kernel, err := vdock.FetchKernel(ctx, filepath.Join(b.source, "bin/vdock/kernel"))
	if err != nil {
		return err
	}
	initrd, disk := filepath.Join(b.dir, "initrd"), filepath.Join(b.dir, "disk")
	guest := vdock.Guest{Kernel: kernel, Source: b.source, Binary: b.binary, Agent: b.agent, Peers: true, Extra: map[string]string{"usr/bin/copier": b.copier}}
	if err := guest.Write(ctx, initrd); err != nil {
		return err
	}
	if err := vdock.MakeDisk(ctx, disk, 8<<30); err != nil {
		return err
	}
	logs, err := filepath.Abs(filepath.Join(b.source, "bin/vdock/logs/bench"))
	if err != nil {
		return err
	}
	b.m, err = vdock.Boot(ctx, vdock.Options{Kernel: kernel, Initrd: initrd, Disk: disk, Logs: logs})
	return err
}

func (b *bench) record() ([]load, error) {
	large := load{"one file of " + strconv.FormatInt(b.large>>20, 10) + " MiB", vdock.Files{}, filepath.Join(b.dir, "large")}
	if err := large.files.Record(large.dir, "DCIM/A0001.MP4", b.large, 1); err != nil {
		return nil, err
	}
	small := load{strconv.Itoa(b.small) + " files of 4 KiB", vdock.Files{}, filepath.Join(b.dir, "small")}
	for i := range b.small {
		path := fmt.Sprintf("DCIM/%03dMEDIA/A%05d.JPG", 100+i/100, i)
		if err := small.files.Record(small.dir, path, 4096, uint64(i)); err != nil {
			return nil, err
		}
	}
	return []load{large, small}, nil
}

// measure prints one table: a load on each kind of camera, fetched by all.
func (b *bench) measure(ctx context.Context, l load) error {
	responder, err := b.m.StartResponder(ctx, "BENCH", l.dir)
	if err != nil {
		return err
	}
	onBus := func(name, bus string) camera {
		c := vdock.Camera{Serial: "BENCH", Folder: l.dir, Socket: vdock.Socket{Bus: bus, Port: "1"}}
		return camera{name,
			func(ctx context.Context) error { return b.m.Dock(ctx, c) },
			func(ctx context.Context) error { return b.m.Pull(ctx, c) }}
	}
	cameras := []camera{onBus("QEMU on EHCI", vdock.EHCI), onBus("QEMU on xHCI", vdock.XHCI), {"umtprd", responder.Dock, responder.Pull}}
	for _, c := range cameras {
		if err := b.compare(ctx, l, c); err != nil {
			return fmt.Errorf("%s on %s: %w", l.name, c.name, err)
		}
	}
	return responder.Stop(ctx)
}

// copier is custodock's reading alone, as a peer of the others.
var copier = vdock.Peer{Name: "custodock's reading alone", Fetch: "copier >/dev/null"}

// compare takes turns, so that what slows the machine slows all.
func (b *bench) compare(ctx context.Context, l load, c camera) error {
	r := results{times: make(map[string][]float64), failed: make(map[string]error)}
	for range b.runs {
		took, err := b.custodock(ctx, l, c)
		if err != nil {
			return err
		}
		r.stored, r.hashed = append(r.stored, took.stored), append(r.hashed, took.hashed)
		for _, p := range append([]vdock.Peer{copier}, vdock.Peers...) {
			if r.failed[p.Name] != nil || p.SessionPerFile && len(l.files) > 100 {
				continue
			}
			took, err := b.peer(ctx, l, c, p)
			if err != nil {
				r.failed[p.Name] = err
				continue
			}
			r.times[p.Name] = append(r.times[p.Name], took)
		}
	}
	fmt.Printf("\n%s, %s (the fastest of %d)\n", l.name, c.name, b.runs)
	r.print()
	return nil
}

// results are what all programs took for one load on one camera, in seconds.
type results struct {
	stored, hashed []float64
	times          map[string][]float64
	failed         map[string]error
}

func (r results) print() {
	stored, alone := fastest(r.stored), fastest(r.times[copier.Name])
	fmt.Printf("\n| program | s | custodock ÷ this | its reading ÷ this |\n| --- | --- | --- | --- |\n")
	fmt.Printf("| custodock, to durably stored | %.2f | 1 | |\n", stored)
	fmt.Printf("| (one SHA-256 of the same; custodock does two) | %.2f | | |\n", fastest(r.hashed))
	for _, p := range append([]vdock.Peer{copier}, vdock.Peers...) {
		took := fastest(r.times[p.Name])
		switch {
		case r.failed[p.Name] != nil:
			fmt.Printf("| %s | failed: %v | | |\n", p.Name, firstLine(r.failed[p.Name]))
		case took > 0:
			fmt.Printf("| %s | %.2f | %.2f | %.2f |\n", p.Name, took, stored/took, alone/took)
		}
	}
}

// custodock returns the seconds from the camera's docking to the storage of
// its last clip, by the daemon's own clock and on a data folder that is new.
func (b *bench) custodock(ctx context.Context, l load, c camera) (took timing, err error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Minute)
	defer cancel()
	if _, err := b.m.Run(ctx, "rm -rf /var/lib/custodock/*; sync"); err != nil {
		return took, err
	}
	d, err := b.m.StartDaemon(ctx, "", filepath.Join(b.source, "bin/vdock/logs/bench/daemon.log"))
	if err != nil {
		return took, err
	}
	if err := c.dock(ctx); err != nil {
		return took, err
	}
	var bay vdock.Bay
	err = vdock.Await(ctx, b.m, "/api/v1/status", func(s vdock.Status) bool {
		if len(s.Bays) == 1 {
			bay = s.Bays[0]
		}
		return s.Clips.Stored == len(l.files)
	})
	if err != nil {
		return took, err
	}
	clips, err := b.m.Clips(ctx)
	if err != nil {
		return took, err
	}
	last := slices.MaxFunc(clips, func(x, y vdock.Clip) int { return x.StoredAt.Compare(y.StoredAt) }).StoredAt
	took.stored = last.Sub(bay.DockedAt).Seconds()
	took.hashed, err = b.hashing(ctx)
	err = errors.Join(err, b.m.Check(ctx, map[string]vdock.Files{"BENCH": l.files}), c.pull(ctx), d.Stop(ctx))
	return took, err
}

// timing is what custodock takes, in seconds.
type timing struct {
	stored float64 // from docked to the last clip stored
	hashed float64 // to read and hash all of it once more, which it does twice while it stores
}

// hashing returns the seconds that one SHA-256 of the archive takes here: no
// peer hashes, and an emulated processor has no instructions for it.
func (b *bench) hashing(ctx context.Context) (float64, error) {
	out, err := b.m.Run(ctx, `read -r start _ </proc/uptime
custodock verify --data-dir /var/lib/custodock >/dev/null
read -r end _ </proc/uptime
echo "$start $end"`)
	var start, end float64
	if err == nil {
		_, err = fmt.Sscan(out, &start, &end)
	}
	return end - start, err
}

// peerPatience is how long a program may take: many times what it should. Some
// never end.
const peerPatience = 2 * time.Minute

// peer returns the seconds that another program takes for the same, without
// hashes and without a sync.
func (b *bench) peer(ctx context.Context, l load, c camera, p vdock.Peer) (float64, error) {
	work, cancel := context.WithTimeout(ctx, peerPatience)
	defer cancel()
	if err := c.dock(ctx); err != nil {
		return 0, err
	}
	out, err := b.m.Run(work, `mkdir -p /mnt; rm -rf /var/lib/custodock/*; mkdir /var/lib/custodock/peer; sync
until grep -qsx BENCH /sys/bus/usb/devices/*/serial; do usleep 20000; done
udevadm settle
cd /var/lib/custodock/peer
read -r start _ </proc/uptime
`+p.Fetch+`
read -r end _ </proc/uptime
echo "$start $end"
find . -type f -exec sha256sum {} + | cut -c1-64`)
	if err := errors.Join(err, c.pull(ctx)); err != nil {
		return 0, err
	}
	times, sums, _ := strings.Cut(out, "\n")
	var start, end float64
	if _, err := fmt.Sscan(times, &start, &end); err != nil {
		return 0, fmt.Errorf("%q: %w", times, err)
	}
	return end - start, sameSums(strings.Fields(sums), l.files)
}

// sameSums compares what was fetched with what was recorded, whatever the
// names.
func sameSums(got []string, files vdock.Files) error {
	want := make([]string, 0, len(files))
	for _, sum := range files {
		want = append(want, sum)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("it fetched %d files that are not the %d recorded", len(got), len(want))
	}
	return nil
}

// fastest is the least disturbed of some runs: what else the machine does only
// ever adds. 0 is of none.
func fastest(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	return slices.Min(x)
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
