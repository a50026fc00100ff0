package mtpcam

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device"
	"custodock/device/devicetest"
	"custodock/device/internal/loop"
	"custodock/device/mtp"
)

// attempt is one call of Ready in a bubble, where fsnotify cannot live: the
// stay's goroutine runs alone.
type attempt struct {
	u      *fakeUSB
	w      *watching
	v      *stay
	lines  <-chan string
	start  time.Time
	at     []time.Duration // when Ready was called
	answer func(n int) (device.Camera, error)
}

func newAttempt(t *testing.T, claims *device.Claims, answer func(n int) (device.Camera, error)) *attempt {
	t.Helper()
	u := newFakeUSB(t)
	u.plug(still("1-1", 2))
	log, lines := devicetest.LogLines(slog.LevelWarn)
	a := &attempt{u: u, lines: lines, start: time.Now(), answer: answer}
	a.w = newWatching(NewWatcher(WatcherOptions{
		Sysfs: u.sysfs, DevRoot: u.dev, Claims: claims, Logger: log,
		Ready: func(context.Context, Found) (device.Camera, error) {
			a.at = append(a.at, time.Since(a.start))
			return a.answer(len(a.at))
		},
	}).opts, nil)
	spots, _, err := scan(u.sysfs)
	u.must(err)
	a.v = &stay{spot: spots["1-1"], node: node(u.dev, spots["1-1"].USBAddress), wake: make(chan struct{}, 1), gone: make(chan struct{})}
	return a
}

// run follows for d and returns the seconds at which it was tried to open.
func (a *attempt) run(t *testing.T, d time.Duration) []float64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	a.w.follow(ctx, a.v)
	var seconds []float64
	for _, at := range a.at {
		seconds = append(seconds, at.Seconds())
	}
	return seconds
}

func TestRetriesWithGrowingPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAttempt(t, nil, func(n int) (device.Camera, error) {
			return nil, fmt.Errorf("trouble %d", n%2)
		})
		got := a.run(t, 4*time.Minute)
		if want := []float64{0, 1, 3, 7, 15, 31, 63, 123, 183}; !slices.Equal(got, want) {
			t.Errorf("tried at %v s, want %v", got, want)
		}
		if len(a.lines) != 2 {
			t.Errorf("%d lines logged, want one for each of two errors", len(a.lines))
		}
	})
}

func TestEveryErrorIsNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAttempt(t, nil, func(n int) (device.Camera, error) { return nil, fmt.Errorf("trouble %d", n) })
		a.run(t, 24*time.Hour)
		if len(a.lines) != maxWarnings {
			t.Errorf("%d lines logged, want %d", len(a.lines), maxWarnings)
		}
	})
}

// A touched node is a reason to try at once.
func TestWokenRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAttempt(t, nil, func(int) (device.Camera, error) { return nil, errors.New("trouble") })
		go func() {
			time.Sleep(3500 * time.Millisecond)
			loop.Wake(a.v.wake)
		}()
		got := a.run(t, 5*time.Second)
		if want := []float64{0, 1, 3, 3.5}; !slices.Equal(got, want) {
			t.Errorf("tried at %v s, want %v", got, want)
		}
	})
}

// udev gets its time; then somebody is told, and the disk is not kept waiting.
func TestPermissionNeverComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		claims := device.NewClaims()
		a := newAttempt(t, claims, func(int) (device.Camera, error) {
			return nil, fmt.Errorf("open: %w", fs.ErrPermission)
		})
		go func() {
			time.Sleep(permissionGrace - time.Millisecond)
			if len(a.lines) != 0 || claims.Take(a.v.USBAddress, device.TransportMassStorage) {
				t.Errorf("%d lines logged before the time, or the disk was given free", len(a.lines))
			}
			time.Sleep(time.Second)
			if !claims.Take(a.v.USBAddress, device.TransportMassStorage) {
				t.Error("the disk is kept waiting")
			}
		}()
		a.run(t, time.Hour)
		if len(a.lines) != 1 {
			t.Fatalf("%d lines logged, want 1", len(a.lines))
		}
		if line := <-a.lines; !strings.Contains(line, "port=1-1") {
			t.Errorf("logged %s", line)
		}
	})
}

// While its disk is served a camera is not opened; then it gets its turn.
func TestServedAsADisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		claims := device.NewClaims()
		a := newAttempt(t, claims, func(int) (device.Camera, error) { return nil, errors.New("busy") })
		go func() {
			time.Sleep(500 * time.Millisecond)
			if !claims.Take(a.v.USBAddress, device.TransportMassStorage) {
				t.Error("the disk of a camera that cannot be opened is not given free")
			}
			time.Sleep(10 * time.Minute)
			claims.Drop(a.v.USBAddress, device.TransportMassStorage)
		}()
		got := a.run(t, 10*time.Minute+time.Second)
		if want := []float64{0, 600.5}; !slices.Equal(got, want) {
			t.Errorf("tried at %v s, want %v", got, want)
		}
		if claims.Take(a.v.USBAddress, device.TransportMassStorage) {
			t.Error("a device that has left is remembered")
		}
	})
}

// What says only that the device is leaving is no news.
func TestLeavingIsNoTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAttempt(t, nil, func(int) (device.Camera, error) { return nil, fmt.Errorf("ask: %w", device.ErrGone) })
		a.run(t, time.Hour)
		if len(a.lines) != 0 {
			t.Errorf("logged %s", <-a.lines)
		}
	})
}

// A camera that never answers is given up, so that its disk gets its turn.
func TestReadyIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAttempt(t, nil, nil)
		a.w.opts.Ready = func(ctx context.Context, _ Found) (device.Camera, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		a.run(t, 10*time.Minute)
		if len(a.lines) != 2 {
			t.Fatalf("%d lines logged, want 2", len(a.lines))
		}
		if line := <-a.lines; !strings.Contains(line, "does not answer") {
			t.Errorf("logged %s", line)
		}
		if line := <-a.lines; !strings.Contains(line, "deadline exceeded") {
			t.Errorf("logged %s", line)
		}
	})
}

func TestSerialOfACameraWithoutOne(t *testing.T) {
	f := Found{USB: device.USB{USBAddress: device.USBAddress{Port: "1-1.3"}, VendorID: "2207", ProductID: "0011"}}
	if got := f.Info(); f.SerialKnown() || got.Serial != "2207-0011@1-1.3" || got.DeviceID != "2207:0011/" {
		t.Errorf("Info = %+v", got)
	}
}

// Only a device that answered is no camera. One that failed to is asked again.
func TestOnlyARefusalIsFinal(t *testing.T) {
	for _, fault := range []error{nil, mtp.ErrIO, mtp.ErrTimeout, context.DeadlineExceeded} {
		synctest.Test(t, func(t *testing.T) {
			a := newAttempt(t, nil, func(int) (device.Camera, error) { return nil, errors.Join(device.ErrNotCamera, fault) })
			want := []float64{0, 1, 3, 7}
			if fault == nil {
				want = want[:1]
			}
			if got := a.run(t, 10*time.Second); !slices.Equal(got, want) {
				t.Errorf("with %v: tried at %v s, want %v", fault, got, want)
			}
			if len(a.lines) != 1 { // it says of itself that it is one
				t.Errorf("with %v: %d lines logged, want 1", fault, len(a.lines))
			}
		})
	}
}
