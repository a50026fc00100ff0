package web

import (
	"html/template"
	"regexp"
	"strconv"
	"strings"
	"time"

	"custodock/store"
)

// The catalog keeps reasons and notes as English text: they also stand in
// records that must be readable without this program. Those that the station
// writes itself are fixed but for times and figures, so pages say them in
// their own language. What is in no phrase was written by a person, a driver or
// another version, and is shown as it is.

// phrase is such a text. What varies stands in braces, and its name says what
// it is: see phraseParts.
type phrase struct{ key, text string }

var phrases = []phrase{
	// Why a clock is not believed, or was corrected (ingest: times.go, suspect.go,
	// clock.go, stationclock.go).
	{"why.clock_station", "{told}; and the station's own clock was set or is in doubt"},
	{"why.clock_none", "the camera gives no time"},
	{"why.clock_reset", "{source} says {at}: the camera's clock had been reset"},
	{"why.clock_birthday", "{source} says {at}: the camera's clock restarts at {day} when its battery is flat"},
	{"why.clock_jumped", "the camera's clock jumped: it was {was} s off at the last docking and is {is} s off now"},
	{"why.clock_future", "{source} says {at}: by that the recording went on for {span} after the camera was docked ({seen})"},
	{"why.clock_past", "{source} says {at}: by that the recording had ended ({end}) when the camera was last docked, and it was not on it then ({lacked})"},
	{"why.clock_disagree", "{source} says {at} and {other} says {end}: {span} apart, which no time zone explains"},
	{"why.clock_nowhere", "the time in the clip fits none of the times at which the camera's clock was read"},
	{"why.clock_start_only", "only the start of the recording is known, {at}"},
	{"why.clock_twice", "the camera's clock was put back and showed {at} twice"},
	{"why.clock_set", "the station set the camera's clock, and the time in the clip fits before that as well as after"},
	{"why.clock_off", "the camera's clock was {span} {way} when it was docked"},
	{"why.clock_drifted", "the camera's clock was {span} {way} when this was recorded: it drifted to {then} {now} at the docking"},
	{"why.station_follows_none", "the station's clock follows no time source"},
	{"why.station_jumped", "the station's clock jumped {turn} by {span} and follows no time source: which was right is not known"},
	{"why.station_back", "the station's clock follows no time source, and has gone back while the daemon was stopped: by {span} at least"},

	// How a source was read (ingest: readings.go, times.go).
	{"why.read_corrected", "{told}, corrected by the measured offset"},
	{"why.read_confirmed", "{told}, as {from} confirms"},
	{"why.read_because", "{told}, because {from} agrees with that alone"},
	{"why.read_zone", "creation time and its zone read as UTC"},
	{"why.read_utc", "{what} read as UTC"},
	{"why.read_local", "{what} read as local time in {zone}"},

	// What stands in a clip's history (store).
	{"what.note_missed", "not stored by {at}"},
	{"what.note_stored_after", "stored after {at}"},
	{"what.note_stored_late", "stored late, as was decided"},
	{"what.note_not_in_time", "not stored in time, as was decided"},
	{"what.note_sum", "SHA-256 {text}"},
	{"what.note_second_read", "a second read on the camera gave the same SHA-256"},
	{"what.note_same_serial", "on another camera with the same serial"},
	{"what.note_unfinished", "its storing was interrupted and cannot be finished"},
	{"what.note_decided", "{deadline}"},
	{"what.note_decided_because", "{deadline}: {text}"},
	{"what.note_extended", "{reason}, returned {at}"},
	{"what.note_extended_because", "{reason}, returned {at}: {text}"},
	{"what.note_holder", "{text}, before {person}"},

	// Why a clip could not be stored (store: errors.go). The rest is the
	// system's own words.
	{"why.failed_source", "{text}reading from the camera failed{rest}"},
	{"why.failed_size", "{text}the camera gave another number of bytes than it listed{rest}"},
	{"why.failed_readback", "{text}the disk gave back other bytes than were written{rest}"},
	{"why.failed_incoming", "{text}writing to the archive failed{rest}"},

	// What is damaged (media: the reasons).
	{"clip.damage_empty", "empty"},
	{"clip.damage_truncated", "truncated"},
	{"clip.damage_no_moov", "no-moov"},
	{"clip.damage_bad_moov", "bad-moov"},
	{"clip.damage_bad_moof", "bad-moof"},
	{"clip.damage_bad_header", "bad-header"},
	{"clip.damage_no_index", "no-index"},
	{"clip.damage_lost_sync", "lost-sync"},
	{"clip.damage_not", "not-{format}"},

	// What is wrong with what was entered (store: the FieldErrors).
	{"settle.wrong_empty", "must not be empty"},
	{"settle.wrong_long", "must be at most {count} characters"},
	{"settle.wrong_control", "must not contain control characters"},
	{"settle.wrong_time", "must be a time"},
	{"settle.wrong_future", "{at} is in the future"},
	{"settle.wrong_before", "the return at {at} is before the recording ended, {end}"},
	{"settle.wrong_before_all", "the return at {at} is before the recordings, from {end} on"},
	{"settle.wrong_reason", "{text} is none of continuous-duty, off-site, remote"},
	{"settle.wrong_kind", "{text} has no deadline"},
	{"settle.wrong_settled", "it was {settled} at {at} by {text}"},
	{"settle.wrong_revoked", "it was revoked at {at} by {text}"},
	{"settle.wrong_decided", "{text} decided {deadline} already; take that back first, as undecidable"},
	{"settle.wrong_needless", "the clip needs no decision: it is {deadline}"},
	{"settle.wrong_undecided", "there is no decision to take back: the clip is {deadline}"},
	{"settle.wrong_excused", "it is in time, or excused already"},
	{"settle.wrong_none_late", "no clip of the camera that was recorded by {at} is late"},
}

