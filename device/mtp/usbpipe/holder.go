package usbpipe

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Bounds of the search for who has a device.
const (
	maxLinks   = 20_000 // open files looked at
	maxHolders = 3
)

// holders names the other programs that have a device's node open, as far as
// this user, and its sandbox, may see them.
func holders(proc, node string) []string {
	var found []string
	links := 0
	processes, _ := os.ReadDir(proc)
	for _, p := range processes {
		pid, err := strconv.Atoi(p.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		dir := filepath.Join(proc, p.Name())
		files, _ := os.ReadDir(filepath.Join(dir, "fd"))
		for _, f := range files {
			if links++; links > maxLinks || len(found) == maxHolders {
				return found
			}
			if at, err := os.Readlink(filepath.Join(dir, "fd", f.Name())); err == nil && at == node {
				found = append(found, fmt.Sprintf("%s (process %d)", program(dir), pid))
				break
			}
		}
	}
	return found
}

func program(dir string) string {
	comm, err := os.ReadFile(filepath.Join(dir, "comm"))
	if err != nil {
		return "a program"
	}
	return strings.TrimSpace(string(comm))
}

// busy says who has the interface and what to do about it. driver is who the
// kernel says has it.
func busy(proc, node, driver string) error {
	if driver != "" && driver != "usbfs" {
		return fmt.Errorf("%w: the kernel driver %s has it; blacklist it for this device", ErrBusy, driver)
	}
	const rule = "the udev rule 60-custodock-mtp.rules keeps desktops off"
	if who := holders(proc, node); len(who) > 0 {
		return fmt.Errorf("%w: %s; stop it, and see that %s", ErrBusy, strings.Join(who, ", "), rule)
	}
	return fmt.Errorf("%w: gvfs, kiod, gphoto2, mtp-probe or the like; stop it, and see that %s", ErrBusy, rule)
}
