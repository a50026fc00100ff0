package massstorage

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"custodock/device"
	"custodock/device/devicetest"
)

// Mounts dock at once however long folders take to settle, and whoever mounted
// them can unmount them while they are idle.
func TestMountDocksAtOnce(t *testing.T) {
	root := t.TempDir()
	mkdir(t, root, "folder") // settles for an hour
	early, late := mkdir(t, root, "early card"), mkdir(t, root, "late")
	tmpfs(t, early)
	write(t, filepath.Join(early, "a.mp4"), "a")
	s := watch(t, Options{Roots: []string{root}, Settle: time.Hour})
	first := s.next("early card")
	info := first.Camera.Info()
	if info.Transport != device.TransportMassStorage || info.Serial != "early card" || first.Changed != nil {
		t.Errorf("info %+v, Changed %v", info, first.Changed)
	}
	h, err := first.Camera.(device.HealthReader).Health(t.Context())
	must(t, err)
	if h.StorageSize == nil || *h.StorageSize != 16<<20 || h.StorageFree == nil {
		t.Errorf("health %+v, want 16 MiB", h)
	}
	tmpfs(t, late)
	second := s.next("late")
	umount(t, early)
	gone(t, first)
	if !devicetest.IsDocked(second) {
		t.Error("the other camera was undocked too")
	}
	s.Nothing()
}

func TestMountOverFolderAndBack(t *testing.T) {
	root := t.TempDir()
	cam := mkdir(t, root, "cam")
	write(t, filepath.Join(cam, "below.mp4"), "")
	s := watch(t, Options{Roots: []string{root}})
	for range 3 {
		folder := s.next("cam")
		tmpfs(t, cam)
		gone(t, folder)
		card := s.next("cam")
		if clips, _ := listAll(t, card.Camera.(*camera)); len(clips) != 0 {
			t.Errorf("the card lists %v", clips)
		}
		umount(t, cam)
		gone(t, card)
	}
	if got := s.next("cam").Camera.Info().Transport; got != device.TransportFolder {
		t.Errorf("after the last unmount: %s", got)
	}
}

// An unmount and a mount within one wake-up: the new one gets the old one's
// mount ID, and only its unique ID tells.
func TestCardSwappedInOneWakeUp(t *testing.T) {
	root := t.TempDir()
	cam := mkdir(t, root, "cam")
	tmpfs(t, cam)
	if n, err := statx(unix.AT_FDCWD, cam, 0, statxMask); err != nil || n.Mask&unix.STATX_MNT_ID_UNIQUE == 0 {
		t.Skipf("this kernel has no unique mount IDs (Linux 6.8): %v", err)
	}
	s := watch(t, Options{Roots: []string{root}, Settle: time.Hour})
	for range 20 {
		d := s.next("cam")
		umount(t, cam)
		must(t, unix.Mount("tmpfs", cam, "tmpfs", 0, ""))
		gone(t, d)
	}
	s.next("cam")
}

func TestRootIsAMount(t *testing.T) {
	root := mkdir(t, t.TempDir(), "cameras")
	s := watch(t, Options{Roots: []string{root}})
	for range 3 {
		tmpfs(t, root)
		mkdir(t, root, "cam")
		d := s.next("cam")
		must(t, unix.Unmount(root, unix.MNT_DETACH))
		gone(t, d)
	}
}

// usbSysfs says that the block device of path is a card in a USB camera. It
// returns what vanishes when the camera is pulled.
func usbSysfs(t *testing.T, path, serial string) (sysfs, volumes, block string) {
	t.Helper()
	var st unix.Stat_t
	must(t, unix.Stat(path, &st))
	sysfs, volumes = t.TempDir(), t.TempDir()
	block = device.BlockPath(sysfs, int(unix.Major(st.Dev)), int(unix.Minor(st.Dev)))
	usb := mkdir(t, sysfs, "devices/usb1/1-1/1-1.3")
	disk := mkdir(t, usb, "1-1.3:1.0/host2/block/sdq/sdq1")
	for name, value := range map[string]string{
		"devnum": "9", "serial": serial, "idVendor": "0951", "idProduct": "1666", "manufacturer": "Generic", "product": "DSJ-V9",
	} {
		write(t, filepath.Join(usb, name), value+"\n")
	}
	mkdir(t, filepath.Dir(block))
	must(t, os.Symlink(disk, block))
	must(t, os.Symlink("../../sdq1", filepath.Join(volumes, "1234-ABCD")))
	must(t, os.Symlink("../../sda1", filepath.Join(volumes, "other")))
	return sysfs, volumes, block
}

