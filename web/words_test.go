package web

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"

	"custodock/ingest"
	"custodock/store"
)

// allWords are the words in every language, in the order of languages.
func allWords(t *testing.T) []*words {
	t.Helper()
	all, err := readWords()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// formats are the ways of every language, at a station in Shanghai.
func formats(t *testing.T) (list []format) {
	t.Helper()
	for _, w := range allWords(t) {
		list = append(list, format{w, shanghai(t)})
	}
	return list
}

// What one language says the other says too, with the same values in it, and
// something uses it.
func TestWords(t *testing.T) {
	all := allWords(t)
	use := usedWords(t)
	for i, w := range all {
		for key, text := range w.text {
			base := strings.TrimSuffix(strings.TrimSuffix(key, ".one"), ".other")
			if !use.of(key) && !use.of(base) {
				t.Errorf("%s.yaml: nothing uses %s", w.lang, key)
			}
			other := all[1-i]
			if !other.has(key) && !other.has(base) && !other.has(base+".other") {
				t.Errorf("%s.yaml has no %s", other.lang, key)
			} else if theirs := other.text[other.number(base, nil)]; !slices.Equal(places(text), places(theirs)) && !strings.HasSuffix(key, ".one") {
				t.Errorf("%s has values %v in %s, and %v in %s", key, places(text), w.lang, places(theirs), other.lang)
			}
		}
		for key := range use.keys {
			if !w.has(key) && !w.has(key+".other") {
				t.Errorf("%s.yaml has no %s, which is used", w.lang, key)
			}
		}
	}
}

// places are the values that words have places for, in order of name.
func places(text string) []string {
	return slices.Compact(slices.Sorted(slices.Values(regexp.MustCompile(`\{\w+\}`).FindAllString(text, -1))))
}

// usage is what keys the program asks for: some in full, some by their beginning.
type usage struct {
	keys     map[string]bool
	prefixes []string // of keys that are put together, such as print "deadline." .
}

func (u usage) of(key string) bool {
	return u.keys[key] || slices.ContainsFunc(u.prefixes, func(p string) bool { return strings.HasPrefix(key, p) })
}

// usedWords finds keys in templates and in the sources of this package.
func usedWords(t *testing.T) usage {
	t.Helper()
	use := usage{keys: make(map[string]bool)}
	key := regexp.MustCompile(`"([a-z]+\.[a-z_.-]*)"`)
	sections := make(map[string]bool) // the first parts of keys: other strings look like keys, too
	for name := range allWords(t)[0].text {
		section, _, _ := strings.Cut(name, ".")
		sections[section] = true
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob("pages/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, pages...) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllSubmatch(source, -1) {
			found := string(m[1])
			section, rest, _ := strings.Cut(found, ".")
			switch {
			case !sections[section] || rest == "html" || rest == "css" || rest == "js" || rest == "svg":
			case rest == "" || strings.ContainsAny(rest[len(rest)-1:], "._-"):
				use.prefixes = append(use.prefixes, found)
			default:
				use.keys[found] = true
			}
		}
		if name, ok := strings.CutPrefix(file, "pages/"); ok && bytes.Contains(source, []byte(`{{define "main"}}`)) {
			use.keys[strings.TrimSuffix(name, ".html")+".title"] = true // see screen.Title
		}
	}
	return use
}

// What a station can say of a bay or a clip has words.
func TestWordsForStates(t *testing.T) {
	var keys []string
	add := func(prefix string, names ...string) {
		for _, name := range names {
			keys = append(keys, prefix+name)
		}
	}
	add("bays.state_", ingest.BayEmpty, ingest.BayReading, ingest.BayCopying, ingest.BayDone, ingest.BayAttention)
	add("bays.need_", ingest.NeedReinsert, ingest.NeedRoom, ingest.NeedArchive, ingest.NeedReading, ingest.NeedPatience, ingest.NeedUnlock, ingest.NeedStaff, ingest.NeedDisk)
	add("bays.warning_", "archive-full", "archive-unwritable", "serial-conflict", "clock")
	for _, d := range []store.Deadline{store.Pending, store.DueSoon, store.Overdue, store.OnTime, store.Late, store.Excused, store.Undecidable, store.NoDeadline} {
		add("deadline.", string(d))
	}
	for _, w := range allWords(t) {
		for _, key := range keys {
			if !w.has(key) {
				t.Errorf("%s.yaml has no %s", w.lang, key)
			}
		}
	}
}

// A template holds no words of its own: they would be in one language.
func TestTemplatesHoldNoWords(t *testing.T) {
	actions := regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	err := fs.WalkDir(pageFiles, "pages", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		source, err := fs.ReadFile(pageFiles, name)
		if err != nil {
			return err
		}
		for _, text := range texts(actions.ReplaceAllString(string(source), " ")) {
			if strings.ContainsFunc(text, unicode.IsLetter) {
				t.Errorf("%s says %q in one language", name, strings.TrimSpace(text))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// texts are what a reader sees or hears of a page: text, and attributes that
// are text.
func texts(page string) (list []string) {
	page = strings.NewReplacer("<noscript>", "", "</noscript>", "").Replace(page) // whose content the tokenizer takes for text
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return list
		case html.TextToken:
			list = append(list, string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			for _, a := range z.Token().Attr {
				if slices.Contains([]string{"alt", "aria-label", "title", "placeholder", "label", "summary"}, a.Key) {
					list = append(list, a.Val)
				}
			}
		}
	}
}

func TestSay(t *testing.T) {
	w := &words{lang: "en", text: map[string]string{
		"plain": "Bays", "left.one": "{n} clip left", "left.other": "{n} clips left", "by": "{who}, {when}",
	}}
	for _, test := range []struct {
		key   string
		pairs []any
		want  string
	}{
		{"plain", nil, "Bays"},
		{"left", []any{"n", 1}, "1 clip left"},
		{"left", []any{"n", 0}, "0 clips left"},
		{"left", []any{"n", int64(12345)}, "12,345 clips left"},
		{"by", []any{"who", "Li Na", "when", "now"}, "Li Na, now"},
		{"missing", nil, "missing"},
	} {
		if got := w.say(test.key, test.pairs...); got != test.want {
			t.Errorf("say(%q, %v) = %q, want %q", test.key, test.pairs, got, test.want)
		}
	}
}
