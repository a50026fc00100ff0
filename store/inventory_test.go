package store

import (
	"context"
	"fmt"
	"io"
	"os"
	"testing"
	"time"
)

func videoAt(end time.Time) func(int, *Clip) {
	return func(_ int, c *Clip) { c.Kind, c.EndEarliest, c.EndLatest = KindVideo, end, end }
}

func dock(t testing.TB, s *Store, d Docking, now time.Time) *Docking {
	t.Helper()
	got, _, err := s.Dock(d, "", "", now)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// list takes a complete listing and returns it and the docking's books.
func list(t testing.TB, s *Store, d *Docking, now time.Time, files ...File) ([]Listed, Books) {
	t.Helper()
	inv := must[*Inventory](t)(s.Inventory(d.ID, now))
	listed := must[[]Listed](t)(inv.Add(files, videoAt(at.Add(-time.Hour))))
	return listed, must[Books](t)(inv.Close(true, nil, 0, ""))
}

func undock(t testing.TB, s *Store, d *Docking, now time.Time) {
	t.Helper()
	if err := s.Undock(d.ID, now); err != nil {
		t.Fatal(err)
	}
}

func file(path string, size int64) File { return File{Path: path, Size: size, ModTime: at} }

func TestInventoryKnowsWhatItKnew(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	a, b, c := file("A.MP4", 1), file("B.MP4", 1), file("C.MP4", 1)

	d := dock(t, s, Docking{Camera: "CAM0001"}, at)
	listed, books := list(t, s, d, at, a, b)
	checkBooks(t, "first docking", books, Books{Files: 2, Bytes: 2, New: 2, Unstored: 2, UnstoredBytes: 2})
	put(t, s, listed[0].Clip.ID, []byte{1})
	three, books := list(t, s, d, at, a, b, c)
	gone := func(i int) []GoneClip { return []GoneClip{{three[i].Clip.ID, three[i].Clip.Path}} }
	checkBooks(t, "second listing", books, Books{Files: 3, Bytes: 3, New: 3, Unstored: 2, UnstoredBytes: 2})
	undock(t, s, d, at)

	later := at.Add(time.Hour)
	d = dock(t, s, Docking{Camera: "CAM0001"}, later)
	again, books := list(t, s, d, later, a, b)
	checkBooks(t, "second docking", books, Books{Files: 2, Bytes: 2, Known: 1, Unstored: 1, UnstoredBytes: 1, GoneLost: 1, Gone: gone(2)})
	for i, l := range again {
		if l.New || l.Clip.ID != listed[i].Clip.ID {
			t.Errorf("clip %d is listed as %+v; want it recognised", i, l)
		}
	}
	if got := again[1].Clip; got.Docking != d.ID || got.History[len(got.History)-1].What != whatSeenAgain {
		t.Errorf("unstored clip %+v; want it in this docking", got)
	}
	undock(t, s, d, later)

	// All gone: the stored one left, the others are gone and still due.
	d = dock(t, s, Docking{Camera: "CAM0001"}, later)
	_, books = list(t, s, d, later)
	checkBooks(t, "empty camera", books, Books{GoneStored: 1, GoneLost: 1, Gone: gone(1)})
	if c := must[*Clip](t)(s.Clip(listed[0].Clip.ID)); c.State != Stored || !c.LeftAt.Equal(later) {
		t.Errorf("stored clip %+v; want it to have left", c)
	}
	if c := must[*Clip](t)(s.Clip(listed[1].Clip.ID)); c.State != Gone {
		t.Errorf("unstored clip %+v; want it gone", c)
	}
	if missed := must[[]Clip](t)(s.MissDue(at.Add(24 * time.Hour))); len(missed) != 2 {
		t.Errorf("%d clips turned overdue; want the 2 that are gone", len(missed))
	}

	// And both come back.
	_, books = list(t, s, d, later, a, b)
	checkBooks(t, "back again", books, Books{Files: 2, Bytes: 2, Known: 1, Unstored: 1, UnstoredBytes: 1, GoneStored: 1, GoneLost: 1, Gone: gone(1)})
	if c := must[*Clip](t)(s.Clip(listed[0].Clip.ID)); !c.LeftAt.IsZero() {
		t.Errorf("stored clip %+v; want it back", c)
	}
	if c := must[*Clip](t)(s.Clip(listed[1].Clip.ID)); c.State != Seen || c.MissedAt.IsZero() {
		t.Errorf("unstored clip %+v; want it seen, and missed for good", c)
	}
	checkWhole(t, s)
}

func checkBooks(t testing.TB, what string, got, want Books) {
	t.Helper()
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("%s: books %+v; want %+v", what, got, want)
	}
}

