package web

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"custodock/store"
)

// Every cause has words in Chinese, which use values that it has.
func TestCauseWords(t *testing.T) {
	words := newCauses(language.Chinese)
	used := map[string]bool{"container": true, "mtime": true, "filename": true, "hours": true, "minutes": true, "seconds": true, "fast": true, "slow": true, "station": true}
	full := store.Cause{Source: "mtime", Other: "filename", At: at, OtherAt: at, Seconds: 1, Before: 2}
	for _, what := range store.Causes {
		used[what] = true
		full.What = what
		if said := words.say(&full, shanghai(t)); said == "" || regexp.MustCompile(`[{}A-Za-z]`).MatchString(said) {
			t.Errorf("%s is said as %q", what, said)
		}
	}
	for key := range used {
		if words[key] == "" {
			t.Errorf("there is no word for %s", key)
		}
	}
	for key := range words {
		if !used[key] {
			t.Errorf("there is a word for %s, which nothing uses", key)
		}
	}
}

func TestSayCauses(t *testing.T) {
	zone := shanghai(t)
	for _, tt := range []struct {
		cause store.Cause
		want  string
	}{
		{store.Cause{What: store.CauseNoTime, Station: true}, "执法记录仪未提供时间；此外采集工作站自身时钟曾被调整或存疑"},
		{store.Cause{What: store.CauseBirthday, Source: "mtime", At: at, OtherAt: time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC)},
			"文件修改时间为2026-11-24 10:00:00，该型号执法记录仪电量耗尽后时钟从2018-01-01重新开始"},
		{store.Cause{What: store.CauseDisagree, Source: "container", At: at, Other: "filename", OtherAt: at.Add(-time.Hour - time.Second), Seconds: 3601},
			"文件内的时间为2026-11-24 10:00:00，文件名中的时间为2026-11-24 08:59:59，相差1小时1秒，不是时区所致"},
		{store.Cause{What: store.CauseJumped, Before: -90, Seconds: 0.2}, "执法记录仪时钟发生跳变：上次入仓时慢1分30秒，其后入仓时快0秒"},
		{store.Cause{What: store.CauseOffset, Seconds: 19 * 3600}, "入仓时执法记录仪时钟快19小时"},
	} {
		if got := newCauses(language.Chinese).say(&tt.cause, zone); got != tt.want {
			t.Errorf("%s: %s\nwant %s", tt.cause.What, got, tt.want)
		}
	}
}

// The Chinese report says in Chinese what there are words for; what an earlier
// version put down in English alone is marked as English.
func TestReasonsInTheReport(t *testing.T) {
	sentence := "the camera gives no time"
	clip := store.Clip{Clock: store.ClockSuspect, ClockReason: sentence, ClockCause: &store.Cause{What: store.CauseNoTime},
		StationClock: &store.StationClock{Reason: "<the clock> jumped"}}
	p := newReportPage()
	for i, want := range [][]Saying{
		{{"The camera's clock is not believed: ", sentence, ""}, {"At storage: ", "<the clock> jumped", ""}},
		{{"执法记录仪时钟不可信：", "执法记录仪未提供时间", ""}, {"储存时采集工作站时钟：", "<the clock> jumped", "en"}},
	} {
		v := reportView{Words: p.words[i], causes: p.causes[i], Zone: shanghai(t)}
		got := v.Why(clip)
		if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
			t.Errorf("%s: %+v; want %+v", languages[i], got, want)
		}
	}
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.doubtful() // with a sentence alone
		pass(time.Minute)
		page := f.get("/reports/deadlines?from=2026-11-20&lang=zh").body
		if !strings.Contains(page, `执法记录仪时钟不可信：<span lang="en">the camera gives no time</span>`) {
			t.Errorf("the sentence is not marked as English:\n%s", page)
		}
		if page := f.get("/reports/deadlines?from=2026-11-20&lang=en").body; !strings.Contains(page, "is not believed: the camera gives no time") {
			t.Errorf("the English page does not say it:\n%s", page)
		}
	})
}
