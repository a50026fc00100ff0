package web

import (
	"strings"
	"testing"
	"time"
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
