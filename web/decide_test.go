package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"custodock/store"
)

// doubtful stores a clip of which only its docking tells when it ended.
func (f *fixture) doubtful() (id string) { return f.suspect("A.MP4", nil) }

// suspect stores a clip whose clock is not believed.
func (f *fixture) suspect(name string, cause *store.Cause) (id string) {
	f.t.Helper()
	d, _, err := f.store.Dock(store.Docking{Camera: "CAM0002"}, "", "", at)
	if err != nil {
		f.t.Fatal(err)
	}
	inv, err := f.store.Inventory(d.ID, at)
	if err != nil {
		f.t.Fatal(err)
	}
	listed, err := inv.Add([]store.File{{Path: name, Size: 1}}, func(_ int, c *store.Clip) {
		c.Kind, c.Clock, c.ClockReason, c.ClockCause, c.EndLatest = store.KindVideo, store.ClockSuspect, "the camera gives no time", cause, at
	})
	if err != nil {
		f.t.Fatal(err)
	}
	id = listed[0].Clip.ID
	if _, err := f.store.Put(f.t.Context(), store.Copy{ID: id, Open: opener("x")}); err != nil {
		f.t.Fatal(err)
	}
	return id
}

func TestDecide(t *testing.T) {
	bubble(t, true, func(t *testing.T, f *fixture) {
		id := f.doubtful()
		path := "/control/v1/clips/" + id + "/decide"
		pass(time.Hour)
		f.golden("clip-decided", f.send(http.MethodPost, path, `{"deadline": "late", "by": "王队", "note": "his own words"}`).body)
		for body, says := range map[string]string{
			`{"deadline": "late", "by": "x", "note": "y"}`:     "path.id",
			`{"deadline": "on_time", "by": "x", "note": "y"}`:  "path.id",
			`{"deadline": "excused", "by": "x", "note": "y"}`:  "body.deadline",
			`{"deadline": "on_time", "by": " ", "note": "y"}`:  "body.by",
			`{"deadline": "on_time", "by": "x", "note": ""}`:   "body.note",
			`{"deadline": "on_time", "by": "x"}`:               "note",
			`{"deadline": "on_time", "by": "x\n", "note": ""}`: "body.note",
		} {
			if r := f.send(http.MethodPost, path, body); r.status != 422 || !strings.Contains(r.problem(t), says) {
				t.Errorf("%s: %d %s; want %s", body, r.status, r.body, says)
			}
		}
		if r := f.send(http.MethodPost, "/control/v1/clips/nothing/decide", `{"deadline": "late", "by": "x", "note": "y"}`); r.status != 404 {
			t.Errorf("an unknown clip: %d %s", r.status, r.body)
		}
		if r := f.send(http.MethodPost, path, `{"deadline": "undecidable", "by": "x", "note": "wrong clip"}`); r.status != 200 || !strings.Contains(r.body, `"deadline":"undecidable"`) {
			t.Errorf("taken back: %d %s", r.status, r.body)
		}
	})
}
