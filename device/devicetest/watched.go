package devicetest

import (
	"context"
	"log/slog"
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"custodock/device"
)

// patience is for events that must come; no test's outcome hangs on it but a
// failing one's.
const patience = 30 * time.Second

// Await fails the test if nothing comes; a closed channel is something.
func Await[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

// Watched is a running watcher and what it has docked.
type Watched struct {
	T      *testing.T
	docked chan device.Docked
}

// Watch has a watcher run until the test ends.
func Watch(t *testing.T, run func(context.Context, func(device.Docked)) error) Watched {
	t.Helper()
	w := Watched{t, make(chan device.Docked, 100)}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, func(d device.Docked) { w.docked <- d }) }()
	t.Cleanup(func() {
		cancel()
		if err := Await(t, "the watcher's end", ended); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return w
}

// Any returns the camera that docks next.
func (w Watched) Any() device.Docked {
	w.T.Helper()
	return Await(w.T, "a camera", w.docked)
}

// Next returns the camera that docks next. got says of it what want must be.
func (w Watched) Next(want string, got func(device.Info) string) device.Docked {
	w.T.Helper()
	d := Await(w.T, "the docking of "+want, w.docked)
	if got := got(d.Camera.Info()); got != want {
		w.T.Fatalf("%s docked, want %s", got, want)
	}
	return d
}

// Nothing fails if a camera has docked. It proves something only after an event
// that would have come later.
func (w Watched) Nothing() {
	w.T.Helper()
	select {
	case d := <-w.docked:
		w.T.Errorf("%s docked", d.Camera.Info().Location)
	default:
	}
}

// IsDocked reports whether a camera has not left.
func IsDocked(d device.Docked) bool {
	select {
	case <-d.Gone:
		return false
	default:
		return true
	}
}

// LogLines is a logger whose lines arrive in a channel.
func LogLines(level slog.Level) (*slog.Logger, <-chan string) {
	lines := make(lineWriter, 1000)
	return slog.New(slog.NewTextHandler(lines, &slog.HandlerOptions{Level: level})), lines
}

type lineWriter chan string

func (w lineWriter) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}

// AsNobody runs f with the file access of a user without rights. It is the
// thread's and dies with it.
func AsNobody(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if os.Geteuid() == 0 {
			runtime.LockOSThread() // never unlocked: the thread ends here
			_ = unix.Setfsgid(65534)
			_ = unix.Setfsuid(65534)
		}
		f()
	}()
	<-done
}