const (
	phraseTime   = `\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| ?[+-]\d\d:\d\d)`
	phraseSpan   = `-?(?:[\d.]+(?:h|ms|m|s))+`
	phraseSource = `the time in the file|the file's modification time|the file's name`
	phraseWay    = `fast|slow`
)

// phrasePart is what may stand in one place of a phrase, and how a page says it.
type phrasePart struct {
	match string // as a regular expression
	say   func(f format, text string) string
}

// phraseParts are by name. Of two of a kind each has a name of its own.
func phraseParts() map[string]phrasePart {
	return map[string]phrasePart{
		"told": {`.+`, format.toldText}, // a phrase of its own
		"text": {`.*`, format.asIs}, "rest": {`.*`, format.asIs}, "person": {`.+`, format.asIs}, "zone": {`\S+`, format.asIs}, "count": {`\d+`, format.asIs},
		"format": {`mp4|avi|wav|jpeg|png|mpegts`, func(_ format, text string) string { return strings.ToUpper(text) }},
		"at":     {phraseTime, format.phraseAt}, "end": {phraseTime, format.phraseAt}, "seen": {phraseTime, format.phraseAt}, "lacked": {phraseTime, format.phraseAt},
		"day":  {`\d{4}-\d\d-\d\d`, format.phraseDay},
		"span": {phraseSpan, format.phraseSpan}, "then": {phraseSpan, format.phraseSpan},
		"was": {`-?\d+`, format.phraseOffset}, "is": {`-?\d+`, format.phraseOffset},
		"way": {phraseWay, oneOf("why.way_")}, "now": {phraseWay, oneOf("why.way_")}, "turn": {`forwards|back`, oneOf("why.turn_")},
		"source": {phraseSource, format.phraseSource}, "other": {phraseSource, format.phraseSource},
		"from":     {`container|mtime|filename|docking`, oneOf("why.source_")},
		"what":     {`creation time|modification time|time in the name`, oneOf("why.kept_")},
		"deadline": {`pending|due_soon|overdue|on_time|late|excused|undecidable|none`, oneOf("deadline.")},
		"reason":   {`continuous-duty|off-site|remote`, oneOf("reason.")},
		"settled":  {`granted|refused`, oneOf("requests.as_")},
	}
}

// oneOf says a fixed word: the one that has the prefix in words.
func oneOf(prefix string) func(f format, text string) string {
	return func(f format, text string) string { return f.say(prefix + strings.ReplaceAll(text, " ", "_")) }
}

func (f format) asIs(text string) string { return text }

func (f format) phraseAt(text string) string {
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05 -07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return f.atText(t)
		}
	}
	return text
}

func (f format) phraseDay(text string) string {
	t, err := time.ParseInLocation(time.DateOnly, text, f.zone)
	if err != nil {
		return text
	}
	return f.dateText(t)
}

func (f format) phraseSpan(text string) string {
	d, err := time.ParseDuration(text)
	if err != nil {
		return text
	}
	return f.length(d.Abs())
}

// phraseOffset is how far a clock is off, of a number of seconds.
func (f format) phraseOffset(text string) string {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return f.offset(n)
}

// phraseSource is a source as reasons call it.
func (f format) phraseSource(text string) string {
	for name, words := range map[string]string{store.SourceContainer: "the time in the file", store.SourceModTime: "the file's modification time", store.SourceFilename: "the file's name"} {
		if text == words {
			return f.say("why.source_" + name)
		}
	}
	return text
}

// readPhrase is a phrase that texts are matched with.
type readPhrase struct {
	key   string
	match *regexp.Regexp
	names []string // of the groups
	parts []phrasePart
}

var phrasePlace = regexp.MustCompile(`\{(\w+)\}`)

// readPhrases prepares the phrases; every test of a page opens it.
func readPhrases() []readPhrase {
	list, known := make([]readPhrase, len(phrases)), phraseParts()
	for i, p := range phrases {
		pattern, at, read := `^`, 0, readPhrase{key: p.key}
		for _, m := range phrasePlace.FindAllStringSubmatchIndex(p.text, -1) {
			name := p.text[m[2]:m[3]]
			pattern += regexp.QuoteMeta(p.text[at:m[0]]) + `(` + known[name].match + `)`
			at, read.names, read.parts = m[1], append(read.names, name), append(read.parts, known[name])
		}
		read.match = regexp.MustCompile(pattern + regexp.QuoteMeta(p.text[at:]) + `$`)
		list[i] = read
	}
	return list
}

// phraseOf says a text that the catalog keeps in the language; ok is false when it
// is in no phrase.
func (f format) phraseOf(text string) (said string, ok bool) {
	for _, p := range f.phrases {
		m := p.match.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		var pairs []any
		for i, name := range p.names {
			pairs = append(pairs, name, p.parts[i].say(f, m[i+1]))
		}
		return f.say(p.key, pairs...), true
	}
	return text, false
}

func (f format) toldText(text string) string {
	said, _ := f.phraseOf(text)
	return said
}

// told is a text that the catalog keeps, as a page says it: in its language, or
// marked as English.
func (f format) told(text string) template.HTML {
	said, ok := f.phraseOf(text)
	if ok || f.lang == "en" {
		return template.HTML(template.HTMLEscapeString(said))
	}
	return template.HTML(`<span lang="en">` + template.HTMLEscapeString(text) + `</span>`)
}
