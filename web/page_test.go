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
		for _, bad := range []string{"<style", " style=", " onclick", "javascript:", "http://", "https://", "htmx.config"} {
			if strings.Contains(page, bad) {
				t.Errorf("the page holds %s", bad)
			}
		}
		for _, m := range regexp.MustCompile(`(?:src|rel="(?:stylesheet|icon)" href|use href)="([^"#]+)`).FindAllStringSubmatch(page, -1) {
			if r := f.get(m[1]); r.status != 200 || r.body == "" {
				t.Errorf("%s: %d", m[1], r.status)
			}
		}
		if script := regexp.MustCompile(`<script[^>]*>[^<]`).FindString(page); script != "" {
			t.Errorf("inline script %s", script)
		}
	})
}

// A button that prints is not there until app.js makes it work.
func TestPrintButtonsAreHidden(t *testing.T) {
	seen := 0
	err := fs.WalkDir(pageFiles, "pages", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		source, err := fs.ReadFile(pageFiles, name)
		for _, button := range regexp.MustCompile(`<[^>]*\bdata-print\b[^>]*>`).FindAllString(string(source), -1) {
			if seen++; !strings.Contains(button, " hidden") {
				t.Errorf("%s: %s", name, button)
			}
		}
		return err
	})
	if err != nil || seen == 0 {
		t.Errorf("%d buttons, %v", seen, err)
	}
}

// What a person chose stays chosen, and leads back to where that was.
func TestPreferences(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		for _, test := range []struct{ form, cookie, to string }{
			{"lang=zh&back=/", "lang=zh", "/"},
			{"theme=dark&back=/?screen=wall%26lang=en", "theme=dark", "/?screen=wall"},
			{"theme=blue&lang=e&back=https://elsewhere.example/", "", "/"},
			{"lang=en&back=//elsewhere.example", "lang=en", "/"},
			{`lang=en&back=/\elsewhere.example`, "lang=en", "/"},
		} {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://station/preferences", strings.NewReader(test.form))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r := f.do(req)
			if r.status != http.StatusSeeOther || r.header.Get("Location") != test.to || !strings.HasPrefix(r.header.Get("Set-Cookie"), test.cookie) {
				t.Errorf("%s: %d, to %s, cookie %q", test.form, r.status, r.header.Get("Location"), r.header.Get("Set-Cookie"))
			}
		}
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://station/", nil)
		req.Header.Set("Accept-Language", "en")
		req.Header.Set("Cookie", "lang=zh; theme=dark")
		if page := f.do(req).body; !strings.Contains(page, `<html lang="zh" data-theme="dark">`) {
			t.Errorf("the page is not as it was chosen:\n%.300s", page)
		}
	})
}

// People get a page where there is nothing, and programs a problem.
func TestProblemPage(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		for _, test := range []struct{ accept, contentType, says string }{
			{"text/html,*/*;q=0.8", "text/html; charset=utf-8", "此地址没有内容"},
			{"*/*", "application/problem+json", "there is nothing"},
		} {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://station/nowhere?lang=zh", nil)
			req.Header.Set("Accept", test.accept)
			if r := f.do(req); r.status != 404 || r.header.Get("Content-Type") != test.contentType || !strings.Contains(r.body, test.says) {
				t.Errorf("%s: %d %s %s", test.accept, r.status, r.header.Get("Content-Type"), r.body)
			}
		}
	})
}
