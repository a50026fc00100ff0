package main

import (
	"context"
	"log/slog"

	"custodock/device"
	"custodock/device/massstorage"
	"custodock/device/mtp"
	"custodock/device/mtp/usbpipe"
	"custodock/device/mtpcam"
)

// cameraWatchers are what finds cameras: as folders and mounts, and over MTP
// on USB. A camera that is both is one camera: the two share their claims.
func cameraWatchers(cfg config, log *slog.Logger) []device.Watcher {
	var claims *device.Claims
	var all []device.Watcher
	if cfg.USB.Enabled {
		claims = device.NewClaims()
		all = append(all, mtpcam.NewWatcher(mtpcam.WatcherOptions{
			Ready: func(ctx context.Context, found mtpcam.Found) (device.Camera, error) {
				return mtpcam.Open(ctx, found, dialUSB(found), log.With("port", found.Port))
			},
			Claims: claims, Logger: log,
		}))
	}
	return append(all, massstorage.NewWatcher(massstorage.Options{
		Roots: cfg.Cameras.Roots, Settle: cfg.Cameras.Settle, Claims: claims, Logger: log,
	}))
}

// dialUSB connects to a camera on USB.
func dialUSB(found mtpcam.Found) mtpcam.Dial {
	return func(ctx context.Context) (mtp.Transport, error) {
		pipe, err := usbpipe.Open(ctx, usbpipe.Options{Address: found.USBAddress})
		if err != nil {
			return nil, err
		}
		return mtp.NewUSBTransport(pipe, mtp.USBOptions{}), nil
	}
}
