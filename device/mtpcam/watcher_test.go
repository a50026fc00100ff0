package mtpcam

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"custodock/device"
	"custodock/device/devicetest"
)

func TestDocksAndLeaves(t *testing.T) {
	u := newFakeUSB(t)
	early, late := still("1-1", 2), still("2-1.3", 7)
	u.plug(early)
	d := watchUSB(t, u, WatcherOptions{})
	first := d.next("1-1")
	if got, want := first.Camera.Info(), (device.Info{
		Serial: "SN1-1", Transport: device.TransportMTP, Location: "USB bus 1 device 2", Port: "1-1",
		Model: "Maker Bodycam 1", DeviceID: "2207:0011/SN1-1",
	}); got != want {
		t.Errorf("Info = %+v, want %+v", got, want)
	}
	u.plug(late)
	second := d.next("2-1.3")
	u.unplug(early)
	devicetest.Await(t, "the undocking", first.Gone)
	if !devicetest.IsDocked(second) {
		t.Error("the other camera was undocked too")
	}
}

func TestReplugged(t *testing.T) {
	u := newFakeUSB(t)
	u.plug(still("1-1", 1))
	d := watchUSB(t, u, WatcherOptions{})
	docked := d.next("1-1")
	for number := 1; number < 20; number++ {
		u.unplug(still("1-1", number))
		u.plug(still("1-1", number+1)) // often before the watcher has looked
		devicetest.Await(t, "the undocking", docked.Gone)
		docked = d.next("1-1")
	}
}

// Pulled and back between two scans, with the number that it had.
func TestReplaced(t *testing.T) {
	u := newFakeUSB(t)
	u.plug(still("1-1", 5))
	d := watchUSB(t, u, WatcherOptions{})
	for range 20 {
		docked := d.next("1-1")
		u.unplug(still("1-1", 5))
		u.plug(still("1-1", 5))
		devicetest.Await(t, "the undocking", docked.Gone)
	}
	d.next("1-1")
}

func TestBusComesLater(t *testing.T) {
	u := newFakeUSB(t)
	d := watchUSB(t, u, WatcherOptions{})
	u.plug(still("1-1", 2))
	d.next("1-1")
	u.must(os.Mkdir(filepath.Join(u.dev, "003"), 0o755))
	u.plug(still("3-1", 2))
	d.next("3-1")
}

// Where there is no /dev/bus/usb the slow timer finds everything, later.
func TestPollAlone(t *testing.T) {
	u := newFakeUSB(t)
	g := still("1-1", 2)
	u.dev += " none"
	d := watchUSB(t, u, WatcherOptions{Poll: 10 * time.Millisecond})
	u.plugBare(g)
	u.addInterfaces(g)
	docked := d.next("1-1")
	u.must(os.Rename(filepath.Join(u.devices(), "1-1"), filepath.Join(u.trash, "x")))
	devicetest.Await(t, "the undocking", docked.Gone)
}

// The kernel makes the node before the interfaces, and nothing tells of them.
func TestInterfacesComeLater(t *testing.T) {
	u := newFakeUSB(t)
	g, other := still("1-1", 2), still("1-2", 3)
	d := watchUSB(t, u, WatcherOptions{})
	u.plugBare(g)
	u.addNode(g)
	u.plug(other)
	d.next("1-2")
	u.addInterfaces(g)
	d.next("1-1")
}

// Keyboards, disks, hubs and what cannot be an MTP responder is never opened.
func TestOthersAreLeftAlone(t *testing.T) {
	u := newFakeUSB(t)
	for i, spec := range []string{"03 01 01 Keyboard", "08 06 50 Disk", "09 00 00 Hub", "ff 42 01 ADB", "e0 01 01 Bluetooth", "02 0d 00 NCM"} {
		u.plug(gadget{fmt.Sprintf("1-%d", i+1), i + 2, "", []string{spec}, []string{"Bulk in", "Bulk out"}})
	}
	u.must(os.MkdirAll(filepath.Join(u.devices(), "usb1/1-0:1.0"), 0o755))
	opened := make(chan Found, 100)
	d := watchUSB(t, u, WatcherOptions{Ready: func(ctx context.Context, f Found) (device.Camera, error) {
		opened <- f
		return readyAtOnce(ctx, f)
	}})
	for i, g := range []gadget{
		still("2-1", 2),
		{"2-2", 3, "", []string{"ff ff 00 MTP"}, []string{"Bulk in", "Bulk out", "Interrupt in"}},
		{"2-3", 4, "", []string{"ff 00 00", "08 06 50 Disk"}, []string{"Bulk in", "Bulk out", "Interrupt in"}},
	} {
		u.plug(g)
		d.next(g.port)
		f := devicetest.Await(t, "the opening", opened)
		sign := []device.MTPSign{device.SaysMTP, device.SaysMTP, device.MaybeMTP}[i]
		if f.Port != g.port || f.Sign != sign || f.Node != u.node(g) || f.Disk != (g.port == "2-3") || len(f.Interfaces) != 1 {
			t.Errorf("opened %+v", f)
		}
	}
	if len(opened) != 0 {
		t.Errorf("also opened %+v", <-opened)
	}
}

