package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// putNamed stores a clip of one byte under a name and returns its place.
func putNamed(t testing.TB, s *Store, name string, b byte) string {
	t.Helper()
	_, listed := see(t, s, "CAM0001", File{Path: fmt.Sprintf("%d/%s", b, name), Size: 1, ModTime: at})
	put(t, s, listed[0].Clip.ID, []byte{b})
	row := checkStored(t, s, listed[0].Clip.ID, []byte{b})
	return filepath.Base(row.ArchivePath)
}

func TestNamesInTheArchive(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("长", 83) + ".MP4" // 253 bytes
	tests := []struct {
		name  string
		names []string
		want  []string // "" where only its bounds matter
	}{
		{"same", []string{"A0001.MP4", "A0001.MP4", "A0001.MP4"}, []string{"A0001.MP4", "A0001~2.MP4", "A0001~3.MP4"}},
		{"a name with a number", []string{"A~2.MP4", "A.MP4", "A.MP4"}, []string{"A~2.MP4", "A.MP4", "A~3.MP4"}},
		{"no ending", []string{"A", "A"}, []string{"A", "A~2"}},
		{"only an ending", []string{".MP4", ".MP4"}, []string{".MP4", ".MP4~2"}},
		{"two endings", []string{"A.tar.gz", "A.tar.gz"}, []string{"A.tar.gz", "A.tar~2.gz"}},
		{"a record's name after its clip", []string{"A.MP4", "A.MP4.json"}, []string{"A.MP4", "A.MP4~2.json"}},
		{"a record's name before its clip", []string{"A.MP4.json", "A.MP4"}, []string{"A.MP4.json", "A~2.MP4"}},
		{"records of records", []string{"A.json", "A", "A.json.json"}, []string{"A.json", "A~2", "A.json~2.json"}},
		{"the sums", []string{"SHA256SUMS", "sha256sums"}, []string{"SHA256SUMS~2", "sha256sums~2"}},
		{"backslashes and line breaks", []string{`A\nB.MP4`, "A\nB.MP4", "A\rB.MP4"}, []string{`A\nB.MP4`, "A\nB.MP4", "A\rB.MP4"}},
		{"blanks and stars", []string{" A.MP4", "*A.MP4", "-A.MP4"}, []string{" A.MP4", "*A.MP4", "-A.MP4"}},
		{"255 bytes", []string{strings.Repeat("x", 251) + ".MP4", strings.Repeat("x", 251) + ".MP4"}, []string{"", ""}},
		{"cut between characters", []string{long, long}, []string{"", ""}},
		{"longer than any file system takes", []string{strings.Repeat("y", 1000) + ".MP4"}, []string{""}},
		{"an ending as long as a name", []string{"A." + strings.Repeat("z", 250)}, []string{""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := openTest(t, t.TempDir())
			for i, name := range tt.names {
				got := putNamed(t, s, name, byte(i))
				if tt.want[i] != "" && got != tt.want[i] {
					t.Errorf("%q became %q; want %q", name, got, tt.want[i])
				}
				if len(got) > 255-len(recordSuffix) || !utf8.ValidString(got) {
					t.Errorf("%q became %q, which is too long or cut within a character", name, got)
				}
				if len(name) <= 255 && filepath.Ext(got) != filepath.Ext(name) && tt.want[i] == "" && len(filepath.Ext(name)) <= 16 {
					t.Errorf("%q became %q, without its ending", name, got)
				}
			}
			checkWhole(t, s)
		})
	}
}

func TestThreeHundredEqualNames(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	var files []File
	for i := range 300 {
		files = append(files, File{Path: fmt.Sprintf("%d/A.MP4", i), Size: 2, ModTime: at})
	}
	_, listed := see(t, s, "CAM0001", files...)
	data := func(i int) []byte { return []byte{byte(i), byte(i >> 8)} }
	putAll(t, s, listed, data)
	names := make(map[string]bool)
	for i, l := range listed {
		names[filepath.Base(checkStored(t, s, l.Clip.ID, data(i)).ArchivePath)] = true
	}
	for n := range 300 {
		if name := numbered("A.MP4", n+1); !names[name] {
			t.Errorf("no clip is called %s", name)
		}
	}
	checkWhole(t, s)
}

