package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"custodock/e2e/vdock"
)

// copier is custodock's reading alone, as a peer of the others.
var copier = vdock.Peer{Name: "custodock's reading alone", Fetch: "copier >/dev/null"}

// Names of the rows that are no peer's.
const (
	wholeWay = "custodock, to durably stored"
	oneHash  = "(one SHA-256 of the same; custodock does two)"
)

// cost is what a program takes of the guest's time, and of the host's
// processors for all of the guest. The second says more where the machine has
// other things to do.
type cost struct{ seconds, cpu float64 }

// compare takes turns, so that what slows the machine slows all.
func (b *bench) compare(ctx context.Context, l load, c camera) error {
	t := table{costs: make(map[string][]cost), failed: make(map[string]error)}
	for range b.runs {
		stored, hashed, err := b.custodock(ctx, l, c)
		if err != nil {
			return err
		}
		t.add(wholeWay, stored, nil)
		t.add(oneHash, hashed, nil)
		for _, p := range append([]vdock.Peer{copier}, vdock.Peers...) {
			if t.failed[p.Name] != nil || p.SessionPerFile && len(l.files) > 100 {
				continue
			}
			took, err := b.peer(ctx, l, c, p)
			t.add(p.Name, took, err)
		}
	}
	fmt.Printf("\n%s, %s (the least of %d)\n\n", l.name, c.name, b.runs)
	t.print()
	return nil
}

// custodock returns what it takes from the camera's docking to the storage of
// its last clip, by the daemon's own clock and on a data folder that is new;
// and what it takes to hash all of it once more.
func (b *bench) custodock(ctx context.Context, l load, c camera) (stored, hashed cost, err error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Minute)
	defer cancel()
	if _, err := b.m.Run(ctx, "rm -rf /var/lib/custodock/*; sync"); err != nil {
		return stored, hashed, err
	}
	d, err := b.m.StartDaemon(ctx, "", filepath.Join(b.source, "bin/vdock/logs/bench/daemon.log"))
	if err != nil {
		return stored, hashed, err
	}
	before := b.m.CPU()
	if err := c.dock(ctx); err != nil {
		return stored, hashed, err
	}
	var bay vdock.Bay
	err = vdock.Await(ctx, b.m, "/api/v1/status", func(s vdock.Status) bool {
		if len(s.Bays) == 1 {
			bay = s.Bays[0]
		}
		return s.Clips.Stored == len(l.files)
	})
	if err != nil {
		return stored, hashed, err
	}
	stored.cpu = (b.m.CPU() - before).Seconds()
	clips, err := b.m.Clips(ctx)
	if err != nil {
		return stored, hashed, err
	}
	last := slices.MaxFunc(clips, func(x, y vdock.Clip) int { return x.StoredAt.Compare(y.StoredAt) }).StoredAt
	stored.seconds = last.Sub(bay.DockedAt).Seconds()
	hashed, err = b.timed(ctx, "custodock verify --data-dir /var/lib/custodock >/dev/null")
	err = errors.Join(err, b.m.Check(ctx, map[string]vdock.Files{"BENCH": l.files}), c.pull(ctx), d.Stop(ctx))
	return stored, hashed, err
}

// timed runs a script in the guest.
func (b *bench) timed(ctx context.Context, script string) (took cost, err error) {
	before := b.m.CPU()
	out, err := b.m.Run(ctx, "read -r start _ </proc/uptime\n"+script+"\nread -r end _ </proc/uptime\necho \"$start $end\"")
	took.cpu = (b.m.CPU() - before).Seconds()
	if err != nil {
		return took, err
	}
	var start, end float64
	if _, err := fmt.Sscan(out, &start, &end); err != nil {
		return took, fmt.Errorf("%q: %w", out, err)
	}
	took.seconds = end - start
	return took, nil
}

// peerPatience is how long a program may take: many times what it should. Some
// never end.
const peerPatience = 90 * time.Second

// peer returns what another program takes for the same, without hashes and
// without a sync.
func (b *bench) peer(ctx context.Context, l load, c camera, p vdock.Peer) (took cost, err error) {
	_, err = b.m.Run(ctx, "mkdir -p /mnt; rm -rf /var/lib/custodock/*; mkdir /var/lib/custodock/peer; sync")
	if err == nil {
		err = c.dock(ctx)
	}
	if err != nil {
		return took, err
	}
	work, cancel := context.WithTimeout(ctx, peerPatience)
	defer cancel()
	_, err = b.m.Run(work, "until grep -qsx BENCH /sys/bus/usb/devices/*/serial; do usleep 20000; done; udevadm settle")
	if err == nil {
		took, err = b.timed(work, "cd /var/lib/custodock/peer\n"+p.Fetch)
	}
	// What hangs is killed, and hangs in its mount all the same.
	_, clean := b.m.Run(ctx, "umount -l /mnt 2>/dev/null || :")
	if err := errors.Join(err, c.pull(ctx), clean); err != nil {
		return took, err
	}
	sums, err := b.m.Run(ctx, "find /var/lib/custodock/peer -type f -exec sha256sum {} + | cut -c1-64")
	if err != nil {
		return took, err
	}
	return took, sameSums(strings.Fields(sums), l.files)
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
