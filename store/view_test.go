package store

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestNoteView(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	clip := seeOne(t, s, "A.MP4", 5)
	noon := at.Truncate(time.Hour).Add(time.Hour)
	for _, v := range []struct {
		by, what string
		now      time.Time
	}{
		{"chief", Viewed, noon}, {"chief", Viewed, noon.Add(59 * time.Minute)}, {"chief", Viewed, noon.Add(time.Hour)},
		{"chief", Played, noon.Add(time.Minute)}, {"auditor", Viewed, noon.Add(2 * time.Minute)}, {"chief", Downloaded, noon.Add(3 * time.Minute)},
	} {
		if err := s.NoteView(clip.ID, v.by, v.what, v.now); err != nil {
			t.Fatal(err)
		}
	}
	row := put(t, s, clip.ID, []byte("12345"))
	if got := whats(row); got != "seen, stored" {
		t.Errorf("the row has %s; want its own history", got)
	}
	var got []string
	for _, e := range must[*Clip](t)(s.Clip(clip.ID)).History {
		got = append(got, strings.TrimSpace(e.What+" "+e.By))
	}
	if got, want := strings.Join(got, ", "), "seen, stored, viewed chief, played chief, viewed auditor, downloaded chief, viewed chief"; got != want {
		t.Errorf("history %s; want %s", got, want)
	}
	before := rows(t, s)
	if err := s.NoteView(clip.ID, "chief", Played, noon.Add(59*time.Minute)); err != nil {
		t.Fatal(err)
	}
	checkRows(t, s, before)
	checkWhole(t, s)
	s.Close()
	checkRebuilt(t, s.opt.Dir)
}

// Who looks at a clip that is being published does not disturb that, and is not
// forgotten by it. What changes the row afterwards does not take looks into it.
func TestNoteViewWhilePublishing(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	clip := seeOne(t, s, "A.MP4", 5)
	pub := readyToPublish(t, s, clip.ID, "12345")
	if err := s.NoteView(clip.ID, "chief", Viewed, at); err != nil {
		t.Fatal(err)
	}
	s.publishGroup([]*publication{pub})
	s.endPut(clip.ID)
	must[*Clip](t)(s.Released(clip.ID, at.Add(time.Hour)))
	if got, want := whats(must[*Clip](t)(s.Clip(clip.ID))), "seen, stored, viewed, released"; got != want {
		t.Errorf("history %s; want %s", got, want)
	}
	if got := whats(must[*Clip](t)(s.clip(clip.ID))); strings.Contains(got, Viewed) {
		t.Errorf("the row has %s; want no view in it", got)
	}
	checkWhole(t, s)
}

func TestNoteViewRefuses(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	clip := seeOne(t, s, "A.MP4", 5)
	before := rows(t, s)
	for _, tt := range []struct{ by, what, field string }{
		{"", Viewed, "by"}, {strings.Repeat("x", maxText+1), Viewed, "by"}, {"a\nb", Viewed, "by"}, {"chief", "seen", "what"},
	} {
		var wrong *FieldError
		if err := s.NoteView(clip.ID, tt.by, tt.what, at); !errors.As(err, &wrong) || wrong.Field != tt.field {
			t.Errorf("%+v: %v", tt, err)
		}
	}
	checkError(t, s.NoteView("nothing", "chief", Viewed, at), ErrNotFound)
	checkRows(t, s, before)
}
