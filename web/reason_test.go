package web

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device"
	"custodock/device/simcam"
	"custodock/store"
)

// lateCamera is docked in bay 2 with a clip that is late, and one that is not.
func (f *fixture) lateCamera(serial string) *simcam.Camera {
	f.t.Helper()
	c := simcam.New(simcam.Options{
		Info: device.Info{Serial: serial, Folder: "cam2"},
		Files: []simcam.File{
			{Path: "DCIM/A0001.WAV", Size: 5000, ModTime: at.Add(-30 * time.Hour)},
			{Path: "DCIM/A0002.WAV", Size: 5000, ModTime: at.Add(-time.Hour), Seed: 1},
		},
	})
	f.dock.Dock(c)
	synctest.Wait()
	return c
}

// give sends the form at a bay as somebody fills it in, over TCP.
func (f *fixture) give(bay string, form url.Values) response {
	f.t.Helper()
	return f.from(local.with("Accept", browser), http.MethodPost, "/bays/"+bay+"/reason", form.Encode())
}

var dockingField = regexp.MustCompile(`name="docking" value="([0-9a-z]+)"`)

// An officer says at the dock why a clip is late; it waits for a supervisor.
func TestReasonAtTheDock(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		defer f.run()()
		f.lateCamera("CAM0001")
		if page := f.get("/").body; !strings.Contains(page, `href="/bays/2/reason"`) || !strings.Contains(page, "1 late") {
			t.Fatalf("the tile does not ask for the reason:\n%s", page)
		}
		page := f.get("/bays/2/reason?lang=zh").body
		m := dockingField.FindStringSubmatch(page)
		if m == nil || !strings.Contains(page, "1个超时文件") || !strings.Contains(page, "连续工作") {
			t.Fatalf("there is no form:\n%s", page)
		}
		returned := at.Add(-2 * time.Hour)
		r := f.give("2", url.Values{
			"docking": {m[1]}, "reason": {"off-site"}, "return": {returned.Format(time.RFC3339)},
			"phrase": {"dock.phrase_case", "nonsense"}, "note": {" the road was flooded "},
		})
		if r.status != http.StatusSeeOther {
			t.Fatalf("%d\n%s", r.status, r.body)
		}
		list, err := f.store.Requests(true)
		if err != nil || len(list) != 1 {
			t.Fatalf("requests %+v, %v", list, err)
		}
		got := list[0]
		want := store.Request{
			ID: got.ID, AskedAt: got.AskedAt, Camera: "CAM0001", Docking: m[1], Bay: 2, Reason: store.OffSite, Returned: returned,
			Note: "Away overnight for a case; the road was flooded", From: "127.0.0.1",
		}
		if got != want {
			t.Errorf("entered %+v, want %+v", got, want)
		}
		if page := f.get(r.header.Get("Location")).body; !strings.Contains(page, "Entered as a request") {
			t.Errorf("it is not said that it was entered:\n%s", page)
		}
		for _, target := range []string{"/", "/bays/2/reason"} {
			if page := f.get(target).body; !strings.Contains(page, "A supervisor settles it") || strings.Contains(page, `href="/bays/2/reason"`) || dockingField.MatchString(page) {
				t.Errorf("%s asks again:\n%s", target, page)
			}
		}
		if r := f.give("2", url.Values{"docking": {m[1]}, "reason": {"remote"}, "return": {returned.Format(time.RFC3339)}}); r.status != http.StatusConflict {
			t.Errorf("another one for the same docking: %d", r.status)
		}
	})
}

// What is wrong is said in words beside its field, and nothing typed is lost.
func TestReasonFormComesBack(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		defer f.run()()
		f.lateCamera("CAM0001")
		docking := dockingField.FindStringSubmatch(f.get("/bays/2/reason").body)[1]
		zone := shanghai(t)
		local := func(t time.Time) string { return t.In(zone).Format(localTime) }
		for name, test := range map[string]struct {
			form url.Values
			says []string
		}{
			"nothing": {url.Values{}, []string{"Choose one of the three", "Choose when you were back"}},
			"no reason that there is": {url.Values{"reason": {"bored"}, "return": {at.Add(-time.Hour).Format(time.RFC3339)}, "note": {"typed"}},
				[]string{"Choose one of the three", `value="typed"`}},
			"no time": {url.Values{"reason": {"remote"}, "return": {"other"}, "other": {""}},
				[]string{"Enter the day and the hour", `value="remote" required checked`, `value="other" required checked`}},
			"a time to come": {url.Values{"reason": {"remote"}, "return": {"other"}, "other": {local(at.Add(time.Hour))}, "phrase": {"dock.phrase_road"}},
				[]string{"yet to come", `value="` + local(at.Add(time.Hour)) + `"`, `value="dock.phrase_road" checked`}},
			"before the recording": {url.Values{"reason": {"remote"}, "other": {local(at.Add(-31 * time.Hour))}}, // without scripts
				[]string{"none of the late clips had been recorded", `value="other" required checked`}},
			"a long note": {url.Values{"reason": {"remote"}, "note": {strings.Repeat("长", 201)}},
				[]string{"The note is too long", strings.Repeat("长", 201)}},
			"a choice of another hour": {url.Values{"return": {at.Add(-90 * time.Minute).Format(time.RFC3339)}},
				[]string{"Choose one of the three", `value="` + local(at.Add(-90*time.Minute)) + `"`}},
		} {
			test.form.Set("docking", docking)
			r := f.give("2", test.form)
			if r.status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d", name, r.status)
			}
			for _, want := range test.says {
				if !strings.Contains(r.body, want) {
					t.Errorf("%s: there is no %s in\n%s", name, want, r.body)
				}
			}
		}
		if list, err := f.store.Requests(false); err != nil || len(list) != 0 {
			t.Errorf("entered %+v, %v", list, err)
		}
	})
}

