package web

import (
	"net/http"
	"strings"
	"testing"

	"custodock/store"
)

func TestStatements(t *testing.T) {
	bubble(t, true, func(t *testing.T, f *fixture) {
		for range 2 { // at one time
			if _, _, err := f.store.Dock(store.Docking{Camera: "CAM0001"}, "", "", at); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.store.Assign("CAM0002", store.Holder{Badge: "7"}, at); err != nil {
			t.Fatal(err)
		}
		const said = `{"by": "王队", "note": "送修"}`
		for _, test := range []struct {
			serial, what, body string
			status             int
			says               string
		}{
			{"CAM0001", "settle-conflict", said, 422, "path.serial: two cameras with this serial are docked"},
			{"CAM0001", "retire", said, 422, "path.serial: it is in bay"},
			{"CAM0002", "settle-conflict", said, 422, "path.serial: no two cameras"},
			{"CAM0002", "reinstate", said, 422, "path.serial: it is not retired"},
			{"CAM0002", "retire", `{"by": " ", "note": "x"}`, 422, "body.by"},
			{"CAM0002", "retire", `{"by": "x"}`, 422, "note"},
			{"CAM0002", "retire", `{"by": "x", "note": "a\nb"}`, 422, "body.note"},
			{"CAM0009", "retire", said, 404, "not found"},
			{"CAM0002", "retire", said, 200, `"retired":{"at":"2026-11-24T02:00:00Z","by":"王队","text":"送修"}`},
			{"CAM0002", "reinstate", said, 200, `"what":"reinstated"`},
		} {
			r := f.send(http.MethodPost, "/control/v1/cameras/"+test.serial+"/"+test.what, test.body)
			if r.status != test.status || !strings.Contains(r.body, test.says) {
				t.Errorf("%s %s %s: %d %s; want %d, %s", test.serial, test.what, test.body, r.status, r.body, test.status, test.says)
			}
		}
	})
}

func TestConfirmClock(t *testing.T) {
	bubble(t, true, func(t *testing.T, f *fixture) {
		const path, said = "/control/v1/clock/confirm", `{"by": "王队", "note": "对时"}`
		if r := f.send(http.MethodPost, path, said); r.status != 422 || !strings.Contains(r.problem(t), "clock: nothing speaks against it") {
			t.Errorf("a clock that nobody doubts: %d %s", r.status, r.body)
		}
		if err := f.store.KeepClock(store.ClockState{Doubt: &store.StationClock{Ahead: 60}}, at); err != nil {
			t.Fatal(err)
		}
		if r := f.send(http.MethodPost, path, `{"by": "x", "note": ""}`); r.status != 422 || !strings.Contains(r.problem(t), "body.note") {
			t.Errorf("without a reason: %d %s", r.status, r.body)
		}
		if r := f.send(http.MethodPost, path, said); r.status != 200 {
			t.Errorf("%d %s", r.status, r.body)
		}
		if kept, err := f.store.KeptClock(); err != nil || kept != (store.ClockState{By: "王队", Note: "对时"}) {
			t.Errorf("on record: %+v, %v", kept, err)
		}
	})
}
