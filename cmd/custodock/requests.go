package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"custodock/store"
)

// Columns of requests as CSV, and of one that has just been settled.
const (
	requestFields = "id camera clip docking bay reason returned note by from asked_at as=settled.as settled_at=settled.at " +
		"settled_by=settled.by settled_note=settled.note extension=settled.extension"
	settledFields = "id=request.id camera=request.camera clip=request.clip reason=request.reason returned=request.returned note=request.note " +
		"by=request.by asked_at=request.asked_at as=request.settled.as settled_at=request.settled.at settled_by=request.settled.by " +
		"settled_note=request.settled.note extension=request.settled.extension clips=covered.clips excused=covered.excused " +
		"late=covered.late missed=covered.missed"
)

// whichRequests is what to do when an id is not known.
const whichRequests = "'custodock requests --all' lists requests with their ids"

// newRequestsCommand makes requests.
func newRequestsCommand(a *app) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "requests [--all]",
		Short: "list the reasons that were given at the dock and wait to be settled",
		Args:  noArgs,
	}
	cmd.Flags().BoolVar(&all, "all", false, "also those that are settled")
	from, form := a.addReach(cmd), addOutput(cmd, asTable, asJSON, asCSV)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return from.use(cmd.Context(), func(l *link) error {
			var rows []json.RawMessage
			raw, err := l.get(cmd.Context(), fmt.Sprintf("/api/v1/requests?all=%t", all), &rows)
			if err != nil {
				return err
			}
			if form.value != asTable {
				return printRaw(a.stdout, form.value, fields(requestFields), raw, rows...)
			}
			var list []store.Request
			if err := json.Unmarshal(raw, &list); err != nil {
				return fmt.Errorf("read the answer: %w", err)
			}
			_, c, _, err := l.status(cmd.Context())
			if err != nil {
				return err
			}
			none := "no request waits"
			if all {
				none = "there was no request"
			}
			return requestTable(c, list).show(a.stdout, a.screenOf(a.stdout), "requests, times in "+c.zone.String(), none)
		})
	}
	return cmd
}

func requestTable(c clock, list []store.Request) *table {
	t := &table{columns: []column{
		{head: "ASKED"}, {head: "CAMERA", least: 7, middle: true}, {head: "FOR", least: 9, drop: 3}, {head: "REASON"},
		{head: "RETURNED"}, {head: "BY", least: 6, drop: 2}, {head: "NOTE", least: 8, drop: 1}, {head: "SETTLED", least: 7}, {head: "ID"},
	}}
	for _, r := range list {
		covers, as := "all that is late", cell{"", plain}
		if r.Clip != "" {
			covers = "clip " + r.Clip
		}
		if s := r.Settled; s != nil {
			as = cell{sentence(s.As, byText(s.By), s.Note), plain}
		}
		t.add(cell{c.minute(r.AskedAt), plain}, cell{r.Camera, plain}, cell{covers, plain}, cell{string(r.Reason), plain},
			cell{c.minute(r.Returned), plain}, cell{r.By, plain}, cell{r.Note, plain}, as, cell{r.ID, plain})
	}
	return t
}
