package vdock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// ErrArchitecture is returned when the host is no amd64 machine: the guest
// runs the host's own programs.
var ErrArchitecture = errors.New("the virtual dock runs on amd64 only")

// kernelPackage depends on the kernel of the suite. The -cloud kernels have no
// USB.
const kernelPackage = "linux-image-amd64"

// wantedModules are loaded in this order, each after what it needs. The order
// of the host controllers numbers the buses: xhci is 1 and 2, ehci 3, the
// gadgets' 4 and on.
var wantedModules = []string{
	"virtio_pci", "virtio_blk", "virtio_net", "ext4",
	"xhci_pci", "ehci_pci", "dummy_hcd",
	"sd_mod", "usb_storage", "uas",
	"vfat", "nls_ascii", "nls_cp437", "nls_utf8", "exfat",
	"libcomposite", "usb_f_fs", "usb_f_mass_storage", "fuse",
}

// Gadgets is how many dummy host controllers there are, of at most 32
// (dummy_hcd.c, MAX_NUM_UDC). Each has two buses: number n (from 0) has 4+2n
// for full and high speed, and 5+2n for SuperSpeed.
const Gadgets = 10

// moduleOptions are those of modules that have any.
var moduleOptions = map[string]string{"dummy_hcd": fmt.Sprintf("num=%d is_super_speed=1", Gadgets)}

// moduleName is what a module's file is called, however it is packed.
func moduleName(file string) string {
	name, _, _ := strings.Cut(filepath.Base(file), ".")
	return name
}

// Kernel is a kernel that was fetched.
type Kernel struct {
	Version string
	Image   string
	Modules []string // in the order in which they are loaded
}

// FetchKernel returns the newest kernel that the host's apt knows, from the
// cache if it is there. What apt knows may be nothing, or no longer true: then
// its lists are fetched anew, which only root can do.
func FetchKernel(ctx context.Context, cache string) (*Kernel, error) {
	if runtime.GOARCH != "amd64" {
		return nil, ErrArchitecture
	}
	k, err := fetchKernel(ctx, cache)
	if err == nil {
		return k, nil
	}
	if _, again := output(ctx, "", "apt-get", "update", "-qq"); again != nil {
		return nil, errors.Join(err, again)
	}
	return fetchKernel(ctx, cache)
}

func fetchKernel(ctx context.Context, cache string) (*Kernel, error) {
	pkg, err := newestKernel(ctx)
	if err != nil {
		return nil, fmt.Errorf("find a kernel: %w", err)
	}
	k := &Kernel{Version: strings.TrimPrefix(pkg, "linux-image-")}
	dir := filepath.Join(cache, k.Version)
	k.Image = filepath.Join(dir, "boot", "vmlinuz-"+k.Version)
	if !exists(dir) {
		if err := unpackKernel(ctx, pkg, dir); err != nil {
			return nil, fmt.Errorf("fetch %s: %w", pkg, err)
		}
	}
	k.Modules, err = resolveModules(ctx, dir, k.Version)
	return k, err
}

// newestKernel follows the dependency of the kernel's metapackage.
func newestKernel(ctx context.Context) (string, error) {
	out, err := output(ctx, "", "apt-cache", "depends", kernelPackage)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(out) {
		if pkg, ok := strings.CutPrefix(strings.TrimSpace(line), "Depends: "); ok {
			return pkg, nil
		}
	}
	return "", fmt.Errorf("%s depends on nothing", kernelPackage)
}

// unpackKernel leaves the kernel at dir, whole or not at all.
func unpackKernel(ctx context.Context, pkg, dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "fetching-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if _, err := output(ctx, tmp, "apt-get", "download", "-qq", pkg); err != nil {
		return err
	}
	debs, err := filepath.Glob(filepath.Join(tmp, "*.deb"))
	if err != nil || len(debs) != 1 {
		return fmt.Errorf("apt-get download left %q", debs)
	}
	root := filepath.Join(tmp, "root")
	if _, err := output(ctx, tmp, "dpkg-deb", "--extract", debs[0], root); err != nil {
		return err
	}
	// The package leaves the index of modules to its installation.
	if _, err := output(ctx, tmp, "depmod", "--basedir", root, strings.TrimPrefix(pkg, "linux-image-")); err != nil {
		return err
	}
	return os.Rename(root, dir)
}

// resolveModules adds to wantedModules what they need, before them.
func resolveModules(ctx context.Context, dir, version string) ([]string, error) {
	var files []string
	have := make(map[string]bool)
	for _, name := range wantedModules {
		out, err := output(ctx, "", "modprobe", "--dirname", dir, "--set-version", version, "--show-depends", name)
		if err != nil {
			return nil, fmt.Errorf("resolve module %s: %w", name, err)
		}
		for line := range strings.Lines(out) {
			file, ok := strings.CutPrefix(strings.TrimSpace(line), "insmod ")
			if file = strings.TrimSpace(file); ok && !have[file] {
				have[file] = true
				files = append(files, file)
			}
		}
	}
	return files, nil
}

// output runs a program of the host and returns what it printed. Its error
// has what it said.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	program, err := lookPath(name)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", name, err, bytes.TrimSpace(said.Bytes()))
	}
	return string(out), nil
}
