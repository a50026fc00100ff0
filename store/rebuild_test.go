package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// lived gives a store a life: every kind of event, closed dockings at the end.
func lived(t testing.TB, s *Store, folder string) {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	now := at
	tick := func() time.Time { now = now.Add(7 * time.Minute); return now }
	must[*Camera](t)(s.Assign("CAM0001", Holder{Badge: "0815", Name: "李雷", Unit: "一中队"}, tick()))
	must[*Camera](t)(s.Assign("CAM0009", Holder{Badge: "1"}, tick()))
	must[*Camera](t)(s.Return("CAM0009", "chen", tick()))

	var files []File
	for i := range 9 {
		files = append(files, File{Path: fmt.Sprintf("%s/%d/A.MP4", folder, i), Size: int64(i * 1000), ModTime: at.Add(time.Duration(i))})
	}
	files[8].Path, files[8].RawPath = folder+`/B\xff.MP4`, []byte(folder+"/B\xff.MP4")
	d, _, err := s.Dock(Docking{Camera: "CAM0001", Bay: 3, DeviceID: "1:2", Location: "/a"}, "M", "1", tick())
	check(err)
	listed := listFiles(t, s, d, tick(), files...)
	battery := 0.75
	check(s.UpdateDocking(d.ID, "health", tick(), func(d *Docking, c *Camera) { d.Battery, c.Battery = &battery, &battery }))
	must[*Clip](t)(s.Fail(listed[7].Clip.ID, errors.New("input/output error"), tick()))
	for _, i := range []int{0, 1, 2, 3, 8} {
		put(t, s, listed[i].Clip.ID, bytes.Repeat([]byte{byte(i)}, int(listed[i].Clip.Size)))
	}
	must[*Clip](t)(s.Released(listed[1].Clip.ID, tick()))
	mustExtend(t, s, Extension{Camera: "CAM0001", Reason: OffSite, Returned: now, From: at.Add(-2 * time.Hour), By: "chief"}, tick())
	one, _ := mustExtend(t, s, Extension{Camera: "CAM0001", Clip: listed[4].Clip.ID, Reason: Remote, Returned: now, By: "chief"}, tick())
	must[*Clip](t)(s.NotReleased(listed[2].Clip.ID, errors.New("read-only"), tick()))
	ask := Request{Clip: listed[5].Clip.ID, Reason: ContinuousDuty, Returned: now, By: "李雷", From: "192.0.2.7"}
	asked := must[*Request](t)(s.Ask(ask, tick()))
	ask.Clip, ask.Note = listed[6].Clip.ID, "防汛"
	refused := must[*Request](t)(s.Ask(ask, tick()))
	_, _, _, err = s.Settle(refused.ID, false, "chief", "he was in town", tick())
	check(err)
	must[*Receipt](t)(s.MintReceipt(d.ID, tick()))
	check(s.NoteView(listed[0].Clip.ID, "auditor", Played, tick()))
	must[[]Clip](t)(s.MissDue(at.Add(23*time.Hour + 30*time.Minute)))
	must[[]Clip](t)(s.MissDue(at.Add(22 * time.Hour)))
	check(s.Describe([]string{listed[6].Clip.ID}, tick(), func(_ int, c *Clip) { c.EndLatest = at.Add(-time.Minute) }))

	grown := files[6]
	grown.Size++
	listFiles(t, s, d, tick(), append(files[1:6:6], grown, files[7], files[8])...) // 0 left, 6 grew
	check(s.Undock(d.ID, tick()))

	_, _, err = s.RevokeExtension(one.ID, "auditor", "", tick())
	check(err)
	_, _, _, err = s.Settle(asked.ID, true, "chief", "", tick())
	check(err)

	// The same serial comes twice at the same time.
	d1, _, err := s.Dock(Docking{Camera: "CAM0001", Bay: 1, Location: "/a"}, "", "", tick())
	check(err)
	d2, _, err := s.Dock(Docking{Camera: "CAM0001", Bay: 2, Location: "/b"}, "", "", tick())
	check(err)
	again := listFiles(t, s, d1, tick(), files[0], files[2], files[3])
	listFiles(t, s, d2, tick(), files[0], files[4])
	twin := must[*Clip](t)(s.NewVariant(again[1].Clip, d1, tick()))
	put(t, s, twin.ID, make([]byte, twin.Size))
	check(s.Undock(d1.ID, tick()))
	check(s.Undock(d2.ID, tick()))
}

