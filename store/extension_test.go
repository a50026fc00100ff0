package store

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"
)

// mustExtend records an extension that is one.
func mustExtend(t testing.TB, s *Store, e Extension, now time.Time) (*Extension, Covered) {
	t.Helper()
	ext, n, err := s.Extend(e, now)
	if err != nil {
		t.Fatal(err)
	}
	return ext, n
}

// lateClips stores clips of CAM0001 that ended so long before now, which is what
// the computer's clock says: by that they are stored.
func lateClips(t testing.TB, s *Store, now time.Time, ended ...time.Duration) []*Clip {
	t.Helper()
	d, _, err := s.Dock(Docking{Camera: "CAM0001", Bay: 1}, "", "", now)
	if err != nil {
		t.Fatal(err)
	}
	inv := must[*Inventory](t)(s.Inventory(d.ID, now))
	var files []File
	for i := range ended {
		files = append(files, File{Path: string(rune('A'+i)) + ".MP4", Size: 1, ModTime: now.Add(-ended[i])})
	}
	listed := must[[]Listed](t)(inv.Add(files, func(i int, c *Clip) {
		end := now.Add(-ended[i])
		c.Kind, c.RecordedEnd, c.EndEarliest, c.EndLatest = KindVideo, end, end, end
	}))
	must[Books](t)(inv.Close(true, nil, 0, ""))
	var clips []*Clip
	for _, l := range listed {
		clips = append(clips, put(t, s, l.Clip.ID, []byte{1}))
	}
	return clips
}

func whats(c *Clip) string {
	var list []string
	for _, e := range c.History {
		list = append(list, e.What)
	}
	return strings.Join(list, ", ")
}

// One clip is extended after it was stored late: excused as long as it was
// stored within a day of the return, and the miss stays.
func TestExtendClip(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	now := stamp(time.Now())
	clips := lateClips(t, s, now, 72*time.Hour, 72*time.Hour)
	clip := clips[0]
	if clip.Deadline != Late || clip.LateBy == 0 {
		t.Fatalf("clip %+v; want it late", clip)
	}
	e := Extension{Camera: "CAM0001", Clip: clip.ID, Reason: OffSite, Returned: now.Add(-48 * time.Hour), By: "chief", Note: "flood"}
	_, n := mustExtend(t, s, e, now)
	row := must[*Clip](t)(s.Clip(clip.ID))
	if n != (Covered{Clips: 1, Late: 1}) || row.Deadline != Late || row.Extension == nil {
		t.Errorf("returned two days before it was stored: %+v, %+v; want it late still", n, row)
	}
	e.Returned = now.Add(-2 * time.Hour)
	best, n := mustExtend(t, s, e, now)
	row = must[*Clip](t)(s.Clip(clip.ID))
	if n != (Covered{Clips: 1, Excused: 1}) || row.Deadline != Excused || row.Extension.ID != best.ID {
		t.Errorf("returned two hours before it was stored: %+v, %+v; want it excused", n, row)
	}
	if row.LateBy != clip.LateBy || !row.MissedAt.Equal(clip.MissedAt) || !row.DueAt.Equal(clip.DueAt) {
		t.Errorf("row %+v; want its plain lateness kept as in %+v", row, clip)
	}
	if got := whats(row); got != "seen, stored, missed, extended, extended" {
		t.Errorf("history %s", got)
	}
	if last := row.History[len(row.History)-1]; last.By != "chief" || !strings.HasSuffix(last.Note, ": flood") {
		t.Errorf("history ends with %+v", last)
	}
	e.Returned = now.Add(-30 * time.Hour) // a third one that reaches less far changes nothing
	mustExtend(t, s, e, now)
	if row = must[*Clip](t)(s.Clip(clip.ID)); row.Extension.ID != best.ID {
		t.Errorf("extension %+v; want the best one", row.Extension)
	}
	if other := must[*Clip](t)(s.Clip(clips[1].ID)); other.Deadline != Late || other.Extension != nil {
		t.Errorf("another clip %+v; want it left alone", other)
	}
	checkIndexes(t, s)
	if st := must[Stats](t)(s.Stats(now)); st.Settled[Excused] != 1 || st.Settled[Late] != 1 || st.LateTotal != 2 || st.MissedTotal != 2 {
		t.Errorf("stats %+v", st)
	}
	checkWhole(t, s)
	s.Close()
	checkRebuilt(t, s.opt.Dir)
}

