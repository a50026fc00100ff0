package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"custodock/store"
	"custodock/web"
)

// asHTML is the form of a report that prints on A4.
const asHTML = "html"

// figureFields are the columns of a report's figures as CSV.
const figureFields = "unit camera clips=count on_time late excused undecidable overdue pending gone"

// reportFlags choose what a report is about.
type reportFlags struct {
	from, to, unit, lang string
	clips                bool
}

func newReportDeadlinesCommand(a *app) *cobra.Command {
	var q reportFlags
	cmd := &cobra.Command{
		Use:   "deadlines --from T [--to T] [--unit U]",
		Short: "who was late and why, per unit and camera, with the clips",
		Long: `Report who stored in time and who did not: per unit and camera, with the clips
behind every figure. A recording counts by when it ended.

  custodock report deadlines --from 2026-11-01 --to 2026-11-30 -o html --lang zh > november.html

As table and CSV it has the figures; --clips has the clips behind them. HTML is
one file that prints on A4; JSON has it all. --from and --to take a time
(2026-11-20T08:00:00+08:00), a day in the station's zone, or an age (7d).`,
		Args: noArgs,
	}
	f := cmd.Flags()
	f.StringVar(&q.from, "from", "", "recorded at this time, or on this day, or later")
	f.StringVar(&q.to, "to", "", "recorded before this time, or on this day (default: until now)")
	f.StringVar(&q.unit, "unit", "", "only clips of this unit")
	f.BoolVar(&q.clips, "clips", false, "the clips behind the figures, as table or CSV")
	lang := &choice{"en", []string{"en", "zh"}}
	f.Var(lang, "lang", "language of the HTML report")
	from, form := a.addReach(cmd), addOutput(cmd, asTable, asCSV, asHTML, asJSON)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if q.from == "" {
			return usagef("say since when with --from T")
		}
		q.lang = lang.value
		return from.use(cmd.Context(), func(l *link) error {
			if form.value == asHTML {
				return refused(a.reportHTML(cmd, l, q))
			}
			return refused(a.printReport(cmd, l, q, form.value))
		})
	}
	return cmd
}

func (q *reportFlags) values() string {
	v := url.Values{"from": {q.from}}
	for name, value := range map[string]string{"to": q.to, "unit": q.unit} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v.Encode()
}

func (a *app) reportHTML(cmd *cobra.Command, l *link, q reportFlags) error {
	page, err := l.stream(cmd.Context(), http.MethodGet, "/reports/deadlines?lang="+q.lang+"&"+q.values(), nil)
	if err != nil {
		return err
	}
	_, err = io.Copy(a.stdout, page)
	return errors.Join(err, page.Close())
}

// printReport prints a report in the other forms.
func (a *app) printReport(cmd *cobra.Command, l *link, q reportFlags, form string) error {
	var r web.DeadlineReport
	raw, err := l.get(cmd.Context(), "/api/v1/reports/deadlines?"+q.values(), &r)
	if err != nil {
		return err
	}
	switch {
	case form == asJSON:
		return printRaw(a.stdout, form, nil, raw)
	case form == asCSV:
		return a.reportCSV(raw, q.clips)
	}
	_, c, _, err := l.status(cmd.Context())
	if err != nil {
		return err
	}
	s, caption := a.screenOf(a.stdout), fmt.Sprintf("recorded from %s to %s, %s", c.second(r.From), c.second(r.To), c.zone)
	if q.clips {
		return reportedClips(c, &r).show(a.stdout, s, caption, "no clip was recorded in this time")
	}
	return figureTable(&r).show(a.stdout, s, caption, "no clip was recorded in this time")
}

// reportCSV is one row a camera, or one a clip.
func (a *app) reportCSV(raw json.RawMessage, clips bool) error {
	var r struct {
		Units []struct {
			Unit    string
			Cameras []json.RawMessage
		}
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	columns := fields(figureFields)
	if clips {
		columns = fields(clipFields)
	}
	w := newRawWriter(a.stdout, asCSV, columns)
	for _, u := range r.Units {
		for _, camera := range u.Cameras {
			rows, err := reportRows(u.Unit, camera, clips)
			if err != nil {
				return err
			}
			if err := w.add(rows...); err != nil {
				return err
			}
		}
	}
	return w.end()
}

func reportRows(unit string, camera json.RawMessage, clips bool) ([]json.RawMessage, error) {
	var parts map[string]json.RawMessage
	err := json.Unmarshal(camera, &parts)
	var list []json.RawMessage
	if err == nil && clips {
		err = json.Unmarshal(parts["clips"], &list)
	} else if err == nil {
		delete(parts, "clips")
		var row, name json.RawMessage
		if name, err = json.Marshal(unit); err == nil {
			parts["unit"] = name
			row, err = json.Marshal(parts)
		}
		list = []json.RawMessage{row}
	}
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return list, nil
}

// figureTable has what is wrong in color, and the sum at the end.
func figureTable(r *web.DeadlineReport) *table {
	t := &table{columns: []column{
		{head: "UNIT", least: 6}, {head: "CAMERA", least: 7, middle: true}, {head: "CLIPS", right: true}, {head: "ON TIME", right: true},
		{head: "LATE", right: true}, {head: "EXCUSED", right: true}, {head: "UNDECIDABLE", right: true}, {head: "OVERDUE", right: true},
		{head: "PENDING", right: true},
	}}
	row := func(unit, camera string, f *web.Figures) {
		cells := []cell{{unit, plain}, {camera, plain}}
		for i, n := range []int{f.Count, f.OnTime, f.Late, f.Excused, f.Undecidable, f.Overdue, f.Pending} {
			look := plain
			switch {
			case n > 0 && (i == 2 || i == 5):
				look = red
			case n > 0 && i == 4:
				look = yellow
			}
			cells = append(cells, cell{strconv.Itoa(n), look})
		}
		t.add(cells...)
	}
	for i := range r.Units {
		u := &r.Units[i]
		for k := range u.Cameras {
			row(orNone(u.Unit), u.Cameras[k].Camera, &u.Cameras[k].Figures)
		}
	}
	if len(r.Units) > 0 {
		row("all", "", &r.Total)
	}
	return t
}

func orNone(unit string) string {
	if unit == "" {
		return "none"
	}
	return unit
}

// reportedClips has those first with which something is wrong.
func reportedClips(c clock, r *web.DeadlineReport) *table {
	t := &table{columns: []column{
		{head: "DEADLINE"}, {head: "HOLDER", least: 6}, {head: "UNIT", least: 4, drop: 3}, {head: "CAMERA", least: 7, middle: true},
		{head: "NAME", least: 12, middle: true}, {head: "DUE"}, {head: "LATE BY", right: true}, {head: "ID", drop: 1},
	}}
	for _, d := range []store.Deadline{store.Overdue, store.Late, store.Undecidable, store.Excused, store.DueSoon, store.Pending, store.OnTime} {
		for _, clip := range r.Of(d) {
			by := ""
			if clip.LateBy > 0 {
				by = secondsText(clip.LateBy)
			}
			t.add(cell{string(d), deadlineStyle(d)}, cell{holderText(clip.Badge, clip.Officer), plain}, cell{clip.Unit, plain},
				cell{clip.Camera, plain}, cell{clip.Name, plain}, cell{c.minute(clip.DueAt), plain}, cell{by, plain}, cell{clip.ID, plain})
		}
	}
	return t
}
