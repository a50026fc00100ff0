package massstorage

import (
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// wallClock reports whether modification times on a mount are the camera's
// wall clock put down as if it were UTC. FAT keeps local time and names no
// zone. The kernel takes it for UTC when mounted with tz=UTC; with
// time_offset=N it takes N minutes off, which someone set to make UTC of it;
// with neither it applies the kernel's own zone, minutesWest (fs/fat/misc.c,
// fat_tz_offset), which is UTC unless someone set it at boot. exFAT keeps the
// offset with each time, and other file systems keep UTC.
func wallClock(fsType, superOptions string, minutesWest int) bool {
	if fsType != "vfat" && fsType != "msdos" {
		return false
	}
	for option := range strings.SplitSeq(superOptions, ",") {
		switch {
		case option == "tz=UTC", option == "time_offset=0":
			return true
		case strings.HasPrefix(option, "time_offset="):
			return false
		}
	}
	return minutesWest == 0
}

// kernelMinutesWest is the kernel's own zone, which only this call still shows.
func kernelMinutesWest() int {
	var zone struct{ minutesWest, dst int32 }
	if _, _, errno := unix.Syscall(unix.SYS_GETTIMEOFDAY, 0, uintptr(unsafe.Pointer(&zone)), 0); errno != 0 {
		return 0
	}
	return int(zone.minutesWest)
}
