package main

import (
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"custodock/store"
)

// extensionFields are the columns of extensions as CSV; extendedFields those of
// one that has just changed.
const (
	extensionFields = "id camera clip from to reason returned due_at by note recorded_at revoked_at revoked_by revoke_note"
	extendedFields  = "id=extension.id camera=extension.camera clip=extension.clip from=extension.from to=extension.to " +
		"reason=extension.reason returned=extension.returned due_at=extension.due_at by=extension.by note=extension.note " +
		"recorded_at=extension.recorded_at revoked_at=extension.revoked_at revoked_by=extension.revoked_by " +
		"revoke_note=extension.revoke_note clips=covered.clips excused=covered.excused late=covered.late missed=covered.missed"
)

// whichExtensions is what to do when an id is not known.
const whichExtensions = "'custodock extension list' lists extensions with their ids"

func newExtensionListCommand(a *app) *cobra.Command {
	var serial string
	cmd := &cobra.Command{
		Use:   "list [--camera SERIAL]",
		Short: "list the extensions, revoked ones too",
		Args:  noArgs,
	}
	cmd.Flags().StringVar(&serial, "camera", "", "only of the camera with this serial")
	from, form := a.addReach(cmd), addOutput(cmd, asTable, asJSON, asCSV)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return from.use(cmd.Context(), func(l *link) error {
			var rows []json.RawMessage
			raw, err := l.get(cmd.Context(), "/api/v1/extensions?camera="+url.QueryEscape(serial), &rows)
			if err != nil {
				return err
			}
			if form.value != asTable {
				return printRaw(a.stdout, form.value, fields(extensionFields), raw, rows...)
			}
			var list []store.Extension
			if err := json.Unmarshal(raw, &list); err != nil {
				return fmt.Errorf("read the answer: %w", err)
			}
			_, c, _, err := l.status(cmd.Context())
			if err != nil {
				return err
			}
			return extensionTable(c, list).show(a.stdout, a.screenOf(a.stdout), "extensions, times in "+c.zone.String(), "no extension was recorded")
		})
	}
	return cmd
}

func extensionTable(c clock, list []store.Extension) *table {
	t := &table{columns: []column{
		{head: "RETURNED"}, {head: "CAMERA", least: 7, middle: true}, {head: "COVERS", least: 12, drop: 3}, {head: "REASON"},
		{head: "BY", least: 6}, {head: "NOTE", least: 8, drop: 2}, {head: "REVOKED", least: 7}, {head: "ID"},
	}}
	for _, e := range list {
		covers := "clip " + e.Clip
		if e.Clip == "" {
			covers = c.minute(e.From) + " to " + c.minute(e.To)
		}
		t.add(cell{c.minute(e.Returned), plain}, cell{e.Camera, plain}, cell{covers, plain}, cell{string(e.Reason), plain},
			cell{e.By, plain}, cell{e.Note, plain}, cell{sentence(e.RevokedBy, e.RevokeNote), yellow}, cell{e.ID, plain})
	}
	return t
}

func newExtensionRevokeCommand(a *app) *cobra.Command {
	var body struct {
		By   string `json:"by"`
		Note string `json:"note,omitempty"`
	}
	cmd := &cobra.Command{
		Use:   "revoke ID --by NAME [--note TEXT]",
		Short: "take an extension back; its record stays",
		Args:  oneArg("ID"),
	}
	cmd.Flags().StringVar(&body.By, "by", "", "who takes it back")
	cmd.Flags().StringVar(&body.Note, "note", "", "why")
	from, form := a.addReach(cmd), addOutput(cmd, asTable, asJSON, asCSV)
	from.change = true
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if body.By == "" {
			return usagef("say who takes it back with --by NAME")
		}
		id, err := element("id", args[0], whichExtensions)
		if err != nil {
			return err
		}
		return from.use(cmd.Context(), func(l *link) error {
			err := a.changeExtension(cmd, l, form.value, "/control/v1/extensions/"+id+"/revoke", body)
			return notFound(err, whichExtensions)
		})
	}
	return cmd
}
