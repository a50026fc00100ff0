package main

import (
	"context"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// lockedBuffer is read while others write.
type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// prompts passes on what an app writes, a line or prompt at a time.
type prompts chan string

func (p prompts) Write(text []byte) (int, error) {
	p <- string(text)
	return len(text), nil
}

// await is the next prompt.
func (p prompts) await(t *testing.T) string {
	t.Helper()
	select {
	case text := <-p:
		return text
	case <-time.After(30 * time.Second):
		t.Fatal("nothing was asked")
		return ""
	}
}

// keyboard is a terminal and who types at it.
func keyboard(t *testing.T) (terminal, typist *os.File) {
	t.Helper()
	typist, terminal, err := openPTY()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close(); typist.Close() })
	return terminal, typist
}

func echoes(t *testing.T, terminal *os.File) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

func TestPasswordIsTypedTwice(t *testing.T) {
	for _, test := range []struct{ first, again, want, says string }{
		{"correct horse", "correct horse", "correct horse", ""},
		{" spaces count ", " spaces count ", " spaces count ", ""},
		{"correct horse", "correct house", "", "not the same"},
		{"", "", "", "there is no password"},
	} {
		terminal, typist := keyboard(t)
		asked := make(prompts, 8)
		a := &app{stdin: terminal, stderr: asked}
		type result struct {
			password string
			err      error
		}
		done := make(chan result, 1)
		go func() {
			password, err := a.newPassword(context.Background(), "")
			done <- result{password, err}
		}()
		for _, line := range []string{test.first, test.again} {
			if text := asked.await(t); text == "\n" { // the end of the last line
				asked.await(t)
			}
			if echoes(t, terminal) {
				t.Error("what is typed is shown")
			}
			if _, err := io.WriteString(typist, line+"\n"); err != nil {
				t.Fatal(err)
			}
			if line == "" {
				break // it is not asked again
			}
		}
		select {
		case got := <-done:
			if got.password != test.want || (got.err == nil) != (test.says == "") || got.err != nil && !strings.Contains(got.err.Error(), test.says) {
				t.Errorf("%q, %q: got %q, %v", test.first, test.again, got.password, got.err)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("it does not end")
		}
		if !echoes(t, terminal) {
			t.Error("the terminal is left silent")
		}
	}
}

// A signal while the password is typed leaves the terminal as it was.
func TestPasswordIsBrokenOff(t *testing.T) {
	terminal, typist := keyboard(t)
	asked := make(prompts, 8)
	a := &app{stdin: terminal, stderr: asked}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := a.newPassword(ctx, "")
		done <- err
	}()
	asked.await(t)
	cancel()
	select {
	case err := <-done:
		if err == nil || !echoes(t, terminal) {
			t.Errorf("got %v, echo %v", err, echoes(t, terminal))
		}
	case <-time.After(30 * time.Second):
		t.Fatal("it does not end")
	}
	if _, err := io.WriteString(typist, "\n"); err != nil { // lets the reader go
		t.Fatal(err)
	}
}
