package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"custodock/configs"
	"custodock/device"
	"custodock/ingest"
	"custodock/ingest/media"
	"custodock/store"
)

// What the station writes down of a camera's clock is said in every language:
// each text here is made by the code that writes it.
func TestPhrasesOfClocks(t *testing.T) {
	all, err := readWords()
	if err != nil {
		t.Fatal(err)
	}
	profiles, err := ingest.LoadProfiles(configs.Profiles, "")
	if err != nil {
		t.Fatal(err)
	}
	profile := ingest.Match(profiles, device.Info{Serial: "CAM"}, []string{"DCIM/100MEDIA/A0001.MP4"})
	seen := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	offset := func(d time.Duration) *time.Duration { return &d }
	mp4 := func(created time.Time) *media.Info {
		return &media.Info{Format: media.FormatMP4, Kind: media.KindVideo, Created: created, Duration: 10 * time.Minute}
	}
	for name, e := range map[string]ingest.Evidence{
		"why.clock_none":     {},
		"why.clock_reset":    {ModTime: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)},
		"why.clock_jumped":   {ModTime: seen.Add(-time.Hour), Offset: offset(0), OffsetBad: "the camera's clock jumped: it was 3 s off at the last docking and is -9000 s off now"},
		"why.clock_future":   {ModTime: seen.Add(time.Hour)},
		"why.clock_past":     {ModTime: seen.Add(-50 * time.Hour), Lacked: seen.Add(-40 * time.Hour)},
		"why.clock_disagree": {ModTime: seen.Add(-time.Hour), Media: mp4(seen.Add(-77 * time.Hour))},
		"why.clock_off":      {ModTime: seen.Add(-time.Hour), Offset: offset(10 * time.Minute)},
	} {
		e.Name, e.SeenAt, e.Window = "A0001.MP4", seen, 24*time.Hour
		times := profile.Times(e, shanghai(t), 2*time.Minute)
		checkPhrase(t, all, name, times.Reason)
		for _, s := range times.Sources {
			checkPhrase(t, all, "", s.Note)
		}
	}
}

// And so is all that the store writes down of clips, and refuses.
func TestPhrasesOfHistory(t *testing.T) {
	all, err := readWords()
	if err != nil {
		t.Fatal(err)
	}
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
		"the camera's clock was 1h0m0s slow when it was docked; and the station's own clock was set or is in doubt": "why.clock_station",
		"the camera's clock was 10m0s fast when this was recorded: it drifted to 12m30s fast at the docking":        "why.clock_drifted",
	} {
		checkPhrase(t, all, key, text)
	}
	f := format{all[1], shanghai(t)}
	if got := f.told("<b>what nobody foresaw</b>"); got != `<span lang="en">&lt;b&gt;what nobody foresaw&lt;/b&gt;</span>` {
		t.Errorf("a text that is in no phrase: %s", got)
	}
	if got, want := f.toldText("the camera's clock was 1h0m5s slow when it was docked"), "入仓时执法记录仪时钟慢1小时。"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := f.toldText("creation time read as local time in Asia/Shanghai, because mtime agrees with that alone, corrected by the measured offset"), "创建时间按Asia/Shanghai当地时间读取，因为只有这样才与文件修改时间相符，已按测得偏差校正"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// checkPhrase fails when a text is not in the phrase of key, or any if that is
// empty, or leaves a place unfilled.
func checkPhrase(t *testing.T, all []*words, key, text string) {
	t.Helper()
	for _, w := range all {
		f := format{w, shanghai(t)}
		said, ok := f.phraseOf(text)
		if !ok || strings.ContainsAny(said, "{}") || w.lang == "zh" && strings.Contains(said, " the ") {
			t.Errorf("%s: %q is said as %q", w.lang, text, said)
		}
		for _, p := range w.phrases {
			if p.key == key && !p.match.MatchString(text) {
				t.Errorf("%q is not in %s", text, key)
			}
		}
	}
}

// Every phrase is read back from the text that it stands for.
func TestPhrasesAreDistinct(t *testing.T) {
	samples := map[string]string{
		"told": "the camera gives no time", "text": "A", "rest": ": B", "person": "C", "zone": "UTC", "count": "200", "format": "mp4",
		"day": "2018-01-01", "span": "1h2m3s", "then": "4s", "was": "-5", "is": "6", "way": "fast", "now": "slow", "turn": "back",
		"source": "the file's name", "other": "the time in the file", "from": "mtime", "what": "creation time", "deadline": "late",
		"reason": "remote", "settled": "granted",
		"at": "2026-11-20 10:00:00 +08:00", "end": "2026-11-20T02:00:00Z", "seen": "2026-11-20T02:00:00Z", "lacked": "2026-11-20T02:00:00Z",
	}
	all, err := readWords()
	if err != nil {
		t.Fatal(err)
	}
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
		checkPhrase(t, all, "", why)
	}
}
