package main

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"custodock/store"
)

// statement is who says something, and why.
type statement struct {
	By   string `json:"by"`
	Note string `json:"note"`
}

func (s *statement) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.By, "by", "", "who says so")
	cmd.Flags().StringVar(&s.Note, "note", "", "why")
}

func (s *statement) check() error {
	switch {
	case s.By == "":
		return usagef("say who says so with --by NAME")
	case s.Note == "":
		return usagef("say why with --note TEXT")
	}
	return nil
}

// newSettleConflictCommand makes camera settle-conflict.
func newSettleConflictCommand(a *app) *cobra.Command {
	return newStatementCommand(a, "settle-conflict", "the serial is one camera's again", &cobra.Command{
		Short: "record that one camera alone has a serial again",
		Long: `Record that one camera alone has a serial again, after two cameras with it were
seen and one of them was renumbered or given away. The one that is docked, or
else the one that is docked next, is trusted from then on: its clips are
recognised by name, size and time. What was stored of both stays as it is. When
two come with the serial again, that is another conflict.`,
	})
}

// newRetireCommand makes camera retire.
func newRetireCommand(a *app) *cobra.Command {
	return newStatementCommand(a, "retire", "retired", &cobra.Command{
		Short: "record that a camera is no longer used",
		Long: `Record that a camera is no longer used: it is lost, broken or given back. It is
then no longer among the cameras that are out, and has no metrics and so no
alerts of its own. Its clips and its history stay, and clips of it that are
overdue stay overdue. Docking it reinstates it.`,
	})
}

// newReinstateCommand makes camera reinstate.
func newReinstateCommand(a *app) *cobra.Command {
	return newStatementCommand(a, "reinstate", "in use again", &cobra.Command{
		Short: "record that a retired camera is used again",
	})
}

// newStatementCommand completes a command by which somebody says something of a
// camera as a device. is what the camera is then.
func newStatementCommand(a *app, name, is string, cmd *cobra.Command) *cobra.Command {
	var said statement
	cmd.Use, cmd.Args = name+" SERIAL --by NAME --note TEXT", oneArg("SERIAL")
	said.addFlags(cmd)
	from := a.addReach(cmd)
	from.change = true
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := said.check(); err != nil {
			return err
		}
		path, err := element("serial", args[0], whichCameras)
		if err != nil {
			return err
		}
		return from.use(cmd.Context(), func(l *link) error {
			var after store.Camera
			if _, err := l.ask(cmd.Context(), http.MethodPost, "/control/v1/cameras/"+path+"/"+name, said, &after); err != nil {
				return refused(notFound(err, whichCameras))
			}
			_, err := fmt.Fprintf(a.stdout, "camera %s: %s\n", printable(after.Serial), is)
			return err
		})
	}
	return cmd
}