// A form is about the docking it was opened for, and nothing else in that bay.
func TestReasonForWhatHasLeft(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		defer f.run()()
		c := f.lateCamera("CAM0001")
		form := url.Values{
			"docking": {dockingField.FindStringSubmatch(f.get("/bays/2/reason").body)[1]},
			"reason":  {"remote"}, "return": {at.Add(-time.Hour).Format(time.RFC3339)},
		}
		refused := func(when string) {
			t.Helper()
			if r := f.give("2", form); r.status != http.StatusConflict || !strings.Contains(r.body, "is not in bay 2 any more") {
				t.Errorf("%s: %d\n%s", when, r.status, r.body)
			}
		}
		f.dock.Undock(c)
		synctest.Wait()
		refused("the camera has left")
		f.lateCamera("CAM0002")
		refused("another one came")
		form.Del("docking")
		refused("a form that does not say what it is for")
		for _, bay := range []string{"1", "7", "x", "-1"} {
			if r := f.get("/bays/" + bay + "/reason"); r.status != 200 || dockingField.MatchString(r.body) {
				t.Errorf("bay %s has a form: %d", bay, r.status)
			}
		}
		if r := f.get("/bays/2/entered?request=x"); r.status != http.StatusNotFound {
			t.Errorf("what was never entered: %d", r.status)
		}
		if list, err := f.store.Requests(false); err != nil || len(list) != 0 {
			t.Errorf("entered %+v, %v", list, err)
		}
	})
}

// There is nothing to explain for a camera whose clips are in time.
func TestReasonForNothing(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		defer f.run()()
		c := simcam.New(simcam.Options{
			Info:  device.Info{Serial: "CAM0001", Folder: "cam2"},
			Files: []simcam.File{{Path: "DCIM/A0001.WAV", Size: 5000, ModTime: at.Add(-time.Hour)}},
		})
		f.dock.Dock(c)
		synctest.Wait()
		nothing := func() {
			t.Helper()
			if strings.Contains(f.get("/").body, "/reason") {
				t.Error("the tile asks for a reason")
			}
			if page := f.get("/bays/2/reason").body; !strings.Contains(page, "nothing to give a reason for") || dockingField.MatchString(page) {
				t.Errorf("there is a form:\n%s", page)
			}
		}
		nothing()
		f.dock.Undock(c)
		synctest.Wait()
		late := f.lateCamera("CAM0002")
		f.dock.Undock(late) // with all that is late in the archive
		pass(time.Minute)
		f.dock.Dock(late)
		synctest.Wait()
		nothing()
	})
}

func TestReturnChoices(t *testing.T) {
	zone := shanghai(t)
	now := time.Date(2026, 11, 24, 9, 30, 20, 0, zone)
	clock := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, zone) }
	for _, test := range []struct {
		name          string
		docked, first time.Time
		want          []time.Time
	}{
		{"a day", clock(24, 9, 10), clock(23, 1, 0), []time.Time{
			clock(24, 9, 30), clock(24, 9, 10), clock(24, 8, 30), clock(24, 8, 0), clock(24, 7, 30), clock(24, 5, 30), clock(23, 18, 0), clock(23, 8, 0),
		}},
		{"since this morning", clock(24, 9, 10), clock(24, 7, 45), []time.Time{clock(24, 9, 30), clock(24, 9, 10), clock(24, 8, 30), clock(24, 8, 0)}},
		{"docked just now", clock(24, 9, 30), clock(24, 8, 45), []time.Time{clock(24, 9, 30)}},
	} {
		var got []time.Time
		for _, c := range returnChoices(test.docked, test.first, now, zone) {
			got = append(got, c.At)
		}
		if !slices.EqualFunc(got, test.want, time.Time.Equal) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestAskRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAskRate()
		for range askBayBurst {
			if !a.take(1, "192.0.2.1") {
				t.Fatal("the first few are too many")
			}
		}
		if a.take(1, "192.0.2.2") {
			t.Error("a bay has no bound")
		}
		n := 0
		for bay := range 100 {
			if a.take(bay+2, "192.0.2.1") {
				n++
			}
		}
		if want := askFromBurst - askBayBurst; n != want {
			t.Errorf("an address entered %d more, want %d", n, want)
		}
		pass(askBayEvery)
		if !a.take(1, "192.0.2.1") || a.take(1, "192.0.2.2") {
			t.Error("after a while one more is not what can be entered")
		}
		for i := range 3 * maxAskFrom {
			a.take(1, string(rune(i+1000)))
		}
		if len(a.from) > maxAskFrom {
			t.Errorf("%d addresses are kept", len(a.from))
		}
	})
}
