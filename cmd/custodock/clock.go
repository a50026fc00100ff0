package main

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"
)

// newClockConfirmCommand makes clock confirm.
func newClockConfirmCommand(a *app) *cobra.Command {
	var said statement
	cmd := &cobra.Command{
		Use:   "confirm --by NAME --note TEXT",
		Short: "record that the station's clock was compared and is right",
		Long: `Record that somebody has compared the clock of the station with a right one, and
set it if need be. It is for a station that follows no time source: there, that
the clock was seen to jump or to go back keeps clips from being judged for
certain, also after a restart. What is stored from then on is judged by the
clock again; what was stored before stays as it is.`,
		Args: noArgs,
	}
	said.addFlags(cmd)
	from := a.addReach(cmd)
	from.change = true
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := said.check(); err != nil {
			return err
		}
		return from.use(cmd.Context(), func(l *link) error {
			if _, err := l.ask(cmd.Context(), http.MethodPost, "/control/v1/clock/confirm", said, nil); err != nil {
				return refused(err)
			}
			_, err := fmt.Fprintln(a.stdout, "the station's clock is believed from now on")
			return err
		})
	}
	return cmd
}
