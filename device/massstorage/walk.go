package massstorage

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"custodock/device"
)

// readdirChunk is how many names are read at a time: memory stays bounded
// whatever a folder claims to hold.
const readdirChunk = 256

// entry is one thing in a camera's tree.
type entry struct {
	path string // relative to the root, raw; empty for the root
	node *node  // valid during visit; nil if it could not be asked
	skip string // why it was not followed; empty for regular files and folders that are read
}

// errTooMany ends a walk from within. It leaves no package.
var errTooMany = errors.New("too many entries")

// walk goes through a camera's tree. It keeps one open folder per level and
// nothing else, never leaves the root's mount, and follows no link.
type walk struct {
	mount    uint64            // the root's
	visit    func(entry) error // a folder is visited before it is read
	above    []inode           // the folder being read and those it is in
	files    int
	others   int
	complete bool
}

// walkTree visits everything below root, and root first. It reports whether
// all of it was seen; an error is visit's or the context's.
func walkTree(ctx context.Context, root *os.File, visit func(entry) error) (complete bool, err error) {
	n, err := lookInto(root)
	if err != nil {
		return false, err
	}
	w := &walk{mount: n.Mnt_id, visit: visit, above: []inode{n.inode()}, complete: true}
	if err := visit(entry{node: &n}); err != nil {
		return false, err
	}
	err = w.folder(ctx, root, "")
	if errors.Is(err, errTooMany) {
		return false, nil
	}
	return w.complete && err == nil, err
}

func (w *walk) folder(ctx context.Context, dir *os.File, path string) error {
	for {
		names, err := dir.Readdirnames(readdirChunk)
		for _, name := range names {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := w.entry(ctx, dir, join(path, name), name); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return w.skip(path, nil, device.SkipUnreadable)
		}
	}
}

func (w *walk) entry(ctx context.Context, dir *os.File, path, name string) error {
	// The kernel refuses names with a slash in them, since 5.5; one that got
	// through would lead out of the camera.
	if strings.Contains(name, "/") {
		return w.skip(path, nil, device.SkipUnreadable)
	}
	n, err := lookAt(dir, name)
	switch {
	case absent(err): // deleted since the folder was read
		return nil
	case err != nil:
		return w.skip(path, nil, device.SkipUnreadable)
	}
	switch kind := n.kind(); {
	case kind == unix.S_IFDIR:
		return w.subfolder(ctx, dir, path, name, &n)
	case kind != unix.S_IFREG:
		return w.skip(path, &n, skipReason(kind))
	case n.Mnt_id != w.mount:
		return w.skip(path, &n, device.SkipOtherMount)
	}
	if w.files++; w.files > device.MaxClips {
		return w.tooMany(path)
	}
	return w.visit(entry{path: path, node: &n})
}

func (w *walk) subfolder(ctx context.Context, dir *os.File, path, name string, n *node) error {
	switch {
	case slices.Contains(w.above, n.inode()):
		return w.skip(path, n, device.SkipLoop)
	case n.Mnt_id != w.mount:
		return w.skip(path, n, device.SkipOtherMount)
	case len(w.above) > device.MaxDepth:
		return w.skip(path, n, device.SkipTooDeep)
	}
	// A tree of nothing but folders that lead to each other, as a broken FAT
	// can have it, must end too.
	if w.others++; w.others > device.MaxClips {
		return w.tooMany(path)
	}
	if err := w.visit(entry{path: path, node: n}); err != nil {
		return err
	}
	sub, err := openAt(dir, name, unix.O_DIRECTORY)
	switch {
	case errors.Is(err, unix.ENOENT):
		return nil
	case err != nil:
		return w.skip(path, nil, device.SkipUnreadable)
	}
	defer sub.Close()
	if now, err := lookInto(sub); err != nil || now.identity() != n.identity() {
		return w.skip(path, nil, device.SkipUnreadable)
	}
	w.above = append(w.above, n.inode())
	defer func() { w.above = w.above[:len(w.above)-1] }()
	return w.folder(ctx, sub, path)
}

// skip passes on what is not followed. What may hide clips makes the walk
// incomplete.
func (w *walk) skip(path string, n *node, reason string) error {
	switch reason {
	case device.SkipUnreadable, device.SkipTooDeep, device.SkipTooMany:
		w.complete = false
	}
	if w.others++; w.others > device.MaxClips {
		return w.tooMany(path)
	}
	return w.visit(entry{path: path, node: n, skip: reason})
}

func (w *walk) tooMany(path string) error {
	if err := w.visit(entry{path: path, skip: device.SkipTooMany}); err != nil {
		return err
	}
	return errTooMany
}

func skipReason(kind uint16) string {
	switch kind {
	case unix.S_IFLNK:
		return device.SkipSymlink
	case unix.S_IFIFO:
		return device.SkipFIFO
	case unix.S_IFSOCK:
		return device.SkipSocket
	default:
		return device.SkipDevice
	}
}

// join is not path.Join: names are raw, and nothing is cleaned away.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "/" + name
}