// A listing that breaks off makes nothing gone: what it did not come to is there.
func TestInventoryIncomplete(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	d := dock(t, s, Docking{Camera: "CAM0001"}, at)
	listed, _ := list(t, s, d, at, file("A.MP4", 1))
	inv := must[*Inventory](t)(s.Inventory(d.ID, at.Add(time.Minute)))
	books := must[Books](t)(inv.Close(false, []Skipped{{"DCIM", "unreadable"}}, 1, "input/output error"))
	checkBooks(t, "incomplete", books, Books{Files: 1, Bytes: 1, New: 1, Unstored: 1, UnstoredBytes: 1, Skipped: []Skipped{{"DCIM", "unreadable"}}, SkippedN: 1})
	if c := must[*Clip](t)(s.Clip(listed[0].Clip.ID)); c.State != Seen {
		t.Errorf("the clip is %s; want it seen", c.State)
	}
	undock(t, s, d, at.Add(time.Hour))
	if c := must[*Camera](t)(s.Camera("CAM0001")); !c.ListedAll.Equal(at) || !c.Unlisted {
		t.Errorf("all was listed %v, unlisted %v; want %v, before the listing that failed", c.ListedAll, c.Unlisted, at)
	}
	if d := must[*Docking](t)(s.Docking(d.ID)); d.Complete || d.Error != "input/output error" || d.Closed != ClosedUndocked {
		t.Errorf("docking %+v; want its failure in it", d)
	}
}

// What a listing counts that breaks off: what it came to, and what those before
// it in the docking came to, each once.
func TestBooksOfAListingThatBreaksOff(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	d := dock(t, s, Docking{Camera: "CAM0001"}, at)
	list(t, s, d, at, file("OLD.MP4", 1)) // which is not on it any more
	undock(t, s, d, at)
	d = dock(t, s, Docking{Camera: "CAM0001"}, at)
	for _, step := range []struct {
		what   string
		listed []File
		put    bool
		want   Books
	}{
		{"before anything", nil, false, Books{}},
		{"after the first", []File{file("A.MP4", 2)}, true, Books{Files: 1, Bytes: 2, New: 1, Unstored: 1, UnstoredBytes: 2}},
		{"before it", nil, false, Books{Files: 1, Bytes: 2, New: 1}},
		{"after another one", []File{file("B.MP4", 3)}, false, Books{Files: 2, Bytes: 5, New: 2, Unstored: 1, UnstoredBytes: 3}},
		{"after both", []File{file("B.MP4", 3), file("A.MP4", 2)}, false, Books{Files: 2, Bytes: 5, New: 2, Unstored: 1, UnstoredBytes: 3}},
	} {
		inv := must[*Inventory](t)(s.Inventory(d.ID, at))
		listed := must[[]Listed](t)(inv.Add(step.listed, videoAt(at)))
		checkBooks(t, step.what, must[Books](t)(inv.Close(false, nil, 0, "input/output error")), step.want)
		if step.put {
			put(t, s, listed[0].Clip.ID, []byte{1, 2})
		}
	}
	checkWhole(t, s)
}

