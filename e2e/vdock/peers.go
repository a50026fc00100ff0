package vdock

import (
	"context"
	"fmt"
	"path/filepath"
)

// Peer is another program that copies from MTP cameras. Its scripts work on
// the only camera that is docked.
type Peer struct {
	Name string
	// Fetch copies all files of the camera into the working folder, in any
	// tree. The time of the camera's discovery is part of it, as of ours.
	Fetch string
	// SessionPerFile says that it opens a session for each file, so that it is
	// no match for many small ones.
	SessionPerFile bool
}

// Peers are Debian's. jmtpfs is libmtp, too, with one session for all files.
var Peers = []Peer{
	{Name: "libmtp's mtp-getfile", SessionPerFile: true, Fetch: `mtp-files 2>/dev/null | awk '/^File ID:/ { id = $3 } /^ +Filename:/ { print id, $2 }' |
  while read -r id name; do mtp-getfile "$id" "$id-$name" >/dev/null 2>&1 </dev/null; done`},
	{Name: "gphoto2", Fetch: `gphoto2 --quiet --get-all-files --filename "%n-%f.%C" >/dev/null 2>&1`},
	{Name: "jmtpfs", Fetch: `jmtpfs /mnt >/dev/null 2>&1 && cp -r /mnt/. . && umount /mnt`},
	{Name: "go-mtpfs", Fetch: `go-mtpfs /mnt >/dev/null 2>&1 &
  until grep -q ' /mnt ' /proc/mounts; do kill -0 $! 2>/dev/null && usleep 20000 || { echo 'it does not mount'; exit 1; }; done; cp -r /mnt/. . && umount /mnt`},
}

var peerPrograms = []string{"mtp-files", "mtp-getfile", "gphoto2", "jmtpfs", "go-mtpfs", "fusermount"}

// peerPlugins are loaded by gphoto2: what speaks PTP, and what speaks USB.
var peerPlugins = []string{
	"/usr/lib/x86_64-linux-gnu/libgphoto2/*/ptp2.so",
	"/usr/lib/x86_64-linux-gnu/libgphoto2_port/*/usb1.so",
}

var peerTrees = []string{
	"/usr/lib/x86_64-linux-gnu/gconv", // libmtp asks iconv for UTF-16
	"/usr/lib/file/magic.mgc",         // jmtpfs does not start without libmagic's
}

func addPeers(ctx context.Context, a *initramfs) error {
	if err := addPrograms(ctx, a, peerPrograms); err != nil {
		return err
	}
	for _, pattern := range peerPlugins {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			return fmt.Errorf("%s is not installed: .ci/deps bench-mtp installs it", pattern)
		}
		for _, file := range files {
			if err := addProgram(ctx, a, file, file); err != nil {
				return err
			}
		}
	}
	for _, name := range peerTrees {
		if err := a.tree(name); err != nil {
			return err
		}
	}
	a.symlink("/usr/share/misc/magic.mgc", "/usr/lib/file/magic.mgc")
	return nil
}
