package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// checkProblems compares problems as "what name".
func checkProblems(t testing.TB, problems []Problem, want ...string) {
	t.Helper()
	var got []string
	for _, p := range problems {
		got = append(got, p.What+" "+filepath.Base(p.Path))
		if p.Detail == "" {
			t.Errorf("problem %+v says nothing", p)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("problems %q; want %q", got, want)
	}
}

func TestVerifyFindsDamage(t *testing.T) {
	t.Parallel()
	write := func(path, text string) error {
		return errors.Join(os.MkdirAll(filepath.Dir(path), 0o750), os.WriteFile(path, []byte(text), 0o640))
	}
	sums := func(change func(string) string) func(string) error {
		return func(path string) error {
			path = filepath.Join(filepath.Dir(path), sumsName)
			data, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(path, []byte(change(string(data))), 0o640))
		}
	}
	tests := []struct {
		name   string
		damage func(path string) error // of the first clip's file
		want   []string
	}{
		{"none", func(string) error { return nil }, nil},
		{"first byte", change(0), []string{"hash A.MP4"}},
		{"last byte", change(2*directFrom + 4), []string{"hash A.MP4"}},
		{"shorter", func(p string) error { return os.Truncate(p, directFrom) }, []string{"size A.MP4"}},
		{"longer", func(p string) error { return os.Truncate(p, 5*directFrom) }, []string{"size A.MP4"}},
		{"lost", os.Remove, []string{"missing A.MP4"}},
		{"a folder", func(p string) error { return errors.Join(os.Remove(p), os.Mkdir(p, 0o750)) }, []string{"missing A.MP4"}},
		{"a link to its own bytes", func(p string) error {
			return errors.Join(os.Rename(p, p+"~"), os.Symlink(p+"~", p))
		}, []string{"missing A.MP4", "unknown-file A.MP4~"}},
		{"whole folder lost", func(p string) error { return os.RemoveAll(filepath.Dir(p)) },
			[]string{"missing A.MP4", "missing B.MP4", "record A.MP4.json", "record B.MP4.json"}},
		{"record lost", func(p string) error { return os.Remove(p + recordSuffix) }, []string{"record A.MP4.json"}},
		{"record empty", func(p string) error { return os.Truncate(p+recordSuffix, 0) }, []string{"record A.MP4.json"}},
		{"record of the other clip", func(p string) error {
			data, err := os.ReadFile(strings.Replace(p, "A.MP4", "B.MP4", 1) + recordSuffix)
			return errors.Join(err, os.Remove(p+recordSuffix), write(p+recordSuffix, string(data)))
		}, slices.Repeat([]string{"record A.MP4.json"}, 6)},
		{"sums lost", func(p string) error { return os.Remove(filepath.Join(filepath.Dir(p), sumsName)) },
			[]string{"sums SHA256SUMS", "sums SHA256SUMS"}},
		{"sums without it", sums(func(s string) string { return s[strings.IndexByte(s, '\n')+1:] }), []string{"sums SHA256SUMS"}},
		{"sums with another sum", sums(func(s string) string { return strings.Replace(s, s[:8], "01234567", 1) }), []string{"sums SHA256SUMS"}},
		{"sums with two sums", sums(func(s string) string { return strings.Repeat("0", 64) + "  A.MP4\n" + s }), []string{"sums SHA256SUMS"}},
		{"sums with nonsense", sums(func(s string) string { return s + "nonsense\n" }), []string{"sums SHA256SUMS"}},
		{"sums with more", sums(func(s string) string { return s + strings.Repeat("0", 64) + "  C.MP4\n" }), []string{"sums SHA256SUMS"}},
		{"sums with a line twice", sums(func(s string) string { return s + s }), nil},
		{"sums with a torn line", sums(func(s string) string { return s + "0123" }), nil},
		{"foreign file", func(p string) error { return write(p+".txt", "x") }, []string{"unknown-file A.MP4.txt"}},
		{"foreign record", func(p string) error { return write(filepath.Join(filepath.Dir(p), "x.json"), "{}") }, []string{"unknown-file x.json"}},
		{"foreign folder", func(p string) error { return write(filepath.Join(p+".d", "x"), "x") }, []string{"unknown-file A.MP4.d"}},
		{"clip and record copied", func(p string) error {
			clip, err := os.ReadFile(p)
			rec, err2 := os.ReadFile(p + recordSuffix)
			dir := filepath.Join(filepath.Dir(filepath.Dir(p)), "OTHER")
			return errors.Join(err, err2, write(filepath.Join(dir, "A.MP4"), string(clip)), write(filepath.Join(dir, "A.MP4.json"), string(rec)))
		}, []string{"unknown-file A.MP4"}},
		{"files elsewhere are nobody's business", func(p string) error {
			archive := filepath.Join(filepath.Dir(p), "../../../../..")
			return errors.Join(write(filepath.Join(archive, "README"), "x"), write(filepath.Join(archive, "lost+found/x"), "x"))
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := openTest(t, t.TempDir())
			size := 2*directFrom + 5
			_, listed := see(t, s, "CAM0001", File{Path: "A.MP4", Size: int64(size), ModTime: at}, File{Path: "B.MP4", Size: 5, ModTime: at})
			row := put(t, s, listed[0].Clip.ID, pattern(size))
			put(t, s, listed[1].Clip.ID, []byte("bbbbb"))
			if err := tt.damage(filepath.Join(s.opt.Dir, row.ArchivePath)); err != nil {
				t.Fatal(err)
			}
			var told []Progress
			report, err := s.Verify(t.Context(), func(p Progress) { told = append(told, p) })
			if (err == nil) != (tt.want == nil) || (err != nil && !errors.Is(err, ErrDamage)) {
				t.Errorf("verify: %v", err)
			}
			checkProblems(t, report.Problems, tt.want...)
			if last := told[len(told)-1]; report.Clips != 2 || last.Clips != 2 || last.TotalClips != 2 || last.TotalBytes != int64(size)+5 {
				t.Errorf("looked at %d clips, last progress %+v; want both", report.Clips, last)
			}
			if tt.want == nil && report.Bytes != int64(size)+5 {
				t.Errorf("read %d bytes; want all", report.Bytes)
			}
			for _, p := range report.Problems {
				if !filepath.IsLocal(p.Path) {
					t.Errorf("problem %+v is not below the data folder", p)
				}
			}
		})
	}
}

