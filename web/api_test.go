package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"custodock/device"
	"custodock/device/simcam"
	"custodock/store"
)

func TestAnswersGolden(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		ids := f.fill()
		for name, target := range map[string]string{
			"status":             "/api/v1/status",
			"clips":              "/api/v1/clips",
			"clips-page":         "/api/v1/clips?limit=1",
			"clips-filtered":     "/api/v1/clips?deadline=overdue,late&state=seen,stored&camera=CAM0001&since=7d&until=2026-11-24",
			"clips-none":         "/api/v1/clips?camera=NOBODY",
			"clip-stored":        "/api/v1/clips/" + ids[0],
			"clip-failed":        "/api/v1/clips/" + ids[4],
			"cameras":            "/api/v1/cameras",
			"camera":             "/api/v1/cameras/CAM0001",
			"problem-clip":       "/api/v1/clips/nosuchclip",
			"problem-camera":     "/api/v1/cameras/NOBODY",
			"problem-parameters": "/api/v1/clips?limit=0&deadline=soon",
		} {
			r := f.get(target)
			f.golden(name, r.body)
			want := "application/json"
			if strings.HasPrefix(name, "problem") {
				want = "application/problem+json"
			}
			if got := r.header.Get("Content-Type"); got != want {
				t.Errorf("%s: content type %q, want %q", name, got, want)
			}
		}
	})
}

// A docked camera, as the bays, its row and the page show it.
func TestDockedGolden(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		defer f.run()()
		camera := simcam.New(simcam.Options{Info: device.Info{Serial: "CAM0001", Folder: "cam2"}})
		f.dock.Dock(camera)
		synctest.Wait()
		f.golden("status-docked", f.get("/api/v1/status").body)
		f.golden("cameras-docked", f.get("/api/v1/cameras").body)
		if page := f.get("/").body; !strings.Contains(page, "CAM0001") || !strings.Contains(page, "You may take the camera") {
			t.Errorf("the page does not show the camera:\n%s", page)
		}
	})
}

// While a docking lasts its books are the bay's, and the catalog's after that.
func TestBooksOfADockingThatLasts(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		defer f.run()()
		camera := simcam.New(simcam.Options{
			Info:  device.Info{Serial: "CAM0001"},
			Files: []simcam.File{{Path: "A.MP4", Size: 10, ModTime: at}, {Path: "BAD.MP4", Size: 20, ModTime: at}},
		})
		camera.Script(simcam.Fault{Kind: simcam.ReadError, Path: "BAD.MP4", At: 0})
		f.dock.Dock(camera)
		books := func() string {
			r := f.get("/api/v1/cameras/CAM0001").body
			return r[max(0, strings.Index(r, `"files"`)):]
		}
		const want = `"stored":1,"unstored":1,"failed":1,`
		f.eventually(func() bool { return strings.Contains(books(), want) })
		f.dock.Undock(camera)
		synctest.Wait()
		if got := books(); !strings.Contains(got, want) {
			t.Errorf("after the docking its books are %s; want %s", got, want)
		}
	})
}

// Histories grow for years: they come with one camera, not with all.
func TestCameraHistory(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		for _, id := range []string{"1d6b:0104 a", "1d6b:0104 b"} {
			if _, _, err := f.store.Dock(store.Docking{Camera: "CAM0001", DeviceID: id}, "", "", at); err != nil {
				t.Fatal(err)
			}
		}
		if r := f.get("/api/v1/cameras/CAM0001"); !strings.Contains(r.body, `"what":"serial conflict"`) {
			t.Errorf("the camera has no history: %s", r.body)
		}
		if r := f.get("/api/v1/cameras"); strings.Contains(r.body, `"what":"serial conflict"`) {
			t.Errorf("the list has histories: %s", r.body)
		}
	})
}

func TestParameters(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.fill()
		for _, test := range []struct {
			query  string
			status int
			says   string
		}{
			{"", 200, ""},
			{"deadline=&state=&camera=&since=&until=&cursor=", 200, ""},
			{"deadline=pending,due_soon,overdue,on_time,late,excused,undecidable,none", 200, ""},
			{"state=seen,copying,stored,failed,gone", 200, ""},
			{"limit=1", 200, ""},
			{"limit=10000", 200, ""},
			{"since=2026-11-20T00:00:00%2B08:00", 200, ""},
			{"since=2026-11-20T00:00:00+08:00", 200, ""},
			{"limit=0", 422, "query.limit"},
			{"limit=10001", 422, "query.limit"},
			{"limit=-1", 422, "query.limit"},
			{"limit=ten", 422, "query.limit"},
			{"deadline=soon", 422, "query.deadline"},
			{"deadline=late,", 422, "query.deadline"},
			{"state=Stored", 422, "query.state"},
			{"since=yesterday", 422, "query.since"},
			{"until=2026-13-01", 422, "query.until"},
			{"cursor=AAAA", 422, "query.cursor"},
			{"cursor=%21", 422, "query.cursor"},
			{"deadine=late", 422, "query.deadine"},
			{"deadline=late&deadline=overdue", 422, "query.deadline"},
			{"limit=%zz", 400, "%zz"},
			{"limit=1;state=seen", 400, "semicolon"},
		} {
			r := f.get("/api/v1/clips?" + test.query)
			if r.status != test.status {
				t.Errorf("%s: status %d, want %d: %s", test.query, r.status, test.status, r.body)
			}
			if test.says != "" && !strings.Contains(r.problem(t), test.says) {
				t.Errorf("%s: %s does not say %s", test.query, r.body, test.says)
			}
		}
		if r := f.get("/api/v1/status?limit=1"); r.status != 422 {
			t.Errorf("a parameter that status does not have: %d", r.status)
		}
	})
}

