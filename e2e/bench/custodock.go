package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// pollEvery is how finely the end of a run is seen.
const pollEvery = 50 * time.Millisecond

// custodock measures from the moment the cameras' folders appear to the
// moment the daemon says that every clip is stored.
func (b *bench) custodock(env ...string) func(string, string, tree) (usage, error) {
	return func(src, dst string, t tree) (usage, error) {
		d, err := b.startDaemon(dst, env...)
		if err != nil {
			return usage{}, err
		}
		before, err := d.cpu()
		if err != nil {
			return usage{}, err
		}
		start := time.Now()
		if err := os.Rename(src, d.root); err != nil {
			return usage{}, err
		}
		err = d.await(func(s status) bool { return s.Clips.Stored == t.clips() })
		wall := time.Since(start).Seconds()
		after, cpuErr := d.cpu()
		back := os.Rename(d.root, src)
		return usage{wall, after - before}, errors.Join(err, cpuErr, back, d.stop())
	}
}

// known measures how long it takes until 10,000 clips are in the catalog with
// their due times, and until the first is stored.
func (b *bench) known() error {
	t := tree{"", 1, 10_000, 1 << 10}
	src := filepath.Join(b.dir, "src")
	if err := t.write(src); err != nil {
		return err
	}
	fmt.Printf("\n### 10,000 files on one camera\n\n| run | all known, s | first stored, s | all stored, s |\n| --- | --- | --- | --- |\n")
	for run := range b.runs {
		dst := filepath.Join(b.dir, "dst")
		d, err := b.startDaemon(dst)
		if err != nil {
			return err
		}
		start := time.Now()
		if err := os.Rename(src, d.root); err != nil {
			return err
		}
		var at [3]float64
		for i, reached := range []func(status) bool{
			func(s status) bool { return s.Clips.Clips == t.clips() },
			func(s status) bool { return s.Clips.Stored > 0 },
			func(s status) bool { return s.Clips.Stored == t.clips() },
		} {
			if err := d.await(reached); err != nil {
				return err
			}
			at[i] = time.Since(start).Seconds()
		}
		fmt.Printf("| %d | %.2f | %.2f | %.2f |\n", run+1, at[0], at[1], at[2])
		if err := errors.Join(os.Rename(d.root, src), d.stop(), os.RemoveAll(dst)); err != nil {
			return err
		}
	}
	return nil
}

type status struct {
	Clips struct{ Clips, Stored int }
}

type daemon struct {
	cmd  *exec.Cmd
	addr string
	root string
}

func (b *bench) startDaemon(dir string, env ...string) (*daemon, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d := &daemon{addr: l.Addr().String(), root: filepath.Join(dir, "cameras")}
	l.Close()
	d.cmd = exec.Command(b.binary, "run")
	d.cmd.Env = append(os.Environ(), "CUSTODOCK_DATA_DIR="+filepath.Join(dir, "data"), "CUSTODOCK_CAMERAS_ROOTS="+d.root,
		"CUSTODOCK_CAMERAS_SETTLE=0s", "CUSTODOCK_HTTP_LISTEN="+d.addr, "CUSTODOCK_LOG_LEVEL=error")
	d.cmd.Env = append(d.cmd.Env, env...)
	d.cmd.Stderr = os.Stderr
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	return d, d.await(func(status) bool { return true })
}

func (d *daemon) await(ok func(status) bool) error {
	for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); time.Sleep(pollEvery) {
		resp, err := http.Get("http://" + d.addr + "/api/v1/status")
		if err != nil {
			continue
		}
		var s status
		err = json.NewDecoder(resp.Body).Decode(&s)
		resp.Body.Close()
		if err == nil && resp.StatusCode == http.StatusOK && ok(s) {
			return nil
		}
	}
	return errors.New("the daemon does not get there")
}

// cpu returns the seconds of processor time that the daemon has used.
func (d *daemon) cpu() (float64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	// proc(5): utime and stime are fields 14 and 15, counted from behind the
	// name in parentheses, in hundredths of a second.
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	if len(fields) < 13 {
		return 0, errors.New("/proc/PID/stat is short")
	}
	user, err1 := strconv.ParseFloat(fields[11], 64)
	system, err2 := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100, errors.Join(err1, err2)
}

func (d *daemon) stop() error {
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return d.cmd.Wait()
}
