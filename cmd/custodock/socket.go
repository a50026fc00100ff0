package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// maxSocketPath is what fits into a Unix address on Linux (unix(7)).
const maxSocketPath = 107

// socketAddress returns an address for the socket at path that fits into a
// Unix address, however deep the folder lies. free is to be called after use.
func socketAddress(path string) (address string, free func(), err error) {
	if len(path) <= maxSocketPath {
		return path, func() {}, nil
	}
	fd, err := unix.Open(filepath.Dir(path), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", nil, &fs.PathError{Op: "open", Path: filepath.Dir(path), Err: err}
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", fd, filepath.Base(path)), func() { unix.Close(fd) }, nil
}

// listenSocket makes the control socket. The caller holds the catalog, so a
// socket that is there already belongs to nobody.
func listenSocket(path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("make control socket: %w", err)
	}
	address, free, err := socketAddress(path)
	if err != nil {
		return nil, fmt.Errorf("make control socket: %w", err)
	}
	defer free()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: address, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("make control socket: %w", err)
	}
	l.SetUnlinkOnClose(false) // the address may be gone by then; run removes the path
	if err := os.Chmod(path, 0o660); err != nil {
		return nil, errors.Join(fmt.Errorf("make control socket: %w", err), l.Close())
	}
	return l, nil
}

// dialSocket reaches the daemon over its control socket.
func dialSocket(ctx context.Context, path string) (net.Conn, error) {
	address, free, err := socketAddress(path)
	if err != nil {
		return nil, err
	}
	defer free()
	var d net.Dialer
	return d.DialContext(ctx, "unix", address)
}
