package usbpipe

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/google/gousb"
	"golang.org/x/sys/unix"

	"custodock/device"
	"custodock/device/mtp"
)

// Errors of Open. Callers test them with errors.Is.
var (
	// ErrBusy is returned when another program, or a kernel driver, has the
	// camera's interface.
	ErrBusy = errors.New("the camera is held by another program")

	// ErrPermission is returned when this user may not open the device. It is
	// fs.ErrPermission too.
	ErrPermission = fmt.Errorf("the camera may not be opened; install the udev rule 60-custodock-mtp.rules and be in the group custodock: %w", fs.ErrPermission)

	// ErrNoInterface is returned when the device has no MTP interface. It is
	// device.ErrNotCamera too.
	ErrNoInterface = fmt.Errorf("no MTP interface: %w", device.ErrNotCamera)
)

// fault says which of mtp's errors an error of libusb or of the kernel is.
// What a pull looks like depends on the host controller (TransferNoDevice on
// one, TransferError on another): only sysfs knows, see Pipe.explain.
func fault(err error) error {
	kind, known := libusbError(err)
	var status gousb.TransferStatus
	switch {
	case errors.As(err, &status):
		switch status {
		case gousb.TransferNoDevice:
			return mtp.ErrDisconnected
		case gousb.TransferStall:
			return mtp.ErrHalted
		}
	case known:
		switch kind {
		case gousb.ErrorNoDevice:
			return mtp.ErrDisconnected
		case gousb.ErrorPipe:
			return mtp.ErrHalted
		}
	case errors.Is(err, unix.ENODEV):
		return mtp.ErrDisconnected
	case errors.Is(err, unix.EPIPE):
		return mtp.ErrHalted
	}
	return mtp.ErrIO
}

// libusbError finds libusb's error in one of gousb's. gousb v1.1.3 formats
// some with %v (config.go, device.go), which leaves nothing but their text.
func libusbError(err error) (gousb.Error, bool) {
	var kind gousb.Error
	if err == nil || errors.As(err, &kind) {
		return kind, err != nil
	}
	for _, kind := range []gousb.Error{
		gousb.ErrorIO, gousb.ErrorInvalidParam, gousb.ErrorAccess, gousb.ErrorNoDevice, gousb.ErrorNotFound,
		gousb.ErrorBusy, gousb.ErrorTimeout, gousb.ErrorOverflow, gousb.ErrorPipe, gousb.ErrorInterrupted,
		gousb.ErrorNoMem, gousb.ErrorNotSupported, gousb.ErrorOther,
	} {
		if strings.HasSuffix(err.Error(), kind.Error()) {
			return kind, true
		}
	}
	return 0, false
}

func isLibusb(err error, kind gousb.Error) bool {
	got, ok := libusbError(err)
	return ok && got == kind
}

// explain names an operation's error and says what it means. ctx is the
// caller's.
func (p *Pipe) explain(ctx context.Context, op string, err error) error {
	var status gousb.TransferStatus
	cancelled := errors.As(err, &status) && status == gousb.TransferCancelled
	switch {
	case err == nil:
		return nil
	case cancelled && ctx.Err() != nil:
		return fmt.Errorf("%s: %w", op, ctx.Err())
	case cancelled && p.uses.isClosed():
		return fmt.Errorf("%s: %w", op, os.ErrClosed)
	case cancelled:
		return fmt.Errorf("%s: %w: the device was reset meanwhile", op, mtp.ErrIO)
	}
	meaning := fault(err)
	if errors.Is(meaning, mtp.ErrIO) && p.leaves(ctx) {
		meaning = mtp.ErrDisconnected
	}
	if errors.Is(meaning, mtp.ErrDisconnected) {
		p.gone.Store(true)
	}
	if isLibusb(err, gousb.ErrorNoMem) {
		err = fmt.Errorf("%w; raise usbcore.usbfs_memory_mb, which all cameras share", err)
	}
	return fmt.Errorf("%s: %w: %w", op, meaning, err)
}
