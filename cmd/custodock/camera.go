package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"custodock/store"
)

// whichCameras is what to do when a serial is not known.
const whichCameras = "'custodock cameras' lists those that were ever docked or assigned"

func newCameraShowCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show SERIAL",
		Short: "show one camera: who holds it, its health, its last dockings",
		Args:  oneArg("SERIAL"),
	}
	from, form := a.addReach(cmd), addOutput(cmd, asTable, asJSON, asCSV)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		serial, err := element("serial", args[0], whichCameras)
		if err != nil {
			return err
		}
		return from.use(cmd.Context(), func(l *link) error {
			var cam camera
			raw, err := l.get(cmd.Context(), "/api/v1/cameras/"+serial, &cam)
			if err != nil {
				return notFound(err, whichCameras)
			}
			if form.value != asTable {
				return printRaw(a.stdout, form.value, fields(cameraFields), raw, raw)
			}
			_, c, _, err := l.status(cmd.Context())
			if err != nil {
				return err
			}
			return a.showCamera(c, &cam)
		})
	}
	return cmd
}

func (a *app) showCamera(c clock, cam *camera) error {
	s := a.screenOf(a.stdout)
	if err := cameraSheet(c, cam).write(a.stdout); err != nil {
		return err
	}
	if len(cam.Dockings) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(a.stdout, "\nLast dockings"); err != nil {
		return err
	}
	if err := dockingTable(c, cam.Dockings).write(a.stdout, s); err != nil {
		return err
	}
	if err := showGone(a.stdout, c, cam.Dockings); err != nil {
		return err
	}
	return showSkipped(a.stdout, &cam.Dockings[0])
}

// cameraSheet has no battery of a mass-storage camera, and says so: unknown is
// not empty.
func cameraSheet(c clock, cam *camera) *sheet {
	out := &sheet{}
	where := "not docked"
	if cam.Docked {
		where = fmt.Sprintf("in bay %d", cam.Bay)
	}
	out.title("camera %s, %s (times in %s)", printable(cam.Serial), where, c.zone)
	out.row("model", cam.Model, cam.Firmware)
	out.row("reached by", cam.Transport)
	out.row("device", cam.DeviceID)
	if cam.Conflict {
		out.row("serial", "two cameras have it; their clips are told apart by their bytes")
	}
	if r := cam.Retired; r != nil {
		out.row("retired", c.second(r.At), byText(r.By), r.Text)
	}
	out.row("not stored", count(cam.PendingClips, "clip"))
	out.row("last docked", c.ago(cam.LastDockedAt))
	out.row("last taken", c.ago(cam.LastUndockedAt))
	out.title("Health at the last docking")
	out.row("battery", orUnknown(percentText(cam.Battery)))
	out.row("storage", orUnknown(storageText(cam.StorageSize, cam.StorageFree)))
	out.row("clock", orUnknown(offsetText(cam.ClockOffset)), driftText(cam.ClockDrift))
	if !cam.ClockSetAt.IsZero() {
		out.row("clock set", c.second(cam.ClockSetAt))
	}
	out.title("Held by")
	for _, h := range cam.Holders {
		out.row(c.second(h.From)+" to "+c.second(h.Until), h.Name, h.Badge, h.Unit)
	}
	if h := cam.Holder; h != nil {
		out.row("since "+c.second(h.From), h.Name, h.Badge, h.Unit)
	} else {
		out.row("now", "nobody")
	}
	if len(cam.History) > 0 {
		out.title("History")
		for _, e := range cam.History {
			out.row(c.second(e.At), because(e.What, e.Note), byText(e.By))
		}
	}
	return out
}

// driftText says by how much a camera's clock gains; nil is unknown.
func driftText(perDay *float64) string {
	if perDay == nil {
		return ""
	}
	return fmt.Sprintf("gains %+.1f s a day", *perDay)
}

func orUnknown(text string) string {
	if text == "" {
		return "unknown"
	}
	return text
}

// storageText is nothing when the size is unknown: a free figure alone misleads.
func storageText(size, free *int64) string {
	switch {
	case size == nil:
		return ""
	case free == nil:
		return bytesText(*size)
	}
	return bytesText(*free) + " free of " + bytesText(*size)
}

// dockingTable shows the books: what was there, what is stored, what is not,
// and what was there the time before and is gone.
func dockingTable(c clock, dockings []store.Docking) *table {
	t := &table{columns: []column{
		{head: "DOCKED"}, {head: "TAKEN"}, {head: "BAY", right: true, drop: 1},
		{head: "CLIPS", right: true}, {head: "NEW", right: true}, {head: "KNOWN", right: true, drop: 2},
		{head: "STORED", right: true}, {head: "NOT STORED", right: true}, {head: "GONE", right: true},
		{head: "CLOCK", drop: 1}, {head: "NOTE", least: 12},
	}}
	for _, d := range dockings {
		left, gone := plain, plain
		if d.Unstored > 0 {
			left = yellow
		}
		if d.GoneLost > 0 {
			gone = red
		}
		t.add(cell{c.minute(d.DockedAt), plain}, cell{takenText(c, &d), plain}, cell{bayText(d.Bay), plain},
			cell{strconv.Itoa(d.Files), plain}, cell{strconv.Itoa(d.New), plain}, cell{strconv.Itoa(d.Known), plain},
			cell{strconv.Itoa(d.Stored), plain}, cell{strconv.Itoa(d.Unstored), left}, cell{strconv.Itoa(d.GoneLost), gone},
			cell{shortOffset(d.ClockOffset), plain}, cell{dockingNote(&d), plain})
	}
	return t
}

// takenText is when a camera was taken; the daemon may not have been there to
// see it.
func takenText(c clock, d *store.Docking) string {
	switch {
	case d.Closed == store.ClosedInterrupted:
		return "not seen"
	case d.UndockedAt.IsZero():
		return "in the bay"
	}
	return c.minute(d.UndockedAt)
}

// dockingNote says why the books may not be the whole truth.
func dockingNote(d *store.Docking) string {
	note := ""
	switch {
	case d.Error != "":
		note = d.Error
	case !d.Complete:
		note = "not all listed"
	}
	if d.ClockDoubt != "" {
		note = sentence(note, "clock jumped")
	}
	if d.SkippedN > 0 {
		note = sentence(note, strconv.Itoa(d.SkippedN)+" skipped")
	}
	return note
}

// showGone names the clips that were never stored and are no longer there.
func showGone(w io.Writer, c clock, dockings []store.Docking) error {
	out := &sheet{}
	for i := range dockings {
		for _, g := range dockings[i].Gone {
			out.row(c.second(dockings[i].DockedAt), g.Path, g.Clip)
		}
		if more := dockings[i].GoneLost - len(dockings[i].Gone); more > 0 {
			out.row(c.second(dockings[i].DockedAt), fmt.Sprintf("and %d more: custodock clips --state gone", more))
		}
	}
	if len(out.lines) == 0 {
		return nil
	}
	if _, err := io.WriteString(w, "\nGone, never stored\n"); err != nil {
		return err
	}
	return out.write(w)
}

// showSkipped names what was on the camera and was not followed.
func showSkipped(w io.Writer, d *store.Docking) error {
	if len(d.Skipped) == 0 {
		return nil
	}
	out := &sheet{}
	out.title("Skipped at the last docking")
	for _, s := range d.Skipped {
		out.row(s.Reason, s.Path)
	}
	if more := d.SkippedN - len(d.Skipped); more > 0 {
		out.row("", fmt.Sprintf("and %d more", more))
	}
	_, err := io.WriteString(w, "\n")
	return errors.Join(err, out.write(w))
}
