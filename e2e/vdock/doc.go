// Package vdock is a virtual dock: a station in QEMU with Debian's kernel, the
// real program, and real USB devices that come and go. Nobody needs hardware,
// and nothing is installed on the machine that runs it.
//
// The guest is an initramfs made here: the kernel's modules, udev with the
// rules and the mount helper of deploy/, the program, and an agent that runs
// commands for the tests. Its data folder is a disk image that outlives it, so
// that the power can be cut by killing QEMU: what the guest had not synced is
// gone then, as on a real station.
//
// Kept on disk, all under one folder that can be removed at any time:
//
//	kernel/VERSION/  Debian's kernel and its modules, fetched once
//	initrd           the guest, made anew for every run
//	logs/NAME/       what the guest's console and the daemon said
package vdock
