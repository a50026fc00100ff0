package web

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"custodock/configs"
	"custodock/device"
	"custodock/ingest"
	"custodock/ingest/media"
	"custodock/store"
)

// Every cause that the store knows and ingest can give has words, in every
// language, and they use values that it has.
func TestCauseWords(t *testing.T) {
	names := causeNames(t)
	full := store.Cause{Source: "mtime", Other: "filename", At: at, OtherAt: at, Seconds: 1, Before: 2}
	for _, f := range formats(t) {
		used := []string{"cause.station"}
		for name, what := range names {
			if !slices.Contains(store.Causes, what) {
				t.Errorf("store.Causes does not have %s", name)
			}
			used = append(used, "cause."+what)
			full.What = what
			said := f.cause(&full)
			if !f.has("cause."+what) || strings.ContainsAny(said, "{}") || f.lang == "zh" && regexp.MustCompile(`[A-Za-z]`).MatchString(said) {
				t.Errorf("%s: %s is said as %q", f.lang, name, said)
			}
		}
		for key := range f.text {
			if strings.HasPrefix(key, "cause.") && !slices.Contains(used, key) {
				t.Errorf("%s: there are words for %s, which is no cause", f.lang, key)
			}
		}
	}
	if len(names) != len(store.Causes) {
		t.Errorf("store has %d causes, and %d in store.Causes", len(names), len(store.Causes))
	}
}

// causeNames reads the causes from the sources of store, and makes sure that
// ingest uses no others.
func causeNames(t *testing.T) map[string]string {
	t.Helper()
	source, err := os.ReadFile("../store/cause.go")
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]string)
	for _, m := range regexp.MustCompile(`(?m)^\s+(Cause\w+)\s+= "(.+?)"`).FindAllStringSubmatch(string(source), -1) {
		names[m[1]] = m[2]
	}
	files, err := filepath.Glob("../ingest/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("the sources of ingest: %d, %v", len(files), err)
	}
	given := make(map[string]bool)
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`store\.(Cause[A-Z]\w*)`).FindAllStringSubmatch(string(source), -1) {
			given[m[1]] = true
		}
	}
	for name := range given {
		if names[name] == "" {
			t.Errorf("ingest gives %s, which store does not have", name)
		}
	}
	for name := range names {
		if !given[name] {
			t.Errorf("ingest never gives %s", name)
		}
	}
	return names
}

// What ingest gives has every value that the words of its cause have a place for.
func TestCausesOfClocks(t *testing.T) {
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
	for what, e := range map[string]ingest.Evidence{
		store.CauseNoTime:   {},
		store.CauseReset:    {ModTime: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)},
		store.CauseFuture:   {ModTime: seen.Add(time.Hour)},
		store.CauseLacked:   {ModTime: seen.Add(-50 * time.Hour), Lacked: seen.Add(-40 * time.Hour)},
		store.CauseDisagree: {ModTime: seen.Add(-time.Hour), Media: mp4(seen.Add(-77 * time.Hour))},
		store.CauseOffset:   {ModTime: seen.Add(-time.Hour), Offset: offset(10 * time.Minute)},
	} {
		e.Name, e.SeenAt, e.Window = "A0001.MP4", seen, 24*time.Hour
		times := profile.Times(e, shanghai(t), 2*time.Minute)
		if times.Cause == nil || times.Cause.What != what {
			t.Errorf("%s: cause %+v of %q", what, times.Cause, times.Reason)
			continue
		}
		for _, f := range formats(t) {
			values := f.causeValues(times.Cause)
			for i := 0; i < len(values); i += 2 {
				if strings.Contains(f.text["cause."+what], fmt.Sprint("{", values[i], "}")) && values[i+1] == "" {
					t.Errorf("%s: there is no %s for %s", f.lang, values[i], what)
				}
			}
		}
		for _, s := range times.Sources {
			checkPhrase(t, "", s.Note)
		}
	}
}

