package vdock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"custodock/device/simcam"
)

// GadgetOptions describe a Gadget.
type GadgetOptions struct {
	Serial     string
	Controller int    // from 0, below Gadgets; each has one socket
	Profile    string // a name of simcam.Profiles
	Speed      string // full, high or super; empty is high
	Folder     string // of the host: what is on it
	Rate       int64  // bytes a second that it sends; 0 is no limit
}

// Gadget is a camera of package simcam behind a dummy host controller of the
// guest: the program of e2e/vdock/gadget.
type Gadget struct {
	Serial   string
	commands *io.PipeWriter
	ended    chan error // the outcome, once

	mu   sync.Mutex
	said strings.Builder
}

// StartGadget makes a camera that is not docked yet. What it says is added to
// a log in the folder logs.
func (m *Machine) StartGadget(ctx context.Context, o GadgetOptions, logs string) (*Gadget, error) {
	folder := "/tmp/gadget/" + o.Serial
	if err := m.uploadFolder(ctx, o.Folder, folder); err != nil {
		return nil, fmt.Errorf("start a gadget: %w", err)
	}
	log, err := os.Create(filepath.Join(logs, o.Serial+".log"))
	if err != nil {
		return nil, fmt.Errorf("start a gadget: %w", err)
	}
	if o.Speed == "" {
		o.Speed = "high"
	}
	in, commands := io.Pipe()
	g := &Gadget{Serial: o.Serial, commands: commands, ended: make(chan error, 1)}
	script := fmt.Sprintf("trap 'rm -rf %s' EXIT; gadget -dir %s -serial %s -udc dummy_udc.%d -profile '%s' -speed %s -rate %d",
		folder, folder, o.Serial, o.Controller, o.Profile, o.Speed, o.Rate)
	go func() { // until its input ends, or the machine
		defer log.Close()
		// Not the caller's context: it ends with its input.
		status, err := m.stream(context.WithoutCancel(ctx), script, in, io.MultiWriter(log, g))
		if err == nil && status != "0" {
			err = &ExitError{Status: status}
		}
		g.ended <- errors.Join(err, in.Close())
	}()
	if err := g.Await(ctx, "msg=ready", 1); err != nil {
		return nil, errors.Join(fmt.Errorf("start a gadget: %w", err), commands.Close())
	}
	return g, nil
}

// Write keeps what it says.
func (g *Gadget) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.said.Write(p)
}

// Said counts how often it has said something.
func (g *Gadget) Said(text string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return strings.Count(g.said.String(), text)
}

// Await waits until it has said something n times.
func (g *Gadget) Await(ctx context.Context, text string, n int) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for g.Said(text) < n {
		select {
		case <-tick.C:
		case err := <-g.ended:
			g.ended <- err
			return fmt.Errorf("await that %s says %q: it has ended: %w", g.Serial, text, err)
		case <-ctx.Done():
			return fmt.Errorf("await that %s says %q: %w", g.Serial, text, context.Cause(ctx))
		}
	}
	return nil
}

// Script adds faults, each of which strikes once.
func (g *Gadget) Script(ctx context.Context, faults ...simcam.Fault) error {
	for _, f := range faults {
		f.Times = 1
		text, err := json.Marshal(f)
		if err != nil {
			return fmt.Errorf("script %s: %w", g.Serial, err)
		}
		if err := g.command(ctx, "fault "+string(text), "msg=scripted"); err != nil {
			return err
		}
	}
	return nil
}

// Dock plugs it in.
func (g *Gadget) Dock(ctx context.Context) error { return g.command(ctx, "dock", "msg=docked") }

// Pull takes it away, whatever is going on.
func (g *Gadget) Pull(ctx context.Context) error { return g.command(ctx, "pull", "msg=pulled") }

// command has something done, and waits for the answer.
func (g *Gadget) command(ctx context.Context, command, answer string) error {
	before := g.Said(answer)
	if _, err := io.WriteString(g.commands, command+"\n"); err != nil {
		return fmt.Errorf("tell %s: %w", g.Serial, err)
	}
	return g.Await(ctx, answer, before+1)
}

// Stop takes away all traces of it.
func (g *Gadget) Stop(ctx context.Context) error {
	if err := g.commands.Close(); err != nil {
		return fmt.Errorf("stop %s: %w", g.Serial, err)
	}
	select {
	case err := <-g.ended:
		if err != nil {
			return fmt.Errorf("stop %s: %w", g.Serial, err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop %s: %w", g.Serial, context.Cause(ctx))
	}
}