func TestVerifyReportAsJSON(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	report := must[VerifyReport](t)(s.Verify(t.Context(), nil))
	var got map[string]any
	if err := json.Unmarshal(must[[]byte](t)(json.Marshal(report)), &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"clips", "bytes", "problems", "unfinished", "started_at", "ended_at"} {
		if got[key] == nil {
			t.Errorf("the report has no %q: %v", key, got)
		}
	}
}

func TestVerifyStops(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	clip := seeOne(t, s, "A.MP4", 20*chunkSize)
	put(t, s, clip.ID, pattern(20*chunkSize))
	ctx, cancel := context.WithCancel(t.Context())
	report, err := s.Verify(ctx, func(Progress) { cancel() })
	checkError(t, err, context.Canceled)
	if report.Bytes == 20*chunkSize {
		t.Error("it read everything all the same")
	}
}

// Clips that are stored while the archive is looked at are no problems.
func TestVerifyWhileClipsAreStored(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	var files []File
	for i := range 300 {
		files = append(files, File{Path: fmt.Sprintf("%d.MP4", i), Size: 10, ModTime: at})
	}
	_, listed := see(t, s, "CAM0001", files...)
	done := make(chan struct{})
	go func() {
		defer close(done)
		putAll(t, s, listed, func(int) []byte { return make([]byte, 10) })
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		report, err := s.Verify(t.Context(), nil)
		if err != nil || report.Unfinished != 0 {
			t.Fatalf("verify: %v, %+v", err, report)
		}
		if !running && report.Clips != int64(len(files)) {
			t.Errorf("looked at %d clips; want %d", report.Clips, len(files))
		}
	}
}

func TestVerifyDamagedRow(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	clip := seeOne(t, s, "A.MP4", 1)
	put(t, s, clip.ID, []byte{1})
	err := s.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(bucketClips).Put([]byte(clip.ID), []byte("{")) })
	if err != nil {
		t.Fatal(err)
	}
	report, err := s.Verify(t.Context(), nil)
	checkError(t, err, ErrDamage)
	checkProblems(t, report.Problems, "catalog catalog.db", "unknown-file A.MP4")
}