// Days are the station's, and until includes the whole of one.
func TestDays(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.fill()
		for query, want := range map[string]int{
			"since=2026-11-23&until=2026-11-23": 4, // from 04:00 to 13:00 in Shanghai, one of them on the 22nd in UTC
			"since=2026-11-24":                  2,
			"until=2026-11-22":                  0,
			"since=3h":                          2,
			"until=3h":                          4,
		} {
			var page struct{ Clips []struct{} }
			r := f.get("/api/v1/clips?" + query)
			if err := json.Unmarshal([]byte(r.body), &page); err != nil || len(page.Clips) != want {
				t.Errorf("%s: %d clips, %v; want %d", query, len(page.Clips), err, want)
			}
		}
	})
}

func TestPages(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		ids := f.fill()
		for _, limit := range []int{1, 2, len(ids), len(ids) + 1} {
			seen := make(map[string]int)
			next := ""
			for pages := 0; pages == 0 || next != ""; pages++ {
				var page struct {
					Clips []struct{ ID string }
					Next  string
				}
				r := f.get(fmt.Sprintf("/api/v1/clips?limit=%d&cursor=%s", limit, next))
				if err := json.Unmarshal([]byte(r.body), &page); err != nil || len(page.Clips) > limit {
					t.Fatalf("limit %d: %v in %s", limit, err, r.body)
				}
				for _, c := range page.Clips {
					seen[c.ID]++
				}
				next = page.Next
			}
			for _, id := range ids {
				if seen[id] != 1 {
					t.Errorf("limit %d: clip %s came %d times", limit, id, seen[id])
				}
			}
		}
	})
}

func TestOpenAPI(t *testing.T) {
	for _, control := range []bool{false, true} {
		bubble(t, control, func(t *testing.T, f *fixture) {
			r := f.get("/api/v1/openapi.json")
			var doc struct {
				OpenAPI string
				Paths   map[string]map[string]struct{ OperationID string }
			}
			if err := json.Unmarshal([]byte(r.body), &doc); err != nil || doc.OpenAPI != "3.1.0" {
				t.Fatalf("%v, version %q", err, doc.OpenAPI)
			}
			for _, path := range []string{
				"/api/v1/status", "/api/v1/clips", "/api/v1/clips/{id}", "/api/v1/cameras", "/api/v1/cameras/{serial}", "/api/v1/events",
			} {
				if doc.Paths[path]["get"].OperationID == "" {
					t.Errorf("%s is not described", path)
				}
			}
			if strings.Contains(r.body, `"null"`) {
				t.Error("something may be null, and nothing ever is")
			}
			if _, described := doc.Paths["/control/v1/verify"]; described != control {
				t.Errorf("control %v, and the commands are described: %v", control, described)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		for _, test := range []struct {
			method, target string
			status         int
			allow          string
		}{
			{"GET", "/api/v1/nothing", 404, ""},
			{"GET", "/api", 404, ""},
			{"GET", "/api/v1/clips/a/b", 404, ""},
			{"GET", "/index.html", 404, ""},
			{"GET", "/assets/bays.html", 404, ""},
			{"POST", "/api/v1/clips", 405, "GET, HEAD"},
			{"DELETE", "/api/v1/cameras/CAM0001", 405, "GET, HEAD"},
			{"PUT", "/metrics", 405, "GET, HEAD"},
			{"POST", "/", 405, "GET, HEAD"},
			{"GET", "/api/v1/cameras/%00", 404, ""},
			{"GET", "/api/v1/cameras/..%2f..%2fetc", 404, ""},
			{"GET", "/api/v1/clips/%ff", 404, ""},
		} {
			r := f.send(test.method, test.target, "")
			if r.status != test.status || r.header.Get("Allow") != test.allow {
				t.Errorf("%s %s: %d, allow %q; want %d, %q", test.method, test.target, r.status, r.header.Get("Allow"), test.status, test.allow)
			}
			r.problem(t)
		}
	})
}

func TestHead(t *testing.T) {
	bubble(t, true, func(t *testing.T, f *fixture) {
		for _, target := range []string{"/", "/api/v1/status", "/api/v1/events", "/metrics", "/-/healthy", f.handler.(*server).screens.assets.address("app.js"), "/control/v1/backup"} {
			if r := f.send(http.MethodHead, target, ""); r.status != 200 || r.body != "" {
				t.Errorf("%s: %d %q", target, r.status, r.body)
			}
		}
	})
}
