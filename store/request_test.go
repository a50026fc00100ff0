package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// A reason for one clip is granted: the extension comes of it, in one fact.
func TestGrantRequest(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	now := stamp(time.Now())
	clips := lateClips(t, s, now, 72*time.Hour, 72*time.Hour)
	ask := Request{Clip: clips[0].ID, Reason: OffSite, Returned: now.Add(-2 * time.Hour), Note: "flood", By: "李雷", From: "192.0.2.7"}
	r := must[*Request](t)(s.Ask(ask, now))
	if r.Camera != "CAM0001" || r.Docking != clips[0].Docking || r.Bay != 1 || !r.AskedAt.Equal(now) || r.Settled != nil {
		t.Errorf("request %+v; want camera, docking and bay of its clip", r)
	}
	if row := must[*Clip](t)(s.Clip(clips[0].ID)); row.Deadline != Late {
		t.Errorf("asked for, the clip is %s; want it late until somebody settles that", row.Deadline)
	}
	if list := must[[]Request](t)(s.Requests(true)); len(list) != 1 || list[0].ID != r.ID {
		t.Errorf("open requests %+v; want it", list)
	}
	ledger := len(strings.Split(ledgerText(t, s), "\n"))
	got, e, n, err := s.Settle(r.ID, true, "chief", "seen", now.Add(time.Minute))
	if err != nil || n != (Covered{Clips: 1, Excused: 1}) {
		t.Fatalf("settled: %+v, %v; want one clip excused", n, err)
	}
	if lines := len(strings.Split(ledgerText(t, s), "\n")); lines != ledger+1 {
		t.Errorf("granting took %d lines of the ledger; want one: half of it would be no fact", lines-ledger)
	}
	want := Settlement{As: Granted, At: now.Add(time.Minute), By: "chief", Note: "seen", Extension: e.ID}
	if got.Settled == nil || *got.Settled != want {
		t.Errorf("settled as %+v; want %+v", got.Settled, want)
	}
	if e.Clip != clips[0].ID || e.By != "chief" || e.Note != "flood; seen" || e.Reason != OffSite || !e.RecordedAt.Equal(now.Add(time.Minute)) {
		t.Errorf("extension %+v", e)
	}
	if row := must[*Clip](t)(s.Clip(clips[0].ID)); row.Deadline != Excused || row.Extension.ID != e.ID {
		t.Errorf("clip %+v; want it excused", row)
	}
	if kept := must[*Extension](t)(s.Extension(e.ID)); kept.Note != e.Note {
		t.Errorf("extension %+v; want it kept", kept)
	}
	if list := must[[]Request](t)(s.Requests(true)); len(list) != 0 {
		t.Errorf("open requests %+v; want none", list)
	}
	checkWhole(t, s)
	s.Close()
	checkRebuilt(t, s.opt.Dir)
}

// Without a clip a request is about what the camera brought to this docking,
// even where the return is put down as later than that, and the daemon was
// started anew in between.
func TestGrantRequestOfDocking(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	now := stamp(time.Now())
	clips := lateClips(t, s, now, 72*time.Hour, 30*time.Hour, time.Hour)
	returned := now.Add(2 * time.Minute)
	r := must[*Request](t)(s.Ask(Request{Camera: "CAM0001", Reason: Remote, Returned: returned}, returned))
	s.Close()
	s = openTest(t, s.opt.Dir) // the docking ends as interrupted, before the return
	_, e, n, err := s.Settle(r.ID, true, "chief", "", returned)
	if err != nil || n != (Covered{Clips: 3, Excused: 2}) || e.Clip != "" || !e.From.IsZero() {
		t.Errorf("%+v, %+v, %v; want both late clips excused", e, n, err)
	}
	if row := must[*Clip](t)(s.Clip(clips[2].ID)); row.Deadline != OnTime {
		t.Errorf("the clip in time is %s", row.Deadline)
	}
	checkIndexes(t, s)
}

func TestRefuseRequest(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	now := stamp(time.Now())
	clip := lateClips(t, s, now, 72*time.Hour)[0]
	r := must[*Request](t)(s.Ask(Request{Camera: "CAM0001", Reason: Remote, Returned: now}, now))
	before := rows(t, s)
	for field, settle := range map[string]func() error{
		"by":   func() error { _, _, _, err := s.Settle(r.ID, true, " ", "", now); return err },
		"note": func() error { _, _, _, err := s.Settle(r.ID, false, "chief", "", now); return err },
	} {
		var wrong *FieldError
		if err := settle(); !errors.As(err, &wrong) || wrong.Field != field {
			t.Errorf("%v; want %s to be wrong", err, field)
		}
	}
	checkRows(t, s, before)
	got, e, n, err := s.Settle(r.ID, false, "chief", "was in town", now)
	if err != nil || e != nil || n != (Covered{}) || got.Settled.As != Refused || got.Settled.Note != "was in town" {
		t.Errorf("refused: %+v, %+v, %+v, %v", got, e, n, err)
	}
	if row := must[*Clip](t)(s.Clip(clip.ID)); row.Deadline != Late || row.Extension != nil {
		t.Errorf("clip %+v; want it late", row)
	}
	before = rows(t, s)
	for _, granted := range []bool{true, false} {
		var wrong *FieldError
		if _, _, _, err := s.Settle(r.ID, granted, "other", "x", now); !errors.As(err, &wrong) || wrong.Field != "id" {
			t.Errorf("settled again: %v; want the id to be wrong", err)
		}
	}
	checkRows(t, s, before)
	_, _, _, err = s.Settle("nothing", true, "chief", "", now)
	checkError(t, err, ErrNotFound)
	s.Close()
	checkRebuilt(t, s.opt.Dir)
}

