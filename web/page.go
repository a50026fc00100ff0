package web

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"golang.org/x/text/language"

	"custodock/ingest"
)

// The page is one template, one style sheet, one script that fetches the page
// again when something happened, and a file of words for each language.
//
//go:embed page
var pageFiles embed.FS

// languages that there are words for; the first is for everybody else.
var languages = []language.Tag{language.English, language.Chinese}

// page is the bays' page.
type page struct {
	bays  *template.Template
	words []map[string]string // by index into languages
	match language.Matcher
}

// newPage panics when what is embedded is not in order; a test opens it.
func newPage() *page {
	p := &page{match: language.NewMatcher(languages)}
	for _, tag := range languages {
		data, err := pageFiles.ReadFile("page/" + tag.String() + ".json")
		if err != nil {
			panic(err)
		}
		words := make(map[string]string)
		if err := json.Unmarshal(data, &words); err != nil {
			panic(fmt.Errorf("page/%s.json: %w", tag, err))
		}
		p.words = append(p.words, words)
	}
	p.bays = template.Must(template.New("bays.html").Funcs(template.FuncMap{
		"bytes": byteText, "minutes": minutes, "clock": clock,
	}).Option("missingkey=error").ParseFS(pageFiles, "page/bays.html"))
	return p
}

// assets are the page's style sheet and script, by name, with their types.
var assets = map[string]string{
	"style.css": "text/css; charset=utf-8",
	"live.js":   "text/javascript; charset=utf-8",
}

// asset serves one of them.
func asset(name string) http.HandlerFunc {
	data, err := pageFiles.ReadFile("page/" + name)
	if err != nil {
		panic(err)
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", assets[name])
		w.Header().Set("Cache-Control", "max-age=300")
		w.Write(data)
	}
}

// view is what the template shows.
type view struct {
	Lang   string
	Words  map[string]string
	Zone   *time.Location
	Status ingest.Status
}

// State says what a bay's state means.
func (v view) State(b ingest.BayStatus) string { return v.word("state_"+b.State, b.State) }

// Need says what a person is to do about a bay.
func (v view) Need(b ingest.BayStatus) string { return v.word("need_"+b.Need, b.Message) }

// Warning says what an administrator should know.
func (v view) Warning(w ingest.Warning) string { return v.word("warning_"+w.What, w.Message) }

// word prefers what there are no words for to a page that fails.
func (v view) word(key, otherwise string) string {
	if word, ok := v.Words[key]; ok {
		return word
	}
	return otherwise
}

func (s *server) showBays(w http.ResponseWriter, r *http.Request) {
	status, err := s.station.Status(time.Now())
	if err != nil {
		s.log.Error("the page cannot be shown", "error", err)
		writeProblem(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	_, i := language.MatchStrings(s.page.match, r.URL.Query().Get("lang"), r.Header.Get("Accept-Language"))
	v := view{Lang: languages[i].String(), Words: s.page.words[i], Zone: s.station.Zone(), Status: status}
	var out bytes.Buffer // so that a page is whole or an error
	if err := s.page.bays.Execute(&out, v); err != nil {
		panic(fmt.Errorf("show the bays: %w", err))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "Accept-Language")
	w.Write(out.Bytes())
}

// byteText is a size for people, in units of 1000 as disks are sold.
func byteText(n int64) string {
	const units = "kMGTP"
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	size, unit := float64(n)/1000, 0
	for size >= 999.5 && unit < len(units)-1 {
		size, unit = size/1000, unit+1
	}
	if size < 10 {
		return fmt.Sprintf("%.1f %cB", size, units[unit])
	}
	return fmt.Sprintf("%.0f %cB", size, units[unit])
}

// minutes rounds up: it is better to wait too long than to come too early.
func minutes(seconds *float64) int { return int(*seconds/60) + 1 }

func clock(t time.Time, zone *time.Location) string { return t.In(zone).Format("2006-01-02 15:04:05") }