// All of a camera in a span are extended before they are even seen: that is how
// it goes, the officer comes back and docks.
func TestExtendCamera(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	now := stamp(time.Now())
	d := dock(t, s, Docking{Camera: "CAM0001"}, now.Add(-120*time.Hour))
	if err := s.Undock(d.ID, now.Add(-100*time.Hour)); err != nil {
		t.Fatal(err)
	}
	early := dock(t, s, Docking{Camera: "CAM0001"}, now.Add(-400*time.Hour)) // before that
	if err := s.Undock(early.ID, now.Add(-300*time.Hour)); err != nil {
		t.Fatal(err)
	}
	ext, n := mustExtend(t, s, Extension{Camera: "CAM0001", Reason: Remote, Returned: now.Add(-3 * time.Hour), By: "chief"}, now.Add(-2*time.Hour))
	if n != (Covered{}) || !ext.From.Equal(now.Add(-100*time.Hour)) || !ext.To.Equal(ext.Returned) || !ext.DueAt.Equal(ext.Returned.Add(24*time.Hour)) {
		t.Errorf("extension %+v, %+v; want it from when the camera was taken to the return", ext, n)
	}
	clips := lateClips(t, s, now, 101*time.Hour, 99*time.Hour, 30*time.Hour, 4*time.Hour, 2*time.Hour)
	for i, want := range []struct {
		deadline Deadline
		extended bool
	}{
		{Late, false}, // recorded before it was taken the last time
		{Excused, true},
		{Excused, true},
		{OnTime, true},
		{OnTime, false}, // recorded after the return
	} {
		row := must[*Clip](t)(s.Clip(clips[i].ID))
		if row.Deadline != want.deadline || (row.Extension != nil) != want.extended {
			t.Errorf("clip %d is %s, extension %+v; want %+v", i, row.Deadline, row.Extension, want)
		}
		if row.Deadline != OnTime && (row.MissedAt.IsZero() || row.LateBy == 0) {
			t.Errorf("clip %d %+v; want its lateness visible", i, row)
		}
		if clips[i].Deadline != row.Deadline {
			t.Errorf("clip %d: Put said %s, the row says %s", i, clips[i].Deadline, row.Deadline)
		}
	}
	record := must[*Clip](t)(readRecord(s.opt.Dir + "/" + clips[1].ArchivePath + recordSuffix))
	if record.Deadline != Excused || record.Extension == nil {
		t.Errorf("record %+v; want it to say so too", record)
	}

	ext, n, err := s.RevokeExtension(ext.ID, "auditor", "the roster says otherwise", now)
	if err != nil || n.Late != 2 || n.Excused != 0 || n.Clips != 3 || ext.RevokedBy != "auditor" {
		t.Fatalf("revoked %+v, %+v, %v", ext, n, err)
	}
	row := must[*Clip](t)(s.Clip(clips[1].ID))
	if row.Deadline != Late || row.Extension != nil || !strings.HasSuffix(whats(row), "extension revoked") || row.History[len(row.History)-1].By != "auditor" {
		t.Errorf("row %+v; want it late again, and to say why", row)
	}
	if list := must[[]Extension](t)(s.Extensions("")); len(list) != 1 || list[0].RevokeNote != "the roster says otherwise" {
		t.Errorf("extensions %+v; want the revoked one kept", list)
	}
	if _, _, err := s.RevokeExtension(ext.ID, "auditor", "", now); !errors.As(err, new(*FieldError)) {
		t.Errorf("revoked twice: %v", err)
	}
	checkWhole(t, s)
	s.Close()
	checkRebuilt(t, s.opt.Dir)
}

