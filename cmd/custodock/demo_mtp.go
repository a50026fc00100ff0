package main

import (
	"context"
	"log/slog"

	"custodock/device"
	"custodock/device/mtp"
	"custodock/device/mtpcam"
	"custodock/device/simcam"
)

// plugged is a camera over MTP that was opened and stands in its bay.
type plugged struct {
	device.Docked
	responder *simcam.Responder
}

var _ simcam.Dockable = plugged{}

func (p plugged) Dock() device.Docked { return p.Docked }
func (p plugged) Undock()             { p.responder.Undock() }

// dockMTP docks the camera that speaks MTP, by the way that a real one takes
// from its USB plug on.
func (d *demo) dockMTP(ctx context.Context) error {
	plug := d.late.Dock(512)
	found := mtpcam.Found{USB: device.USB{Serial: "DEMO002"}}
	camera, err := mtpcam.Open(ctx, found, func(context.Context) (mtp.Transport, error) {
		return mtp.NewUSBTransport(plug, mtp.USBOptions{}), nil
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	d.dock.Dock(plugged{device.Docked{Camera: camera, Gone: plug.Gone()}, d.late})
	return nil
}
