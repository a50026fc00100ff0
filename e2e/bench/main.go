// Command bench times the whole program beside cp, rsync and rclone on the
// same files in the same run, and prints tables of medians and ratios. Only
// the ratios of one run mean anything: disks and machines differ.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	b := &bench{}
	flag.StringVar(&b.binary, "binary", "bin/custodock", "the program to measure")
	flag.StringVar(&b.dir, "dir", "", "where to work; on the disk to measure (default: the temporary folder)")
	flag.IntVar(&b.runs, "runs", 5, "how often to measure each")
	flag.StringVar(&b.with, "with", "", "only contenders whose name holds this")
	only := flag.String("only", "", "only cases whose name holds this")
	flag.Parse()
	if err := b.run(*only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type bench struct {
	binary string
	dir    string
	runs   int
	with   string
}

// tree is a set of cameras' folders.
type tree struct {
	name           string
	cameras, files int // files on each camera
	size           int64
}

func (t tree) clips() int   { return t.cameras * t.files }
func (t tree) bytes() int64 { return int64(t.clips()) * t.size }

// contender is one way to bring a tree to the disk.
type contender struct {
	name string
	run  func(src, dst string, t tree) (usage, error)
}

// usage is what a run cost, in seconds.
type usage struct{ wall, cpu float64 }

type result struct {
	name string
	runs []usage
}

func (b *bench) run(only string) (err error) {
	if b.binary, err = filepath.Abs(b.binary); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp(b.dir, "custodock-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	for _, t := range []tree{
		{"big files: 8 cameras of 4 × 64 MiB", 8, 4, 64 << 20},
		{"small files: 8 cameras of 250 × 256 KiB", 8, 250, 256 << 10},
		{"one camera: 2,000 × 256 KiB", 1, 2000, 256 << 10},
	} {
		if !strings.Contains(t.name, only) {
			continue
		}
		if err := b.compare(t); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	if name := "known: 10,000 files"; strings.Contains(name, only) {
		return b.known()
	}
	return nil
}

func (b *bench) compare(t tree) error {
	src := filepath.Join(b.dir, "src")
	if err := t.write(src); err != nil {
		return err
	}
	defer os.RemoveAll(src)
	contenders := []contender{
		{"custodock, read-back on", b.custodock("CUSTODOCK_INGEST_READBACK=true")},
		{"custodock, read-back off", b.custodock("CUSTODOCK_INGEST_READBACK=false")},
		{"cp -r + sync -f", shell(`cp -r "$0" "$1" && sync -f "$1"`)},
		{"rsync -a --fsync", shell(`rsync -a --fsync "$0/" "$1"`)},
		{"rclone copy + sync -f", shell(`rclone copy --transfers 8 "$0" "$1" && sync -f "$1"`)},
		{"rclone copy + sync -f + check --download", shell(`rclone copy --transfers 8 "$0" "$1" && sync -f "$1" && rclone check --download "$0" "$1" 2>/dev/null`)},
	}
	contenders = slices.DeleteFunc(contenders, func(c contender) bool { return !strings.Contains(c.name, b.with) })
	if len(contenders) == 0 {
		return fmt.Errorf("no contender's name holds %q", b.with)
	}
	results := make([]result, len(contenders))
	for run := range b.runs + 1 { // the first only warms up
		for i, c := range contenders {
			dst := filepath.Join(b.dir, "dst")
			u, err := c.run(src, dst, t)
			if err == nil {
				err = os.RemoveAll(dst)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			results[i].name = c.name
			if run > 0 {
				results[i].runs = append(results[i].runs, u)
			}
		}
	}
	print(t, results)
	return nil
}

// write fills the cameras' folders with bytes that do not repeat.
func (t tree) write(root string) error {
	block := make([]byte, 1<<20)
	for cam := range t.cameras {
		dir := filepath.Join(root, fmt.Sprintf("CAM%04d", cam), "DCIM", "100MEDIA")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		for n := range t.files {
			f, err := os.Create(filepath.Join(dir, fmt.Sprintf("A%05d.MP4", n)))
			if err != nil {
				return err
			}
			for left := t.size; left > 0; left -= int64(len(block)) {
				scramble(block, uint64(cam)<<40|uint64(n)<<20|uint64(left>>20))
				if _, err := f.Write(block[:min(left, int64(len(block)))]); err != nil {
					return errors.Join(err, f.Close())
				}
			}
			if err := f.Close(); err != nil {
				return err
			}
			when := time.Now().Add(-time.Hour)
			if err := os.Chtimes(f.Name(), when, when); err != nil {
				return err
			}
		}
	}
	return nil
}

// scramble is a fast generator (splitmix64), 8 bytes at a time.
func scramble(p []byte, seed uint64) {
	for i := 0; i+8 <= len(p); i += 8 {
		seed += 0x9e3779b97f4a7c15
		z := (seed ^ seed>>30) * 0xbf58476d1ce4e5b9
		z ^= z >> 27
		for k := range 8 {
			p[i+k] = byte(z >> (8 * k))
		}
	}
}

func shell(script string) func(string, string, tree) (usage, error) {
	return func(src, dst string, _ tree) (usage, error) {
		cmd := exec.Command("sh", "-c", script, src, dst)
		cmd.Stderr = os.Stderr
		start := time.Now()
		err := cmd.Run()
		wall := time.Since(start).Seconds()
		if err != nil {
			return usage{}, err
		}
		return usage{wall, (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()}, nil
	}
}

func median(runs []usage, of func(usage) float64) float64 {
	values := make([]float64, len(runs))
	for i, u := range runs {
		values[i] = of(u)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// print writes one table; the ratios are medians of the ratios run by run.
func print(t tree, results []result) {
	gib := float64(t.bytes()) / (1 << 30)
	fmt.Printf("\n### %s (%.0f MiB)\n\n", t.name, float64(t.bytes())/(1<<20))
	first, second := results[0], results[min(1, len(results)-1)]
	fmt.Printf("| what | s | MB/s | CPU s/GiB | %s ÷ this | %s ÷ this |\n| --- | --- | --- | --- | --- | --- |\n",
		strings.TrimPrefix(first.name, "custodock, "), strings.TrimPrefix(second.name, "custodock, "))
	for _, r := range results {
		wall := median(r.runs, func(u usage) float64 { return u.wall })
		cpu := median(r.runs, func(u usage) float64 { return u.cpu })
		fmt.Printf("| %s | %.2f | %.0f | %.2f | %.2f | %.2f |\n", r.name, wall, float64(t.bytes())/1e6/wall, cpu/gib,
			ratio(first, r), ratio(second, r))
	}
}

func ratio(a, b result) float64 {
	var list []usage
	for i := range a.runs {
		list = append(list, usage{wall: a.runs[i].wall / b.runs[i].wall})
	}
	return median(list, func(u usage) float64 { return u.wall })
}
