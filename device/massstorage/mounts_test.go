package massstorage

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/moby/sys/mountinfo"

	"custodock/device/devicetest"
	"custodock/device/internal/loop"
)

// A root that lies on mount 30, with a card, a card under a card, an automount
// point that was used, one that was not, and a mount at the same path in a
// folder that mount 30 hides.
const mountTableText = `22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
29 22 0:50 / /run/cams rw - tmpfs old rw
31 29 8:1 / /run/cams/hidden ro - vfat /dev/sda1 ro,tz=UTC
30 29 0:51 / /run/cams rw shared:5 master:1 - tmpfs new rw
40 30 8:17 / /run/cams/card\0401 ro,nosuid - vfat /dev/sdb1 ro,tz=UTC
41 30 8:33 / /run/cams/twice ro - vfat /dev/sdc1 ro
42 41 8:49 / /run/cams/twice ro - exfat /dev/sdd1 ro
43 30 0:60 / /run/cams/auto rw - autofs systemd-1 rw
44 43 8:65 / /run/cams/auto ro - vfat /dev/sde1 ro
45 40 0:61 / /run/cams/card\0401/sub ro - tmpfs x ro
`

func TestMountTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mountinfo")
	write(t, path, mountTableText)
	table, err := readMounts(path)
	must(t, err)
	for path, want := range map[string]int{
		"/run/cams/card 1":     40,
		"/run/cams/twice":      42,
		"/run/cams/auto":       44,
		"/run/cams/hidden":     0,
		"/run/cams/card 1/sub": 0,
		"/run/cams/none":       0,
	} {
		got := 0
		if m := table.at(path, 30); m != nil {
			got = m.ID
		}
		if got != want {
			t.Errorf("at %q: mount %d, want %d", path, got, want)
		}
	}
}

func TestMountTableBroken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mountinfo")
	write(t, path, "22 1 254:0 / /\n")
	if table, err := readMounts(path); err == nil {
		t.Errorf("a broken table gave %v", table)
	}
}

func TestAutomountPointIsNoCamera(t *testing.T) {
	for fsType, want := range map[string]bool{"autofs": false, "vfat": true} {
		if _, got := lookAtSpot(nil, "cam", "/run/cams/cam", 0, &mountinfo.Info{FSType: fsType}); got != want {
			t.Errorf("%s: a camera %v, want %v", fsType, got, want)
		}
	}
}

func TestSpotSame(t *testing.T) {
	mounted := func(change func(*mountinfo.Info)) spot {
		m := mountinfo.Info{ID: 40, Major: 8, Minor: 17, Root: "/", FSType: "vfat", Source: "/dev/sdb1", Options: "rw", VFSOptions: "rw"}
		change(&m)
		return spot{path: "/cam", mount: &m}
	}
	card := mounted(func(*mountinfo.Info) {})
	folder := spot{path: "/cam", folder: identity{inode: inode{number: 7}}}
	for _, tt := range []struct {
		name string
		a, b spot
		want bool
	}{
		{"same mount", card, mounted(func(*mountinfo.Info) {}), true},
		{"remounted read-only", card, mounted(func(m *mountinfo.Info) { m.Options, m.VFSOptions = "ro", "ro" }), true},
		{"other mount", card, mounted(func(m *mountinfo.Info) { m.ID++ }), false},
		{"other disk", card, mounted(func(m *mountinfo.Info) { m.Minor++ }), false},
		{"other source", card, mounted(func(m *mountinfo.Info) { m.Source = "/dev/sdc1" }), false},
		{"mounted over", folder, card, false},
		{"unmounted", card, folder, false},
		{"same folder", folder, folder, true},
		{"other folder", folder, spot{path: "/cam", folder: identity{inode: inode{number: 8}}}, false},
	} {
		if got := tt.a.same(tt.b); got != tt.want {
			t.Errorf("%s: same %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestMountWatch(t *testing.T) {
	target := mkdir(t, t.TempDir(), "m")
	w, err := openMountWatch("/proc/self/mountinfo")
	must(t, err)
	defer w.close()
	tmpfs(t, target) // before run, and still not missed
	ctx, cancel := context.WithCancel(t.Context())
	changed, ended := make(chan struct{}, 100), make(chan error, 1)
	go func() { ended <- w.run(ctx, func() { loop.Wake(changed) }) }()
	devicetest.Await(t, "the mount", changed)
	umount(t, target)
	devicetest.Await(t, "the unmount", changed)
	cancel()
	must(t, devicetest.Await(t, "the watch's end", ended))
}
