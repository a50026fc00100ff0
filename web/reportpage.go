package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"custodock/store"
)

//go:embed page
var reportFiles embed.FS

// reportPage is the report as a page that prints well on A4. It holds its style
// itself: it is saved, and looked at years later without this program.
type reportPage struct {
	template *template.Template
	words    []map[string]string // by index into languages
	causes   []causes            // likewise
	style    template.CSS
	policy   string // that lets a browser use that style
}

// newReportPage panics when what is embedded is not in order; a test opens it.
func newReportPage() *reportPage {
	read := func(name string) []byte {
		data, err := reportFiles.ReadFile("page/" + name)
		if err != nil {
			panic(err)
		}
		return data
	}
	style := read("report.css")
	sum := sha256.Sum256(style)
	p := &reportPage{
		style:  template.CSS(style),
		policy: "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'",
	}
	for _, tag := range languages {
		words := make(map[string]string)
		if err := json.Unmarshal(read("report."+tag.String()+".json"), &words); err != nil {
			panic(fmt.Errorf("page/report.%s.json: %w", tag, err))
		}
		p.words, p.causes = append(p.words, words), append(p.causes, newCauses(tag))
	}
	p.template = template.Must(template.New("report.html").Option("missingkey=error").ParseFS(reportFiles, "page/report.html"))
	return p
}

// reportView is what the template shows.
type reportView struct {
	*DeadlineReport
	Lang  string
	Words map[string]string
	Style template.CSS
	Zone  *time.Location

	causes causes
}

// Day writes a time to the minute; zero is nothing.
func (v reportView) Day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(v.Zone).Format("2006-01-02 15:04")
}

// Section is a part of the report: clips that stand alike.
type Section struct {
	Title string
	Hint  string
	Clips []store.Clip
}

// Sections are the parts that a supervisor reads: what is wrong comes first.
func (v reportView) Sections() (list []Section) {
	for _, d := range []store.Deadline{store.Overdue, store.Late, store.Undecidable, store.Excused} {
		if clips := v.Of(d); len(clips) > 0 {
			list = append(list, Section{v.Words[string(d)], v.Words["hint_"+string(d)], clips})
		}
	}
	return list
}

// Others are the clips behind the other figures.
func (v reportView) Others() (list []Section) {
	for _, d := range []store.Deadline{store.Pending, store.DueSoon, store.OnTime} {
		if clips := v.Of(d); len(clips) > 0 {
			list = append(list, Section{Title: v.Words[string(d)], Clips: clips})
		}
	}
	return list
}

// Late is by how much a clip was late.
func (v reportView) Late(c store.Clip) string {
	if c.LateBy == 0 {
		return ""
	}
	minutes := int(c.LateBy+59) / 60
	return fmt.Sprintf("%d %s %d %s", minutes/60, v.Words["hours"], minutes%60, v.Words["minutes"])
}

// Ended is when the recording ended, or between what times, in pieces that are
// not broken.
func (v reportView) Ended(c store.Clip) []string {
	switch {
	case c.EndEarliest.IsZero():
		return []string{v.Words["until"], v.Day(c.EndLatest)}
	case v.Day(c.EndEarliest) == v.Day(c.EndLatest):
		return []string{v.Day(c.EndLatest)}
	}
	return []string{v.Day(c.EndEarliest) + " –", v.Day(c.EndLatest)}
}

// Saying is something that there is to say of a clip: of what, and what. Lang is
// the language of Text where it is not that of the page.
type Saying struct{ Label, Text, Lang string }

// Why says what there is to say of a clip.
func (v reportView) Why(c store.Clip) (said []Saying) {
	add := func(key, text string) { said = append(said, Saying{Label: v.Words[key], Text: text}) }
	reason := func(key, sentence string, cause *store.Cause) {
		text, lang := v.causes.reason(sentence, cause, v.Zone)
		said = append(said, Saying{v.Words[key], text, lang})
	}
	if c.State == store.Gone {
		add("gone", "")
	}
	if e := c.Extension; e != nil {
		add("extension", v.Words["reason_"+string(e.Reason)]+", "+v.Words["returned"]+" "+v.Day(e.Returned)+", "+v.Words["by"]+" "+e.By)
		if e.Note != "" {
			add("note", e.Note)
		}
	}
	if d := c.Decision; d != nil {
		add("decided", v.Words[string(d.Deadline)]+", "+v.Words["by"]+" "+d.By+": "+d.Note)
	}
	if c.Clock == store.ClockSuspect || c.Clock == store.ClockCorrected {
		reason("clock_"+c.Clock, c.ClockReason, c.ClockCause)
	}
	if c.StationClock != nil {
		reason("station_clock", c.StationClock.Reason, c.StationClock.Cause)
	}
	if c.Error != "" {
		reason("error", c.Error, nil)
	}
	if len(said) == 0 && c.SeenAt.After(c.DueAt) {
		add("docked_late", v.Day(c.SeenAt))
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
		writeProblem(w, status, problemText(err))
		return
	}
	i := s.screens.language(r)
	v := reportView{DeadlineReport: report, Lang: languages[i].String(), Words: s.report.words[i], Style: s.report.style, Zone: s.station.Zone(), causes: s.report.causes[i]}
	var out bytes.Buffer // so that a page is whole or an error
	if err := s.report.template.Execute(&out, v); err != nil {
		panic(fmt.Errorf("show a report: %w", err))
	}
	w.Header().Set("Content-Security-Policy", s.report.policy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "Accept-Language")
	w.Write(out.Bytes())
}

// problemText is the one sentence of a problem.
func problemText(err error) string {
	if m, ok := errors.AsType[*huma.ErrorModel](err); ok && m.Detail != "" {
		return m.Detail
	}
	return err.Error()
}
