package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"custodock/ingest"
	"custodock/store"
)

// Columns of recordings and of interruptions as CSV.
const (
	recordingFields    = "camera start end badge officer unit clips"
	interruptionFields = "camera ended resumed seconds badge officer unit after before damaged battery storage_size storage_free note_by=note.by note=note.text"
)

// recordings is the API's answer.
type recordings struct {
	Recordings    []ingest.Recording
	Interruptions []ingest.Interruption
}

func newRecordingListCommand(a *app) *cobra.Command {
	return a.newRecordingCommand("list", "list recordings: clips that are segments of one belong together",
		func(c clock, r *recordings) *table { return recordingTable(c, r.Recordings) }, "recordings", recordingFields)
}

func newRecordingGapsCommand(a *app) *cobra.Command {
	cmd := a.newRecordingCommand("gaps", "list the pauses that look like an interruption, and what may explain them",
		func(c clock, r *recordings) *table { return gapTable(c, r.Interruptions) }, "interruptions", interruptionFields)
	cmd.Long = "List the pauses of up to " + shortDuration(ingest.InterruptionGap) + " between two recordings of one camera, with the battery and the\n" +
		"storage at the docking that followed, and the reason that was written down (Article 12;\n'custodock recording note'). BEFORE is the first clip after the pause." + csvHelp
	return cmd
}

// newRecordingCommand makes a command that lists a part of the answer.
func (a *app) newRecordingCommand(name, short string, show func(clock, *recordings) *table, part, columns string) *cobra.Command {
	var camera, since, until string
	cmd := &cobra.Command{
		Use:   name + " [--camera SERIAL] [--since T] [--until T]",
		Short: short,
		Args:  noArgs,
	}
	cmd.Flags().StringVar(&camera, "camera", "", "only of the camera with this serial")
	cmd.Flags().StringVar(&since, "since", "7d", "only recorded at this time, or on this day, or later")
	cmd.Flags().StringVar(&until, "until", "", "only recorded before this time, or on this day")
	from, form := a.addReach(cmd), addOutput(cmd, asTable, asJSON, asCSV)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		v := url.Values{"since": {since}}
		for key, value := range map[string]string{"camera": camera, "until": until} {
			if value != "" {
				v.Set(key, value)
			}
		}
		return from.use(cmd.Context(), func(l *link) error {
			var parts map[string]json.RawMessage
			raw, err := l.get(cmd.Context(), "/api/v1/recordings?"+v.Encode(), &parts)
			if err != nil {
				return refused(err)
			}
			if form.value != asTable {
				var rows []json.RawMessage
				if err := json.Unmarshal(parts[part], &rows); err != nil {
					return fmt.Errorf("read the answer: %w", err)
				}
				return printRaw(a.stdout, form.value, fields(columns), parts[part], rows...)
			}
			var r recordings
			if err := json.Unmarshal(raw, &r); err != nil {
				return fmt.Errorf("read the answer: %w", err)
			}
			_, c, _, err := l.status(cmd.Context())
			if err != nil {
				return err
			}
			return show(c, &r).show(a.stdout, a.screenOf(a.stdout), part+", times in "+c.zone.String(), "there are no "+part+" in this time")
		})
	}
	return cmd
}

func recordingTable(c clock, list []ingest.Recording) *table {
	t := &table{columns: []column{
		{head: "CAMERA", least: 7, middle: true}, {head: "START"}, {head: "END"}, {head: "LENGTH", right: true},
		{head: "CLIPS", right: true}, {head: "HOLDER", least: 6}, {head: "FIRST CLIP", drop: 1},
	}}
	for _, r := range list {
		t.add(cell{r.Camera, plain}, cell{c.minute(r.Start), plain}, cell{c.minute(r.End), plain}, cell{durationText(r.End.Sub(r.Start)), plain},
			cell{strconv.Itoa(len(r.Clips)), plain}, cell{holderText(r.Badge, r.Officer), plain}, cell{r.Clips[0], plain})
	}
	return t
}

func gapTable(c clock, list []ingest.Interruption) *table {
	t := &table{columns: []column{
		{head: "CAMERA", least: 7, middle: true}, {head: "ENDED"}, {head: "PAUSE", right: true}, {head: "HOLDER", least: 6, drop: 3},
		{head: "BATTERY", right: true, drop: 4}, {head: "FREE", right: true, drop: 4}, {head: "LAST CLIP", drop: 2}, {head: "REASON", least: 10}, {head: "BEFORE"},
	}}
	for _, x := range list {
		why, last, free := cell{"not given", yellow}, "", ""
		if x.Note != nil {
			why = cell{sentence(x.Note.Text, byText(x.Note.By)), plain}
		}
		if x.Damaged {
			last = "damaged"
		}
		if x.StorageFree != nil {
			free = bytesText(*x.StorageFree)
		}
		t.add(cell{x.Camera, plain}, cell{c.minute(x.Ended), plain}, cell{durationText(time.Duration(x.Seconds) * time.Second), plain},
			cell{holderText(x.Badge, x.Officer), plain}, cell{percentText(x.Battery), plain}, cell{free, plain}, cell{last, yellow}, why, cell{x.Before, plain})
	}
	return t
}

func newRecordingNoteCommand(a *app) *cobra.Command {
	var body struct {
		By   string `json:"by"`
		Note string `json:"note"`
	}
	cmd := &cobra.Command{
		Use:   "note CLIP --by NAME --note TEXT",
		Short: "write down why the recording before a clip was broken off",
		Args:  oneArg("CLIP"),
	}
	cmd.Flags().StringVar(&body.By, "by", "", "who writes it")
	cmd.Flags().StringVar(&body.Note, "note", "", "why")
	from := a.addReach(cmd)
	from.change = true
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if body.By == "" || body.Note == "" {
			return usagef("say who writes it, and what, with --by NAME --note TEXT")
		}
		id, err := element("id", args[0], whichClips)
		if err != nil {
			return err
		}
		return from.use(cmd.Context(), func(l *link) error {
			var clip store.Clip
			if _, err := l.ask(cmd.Context(), http.MethodPost, "/control/v1/clips/"+id+"/interruption", body, &clip); err != nil {
				return refused(notFound(err, whichClips))
			}
			_, err := fmt.Fprintf(a.stdout, "noted with %s of camera %s\n", printable(clip.Name), printable(clip.Camera))
			return err
		})
	}
	return cmd
}
