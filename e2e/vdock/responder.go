package vdock

import (
	"context"
	"fmt"
	"io"
	"os"
)

// Responder is umtprd, an MTP responder that nobody here wrote, behind the
// kernel's dummy host controller: a USB device that the guest is to itself. It
// has one socket, 4-1.
type Responder struct {
	m      *Machine
	Serial string
	Folder string // of the guest: what is on the camera
}

// StartResponder makes the gadget and starts umtprd with the files of a folder
// of the host. With the image of a card, see FormatCard, it is a disk at the
// same time; "" is none. It is not docked yet.
func (m *Machine) StartResponder(ctx context.Context, serial, dir, card string) (*Responder, error) {
	r := &Responder{m: m, Serial: serial, Folder: "/tmp/responder"}
	err := m.uploadFolder(ctx, dir, r.Folder)
	if err == nil && card != "" {
		err = m.upload(ctx, card, "/tmp/responder.img")
	}
	if err == nil {
		_, err = m.Run(ctx, "responder start "+serial)
	}
	if err != nil {
		return nil, fmt.Errorf("start umtprd: %w", err)
	}
	return r, nil
}

// upload copies a file of the host into the guest.
func (m *Machine) upload(ctx context.Context, from, to string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = m.Feed(ctx, "cat >"+to, f)
	return err
}

// uploadFolder copies the files of a folder of the host into one of the guest.
func (m *Machine) uploadFolder(ctx context.Context, from, to string) error {
	in, out := io.Pipe()
	go func() { _ = out.CloseWithError(pack(out, from)) }() // ends with the reader
	defer in.Close()
	_, err := m.Feed(ctx, "set -e; mkdir -p "+to+"; tar -C "+to+" -x", in)
	return err
}

// Dock plugs the responder in.
func (r *Responder) Dock(ctx context.Context) error {
	if _, err := r.m.Run(ctx, "responder dock"); err != nil {
		return fmt.Errorf("dock umtprd: %w", err)
	}
	return nil
}

// Pull takes the responder away, whatever is going on.
func (r *Responder) Pull(ctx context.Context) error {
	if _, err := r.m.Run(ctx, "responder pull"); err != nil {
		return fmt.Errorf("pull umtprd: %w", err)
	}
	return nil
}

// Renew is a camera that was off in between. umtprd 1.3.10 that was pulled
// while it sent an object goes on sending it to whoever comes next, and hears
// nothing before all of it was taken; or it misses that it was docked again.
func (r *Responder) Renew(ctx context.Context) error {
	if _, err := r.m.Run(ctx, "responder renew "+r.Serial); err != nil {
		return fmt.Errorf("start umtprd anew: %w", err)
	}
	return nil
}

// Stop takes away all traces of it.
func (r *Responder) Stop(ctx context.Context) error {
	if _, err := r.m.Run(ctx, "responder stop"); err != nil {
		return fmt.Errorf("stop umtprd: %w", err)
	}
	return nil
}