// A listing that is cut off says nothing of what a whole one said, unless it
// came to something else.
func TestCutOff(t *testing.T) {
	t.Parallel()
	a, b := file("A.MP4", 1), file("B.MP4", 2)
	one := Books{Files: 1, Bytes: 1, New: 1, Unstored: 1, UnstoredBytes: 1}
	two := Books{Files: 2, Bytes: 3, New: 2, Unstored: 2, UnstoredBytes: 3}
	for _, tt := range []struct {
		name     string
		before   []bool // listings with a clip: whether complete
		came     []File
		holds    bool
		unlisted bool
		want     Books
	}{
		{"the first", nil, []File{a}, false, true, one},
		{"after a whole one", []bool{true}, nil, true, false, one},
		{"after a whole one, with the same", []bool{true}, []File{a}, true, false, one},
		{"after a whole one, with more", []bool{true}, []File{b}, false, true, two},
		{"after one that broke off", []bool{false}, nil, false, true, one},
		{"after one that broke off later", []bool{true, false}, []File{a}, false, true, one},
	} {
		s := openTest(t, t.TempDir())
		d := dock(t, s, Docking{Camera: "CAM0001"}, at)
		for _, complete := range tt.before {
			inv := must[*Inventory](t)(s.Inventory(d.ID, at))
			must[[]Listed](t)(inv.Add([]File{a}, videoAt(at)))
			must[Books](t)(inv.Close(complete, nil, 0, ""))
		}
		inv := must[*Inventory](t)(s.Inventory(d.ID, at.Add(time.Minute)))
		must[[]Listed](t)(inv.Add(tt.came, videoAt(at)))
		books, holds, err := inv.CutOff("")
		if err != nil || holds != tt.holds {
			t.Errorf("%s: the one before holds: %v, %v; want %v", tt.name, holds, err, tt.holds)
		}
		checkBooks(t, tt.name, books, tt.want)
		d = must[*Docking](t)(s.Docking(d.ID))
		checkBooks(t, tt.name+", in the catalog", d.Books, tt.want)
		if c := must[*Camera](t)(s.Camera("CAM0001")); c.Unlisted != tt.unlisted || d.Complete == tt.unlisted {
			t.Errorf("%s: unlisted %v, complete %v; want unlisted %v", tt.name, c.Unlisted, d.Complete, tt.unlisted)
		}
	}
}

// That a camera was not listed whole holds until it is, and not until its disk
// is away.
func TestUnlisted(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	listed := func(what string, d Docking, complete, want bool) {
		t.Helper()
		d.Camera = "CAM0001"
		open := dock(t, s, d, at)
		inv := must[*Inventory](t)(s.Inventory(open.ID, at))
		must[Books](t)(inv.Close(complete, nil, 0, ""))
		undock(t, s, open, at.Add(time.Minute))
		if got := must[*Camera](t)(s.Camera("CAM0001")).Unlisted; got != want {
			t.Errorf("%s: unlisted is %v; want %v", what, got, want)
		}
	}
	disk := Docking{Transport: "mass-storage", DeviceID: "0951:1666 1"}
	listed("whole", disk, true, false)
	listed("broken off", disk, false, true)
	listed("the place of its disk", Docking{Transport: transportFolder}, true, true)
	listed("whole again", disk, true, false)
}

// What bounds a recording from below: the last time that all was listed.
func TestInventoryLacked(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	lacked := func(d *Docking, now time.Time) time.Time { return must[*Inventory](t)(s.Inventory(d.ID, now)).Lacked() }
	d := dock(t, s, Docking{Camera: "CAM0001"}, at)
	if got := lacked(d, at); !got.IsZero() {
		t.Errorf("at the first docking %v; want nothing known", got)
	}
	list(t, s, d, at)
	if got := lacked(d, at.Add(time.Minute)); !got.Equal(at) {
		t.Errorf("after a listing %v; want %v", got, at)
	}
	undock(t, s, d, at.Add(time.Hour))
	d = dock(t, s, Docking{Camera: "CAM0001"}, at.Add(2*time.Hour))
	if got := lacked(d, at.Add(2*time.Hour)); !got.Equal(at.Add(time.Hour)) {
		t.Errorf("at the next docking %v; want the end of the last", got)
	}
	s.Close() // the end of this docking is not seen
	s = openTest(t, s.opt.Dir)
	if got := must[*Docking](t)(s.Docking(d.ID)); got.Closed != ClosedInterrupted || !got.UndockedAt.IsZero() {
		t.Errorf("docking %+v; want it interrupted", got)
	}
	dock(t, s, Docking{Camera: "CAM0001"}, at)
	d = dock(t, s, Docking{Camera: "CAM0001"}, at)
	if got := lacked(d, at); !got.IsZero() {
		t.Errorf("of two cameras with one serial %v; want nothing known", got)
	}
}

