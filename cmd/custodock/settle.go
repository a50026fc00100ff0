package main

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"custodock/store"
)

// settleWords are what can become of a request.
const settleWords = store.Granted + " " + store.Refused

// settled is the answer.
type settled struct {
	Request   store.Request    `json:"request"`
	Extension *store.Extension `json:"extension"`
	Covered   *store.Covered   `json:"covered"`
}

// newSettleCommand makes settle.
func newSettleCommand(a *app) *cobra.Command {
	var body struct {
		As   string `json:"as"`
		By   string `json:"by"`
		Note string `json:"note,omitempty"`
	}
	cmd := &cobra.Command{
		Use:   "settle ID granted|refused --by NAME --note TEXT",
		Short: "grant or refuse a reason that was given at the dock",
		Long: `Settle a request. Granting it records an extension by Article 15, as 'custodock
extend' would: for its clip, or for what the camera brought to that docking. It can
be taken back with 'custodock extension revoke'. Refusing needs a note.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 || args[0] == "" {
				return fmt.Errorf("needs one ID and one of granted, refused")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&body.By, "by", "", "who settles it")
	cmd.Flags().StringVar(&body.Note, "note", "", "why")
	from, form := a.addReach(cmd), addOutput(cmd, asTable, asJSON, asCSV)
	from.change = true
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		body.As = args[1]
		if err := checkWords("as", args[1:], settleWords); err != nil {
			return err
		}
		switch {
		case body.By == "":
			return usagef("say who settles it with --by NAME")
		case body.Note == "" && body.As == store.Refused:
			return usagef("say why with --note TEXT")
		}
		id, err := element("id", args[0], whichRequests)
		if err != nil {
			return err
		}
		return from.use(cmd.Context(), func(l *link) error {
			var after settled
			raw, err := l.ask(cmd.Context(), http.MethodPost, "/control/v1/requests/"+id+"/settle", body, &after)
			if err != nil {
				return refused(notFound(err, whichRequests))
			}
			if form.value != asTable {
				return printRaw(a.stdout, form.value, fields(settledFields), raw, raw)
			}
			return a.showSettled(cmd, l, &after)
		})
	}
	return cmd
}

// showSettled says what became of a request.
func (a *app) showSettled(cmd *cobra.Command, l *link, after *settled) error {
	r := &after.Request
	text := fmt.Sprintf("request %s of camera %s: %s", r.ID, r.Camera, r.Settled.As)
	if after.Extension != nil && after.Covered != nil {
		_, c, _, err := l.status(cmd.Context())
		if err != nil {
			return err
		}
		text += "\n" + extendedText(c, &extended{*after.Extension, *after.Covered})
	}
	_, err := fmt.Fprintln(a.stdout, printableLines(text))
	return err
}
