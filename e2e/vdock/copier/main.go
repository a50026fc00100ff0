// Command copier does with the program's own packages for MTP what other
// programs do: it copies all files of the only camera that is docked into the
// working folder, and neither hashes nor syncs. With -discard it writes nothing
// and so times the reading alone.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"custodock/device"
	"custodock/device/mtp"
	"custodock/device/mtp/usbpipe"
	"custodock/device/mtpcam"
)

func main() {
	discard := flag.Bool("discard", false, "read, and write nothing")
	flag.Parse()
	if err := run(context.Background(), *discard); err != nil {
		fmt.Fprintln(os.Stderr, "copier:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, discard bool) error {
	start := time.Now()
	camera, err := docked(ctx)
	if err != nil {
		return err
	}
	defer camera.Close()
	found := time.Now()
	var clips []device.Clip
	listing, err := camera.List(ctx, func(c device.Clip) error {
		clips = append(clips, c)
		return nil
	})
	if err != nil {
		return err
	}
	listed := time.Now()
	for _, c := range clips {
		if err := fetch(ctx, camera, c, discard); err != nil {
			return fmt.Errorf("copy %q: %w", c.Path, err)
		}
	}
	read := time.Now()
	_, err = fmt.Fprintf(os.Stdout, "found %.3f s, listed %.3f s, read %.3f s: %d files, %d bytes\n",
		found.Sub(start).Seconds(), listed.Sub(found).Seconds(), read.Sub(listed).Seconds(), listing.Clips, listing.Bytes)
	return err
}

// docked waits for a camera. Nobody watches any more once it is there.
func docked(ctx context.Context) (device.Camera, error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	w := mtpcam.NewWatcher(mtpcam.WatcherOptions{
		Ready: func(ctx context.Context, found mtpcam.Found) (device.Camera, error) {
			return mtpcam.Open(ctx, found, func(ctx context.Context) (mtp.Transport, error) {
				pipe, err := usbpipe.Open(ctx, usbpipe.Options{Address: found.USBAddress})
				if err != nil {
					return nil, err
				}
				return mtp.NewUSBTransport(pipe, mtp.USBOptions{}), nil
			}, log)
		},
		Logger: log,
	})
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cameras := make(chan device.Camera, 1)
	ended := make(chan error, 1)
	go func() { // ends with ctx
		ended <- w.Run(ctx, func(d device.Docked) {
			select {
			case cameras <- d.Camera:
			default: // a second one is of no use
			}
		})
	}()
	select {
	case c := <-cameras:
		return c, nil
	case err := <-ended:
		return nil, errors.Join(errors.New("nothing watches for cameras"), err)
	}
}

func fetch(ctx context.Context, camera device.Camera, c device.Clip, discard bool) error {
	r, err := camera.Open(ctx, c, 0)
	if err != nil {
		return err
	}
	if discard {
		_, err := io.Copy(io.Discard, r)
		return errors.Join(err, r.Close())
	}
	f, err := os.Create(strings.ReplaceAll(filepath.Clean(c.Path), "/", "-"))
	if err != nil {
		return errors.Join(err, r.Close())
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, r.Close(), f.Close())
}
