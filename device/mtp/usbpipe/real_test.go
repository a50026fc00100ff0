//go:build e2e

package usbpipe

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"custodock/device"
	"custodock/device/mtp"
)

// These tests need a camera on USB, real or in the virtual dock, and use the
// first that they find:
//
//	go test -c -tags e2e ./device/mtp/usbpipe
//	./usbpipe.test -test.run Real -test.v
//
// CUSTODOCK_USB_CYCLES is how often it is opened and closed; 0 is 1,000.
// TestRealPull waits until the camera is pulled, if CUSTODOCK_USB_PULL is set.

func realCamera(t *testing.T) Options {
	t.Helper()
	ports, err := filepath.Glob("/sys/bus/usb/devices/*-*")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range ports {
		port := filepath.Base(dir)
		a, ok := device.USBAt(device.DefaultSysfs, port)
		if !ok {
			continue // an interface
		}
		if interfaces, _ := device.USBInterfaces(device.DefaultSysfs, port); device.MTPSigns(interfaces) == device.SaysMTP {
			t.Logf("camera at %s: %+v", port, a)
			return Options{Address: a}
		}
	}
	t.Skip("this test talks to a camera on USB, and none is plugged in")
	panic("unreachable")
}

func openReal(t *testing.T, o Options) *Pipe {
	t.Helper()
	p, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ask does GetDeviceInfo, which needs no session, and returns how many bytes
// came.
func ask(t *testing.T, p *Pipe) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	request := make([]byte, 12)
	binary.LittleEndian.PutUint32(request, 12)
	binary.LittleEndian.PutUint16(request[4:], 1)
	binary.LittleEndian.PutUint16(request[6:], uint16(mtp.OpGetDeviceInfo))
	if err := p.Send(ctx, request); err != nil {
		t.Fatal(err)
	}
	total := 0
	b := make([]byte, 16<<10)
	for {
		n, err := p.Receive(ctx, b)
		if err != nil {
			t.Fatal(err)
		}
		total += n
		if n >= 12 && binary.LittleEndian.Uint16(b[4:]) == 3 { // a response
			if code := mtp.ResponseCode(binary.LittleEndian.Uint16(b[6:])); code != mtp.RespOK {
				t.Fatalf("response %v", code)
			}
			return total
		}
	}
}

// left counts what is open and running in this process.
func left(t *testing.T) (files, goroutines, threads, kib int) {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	// Go's own garbage is no leak. gousb's transfers have finalizers, and what
	// they lead to is freed by the collection after.
	for range 3 {
		debug.FreeOSMemory()
	}
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(statm))[1])
	if err != nil {
		t.Fatal(err)
	}
	return len(fds), runtime.NumGoroutine(), len(tasks), pages * os.Getpagesize() >> 10
}

func TestRealCycles(t *testing.T) {
	o := realCamera(t)
	// The kernel makes a whole page of 2 MiB of several that are used, whenever
	// it likes to, which looks like 2 MiB left behind.
	if err := unix.Prctl(unix.PR_SET_THP_DISABLE, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	cycles, _ := strconv.Atoi(os.Getenv("CUSTODOCK_USB_CYCLES"))
	if cycles == 0 {
		cycles = 1000
	}
	cycle := func() {
		p := openReal(t, o)
		ask(t, p)
		// Something is always under way when a camera is closed.
		ended := make(chan error, 1)
		go func() {
			_, err := p.ReceiveInterrupt(context.Background(), make([]byte, 64))
			ended <- err
		}()
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err == nil {
			t.Error("an event came after Close")
		}
	}
	// Until the C library's arenas and Go's runtime have the room that they
	// need at the most, which takes some hundred cycles.
	for range 500 {
		cycle()
	}
	files, goroutines, threads, kib := left(t)
	start := time.Now()
	for range cycles {
		cycle()
	}
	f, g, th, k := left(t)
	t.Logf("%d cycles, %v each: files %d then %d, goroutines %d then %d, threads %d then %d, resident %d then %d KiB",
		cycles, time.Since(start)/time.Duration(cycles), files, f, goroutines, g, threads, th, kib, k)
	// C's arenas have filled by then: over 1,200 cycles on xHCI resident memory
	// went up and down by 0.3 MiB.
	if f > files || g > goroutines || th > threads+2 || k > kib+1<<10 {
		t.Error("something is left behind")
	}
}

func TestRealRecovery(t *testing.T) {
	p := openReal(t, realCamera(t))
	defer p.Close()
	t.Logf("packets of %d bytes, GetDeviceInfo %d bytes", p.PacketSize(), ask(t, p))
	if p.usb.file == nil {
		t.Errorf("libusb's file of %s is not found", p.usb.node)
	}
	for _, e := range []mtp.Endpoint{mtp.BulkIn, mtp.BulkOut, mtp.Interrupt} {
		if err := p.ClearHalt(t.Context(), e); err != nil {
			t.Errorf("ClearHalt(%d): %v", e, err)
		}
		ask(t, p)
	}
	for range 3 {
		if err := p.Reset(t.Context()); err != nil {
			t.Fatalf("Reset: %v", err)
		}
		ask(t, p)
	}
	status := make([]byte, 64)
	n, err := p.Control(t.Context(), true, 0x67, status) // GetDeviceStatus
	t.Logf("device status: % x, %v", status[:n], err)
}

func TestRealCancel(t *testing.T) {
	p := openReal(t, realCamera(t))
	defer p.Close()
	for range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if n, err := p.ReceiveInterrupt(ctx, make([]byte, 64)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ReceiveInterrupt = %d, %v", n, err)
		}
		cancel()
		ask(t, p)
	}
}

func TestRealBusy(t *testing.T) {
	o := realCamera(t)
	p := openReal(t, o)
	defer p.Close()
	second, err := Open(t.Context(), o)
	if !errors.Is(err, ErrBusy) {
		t.Fatalf("opened twice: %v, %v", second, err)
	}
	t.Log(err)
	ask(t, p)
}

func TestRealPull(t *testing.T) {
	if os.Getenv("CUSTODOCK_USB_PULL") == "" {
		t.Skip("somebody must pull the camera; CUSTODOCK_USB_PULL says that somebody will")
	}
	o := realCamera(t)
	p := openReal(t, o)
	ask(t, p)
	t.Log("PULL NOW")
	events := make(chan error, 1)
	go func() {
		_, err := p.ReceiveInterrupt(t.Context(), make([]byte, 64))
		events <- err
	}()
	_, bulk := p.Receive(t.Context(), make([]byte, 512))
	for what, err := range map[string]error{"Receive": bulk, "ReceiveInterrupt": <-events, "Send": p.Send(t.Context(), nil)} {
		t.Logf("%s: %v", what, err)
		if !errors.Is(err, mtp.ErrDisconnected) {
			t.Errorf("%s: a pull is %v", what, err)
		}
	}
	if err := p.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if p, err := Open(t.Context(), o); !errors.Is(err, mtp.ErrDisconnected) {
		t.Errorf("opened after the pull: %v, %v", p, err)
	}
}
