package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"custodock/store"
)

// post sends a form as the supervisor, in a language.
func (f *fixture) post(who client, path string, fields ...string) response {
	f.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return f.from(who, http.MethodPost, path, form.Encode())
}

func (f *fixture) clip(id string) *store.Clip {
	f.t.Helper()
	c, err := f.store.Clip(id)
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

func TestDecideOnThePage(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		id := f.doubtful()
		chief := f.asked(supervisor)
		page := "/clips/" + id
		for language, says := range map[string]string{"en": "Fill this in.", "zh": "请填写此项。"} {
			r := f.post(chief.with("Accept-Language", language), page+"/decide", "deadline", "late", "note", " ")
			if r.status != 422 || !strings.Contains(r.body, says) || !strings.Contains(r.body, `aria-describedby="wrong-decide"`) {
				t.Errorf("without a note, in %s: %d", language, r.status)
			}
		}
		if c := f.clip(id); c.Decision != nil {
			t.Fatal("what was refused was decided")
		}
		r := f.post(chief, page+"/decide", "deadline", "late", "note", "he said so")
		if r.status != 303 || r.header.Get("Location") != page+"?done=decided" {
			t.Errorf("decided: %d to %s", r.status, r.header.Get("Location"))
		}
		if d := f.clip(id).Decision; d == nil || d.Deadline != store.Late || d.By != "chief (000001)" || d.Note != "he said so" {
			t.Errorf("the decision is %+v", d)
		}
		if body := f.from(chief, http.MethodGet, page+"?done=decided", "").body; !strings.Contains(body, "The decision is put down.") || !strings.Contains(body, "Late, as was decided.") {
			t.Error("the page does not say what was decided")
		}
		r = f.post(chief.with("Accept-Language", "zh"), page+"/decide", "deadline", "on_time", "note", "no")
		if r.status != 422 || !strings.Contains(r.body, "已认定：超时储存。请先撤回。") {
			t.Errorf("decided twice: %d\n%s", r.status, r.body)
		}
		if r := f.post(chief, page+"/decide", "deadline", "undecidable", "note", "wrong clip"); r.status != 303 || f.clip(id).Decision != nil {
			t.Errorf("taken back: %d", r.status)
		}
	})
}

func TestExtendOnThePage(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		id := f.fill()[0]
		chief := f.asked(supervisor)
		page := "/clips/" + id
		for _, test := range []struct{ reason, returned, says string }{
			{"", "2026-11-23T20:00", "Fill this in."},
			{"holiday", "2026-11-23T20:00", "Fill this in."},
			{"remote", "soon", "A day and a time."},
			{"remote", "2026-11-24T10:01", "is in the future."},
			{"remote", "2026-11-20T10:00", "is before the recording ended"},
		} {
			r := f.post(chief, page+"/extend", "reason", test.reason, "returned", test.returned, "note", "x")
			if r.status != 422 || !strings.Contains(r.body, test.says) {
				t.Errorf("%+v: %d", test, r.status)
			}
			if test.reason == "remote" && !strings.Contains(r.body, `value="remote" required checked`) {
				t.Errorf("%+v: what was chosen is lost", test)
			}
		}
		// In the station's zone, which is not that of the test.
		if r := f.post(chief, page+"/extend", "reason", "remote", "returned", "2026-11-23T20:00", "note", "防汛"); r.status != 303 {
			t.Fatalf("extended: %d\n%s", r.status, r.body)
		}
		c := f.clip(id)
		if e := c.Extension; e == nil || !e.Returned.Equal(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)) || e.By != "chief (000001)" || c.Deadline != store.Excused {
			t.Fatalf("the clip is %s by %+v", c.Deadline, e)
		}
		if r := f.post(chief, page+"/revoke", "extension", c.Extension.ID, "note", ""); r.status != 422 {
			t.Errorf("revoked without a note: %d", r.status)
		}
		if r := f.post(chief, page+"/revoke", "extension", c.Extension.ID, "note", "in town"); r.status != 303 || f.clip(id).Deadline != store.Late {
			t.Errorf("revoked: %d", r.status)
		}
	})
}

