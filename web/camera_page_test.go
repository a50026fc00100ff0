package web

import (
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device"
	"custodock/device/simcam"
	"custodock/ingest"
	"custodock/store"
	"custodock/store/storetest"
	"custodock/web/account"
)

func TestCameraPage(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.fillFleet(fleet)
		faulty := cameraAddress(storetest.Serial(storetest.Faulty))
		page := f.get(faulty).body
		for _, want := range []string{"<h1>" + storetest.Serial(storetest.Faulty) + "</h1>", "It is the camera: read errors in", "Read errors", "Who held it", `data-series="` + faulty + `/series?days=90"`} {
			if !strings.Contains(page, want) {
				t.Errorf("the page of the faulty camera lacks %q", want)
			}
		}
		if strings.Contains(page, "/assign") {
			t.Error("nobody is signed in, and there is a form")
		}
		late := f.get(cameraAddress(storetest.Serial(storetest.Late))).body
		if !strings.Contains(late, "Have it docked at once") || !strings.Contains(late, "Nobody was put down") {
			t.Error("the page of the camera with overdue clips does not say what to do, or that nobody holds it")
		}
		if zh := f.get(faulty + "?lang=zh").body; !strings.Contains(zh, "问题在执法记录仪：") {
			t.Error("the verdict is not in Chinese")
		}
	})
}

func TestCameraUnknown(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		r := f.from(local.with("Accept", browser), http.MethodGet, "/cameras/CAM9%3Cb%3E?lang=zh", "")
		if body := r.body; r.status != 404 || !strings.Contains(body, "本站没有执法记录仪CAM9&lt;b&gt;") {
			t.Errorf("%d %s", r.status, body)
		}
		for _, target := range []string{"/cameras/CAM9", "/cameras/CAM9/series"} {
			if r := f.get(target); r.status != 404 || !strings.Contains(r.problem(t), "ever docked or assigned") {
				t.Errorf("%s: %d %s", target, r.status, r.body)
			}
		}
	})
}

// The dockings are there page by page, each once, and the table beside the
// charts has what the charts are made of.
func TestCameraDockings(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.fillFleet(storetest.Fleet{Now: at, Cameras: 2, Bays: 4, Days: 100, PerDay: 1.3, Seed: 7})
		serial := storetest.Serial(1)
		row := regexp.MustCompile(`<tr><th scope="row"><time datetime="([^"]*)">`)
		older := regexp.MustCompile(`href="([^"]*)#dockings">Older`)
		seen := make(map[string]bool)
		target := cameraAddress(serial)
		for range 9 {
			page := f.get(target).body
			_, table, _ := strings.Cut(page, `id="dockings"`)
			table, _, _ = strings.Cut(table, "</section>")
			for _, m := range row.FindAllStringSubmatch(table, -1) {
				if seen[m[1]] {
					t.Errorf("%s is there twice", m[1])
				}
				seen[m[1]] = true
			}
			m := older.FindStringSubmatch(table)
			if m == nil {
				break
			}
			target = html.UnescapeString(m[1])
		}
		n, err := f.store.CountDockings(serial)
		if err != nil || len(seen) != n || n <= 2*dockingsPage {
			t.Errorf("%d of %d dockings are on the pages, %v", len(seen), n, err)
		}
		if r := f.get(cameraAddress(serial) + "?before=nothing"); r.status != 200 || !strings.Contains(r.body, "Older") {
			t.Errorf("before a docking that there is not: %d", r.status)
		}
		page := f.get(cameraAddress(serial) + "?days=30").body
		_, table, _ := strings.Cut(page, "<details>")
		table, _, _ = strings.Cut(table, "</details>")
		var series cameraSeries
		r := f.get(cameraAddress(serial) + "/series?days=30")
		if err := json.Unmarshal([]byte(r.body), &series); err != nil {
			t.Fatal(err)
		}
		points := row.FindAllStringSubmatch(table, -1)
		if len(points) != len(series.At) || len(points) < 20 || len(series.Battery) != len(points) || len(series.Speed) != len(points) {
			t.Fatalf("%d rows beside %d points", len(points), len(series.At))
		}
		for i, m := range points {
			if got := time.Unix(series.At[len(points)-1-i], 0).UTC().Format(time.RFC3339); got != m[1] {
				t.Errorf("row %d is of %s, and its point of %s", i, m[1], got)
			}
		}
		if first := time.Unix(series.At[0], 0); first.Before(at.AddDate(0, 0, -30)) || series.Zone != "Asia/Shanghai" || series.Limits.Clock != 120 || *series.Limits.Free != 6.4e9 {
			t.Errorf("series since %v, %+v", first, series.Limits)
		}
	})
}

