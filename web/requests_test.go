package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"custodock/store"
)

func (f *fixture) ask(clip string) *store.Request {
	f.t.Helper()
	r, err := f.store.Ask(store.Request{Clip: clip, Reason: store.OffSite, Returned: at.Add(-30 * time.Minute), Note: "防汛", By: "李雷", From: "192.0.2.7"}, at)
	if err != nil {
		f.t.Fatal(err)
	}
	return r
}

func TestRequests(t *testing.T) {
	bubble(t, true, func(t *testing.T, f *fixture) {
		ids := f.fill()
		r := f.ask(ids[0])
		f.golden("requests", f.get("/api/v1/requests").body)
		path := "/control/v1/requests/" + r.ID + "/settle"
		for body, says := range map[string]string{
			`{"as": "perhaps", "by": "x"}`:                     "body.as",
			`{"as": "granted", "by": " "}`:                     "body.by",
			`{"as": "refused", "by": "x"}`:                     "body.note",
			`{"as": "granted", "by": "x", "note": "a\u001bb"}`: "body.note",
			`{"as": "granted"}`:                                "by",
		} {
			if r := f.send(http.MethodPost, path, body); r.status != 422 || !strings.Contains(r.problem(t), says) {
				t.Errorf("%s: %d %s; want %s", body, r.status, r.body, says)
			}
		}
		if r := f.send(http.MethodPost, "/control/v1/requests/nothing/settle", `{"as": "granted", "by": "x"}`); r.status != 404 {
			t.Errorf("an unknown one: %d %s", r.status, r.body)
		}
		f.golden("request-granted", f.send(http.MethodPost, path, `{"as": "granted", "by": " 王队 "}`).body)
		if r := f.send(http.MethodPost, path, `{"as": "refused", "by": "x", "note": "y"}`); r.status != 422 || !strings.Contains(r.problem(t), "path.id") {
			t.Errorf("settled again: %d %s", r.status, r.body)
		}
		if r := f.get("/api/v1/requests"); strings.TrimSpace(r.body) != "[]" {
			t.Errorf("open requests: %s", r.body)
		}
		if r := f.get("/api/v1/requests?all=true"); !strings.Contains(r.body, `"as":"granted"`) {
			t.Errorf("all requests: %s", r.body)
		}
	})
}

func TestReceipts(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		ids := f.fill()
		clip, err := f.store.Clip(ids[0])
		if err != nil {
			t.Fatal(err)
		}
		r, err := f.store.MintReceipt(clip.Docking, at)
		if err != nil {
			t.Fatal(err)
		}
		answer := f.get("/api/v1/receipts/" + strings.ToLower(strings.ReplaceAll(r.Code, "-", "")))
		f.golden("receipt", strings.ReplaceAll(answer.body, r.Code, "CODE-1"))
		if answer := f.get("/api/v1/receipts/0000-0000-00"); answer.status != 404 {
			t.Errorf("an unknown one: %d %s", answer.status, answer.body)
		}
	})
}