func TestRequestsPage(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		id := f.fill()[0]
		chief := f.asked(supervisor)
		ask := func() string {
			q, err := f.store.Ask(store.Request{Clip: id, Reason: store.OffSite, Returned: at.Add(-12 * time.Hour), Note: "<b>far</b>", By: "李娜"}, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			return q.ID
		}
		first := ask()
		for _, page := range []string{"/requests", "/clips/" + id, "/clips"} {
			body := f.from(chief, http.MethodGet, page, "").body
			if asks := strings.Contains(body, `action="/requests/`+first+`"`); asks != (page != "/clips") {
				t.Errorf("%s has the form: %v", page, asks)
			}
			if strings.Contains(body, "<b>far") {
				t.Errorf("%s: markup came through", page)
			}
		}
		if list := f.from(chief, http.MethodGet, "/clips", "").body; !strings.Contains(list, "Reason given") || !strings.Contains(list, "1 request waits") {
			t.Error("the list does not say that a reason was given")
		}
		if body := f.from(f.asked(auditor), http.MethodGet, "/requests", "").body; strings.Contains(body, "<textarea") || !strings.Contains(body, "Waits for a supervisor") {
			t.Error("an auditor is offered to settle")
		}
		chief = f.asked(supervisor)
		if r := f.post(chief, "/requests/"+first, "as", "refused", "note", ""); r.status != 422 || !strings.Contains(r.body, "Fill this in.") {
			t.Errorf("refused without a note: %d", r.status)
		}
		if r := f.post(chief, "/requests/"+first, "as", "refused", "note", "in town"); r.status != 303 || r.header.Get("Location") != "/requests?done=refused" {
			t.Errorf("refused: %d", r.status)
		}
		if r := f.post(chief, "/requests/"+first, "as", "granted", "note", ""); r.status != 422 || !strings.Contains(r.body, "It was settled by chief (000001)") {
			t.Errorf("settled twice: %d", r.status)
		}
		second := ask()
		if r := f.post(chief, "/requests/"+second, "as", "granted", "note", "", "clip", id); r.status != 303 || r.header.Get("Location") != "/clips/"+id+"?done=granted" {
			t.Errorf("granted: %d to %s", r.status, r.header.Get("Location"))
		}
		if c := f.clip(id); c.Deadline != store.Excused {
			t.Errorf("the clip is %s", c.Deadline)
		}
		body := f.from(chief, http.MethodGet, "/requests", "").body
		if !strings.Contains(body, "Granted") || !strings.Contains(body, "Refused") || !strings.Contains(body, "No request waits") {
			t.Error("the page does not have what was settled")
		}
	})
}

// What settles something says who does: nobody cannot.
func TestSettlingNeedsSomebody(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		id := f.fill()[0]
		for _, path := range []string{"/clips/" + id + "/decide", "/clips/" + id + "/extend", "/clips/" + id + "/revoke", "/requests/x"} {
			if r := f.send(http.MethodPost, path, ""); r.status != 403 { // of this process, which has every duty
				t.Errorf("%s: %d", path, r.status)
			}
		}
		if body := f.get("/clips/" + id).body; strings.Contains(body, "<textarea") {
			t.Error("the page offers it")
		}
	})
}

// Everything on a clip's page that a camera, a person or a driver wrote is text.
func TestClipPageEscapes(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		const evil = `<img src=x onerror=alert(1)>`
		c := f.stored(evil+".MP4", store.KindVideo, "x")
		if _, err := f.store.Fail(f.fill()[1], errors.New(evil), at); err != nil {
			t.Fatal(err)
		}
		chief := f.asked(supervisor)
		for _, path := range []string{"/clips", "/clips?deadline=all", "/clips/" + c.ID, "/clips?camera=" + url.QueryEscape(evil), "/clips?since=" + url.QueryEscape(evil)} {
			for _, language := range []string{"en", "zh"} {
				r := f.from(chief.with("Accept-Language", language), http.MethodGet, path, "")
				if strings.Contains(r.body, "<img src=x") {
					t.Errorf("%s: markup came through", path)
				}
			}
		}
	})
}
