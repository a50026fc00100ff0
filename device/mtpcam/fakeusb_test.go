package mtpcam

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"custodock/device"
	"custodock/device/devicetest"
)

// fakeUSB is a sysfs and a /dev/bus/usb in temporary folders, in which devices
// come and go in the kernel's order.
type fakeUSB struct {
	t          *testing.T
	sysfs, dev string
	trash      string // unplugged devices, so that no inode comes twice
	unplugged  int
}

func newFakeUSB(t *testing.T) *fakeUSB {
	t.Helper()
	base := t.TempDir()
	u := &fakeUSB{t: t, sysfs: filepath.Join(base, "sys"), dev: filepath.Join(base, "dev"), trash: filepath.Join(base, "trash")}
	for _, dir := range []string{u.devices(), u.trash, filepath.Join(u.dev, "001"), filepath.Join(u.dev, "002")} {
		u.must(os.MkdirAll(dir, 0o755))
	}
	return u
}

func (u *fakeUSB) must(err error) {
	u.t.Helper()
	if err != nil {
		u.t.Fatal(err)
	}
}

func (u *fakeUSB) devices() string { return filepath.Join(u.sysfs, "bus/usb/devices") }

// gadget is what a device is made of.
type gadget struct {
	port       string
	number     int
	serial     string
	interfaces []string // "06 01 01", or "ff 00 00 name" for a name
	endpoints  []string // of each interface: "Bulk in" and so on
}

// still is a camera of the still image class.
func still(port string, number int) gadget {
	return gadget{port, number, "SN" + port, []string{"06 01 01 Camera"}, []string{"Bulk in", "Bulk out", "Interrupt in"}}
}

func (g gadget) bus() string { return "00" + g.port[:1] }

// plug makes a device with its interfaces, and then its node.
func (u *fakeUSB) plug(g gadget) {
	u.t.Helper()
	u.plugBare(g)
	u.addInterfaces(g)
	u.addNode(g)
}

// plugBare makes a device that has no interfaces yet.
func (u *fakeUSB) plugBare(g gadget) {
	u.t.Helper()
	staging := filepath.Join(u.trash, "new")
	u.must(os.Mkdir(staging, 0o755))
	for name, value := range map[string]string{
		"busnum": g.port[:1], "devnum": fmt.Sprint(g.number), "serial": g.serial, "idVendor": "2207", "idProduct": "0011",
		"manufacturer": "Maker", "product": "Bodycam 1", "speed": "480",
	} {
		u.must(os.WriteFile(filepath.Join(staging, name), []byte(value+"\n"), 0o644))
	}
	u.must(os.Rename(staging, filepath.Join(u.devices(), g.port)))
}

func (u *fakeUSB) addInterfaces(g gadget) {
	u.t.Helper()
	for i, spec := range g.interfaces {
		u.addInterface(g, i, spec)
	}
}

func (u *fakeUSB) addInterface(g gadget, number int, spec string) {
	u.t.Helper()
	staging := filepath.Join(u.trash, "new")
	part := strings.SplitN(spec, " ", 4)
	u.must(os.Mkdir(staging, 0o755))
	for name, value := range map[string]string{
		"bInterfaceNumber": fmt.Sprintf("%02x", number), "bInterfaceClass": part[0], "bInterfaceSubClass": part[1],
		"bInterfaceProtocol": part[2], "bNumEndpoints": fmt.Sprintf("%02x", len(g.endpoints)), "interface": strings.Join(part[3:], ""),
	} {
		u.must(os.WriteFile(filepath.Join(staging, name), []byte(value+"\n"), 0o644))
	}
	for n, ep := range g.endpoints {
		kind, direction, _ := strings.Cut(ep, " ")
		dir := filepath.Join(staging, fmt.Sprintf("ep_%02d", n+1))
		u.must(os.Mkdir(dir, 0o755))
		u.must(os.WriteFile(filepath.Join(dir, "type"), []byte(kind+"\n"), 0o644))
		u.must(os.WriteFile(filepath.Join(dir, "direction"), []byte(direction+"\n"), 0o644))
	}
	u.must(os.Rename(staging, filepath.Join(u.devices(), g.port, fmt.Sprintf("%s:1.%d", g.port, number))))
}

func (u *fakeUSB) node(g gadget) string {
	return filepath.Join(u.dev, g.bus(), fmt.Sprintf("%03d", g.number))
}

func (u *fakeUSB) addNode(g gadget) {
	u.t.Helper()
	u.must(os.WriteFile(u.node(g), nil, 0o600))
}

// chmod is udev setting a node's permissions.
func (u *fakeUSB) chmod(g gadget) {
	u.t.Helper()
	u.must(os.Chmod(u.node(g), 0o660))
}

func (u *fakeUSB) unplug(g gadget) {
	u.t.Helper()
	u.unplugged++
	u.must(os.Rename(filepath.Join(u.devices(), g.port), filepath.Join(u.trash, fmt.Sprint(u.unplugged))))
	u.must(os.Remove(u.node(g)))
}

// fakeCamera is what a test's Ready makes.
type fakeCamera struct {
	info   device.Info
	closed chan struct{}
}

func newFakeCamera(f Found) *fakeCamera { return &fakeCamera{f.Info(), make(chan struct{})} }

func (c *fakeCamera) Info() device.Info { return c.info }

func (c *fakeCamera) List(context.Context, func(device.Clip) error) (device.Listing, error) {
	return device.Listing{Complete: true}, nil
}

func (c *fakeCamera) Open(context.Context, device.Clip, int64) (io.ReadCloser, error) {
	return nil, device.ErrGone
}

func (c *fakeCamera) Close() error {
	close(c.closed)
	return nil
}

// readyAtOnce opens every camera.
func readyAtOnce(_ context.Context, f Found) (device.Camera, error) { return newFakeCamera(f), nil }

// dock is a running watcher and what it found.
type dock struct{ devicetest.Watched }

// watchUSB runs a watcher until the test ends. Without Poll it has events
// alone to live on.
func watchUSB(t *testing.T, u *fakeUSB, o WatcherOptions) dock {
	t.Helper()
	if o.Poll == 0 {
		o.Poll = time.Hour
	}
	if o.Ready == nil {
		o.Ready = readyAtOnce
	}
	o.Sysfs, o.DevRoot = u.sysfs, u.dev
	return dock{devicetest.Watch(t, NewWatcher(o).Run)}
}

// next returns the camera that docks next, which must be at port.
func (d dock) next(port string) device.Docked {
	d.T.Helper()
	return d.Next(port, func(i device.Info) string { return i.Port })
}
