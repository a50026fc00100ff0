package web

import (
	"embed"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"
)

// What pages say stands in one file for each language, a line a key.
//
//go:embed words/*.yaml
var wordFiles embed.FS

// languages that there are words for; the first is for everybody else.
var languages = []language.Tag{language.English, language.Chinese}

// words are what pages say in one language.
type words struct {
	lang string // as in <html lang>
	text map[string]string

	phrases []readPhrase // the catalog's own texts
}

// readWords reads the words of every language, in the order of languages.
func readWords() ([]*words, error) {
	list, read := make([]*words, len(languages)), readPhrases()
	for i, tag := range languages {
		name := "words/" + tag.String() + ".yaml"
		data, err := wordFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read words: %w", err)
		}
		w := &words{lang: tag.String(), phrases: read}
		if err := yaml.Unmarshal(data, &w.text); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		list[i] = w
	}
	return list, nil
}

// say returns the words for key. Pairs of names and values fill in what stands
// in braces: say("bays.left", "n", 3) is "3 clips left" for "{n} clips left".
// Where a language has words for one thing apart, key.one and key.other stand
// in for key, by the value of n.
func (w *words) say(key string, pairs ...any) string {
	text, ok := w.text[w.number(key, pairs)]
	if !ok {
		return key // better than a page that fails; a test looks for it
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, fmt.Sprint("{", pairs[i], "}"), w.value(pairs[i+1]))
	}
	return text
}

// has reports whether there are words for key.
func (w *words) has(key string) bool {
	_, ok := w.text[key]
	return ok
}

// number chooses between key.one and key.other.
func (w *words) number(key string, pairs []any) string {
	if w.has(key) {
		return key
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] == "n" && fmt.Sprint(pairs[i+1]) == "1" {
			return key + ".one"
		}
	}
	return key + ".other"
}

// value is how a value stands among words.
func (w *words) value(v any) string {
	switch n := v.(type) {
	case int:
		return number(int64(n))
	case int64:
		return number(n)
	}
	return fmt.Sprint(v)
}
