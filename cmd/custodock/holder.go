package main

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"custodock/store"
)

// newHolder is what assign sends.
type newHolder struct {
	Badge string `json:"badge"`
	Name  string `json:"name,omitempty"`
	Unit  string `json:"unit,omitempty"`
}

// newAssignCommand makes camera assign. Clips keep the holder of the hour in
// which they were recorded; only later ones get this one.
func newAssignCommand(a *app) *cobra.Command {
	var h newHolder
	cmd := &cobra.Command{
		Use:   "assign SERIAL --badge B [--name N] [--unit U]",
		Short: "record who holds a camera from now on",
		Long:  "Record who holds a camera from now on. Whoever held it before is taken to have returned it.",
		Args:  oneArg("SERIAL"),
	}
	cmd.Flags().StringVar(&h.Badge, "badge", "", "the holder's badge number")
	cmd.Flags().StringVar(&h.Name, "name", "", "the holder's name")
	cmd.Flags().StringVar(&h.Unit, "unit", "", "the holder's unit")
	from := a.addReach(cmd)
	from.change = true
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if h.Badge == "" {
			return usagef("say who holds it with --badge B")
		}
		path, err := element("serial", args[0], whichCameras)
		if err != nil {
			return err
		}
		return from.use(cmd.Context(), func(l *link) error {
			return a.changeHolder(cmd, l, path, "assign", h)
		})
	}
	return cmd
}

func newReturnCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "return SERIAL",
		Short: "record that nobody holds a camera any more",
		Args:  oneArg("SERIAL"),
	}
	from := a.addReach(cmd)
	from.change = true
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return from.use(cmd.Context(), func(l *link) error {
			return a.returnCamera(cmd, l, args[0])
		})
	}
	return cmd
}

// returnCamera asks first: a return that returns nothing is no fact to keep.
func (a *app) returnCamera(cmd *cobra.Command, l *link, serial string) error {
	path, err := element("serial", serial, whichCameras)
	if err != nil {
		return err
	}
	var before store.Camera
	if _, err := l.get(cmd.Context(), "/api/v1/cameras/"+path, &before); err != nil {
		return notFound(err, whichCameras)
	}
	if before.Holder == nil {
		_, err := fmt.Fprintf(a.stdout, "camera %s: nobody holds it\n", printable(serial))
		return err
	}
	return a.changeHolder(cmd, l, path, "return", nil)
}

// changeHolder sends what is to change and says what changed.
func (a *app) changeHolder(cmd *cobra.Command, l *link, path, what string, body any) error {
	var after store.Camera
	if _, err := l.ask(cmd.Context(), http.MethodPost, "/control/v1/cameras/"+path+"/"+what, body, &after); err != nil {
		return refused(err)
	}
	_, c, _, err := l.status(cmd.Context())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.stdout, changedText(c, &after))
	return err
}

// changedText says who holds a camera now, and who did until now.
func changedText(c clock, cam *store.Camera) string {
	text := fmt.Sprintf("camera %s: held by nobody", cam.Serial)
	if h := cam.Holder; h != nil {
		text = fmt.Sprintf("camera %s: held by %s since %s %s", cam.Serial, sentence(h.Name, h.Badge, h.Unit), c.second(h.From), c.zone)
	}
	if n := len(cam.Holders); n > 0 {
		last := cam.Holders[n-1]
		// Older ones are not what has just changed.
		if cam.Holder == nil || last.Until.Equal(cam.Holder.From) {
			text += fmt.Sprintf("; before by %s from %s to %s", sentence(last.Name, last.Badge, last.Unit), c.second(last.From), c.second(last.Until))
		}
	}
	return printable(text)
}