func TestInventoryOfAFileThatGrows(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	d := dock(t, s, Docking{Camera: "CAM0001"}, at)
	first, _ := list(t, s, d, at, file("A.MP4", 1))
	id := first[0].Clip.ID
	must[[]Clip](t)(s.MissDue(at.Add(24 * time.Hour)))

	inv := must[*Inventory](t)(s.Inventory(d.ID, at.Add(24*time.Hour)))
	grown := must[[]Listed](t)(inv.Add([]File{file("A.MP4", 2)}, videoAt(at.Add(24*time.Hour))))
	must[Books](t)(inv.Close(true, nil, 0, ""))
	row := must[*Clip](t)(s.Clip(id))
	if grown[0].New || row.Size != 2 || !row.DueAt.Equal(at.Add(48*time.Hour)) || row.Deadline == Overdue || row.MissedAt.IsZero() {
		t.Errorf("listed %+v, row %+v; want one clip that changed and is due later", grown[0], row)
	}
	if missed := must[[]Clip](t)(s.MissDue(at.Add(48*time.Hour + time.Millisecond))); len(missed) != 1 {
		t.Errorf("%d clips turned overdue; want the one", len(missed))
	}
	checkIndexes(t, s)

	// While it is being copied the longer file is another clip: both are kept.
	copied, err := s.Put(t.Context(), Copy{ID: id, Open: func(ctx context.Context, offset int64) (io.ReadCloser, error) {
		longer, _ := list(t, s, d, at.Add(25*time.Hour), file("A.MP4", 3))
		if !longer[0].New {
			t.Errorf("listed %+v; want a new clip", longer[0])
		}
		return from([]byte{1, 2})(ctx, offset)
	}})
	if err != nil || copied.Size != 2 {
		t.Fatalf("the copy gave %+v, %v", copied, err)
	}
	checkStored(t, s, id, []byte{1, 2})

	// In the next docking it is a new clip again, and the old one is gone.
	undock(t, s, d, at.Add(26*time.Hour))
	d = dock(t, s, Docking{Camera: "CAM0001"}, at.Add(27*time.Hour))
	last, books := list(t, s, d, at.Add(27*time.Hour), file("A.MP4", 4))
	if !last[0].New || books.GoneLost != 1 {
		t.Errorf("listed %+v, books %+v; want a new clip and one gone", last[0], books)
	}
	checkWhole(t, s)
}

// A clip that is gone will not be gone on with: its copy gives its room back.
func TestInventoryDropsCopiesOfGoneClips(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	data := pattern(2 * directFrom)
	d := dock(t, s, Docking{Camera: "CAM0001"}, at)
	listed, _ := list(t, s, d, at, file("A.MP4", int64(len(data))), file("B.MP4", int64(len(data))))
	for _, l := range listed {
		_, err := s.Put(t.Context(), Copy{ID: l.Clip.ID, Open: (&camera{data: data, cut: directFrom}).open, Token: "v1"})
		checkError(t, err, ErrSource)
	}
	list(t, s, d, at, file("B.MP4", int64(len(data))))
	if left := must[[]os.DirEntry](t)(os.ReadDir(s.incomingPath())); len(left) != 2 {
		t.Errorf("incoming/ holds %v; want the copy of the clip that is there", left)
	}
}

