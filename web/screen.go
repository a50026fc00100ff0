package web

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strings"
	"time"

	"golang.org/x/text/language"

	"custodock/ingest"
	"custodock/web/account"
)

// One template a page, in layout.html, and parts that pages share. They hold
// no words; see words.go.
//
//go:embed pages
var pageFiles embed.FS

// screens are the pages in every language.
type screens struct {
	station *ingest.Station
	assets  *assets
	words   []*words // by index into languages
	match   language.Matcher
	version string                          // of all that pages are made of
	pages   []map[string]*template.Template // by index into languages, and name
}

// newScreens panics when what is embedded is not in order; every test opens it.
func newScreens(station *ingest.Station) *screens {
	all, err := readWords()
	if err != nil {
		panic(err)
	}
	files, err := readAssets()
	if err != nil {
		panic(err)
	}
	s := &screens{station: station, assets: files, words: all, match: language.NewMatcher(languages), version: versionOf(assetFiles, pageFiles, wordFiles)}
	for _, w := range all {
		s.pages = append(s.pages, s.parse(w))
	}
	return s
}

// sharedPages are the files that every page may use parts of.
var sharedPages = []string{"pages/layout.html", "pages/parts.html"}

// parse reads the pages in the language of w.
func (s *screens) parse(w *words) map[string]*template.Template {
	shared := template.Must(template.New("").Funcs(s.functions(w)).Funcs(s.formatIn(w).clipFunctions()).Option("missingkey=error").ParseFS(pageFiles, sharedPages...))
	files, err := pageFiles.ReadDir("pages")
	if err != nil {
		panic(err)
	}
	pages := make(map[string]*template.Template)
	for _, file := range files {
		name := "pages/" + file.Name()
		page := template.Must(template.Must(shared.Clone()).ParseFS(pageFiles, name))
		if page.Lookup("main") != nil {
			pages[strings.TrimSuffix(file.Name(), path.Ext(name))] = page
		}
	}
	return pages
}

// functions are what templates call.
func (s *screens) functions(w *words) template.FuncMap {
	f := s.formatIn(w)
	return template.FuncMap{
		"say": w.say, "has": w.has,
		"at": f.at, "day": f.day, "hour": f.hour, "shortAt": f.shortAt, "shortDay": f.shortDay, "atText": f.atText,
		"span": f.span, "seconds": func(n float64) string { return f.span(seconds(n)) },
		"bytes":  func(n any) string { return byteText(integer(n)) },
		"number": func(n any) string { return number(integer(n)) },
		"value":  value, "percent": func(n any) string { return percent(value(n)) },
		"offset": f.offset, "speed": speedText,
		"asset": s.assets.address,
		"icon":  s.icon,
		"dict":  dict,
	}
}

// icon is a picture from icons.svg. It stands beside words, never alone, and
// is nothing to a screen reader.
func (s *screens) icon(name string) template.HTML {
	return template.HTML(`<svg class="icon icon-` + name + `" aria-hidden="true" focusable="false"><use href="` +
		s.assets.address("icons.svg") + `#` + name + `"/></svg>`)
}

// dict lets a template hand several values to a part: dict "name" value ...
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: %d values are no pairs", len(pairs))
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is no name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// screen is what layout.html shows. What a page itself shows is Page.
type screen struct {
	Lang    string
	Theme   string // "light", "dark", or empty for what the browser likes
	Name    string // of the page, as in its file's name
	Here    string // path and query, to come back to
	Version string // of the pages
	Wall    bool   // the large-screen mode: without all around the page
	Station ingest.StationInfo
	Now     time.Time
	Nav     []navItem
	User    *account.User // who is signed in; nil: nobody
	Guest   bool          // User signed in nowhere: see Options
	Page    any
}

// Title is the page's own name.
func (v screen) Title() string { return v.Name + ".title" }

// navItem is a page that all pages lead to.
type navItem struct {
	Path string
	Name string // of its word
	Icon string
	For  account.Duty // one of these is enough to be led there
	Here bool         // it is shown, or a page below it
}

// navigation leads to the main pages.
var navigation = []navItem{
	{Path: "/", Name: "nav.bays", Icon: "dock", For: account.SeeBays},
	{Path: "/cameras", Name: "nav.cameras", Icon: "camera", For: account.SeeCameras},
	{Path: clipsPath, Name: "nav.clips", Icon: "clip", For: account.SeeClips | account.SeeOwnClips},
	{Path: requestsPath, Name: "nav.requests", Icon: "note", For: account.SeeClips},
	{Path: "/overview", Name: "nav.overview", Icon: "chart", For: account.SeeOverview},
}

// navAt marks where a reader is, and leaves out where they may not go.
func navAt(ctx context.Context, here string) (list []navItem) {
	for _, item := range navigation {
		item.Here = item.Path == here || item.Path != "/" && strings.HasPrefix(here, item.Path+"/")
		if account.May(ctx, item.For) {
			list = append(list, item)
		}
	}
	return list
}

// show answers with the page of that name, whole or not at all.
func (s *server) show(w http.ResponseWriter, r *http.Request, name string, page any) {
	s.showAs(w, r, http.StatusOK, name, page)
}

// showAs is show with another status.
func (s *server) showAs(w http.ResponseWriter, r *http.Request, status int, name string, page any) {
	i := s.screens.language(r)
	v := screen{
		Lang: languages[i].String(), Theme: themeOf(r), Name: name, Here: r.URL.RequestURI(),
		Version: s.screens.version, Wall: r.URL.Query().Get("screen") == "wall",
		Station: s.station.Info(), Now: time.Now(), Nav: navAt(r.Context(), r.URL.Path),
		User: account.From(r.Context()), Page: page,
	}
	v.Guest = v.User != nil && v.User == s.opt.Guest
	var out bytes.Buffer
	if err := s.screens.pages[i][name].ExecuteTemplate(&out, "layout", v); err != nil {
		panic(fmt.Errorf("show %s: %w", name, err))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "Accept-Language, Cookie")
	w.WriteHeader(status)
	w.Write(out.Bytes())
}

// format is the language's way, of who asks.
func (s *server) format(r *http.Request) format {
	return s.screens.formatIn(s.screens.words[s.screens.language(r)])
}

func (s *screens) formatIn(w *words) format { return format{w, s.station.Zone()} }

// language chooses by the address, then by hand, then by the browser.
func (s *screens) language(r *http.Request) int {
	_, i := language.MatchStrings(s.match, r.URL.Query().Get("lang"), cookie(r, cookieLanguage), r.Header.Get("Accept-Language"))
	return i
}
