package usbpipe

import (
	"os"
	"path/filepath"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// usbfs is the file by which libusb has the device open, for what libusb can
// do and gousb v1.1.3 does not pass on, and for what the kernel does at less
// cost. The kernel lets nobody but the open file that claimed an interface use
// it (drivers/usb/core/devio.c, checkintf): another one, opened beside it,
// would be of no use.
type usbfs struct {
	fd int // a descriptor of our own for the file that libusb opened
}

// bulkTransfer is the kernel's struct usbdevfs_bulktransfer
// (linux/usbdevice_fs.h).
type bulkTransfer struct {
	endpoint uint32
	length   uint32
	timeout  uint32 // ms; 0 is for ever
	data     unsafe.Pointer
}

// Requests on the file (linux/usbdevice_fs.h).
const (
	usbfsBulk      = 3<<30 | unsafe.Sizeof(bulkTransfer{})<<16 | 'U'<<8 | 2
	usbfsClaim     = 2<<30 | 4<<16 | 'U'<<8 | 15
	usbfsClearHalt = 2<<30 | 4<<16 | 'U'<<8 | 21
)

// openUSBFS finds, among all that this process has open, the file by which an
// interface of a device was claimed. It is nil when there is none: /proc is
// not there, or its links are not what they were.
func openUSBFS(descriptors, node string, number int) *usbfs {
	entries, err := os.ReadDir(descriptors)
	if err != nil {
		return nil
	}
	is := func(fd int) bool {
		at, err := os.Readlink(filepath.Join(descriptors, strconv.Itoa(fd)))
		return err == nil && at == node
	}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil || !is(fd) {
			continue
		}
		// A number may stand for another camera's file in a moment; that of a
		// descriptor of our own does not.
		own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			continue
		}
		u := &usbfs{own}
		if is(own) && u.claims(number) {
			return u
		}
		u.close()
	}
	return nil
}

// claims reports whether this file has the interface. To claim it again is
// nothing then, and an error for everybody else (devio.c, claimintf).
func (u *usbfs) claims(number int) bool {
	return u.pointed(usbfsClaim, uint32(number)) == nil
}

// clearHalt tells the device, and has the host controller start its data toggle
// anew.
func (u *usbfs) clearHalt(endpoint uint8) error {
	return u.pointed(usbfsClearHalt, uint32(endpoint))
}

// pointed does a request whose argument is a number in memory.
func (u *usbfs) pointed(request uintptr, number uint32) error {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(u.fd), request, uintptr(unsafe.Pointer(&number)))
	if errno != 0 {
		return errno
	}
	return nil
}

// bulk does one bulk transfer and waits for it, which nothing but its timeout
// and a pull ends. It returns unix.ETIMEDOUT when it was given up; what had
// arrived of it is lost (devio.c, do_proc_bulk).
func (u *usbfs) bulk(endpoint uint8, b []byte, timeout time.Duration) (int, error) {
	t := bulkTransfer{
		endpoint: uint32(endpoint), length: uint32(len(b)), timeout: uint32(timeout.Milliseconds()),
		data: unsafe.Pointer(unsafe.SliceData(b)),
	}
	n, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(u.fd), usbfsBulk, uintptr(unsafe.Pointer(&t)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

func (u *usbfs) close() error { return unix.Close(u.fd) }