// Two cameras with one serial at the same time: both are served, no clip of one
// is taken for one of the other, and the conflict is said.
func TestInventoryOfTwoCamerasWithOneSerial(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	a := dock(t, s, Docking{Camera: "CAM0001", Bay: 1, Location: "/a"}, at)
	b := dock(t, s, Docking{Camera: "CAM0001", Bay: 2, Location: "/b"}, at)
	if c := must[*Camera](t)(s.Camera("CAM0001")); a.Conflict || !b.Conflict || !c.Conflict || len(c.History) != 1 {
		t.Errorf("dockings %+v, %+v, camera %+v; want the conflict flagged", a, b, c)
	}
	same, onlyB := file("A.MP4", 1), file("B.MP4", 1)
	ofA, _ := list(t, s, a, at, same)
	ofB, _ := list(t, s, b, at, same, onlyB)
	if !ofB[0].New || ofA[0].Clip.ID == ofB[0].Clip.ID {
		t.Fatalf("the other camera's clip is listed as %+v; want a clip of its own", ofB[0])
	}
	put(t, s, ofA[0].Clip.ID, []byte{1})
	put(t, s, ofB[0].Clip.ID, []byte{2})
	// A listing of one makes nothing gone that may be on the other.
	_, books := list(t, s, a, at, same)
	if books.GoneLost+books.GoneStored != 0 {
		t.Errorf("books %+v; want nothing gone", books)
	}
	undock(t, s, a, at)
	undock(t, s, b, at)

	// From then on name, size and time prove nothing for that serial.
	b = dock(t, s, Docking{Camera: "CAM0001", Bay: 2, Location: "/b"}, at)
	again, _ := list(t, s, b, at, same, onlyB)
	if !again[0].Recheck || again[1].Recheck || again[1].New {
		t.Errorf("listed %+v, %+v; want the stored one to be read again", again[0], again[1])
	}
	if twin := must[*Clip](t)(s.StoredTwin(again[0].Clip, ofA[0].Clip.SHA256)); twin != nil {
		t.Errorf("a twin without a sum: %+v", twin)
	}
	sum := must[*Clip](t)(s.Clip(ofA[0].Clip.ID)).SHA256
	if twin := must[*Clip](t)(s.StoredTwin(again[0].Clip, sum)); twin == nil || twin.ID != ofA[0].Clip.ID {
		t.Errorf("the clip of these bytes is %+v; want %s", twin, ofA[0].Clip.ID)
	}
	third := must[*Clip](t)(s.NewVariant(again[0].Clip, b, at))
	put(t, s, third.ID, []byte{3})
	checkWhole(t, s)
	undock(t, s, b, at)
	s.Close()
	checkRebuilt(t, s.opt.Dir)
}

// A daemon that is killed closes no books; the next one does.
func TestBooksOfAnInterruptedDocking(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	d := dock(t, s, Docking{Camera: "CAM0001"}, at)
	listed, _ := list(t, s, d, at, file("A.MP4", 1))
	put(t, s, listed[0].Clip.ID, []byte{1})
	undock(t, s, d, at)
	d = dock(t, s, Docking{Camera: "CAM0001"}, at)
	listed, _ = list(t, s, d, at, file("A.MP4", 1), file("B.MP4", 1), file("C.MP4", 1))
	put(t, s, listed[1].Clip.ID, []byte{1})
	s.Close()
	s = openTest(t, s.opt.Dir)
	books := must[*Docking](t)(s.Docking(d.ID)).Books
	checkBooks(t, "interrupted", books, Books{Files: 3, Bytes: 3, New: 2, Known: 1, Stored: 1, Unstored: 1, UnstoredBytes: 1})
	s.Close()
	checkRebuilt(t, s.opt.Dir)
}

// The folder that stays when a camera's disk is unmounted is docked as a camera
// of that name. It is empty, and that says nothing of the camera.
func TestInventoryOfAMountPoint(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	disk, folder := Docking{Camera: "CAM0001", Transport: "mass-storage"}, Docking{Camera: "CAM0001", Transport: "folder"}
	a := file("A.MP4", 1)
	d := dock(t, s, folder, at.Add(-time.Hour))
	list(t, s, d, at.Add(-time.Hour))
	undock(t, s, d, at)
	d = dock(t, s, disk, at)
	if got := must[*Inventory](t)(s.Inventory(d.ID, at)).Lacked(); !got.IsZero() {
		t.Errorf("the disk lacked its clips until %v; want nothing known", got)
	}
	first, _ := list(t, s, d, at, a)
	undock(t, s, d, at)
	for range 2 { // also when the folder was docked before
		d = dock(t, s, folder, at.Add(time.Hour))
		_, books := list(t, s, d, at.Add(time.Hour))
		checkBooks(t, "empty folder", books, Books{})
		undock(t, s, d, at.Add(2*time.Hour))
	}
	c := must[*Camera](t)(s.Camera("CAM0001"))
	if !c.ListedAll.Equal(at) || c.Transport != "mass-storage" {
		t.Errorf("camera %+v; want it listed when its disk was", c)
	}
	if !c.LastDockedAt.Equal(at) || !c.LastUndockedAt.Equal(at) {
		t.Errorf("last docked %v, taken %v; want it away since its disk was", c.LastDockedAt, c.LastUndockedAt)
	}
	if c := must[*Clip](t)(s.Clip(first[0].Clip.ID)); c.State != Seen {
		t.Errorf("the clip is %s; want it seen", c.State)
	}
	// A copy of the card in that folder is believed.
	d = dock(t, s, folder, at.Add(3*time.Hour))
	_, books := list(t, s, d, at.Add(3*time.Hour), file("B.MP4", 1))
	checkBooks(t, "folder with clips", books, Books{
		Files: 1, Bytes: 1, New: 1, Unstored: 1, UnstoredBytes: 1, GoneLost: 1, Gone: []GoneClip{{Clip: first[0].Clip.ID, Path: "A.MP4"}},
	})
	undock(t, s, d, at.Add(4*time.Hour))
	if c := must[*Camera](t)(s.Camera("CAM0001")); !c.LastDockedAt.Equal(at.Add(3*time.Hour)) || !c.LastUndockedAt.Equal(at.Add(4*time.Hour)) {
		t.Errorf("last docked %v, taken %v; want it there as a folder", c.LastDockedAt, c.LastUndockedAt)
	}
	s.Close()
	checkRebuilt(t, s.opt.Dir)
}

