package main

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"custodock/store"
)

// decisionWords are what can be decided; the last takes a decision back.
const decisionWords = "on_time late undecidable"

// newDecideCommand makes decide.
func newDecideCommand(a *app) *cobra.Command {
	var body struct {
		Deadline string `json:"deadline"`
		By       string `json:"by"`
		Note     string `json:"note"`
	}
	cmd := &cobra.Command{
		Use:   "decide ID on_time|late --by NAME --note TEXT",
		Short: "settle an undecidable clip",
		Long: `Settle a clip of which the camera's clock does not tell whether it was stored in
time. 'custodock clips --deadline undecidable' lists them, 'custodock clip ID'
says what is known.

A decision stays in the clip's history. 'decide ID undecidable' takes it back.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 || args[0] == "" {
				return fmt.Errorf("needs one ID and one of on_time, late")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&body.By, "by", "", "who decides")
	cmd.Flags().StringVar(&body.Note, "note", "", "why")
	from, form := a.addReach(cmd), addOutput(cmd, asTable, asJSON, asCSV)
	from.change = true
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		body.Deadline = args[1]
		if err := checkWords("deadline", args[1:], decisionWords); err != nil {
			return err
		}
		switch {
		case body.By == "":
			return usagef("say who decides with --by NAME")
		case body.Note == "":
			return usagef("say why with --note TEXT")
		}
		id, err := element("id", args[0], whichClips)
		if err != nil {
			return err
		}
		return from.use(cmd.Context(), func(l *link) error {
			var clip store.Clip
			raw, err := l.ask(cmd.Context(), http.MethodPost, "/control/v1/clips/"+id+"/decide", body, &clip)
			if err != nil {
				return refused(notFound(err, whichClips))
			}
			if form.value != asTable {
				return printRaw(a.stdout, form.value, fields(clipFields), raw, raw)
			}
			text := fmt.Sprintf("%s of camera %s: %s", clip.Name, clip.Camera, deadlineText(&clip))
			_, err = fmt.Fprintln(a.stdout, printable(text))
			return err
		})
	}
	return cmd
}
