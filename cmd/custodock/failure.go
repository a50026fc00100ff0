package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"custodock/store"
)

// Exit statuses, as the contract has them.
const (
	exitDone     = 0
	exitFailed   = 1
	exitUsage    = 2 // or configuration
	exitDamage   = 3
	exitNoDaemon = 4
)

var (
	// errUsage is returned when a command's arguments make no sense.
	errUsage = errors.New("usage")

	// errNoDaemon is returned when nothing answers at the control socket.
	errNoDaemon = errors.New("no daemon answers")
)

// failure is an error of a command that ran. Other errors are cobra's, about
// the arguments.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

// usageError is errUsage, and says only what is wrong.
type usageError struct{ string }

func (e usageError) Error() string        { return e.string }
func (e usageError) Is(target error) bool { return target == errUsage }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// hinted is an error and what to do about it.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// withHint adds what to do next. The innermost hint would be found first if
// there were two: errors get theirs where most is known.
func withHint(err error, format string, args ...any) error {
	return hinted{err, fmt.Sprintf(format, args...)}
}

// exitStatus goes by what an error is, wherever in a chain that stands. What
// was not marked by markFailures never ran: usage.
func exitStatus(err error) int {
	_, ran := errors.AsType[failure](err)
	switch {
	case !ran, errors.Is(err, errUsage), errors.Is(err, errConfig):
		return exitUsage
	case errors.Is(err, store.ErrDamage):
		return exitDamage
	case errors.Is(err, errNoDaemon):
		return exitNoDaemon
	}
	return exitFailed
}

// report says what went wrong in one line, and in a second one what to do.
func (a *app) report(ctx context.Context, cmd *cobra.Command, err error) {
	text := err.Error()
	// Whatever broke after a signal broke because of it.
	if ctx.Err() != nil {
		text = "interrupted"
	}
	name := cmd.CommandPath() // "custodock camera show"
	where := strings.Replace(name, " ", ": ", 1)
	fmt.Fprintf(a.stderr, "%s: %s\n", where, printableLines(text))
	_, ran := errors.AsType[failure](err)
	switch hint := hintFor(err); {
	case ctx.Err() != nil:
	case hint != "":
		fmt.Fprintf(a.stderr, "hint: %s\n", printable(hint))
	case !ran, errors.Is(err, errUsage):
		fmt.Fprintf(a.stderr, "run '%s --help'\n", name)
	}
}

// hintFor returns what to do about an error, empty when its text says it.
func hintFor(err error) string {
	if h, ok := errors.AsType[hinted](err); ok {
		return h.hint
	}
	switch {
	case errors.Is(err, store.ErrHeld):
		return "another custodock works on this folder: stop it (systemctl stop custodock), or let it finish"
	case errors.Is(err, unix.EROFS):
		return "the disk of data_dir is read-only: 'dmesg' says whether it failed; check it and mount it writable"
	}
	return ""
}