func TestDeviceWithAnothersSerial(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	undock(t, s, dock(t, s, Docking{Camera: "CAM0001", DeviceID: "1"}, at), at)
	undock(t, s, dock(t, s, Docking{Camera: "CAM0001"}, at), at)
	undock(t, s, dock(t, s, Docking{Camera: "CAM0001", DeviceID: "1"}, at), at)
	if c := must[*Camera](t)(s.Camera("CAM0001")); c.Conflict {
		t.Errorf("camera %+v; want no conflict of a camera with itself", c)
	}
	dock(t, s, Docking{Camera: "CAM0001", DeviceID: "2"}, at)
	if c := must[*Camera](t)(s.Camera("CAM0001")); !c.Conflict {
		t.Errorf("camera %+v; want another device to be a conflict", c)
	}
}

// A camera may list one name twice: they may be two files, and they stay two.
func TestInventoryOfANameTwice(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	f := file("A.MP4", 1)
	d := dock(t, s, Docking{Camera: "CAM0001"}, at)
	inv := must[*Inventory](t)(s.Inventory(d.ID, at))
	one := must[[]Listed](t)(inv.Add([]File{f, f}, videoAt(at)))
	two := must[[]Listed](t)(inv.Add([]File{f}, videoAt(at)))
	must[Books](t)(inv.Close(true, nil, 0, ""))
	ids := make(map[string]int)
	for i, l := range append(one, two...) {
		if !l.New || l.Clip.Variant != i {
			t.Errorf("clip %d is listed as %+v", i, l)
		}
		ids[l.Clip.ID]++
		put(t, s, l.Clip.ID, []byte{byte(i)})
	}
	again, books := list(t, s, d, at, f, f, f)
	for _, l := range again {
		ids[l.Clip.ID]++
	}
	if len(ids) != 3 || books.New != 3 || books.Unstored != 0 {
		t.Errorf("listed twice they are %v, books %+v; want 3 clips", ids, books)
	}
	checkWhole(t, s)
}

// A camera that lists one name without end does not hold up the others.
func TestInventoryOfANameWithoutEnd(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	d := dock(t, s, Docking{Camera: "CAM0001"}, at)
	inv := must[*Inventory](t)(s.Inventory(d.ID, at))
	for range 100 {
		must[[]Listed](t)(inv.Add([]File{file("A.MP4", 1)}, videoAt(at)))
	}
	must[Books](t)(inv.Close(true, nil, 0, ""))
	if st := must[Stats](t)(s.Stats(at)); st.Clips != maxVariants {
		t.Errorf("%d clips are known; want %d", st.Clips, maxVariants)
	}
	checkIndexes(t, s)
}

// Two files that changed in one listing into what a third was keep apart.
func TestInventoryChangesKeepVariantsApart(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	d := dock(t, s, Docking{Camera: "CAM0001"}, at)
	list(t, s, d, at, file("A.MP4", 1))
	list(t, s, d, at, file("A.MP4", 2), file("A.MP4", 2), file("A.MP4", 2))
	checkIndexes(t, s)
	if st := must[Stats](t)(s.Stats(at)); st.Clips != 3 {
		t.Errorf("%d clips are known; want 3", st.Clips)
	}
}