func TestRebuildGivesTheSameCatalog(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	lived(t, s, "DCIM")
	checkWhole(t, s)
	want := rows(t, s)
	stats := must[Stats](t)(s.Stats(at))
	s.Close()
	old := must[[]byte](t)(os.ReadFile(s.catalogPath()))

	var told Progress
	report, err := Rebuild(t.Context(), options(s.opt.Dir), RebuildOptions{Hash: true}, func(p Progress) { told = p })
	if err != nil {
		t.Fatalf("rebuild: %v, %+v", err, report.Problems)
	}
	if report.Clips != stats.Clips || report.Stored != stats.Stored || report.Bytes != stats.StoredBytes ||
		report.Cameras != 2 || report.Dockings != 3 || report.Adopted != 0 {
		t.Errorf("report %+v; want the counts of %+v", report, stats)
	}
	if told.Clips != stats.Stored || told.Bytes != stats.StoredBytes || told.TotalBytes != stats.StoredBytes {
		t.Errorf("the last progress is %+v; want all of %+v", told, stats)
	}
	if kept := must[[]byte](t)(os.ReadFile(report.Replaced)); !bytes.Equal(kept, old) ||
		!strings.HasPrefix(filepath.Base(report.Replaced), "catalog.db.replaced-") {
		t.Errorf("the old catalog is kept as %s, with other bytes: %v", report.Replaced, !bytes.Equal(kept, old))
	}
	s = openTest(t, s.opt.Dir)
	checkRows(t, s, want)
	checkWhole(t, s)
	if got := must[Stats](t)(s.Stats(at)); got.MissedTotal != stats.MissedTotal || got.LateTotal != stats.LateTotal {
		t.Errorf("counts of events are %+v; want %+v", got, stats)
	}
	lived(t, s, "later") // and life goes on
	checkIndexes(t, s)
}

// Whatever lies where the catalog was: the archive alone decides.
func TestRebuildWithoutOldCatalog(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	lived(t, s, "DCIM")
	want := rows(t, s)
	s.Close()
	for name, spoil := range map[string]func(path string) error{
		"lost":    os.Remove,
		"garbage": func(path string) error { return os.WriteFile(path, []byte("garbage"), 0o640) },
		"empty":   func(path string) error { return os.Truncate(path, 0) },
		"half":    func(path string) error { return os.Truncate(path, 20_000) },
		"a folder": func(path string) error {
			return errors.Join(os.Remove(path), os.Mkdir(path, 0o750))
		},
	} {
		if err := spoil(s.catalogPath()); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.catalogPath()+".rebuild", []byte("left by a crash"), 0o640); err != nil {
			t.Fatal(err)
		}
		report, err := Rebuild(t.Context(), options(s.opt.Dir), RebuildOptions{}, nil)
		if err != nil {
			t.Fatalf("%s: %v %+v", name, err, report.Problems)
		}
		if name == "lost" && report.Replaced != "" {
			t.Errorf("%s was replaced, and there was none", report.Replaced)
		}
		r := must[*Store](t)(OpenReadOnly(options(s.opt.Dir)))
		checkRows(t, r, want)
		r.Close()
	}
	if kept, err := filepath.Glob(s.catalogPath() + ".replaced-*"); err != nil || len(kept) != 4 {
		t.Errorf("of the old catalogs %v are kept, %v; want all 4", kept, err)
	}
	checkAbsent(t, s.catalogPath()+".rebuild")
}

func TestRebuildInterrupted(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	lived(t, s, "DCIM")
	s.Close()
	before := must[[]byte](t)(os.ReadFile(s.catalogPath()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Rebuild(ctx, options(s.opt.Dir), RebuildOptions{Hash: true}, nil)
	checkError(t, err, context.Canceled)
	checkAbsent(t, s.catalogPath()+".rebuild")
	if after := must[[]byte](t)(os.ReadFile(s.catalogPath())); !bytes.Equal(before, after) {
		t.Error("an interrupted rebuild changed the catalog")
	}
	_, err = Rebuild(t.Context(), options(t.TempDir()), RebuildOptions{}, nil)
	checkError(t, err, os.ErrNotExist)
}

// Damage is reported, and no clip that was ever seen leaves the catalog.
func TestRebuildDamage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		damage func(path string) error // of the clip's file
		quick  bool
		want   []string
		same   bool // all that the catalog said comes back
	}{
		{"clip lost", os.Remove, false, []string{"missing A.MP4"}, true},
		{"clip cut", func(p string) error { return os.Truncate(p, 1) }, true, []string{"size A.MP4"}, true},
		{"clip changed", change(0), false, []string{"hash A.MP4"}, true},
		{"clip changed, and only sizes looked at", change(0), true, nil, true},
		{"record lost", func(p string) error { return os.Remove(p + recordSuffix) }, false, []string{"record A.MP4.json"}, false},
		{"record no record", func(p string) error { return os.WriteFile(p+recordSuffix, []byte("{}"), 0o640) }, false, []string{"record A.MP4.json"}, false},
		{"record garbage", change(0, recordSuffix), false, []string{"record A.MP4.json"}, false},
		{"clip and record lost", func(p string) error { return errors.Join(os.Remove(p), os.Remove(p+recordSuffix)) }, false,
			[]string{"missing A.MP4", "record A.MP4.json"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := openTest(t, t.TempDir())
			_, listed := see(t, s, "CAM0001", File{Path: "A.MP4", Size: 4, ModTime: at}, File{Path: "B.MP4", Size: 4, ModTime: at})
			row := put(t, s, listed[0].Clip.ID, []byte("abcd"))
			put(t, s, listed[1].Clip.ID, []byte("efgh"))
			before := rows(t, s)
			s.Close()
			if err := tt.damage(filepath.Join(s.opt.Dir, row.ArchivePath)); err != nil {
				t.Fatal(err)
			}
			report, err := Rebuild(t.Context(), options(s.opt.Dir), RebuildOptions{Hash: !tt.quick}, nil)
			if (err == nil) != (tt.want == nil) || (err != nil && !errors.Is(err, ErrDamage)) {
				t.Fatalf("rebuild: %v", err)
			}
			checkProblems(t, report.Problems, tt.want...)
			s = must[*Store](t)(OpenReadOnly(options(s.opt.Dir)))
			defer s.Close()
			checkIndexes(t, s)
			if tt.same {
				checkRows(t, s, before)
			}
			got := must[*Clip](t)(s.Clip(row.ID))
			if got.State != Stored || got.SHA256 != row.SHA256 || got.ArchivePath != row.ArchivePath || !got.StoredAt.Equal(row.StoredAt) {
				t.Errorf("row %+v; want it stored as %+v was", got, row)
			}
		})
	}
}

