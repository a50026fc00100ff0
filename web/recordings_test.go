package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"custodock/store"
)

func TestRecordingsGolden(t *testing.T) {
	bubble(t, true, func(t *testing.T, f *fixture) {
		battery, size, free := 0.02, int64(32_000), int64(16_000)
		d, _, err := f.store.Dock(store.Docking{Camera: "CAM0001", Battery: &battery, StorageSize: &size, StorageFree: &free}, "", "", at)
		if err != nil {
			t.Fatal(err)
		}
		inv, err := f.store.Inventory(d.ID, at)
		if err != nil {
			t.Fatal(err)
		}
		starts := []time.Duration{-60 * time.Minute, -50 * time.Minute, -35 * time.Minute}
		listed, err := inv.Add([]store.File{{Path: "A0001.MP4"}, {Path: "A0002.MP4"}, {Path: "A0003.MP4"}}, func(i int, c *store.Clip) {
			c.Kind, c.RecordedStart, c.RecordedEnd = store.KindVideo, at.Add(starts[i]), at.Add(starts[i]+10*time.Minute)
			c.EndEarliest, c.EndLatest = c.RecordedEnd, c.RecordedEnd
		})
		if err != nil {
			t.Fatal(err)
		}
		path := "/control/v1/clips/" + listed[2].Clip.ID + "/interruption"
		if r := f.send(http.MethodPost, path, `{"by": "王队", "note": "电量不足"}`); r.status != 200 {
			t.Errorf("note: %d %s", r.status, r.body)
		}
		for _, body := range []string{`{"by": "x", "note": " "}`, `{"by": "", "note": "y"}`} {
			if r := f.send(http.MethodPost, path, body); r.status != 422 || !strings.Contains(r.problem(t), "body.") {
				t.Errorf("%s: %d %s", body, r.status, r.body)
			}
		}
		f.golden("recordings", f.get("/api/v1/recordings?camera=CAM0001&since=1d").body)
		if r := f.get("/api/v1/recordings?until=soon"); r.status != 422 {
			t.Errorf("until soon: %d %s", r.status, r.body)
		}
	})
}