func TestNamesThatAreNoPathElements(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	for _, serial := range []string{"", ".", "..", "a/b", "a\x00b", "\xff", strings.Repeat("s", 256)} {
		if _, _, err := s.Dock(Docking{Camera: serial}, "", "", at); err == nil {
			t.Errorf("a camera of serial %q was docked", serial)
		}
		if _, err := s.Assign(serial, Holder{Badge: "1"}, at); err == nil {
			t.Errorf("a camera of serial %q was assigned", serial)
		}
	}
	for _, name := range []string{"..", "", "/", "a/.."} {
		_, listed := see(t, s, "CAM0001", File{Path: name, Size: 1, ModTime: at})
		_, err := s.Put(t.Context(), Copy{ID: listed[0].Clip.ID, Open: from([]byte{1})})
		checkError(t, err, errName)
	}
	checkEmpty(t, s)
	if clips := must[[]os.DirEntry](t)(os.ReadDir(s.archivePath())); len(clips) != 1 {
		t.Errorf("the archive holds %v; want the ledger alone", clips)
	}
}

// What somebody else put into the archive is never replaced, and never taken
// for a clip of ours.
func TestForeignFilesInTheArchive(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	clip := seeOne(t, s, "A.MP4", 5)
	dir := must[string](t)(s.archiveFolder(clip))
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"A.MP4", "A~2.MP4.json"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("12345"), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/nowhere", filepath.Join(dir, "A~3.MP4")); err != nil {
		t.Fatal(err)
	}
	if got := filepath.Base(put(t, s, clip.ID, []byte("12345")).ArchivePath); got != "A~4.MP4" {
		t.Errorf("the clip is %s; want A~4.MP4", got)
	}
	report, err := s.Verify(t.Context(), nil)
	checkError(t, err, ErrDamage)
	checkProblems(t, report.Problems, "unknown-file A.MP4", "unknown-file A~2.MP4.json", "unknown-file A~3.MP4")
}

// A file that takes a name between the choice and the rename stays, and the
// clip gets another one: also when its bytes are the same.
func TestForeignFileTakesTheName(t *testing.T) {
	t.Parallel()
	for _, foreign := range []string{"12345", "54321"} {
		t.Run(foreign, func(t *testing.T) {
			t.Parallel()
			s := openTest(t, t.TempDir())
			_, listed := see(t, s, "CAM0001", File{Path: "A.MP4", Size: 5, ModTime: at}, File{Path: "B.MP4", Size: 5, ModTime: at})
			a, b := readyToPublish(t, s, listed[0].Clip.ID, "12345"), readyToPublish(t, s, listed[1].Clip.ID, "bbbbb")
			if err := os.WriteFile(a.path, []byte(foreign), 0o640); err != nil {
				t.Fatal(err)
			}
			s.publishGroup([]*publication{a, b})
			if a.err == nil || b.err != nil {
				t.Errorf("publishing gave %v for the clip whose name was taken and %v for the other", a.err, b.err)
			}
			checkStored(t, s, b.clip.ID, []byte("bbbbb"))
			if row := must[*Clip](t)(s.Clip(a.clip.ID)); row.State != Seen || row.SHA256 != "" {
				t.Fatalf("the clip whose name was taken: %+v; want it unstored", row)
			}
			s.names.release(a.path)
			s.endPut(a.clip.ID)
			if got := filepath.Base(put(t, s, a.clip.ID, []byte("12345")).ArchivePath); got != "A~2.MP4" {
				t.Errorf("the clip is %s; want A~2.MP4", got)
			}
			if got := must[[]byte](t)(os.ReadFile(a.path)); string(got) != foreign {
				t.Errorf("the foreign file has %q; want it as it was", got)
			}
			report, err := s.Verify(t.Context(), nil)
			checkError(t, err, ErrDamage)
			checkProblems(t, report.Problems, "unknown-file A.MP4")
			checkIndexes(t, s)
		})
	}
}

// readyToPublish takes a clip as far as Put does before it is promised.
func readyToPublish(t testing.TB, s *Store, id, data string) *publication {
	t.Helper()
	row := must[*Clip](t)(s.beginPut(id))
	p := must[*part](t)(s.openPart(row, ""))
	defer p.close()
	if err := p.fill(t.Context(), Copy{Open: from([]byte(data))}); err != nil {
		t.Fatal(err)
	}
	if err := p.sync(); err != nil {
		t.Fatal(err)
	}
	clip := must[*Clip](t)(s.settle(Copy{ID: id}, p))
	return must[*publication](t)(s.ready(clip, p))
}
