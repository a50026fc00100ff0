package vdock

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// ExitError is returned when a command in the guest fails.
type ExitError struct {
	Status string // -1 when it was killed; empty when the guest went
	Output string
}

func (e *ExitError) Error() string {
	return fmt.Sprintf("exit status %q: %s", e.Status, strings.TrimSpace(e.Output))
}

// Run runs a shell script in the guest as root and returns what it printed, on
// both of its outputs.
func (m *Machine) Run(ctx context.Context, script string) (string, error) {
	return m.Feed(ctx, script, nil)
}

// Feed is Run with an input.
func (m *Machine) Feed(ctx context.Context, script string, input io.Reader) (string, error) {
	var out strings.Builder
	status, err := m.stream(ctx, script, input, &out)
	if err == nil && status != "0" {
		err = &ExitError{status, out.String()}
	}
	if err != nil {
		return out.String(), fmt.Errorf("run in the guest: %w", err)
	}
	return out.String(), nil
}

// stream runs a script and copies what it prints while it prints it.
func (m *Machine) stream(ctx context.Context, script string, input io.Reader, out io.Writer) (status string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.agent, input)
	if err != nil {
		return "", err
	}
	req.Header.Set("Script", url.QueryEscape(script))
	resp, err := m.client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	_, err = io.Copy(out, resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.New(resp.Status)
	}
	return resp.Trailer.Get("Exit-Status"), err
}