// udev sets the permissions some time after the node has come.
func TestPermissionsComeLater(t *testing.T) {
	u := newFakeUSB(t)
	log, lines := devicetest.LogLines(slog.LevelWarn)
	g := still("1-1", 2)
	tried := make(chan struct{}, 100)
	d := watchUSB(t, u, WatcherOptions{Logger: log, Ready: func(ctx context.Context, f Found) (device.Camera, error) {
		tried <- struct{}{}
		info, err := os.Stat(f.Node)
		if err != nil || info.Mode().Perm() != 0o660 {
			return nil, fmt.Errorf("open: %w", fs.ErrPermission)
		}
		return readyAtOnce(ctx, f)
	}})
	u.plug(g)
	devicetest.Await(t, "the first try", tried)
	u.chmod(g)
	d.next("1-1")
	if len(lines) != 0 {
		t.Errorf("logged %s", <-lines)
	}
}

// A camera that takes for ever to answer delays nobody, and is given up when
// it leaves.
func TestSlowCamera(t *testing.T) {
	u := newFakeUSB(t)
	slow, quick := still("1-1", 2), still("1-2", 3)
	asked, given := make(chan struct{}), make(chan error, 1)
	d := watchUSB(t, u, WatcherOptions{Ready: func(ctx context.Context, f Found) (device.Camera, error) {
		if f.Port == slow.port {
			close(asked)
			<-ctx.Done()
			given <- ctx.Err()
			return nil, ctx.Err()
		}
		return readyAtOnce(ctx, f)
	}})
	u.plug(slow)
	u.plug(quick)
	d.next("1-2")
	devicetest.Await(t, "the opening of the slow one", asked)
	u.unplug(slow)
	if err := devicetest.Await(t, "the end of the slow one", given); !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}

// Opened too late: the device has left already.
func TestOpenedAfterLeaving(t *testing.T) {
	u := newFakeUSB(t)
	g := still("1-1", 2)
	leave, made := make(chan struct{}), make(chan *fakeCamera, 1)
	d := watchUSB(t, u, WatcherOptions{Ready: func(ctx context.Context, f Found) (device.Camera, error) {
		c := newFakeCamera(f)
		if f.Port == g.port {
			made <- c
			<-leave
			<-ctx.Done() // it has been seen to leave
		}
		return c, nil
	}})
	u.plug(g)
	c := devicetest.Await(t, "the opening", made)
	u.unplug(g)
	close(leave)
	devicetest.Await(t, "its closing", c.closed)
	u.plug(still("1-2", 3))
	d.next("1-2")
	d.Nothing()
}

// What turns out to be no camera is asked once, and its disk is served.
func TestNotACamera(t *testing.T) {
	u := newFakeUSB(t)
	g := still("1-1", 2)
	claims := device.NewClaims()
	var tries atomic.Int32
	d := watchUSB(t, u, WatcherOptions{Claims: claims, Ready: func(ctx context.Context, f Found) (device.Camera, error) {
		if f.Port == g.port {
			tries.Add(1)
			return nil, fmt.Errorf("ask: %w", device.ErrNotCamera)
		}
		return readyAtOnce(ctx, f)
	}})
	changed := claims.Changed()
	u.plug(g)
	devicetest.Await(t, "the yielding", changed)
	if a, _ := device.USBAt(u.sysfs, "1-1"); !claims.Take(a, device.TransportMassStorage) {
		t.Error("its disk is not given free")
	}
	for i := range 3 { // each is an event for its node, and a scan
		u.chmod(g)
		u.plug(still(fmt.Sprintf("1-%d", i+2), i+3))
		d.next(fmt.Sprintf("1-%d", i+2))
	}
	if n := tries.Load(); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
}

// Not to see is not to be gone.
func TestScanFails(t *testing.T) {
	u := newFakeUSB(t)
	log, lines := devicetest.LogLines(slog.LevelWarn)
	u.plug(still("1-1", 2))
	d := watchUSB(t, u, WatcherOptions{Poll: 5 * time.Millisecond, Logger: log})
	docked := d.next("1-1")
	file := filepath.Join(u.trash, "file")
	u.must(os.WriteFile(file, nil, 0o600))
	// At once: a moment without the folder would be one without USB.
	u.must(unix.Renameat2(unix.AT_FDCWD, file, unix.AT_FDCWD, u.devices(), unix.RENAME_EXCHANGE))
	devicetest.Await(t, "the warning", lines)
	if !devicetest.IsDocked(docked) {
		t.Error("the camera was undocked because it could not be looked for")
	}
	if len(lines) != 0 {
		t.Errorf("also logged %s", <-lines)
	}
}