func TestDockingEnds(t *testing.T) {
	for end, d := range map[string]store.Docking{
		endDocked: {DockedAt: at.Add(-time.Hour)},
		endUnseen: {DockedAt: at, Closed: store.ClosedInterrupted},
		endTaken:  {DockedAt: at.Add(-2 * time.Hour), UndockedAt: at.Add(-time.Hour), Closed: store.ClosedUndocked},
		endEarly:  {DockedAt: at.Add(-2 * time.Hour), UndockedAt: at.Add(-time.Hour), Closed: store.ClosedUndocked, Books: store.Books{Unstored: 1}},
	} {
		row := newDockingRow(d, at)
		if want := end != endUnseen; row.End != end || (row.Lasted == time.Hour) != want {
			t.Errorf("%s: ended %s after %v", end, row.End, row.Lasted)
		}
	}
}

// What is charted where a camera told nothing is nothing, and not zero.
func TestSeriesOfUnknowns(t *testing.T) {
	data, err := json.Marshal(newCameraSeries([]store.Docking{{DockedAt: at}}))
	if err != nil || !strings.Contains(string(data), `"battery":[null],"free":[null],"clock":[null],"speed":[null]`) {
		t.Errorf("%s, %v", data, err)
	}
	if data, err = json.Marshal(newCameraSeries(nil)); err != nil || !strings.Contains(string(data), `"at":[],"battery":[]`) {
		t.Errorf("%s, %v", data, err)
	}
}

func TestReadyPage(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.fillFleet(fleet)
		defer f.run()()
		low, full, size, free := 0.4, 0.95, int64(64e9), int64(60e9)
		dock := func(i int, battery *float64) {
			f.dock.Dock(simcam.New(simcam.Options{Info: device.Info{Serial: storetest.Serial(i), Transport: device.TransportMassStorage}, Health: device.Health{Battery: battery, StorageSize: &size, StorageFree: &free}}))
			synctest.Wait()
		}
		dock(0, &low)
		dock(1, &full)
		dock(2, nil)
		f.dock.Dock(simcam.New(simcam.Options{Info: device.Info{Serial: storetest.Serial(5)}})) // only the place of its disk
		synctest.Wait()
		page := f.get("/cameras/ready").body
		for _, want := range []string{"<b>2 of 3 fit to go out</b>", "In no bay: 21", "Battery too low", "Not told, check by hand: battery<"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page lacks %q:\n%s", want, page)
			}
		}
		first, second := strings.Index(page, storetest.Serial(1)), strings.Index(page, storetest.Serial(0))
		if first < 0 || second < first {
			t.Errorf("the one that is fit is at %d, the other at %d", first, second)
		}
	})
}

