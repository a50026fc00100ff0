package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// openTerminal returns a terminal of the given width, and a function that
// closes it and returns what was shown on it.
func openTerminal(t *testing.T, width uint16) (terminal *os.File, shown func() string) {
	t.Helper()
	screen, terminal, err := openPTY()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { screen.Close() })
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: width}); err != nil {
		t.Fatal(err)
	}
	text := make(chan string, 1)
	go func() { // ends when the terminal is closed
		all, _ := io.ReadAll(screen) // at the end Linux says EIO
		text <- strings.ReplaceAll(string(all), "\r\n", "\n")
	}()
	return terminal, func() string {
		terminal.Close()
		return <-text
	}
}

// openPTY returns both ends of a new terminal.
func openPTY() (outer, terminal *os.File, err error) {
	if outer, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		return nil, nil, err
	}
	n, err := unix.IoctlGetInt(int(outer.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(outer.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		return nil, nil, errors.Join(err, outer.Close())
	}
	return outer, terminal, nil
}

func TestColor(t *testing.T) {
	dir, _ := testData(t)
	for _, test := range []struct {
		environ string
		want    bool
	}{{"TERM=xterm", true}, {"NO_COLOR=1", false}, {"NO_COLOR=", true}, {"TERM=dumb", false}} {
		terminal, shown := openTerminal(t, 80)
		if status := run(t.Context(), []string{"clips", "--data-dir", dir}, terminal, terminal, []string{test.environ}); status != 0 {
			t.Fatalf("status %d: %s", status, shown())
		}
		text := shown()
		if got := strings.Contains(text, red.paint("overdue")); got != test.want || strings.Contains(text, "\x1b") != test.want {
			t.Errorf("%s: colored %v, want %v: %q", test.environ, got, test.want, text)
		}
		if got := strings.Contains(text, yellow.paint("due_soon")); got != test.want {
			t.Errorf("%s: due soon colored %v, want %v", test.environ, got, test.want)
		}
	}
}

// A table is as wide as its terminal, narrower ones and wider ones.
func TestTerminalWidth(t *testing.T) {
	dir, ids := testData(t)
	for width, want := range map[uint16]bool{50: false, 200: true} {
		terminal, shown := openTerminal(t, width)
		run(t.Context(), []string{"clips", "--data-dir", dir}, terminal, terminal, []string{"NO_COLOR=1"})
		text := shown()
		for line := range strings.Lines(text) {
			if n := textWidth(strings.TrimSuffix(line, "\n")); n > int(width) {
				t.Errorf("%d cells on a terminal of %d: %s", n, width, line)
			}
		}
		if got := strings.Contains(text, ids["late"]) && strings.Contains(text, "_二零二六年十一月二十四日_"); got != want {
			t.Errorf("all columns in %d cells: %v, want %v:\n%s", width, got, want, text)
		}
	}
}

// The bar is on the terminal while the work lasts, and not in the output.
func TestProgressOnTerminal(t *testing.T) {
	dir, _ := testData(t)
	for _, args := range []string{"verify", "rebuild"} {
		terminal, shown := openTerminal(t, 80)
		var out strings.Builder
		status := run(t.Context(), []string{args, "--data-dir", dir}, &out, terminal, []string{"TERM=xterm"})
		text := shown()
		if status != 0 || !strings.Contains(text, " % ") || !strings.HasSuffix(text, eraseLine) {
			t.Errorf("%s: status %d, the terminal got %q", args, status, text)
		}
		if strings.Contains(out.String(), "\x1b") {
			t.Errorf("%s: the bar is in the output: %q", args, out.String())
		}
	}
}

func TestBackupIsNotForTerminals(t *testing.T) {
	dir, _ := testData(t)
	terminal, shown := openTerminal(t, 80)
	if status := run(t.Context(), []string{"backup", "-", "--data-dir", dir}, terminal, terminal, nil); status != exitUsage {
		t.Errorf("status %d: %q", status, shown())
	}
}