func TestSayCauses(t *testing.T) {
	birthday := time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		cause store.Cause
		want  [2]string
	}{
		{store.Cause{What: store.CauseNoTime, Station: true}, [2]string{
			"The camera gives no time. Besides, the station's own clock was set or is in doubt.",
			"执法记录仪未提供时间。此外，采集工作站自身时钟曾被调整或存疑。"}},
		{store.Cause{What: store.CauseBirthday, Source: "mtime", At: at, OtherAt: birthday}, [2]string{
			"By the file's modification time it was 24 Nov 2026, 10:00:00: the camera's clock starts anew at 1 Jan 2018 when its battery is flat.",
			"文件修改时间为2026年11月24日 10:00:00，而该型执法记录仪电量耗尽后时钟从2018年1月1日重新开始。"}},
		{store.Cause{What: store.CauseDisagree, Source: "container", At: at, Other: "filename", OtherAt: at.Add(-61 * time.Minute), Seconds: 3660}, [2]string{
			"By the time in the file it was 24 Nov 2026, 10:00:00, by the file's name 24 Nov 2026, 08:59:00: 1 h 1 min apart, which no time zone explains.",
			"文件内记录的时间为2026年11月24日 10:00:00，文件名中的时间为2026年11月24日 08:59:00，相差1小时1分钟，不是时区所致。"}},
		{store.Cause{What: store.CauseJumped, Before: -90, Seconds: 0.04}, [2]string{
			"The camera's clock jumped: at one docking it was 1 min 30 s slow, at the next exact.",
			"执法记录仪时钟发生跳变：上次入仓时慢1分钟30秒，其后入仓时准确。"}},
		{store.Cause{What: store.CauseOffset, Seconds: 19 * 3600}, [2]string{
			"The camera's clock was 19 h fast when it was docked.", "入仓时执法记录仪时钟快19小时。"}},
		{store.Cause{What: store.CauseDrift, Seconds: 750, Before: 600}, [2]string{
			"The camera's clock was 10 min fast when this was recorded, and had drifted to 12 min 30 s fast at the docking.",
			"录制时执法记录仪时钟快10分钟，入仓时快12分钟30秒。"}},
		{store.Cause{What: store.CauseWentBack, Seconds: 7300}, [2]string{
			"The station's clock follows no time source, and went back by 2 h 1 min at least while the daemon was stopped.",
			"采集工作站时钟未与时间源同步，服务停止期间至少倒退了2小时1分钟。"}},
	} {
		for i, f := range formats(t) {
			if got := f.cause(&test.cause); got != test.want[i] {
				t.Errorf("%s in %s: %s\nwant %s", test.cause.What, f.lang, got, test.want[i])
			}
		}
	}
	west := formats(t)[0]
	west.zone = time.FixedZone("", -8*60*60)
	if got := west.cause(&store.Cause{What: store.CauseBirthday, Source: "mtime", At: at, OtherAt: birthday}); !strings.Contains(got, "1 Jan 2018") {
		t.Errorf("the firmware's day moves with the zone: %s", got)
	}
}

// The report and the page of a clip say causes in the reader's language; what
// an earlier version put down as a sentence alone is marked as English, and
// cannot become markup.
func TestReasonsOnPages(t *testing.T) {
	clip := store.Clip{Clock: store.ClockSuspect, ClockReason: "the camera gives no time", ClockCause: &store.Cause{What: store.CauseNoTime},
		StationClock: &store.StationClock{Reason: "<the clock> jumped", Cause: &store.Cause{What: "of a later version"}}}
	for i, want := range []string{
		"The camera's clock is not believed: The camera gives no time. | The station's own clock was in doubt when the clip was stored: &lt;the clock&gt; jumped",
		`执法记录仪时钟不可信：执法记录仪未提供时间。 | 储存时采集工作站自身时钟存疑：<span lang="en">&lt;the clock&gt; jumped</span>`,
	} {
		var said []string
		for _, one := range (reportView{format: formats(t)[i]}).Why(clip) {
			said = append(said, strings.ReplaceAll(string(one), "&#39;", "'"))
		}
		if got := strings.Join(said, " | "); got != want {
			t.Errorf("%s:\n got %s\nwant %s", languages[i], got, want)
		}
	}
	bubble(t, false, func(t *testing.T, f *fixture) {
		id := f.doubtful() // with a sentence alone
		pass(time.Minute)
		for _, address := range []string{"/reports/deadlines?from=2026-11-20", "/clips/" + id + "?x="} {
			if page := f.get(address + "&lang=zh").body; !strings.Contains(page, `<span lang="en">the camera gives no time</span>`) {
				t.Errorf("%s: the sentence is not marked as English:\n%s", address, page)
			}
			if page := f.get(address + "&lang=en").body; !strings.Contains(page, "the camera gives no time") || strings.Contains(page, `lang="en">the camera`) {
				t.Errorf("%s: the English page does not say it:\n%s", address, page)
			}
		}
		caused := f.suspect("B.MP4", &store.Cause{What: store.CauseReset, Source: "mtime", At: at})
		// A clip's page says it of the verdict, and of how the due time came about.
		for address, times := range map[string]int{"/reports/deadlines?from=2026-11-20": 1, "/clips/" + caused + "?x=": 2} {
			page := f.get(address + "&lang=zh").body
			if n := strings.Count(page, "文件修改时间为2026年11月24日 10:00:00，说明执法记录仪时钟曾被复位。"); n != times {
				t.Errorf("%s: the cause is said %d times, want %d:\n%s", address, n, times, page)
			}
		}
	})
}