// Whatever times a camera claims: they can be written down, and read again.
func TestInventoryOfImpossibleTimes(t *testing.T) {
	t.Parallel()
	years := []int{-300_000_000, -1, 0, 1, 1601, 1970, 9998, 9999, 10_000, 300_000_000}
	s := openTest(t, t.TempDir())
	d := dock(t, s, Docking{Camera: "CAM0001"}, at)
	var files []File
	for i, year := range years {
		files = append(files, File{Path: fmt.Sprintf("%d.MP4", i), Size: 1, ModTime: time.Date(year, 12, 31, 23, 59, 59, 999_999_999, time.UTC)})
	}
	inv := must[*Inventory](t)(s.Inventory(d.ID, at))
	listed := must[[]Listed](t)(inv.Add(files, func(i int, c *Clip) {
		wild := files[i].ModTime
		c.Kind, c.RecordedStart, c.RecordedEnd, c.EndEarliest, c.EndLatest = KindVideo, wild, wild, wild, wild
		c.LackedAt, c.Sources = wild, []Source{{From: SourceModTime, Start: wild, End: wild}}
	}))
	must[Books](t)(inv.Close(true, nil, 0, ""))
	for i, l := range listed {
		if l.Clip.DueAt.IsZero() || l.Clip.EndLatest.IsZero() {
			t.Errorf("year %d: clip %+v has no due time", years[i], l.Clip)
		}
		put(t, s, l.Clip.ID, []byte{1})
	}
	again, _ := list(t, s, d, at, files...)
	for i, l := range again {
		if l.New {
			t.Errorf("year %d: the clip is not recognised", years[i])
		}
	}
	checkWhole(t, s)
	undock(t, s, d, at)
	s.Close()
	checkRebuilt(t, s.opt.Dir)
}

// Names that are no text are told apart and recognised all the same.
func TestInventoryOfNamesThatAreNoText(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	d := dock(t, s, Docking{Camera: "CAM0001"}, at)
	files := []File{file("\xff.MP4", 1), file("\xfe.MP4", 1), {Path: `\xff.MP4`, RawPath: []byte("\xfd.MP4"), Size: 1, ModTime: at}}
	first, _ := list(t, s, d, at, files...)
	again, _ := list(t, s, d, at, files...)
	for i := range files {
		if !first[i].New || again[i].New || first[i].Clip.ID != again[i].Clip.ID {
			t.Errorf("%q is listed as %+v and then as %+v", files[i].Path, first[i], again[i])
		}
	}
}

func TestUnknown(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	d := dock(t, s, Docking{Camera: "CAM0001"}, at)
	list(t, s, d, at, file("A.MP4", 1))
	inv := must[*Inventory](t)(s.Inventory(d.ID, at))
	got := must[[]bool](t)(inv.Unknown([]File{file("A.MP4", 1), file("A.MP4", 2), file("B.MP4", 1)}))
	if fmt.Sprint(got) != "[false true true]" {
		t.Errorf("unknown %v; want the last two", got)
	}
}

// Holders are put down as they were when a clip was recorded.
func TestInventoryPutsDownTheHolder(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	must[*Camera](t)(s.Assign("CAM0001", Holder{Badge: "1", Name: "One"}, at.Add(-3*time.Hour)))
	must[*Camera](t)(s.Assign("CAM0001", Holder{Badge: "2", Name: "Two"}, at.Add(-2*time.Hour)))
	must[*Camera](t)(s.Return("CAM0001", "chen", at.Add(-time.Hour)))
	ends := []time.Duration{-4 * time.Hour, -150 * time.Minute, -90 * time.Minute, -time.Minute}
	d := dock(t, s, Docking{Camera: "CAM0001"}, at)
	inv := must[*Inventory](t)(s.Inventory(d.ID, at))
	var files []File
	for i := range ends {
		files = append(files, file(fmt.Sprint(i), 1))
	}
	listed := must[[]Listed](t)(inv.Add(files, func(i int, c *Clip) {
		c.Kind, c.RecordedEnd, c.EndLatest = KindVideo, at.Add(ends[i]), at.Add(ends[i])
	}))
	for i, want := range []string{"1", "1", "2", ""} {
		if got := listed[i].Clip.Badge; got != want {
			t.Errorf("clip %d was held by %q; want %q", i, got, want)
		}
	}
}
