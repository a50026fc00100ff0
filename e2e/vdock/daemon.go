package vdock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

// Clip is what the tests look at of a clip in the API.
type Clip struct {
	ID, Camera, Path, State, SHA256, Deadline, Error string
	Bay                                              int
	Size                                             int64
	ArchivePath                                      string    `json:"archive_path"`
	ReleasedAt                                       string    `json:"released_at"`
	StoredAt                                         time.Time `json:"stored_at"`
}

// Status is what the tests look at of the station's state.
type Status struct {
	Bays  []Bay
	Clips struct{ Clips, Stored int }
}

// Bay is one place and the camera in it.
type Bay struct {
	Bay                                      int
	Camera, State, Need, Location, Transport string
	Files, Left                              int
	Copying                                  []struct {
		Path string
		Done int64
	}
	DockedAt time.Time `json:"docked_at"`
	Battery  *float64
}

// Daemon is the program running in a guest.
type Daemon struct {
	m     *Machine
	ended chan error // the outcome, once
}

// StartDaemon starts the program as the user of its service, with the
// configuration given in YAML, and waits until it answers. What it says is
// added to the file log.
func (m *Machine) StartDaemon(ctx context.Context, config, log string) (*Daemon, error) {
	config = "station: {id: vdock}\nhttp: {listen: \"0.0.0.0:8420\"}\nlog: {level: debug}\n" + config
	if _, err := m.Feed(ctx, "mkdir -p /etc/custodock && cat >/etc/custodock/custodock.yaml", strings.NewReader(config)); err != nil {
		return nil, fmt.Errorf("start the daemon: %w", err)
	}
	said, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("start the daemon: %w", err)
	}
	d := &Daemon{m: m, ended: make(chan error, 1)}
	go func() { // until the daemon ends, or the machine
		defer said.Close()
		// Not the caller's context: the daemon is stopped by signals.
		status, err := m.stream(context.WithoutCancel(ctx), `echo $$ >/run/daemon.pid
exec setpriv --reuid=custodock --regid=custodock --clear-groups \
  custodock run --config /etc/custodock/custodock.yaml`, nil, said)
		if err == nil && status != "0" {
			err = &ExitError{Status: status}
		}
		d.ended <- err
	}()
	if err := d.awaitReady(ctx); err != nil {
		return nil, fmt.Errorf("start the daemon: %w", err)
	}
	return d, nil
}

// Stop ends the daemon with SIGTERM; it is an error when its exit status is
// not 0.
func (d *Daemon) Stop(ctx context.Context) error {
	if err := d.end(ctx, "TERM"); err != nil {
		return fmt.Errorf("stop the daemon: %w", err)
	}
	return nil
}

// Kill ends the daemon with SIGKILL.
func (d *Daemon) Kill(ctx context.Context) error {
	var exit *ExitError
	if err := d.end(ctx, "KILL"); !errors.As(err, &exit) {
		return fmt.Errorf("kill the daemon: it was not killed: %w", err)
	}
	return nil
}

// end sends a signal and waits for the daemon's end.
func (d *Daemon) end(ctx context.Context, signal string) error {
	if _, err := d.m.Run(ctx, "kill -"+signal+" $(cat /run/daemon.pid)"); err != nil {
		return err
	}
	select {
	case err := <-d.ended:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Await asks the API for path until it gives an answer that ok accepts.
func Await[T any](ctx context.Context, m *Machine, path string, ok func(T) bool) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		var answer T // anew: what is absent in an answer must not stay from the last
		err := m.get(ctx, path, &answer)
		if err == nil && ok(answer) {
			return nil
		}
		select {
		case <-tick.C:
		case <-m.ended:
			return fmt.Errorf("await %s: qemu has ended", path)
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("await %s: %w; the last answer: %+v", path, context.Cause(ctx), answer), err)
		}
	}
}

// awaitReady waits until the daemon serves, or has ended.
func (d *Daemon) awaitReady(ctx context.Context) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for d.m.get(ctx, "/-/ready", nil) != nil {
		select {
		case <-tick.C:
		case err := <-d.ended:
			return fmt.Errorf("it has ended: %w", err)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// get asks the daemon's API.
func (m *Machine) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.api+path, nil)
	if err != nil {
		return err
	}
	resp, err := m.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

// Clips returns all clips that the API lists, page by page.
func (m *Machine) Clips(ctx context.Context) ([]Clip, error) {
	var all []Clip
	for cursor := ""; ; {
		var page struct {
			Clips []Clip
			Next  string
		}
		path := "/api/v1/clips?limit=1000"
		if cursor != "" {
			path += "&cursor=" + cursor
		}
		if err := m.get(ctx, path, &page); err != nil {
			return nil, fmt.Errorf("list the clips: %w", err)
		}
		all = append(all, page.Clips...)
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
}