func TestUSBIdentity(t *testing.T) {
	root := t.TempDir()
	cam := mkdir(t, root, "usb-1-1.3")
	tmpfs(t, cam)
	sysfs, volumes, _ := usbSysfs(t, cam, "76/54\x1b321")
	must(t, unix.Mount("", cam, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	d := watch(t, Options{Roots: []string{root}, Sysfs: sysfs, Volumes: volumes}).next("usb-1-1.3")
	if got, want := d.Camera.Info(), (device.Info{
		Serial: "76%2F54%1B321", Transport: device.TransportMassStorage, Location: cam, Port: "1-1.3", Folder: "usb-1-1.3",
		Model: "Generic DSJ-V9", DeviceID: "0951:1666/76/54%1B321/1234-ABCD", ReadOnly: true,
	}); got != want {
		t.Errorf("Info = %+v, want %+v", got, want)
	}
}

// A camera without a serial number is known by its folder's name.
func TestUSBWithoutSerial(t *testing.T) {
	root := t.TempDir()
	cam := mkdir(t, root, "cam")
	tmpfs(t, cam)
	sysfs, _, _ := usbSysfs(t, cam, "")
	d := watch(t, Options{Roots: []string{root}, Sysfs: sysfs}).next("cam")
	if got := d.Camera.Info(); got.Serial != "cam" || got.Port != "1-1.3" {
		t.Errorf("Info = %+v", got)
	}
}

// A card that is pulled stays mounted until someone unmounts it; what the
// kernel still has of it in memory must not pass for the camera.
func TestPulledBeforeUnmounted(t *testing.T) {
	root := t.TempDir()
	cam := mkdir(t, root, "cam")
	tmpfs(t, cam)
	write(t, filepath.Join(cam, "a.mp4"), "a")
	sysfs, _, block := usbSysfs(t, cam, "7654321")
	c := watch(t, Options{Roots: []string{root}, Sysfs: sysfs}).next("cam").Camera.(*camera)
	clips, _ := listAll(t, c)
	must(t, os.Remove(block))
	if _, err := c.List(t.Context(), func(device.Clip) error { return nil }); !errors.Is(err, device.ErrGone) {
		t.Errorf("List: %v, want ErrGone", err)
	}
	if _, err := c.Open(t.Context(), clips["a.mp4"], 0); !errors.Is(err, device.ErrGone) {
		t.Errorf("Open: %v, want ErrGone", err)
	}
	if err := c.explain("read", "a.mp4", unix.EIO); !errors.Is(err, device.ErrGone) || !errors.Is(err, unix.EIO) {
		t.Errorf("an I/O error of the pulled card became %v", err)
	}
}

// A real disk, of a sort: ext4 on a loop device.
func TestLoopMount(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a disk image")
	}
	base := t.TempDir()
	image, root := filepath.Join(base, "card.img"), mkdir(t, base, "cameras")
	cam := mkdir(t, root, "cam")
	command(t, "truncate", "-s", "8M", image)
	command(t, "mkfs.ext4", "-q", "-E", "root_owner=0:0", image)
	command(t, "mount", "-o", "loop", image, cam)
	write(t, filepath.Join(cam, "DCIM", "a.mp4"), "a")
	command(t, "mount", "-o", "remount,ro", cam)
	s := watch(t, Options{Roots: []string{root}, Settle: time.Hour})
	d := s.next("cam")
	c := d.Camera.(*camera)
	clips, l := listAll(t, c)
	if len(clips) != 1 || l.SkippedN != 0 || !l.Complete { // lost+found has no clips
		t.Errorf("clips %v, listing %+v", clips, l)
	}
	if !c.info.ReadOnly || c.block == "" || c.info.Port != "" {
		t.Errorf("info %+v, block device %q", c.info, c.block)
	}
	if err := c.Release(t.Context(), clips["DCIM/a.mp4"], [32]byte{}); !errors.Is(err, device.ErrReadOnly) {
		t.Errorf("Release: %v, want ErrReadOnly", err)
	}
	r, err := c.Open(t.Context(), clips["DCIM/a.mp4"], 0)
	must(t, err)
	if err := unix.Unmount(cam, 0); !errors.Is(err, unix.EBUSY) {
		t.Errorf("unmount during a read: %v, want busy", err)
	}
	must(t, unix.Unmount(cam, unix.MNT_DETACH))
	gone(t, d)
	if got, err := io.ReadAll(r); string(got) != "a" && !errors.Is(err, device.ErrGone) {
		t.Errorf("read on: %q, %v", got, err)
	}
	r.Close()
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		t.Skipf("%s is not installed (Debian: e2fsprogs, mount)", name)
	case name == "mount" && err != nil && strings.Contains(string(out), "permi"):
		t.Skipf("mounting is not allowed here: %s", out)
	case err != nil:
		t.Fatalf("%s: %v: %s", name, err, out)
	}
	if name == "mount" {
		t.Cleanup(func() { _ = unix.Unmount(args[len(args)-1], unix.MNT_DETACH) })
	}
}

// A file system that never answers: FUSE with nobody behind it.
func TestStuckMount(t *testing.T) {
	fuse, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("a mount that hangs is made with FUSE, which is not here: %v", err)
	}
	root := t.TempDir()
	stuck := mkdir(t, root, "stuck")
	mount(t, "nobody", stuck, "fuse", unix.MS_NOSUID|unix.MS_NODEV, "fd="+strconv.Itoa(fuse)+",rootmode=40000,user_id=0,group_id=0")
	log, lines := devicetest.LogLines(slog.LevelDebug)
	w := NewWatcher(Options{Roots: []string{root}, Poll: time.Hour, Logger: log})
	w.stuckAfter = testSettle
	s := run(t, w)
	if line := devicetest.Await(t, "the warning", lines); !strings.Contains(line, "does not answer") || !strings.Contains(line, stuck) {
		t.Errorf("logged %s", line)
	}
	for _, name := range []string{"cam1", "cam2"} { // the others go on
		mkdir(t, root, name)
		s.next(name)
	}
	if len(lines) != 0 {
		t.Errorf("also logged %s", <-lines)
	}
	// When the file system is ended the place is tried no more and the folder
	// below it comes to light.
	must(t, unix.Close(fuse))
	must(t, unix.Unmount(stuck, unix.MNT_DETACH))
	s.next("stuck")
}
