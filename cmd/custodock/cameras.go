package main

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"custodock/store"
	"custodock/web"
)

// cameraFields are the columns of cameras as CSV.
const cameraFields = "serial model firmware transport device_id conflict docked bay pending_clips " +
	"badge=holder.badge officer=holder.name unit=holder.unit held_from=holder.from " +
	"first_seen_at last_docked_at last_undocked_at last_bay battery storage_size storage_free clock_offset retired_at=retired.at"

// camera is a camera as the API shows it.
type camera struct {
	web.CameraStatus
	Dockings []store.Docking `json:"dockings"`
}

func newCamerasCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cameras",
		Short: "list the cameras, who holds them and what they lack",
		Args:  noArgs,
	}
	from, form := a.addReach(cmd), addOutput(cmd, asTable, asJSON, asCSV)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return from.use(cmd.Context(), func(l *link) error {
			var rows []json.RawMessage
			raw, err := l.get(cmd.Context(), "/api/v1/cameras", &rows)
			if err != nil {
				return err
			}
			if form.value != asTable {
				return printRaw(a.stdout, form.value, fields(cameraFields), raw, rows...)
			}
			var cameras []camera
			if err := json.Unmarshal(raw, &cameras); err != nil {
				return fmt.Errorf("read the answer: %w", err)
			}
			_, c, _, err := l.status(cmd.Context())
			if err != nil {
				return err
			}
			return cameraTable(c, cameras).show(a.stdout, a.screenOf(a.stdout), "cameras, times in "+c.zone.String(), "no camera was ever docked or assigned")
		})
	}
	return cmd
}

// cameraTable stresses clips that are on a camera which nobody has docked:
// these are the ones that get lost.
func cameraTable(c clock, cameras []camera) *table {
	t := &table{columns: []column{
		{head: "CAMERA", least: 7, middle: true}, {head: "BAY", right: true}, {head: "LAST DOCKED"}, {head: "NOT STORED", right: true},
		{head: "HOLDER", least: 6}, {head: "UNIT", least: 4, drop: 3}, {head: "BATTERY", right: true, drop: 2},
		{head: "CLOCK", drop: 1}, {head: "NOTE"},
	}}
	for _, cam := range cameras {
		var h store.Holder
		if cam.Holder != nil {
			h = *cam.Holder
		}
		pending, note := cell{strconv.Itoa(cam.PendingClips), plain}, ""
		if cam.PendingClips > 0 && !cam.Docked {
			pending.style = yellow
		}
		switch {
		case cam.Conflict:
			note = "serial twice"
		case cam.Retired != nil:
			note = "retired"
		}
		t.add(cell{cam.Serial, plain}, cell{bayText(cam.Bay), plain}, cell{c.minute(cam.LastDockedAt), plain}, pending,
			cell{holderText(h.Badge, h.Name), plain}, cell{h.Unit, plain}, cell{percentText(cam.Battery), plain},
			cell{shortOffset(cam.ClockOffset), plain}, cell{note, yellow})
	}
	return t
}

// percentText writes a share; nil is unknown.
func percentText(share *float64) string {
	if share == nil {
		return ""
	}
	return fmt.Sprintf("%.0f %%", *share*100)
}

// shortOffset is offsetText for tables: + is ahead.
func shortOffset(offset *float64) string {
	switch {
	case offset == nil:
		return ""
	case *offset < 0:
		return "-" + secondsText(-*offset)
	}
	return "+" + secondsText(*offset)
}
