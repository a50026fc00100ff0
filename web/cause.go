package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"time"

	"golang.org/x/text/language"

	"custodock/store"
)

// causes say in a language why a clock is not believed: by the words of
// store.Cause, with what their values stand for in braces. English has none: the
// sentences beside the causes are English.
type causes map[string]string

// newCauses panics when what is embedded is not in order; a test opens it.
func newCauses(tag language.Tag) causes {
	data, err := reportFiles.ReadFile("page/causes." + tag.String() + ".json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var words causes
	if err == nil {
		err = json.Unmarshal(data, &words)
	}
	if err != nil {
		panic(fmt.Errorf("page/causes.%s.json: %w", tag, err))
	}
	return words
}

// reason returns a reason in words, and their language where it is not that of
// the page. A clip that an earlier version put down has no cause, and a later
// version may know causes that there are no words for here.
func (w causes) reason(sentence string, c *store.Cause, zone *time.Location) (text, lang string) {
	if w == nil {
		return sentence, ""
	}
	if c == nil || w[c.What] == "" {
		return sentence, language.English.String()
	}
	return w.say(c, zone), ""
}

func (w causes) say(c *store.Cause, zone *time.Location) string {
	text := strings.NewReplacer(
		"{source}", w[c.Source], "{at}", toSecond(c.At, zone), "{other}", w[c.Other],
		"{other_at}", toSecond(c.OtherAt, zone), "{other_day}", c.OtherAt.Format(time.DateOnly),
		"{by}", w.length(c.Seconds), "{offset}", w.offset(c.Seconds), "{before}", w.offset(c.Before),
	).Replace(w[c.What])
	if c.Station {
		text += w["station"]
	}
	return text
}

// toSecond is a time to the second: that is what clocks differ by.
func toSecond(t time.Time, zone *time.Location) string {
	return t.In(zone).Format(time.DateTime)
}

// offset is by how much a clock is fast, or slow.
func (w causes) offset(seconds float64) string {
	if seconds < 0 {
		return w["slow"] + w.length(-seconds)
	}
	return w["fast"] + w.length(seconds)
}

// length writes a length of time, without units of which there are none.
func (w causes) length(seconds float64) string {
	left, text := int64(math.Round(seconds)), ""
	for _, unit := range []struct {
		name string
		of   int64
	}{{"hours", 3600}, {"minutes", 60}, {"seconds", 1}} {
		if n := left / unit.of; n > 0 || unit.of == 1 && text == "" {
			text += fmt.Sprint(n) + w[unit.name]
		}
		left %= unit.of
	}
	return text
}
