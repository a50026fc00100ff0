package vdock

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// initramfs writes a cpio archive in the "newc" format, as the kernel's
// Documentation/driver-api/early-userspace/buffer-format.rst says. It is not
// compressed: unpacking costs an emulated processor more than reading.
type initramfs struct {
	w     *bufio.Writer
	inode int
	have  map[string]bool
}

// File types, as in stat(2).
const (
	typeFolder  = 0o040000
	typeFile    = 0o100000
	typeSymlink = 0o120000
	typeDevice  = 0o020000 // of characters
)

func newInitramfs(w io.Writer) *initramfs {
	a := &initramfs{w: bufio.NewWriterSize(w, 1<<20), have: make(map[string]bool)}
	// As on Debian since 12: everything is in /usr.
	for _, name := range []string{"bin", "sbin", "lib", "lib64"} {
		a.have[name] = true
		a.entry(name, typeSymlink|0o777, []byte("usr/"+name))
	}
	// The first program's input and output, before /dev is mounted.
	a.folder("dev")
	a.header("dev/console", typeDevice|0o600, 0, 5, 1)
	return a
}

// close ends the archive.
func (a *initramfs) close() error {
	a.entry("TRAILER!!!", 0, nil)
	return a.w.Flush()
}

// place says where a path of the host lies in the archive.
func place(name string) string {
	name = strings.TrimPrefix(path.Clean(name), "/")
	first, _, _ := strings.Cut(name, "/")
	switch first {
	case "bin", "sbin", "lib", "lib64":
		return "usr/" + name
	}
	return name
}

// bytes adds a file; what is there already stays.
func (a *initramfs) bytes(name string, mode uint32, data []byte) {
	name = place(name)
	if a.have[name] {
		return
	}
	a.have[name] = true
	a.folder(path.Dir(name))
	a.entry(name, typeFile|mode, data)
}

// file adds a file of the host under another name.
func (a *initramfs) file(name, from string) error {
	if a.have[place(name)] {
		return nil
	}
	info, err := os.Stat(from)
	if err != nil {
		return fmt.Errorf("add to the guest: %w", err)
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("add to the guest: %w", err)
	}
	a.bytes(name, uint32(info.Mode().Perm()), data)
	return nil
}

// tree adds a folder of the host as it is, or a file; links become what they point at.
func (a *initramfs) tree(dir string) error {
	return filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return a.file(name, name)
	})
}

// folder adds a folder and those above it.
func (a *initramfs) folder(name string) {
	if name == "." || a.have[name] {
		return
	}
	a.folder(path.Dir(name))
	a.have[name] = true
	a.entry(name, typeFolder|0o755, nil)
}

func (a *initramfs) symlink(name, target string) {
	name = place(name)
	a.have[name] = true
	a.folder(path.Dir(name))
	a.entry(name, typeSymlink|0o777, []byte(target))
}

func (a *initramfs) entry(name string, mode uint32, data []byte) {
	a.header(name, mode, len(data), 0, 0)
	// bufio.Writer keeps the first error for Flush.
	_, _ = a.w.Write(data)
	a.pad(len(data))
}

func (a *initramfs) header(name string, mode uint32, size, major, minor int) {
	a.inode++
	const links = 1
	n, _ := fmt.Fprintf(a.w, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
		a.inode, mode, 0, 0, links, 0, size, 0, 0, major, minor, len(name)+1, 0, name)
	a.pad(n)
}

// pad fills up to a multiple of four after n bytes.
func (a *initramfs) pad(n int) {
	_, _ = a.w.WriteString("\x00\x00\x00"[:-n&3])
}
