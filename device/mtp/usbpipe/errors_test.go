package usbpipe

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/gousb"
	"golang.org/x/sys/unix"

	"custodock/device/mtp"
)

func TestExplain(t *testing.T) {
	// As gousb v1.1.3 formats it, with nothing left to unwrap.
	asText := fmt.Errorf("failed to claim interface 0 on vid=2207: %v", gousb.ErrorNoDevice) //nolint:errorlint // gousb does so
	for _, tt := range []struct {
		name    string
		ended   bool // the caller's context
		err     error
		present bool
		want    error
		gone    bool
	}{
		{"well", false, nil, true, nil, false},
		{"pulled, as one controller says it", false, gousb.TransferNoDevice, true, mtp.ErrDisconnected, true},
		{"pulled, as another says it", false, gousb.TransferError, false, mtp.ErrDisconnected, true},
		{"pulled, when a transfer is submitted", false, gousb.ErrorNoDevice, true, mtp.ErrDisconnected, true},
		{"pulled, in a text", false, asText, true, mtp.ErrDisconnected, true},
		{"pulled, as the kernel says it", false, unix.ENODEV, true, mtp.ErrDisconnected, true},
		{"stalled", false, gousb.TransferStall, true, mtp.ErrHalted, false},
		{"stalled control request", false, gousb.ErrorPipe, true, mtp.ErrHalted, false},
		{"stalled, as the kernel says it", false, unix.EPIPE, true, mtp.ErrHalted, false},
		{"bad cable", false, gousb.TransferError, true, mtp.ErrIO, false},
		{"babble", false, gousb.TransferOverflow, true, mtp.ErrIO, false},
		{"timed out", false, gousb.ErrorTimeout, true, mtp.ErrIO, false},
		{"unknown", false, errors.New("?"), true, mtp.ErrIO, false},
		{"cancelled", true, gousb.TransferCancelled, true, context.Canceled, false},
		{"cancelled by a reset", false, gousb.TransferCancelled, true, mtp.ErrIO, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPipe(&handle{}, func() bool { return tt.present })
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.ended {
				cancel()
			}
			got := p.explain(ctx, "receive", tt.err)
			if !errors.Is(got, tt.want) || (got == nil) != (tt.want == nil) {
				t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
			}
			if p.gone.Load() != tt.gone {
				t.Errorf("%s: gone for good: %v, want %v", tt.name, p.gone.Load(), tt.gone)
			}
			if tt.want != nil && (!strings.HasPrefix(got.Error(), "receive: ")) {
				t.Errorf("%s: %q does not name the operation", tt.name, got)
			}
		})
	}
}

// A transfer fails before the kernel has noticed the pull.
func TestPullIsNoticedLate(t *testing.T) {
	for _, tt := range []struct {
		after time.Duration
		want  error
	}{
		{leaveGrace - leaveLook, mtp.ErrDisconnected},
		{leaveGrace + leaveLook, mtp.ErrIO},
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			p := newPipe(&handle{}, func() bool { return time.Since(start) < tt.after })
			if got := p.explain(t.Context(), "send", gousb.TransferError); !errors.Is(got, tt.want) {
				t.Errorf("noticed after %v: %v, want %v", tt.after, got, tt.want)
			}
		})
	}
}

func TestNoMemoryNamesTheSetting(t *testing.T) {
	p := newPipe(&handle{}, func() bool { return false })
	if err := p.explain(t.Context(), "receive", gousb.ErrorNoMem); !strings.Contains(err.Error(), "usbfs_memory_mb") {
		t.Errorf("%q does not say what to do", err)
	}
}

func TestLibusbErrorInAText(t *testing.T) {
	for _, kind := range []gousb.Error{gousb.ErrorBusy, gousb.ErrorIO, gousb.ErrorAccess, gousb.ErrorNotFound} {
		for _, err := range []error{kind, fmt.Errorf("wrapped: %w", kind), fmt.Errorf("failed: %v", kind)} { //nolint:errorlint // gousb does so
			if !isLibusb(err, kind) {
				t.Errorf("%q is not taken for %v", err, kind)
			}
		}
	}
	for _, err := range []error{nil, errors.New("busy"), gousb.TransferStall} {
		if kind, ok := libusbError(err); ok {
			t.Errorf("%v is taken for %v", err, kind)
		}
	}
}

func TestPermission(t *testing.T) {
	if !errors.Is(ErrPermission, fs.ErrPermission) {
		t.Error("ErrPermission is not fs.ErrPermission")
	}
	if errors.Is(ErrBusy, fs.ErrPermission) {
		t.Error("ErrBusy is fs.ErrPermission")
	}
}

func TestBusyNamesWho(t *testing.T) {
	proc := t.TempDir()
	node := "/dev/bus/usb/001/007"
	for pid, p := range map[string]struct{ comm, link string }{
		"812": {"gvfsd-mtp", node}, "813": {"bash", "/dev/pts/1"}, "814": {"", node}, "self": {"x", node},
		fmt.Sprint(os.Getpid()): {"custodock", node},
	} {
		dir := filepath.Join(proc, pid, "fd")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(p.link, filepath.Join(dir, "9")); err != nil {
			t.Fatal(err)
		}
		if p.comm != "" {
			if err := os.WriteFile(filepath.Join(proc, pid, "comm"), []byte(p.comm+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tt := range []struct{ name, proc, driver, want string }{
		{"programs", proc, "usbfs", "held by another program: gvfsd-mtp (process 812), a program (process 814); stop it"},
		{"nobody to be seen", t.TempDir(), "usbfs", "gvfs, kiod, gphoto2"},
		{"no proc", proc + "none", "", "gvfs, kiod, gphoto2"},
		{"a driver", proc, "pl2303", "kernel driver pl2303"},
	} {
		err := busy(tt.proc, node, tt.driver)
		if !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}
