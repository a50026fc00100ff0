package web

import (
	"fmt"
	"html/template"
	"path"
	"strings"
	"time"
)

// What the pages of clips write in a way of their own.

// clipFunctions are what their templates call.
func (f format) clipFunctions() template.FuncMap {
	return template.FuncMap{
		"told": f.told, "wrong": f.wrong, "what": f.what, "when": f.when, "exact": f.exact,
		"hours": f.hours, "lasting": lasting, "dateOnly": dateOnly,
	}
}

// when is a time without its year, where that is this year.
func (f format) when(t time.Time) template.HTML {
	if !t.IsZero() && t.In(f.zone).Year() != time.Now().In(f.zone).Year() {
		return f.at(t)
	}
	return f.shortAt(t)
}

// exact is a time to the second: for a table of evidence.
func (f format) exact(t time.Time) template.HTML {
	return instant(t, f.layout(t, "2 Jan 2006, 15:04:05", "2006年1月2日 15:04:05"))
}

// hours is a duration that rules name, such as 24 hours, however many days
// they are.
func (f format) hours(d time.Duration) string {
	if d%time.Hour != 0 {
		return f.span(d)
	}
	return f.say("common.hours", "n", int(d/time.Hour))
}

// lasting is how long a recording is, as players show it.
func lasting(n float64) string {
	d := seconds(n).Round(time.Second)
	h, m, s := int(d/time.Hour), int(d/time.Minute)%60, int(d/time.Second)%60
	if h > 0 {
		return fmt.Sprintf("%d:%02d:%02d", h, m, s)
	}
	return fmt.Sprintf("%d:%02d", m, s)
}

// dateOnly reports whether a text fits into a field for a date; an age such as
// 7d does not.
func dateOnly(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return text == "" || err == nil
}

// what is an entry of a history. Some have words; another version may have had
// others.
func (f format) what(what string) template.HTML {
	if key := "what." + strings.ReplaceAll(what, " ", "_"); f.has(key) {
		return template.HTML(template.HTMLEscapeString(f.say(key)))
	}
	return f.told(what)
}

// wrong is what is wrong with a form: a word, or a text of the store.
func (f format) wrong(text string) template.HTML {
	if f.has(text) {
		return template.HTML(template.HTMLEscapeString(f.say(text)))
	}
	return f.told(text)
}

// Command checks the clip in a terminal, without a program of ours.
func (v *clipView) Command() string {
	folder, name := path.Split(v.ArchivePath)
	return "cd " + quoted(strings.TrimSuffix(folder, "/")) + " && grep -F " + quoted("  "+name) + " SHA256SUMS | sha256sum -c"
}

// quoted makes one word of a text for a shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