func TestAskRefuses(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	now := stamp(time.Now())
	clips := lateClips(t, s, now, 72*time.Hour, time.Hour)
	other := dock(t, s, Docking{Camera: "CAM0002"}, now)
	must[*Camera](t)(s.Assign("CAM0003", Holder{Badge: "1"}, now)) // never docked
	good := Request{Camera: "CAM0001", Reason: Remote, Returned: now}
	before := rows(t, s)
	for _, tt := range []struct {
		field  string
		change func(*Request)
	}{
		{"camera", func(r *Request) { r.Camera = "CAM0009" }},
		{"camera", func(r *Request) { r.Camera = "" }},
		{"docking", func(r *Request) { r.Camera = "CAM0003" }},
		{"clip", func(r *Request) { r.Clip = "nothing" }},
		{"clip", func(r *Request) { r.Camera, r.Clip = "CAM0002", clips[0].ID }},
		{"clip", func(r *Request) { r.Clip = clips[1].ID }}, // stored in time
		{"docking", func(r *Request) { r.Docking = "nothing" }},
		{"docking", func(r *Request) { r.Docking = other.ID }},
		{"reason", func(r *Request) { r.Reason = "holiday" }},
		{"reason", func(r *Request) { r.Reason = "" }},
		{"returned", func(r *Request) { r.Returned = now.Add(time.Millisecond) }},
		{"returned", func(r *Request) { r.Clip, r.Returned = clips[0].ID, now.Add(-73*time.Hour) }},
		{"returned", func(r *Request) { r.Returned = now.Add(-73 * time.Hour) }},
		{"returned", func(r *Request) { r.Camera = "CAM0002" }}, // which has no clips
		{"returned", func(r *Request) { r.Returned = time.Time{} }},
		{"note", func(r *Request) { r.Note = strings.Repeat("汛", maxText+1) }},
		{"note", func(r *Request) { r.Note = "a\x1b[2J" }},
		{"by", func(r *Request) { r.By = "a\u202eb" }},
		{"from", func(r *Request) { r.From = "\xff" }},
	} {
		r := good
		tt.change(&r)
		_, err := s.Ask(r, now)
		var wrong *FieldError
		if !errors.As(err, &wrong) || wrong.Field != tt.field {
			t.Errorf("%+v: %v; want %s to be wrong", r, err, tt.field)
		}
	}
	checkRows(t, s, before)
	good.Note = strings.Repeat("汛", maxText)
	must[*Request](t)(s.Ask(good, now))
}

// Anybody can ask at the dock, and nobody can fill it.
func TestAskIsBounded(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	now := stamp(time.Now())
	lateClips(t, s, now, 72*time.Hour)
	ask := func(n int) (*Request, error) {
		return s.Ask(Request{Camera: "CAM0001", Reason: Remote, Returned: now, Note: fmt.Sprint(n)}, now)
	}
	first := must[*Request](t)(ask(0))
	before := rows(t, s)
	if again := must[*Request](t)(ask(0)); again.ID != first.ID {
		t.Errorf("the same again is %s; want %s", again.ID, first.ID)
	}
	checkRows(t, s, before)
	for n := 1; n < maxOpenRequests; n++ {
		must[*Request](t)(ask(n))
	}
	_, err := ask(maxOpenRequests)
	checkError(t, err, ErrRequests)
	if again := must[*Request](t)(ask(0)); again.ID != first.ID {
		t.Errorf("the same again is %s; want %s", again.ID, first.ID)
	}
	if _, _, _, err := s.Settle(first.ID, false, "chief", "no", now); err != nil {
		t.Fatal(err)
	}
	must[*Request](t)(ask(maxOpenRequests))
	open, all := must[[]Request](t)(s.Requests(true)), must[[]Request](t)(s.Requests(false))
	if len(open) != maxOpenRequests || len(all) != maxOpenRequests+1 || open[0].Note != fmt.Sprint(maxOpenRequests) || all[len(all)-1].ID != first.ID {
		t.Errorf("%d open, %d in all, from %+v to %+v; want the newest first", len(open), len(all), all[0], all[len(all)-1])
	}
}

func TestRequestsOf(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	now := stamp(time.Now())
	clips := lateClips(t, s, now, 72*time.Hour, 72*time.Hour)
	one := must[*Request](t)(s.Ask(Request{Clip: clips[0].ID, Reason: Remote, Returned: now}, now))
	all := must[*Request](t)(s.Ask(Request{Camera: "CAM0001", Reason: OffSite, Returned: now}, now))
	for _, tt := range []struct{ camera, clip, want string }{
		{"CAM0001", "", all.ID + " " + one.ID},
		{"CAM000", "", ""},
		{"", clips[0].ID, all.ID + " " + one.ID},
		{"", clips[1].ID, all.ID},
	} {
		var ids []string
		for _, r := range must[[]Request](t)(s.RequestsOf(tt.camera, tt.clip)) {
			ids = append(ids, r.ID)
		}
		if got := strings.Join(ids, " "); got != tt.want {
			t.Errorf("of camera %q, clip %q: %s; want %s", tt.camera, tt.clip, got, tt.want)
		}
	}
	_, err := s.RequestsOf("", "nothing")
	checkError(t, err, ErrNotFound)
}
