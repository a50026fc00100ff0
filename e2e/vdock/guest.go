package vdock

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed guest
var guestFiles embed.FS

// Guest says what goes into the guest beside the kernel.
type Guest struct {
	Kernel *Kernel
	Source string // the repository, whose deploy/ the guest gets
	Binary string // the program
	Agent  string // e2e/vdock/agent, built
	Peers  bool   // other programs that copy from cameras, too

	Extra map[string]string // more programs: the host's paths by the guest's
}

// guestPrograms are the host's own, copied with the libraries they name.
var guestPrograms = []string{
	// What init and deploy/libexec/custodock-mount use. busybox fills the gaps.
	"busybox", "dash", "mount", "umount", "findmnt", "unshare", "blockdev", "setpriv", "udevadm",
	"umtprd", // a camera that runs in the guest
}

// guestTrees are found by programs at run time, so that no library names them.
var guestTrees = []string{
	"/usr/lib/locale/C.utf8",
	"/usr/lib/udev/rules.d",
	"/usr/lib/x86_64-linux-gnu/libgcc_s.so.1", // pthread_cancel, when umtprd is disconnected
}

// Write makes the guest's initramfs at path.
func (g Guest) Write(ctx context.Context, path string) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("make the guest: %w", err)
	}
	a := newInitramfs(f)
	err = errors.Join(g.addSystem(ctx, a), g.addModules(a), g.addStation(ctx, a))
	if g.Peers {
		err = errors.Join(err, addPeers(ctx, a))
	}
	for name, from := range g.Extra {
		err = errors.Join(err, addProgram(ctx, a, name, from))
	}
	err = errors.Join(err, a.close(), f.Close())
	if err != nil {
		return fmt.Errorf("make the guest: %w", err)
	}
	return nil
}

// addSystem adds what any station has: a shell, udev, users.
func (g Guest) addSystem(ctx context.Context, a *initramfs) error {
	if err := addScripts(a); err != nil {
		return err
	}
	if err := addPrograms(ctx, a, guestPrograms); err != nil {
		return err
	}
	a.symlink("usr/bin/sh", "dash")
	a.symlink("usr/lib/systemd/systemd-udevd", "/usr/bin/udevadm")
	for _, name := range guestTrees {
		if err := a.tree(name); err != nil {
			return err
		}
	}
	return nil
}

// addScripts adds the folder guest: init, other scripts, and what goes to /etc.
func addScripts(a *initramfs) error {
	return fs.WalkDir(guestFiles, "guest", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := guestFiles.ReadFile(path)
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, "guest/")
		switch {
		case strings.HasPrefix(name, "etc/"):
			a.bytes(name, 0o644, data)
		case name == "init":
			a.bytes(name, 0o755, data)
		default:
			a.bytes("usr/bin/"+name, 0o755, data)
		}
		return nil
	})
}

func (g Guest) addModules(a *initramfs) error {
	var order strings.Builder
	for _, file := range g.Kernel.Modules {
		name := "usr/lib/modules/" + filepath.Base(file)
		if err := a.file(name, file); err != nil {
			return err
		}
		fmt.Fprintln(&order, "/"+name, moduleOptions[moduleName(file)])
	}
	a.bytes("usr/lib/modules/order", 0o644, []byte(order.String()))
	return nil
}

// addStation adds the program and what its packages will install.
func (g Guest) addStation(ctx context.Context, a *initramfs) error {
	if err := addProgram(ctx, a, "usr/bin/custodock", g.Binary); err != nil {
		return err
	}
	if err := addProgram(ctx, a, "usr/bin/agent", g.Agent); err != nil {
		return err
	}
	if err := a.file("usr/libexec/custodock/custodock-mount", filepath.Join(g.Source, "deploy/libexec/custodock-mount")); err != nil {
		return err
	}
	rules, err := filepath.Glob(filepath.Join(g.Source, "deploy/udev/*.rules"))
	if err != nil {
		return err
	}
	for _, rule := range rules {
		if err := a.file("usr/lib/udev/rules.d/"+filepath.Base(rule), rule); err != nil {
			return err
		}
	}
	return a.file("usr/share/zoneinfo/Asia/Shanghai", "/usr/share/zoneinfo/Asia/Shanghai")
}

// addPrograms adds programs of the host by their names.
func addPrograms(ctx context.Context, a *initramfs, names []string) error {
	for _, name := range names {
		from, err := lookPath(name)
		if err != nil {
			return err
		}
		if err := addProgram(ctx, a, "usr/bin/"+name, from); err != nil {
			return err
		}
	}
	return nil
}

// addProgram adds a program and the shared libraries that ldd names.
func addProgram(ctx context.Context, a *initramfs, name, from string) error {
	if err := a.file(name, from); err != nil {
		return err
	}
	out, err := output(ctx, "", "ldd", from)
	if err != nil {
		return nil // linked statically: ldd says so by failing
	}
	for word := range strings.FieldsSeq(out) {
		if !strings.HasPrefix(word, "/") {
			continue
		}
		if err := a.file(word, word); err != nil {
			return err
		}
	}
	return nil
}

// lookPath finds a program, in root's folders too. A link is not followed:
// mkfs.ext4 is one, and makes an ext2 under its own name.
func lookPath(name string) (string, error) {
	if found, err := exec.LookPath(name); err == nil {
		return found, nil
	}
	for _, dir := range []string{"/usr/sbin", "/sbin"} {
		if found := filepath.Join(dir, name); exists(found) {
			return found, nil
		}
	}
	return "", fmt.Errorf("%s is not installed: .ci/deps e2e installs it", name)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
