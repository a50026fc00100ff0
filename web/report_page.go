package web

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"html/template"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"custodock/store"
)

// reportStyle is the style of the report as a page, and reportPolicy lets a
// browser use it. The page holds it itself and brings nothing else: it is
// printed, or saved and looked at years later without this program.
func reportStyle() (style template.CSS, policy string) {
	data, err := assetFiles.ReadFile("assets/report.css")
	if err != nil {
		panic(err) // it is embedded
	}
	sum := sha256.Sum256(data)
	return template.CSS(data), "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-" +
		base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// reportView is what pages/report.html shows.
type reportView struct {
	*DeadlineReport
	Lang  string
	Style template.CSS

	format format
}

// Section is a part of the report: clips that stand alike.
type Section struct {
	Deadline store.Deadline
	Clips    []store.Clip
}

// Sections are the parts that a supervisor reads: what is wrong comes first.
func (v reportView) Sections() []Section {
	return v.sections(store.Overdue, store.Late, store.Undecidable, store.Excused)
}

// Others are the clips behind the other figures.
func (v reportView) Others() []Section {
	return v.sections(store.Pending, store.DueSoon, store.OnTime)
}

func (v reportView) sections(order ...store.Deadline) (list []Section) {
	for _, d := range order {
		if clips := v.Of(d); len(clips) > 0 {
			list = append(list, Section{d, clips})
		}
	}
	return list
}

// Late is by how much a clip was late.
func (v reportView) Late(c store.Clip) string {
	if c.LateBy == 0 {
		return ""
	}
	return v.format.hours(seconds(c.LateBy))
}

// Why says what there is to say of a clip, a sentence or two at a time.
func (v reportView) Why(c store.Clip) (said []template.HTML) {
	f := v.format
	add := func(text template.HTML) { said = append(said, text) }
	say := func(key string, pairs ...any) { add(escaped(f.say(key, pairs...))) }
	label := func(key string, text template.HTML) { add(escaped(f.say(key)+f.say("why.join")) + text) }
	if c.State == store.Gone {
		say("why.verdict_gone")
	}
	t := teller{format: f, clip: &c} // of no year: it says all of them
	t.extension()
	t.decision()
	for _, text := range t.told {
		add(escaped(text))
	}
	if e := c.Extension; e != nil && e.Note != "" {
		say("report.extension_note", "note", e.Note)
	}
	if d := c.Decision; d != nil && d.Note != "" {
		say("report.decision_note", "note", d.Note)
	}
	if c.Clock == store.ClockSuspect || c.Clock == store.ClockCorrected {
		label("clip.how_clock_"+c.Clock, f.reason(c.ClockReason, c.ClockCause))
	}
	if d := c.StationClock; d != nil {
		label("clip.how_station", f.reason(d.Reason, d.Cause))
	}
	if c.Error != "" {
		label("report.error", f.told(c.Error))
	}
	if len(said) == 0 && c.SeenAt.After(c.DueAt) {
		say("report.docked_late", "at", f.atText(c.SeenAt))
	}
	return said
}

func (s *server) showReport(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	report, err := s.deadlineReport(r.Context(), &reportQuery{query.Get("from"), query.Get("to"), query.Get("unit")}, time.Now())
	if err != nil {
		status := http.StatusInternalServerError
		if m, ok := errors.AsType[*huma.ErrorModel](err); ok {
			status = m.Status
			_, _ = explain(nil, "", m)
		}
		s.fail(w, r, status, problemText(err))
		return
	}
	style, policy := reportStyle()
	f := s.format(r)
	w.Header().Set("Content-Security-Policy", policy)
	s.render(w, r, http.StatusOK, "report", "report.html", reportView{report, f.lang, style, f})
}

// problemText is the one sentence of a problem.
func problemText(err error) string {
	if m, ok := errors.AsType[*huma.ErrorModel](err); ok && m.Detail != "" {
		return m.Detail
	}
	return err.Error()
}
