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
	"strconv"
	"strings"

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
	flag.StringVar(&b.on, "on", "", "measure only on cameras whose name has this in it, such as umtprd")
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
	binary, agent, copier, source, on string
	runs, small                       int
	large                             int64

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
	responder, err := b.m.StartResponder(ctx, "BENCH", l.dir, "")
	if err != nil {
		return err
	}
	onBus := func(name, bus string) camera {
		c := vdock.Camera{Serial: "BENCH", Folder: l.dir, Socket: vdock.Socket{Bus: bus, Port: "1"}}
		return camera{name,
			func(ctx context.Context) error { return b.m.Dock(ctx, c) },
			func(ctx context.Context) error { return b.m.Pull(ctx, c) }}
	}
	// Some programs leave umtprd hanging, which is not to be the next one's fault.
	renewed := func(ctx context.Context) error { return errors.Join(responder.Pull(ctx), responder.Renew(ctx)) }
	cameras := []camera{onBus("QEMU on EHCI", vdock.EHCI), onBus("QEMU on xHCI", vdock.XHCI), {"umtprd", responder.Dock, renewed}}
	for _, c := range cameras {
		if !strings.Contains(c.name, b.on) {
			continue
		}
		if err := b.compare(ctx, l, c); err != nil {
			return fmt.Errorf("%s on %s: %w", l.name, c.name, err)
		}
	}
	return responder.Stop(ctx)
}