func change(offset int64, suffix ...string) func(string) error {
	return func(path string) error {
		path += strings.Join(suffix, "")
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		data[offset] ^= 1
		return errors.Join(os.Chmod(path, 0o640), os.WriteFile(path, data, 0o640))
	}
}

// Without the ledger the records give all stored clips back.
func TestRebuildWithoutLedger(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	lived(t, s, "DCIM")
	// Named like a record, and saying what one says: a clip, all the same.
	forged := fmt.Sprintf(`{"record":%q,"id":"forged","camera":"CAM0001","state":"stored","archive_path":%q}`,
		recordFormat, "archive/2126/11/24/CAM0001/X.MP4")
	_, listed := see(t, s, "CAM0002", File{Path: "X.MP4.json", Size: int64(len(forged)), ModTime: at})
	put(t, s, listed[0].Clip.ID, []byte(forged))
	stored := must[Page](t)(s.Clips(Filter{States: []State{Stored}}, at)).Clips
	s.Close()
	if err := errors.Join(os.Remove(s.catalogPath()), os.RemoveAll(s.ledgerPath())); err != nil {
		t.Fatal(err)
	}
	report, err := Rebuild(t.Context(), options(s.opt.Dir), RebuildOptions{Hash: true}, nil)
	if err != nil || report.Adopted != len(stored) || report.Clips != int64(len(stored)) || report.Cameras != 2 {
		t.Fatalf("rebuild: %v, %+v; want %d clips adopted", err, report, len(stored))
	}
	s = openTest(t, s.opt.Dir)
	for _, want := range stored {
		got := must[*Clip](t)(s.Clip(want.ID))
		if got.State != Stored || got.SHA256 != want.SHA256 || got.ArchivePath != want.ArchivePath || got.Badge != want.Badge {
			t.Errorf("row %+v; want %+v", got, want)
		}
	}
	checkWhole(t, s)
	// A camera that comes again is recognised.
	_, listed = see(t, s, "CAM0001", File{Path: "DCIM/3/A.MP4", Size: 3000, ModTime: at.Add(3)}, File{Path: "NEW.MP4"})
	if listed[0].New || listed[0].Clip.State != Stored || !listed[1].New {
		t.Errorf("a stored clip is listed as %+v, a new one as %+v", listed[0], listed[1])
	}
	s.Close()
	must[RebuildReport](t)(Rebuild(t.Context(), options(s.opt.Dir), RebuildOptions{}, nil))
	s = openTest(t, s.opt.Dir)
	checkWhole(t, s)
}

// Two archives that are put together make one catalog.
func TestRebuildMergedArchive(t *testing.T) {
	t.Parallel()
	a, b := openTest(t, t.TempDir()), openTest(t, t.TempDir())
	one := seeOne(t, a, "A.MP4", 1)
	put(t, a, one.ID, []byte{1})
	_, listed := see(t, b, "CAM0002", File{Path: "A.MP4", Size: 1, ModTime: at})
	put(t, b, listed[0].Clip.ID, []byte{2})
	a.Close()
	b.Close()
	day := "archive/2126/11/24/CAM0002"
	if err := os.CopyFS(filepath.Join(a.opt.Dir, day), os.DirFS(filepath.Join(b.opt.Dir, day))); err != nil {
		t.Fatal(err)
	}
	report, err := Rebuild(t.Context(), options(a.opt.Dir), RebuildOptions{Hash: true}, nil)
	if err != nil || report.Adopted != 1 || report.Clips != 2 {
		t.Fatalf("rebuild: %v, %+v; want two clips, one of them adopted", err, report)
	}
	s := openTest(t, a.opt.Dir)
	checkStored(t, s, one.ID, []byte{1})
	checkStored(t, s, listed[0].Clip.ID, []byte{2})
	checkWhole(t, s)
}