// Who hands a camera out is put down with it, and what is wrong is said on the
// page, with what was entered.
func TestHandOut(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.fillFleet(fleet)
		f.withAccounts()
		serial := storetest.Serial(1)
		who := remote.as("equipment").with("Accept", browser)
		page := f.from(who, http.MethodGet, cameraAddress(serial), "").body
		if !strings.Contains(page, `action="`+cameraAddress(serial)+`/assign"`) || !strings.Contains(page, "Take it back") {
			t.Error("the equipment staff have no form")
		}
		if page := f.from(remote.as("auditor"), http.MethodGet, cameraAddress(serial), "").body; strings.Contains(page, "/assign") {
			t.Error("an auditor has a form")
		}
		holder := func() *store.Holder {
			t.Helper()
			c, err := f.store.Camera(serial)
			if err != nil {
				t.Fatal(err)
			}
			return c.HeldAt(time.Now())
		}
		pass(time.Hour)
		r := f.from(who, http.MethodPost, cameraAddress(serial)+"/assign", "badge=+4711+&name=%E6%9D%8E%E5%A8%9C&unit=East")
		if h := holder(); r.status != http.StatusSeeOther || r.header.Get("Location") != cameraAddress(serial)+"#holders" ||
			h == nil || h.Badge != "4711" || h.Name != "李娜" || h.Unit != "East" || h.By != "equipment" {
			t.Errorf("%d to %q, held by %+v", r.status, r.header.Get("Location"), h)
		}
		r = f.from(who, http.MethodPost, cameraAddress(serial)+"/assign", "badge=&name=Wang%0AWei&unit=West")
		if page := r.body; r.status != 422 || strings.Count(page, `aria-invalid="true"`) != 2 || !strings.Contains(page, `value="West"`) || holder().Badge != "4711" {
			t.Errorf("without a badge: %d, held by %+v", r.status, holder())
		}
		pass(time.Hour)
		if r = f.from(who, http.MethodPost, cameraAddress(serial)+"/return", ""); r.status != http.StatusSeeOther || holder() != nil {
			t.Errorf("returned: %d, held by %+v", r.status, holder())
		}
		c, err := f.store.Camera(serial)
		if err != nil || c.Holders[len(c.Holders)-1].EndedBy != "equipment" {
			t.Errorf("holders %+v, %v", c.Holders, err)
		}
		for _, act := range []string{"/assign", "/return"} {
			if r := f.from(who, http.MethodPost, "/cameras/nobody-has-it"+act, "badge=1"); r.status != 404 {
				t.Errorf("%s of an unknown camera: %d", act, r.status)
			}
		}
		if _, err := f.store.Camera("nobody-has-it"); err == nil {
			t.Error("a camera was made up")
		}
		if !strings.Contains(f.logged.String(), "badge=4711 by=equipment") {
			t.Error("the log does not say who did it")
		}
	})
}

// Without an account there is no name to put down.
func TestHandOutNeedsAName(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.fillFleet(fleet)
		target := cameraAddress(storetest.Serial(1)) + "/assign"
		if r := f.send(http.MethodPost, target, "badge=1"); r.status != http.StatusForbidden { // of this process: it may, and is nobody
			t.Errorf("in process: %d", r.status)
		}
		f.serve(Options{Guest: &account.User{Name: "guest", Role: account.Equipment}})
		r := f.from(local, http.MethodPost, target, "badge=1")
		c, err := f.store.Camera(storetest.Serial(1))
		if err != nil || r.status != http.StatusSeeOther || c.HeldAt(time.Now()).By != "guest" {
			t.Errorf("as a guest: %d, %v", r.status, err)
		}
	})
}

// What a page can say of a camera has words.
func TestWordsForCameras(t *testing.T) {
	all := allWords(t)
	keys := []string{"care.all", "care.any"}
	for _, one := range ingest.Cares {
		name := one.Names()[0]
		keys = append(keys, "care."+name, "care.do_"+name)
		if careSigns[name].Icon == "" {
			t.Errorf("%s has no sign", name)
		}
	}
	for _, c := range cameraColumns {
		if c.name != columnCare {
			keys = append(keys, "cameras."+c.name)
		}
	}
	for _, v := range []ingest.Verdict{ingest.VerdictFew, ingest.VerdictOpen, ingest.VerdictCamera, ingest.VerdictBay, ingest.VerdictMove} {
		keys = append(keys, "camera.verdict_"+string(v))
	}
	for _, name := range ingest.Unfits {
		keys = append(keys, "ready.unfit_"+name)
	}
	for _, name := range []string{ingest.UnfitBattery, ingest.UnfitStorage, ingest.UnfitClock} {
		keys = append(keys, "ready.what_"+name)
	}
	for _, reason := range store.Reasons {
		keys = append(keys, "reason."+string(reason))
	}
	for _, end := range []string{endDocked, endUnseen, endEarly, endTaken} {
		keys = append(keys, "camera.end_"+end)
	}
	for _, what := range []string{"serial conflict", "clock jumped", "roster imported", "retired", "reinstated", "serial conflict settled"} {
		keys = append(keys, cameraEntry{store.Entry{What: what}}.Key())
	}
	for _, w := range all {
		for _, key := range keys {
			if !w.has(key) {
				t.Errorf("%s.yaml has no %s", w.lang, key)
			}
		}
	}
}
