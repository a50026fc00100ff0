package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"custodock/ingest"
)

// bayFields are the columns of status as CSV.
const bayFields = "bay state need message camera badge officer unit docking docked_at transport location conflict " +
	"files bytes known stored stored_bytes left left_bytes failed late undecidable skipped speed seconds_left battery receipt pulled"

// newStatusCommand makes status; as CSV it is one row a bay.
func newStatusCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "show bays, cameras and progress",
		Args:  noArgs,
	}
	from, form := a.addReach(cmd), addOutput(cmd, asTable, asJSON, asCSV)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return from.use(cmd.Context(), func(l *link) error {
			status, c, raw, err := l.status(cmd.Context())
			if err != nil {
				return err
			}
			if form.value == asTable {
				return showStatus(a.stdout, a.screenOf(a.stdout), c, &status)
			}
			var parts struct{ Bays []json.RawMessage }
			if err := json.Unmarshal(raw, &parts); err != nil {
				return fmt.Errorf("read the answer: %w", err)
			}
			return printRaw(a.stdout, form.value, fields(bayFields), raw, parts.Bays...)
		})
	}
	return cmd
}

// showStatus writes for somebody who walks up to the station: first what to
// do, then how it stands.
func showStatus(out io.Writer, s screen, c clock, status *ingest.Status) error {
	w := bufio.NewWriter(out)
	name := status.Station.ID
	if status.Station.Name != "" {
		name += " (" + status.Station.Name + ")"
	}
	fmt.Fprintf(w, "station %s, %s %s\n", printable(name), c.second(status.Now), c.zone)
	if !status.Running {
		fmt.Fprintln(w, "no daemon runs: this is what its catalog says")
	}
	fmt.Fprintln(w)
	if len(status.Bays) == 0 {
		fmt.Fprintln(w, "no camera is docked")
	} else if err := bayTable(status.Bays).write(w, s); err != nil {
		return err
	}
	for _, b := range status.Bays {
		// In the table it may be cut.
		if b.State == ingest.BayAttention && b.Message != "" {
			fmt.Fprintln(w, paint(s, red, fmt.Sprintf("bay %d: %s", b.Bay, printable(b.Message))))
		}
		if b.Pulled != nil {
			fmt.Fprintln(w, paint(s, yellow, fmt.Sprintf("bay %d: %s", b.Bay, printable(pulledText(b.Pulled)))))
		}
	}
	fmt.Fprintf(w, "\n%s\n%s\n", clipCounts(s, c, status), archiveSpace(status))
	showOut(w, s, c, status)
	for _, warning := range status.Warnings {
		fmt.Fprintln(w, paint(s, yellow, "warning: "+printable(warning.Message)))
	}
	return w.Flush()
}

// listedOut is how many cameras that are out status names.
const listedOut = 10

// showOut names the cameras that were not docked for longer than a day: what is
// on them nobody has seen.
func showOut(w io.Writer, s screen, c clock, status *ingest.Status) {
	if status.CamerasOutCount == 0 {
		return
	}
	fmt.Fprintln(w, paint(s, yellow, count(status.CamerasOutCount, "camera")+" out for longer than a day:"))
	for _, o := range status.CamerasOut[:min(len(status.CamerasOut), listedOut)] {
		text := o.Camera + ": last here " + c.ago(o.Since)
		if o.PendingClips > 0 {
			text = sentence(text, count(o.PendingClips, "clip")+" not stored")
		}
		fmt.Fprintln(w, "  "+printable(sentence(text, holderText(o.Badge, o.Officer), o.Unit)))
	}
	if more := status.CamerasOutCount - listedOut; more > 0 {
		fmt.Fprintf(w, "  and %d more: custodock cameras\n", more)
	}
}

// paint colors text where the screen has color.
func paint(s screen, st style, text string) string {
	if !s.color {
		return text
	}
	return st.paint(text)
}

// bayTable counts what is safe, whenever it was stored, and what is not yet:
// whoever takes a camera wants to know whether anything is left on it.
func bayTable(bays []ingest.BayStatus) *table {
	t := &table{columns: []column{
		{head: "BAY", right: true}, {head: "STATE"}, {head: "CAMERA", least: 7, middle: true},
		{head: "HOLDER", least: 6}, {head: "STORED", right: true}, {head: "LEFT", right: true},
		{head: "TIME LEFT", right: true, drop: 2}, {head: "MESSAGE", least: 10, drop: 1},
	}}
	for _, b := range bays {
		look, message := plain, b.Message
		if b.State == ingest.BayAttention {
			look, message = red, "see below"
		}
		if b.Pulled != nil {
			message = "see below"
		}
		row := []cell{{strconv.Itoa(b.Bay), plain}, {b.State, look}, {b.Camera, plain}, {holderText(b.Badge, b.Officer), plain}}
		if b.Camera == "" {
			row = append(row, cell{}, cell{}, cell{})
		} else {
			row = append(row, cell{strconv.Itoa(b.Stored + b.Known), plain}, cell{strconv.Itoa(b.Left), plain}, cell{timeLeft(&b), plain})
		}
		t.add(append(row, cell{message, plain})...)
	}
	return t
}

// pulledText says what a camera took away that left too early.
func pulledText(p *ingest.Pulled) string {
	left := count(p.Left, "clip") + " on it not stored"
	switch {
	case p.Unlisted && p.Left == 0:
		left = "it was not even read"
	case p.Unlisted:
		left += ", and perhaps more"
	}
	return sentence("camera "+p.Camera+" was taken too early", left, holderText(p.Badge, p.Officer)) + ": put it back"
}

// holderText is who a person looks for: the name, or the badge without one.
func holderText(badge, name string) string {
	if name == "" {
		return badge
	}
	return strings.TrimSpace(name + " " + badge)
}

// timeLeft is unknown before anything was measured; a guess would be believed.
func timeLeft(b *ingest.BayStatus) string {
	switch {
	case b.Left == 0:
		return ""
	case b.SecondsLeft == nil:
		return "unknown"
	}
	return secondsText(max(*b.SecondsLeft, 1))
}

// clipCounts is one line: what is late, what will be, and when the next is due.
func clipCounts(s screen, c clock, status *ingest.Status) string {
	n := status.Clips
	overdue, soon := plain, plain
	if n.Overdue > 0 {
		overdue = red
	}
	if n.DueSoon > 0 {
		soon = yellow
	}
	parts := []string{
		count(n.Clips, "clip") + ", " + strconv.FormatInt(n.Stored, 10) + " stored",
		paint(s, overdue, fmt.Sprintf("%d overdue", n.Overdue)),
		paint(s, soon, fmt.Sprintf("%d due soon", n.DueSoon)),
		fmt.Sprintf("%d undecidable", n.Undecidable),
	}
	// The first of all may be overdue already, and is counted there.
	if !status.NextDue.IsZero() && status.NextDue.After(c.now) {
		parts = append(parts, "next due in "+durationText(status.NextDue.Sub(c.now).Truncate(time.Second)))
	}
	return strings.Join(parts, "; ")
}

// archiveSpace says how near the disk is to the reserve, where copying stops.
func archiveSpace(status *ingest.Status) string {
	a := status.Archive
	return fmt.Sprintf("archive: %s in clips; %s free, of which %s stay in reserve",
		bytesText(status.Clips.StoredBytes), bytesText(a.Free), bytesText(a.Reserve))
}
