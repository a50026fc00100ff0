package ingest

import (
	"strings"
	"testing"
	"time"

	"custodock/ingest/media"
	"custodock/store"
)

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func zoneOf(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// The recording of most tests: ten minutes from 10:00 to 10:10 in Shanghai.
const (
	recStart = "2026-11-20T02:00:00Z"
	recEnd   = "2026-11-20T02:10:00Z"
	faceEnd  = "2026-11-20T10:10:00Z" // what the camera's clock shows, put down as UTC
)

// timesTest is evidence by text; empty is absent.
type timesTest struct {
	name    string
	profile string // YAML without name; the built-in generic one when empty
	station string // Asia/Shanghai when empty

	file      string // A0001.MP4 when empty
	mtime     string
	local     bool // mtime is wall clock
	created   string
	format    string        // mp4 when empty
	zone      time.Duration // that the container names, unless zero
	duration  time.Duration
	seen      string // 2026-11-20T03:00:00Z when empty
	lacked    string
	window    time.Duration
	here      bool          // by a listing of the same docking
	offset    time.Duration // measured, unless zero
	offsetBad string

	source, clock string
	reason        string // contained in it
	start, end    string
	earliest      string // end when empty; "-" for none
	latest        string // end when empty
}

func (test timesTest) evidence(t *testing.T) Evidence {
	at := func(s string) time.Time {
		if s == "" {
			return time.Time{}
		}
		return instant(t, s)
	}
	e := Evidence{Name: test.file, ModTime: at(test.mtime), LocalTime: test.local, SeenAt: instant(t, "2026-11-20T03:00:00Z"), Lacked: at(test.lacked), LackedHere: test.here, Window: test.window, OffsetBad: test.offsetBad}
	if e.Name == "" {
		e.Name = "A0001.MP4"
	}
	if test.created != "" || test.duration != 0 {
		e.Media = &media.Info{Format: "mp4", Kind: "video", Created: at(test.created), Duration: test.duration}
		if test.format != "" {
			e.Media.Format = test.format
		}
		if test.zone != 0 {
			e.Media.ZoneOffset = &test.zone
		}
		if test.format == "jpeg" {
			e.Media.Kind = "photo"
		}
	}
	if test.seen != "" {
		e.SeenAt = at(test.seen)
	}
	if test.offset != 0 {
		e.Offset = &test.offset
	}
	return e
}

func (test timesTest) run(t *testing.T) {
	p := profileNamed(t, "generic")
	if test.profile != "" {
		p = parsed(t, "name: test\n"+test.profile)
	}
	station := "Asia/Shanghai"
	if test.station != "" {
		station = test.station
	}
	got := p.Times(test.evidence(t), zoneOf(t, station), 2*time.Minute)
	if test.earliest == "" {
		test.earliest = test.end
	}
	if test.latest == "" {
		test.latest = test.end
	}
	for _, f := range []struct{ field, got, want string }{
		{"source", got.Source, test.source},
		{"clock", got.Clock, test.clock},
		{"start", stampOf(got.Start), test.start},
		{"end", stampOf(got.End), test.end},
		{"earliest", stampOf(got.Earliest), strings.Trim(test.earliest, "-")},
		{"latest", stampOf(got.Latest), test.latest},
	} {
		if f.got != f.want && (f.field == "earliest" || !strings.HasPrefix(f.want, "-")) {
			t.Errorf("%s: %s is %q, want %q (%s)", test.name, f.field, f.got, f.want, got.Reason)
		}
	}
	if !strings.Contains(got.Reason, test.reason) || (test.reason == "") != (got.Reason == "") {
		t.Errorf("%s: reason is\n%q, want\n%q", test.name, got.Reason, test.reason)
	}
	if test.offsetBad == "" { // of which no reading tells here
		checkCause(t, test.name, got.Reason, got.Cause, zoneOf(t, station))
	}
}

func stampOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

const (
	tenMinutes = 10 * time.Minute
	seenAt     = "2026-11-20T03:00:00Z"
)

func TestTimesTrusted(t *testing.T) {
	for _, test := range []timesTest{
		{name: "container and mtime", created: recStart, duration: tenMinutes, mtime: recEnd, source: "container", start: recStart, end: recEnd},
		{name: "container alone", created: recStart, duration: tenMinutes, source: "container", start: recStart, end: recEnd},
		{name: "container marks the end", profile: "container: {mark: end}", created: recEnd, duration: tenMinutes, source: "container", start: recStart, end: recEnd},
		{name: "container marks the end, no duration", profile: "container: {mark: end}", created: recEnd, source: "container", end: recEnd},
		{name: "container is local", created: "2026-11-20T10:00:00Z", duration: tenMinutes, mtime: recEnd, source: "container", start: recStart, end: recEnd},
		{name: "container is local by the name", created: "2026-11-20T10:00:00Z", duration: tenMinutes, file: "20261120_100000.MP4", source: "container", start: recStart, end: recEnd},
		{name: "container is local, mtime is within", created: "2026-11-20T10:00:00Z", duration: tenMinutes, mtime: "2026-11-20T02:05:00Z", source: "container", start: recStart, end: recEnd},
		{name: "container is local, mtime is just before", created: "2026-11-20T10:00:00Z", duration: tenMinutes, mtime: "2026-11-20T01:58:30Z", source: "container", start: recStart, end: recEnd},
		{name: "container is UTC, the name is in UTC too", created: recStart, duration: tenMinutes, mtime: recEnd, file: "20261120_020000.MP4", source: "container", start: recStart, end: recEnd},
		{name: "container is local by profile", profile: "container: {time: local}", created: "2026-11-20T10:00:00Z", duration: tenMinutes, source: "container", start: recStart, end: recEnd},
		{name: "container is UTC by profile", profile: "container: {time: utc}", created: recStart, duration: tenMinutes, mtime: faceEnd, source: "container", start: recStart, end: recEnd},
		{name: "container is local in the camera's zone", profile: "zone: Asia/Kathmandu", created: "2026-11-20T07:45:00Z", duration: tenMinutes, mtime: recEnd, source: "container", start: recStart, end: recEnd},
		{name: "long clip, an hour from UTC", station: "Europe/Berlin", created: "2026-11-20T01:00:00Z", duration: 2 * time.Hour, mtime: "2026-11-20T02:00:00Z", source: "container", start: "2026-11-20T00:00:00Z", end: "2026-11-20T02:00:00Z"},
		{name: "photo's EXIF is local", format: "jpeg", file: "A.JPG", created: "2026-11-20T10:10:00Z", source: "container", start: recEnd, end: recEnd},
		{name: "photo's EXIF names its zone", format: "jpeg", file: "A.JPG", created: "2026-11-20T03:10:00Z", zone: time.Hour, source: "container", start: recEnd, end: recEnd},
		{name: "photo's EXIF is UTC by mtime", format: "jpeg", file: "A.JPG", created: recEnd, mtime: recEnd, source: "container", start: recEnd, end: recEnd},

		{name: "mtime", mtime: recEnd, source: "mtime", end: recEnd},
		{name: "mtime is wall clock", mtime: faceEnd, local: true, source: "mtime", end: recEnd},
		{name: "mtime is UTC after all", profile: "mtime_zone: utc", mtime: recEnd, local: true, source: "mtime", end: recEnd},
		{name: "mtime is local after all", profile: "mtime_zone: local", mtime: faceEnd, source: "mtime", end: recEnd},
		{name: "mtime with duration", mtime: recEnd, duration: tenMinutes, source: "mtime", start: recStart, end: recEnd},
		{name: "mtime marks the start", profile: "mtime: start", mtime: recStart, duration: tenMinutes, source: "mtime", start: recStart, end: recEnd},
		{name: "mtime and the container's start", created: recStart, mtime: recEnd, source: "mtime", start: recStart, end: recEnd},
		{name: "mtime and a container's start a zone ahead", profile: "container: {time: utc}", created: "2026-11-20T10:00:00Z", mtime: recEnd, source: "mtime", end: recEnd},
		{name: "mtime first", profile: "order: [mtime, container]", created: recStart, duration: tenMinutes, mtime: "2026-11-20T02:10:30Z", source: "mtime", start: "2026-11-20T02:00:30Z", end: "2026-11-20T02:10:30Z"},

		{name: "name and duration", file: "20261120_100000.MP4", duration: tenMinutes, source: "filename", start: recStart, end: recEnd},
		{name: "name of a photo", file: "IMG_20261120_101000.jpg", source: "filename", start: recEnd, end: recEnd},
		{name: "name in UTC", file: "PXL_20261120_020000123.mp4", duration: tenMinutes, source: "filename", start: "2026-11-20T02:00:00.123Z", end: "2026-11-20T02:10:00.123Z"},
		{name: "name marks the end", profile: `names: [{pattern: '^(?P<day>\d\d)(?P<month>\d\d)(?P<year>\d\d)-(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)', mark: end}]`, file: "201126-101000.mp4", source: "filename", end: recEnd},
		{name: "no time in the name", file: "20261341_100000.MP4", mtime: recEnd, source: "mtime", end: recEnd},
		{name: "name not looked at", profile: "order: [container, mtime]", file: "20200101_100000.MP4", mtime: recEnd, source: "mtime", end: recEnd},

		{name: "fractions are cut", mtime: "2026-11-20T02:10:00.9999Z", source: "mtime", end: "2026-11-20T02:10:00.999Z"},
		{name: "a little ahead", mtime: "2026-11-20T03:02:00Z", source: "mtime", end: "2026-11-20T03:02:00Z"},
		{name: "a small offset is let be", mtime: recEnd, offset: 2 * time.Minute, source: "mtime", end: recEnd},
		{name: "impossible container time", created: "9999-11-20T02:00:00Z", duration: tenMinutes, mtime: recEnd, source: "mtime", start: recStart, end: recEnd},
	} {
		test.clock = store.ClockTrusted
		test.run(t)
	}
}

// What agrees keeps the clock trusted, what does not makes it suspect.
func TestTimesAgreement(t *testing.T) {
	const video = "names: [{pattern: '(?P<year>\\d{4})(?P<month>\\d\\d)(?P<day>\\d\\d)_(?P<hour>\\d\\d)(?P<minute>\\d\\d)(?P<second>\\d\\d)'}]\n"
	utc := video + "container: {time: utc}"
	for _, test := range []struct {
		timesTest
		agree bool
	}{
		{timesTest{name: "mtime at the start", mtime: recStart}, true},
		{timesTest{name: "mtime within", mtime: "2026-11-20T02:05:00Z"}, true},
		{timesTest{name: "mtime just before", mtime: "2026-11-20T01:58:00Z"}, true},
		{timesTest{name: "mtime too early", mtime: "2026-11-20T01:57:59Z"}, false},
		{timesTest{name: "mtime just after", mtime: "2026-11-20T02:12:00Z"}, true},
		{timesTest{name: "mtime too late", mtime: "2026-11-20T02:12:01Z"}, false},
		{timesTest{name: "mtime an hour early", mtime: "2026-11-20T01:10:00Z"}, true},
		{timesTest{name: "mtime 14 hours early", mtime: "2026-11-19T12:10:00Z"}, true},
		{timesTest{name: "mtime 15 hours early", mtime: "2026-11-19T11:10:00Z"}, false},
		{timesTest{name: "mtime half an hour early", mtime: "2026-11-20T01:30:00Z"}, false},
		{timesTest{name: "mtime a day early", mtime: "2026-11-19T02:10:00Z"}, false},
		{timesTest{name: "mtime 5:45 early, in Nepal", station: "Asia/Kathmandu", mtime: "2026-11-19T20:25:00Z"}, true},
		{timesTest{name: "mtime 5:45 late, in Nepal", station: "Asia/Kathmandu", mtime: "2026-11-20T07:55:00Z"}, true},
		{timesTest{name: "mtime 5:45 early, in China", mtime: "2026-11-19T20:25:00Z"}, false},
		{timesTest{name: "name at the start", file: "20261120_100000.mp4"}, true},
		{timesTest{name: "name within", file: "20261120_100959.mp4"}, true},
		{timesTest{name: "name too late", file: "20261120_101201.mp4"}, false},
		{timesTest{name: "name too early", file: "20261120_095759.mp4"}, false},
		{timesTest{name: "name in UTC", file: "20261120_020000.mp4"}, true},
		{timesTest{name: "name a day early", file: "20261119_100000.mp4"}, false},
		{timesTest{name: "mtime agrees, name does not", mtime: recEnd, file: "20261120_093000.mp4"}, false},
	} {
		test.profile, test.created, test.duration = utc, recStart, tenMinutes
		test.source, test.clock, test.start, test.end = "container", store.ClockTrusted, recStart, recEnd
		test.lacked = "2026-11-19T20:00:00Z"
		if !test.agree {
			test.source, test.clock, test.start, test.end = "docking", store.ClockSuspect, "", ""
			test.reason = "apart, which no time zone explains"
			test.earliest, test.latest = test.lacked, seenAt
		}
		test.run(t)
	}
	for _, test := range []struct {
		timesTest
		agree bool
	}{
		{timesTest{name: "name long before mtime", file: "20261119_101000.mp4"}, true},
		{timesTest{name: "name too long before mtime", file: "20261118_191000.mp4"}, false},
		{timesTest{name: "name after mtime by no whole hours", file: "20261121_004000.mp4"}, false},
	} {
		test.profile, test.mtime = video, recEnd
		test.source, test.clock, test.end = "mtime", store.ClockTrusted, recEnd
		if !test.agree {
			test.source, test.clock, test.end = "docking", store.ClockSuspect, ""
			test.reason = "apart, which no time zone explains"
			test.earliest, test.latest = "-", seenAt
		}
		test.run(t)
	}
}

func TestTimesCorrected(t *testing.T) {
	for _, test := range []timesTest{
		{name: "fast", mtime: "2026-11-20T21:10:00Z", offset: 19 * time.Hour, source: "mtime", reason: "the camera's clock was 19h0m0s fast when it was docked", end: recEnd},
		{name: "slow", created: "2026-11-20T01:55:00Z", duration: tenMinutes, mtime: "2026-11-20T02:05:00Z", offset: -5 * time.Minute,
			source: "container", reason: "the camera's clock was 5m0s slow when it was docked", start: recStart, end: recEnd},
	} {
		test.clock = store.ClockCorrected
		test.run(t)
	}
}

func TestTimesSuspect(t *testing.T) {
	const born = "birthdays: [2018-01-01]\nbirthday_span: 24h"
	for _, test := range []timesTest{
		{name: "no source", reason: "the camera gives no time"},
		{name: "no source left", profile: "order: [filename]", mtime: recEnd, reason: "the camera gives no time"},
		{name: "only a bad year", mtime: "9999-11-20T02:00:00Z", reason: "the camera gives no time"},
		{name: "1970", mtime: "1970-01-01T00:00:10Z", reason: "the file's modification time says 1970-01-01 08:00:10 +08:00: the camera's clock had been reset"},
		{name: "1980", mtime: "1980-01-01T00:00:00Z", local: true, reason: "had been reset"},
		{name: "2000", mtime: "2000-01-01T00:00:00Z", reason: "had been reset"},
		{name: "end of 2009", mtime: "2009-12-31T23:59:59Z", reason: "had been reset"},
		{name: "mtime of 1980, container fine", mtime: "1980-01-01T00:00:00Z", created: recStart, duration: tenMinutes, reason: "had been reset"},
		{name: "container of 2000, mtime fine", mtime: recEnd, created: "2000-01-01T00:00:00Z", duration: tenMinutes, reason: "had been reset"},
		{name: "birthday", profile: born, mtime: "2018-01-02T00:00:00Z", reason: "restarts at 2018-01-01 when its battery is flat"},
		{name: "birthday in Shanghai", profile: born, mtime: "2017-12-31T16:00:01Z", reason: "restarts at 2018-01-01"},
		{name: "birthday, far east", profile: born, mtime: "2018-01-02T13:59:59Z", reason: "restarts at 2018-01-01"},
		{name: "birthday, though the offset was measured", profile: born, mtime: "2018-01-01T02:10:00Z", offset: -77856 * time.Hour, reason: "restarts at 2018-01-01"},
		{name: "corrected to nonsense", mtime: recEnd, offset: 20 * 8766 * time.Hour, reason: "had been reset"},
		{name: "future", mtime: "2026-11-20T03:02:01Z", reason: "by that the recording went on for 2m1s after the camera was docked (2026-11-20 11:00:00 +08:00)"},
		{name: "future start", file: "20261120_120000.mp4", reason: "the file's name says 2026-11-20 12:00:00 +08:00: by that the recording went on for 1h0m0s"},
		{name: "future, once corrected", mtime: recEnd, offset: -time.Hour, reason: "by that the recording went on for 10m0s"},
		{name: "local container with nothing to tell", created: "2026-11-20T10:00:00Z", duration: tenMinutes, reason: "by that the recording went on for 7h10m0s"},
		{name: "offset contradicts", mtime: recEnd, offset: time.Hour, offsetBad: "the offset jumped", reason: "the offset jumped"},
	} {
		test.source, test.clock, test.latest = "docking", store.ClockSuspect, seenAt
		test.earliest = "-"
		test.run(t)
		test.lacked, test.earliest = "2026-11-20T01:00:00Z", "2026-11-20T01:00:00Z"
		test.run(t)
	}
	slow := timesTest{name: "ended before a docking that lacked it", mtime: recEnd, lacked: "2026-11-20T02:30:00Z",
		source: "docking", clock: store.ClockSuspect, reason: "and it was not on it then", earliest: recEnd, latest: seenAt}
	slow.run(t)
	slow.window = 50 * time.Minute // of which ten are left when it is seen
	slow.source, slow.clock, slow.reason, slow.end, slow.earliest, slow.latest = "mtime", store.ClockTrusted, "", recEnd, "", ""
	slow.run(t)
	slow.window = 0
	slow.here, slow.source, slow.clock, slow.reason = true, "mtime", store.ClockTrusted, ""
	slow.end, slow.earliest, slow.latest = recEnd, "", ""
	slow.run(t)
	timesTest{name: "after a birthday's span", profile: born, mtime: "2018-01-02T14:00:01Z", source: "mtime", clock: store.ClockTrusted, end: "2018-01-02T14:00:01Z"}.run(t)
	timesTest{name: "2010", mtime: "2010-01-01T00:00:00Z", source: "mtime", clock: store.ClockTrusted, end: "2010-01-01T00:00:00Z"}.run(t)
	timesTest{name: "seen before the last docking ended", lacked: recEnd, seen: recStart, reason: "the camera gives no time",
		source: "docking", clock: store.ClockSuspect, earliest: recEnd, latest: recEnd}.run(t)
}

// A start alone is no end: the recording may have gone on until it was seen.
func TestTimesStartAlone(t *testing.T) {
	for _, test := range []timesTest{
		{name: "name", file: "20261120_100000.MP4", source: "filename", reason: "only the start of the recording is known, 2026-11-20 10:00:00 +08:00"},
		{name: "container", created: recStart, source: "container", reason: "only the start"},
		{name: "mtime", profile: "mtime: start", mtime: recStart, source: "mtime", reason: "only the start"},
		{name: "video that is named as a photo", created: recStart, file: "A.JPG", source: "container", reason: "only the start"},
		{name: "container and name", created: recStart, file: "20261120_100000.MP4", source: "container", reason: "only the start"},
	} {
		test.clock, test.earliest, test.latest = store.ClockSuspect, recStart, seenAt
		test.run(t)
	}
	timesTest{name: "starts differ", created: recStart, file: "20261120_101500.MP4", source: "docking", clock: store.ClockSuspect,
		reason: "apart, which no time zone explains", earliest: "-", latest: seenAt}.run(t)
}

// In the night in which the clock is put back it shows an hour twice.
func TestTimesClockPutBack(t *testing.T) {
	const first, second = "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z" // 01:30 in New York
	twice := timesTest{station: "America/New_York", mtime: "2026-11-01T01:30:00Z", local: true, source: "mtime"}

	either := twice
	either.name, either.clock, either.seen = "either", store.ClockSuspect, "2026-11-01T12:00:00Z"
	either.reason, either.earliest, either.latest = "put back and showed 2026-11-01 01:30:00 -04:00 twice", first, second
	either.run(t)

	early := twice
	early.name, early.clock, early.seen, early.end = "seen before the second time", store.ClockTrusted, "2026-11-01T05:40:00Z", first
	early.run(t)

	// mtime, after the second time, shows that the container is local and not
	// UTC though it is an hour from the container's first reading.
	start := timesTest{name: "start in it", station: "America/New_York", seen: "2026-11-01T12:00:00Z",
		created: "2026-11-01T01:58:00Z", duration: tenMinutes, mtime: "2026-11-01T02:08:00Z", local: true,
		source: "container", clock: store.ClockSuspect, reason: "put back", earliest: "2026-11-01T06:08:00Z", latest: "2026-11-01T07:08:00Z"}
	start.run(t)

	// Where clocks are put back by half an hour, that explains half an hour.
	timesTest{name: "half an hour", profile: "container: {time: utc}", station: "Australia/Lord_Howe", seen: "2026-04-05T00:00:00Z",
		created: "2026-04-04T15:00:00Z", duration: tenMinutes, mtime: "2026-04-05T01:40:00Z", local: true,
		source: "container", clock: store.ClockTrusted, start: "2026-04-04T15:00:00Z", end: "2026-04-04T15:10:00Z"}.run(t)
}

func TestTimesContradictedOffsetIsNotApplied(t *testing.T) {
	offset := time.Hour
	got := profileNamed(t, "generic").Times(Evidence{
		ModTime: instant(t, recEnd), SeenAt: instant(t, seenAt), Offset: &offset, OffsetBad: "it jumped",
	}, time.UTC, 2*time.Minute)
	if len(got.Sources) != 1 || !got.Sources[0].End.Equal(instant(t, recEnd)) {
		t.Errorf("got %+v, want the time as the camera gave it", got.Sources)
	}
}

func TestTimesSources(t *testing.T) {
	offset := 10 * time.Minute
	got := profileNamed(t, "generic").Times(Evidence{
		Name: "20261120_101000.mp4", ModTime: instant(t, "2026-11-20T02:20:00Z"), SeenAt: instant(t, seenAt), Offset: &offset,
		Media: &media.Info{Format: "mp4", Kind: "video", Created: instant(t, "2026-11-20T10:10:00Z"), Duration: tenMinutes},
	}, zoneOf(t, "Asia/Shanghai"), 2*time.Minute)
	start, end := instant(t, recStart), instant(t, recEnd)
	want := []store.Source{
		{From: "container", Start: start, End: end, Note: "creation time read as local time in Asia/Shanghai, because mtime agrees with that alone, corrected by the measured offset"},
		{From: "mtime", Start: start, End: end, Note: "modification time read as UTC, corrected by the measured offset"},
		{From: "filename", Start: start, End: end, Note: "time in the name read as local time in Asia/Shanghai, corrected by the measured offset"},
	}
	if len(got.Sources) != len(want) {
		t.Fatalf("got %+v, want %+v", got.Sources, want)
	}
	for i := range want {
		if got.Sources[i] != want[i] {
			t.Errorf("got  %+v\nwant %+v", got.Sources[i], want[i])
		}
	}
	if got.Clock != store.ClockCorrected || got.Duration != tenMinutes {
		t.Errorf("got clock %s, duration %s", got.Clock, got.Duration)
	}
}

func TestNamesOfKnownCameras(t *testing.T) {
	want := instant(t, recStart)
	for profile, files := range map[string][]string{
		"generic": {
			"20261120_100000.MP4", "REC20261120100000.mp4", "2026_1120_100000_001.MOV", "2026-11-20_10-00-00-front.mp4",
			"VID_20261120_100000000.mp4", "2026-11-20T10:00:00.mp4", "DSJ-1234567_000000_20261120100000_0001.MP4", "PXL_20261120_020000000.mp4",
		},
		"police-recorder": {
			"20261120_100000.MP4", "20261120100000_0001.mp4", "DSJ-1234567_000000_20261120100000_0001.MP4", "DSJ_A000001_20240101_20261120100000_0001.MP4",
		},
	} {
		x := examiner{p: profileNamed(t, profile), zone: zoneOf(t, "Asia/Shanghai")}
		for _, file := range files {
			x.e.Name = file
			if got, ok := x.name(); !ok || !got.at.Equal(want) {
				t.Errorf("%s: %s: got %s, %t", profile, file, got.at, ok)
			}
		}
		for _, file := range []string{"A0001.MP4", "12345678901234.mp4", "20261120100000123456.mp4", "20261120.mp4", "20261120_240000.mp4", "20260230_100000.mp4"} {
			x.e.Name = file
			if got, ok := x.name(); ok {
				t.Errorf("%s: %s: got %s, want none", profile, file, got.at)
			}
		}
	}
}
