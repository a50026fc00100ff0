package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func ledgerFile(t testing.TB, s *Store) string {
	t.Helper()
	files := must[[]string](t)(s.ledger.files())
	return filepath.Join(s.ledgerPath(), files[len(files)-1])
}

func appendTo(t testing.TB, path, text string) {
	t.Helper()
	f := must[*os.File](t)(os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0))
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// A line that a crash cut short was never acknowledged: it goes, and the next
// one is not glued to it.
func TestLedgerTornLine(t *testing.T) {
	t.Parallel()
	for _, torn := range []string{`{"at":"2026-11-24T02:00:00Z","what":"se`, `{"what":"docked"}`, "\x00\x00\x00", strings.Repeat("x", 200_000)} {
		s := openTest(t, t.TempDir())
		seeOne(t, s, "A.MP4", 1)
		before := rows(t, s)
		s.Close()
		appendTo(t, ledgerFile(t, s), torn)
		r := must[*Store](t)(OpenReadOnly(options(s.opt.Dir)))
		if _, err := r.Verify(t.Context(), nil); err != nil {
			t.Errorf("with a torn line verify says %v", err)
		}
		r.Close()
		s = openTest(t, s.opt.Dir)
		if d := diffLines(rows(t, s), before); !strings.Contains(d, ClosedInterrupted) {
			t.Errorf("opening changed the catalog otherwise than by closing the docking:\n%s", d)
		}
		seeOne(t, s, "B.MP4", 1)
		checkWhole(t, s)
		s.Close()
		checkRebuilt(t, s.opt.Dir)
	}
}

// checkRebuilt makes sure that the archive alone gives the catalog that is there.
func checkRebuilt(t testing.TB, dir string) {
	t.Helper()
	s := must[*Store](t)(OpenReadOnly(options(dir)))
	before := rows(t, s)
	s.Close()
	report, err := Rebuild(t.Context(), options(dir), RebuildOptions{Hash: true}, nil)
	if err != nil || report.Adopted != 0 {
		t.Fatalf("rebuild: %v, report %+v", err, report)
	}
	s = must[*Store](t)(OpenReadOnly(options(dir)))
	defer s.Close()
	checkRows(t, s, before)
	checkWhole(t, s)
}

// A line that is no fact is passed over and reported, and nothing else is lost.
func TestLedgerGarbageLine(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"garbage", "{}", "null", "[]", `{"what":"seen"}`, `{"what":"seen","clip":{}}`, `{"what":"docked","camera":{"serial":"a/b"}}`,
		`{"what":"docked","docking":{"id":"1","camera":""}}`, `{"what":"extended","extension":{"id":"1","camera":"a/b"}}`,
		`{"what":"reason asked","request":{"id":"1","camera":""}}`, `{"what":"receipt","receipt":{"code":"short","docking":"1"}}`,
		`{"what":"played","view":{"clip":"1","what":"played","by":"` + strings.Repeat("x", 40_000) + `"}}`, // no key of bbolt's
		`{"what":"stored","id":"x"}`, `{"what":"stored","id":"..","archive_path":"archive/2026/11/24/C/A"}`,
		`{"what":"stored","id":"x","archive_path":"../../etc/passwd"}`, `{"what":"stored","id":"x","archive_path":"archive/2026/11/24/../A"}`,
		strings.Repeat("y", maxLine+1),
	} {
		s := openTest(t, t.TempDir())
		d, _ := see(t, s, "CAM0001", File{Path: "A.MP4", Size: 1, ModTime: at})
		if err := s.Undock(d.ID, at); err != nil {
			t.Fatal(err)
		}
		s.Close()
		appendTo(t, ledgerFile(t, s), line+"\n")
		s = openTest(t, s.opt.Dir)
		seeOne(t, s, "B.MP4", 1)
		report, err := s.Verify(t.Context(), nil)
		checkError(t, err, ErrDamage)
		checkProblems(t, report.Problems, "ledger "+filepath.Base(ledgerFile(t, s)))
		before := rows(t, s)
		s.Close()
		rebuilt, err := Rebuild(t.Context(), options(s.opt.Dir), RebuildOptions{}, nil)
		checkError(t, err, ErrDamage)
		checkProblems(t, rebuilt.Problems, "ledger "+filepath.Base(ledgerFile(t, s)))
		checkRows(t, must[*Store](t)(OpenReadOnly(options(s.opt.Dir))), before)
	}
}

