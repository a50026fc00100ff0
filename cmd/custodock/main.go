// Command custodock keeps the clips of docked body cameras: a daemon, and the
// commands that ask it. Only this package knows flags, the configuration's
// form, signals and exit statuses.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Environ()))
}

// app is what the commands share: where they write, and what surrounds them.
type app struct {
	stdin          *os.File
	stdout, stderr io.Writer
	environ        []string
}

// getenv returns the last value of a variable, as the C library would.
func (a *app) getenv(name string) (value string) {
	for _, line := range a.environ {
		if v, ok := strings.CutPrefix(line, name+"="); ok {
			value = v
		}
	}
	return value
}

// run is the program without its process. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, environ []string) int {
	a := &app{stdin: os.Stdin, stdout: stdout, stderr: stderr, environ: environ}
	root := newRootCommand(a)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	a.report(ctx, cmd, err)
	return exitStatus(err)
}

// newRootCommand is the whole command line. Errors are printed by report, in
// one form for all: cobra would print usage for a disk that is full.
func newRootCommand(a *app) *cobra.Command {
	root := group(&cobra.Command{
		Use:   "custodock",
		Short: "keep the clips of docked body cameras, and know which are late",
		Long: "custodock copies clips from docked body cameras into an archive, proves that they are there, and\n" +
			"knows by when each must be.\n\n" +
			"Exit status: 0 done; 1 it failed; 2 usage or configuration; 3 damage found; 4 no daemon reached.",
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	},
		newRunCommand(a), newDemoCommand(a), newStatusCommand(a),
		newClipsCommand(a), newClipCommand(a), newCamerasCommand(a),
		group(&cobra.Command{Use: "camera", Short: "show one camera, or record who holds it and whether it is used"},
			newCameraShowCommand(a), newAssignCommand(a), newReturnCommand(a),
			newRetireCommand(a), newReinstateCommand(a), newSettleConflictCommand(a)),
		group(&cobra.Command{Use: "roster", Short: "record who held which camera when"}, newRosterImportCommand(a)),
		newExtendCommand(a), newDecideCommand(a), newRequestsCommand(a), newSettleCommand(a), newReceiptCommand(a),
		group(&cobra.Command{Use: "extension", Short: "list extensions, or take one back"},
			newExtensionListCommand(a), newExtensionRevokeCommand(a)),
		group(&cobra.Command{Use: "report", Short: "report who stored in time"}, newReportDeadlinesCommand(a)),
		group(&cobra.Command{Use: "recording", Short: "list recordings and their interruptions, or explain one"},
			newRecordingListCommand(a), newRecordingGapsCommand(a), newRecordingNoteCommand(a)),
		group(&cobra.Command{Use: "user", Short: "accounts: who may sign in, and what for"},
			newUserAddCommand(a), newUserListCommand(a), newUserPasswordCommand(a), newUserRoleCommand(a),
			newUserChangeCommand(a, "disable", "keep an account from signing in, and end its sessions"),
			newUserChangeCommand(a, "enable", "let an account sign in again"),
			newUserChangeCommand(a, "remove", "take an account away, and end its sessions")),
		newVerifyCommand(a), newRebuildCommand(a), newBackupCommand(a),
		group(&cobra.Command{Use: "clock", Short: "confirm the station's own clock"}, newClockConfirmCommand(a)),
		group(&cobra.Command{Use: "config", Short: "check the configuration"}, newConfigCheckCommand(a)),
		newVersionCommand(a),
	)
	markFailures(root)
	return root
}

// group makes cmd a command that only has others below it. Left to itself,
// cobra would answer "camera shwo" with help and success.
func group(cmd *cobra.Command, members ...*cobra.Command) *cobra.Command {
	cmd.AddCommand(members...)
	// Flags of a misspelt command are not what is wrong.
	cmd.FParseErrWhitelist.UnknownFlags = true
	cmd.Args = func(_ *cobra.Command, args []string) error {
		var names []string
		for _, m := range members {
			names = append(names, m.Name())
		}
		if len(args) == 0 {
			return fmt.Errorf("needs a command: %s", strings.Join(names, ", "))
		}
		return fmt.Errorf("unknown command %q%s", args[0], didYouMean(args[0], names))
	}
	cmd.RunE = func(*cobra.Command, []string) error { return nil } // Args never lets it run
	return cmd
}

// noArgs is cobra.NoArgs in words that are true of commands, not of groups.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("takes no arguments, and %q is one", args[0])
	}
	return nil
}

// oneArg is for commands whose only argument is called name.
func oneArg(name string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) == 0 || args[0] == "":
			return fmt.Errorf("needs one %s", name)
		case len(args) > 1:
			return fmt.Errorf("takes one %s, and %q is another", name, args[1])
		}
		return nil
	}
}

// markFailures tells what a command returns from what cobra finds wrong before
// one runs: all of that is usage.
func markFailures(cmd *cobra.Command) {
	if do := cmd.RunE; do != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			if err := do(cmd, args); err != nil {
				return failure{err}
			}
			return nil
		}
	}
	for _, c := range cmd.Commands() {
		markFailures(c)
	}
}