// An extension that comes while a clip is being published is not undone by the
// row that was read before.
func TestExtendWhilePublishing(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	clip := seeOne(t, s, "A.MP4", 5)
	pub := readyToPublish(t, s, clip.ID, "12345")
	ext, _ := mustExtend(t, s, Extension{Camera: "CAM0001", Reason: OffSite, Returned: at, By: "chief"}, at)
	s.publishGroup([]*publication{pub})
	s.endPut(clip.ID)
	if row := checkStored(t, s, clip.ID, []byte("12345")); row.Extension == nil || row.Extension.ID != ext.ID {
		t.Errorf("row %+v; want its extension", row)
	}
	checkIndexes(t, s)
}

func TestExtendRefuses(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	clip := seeOne(t, s, "A.MP4", 5)
	dock(t, s, Docking{Camera: "CAM0002"}, at)
	for _, tt := range []struct {
		field string
		ext   Extension
	}{
		{"camera", Extension{Camera: "CAM0009", Returned: at}},
		{"returned", Extension{Camera: "CAM0001", Returned: at.Add(time.Millisecond)}},
		{"returned", Extension{Camera: "CAM0001", Returned: at.Add(-time.Hour), From: at.Add(-time.Minute)}},
		{"returned", Extension{Camera: "CAM0001", Clip: clip.ID, Returned: at.Add(-2 * time.Hour)}},
		{"clip", Extension{Camera: "CAM0001", Clip: "nothing", Returned: at}},
		{"clip", Extension{Camera: "CAM0002", Clip: clip.ID, Returned: at}},
		{"to", Extension{Camera: "CAM0001", Returned: at, From: at.Add(-time.Minute), To: at.Add(-time.Hour)}},
	} {
		before := rows(t, s)
		_, _, err := s.Extend(tt.ext, at)
		var wrong *FieldError
		if !errors.As(err, &wrong) || wrong.Field != tt.field {
			t.Errorf("%+v: %v; want %s to be wrong", tt.ext, err, tt.field)
		}
		checkRows(t, s, before)
	}
	_, _, err := s.RevokeExtension("nothing", "x", "", at)
	checkError(t, err, ErrNotFound)
}

// A catalog of before there were extensions, requests, receipts and looks is
// opened, and read.
func TestCatalogOfAnEarlierVersion(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	clip := seeOne(t, s, "A.MP4", 5)
	must[[]Clip](t)(s.MissDue(at))
	dropBuckets(t, s, laterBuckets...)
	s.Close()
	r := must[*Store](t)(OpenReadOnly(options(s.opt.Dir)))
	if list, err := r.Extensions(""); len(list) != 0 || err != nil {
		t.Errorf("extensions %v, %v", list, err)
	}
	for _, open := range []bool{true, false} {
		if list, err := r.Requests(open); list == nil || len(list) != 0 || err != nil {
			t.Errorf("requests %v, %v", list, err)
		}
	}
	if list, err := r.RequestsOf("", clip.ID); len(list) != 0 || err != nil {
		t.Errorf("requests of the clip %v, %v", list, err)
	}
	_, err := r.Request("nothing")
	checkError(t, err, ErrNotFound)
	_, _, err = r.CheckReceipt("K7QF-2M9X-4T")
	checkError(t, err, ErrNotFound)
	_, err = r.MintReceipt(clip.Docking, at)
	checkError(t, err, fs.ErrPermission)
	checkError(t, r.NoteView(clip.ID, "chief", Viewed, at), fs.ErrPermission)
	if row, err := r.Clip(clip.ID); err != nil || whats(row) != "seen" {
		t.Errorf("clip %+v, %v", row, err)
	}
	r.Close()
	s = openTest(t, s.opt.Dir)
	mustExtend(t, s, Extension{Camera: "CAM0001", Reason: Remote, Returned: at, By: "x"}, at)
	checkIndexes(t, s)
}
