package web

import (
	"html/template"
	"math"

	"custodock/store"
)

// reason is why a clock is not believed, or was corrected, as a page says it:
// by its cause, which has words under cause., and else by the English sentence
// that the catalog keeps beside it. What an earlier version put down has no
// cause, and a later one may know causes that there are no words for here.
func (f format) reason(sentence string, c *store.Cause) template.HTML {
	if c == nil || !f.has("cause."+c.What) {
		return f.english(sentence)
	}
	return escaped(f.cause(c))
}

func (f format) cause(c *store.Cause) string {
	said := f.say("cause."+c.What, f.causeValues(c)...)
	if c.Station {
		said += f.say("why.join") + f.say("cause.station")
	}
	return said
}

// causeValues are what the words of a cause may hold. What the cause does not
// have is empty. Times are to the second: that is what clocks differ by.
func (f format) causeValues(c *store.Cause) []any {
	calendar := format{f.words, c.OtherAt.Location()} // a day of the firmware is of no zone
	return []any{
		"source", f.sourceText(c.Source), "at", f.exactText(c.At),
		"other", f.sourceText(c.Other), "other_at", f.exactText(c.OtherAt), "other_day", calendar.dateText(c.OtherAt),
		"by", f.length(seconds(math.Abs(c.Seconds))), "offset", f.offset(c.Seconds), "before", f.offset(c.Before),
	}
}

// sourceText is what a time was taken from.
func (f format) sourceText(source string) string {
	if source == "" {
		return ""
	}
	return f.say("why.source_" + source)
}
