package ingest

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"custodock/ingest/media"
	"custodock/store"
)

// truth is what really happened with a clip, and how its camera wrote it down.
type truth struct {
	start, end     time.Time
	duration       time.Duration
	seen, lacked   time.Time
	profile        *Profile
	zone, station  *time.Location
	localContainer bool
	evidence       Evidence
}

// zones are far and near, with and without summer time, and off the whole hour.
var zones = []string{"Asia/Shanghai", "UTC", "Asia/Kathmandu", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/London"}

func drawZone(t *rapid.T, label string) *time.Location {
	zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, label))
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func millisecondsUpTo(t *rapid.T, d time.Duration, label string) time.Duration {
	return time.Duration(rapid.Int64Range(0, int64(d/time.Millisecond)).Draw(t, label)) * time.Millisecond
}

// drawRecording draws a recording, when the camera was docked, and which
// docking before that lacked the clip.
func drawRecording(t *rapid.T) (tr truth) {
	// An ordinary day, and days on which clocks are changed.
	day := rapid.SampledFrom([]string{"2026-11-20T00:00:00Z", "2026-11-01T00:00:00Z", "2026-04-04T00:00:00Z", "2026-03-08T00:00:00Z", "2026-10-25T00:00:00Z"}).Draw(t, "day")
	base, err := time.Parse(time.RFC3339, day)
	if err != nil {
		t.Fatal(err)
	}
	// Whole seconds: names and containers have no finer ones.
	tr.start = base.Add(time.Duration(rapid.IntRange(0, 48*3600).Draw(t, "start")) * time.Second)
	tr.duration = time.Second + millisecondsUpTo(t, 3*time.Hour, "duration")
	tr.end = tr.start.Add(tr.duration)
	tr.seen = tr.end.Add(millisecondsUpTo(t, 72*time.Hour, "docked after"))
	if rapid.Bool().Draw(t, "docked before") {
		tr.lacked = tr.end.Add(-millisecondsUpTo(t, 72*time.Hour, "lacked"))
	}
	tr.zone, tr.station = drawZone(t, "camera"), drawZone(t, "station")
	return tr
}

// face is what a clock in zone shows at t, put down as UTC.
func face(t time.Time, zone *time.Location) time.Time {
	_, offset := t.In(zone).Zone()
	return t.Add(time.Duration(offset) * time.Second)
}

// writeDown lets the camera, whose clock is fast by error, note the recording.
func (tr *truth) writeDown(t *rapid.T, fault time.Duration) {
	auto := rapid.Bool().Draw(t, "container.time is auto")
	tr.localContainer = rapid.Bool().Draw(t, "container is local")
	marks := []string{markStart, markEnd}
	p := &Profile{
		zone: tr.zone, containerTime: zoneUTC, mtimeZone: zoneAuto,
		containerMark: rapid.SampledFrom(marks).Draw(t, "container.mark"),
		mtimeMark:     rapid.SampledFrom(marks).Draw(t, "mtime mark"),
		order:         rapid.Permutation([]string{store.SourceContainer, store.SourceModTime, store.SourceFilename}).Draw(t, "order"),
	}
	if tr.localContainer {
		p.containerTime = zoneLocal
	}
	e := Evidence{Name: "A0001.MP4", SeenAt: tr.seen, Lacked: tr.lacked}
	moment := map[string]time.Time{markStart: tr.start.Add(fault), markEnd: tr.end.Add(fault)}

	if rapid.Bool().Draw(t, "mtime") {
		e.LocalTime = rapid.Bool().Draw(t, "mtime is local")
		e.ModTime = moment[p.mtimeMark]
		if e.LocalTime {
			e.ModTime = face(e.ModTime, tr.zone)
		}
	}
	if rapid.Bool().Draw(t, "time in the name") {
		utc := rapid.Bool().Draw(t, "name is UTC")
		at := moment[markStart]
		if !utc {
			at = face(at, tr.zone)
		}
		e.Name = at.Format("20060102_150405.MP4")
		c := profileCompiler{}
		p.names = []namePattern{c.name("", nameRule{UTC: utc, Pattern: `^(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)_(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)`})}
	}
	if rapid.Bool().Draw(t, "looked into") {
		e.Media = &media.Info{Format: "mp4", Kind: "video"}
		if rapid.Bool().Draw(t, "duration known") {
			e.Media.Duration = tr.duration
		}
		if rapid.Bool().Draw(t, "container") {
			e.Media.Created = moment[p.containerMark]
			if tr.localContainer {
				e.Media.Created = face(e.Media.Created, tr.zone)
			}
			// Which of the two auto takes can only be right where something
			// else tells the time: see Profile.Times.
			if auto && e.Media.Duration > 0 && (!e.ModTime.IsZero() || p.names != nil) {
				p.containerTime = zoneAuto
			}
		}
	}
	tr.profile, tr.evidence = p, e
}

