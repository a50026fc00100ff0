package web

import (
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"custodock/device"
	"custodock/device/simcam"
	"custodock/ingest"
	"custodock/store"
)

func TestPageLanguages(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		for _, test := range []struct{ target, accept, want string }{
			{"/", "", "en"},
			{"/", "de", "en"},
			{"/", "zh-CN,zh;q=0.9,en;q=0.8", "zh"},
			{"/", "en-GB,zh;q=0.5", "en"},
			{"/", "zh-TW", "zh"},
			{"/", ";;;q=x", "en"},
			{"/?lang=zh", "en", "zh"},
			{"/?lang=en", "zh", "en"},
			{"/?lang=%21", "zh", "zh"},
		} {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://station"+test.target, nil)
			req.Header.Set("Accept-Language", test.accept)
			r := f.do(req)
			if r.status != 200 || !strings.Contains(r.body, `<html lang="`+test.want+`">`) {
				t.Errorf("%s for %q is not in %s", test.target, test.accept, test.want)
			}
		}
	})
}

// Every word is there in every language, is used, and what a station can say
// has words.
func TestWords(t *testing.T) {
	p := newPage()
	template, err := fs.ReadFile(pageFiles, "page/bays.html")
	if err != nil {
		t.Fatal(err)
	}
	used := make(map[string]bool)
	for _, m := range regexp.MustCompile(`\.Words\.(\w+)`).FindAllStringSubmatch(string(template), -1) {
		used[m[1]] = true
	}
	for _, state := range []string{ingest.BayEmpty, ingest.BayReading, ingest.BayCopying, ingest.BayDone, ingest.BayAttention} {
		used["state_"+state] = true
	}
	for _, need := range []string{ingest.NeedReinsert, ingest.NeedRoom, ingest.NeedArchive, ingest.NeedReading, ingest.NeedStaff, ingest.NeedDisk} {
		used["need_"+need] = true
	}
	for _, warning := range []string{"archive-full", "archive-unwritable", "serial-conflict", "clock"} {
		used["warning_"+warning] = true
	}
	for i, words := range p.words {
		for key := range used {
			if words[key] == "" {
				t.Errorf("%s has no word for %s", languages[i], key)
			}
		}
		for key := range words {
			if !used[key] {
				t.Errorf("%s has a word for %s, which nothing uses", languages[i], key)
			}
		}
	}
}

// What cameras and people wrote cannot become markup.
func TestPageEscapes(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		defer f.run()()
		const serial = `<img src=x onerror=alert(1)>`
		if _, err := f.store.Assign(serial, store.Holder{Badge: `"><script>alert(2)</script>`}, at); err != nil {
			t.Fatal(err)
		}
		f.dock.Dock(simcam.New(simcam.Options{Info: device.Info{Serial: serial}}))
		synctest.Wait()
		page := f.get("/").body
		if !strings.Contains(page, "&lt;img src=x") || !strings.Contains(page, "&lt;script&gt;") {
			t.Errorf("the camera and its holder are not shown:\n%s", page)
		}
		if strings.Contains(page, "<img") || strings.Contains(page, "<script>") {
			t.Error("markup came through")
		}
	})
}

// The policy of secure allows neither inline scripts and styles nor other
// hosts, so the page must need none.
func TestPageNeedsNothingElse(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		page := f.get("/").body
		for _, bad := range []string{"<style", " style=", " onclick", "javascript:", "http://", "https://"} {
			if strings.Contains(page, bad) {
				t.Errorf("the page holds %s", bad)
			}
		}
		for _, m := range regexp.MustCompile(`(?:src|rel="stylesheet" href)="([^"]+)"`).FindAllStringSubmatch(page, -1) {
			if r := f.get(m[1]); r.status != 200 || r.body == "" {
				t.Errorf("%s: %d", m[1], r.status)
			}
		}
		if script := regexp.MustCompile(`<script[^>]*>[^<]`).FindString(page); script != "" {
			t.Errorf("inline script %s", script)
		}
	})
}

func TestByteText(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 9949: "9.9 kB", 999_499: "999 kB", 999_500: "1.0 MB",
		64_000_000_000: "64 GB", 2_500_000_000_000: "2.5 TB", 1 << 62: "4612 PB",
	} {
		if got := byteText(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}
