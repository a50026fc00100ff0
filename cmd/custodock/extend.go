package main

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"custodock/store"
)

// reasonWords are the reasons of Article 15, as --reason takes them.
const reasonWords = "continuous-duty off-site remote"

// newExtension is what extend sends.
type newExtension struct {
	Camera   string `json:"camera"`
	Clip     string `json:"clip,omitempty"`
	Reason   string `json:"reason"`
	Returned string `json:"returned"`
	From     string `json:"from,omitempty"`
	To       string `json:"to,omitempty"`
	By       string `json:"by"`
	Note     string `json:"note,omitempty"`
}

// extended is what comes of it.
type extended struct {
	Extension store.Extension `json:"extension"`
	Covered   store.Covered   `json:"covered"`
}

// newExtendCommand makes extend.
func newExtendCommand(a *app) *cobra.Command {
	var e newExtension
	cmd := &cobra.Command{
		Use:   "extend --camera SERIAL [--clip ID] --reason R --returned T --by NAME",
		Short: "record an extension by Article 15, for one clip or all of a camera",
		Long: `Record an extension: somebody on continuous duty, off site or in a remote place
could not hand over in time. What it covers is excused when it was stored within
24 hours of the return, before or after this is recorded; its lateness stays
visible. Several may be recorded: the one that reaches furthest counts.

  custodock extend --camera CAM0001 --reason remote \
    --returned 2026-11-20T08:00:00+08:00 --by "Zhang San" --note "flood relief"

Without --clip it covers what the camera recorded from when it was last taken
from a bay before the return, or --from, up to the return, or --to, whether
that was docked already or not.`,
		Args: noArgs,
	}
	f := cmd.Flags()
	f.StringVar(&e.Camera, "camera", "", "the camera's serial")
	f.StringVar(&e.Clip, "clip", "", "only the clip with this id")
	f.StringVar(&e.Reason, "reason", "", "why: "+strings.ReplaceAll(reasonWords, " ", ", "))
	f.StringVar(&e.Returned, "returned", "", "when the officer returned to the unit, with the zone: 2026-11-20T08:00:00+08:00")
	f.StringVar(&e.From, "from", "", "only what was recorded at this time, or on this day, or later")
	f.StringVar(&e.To, "to", "", "only what was recorded by this time, or on this day")
	f.StringVar(&e.By, "by", "", "who says so")
	f.StringVar(&e.Note, "note", "", "what more there is to say")
	from, form := a.addReach(cmd), addOutput(cmd, asTable, asJSON, asCSV)
	from.change = true
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := e.check(); err != nil {
			return err
		}
		return from.use(cmd.Context(), func(l *link) error {
			return a.changeExtension(cmd, l, form.value, "/control/v1/extensions", e)
		})
	}
	return cmd
}

// check finds what is wrong before anybody is asked.
func (e *newExtension) check() error {
	switch {
	case e.Camera == "":
		return usagef("say which camera with --camera SERIAL")
	case e.Reason == "":
		return usagef("say why with --reason %s", strings.ReplaceAll(reasonWords, " ", "|"))
	case e.Returned == "":
		return usagef("say when the officer returned with --returned T")
	case e.By == "":
		return usagef("say who says so with --by NAME")
	}
	if _, err := time.Parse(time.RFC3339, e.Returned); err != nil {
		return usagef("--returned: %q must be a time with its zone, such as 2026-11-20T08:00:00+08:00", e.Returned)
	}
	return checkWords("reason", []string{e.Reason}, reasonWords)
}

// changeExtension sends what is to change, and says what came of it.
func (a *app) changeExtension(cmd *cobra.Command, l *link, form, path string, body any) error {
	var after extended
	raw, err := l.ask(cmd.Context(), http.MethodPost, path, body, &after)
	if err != nil {
		return refused(err)
	}
	if form != asTable {
		return printRaw(a.stdout, form, fields(extendedFields), raw, raw)
	}
	_, c, _, err := l.status(cmd.Context())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.stdout, printableLines(extendedText(c, &after)))
	return err
}

// extendedText says what an extension covers, and how that stands now.
func extendedText(c clock, x *extended) string {
	e, n := &x.Extension, x.Covered
	what := "recorded"
	if !e.RevokedAt.IsZero() {
		what = "revoked"
	}
	text := fmt.Sprintf("extension %s %s: camera %s, %s, %s; stored by %s it is excused (%s)\n",
		e.ID, what, e.Camera, extensionSpan(c, e), e.Reason, c.second(e.DueAt), c.zone)
	parts := []string{fmt.Sprintf("%d excused", n.Excused), fmt.Sprintf("%d late", n.Late), fmt.Sprintf("%d overdue", n.Missed)}
	return text + count(n.Clips, "clip") + " known by now: " + sentence(parts...)
}

// extensionSpan says which clips an extension covers.
func extensionSpan(c clock, e *store.Extension) string {
	switch {
	case e.Clip != "":
		return "clip " + e.Clip
	case e.From.IsZero():
		return "recorded up to " + c.second(e.To)
	}
	return "recorded from " + c.second(e.From) + " to " + c.second(e.To)
}