// At the end the cameras stay docked, and nothing is left running.
func TestRunEnds(t *testing.T) {
	leaks := goleak.IgnoreCurrent()
	u := newFakeUSB(t)
	u.plug(still("1-1", 2))
	u.plug(still("1-2", 3))
	ctx, cancel := context.WithCancel(t.Context())
	docked := make(chan device.Docked, 2)
	ended := make(chan error)
	opening := make(chan struct{})
	late := make(chan *fakeCamera, 1)
	go func() {
		ended <- NewWatcher(WatcherOptions{
			Sysfs: u.sysfs, DevRoot: u.dev,
			Ready: func(ctx context.Context, f Found) (device.Camera, error) {
				c := newFakeCamera(f)
				if f.Port == "1-2" { // still being opened at the end
					close(opening)
					<-ctx.Done()
					late <- c
				}
				return c, nil
			},
		}).Run(ctx, func(d device.Docked) { docked <- d })
	}()
	d := devicetest.Await(t, "the docking", docked)
	devicetest.Await(t, "the opening of the other", opening)
	cancel()
	if err := devicetest.Await(t, "the end", ended); err != nil {
		t.Errorf("Run: %v", err)
	}
	if !devicetest.IsDocked(d) {
		t.Error("the camera was undocked")
	}
	devicetest.Await(t, "the closing of the one opened too late", devicetest.Await(t, "the late camera", late).closed)
	goleak.VerifyNone(t, leaks)
}

// A camera that arrives when its device has left is closed by the loop.
func TestDockAfterLeaving(t *testing.T) {
	w := newWatching(NewWatcher(WatcherOptions{}).opts, nil)
	c := newFakeCamera(Found{})
	w.dock(readied{&stay{}, c}, func(device.Docked) { t.Error("it was docked") })
	devicetest.Await(t, "its closing", c.closed)
	w.wait()
}

// When to look next without an event.
func TestPause(t *testing.T) {
	w := newWatching(NewWatcher(WatcherOptions{}).opts, nil)
	if got := w.pause(true, true); got != 30*time.Second {
		t.Errorf("with events: %v", got)
	}
	if got := w.pause(false, true); got != blindPoll {
		t.Errorf("without: %v", got)
	}
	if got := w.pause(true, false); got != soon {
		t.Errorf("with a device not there in full: %v", got)
	}
	for range 20 {
		w.pause(true, false)
	}
	if got := w.pause(true, false); got != 30*time.Second {
		t.Errorf("with a device that never is: %v", got)
	}
}

// A device whose MTP is where nobody looks is named, once a stay.
func TestHiddenIsNamed(t *testing.T) {
	u := newFakeUSB(t)
	log, lines := devicetest.LogLines(slog.LevelWarn)
	d := watchUSB(t, u, WatcherOptions{Logger: log})
	disk := gadget{"1-1", 2, "", []string{"08 06 50 Disk"}, []string{"Bulk in", "Bulk out"}}
	const otherConfiguration = "\x12\x01----------------" +
		"\x09\x02--\x01\x01---" + "\x09\x04\x00\x00\x02\x08\x06\x50-" +
		"\x09\x02--\x01\x02---" + "\x09\x04\x00\x00\x03\x06\x01\x01-"
	for stay := range 3 {
		disk.number++
		u.plugBare(disk)
		u.must(os.WriteFile(filepath.Join(u.devices(), disk.port, "descriptors"), []byte(otherConfiguration), 0o600))
		u.must(os.WriteFile(filepath.Join(u.devices(), disk.port, "bConfigurationValue"), []byte("1\n"), 0o600))
		u.addInterfaces(disk)
		u.addNode(disk)
		line := devicetest.Await(t, "the warning", lines)
		if !strings.Contains(line, "port=1-1") || !strings.Contains(line, "configuration 2, and 1 is active") {
			t.Errorf("logged %s", line)
		}
		for i := range 3 { // each is an event, and a scan
			g := still(fmt.Sprintf("2-%d", 3*stay+i+1), 3*stay+i+2)
			u.plug(g)
			d.next(g.port)
		}
		u.unplug(disk)
	}
	if len(lines) != 0 {
		t.Errorf("also logged %s", <-lines)
	}
}
