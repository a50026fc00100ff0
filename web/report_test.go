package web

import (
	"strings"
	"testing"
	"time"

	"custodock/store"
)

func TestReportGolden(t *testing.T) {
	bubble(t, true, func(t *testing.T, f *fixture) {
		f.fill()
		f.doubtful()
		pass(time.Minute)
		f.golden("report", f.get("/api/v1/reports/deadlines?from=2026-11-20").body)
		f.golden("report-none", f.get("/api/v1/reports/deadlines?from=2026-11-20&unit=West").body)
		page := f.get("/reports/deadlines?from=2026-11-20&lang=zh")
		if got := page.header.Get("Content-Type"); got != "text/html; charset=utf-8" || !strings.Contains(page.body, `<html lang="zh">`) {
			t.Errorf("%s %s", got, page.body)
		}
		if policy := page.header.Get("Content-Security-Policy"); !strings.Contains(policy, "style-src 'sha256-") || strings.Contains(policy, "script-src") {
			t.Errorf("policy %s", policy)
		}
		for _, want := range []string{"Li Na 031337", "A0001.MP4", "6小时", "超时储存 <span>1", "无法判定 <span>1", "超时未储存 <span>1", "<style>@page"} {
			if !strings.Contains(page.body, want) {
				t.Errorf("the page does not have %q:\n%s", want, page.body)
			}
		}
	})
}

func TestReportRefuses(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.fill()
		for query, says := range map[string]string{
			"":                                 "from",
			"?from=soon":                       "query.from",
			"?from=1d&to=soon":                 "query.to",
			"?from=2026-11-20&to=2026-11-19":   "query.to",
			"?from=2026-11-24T02:00:00Z&to=0s": "query.to",
		} {
			for _, path := range []string{"/api/v1/reports/deadlines", "/reports/deadlines"} {
				if r := f.get(path + query); r.status != 422 || !strings.Contains(r.problem(t), says) {
					t.Errorf("%s%s: %d %s", path, query, r.status, r.body)
				}
			}
		}
	})
}

// What people settled stands in the report, with the year, by whom and why.
func TestReportSaysWhy(t *testing.T) {
	clip := store.Clip{
		Deadline: store.Excused, SeenAt: at.Add(48 * time.Hour), DueAt: at.Add(24 * time.Hour),
		Extension: &store.Extension{Reason: store.Remote, Returned: at.Add(40 * time.Hour), DueAt: at.Add(64 * time.Hour), By: "王队", Note: "<road> closed"},
		Decision:  &store.Decision{Deadline: store.Late, By: "李队", At: at.Add(72 * time.Hour), Note: "he said so"},
		Error:     "store A.MP4 of camera CAM: reading from the camera failed: input/output error",
	}
	for i, want := range []string{
		"An extension gave it until 27 Nov 2026, 02:00: Remote place or poor transport, returned on 26 Nov 2026 at 02:00, recorded" +
			" by 王队. | 李队 decided on 27 Nov 2026 at 10:00: Late. | Note on the extension: &lt;road&gt; closed | Why it was decided so: he said so" +
			" | Last attempt to copy it: Reading from the camera failed: input/output error",
		"曾准予延期至2026年11月27日 02:00：偏远或交通不便地区，2026年11月26日02:00返回单位，由王队记录。 | 李队于2026年11月27日10:00认定：超时储存。" +
			" | 延期说明：&lt;road&gt; closed | 认定理由：he said so | 最近一次采集失败：读取执法记录仪失败: input/output error",
	} {
		var said []string
		for _, one := range (reportView{format: formats(t)[i]}).Why(clip) {
			said = append(said, string(one))
		}
		if got := strings.Join(said, " | "); got != want {
			t.Errorf("%s:\n got %s\nwant %s", languages[i], got, want)
		}
	}
	late := store.Clip{Deadline: store.Late, SeenAt: at.Add(26 * time.Hour), DueAt: at.Add(24 * time.Hour)}
	if got := (reportView{format: formats(t)[0]}).Why(late); len(got) != 1 || got[0] != "First listed on 25 Nov 2026, 12:00, when it was already due." {
		t.Errorf("a camera that came late: %q", got)
	}
}