// judgedRight fails when the rule says what is not so, of the stored clip and
// of the clip before it was stored.
func (tr *truth) judgedRight(t *rapid.T, got Times) {
	rule := store.Rule{Window: 24 * time.Hour, DueSoon: 4 * time.Hour}
	at := tr.seen.Add(millisecondsUpTo(t, 48*time.Hour, "stored after"))
	late := at.After(tr.end.Add(rule.Window))
	c := store.Clip{Kind: store.KindVideo, EndEarliest: got.Earliest, EndLatest: got.Latest}
	waiting := rule.Judge(&c, at)
	c.StoredAt = at
	done := rule.Judge(&c, at.Add(time.Hour))
	say := fmt.Sprintf("in truth from %s to %s, seen %s, stored %s: %+v", tr.start, tr.end, tr.seen, at, got)
	if !late && (done == store.Late || waiting == store.Overdue) {
		t.Fatalf("accused of %s, %s: %s", done, waiting, say)
	}
	if late && (done == store.OnTime || waiting == store.Pending || waiting == store.DueSoon) {
		t.Fatalf("hidden as %s, %s: %s", done, waiting, say)
	}
	if got.Latest.IsZero() || got.Latest.Before(got.Earliest) {
		t.Fatalf("no interval: %s", say)
	}
}

// Whatever zones are in play, a right clock neither accuses nor hides, and is
// not doubted as long as it tells the end and is not put back.
func TestRightClockIsJudgedRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := drawRecording(t)
		tr.writeDown(t, 0)
		got := tr.profile.Times(tr.evidence, tr.station, 2*time.Minute)
		tr.judgedRight(t, got)
		if got.Source == store.SourceDocking && len(got.Sources) > 0 {
			t.Fatalf("a right clock was doubted: %+v", got)
		}
		if got.Clock == store.ClockTrusted && !got.End.Equal(tr.end) {
			t.Fatalf("end %s, in truth %s: %+v", got.End, tr.end, got)
		}
	})
}

// A wrong clock whose error was measured is as good as a right one.
func TestMeasuredClockIsJudgedRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := drawRecording(t)
		fault := wrong(t)
		tr.writeDown(t, fault)
		tr.evidence.Offset = &fault
		tr.judgedRight(t, tr.profile.Times(tr.evidence, tr.station, 2*time.Minute))
	})
}

// A wrong clock that nobody measured does no harm where it is found out, and an
// end after the docking is always found out.
func TestWrongClockFoundOutIsJudgedRight(t *testing.T) {
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		tr := drawRecording(t)
		tr.writeDown(t, wrong(t))
		got := tr.profile.Times(tr.evidence, tr.station, 2*time.Minute)
		if got.End.After(tr.seen.Add(2 * time.Minute)) {
			t.Fatalf("ended after it was seen: %+v", got)
		}
		if got.Source == store.SourceDocking {
			found++
			tr.judgedRight(t, got)
		}
	})
	if found == 0 {
		t.Error("no wrong clock was found out")
	}
}

// wrong draws by how much a clock is fast: beyond the tolerance, either way.
func wrong(t *rapid.T) time.Duration {
	fault := 2*time.Minute + time.Second + millisecondsUpTo(t, 400*24*time.Hour, "fault").Truncate(time.Second)
	if rapid.Bool().Draw(t, "slow") {
		return -fault
	}
	return fault
}
