package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"custodock/store"
)

// whichClips is what to do when an id is not known.
const whichClips = "'custodock clips' lists clips with their ids"

// newClipCommand makes clip, which is asked when somebody disputes a deadline:
// it shows every reading from which that was made.
func newClipCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "clip ID",
		Short: "show all that is known of one clip, its history included",
		Args:  oneArg("ID"),
	}
	from, form := a.addReach(cmd), addOutput(cmd, asTable, asJSON, asCSV)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := element("id", args[0], whichClips)
		if err != nil {
			return err
		}
		return from.use(cmd.Context(), func(l *link) error {
			var clip store.Clip
			raw, err := l.get(cmd.Context(), "/api/v1/clips/"+id, &clip)
			if err != nil {
				return notFound(err, whichClips)
			}
			if form.value != asTable {
				return printRaw(a.stdout, form.value, fields(clipFields), raw, raw)
			}
			_, c, _, err := l.status(cmd.Context())
			if err != nil {
				return err
			}
			return clipSheet(a.screenOf(a.stdout), c, &clip).write(a.stdout)
		})
	}
	return cmd
}

// clipSheet says how a clip stands, why, and what happened to it.
func clipSheet(s screen, c clock, clip *store.Clip) *sheet {
	out := &sheet{}
	out.title("%s of camera %s: %s", printable(clip.Name), printable(clip.Camera),
		paint(s, deadlineStyle(clip.Deadline), deadlineText(clip)))
	out.row("id", clip.ID)
	out.row("path", clip.Path)
	out.row("bay", bayText(clip.Bay))
	out.row("holder", clip.Officer, clip.Badge, clip.Unit)
	out.row("file", string(clip.Kind), fmt.Sprintf("%s (%d bytes)", bytesText(clip.Size), clip.Size), lengthText(clip.Duration))
	out.row("media", because(clip.Media, clip.MediaReason))
	out.row("state", because(string(clip.State), clip.Error), attemptsText(clip.Attempts))
	out.row("archive", clip.ArchivePath)
	out.row("sha256", clip.SHA256)
	out.row("released", c.second(clip.ReleasedAt))
	out.row("kept on camera", clip.ReleaseError)
	out.row("left camera", c.second(clip.LeftAt))
	out.title("Deadline (times in %s)", c.zone)
	addDeadline(out, c, clip)
	if len(clip.Sources) > 0 {
		out.title("When it was recorded, as told by")
		for _, src := range clip.Sources {
			out.row(src.From, spanText(c, src.Start, src.End), src.Note)
		}
	}
	if len(clip.History) > 0 {
		out.title("History")
		for _, e := range clip.History {
			out.row(c.second(e.At), because(e.What, e.Note), byText(e.By))
		}
	}
	return out
}

// addDeadline shows how the due time came about, step by step.
func addDeadline(out *sheet, c clock, clip *store.Clip) {
	out.row("seen", c.ago(clip.SeenAt))
	out.row("not there before", c.second(clip.LackedAt))
	out.row("recording ended", endText(c, clip))
	out.row("as said by", clip.TimeSource)
	out.row("camera's clock", because(clip.Clock, clip.ClockReason), offsetText(clip.ClockOffset))
	out.row("profile", clip.Profile)
	if clip.DueAt.IsZero() {
		out.row("due", "never: this kind of clip has no deadline")
	}
	out.row("due", c.ago(clip.DueAt))
	out.row("stored", c.ago(clip.StoredAt))
	if clip.StationClock != nil {
		out.row("station's clock", clip.StationClock.Reason)
	}
	out.row("missed", c.ago(clip.MissedAt))
	if clip.LateBy > 0 {
		out.row("late by", secondsText(clip.LateBy))
	}
	if n := clip.Interruption; n != nil {
		out.row("interrupted before", n.Text, byText(n.By))
	}
	if d := clip.Decision; d != nil {
		out.row("decided", string(d.Deadline), byText(d.By), d.Note)
	}
	if e := clip.Extension; e != nil {
		out.row("extended", string(e.Reason), "returned "+c.second(e.Returned), "excused if stored by "+c.second(e.DueAt), byText(e.By), e.Note)
	}
}

// deadlineText says what a deadline means.
func deadlineText(clip *store.Clip) string {
	switch clip.Deadline {
	case store.Pending:
		return "pending, not stored yet"
	case store.DueSoon:
		return "due soon, not stored yet"
	case store.Overdue:
		return "overdue, not stored"
	case store.OnTime:
		return "stored on time"
	case store.Late:
		return "stored late"
	case store.Excused:
		return "stored late and excused"
	case store.Undecidable:
		return "undecidable: the camera's clock does not tell"
	case store.NoDeadline:
		return "no deadline"
	}
	return string(clip.Deadline)
}

// endText is the interval in which the recording ended.
func endText(c clock, clip *store.Clip) string {
	switch early, late := clip.EndEarliest, clip.EndLatest; {
	case late.IsZero():
		return ""
	case early.IsZero():
		return "at " + c.second(late) + " or at any time before"
	case early.Equal(late):
		return c.second(late)
	default:
		return "between " + c.second(early) + " and " + c.second(late)
	}
}

// spanText is what one source says; it may know only one of the two ends.
func spanText(c clock, start, end time.Time) string {
	switch {
	case start.IsZero():
		return c.second(end)
	case end.IsZero():
		return "from " + c.second(start)
	}
	return c.second(start) + " to " + c.second(end)
}

// offsetText says how far a camera's clock was out; nil is unknown.
func offsetText(offset *float64) string {
	switch {
	case offset == nil:
		return ""
	case *offset > 0:
		return secondsText(*offset) + " ahead at docking"
	case *offset < 0:
		return secondsText(-*offset) + " behind at docking"
	}
	return "right at docking"
}

// lengthText is how long a recording is, where its container says so.
func lengthText(seconds float64) string {
	if seconds == 0 {
		return ""
	}
	return secondsText(seconds) + " long"
}

// attemptsText counts failed copies only.
func attemptsText(n int) string {
	if n == 0 {
		return ""
	}
	return "tried " + count(n, "time")
}

func bayText(bay int) string {
	if bay == 0 {
		return ""
	}
	return fmt.Sprint(bay)
}

func byText(who string) string {
	if who == "" {
		return ""
	}
	return "by " + who
}