// The ledger's order is that in which facts were written, whatever the clock says.
func TestLedgerClockJumpsBack(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	for i, now := range []time.Time{at, at.AddDate(0, 1, 0), at, at.AddDate(0, -3, 0), at.AddDate(0, 1, 0)} {
		if _, err := s.Assign("CAM0001", Holder{Badge: string(rune('A' + i))}, now); err != nil {
			t.Fatal(err)
		}
		if i == 2 { // as a restart finds it
			s.Close()
			s = openTest(t, s.opt.Dir)
		}
	}
	if files := must[[]string](t)(s.ledger.files()); !slices.Equal(files, []string{"2126-11.jsonl", "2126-12.jsonl"}) {
		t.Errorf("the ledger has %v", files)
	}
	if c := must[*Camera](t)(s.Camera("CAM0001")); c.Holder.Badge != "E" || len(c.Holders) != 4 {
		t.Errorf("the camera is held by %+v after %+v", c.Holder, c.Holders)
	}
	s.Close()
	checkRebuilt(t, s.opt.Dir)
}

// A fact that is too long to be read again is an error, not a loss.
func TestLedgerRefusesLongLine(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	_, err := s.Assign("CAM0001", Holder{Badge: "1", Name: strings.Repeat("n", maxLine)}, at)
	checkError(t, err, errLongLine)
	if _, err := s.Camera("CAM0001"); !errors.Is(err, ErrNotFound) {
		t.Errorf("the camera: %v; want it unknown", err)
	}
	seeOne(t, s, "A.MP4", 1)
	checkWhole(t, s)
}

// A hostile camera may list any number of things that are no clips.
func TestLedgerBoundsSkipped(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	d, _, err := s.Dock(Docking{Camera: "CAM0001"}, "", "", at)
	if err != nil {
		t.Fatal(err)
	}
	inv := must[*Inventory](t)(s.Inventory(d.ID, at))
	var skipped []Skipped
	for range 1000 {
		skipped = append(skipped, Skipped{Path: strings.Repeat("\x01/", 10_000), Reason: "symlink"})
	}
	books := must[Books](t)(inv.Close(true, skipped, 1000, ""))
	if books.SkippedN != 1000 || len(books.Skipped) == 0 || len(books.Skipped) == 1000 {
		t.Errorf("the books have %d of %d skipped; want some", len(books.Skipped), books.SkippedN)
	}
	s.Close()
	checkRebuilt(t, s.opt.Dir)
}

// What the ledger holds and the catalog does not is applied before anything is
// derived from the catalog: else it would be done twice.
func TestLaggingCatalogCatchesUp(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	d, _, err := s.Dock(Docking{Camera: "CAM0001"}, "", "", at)
	if err != nil {
		t.Fatal(err)
	}
	inv := must[*Inventory](t)(s.Inventory(d.ID, at))
	describe := func(_ int, c *Clip) { c.Kind, c.EndLatest = KindVideo, at }
	// As when the disk of the catalog is full just after the line was written.
	s.db.MaxSize = 1
	big := make([]File, 900)
	for i := range big {
		big[i] = File{Path: fmt.Sprintf("%d.MP4", i), Size: 3, ModTime: at}
	}
	if _, err := inv.Add(big, describe); err == nil {
		t.Fatal("a full catalog took rows")
	}
	s.db.MaxSize = 0
	inv = must[*Inventory](t)(s.Inventory(d.ID, at))
	listed := must[[]Listed](t)(inv.Add(big, describe))
	for _, l := range listed {
		if l.New {
			t.Fatal("a clip became known twice")
		}
	}
	must[Books](t)(inv.Close(true, nil, 0, ""))
	if st := must[Stats](t)(s.Stats(at)); st.Clips != int64(len(big)) {
		t.Errorf("%d clips are known; want %d", st.Clips, len(big))
	}
	checkWhole(t, s)
	s.Close()
	checkRebuilt(t, s.opt.Dir)
}

// Until the next fact is written down the store says why the last one was not.
func TestUnwritable(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	inTheWay := filepath.Join(s.ledgerPath(), at.Format("2006-01")+".jsonl")
	if err := os.MkdirAll(inTheWay, 0o750); err != nil {
		t.Fatal(err)
	}
	_, _, err := s.Dock(Docking{Camera: "CAM0001"}, "", "", at)
	checkError(t, err, ErrUnwritable)
	checkError(t, s.Unwritable(), ErrUnwritable)
	if err := os.Remove(inTheWay); err != nil {
		t.Fatal(err)
	}
	dock(t, s, Docking{Camera: "CAM0001"}, at)
	if err := s.Unwritable(); err != nil {
		t.Errorf("a fact was written, and still: %v", err)
	}
}
