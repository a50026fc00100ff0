package web

import (
	"fmt"
	"strings"
	"testing"

	"custodock/store"
)

// What the store writes down of clips, and refuses, is said in every language.
func TestPhrasesOfHistory(t *testing.T) {
	for text, key := range map[string]string{
		"not stored by 2026-11-20T02:00:00Z": "what.note_missed", "stored after 2026-11-20T02:00:00Z": "what.note_stored_after",
		"late": "what.note_decided", "on_time: he said so": "what.note_decided_because",
		"off-site, returned 2026-11-20T02:00:00Z: far: away":                                        "what.note_extended_because",
		"store A.MP4 of camera CAM: reading from the camera failed: read A.MP4: input/output error": "why.failed_source",
		"2026-11-20T02:00:00Z is in the future":                                                     "settle.wrong_future",
		"the return at 2026-11-20T02:00:00Z is before the recording ended, 2026-11-20T03:00:00Z":    "settle.wrong_before",
		"it was refused at 2026-11-20T02:00:00Z by chief (7)":                                       "settle.wrong_settled",
		"the clip needs no decision: it is late":                                                    "settle.wrong_needless",
		"no-moov":                                                                                   "clip.damage_no_moov",
		"not-mp4":                                                                                   "clip.damage_not",
	} {
		checkPhrase(t, key, text)
	}
	f := formats(t)[1]
	if got := f.told("<b>what nobody foresaw</b>"); got != `<span lang="en">&lt;b&gt;what nobody foresaw&lt;/b&gt;</span>` {
		t.Errorf("a text that is in no phrase: %s", got)
	}
	if got, want := f.toldText("creation time read as local time in Asia/Shanghai, because mtime agrees with that alone, corrected by the measured offset"), "创建时间按Asia/Shanghai当地时间读取，因为只有这样才与文件修改时间相符，已按测得偏差校正"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// checkPhrase fails when a text is not in the phrase of key, or any if that is
// empty, or leaves a place unfilled.
func checkPhrase(t *testing.T, key, text string) {
	t.Helper()
	for _, f := range formats(t) {
		said, ok := f.phraseOf(text)
		if !ok || strings.ContainsAny(said, "{}") || f.lang == "zh" && strings.Contains(said, " the ") {
			t.Errorf("%s: %q is said as %q", f.lang, text, said)
		}
		for _, p := range f.phrases {
			if p.key == key && !p.match.MatchString(text) {
				t.Errorf("%q is not in %s", text, key)
			}
		}
	}
}

// Every phrase is read back from the text that it stands for.
func TestPhrasesAreDistinct(t *testing.T) {
	samples := map[string]string{
		"told": "creation time read as UTC", "text": "A", "rest": ": B", "person": "C", "zone": "UTC", "count": "200", "format": "mp4",
		"from": "mtime", "what": "creation time", "deadline": "late",
		"reason": "remote", "settled": "granted",
		"at": "2026-11-20T02:00:00Z", "end": "2026-11-20T02:00:00.5+08:00",
	}
	all := allWords(t)
	for _, p := range phrases {
		text := p.text
		for name, sample := range samples {
			text = strings.ReplaceAll(text, fmt.Sprint("{", name, "}"), sample)
		}
		for _, read := range all[0].phrases {
			if read.match.MatchString(text) {
				if read.key != p.key {
					t.Errorf("%q is taken for %s, and not for %s", text, read.key, p.key)
				}
				break
			}
		}
	}
	for _, e := range []error{&store.FieldError{Field: "note", Why: checkText("", true)}, &store.FieldError{Field: "note", Why: checkText(strings.Repeat("x", 201), false)}, &store.FieldError{Field: "note", Why: checkText("\n", false)}} {
		_, why, _ := strings.Cut(e.Error(), ": ")
		checkPhrase(t, "", why)
	}
}
