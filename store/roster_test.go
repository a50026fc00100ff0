package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func hour(n int) time.Time { return at.Add(time.Duration(n) * time.Hour) }

func person(badge string, from, until int) Holder {
	h := Holder{Badge: badge, Name: "N" + badge, Unit: "U", From: hour(from)}
	if until != 0 {
		h.Until = hour(until)
	}
	return h
}

// endedAt lists clips of CAM0001 that ended at these hours and stores the first.
func endedAt(t testing.TB, s *Store, hours ...int) (ids []string) {
	t.Helper()
	d := dock(t, s, Docking{Camera: "CAM0001"}, at)
	inv := must[*Inventory](t)(s.Inventory(d.ID, at))
	var files []File
	for i := range hours {
		files = append(files, file(string(rune('A'+i)), 1))
	}
	listed := must[[]Listed](t)(inv.Add(files, func(i int, c *Clip) {
		c.Kind, c.RecordedEnd, c.EndEarliest, c.EndLatest = KindVideo, hour(hours[i]), hour(hours[i]), hour(hours[i])
	}))
	must[Books](t)(inv.Close(true, nil, 0, ""))
	for _, l := range listed {
		ids = append(ids, l.Clip.ID)
	}
	put(t, s, ids[0], []byte{0})
	return ids
}

func badges(t testing.TB, s *Store, ids []string) string {
	t.Helper()
	var list []string
	for _, id := range ids {
		list = append(list, must[*Clip](t)(s.Clip(id)).Badge)
	}
	return strings.Join(list, " ")
}

// Whoever is entered when: clips count to who held the camera.
func TestClipsFollowTheRoster(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	ids := endedAt(t, s, -30, -20, -10, -5, -1)
	if got := badges(t, s, ids); got != "    " {
		t.Errorf("before anybody is entered: %q", got)
	}
	must[*Camera](t)(s.Assign("CAM0001", Holder{Badge: "9"}, hour(-4)))
	if got := badges(t, s, ids); got != "9 9 9 9 9" {
		t.Errorf("the first one entered has all: %q", got)
	}
	lines := []RosterLine{{2, "CAM0001", person("1", -24, -12)}, {3, "CAM0001", person("2", -12, -6)}}
	n := must[Imported](t)(s.ImportRoster(lines, "chief", hour(0)))
	if got := badges(t, s, ids); n != (Imported{2, 2, 1}) || got != "1 1 2  9" {
		t.Errorf("a roster that comes afterwards: %+v, %q", n, got)
	}
	row := must[*Clip](t)(s.Clip(ids[0]))
	if last := row.History[len(row.History)-1]; last.What != "holder" || last.By != "chief" || last.Note != "N1 1 U, before 9" {
		t.Errorf("history ends with %+v", last)
	}
	n = must[Imported](t)(s.ImportRoster(lines, "chief", hour(1)))
	if n.New != 0 {
		t.Errorf("imported again: %+v", n)
	}
	must[Imported](t)(s.ImportRoster([]RosterLine{{2, "CAM0009", person("5", 10, 0)}}, "", hour(1)))
	must[*Camera](t)(s.Assign("CAM0009", Holder{Badge: "4"}, hour(5)))
	c := must[*Camera](t)(s.Camera("CAM0009"))
	if now := c.HeldAt(hour(6)); now == nil || now.Badge != "4" || !now.Until.Equal(hour(10)) {
		t.Errorf("%+v holds it; want 4 until it is 5's turn", now)
	}
	checkWhole(t, s)
	s.Close()
	checkRebuilt(t, s.opt.Dir)
}

// A roster that comes while a clip is being published reaches that too.
func TestRosterWhilePublishing(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	clip := seeOne(t, s, "A.MP4", 5)
	pub := readyToPublish(t, s, clip.ID, "12345")
	must[*Camera](t)(s.Assign("CAM0001", Holder{Badge: "9"}, at))
	s.publishGroup([]*publication{pub})
	s.endPut(clip.ID)
	if row := checkStored(t, s, clip.ID, []byte("12345")); row.Badge != "9" {
		t.Errorf("row %+v; want its holder", row)
	}
}

func TestRosterRefuses(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	must[*Camera](t)(s.Assign("CAM0001", Holder{Badge: "9"}, at))
	ok := RosterLine{2, "CAM0002", person("1", 1, 2)}
	for field, line := range map[string]RosterLine{
		"line 3: from":   {3, "CAM0001", person("1", 1, 2)},
		"line 3: until":  {3, "CAM0001", person("1", -1, 1)},
		"line 4: until":  {4, "CAM0001", person("1", 2, 1)},
		"line 5: serial": {5, "../x", person("1", 1, 2)},
		"line 6: from":   {6, "CAM0002", person("2", 1, 2)},
	} {
		before := rows(t, s)
		var wrong *FieldError
		if _, err := s.ImportRoster([]RosterLine{ok, line}, "", at); !errors.As(err, &wrong) || wrong.Field != field {
			t.Errorf("%+v: %v; want %s to be wrong", line, err, field)
		}
		checkRows(t, s, before)
	}
}

// A docking's line in the ledger does not have the roster in it.
func TestLedgerHasHoldersOnce(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	must[*Camera](t)(s.Assign("CAM0001", Holder{Badge: "4711-0815"}, at))
	endedAt(t, s, -1)
	text := ledgerText(t, s)
	if n := strings.Count(text, `"holder":{"badge":"4711-0815"`); n != 1 {
		t.Errorf("the ledger has the holder %d times:\n%s", n, text)
	}
	if c := must[*Camera](t)(s.Camera("CAM0001")); c.Holder == nil || c.LastDocking == "" {
		t.Errorf("camera %+v; want its holder and its docking", c)
	}
}

func ledgerText(t testing.TB, s *Store) (text string) {
	t.Helper()
	for _, name := range must[[]string](t)(s.ledger.files()) {
		text += string(must[[]byte](t)(os.ReadFile(filepath.Join(s.ledger.dir, name))))
	}
	return text
}
