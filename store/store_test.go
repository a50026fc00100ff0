package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
	"go.uber.org/goleak"
)

// childEnv names what this binary does instead of tests when it is its own
// child process: see children.
const childEnv = "CUSTODOCK_STORE_TEST_CHILD"

var children = map[string]func(dir string) error{
	"hold":  holdCatalog,
	"storm": storeInALoop,
}

func TestMain(m *testing.M) {
	if what := os.Getenv(childEnv); what != "" {
		if err := children[what](os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// child prepares this binary as another process on the same folder.
func child(t *testing.T, what, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], dir)
	cmd.Env = append(os.Environ(), childEnv+"="+what)
	cmd.Stderr = os.Stderr
	return cmd
}

// at is an instant that tests count from. It lies ahead of whatever the
// computer's clock says, by which stored_at is taken: what tests store is stored
// in time, in every year.
var at = time.Date(2126, 11, 24, 2, 0, 0, 0, time.UTC)

func options(dir string) Options { return Options{Dir: dir, Readback: true} }

func openTest(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(options(dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// listFiles puts a docking's listing into the catalog, of clips recorded an
// hour before at.
func listFiles(t testing.TB, s *Store, d *Docking, now time.Time, files ...File) []Listed {
	t.Helper()
	inv, err := s.Inventory(d.ID, now)
	if err != nil {
		t.Fatal(err)
	}
	var listed []Listed
	for batch := range slices.Chunk(files, 1000) {
		more, err := inv.Add(batch, func(_ int, c *Clip) {
			c.Kind = KindVideo
			c.EndEarliest, c.EndLatest = at.Add(-time.Hour), at.Add(-time.Hour)
		})
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, more...)
	}
	if _, err := inv.Close(true, nil, 0, ""); err != nil {
		t.Fatal(err)
	}
	return listed
}

// see docks a camera and lists files on it.
func see(t testing.TB, s *Store, serial string, files ...File) (*Docking, []Listed) {
	t.Helper()
	d, _, err := s.Dock(Docking{Camera: serial, Bay: 1, Location: "/cameras/" + serial}, "Model", "1.0", at)
	if err != nil {
		t.Fatal(err)
	}
	return d, listFiles(t, s, d, at, files...)
}

// seeOne makes one clip known.
func seeOne(t testing.TB, s *Store, path string, size int) *Clip {
	t.Helper()
	_, listed := see(t, s, "CAM0001", File{Path: path, Size: int64(size), ModTime: at.Add(-time.Hour)})
	return listed[0].Clip
}

func from(data []byte) func(context.Context, int64) (io.ReadCloser, error) {
	return func(_ context.Context, offset int64) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data[offset:])), nil
	}
}

func pattern(n int) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(i*7 + i>>8 + i>>16)
	}
	return data
}

func put(t testing.TB, s *Store, id string, data []byte) *Clip {
	t.Helper()
	clip, err := s.Put(context.Background(), Copy{ID: id, Open: from(data)})
	if err != nil {
		t.Fatal(err)
	}
	return clip
}

// checkStored makes sure that a clip is stored, byte for byte.
func checkStored(t testing.TB, s *Store, id string, data []byte) *Clip {
	t.Helper()
	row, err := s.Clip(id)
	if err != nil || row.State != Stored || row.StoredAt.IsZero() {
		t.Fatalf("clip %s: row %+v, %v; want it stored", id, row, err)
	}
	got, err := os.ReadFile(filepath.Join(s.opt.Dir, row.ArchivePath))
	if err != nil || !bytes.Equal(got, data) {
		t.Fatalf("clip %s: the archive has %d bytes, %v; want its %d", id, len(got), err, len(data))
	}
	return row
}

// checkWhole makes sure that the store and its archive are in order, in the
// ways that everybody can check.
func checkWhole(t testing.TB, s *Store) {
	t.Helper()
	checkIndexes(t, s)
	report, err := s.Verify(context.Background(), nil)
	if err != nil || report.Unfinished != 0 {
		t.Fatalf("verify: %v, %d unfinished, problems %+v", err, report.Unfinished, report.Problems)
	}
	checkSums(t, s)
}

func checkSums(t testing.TB, s *Store) {
	t.Helper()
	err := s.cameraFolders(context.Background(), func(dir string) error {
		list, err := os.ReadDir(dir)
		if err != nil || len(list) == 0 {
			return err
		}
		check := exec.Command("sha256sum", "--strict", "--quiet", "-c", sumsName)
		check.Dir = dir
		if out, err := check.CombinedOutput(); err != nil {
			return fmt.Errorf("sha256sum: %w\n%s", err, out)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkIndexes makes every index and count anew from the rows and compares.
func checkIndexes(t testing.TB, s *Store) {
	t.Helper()
	want := make(map[string]map[string]string)
	for _, b := range allBuckets {
		want[string(b)] = make(map[string]string)
	}
	counts := make(map[string]int64)
	err := s.db.View(func(tx *bolt.Tx) error {
		err := tx.Bucket(bucketClips).ForEach(func(id, data []byte) error {
			c := new(Clip)
			if err := json.Unmarshal(data, c); err != nil || c.ID != string(id) {
				return fmt.Errorf("row %s is of clip %s: %w", id, c.ID, err)
			}
			if span, ok := readSpan(tx); !c.DueAt.IsZero() && (!ok || c.DueAt.Sub(c.EndLatest) < span.least || c.DueAt.Sub(c.EndLatest) > span.most) {
				t.Errorf("clip %s is due outside of %+v", id, span)
			}
			index, n := entries(c, s.opt.Zone)
			for _, e := range index {
				if _, twice := want[e.bucket][e.key]; twice {
					t.Errorf("clip %s shares a key of %s", id, e.bucket)
				}
				want[e.bucket][e.key] = e.value
			}
			for name, n := range n {
				counts[name] += n
			}
			total := map[Deadline]string{Late: countLate, Excused: countExcused}[c.Deadline]
			if total != "" && c.State == Stored && tx.Bucket(bucketCounted).Get([]byte(total+"/"+c.ID)) == nil {
				t.Errorf("clip %s is %s and was never counted", id, c.Deadline)
			}
			return nil
		})
		if err != nil {
			return err
		}
		err = tx.Bucket(bucketCounted).ForEach(func(k, _ []byte) error {
			name, _, _ := strings.Cut(string(k), "/")
			counts[name]++
			return nil
		})
		if err != nil {
			return err
		}
		err = tx.Bucket(bucketDockings).ForEach(func(id, data []byte) error {
			d := new(Docking)
			if err := json.Unmarshal(data, d); err != nil {
				return err
			}
			want[string(bucketDockingsByCamera)][dockingKey(d)] = ""
			if d.Closed == "" {
				want[string(bucketMeta)][keyOpenDocking+d.ID] = ""
			}
			return nil
		})
		if err != nil {
			return err
		}
		err = tx.Bucket(bucketRequests).ForEach(func(id, data []byte) error {
			r := new(Request)
			if err := json.Unmarshal(data, r); err != nil || r.ID != string(id) {
				return fmt.Errorf("row %s is of request %s: %w", id, r.ID, err)
			}
			state := ""
			if r.Settled == nil {
				state = requestOpen
			}
			want[string(bucketRequestsByCamera)][serialKey(r.Camera)+r.ID] = state
			return nil
		})
		if err != nil {
			return err
		}
		notIndexes := [][]byte{bucketClips, bucketCameras, bucketDockings, bucketCounts, bucketExtensions, bucketRequests, bucketReceipts, bucketViews, bucketCounted}
		for name, entries := range want {
			if slices.ContainsFunc(notIndexes, func(b []byte) bool { return string(b) == name }) {
				continue
			}
			got := make(map[string]string)
			err := tx.Bucket([]byte(name)).ForEach(func(k, v []byte) error {
				if !slices.Contains([]string{keyFormat, keyLedger, keySpan, keyZone, keyStationClock}, string(k)) {
					got[string(k)] = string(v)
				}
				return nil
			})
			if err != nil {
				return err
			}
			if !maps.Equal(got, entries) {
				t.Errorf("index %s has %d entries, the rows make %d", name, len(got), len(entries))
			}
		}
		return tx.Bucket(bucketCounts).ForEach(func(k, v []byte) error {
			got := int64(binary.BigEndian.Uint64(v))
			if got != counts[string(k)] {
				t.Errorf("count %q is %d, the rows make %d", k, got, counts[string(k)])
			}
			delete(counts, string(k))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range counts {
		if n != 0 {
			t.Errorf("count %q is missing, the rows make %d", name, n)
		}
	}
}

// rows is the whole catalog as text: what a person can be told from it.
func rows(t testing.TB, s *Store) string {
	t.Helper()
	var text strings.Builder
	err := s.db.View(func(tx *bolt.Tx) error {
		for _, name := range allBuckets {
			err := tx.Bucket(name).ForEach(func(k, v []byte) error {
				if string(k) == keyLedger {
					return nil
				}
				_, err := fmt.Fprintf(&text, "%s %q %q\n", name, k, v)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// diffLines says which lines only one of two texts has.
func diffLines(got, want string) string {
	var diff strings.Builder
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for _, l := range a {
		if !slices.Contains(b, l) {
			fmt.Fprintf(&diff, "+ %s\n", l)
		}
	}
	for _, l := range b {
		if !slices.Contains(a, l) {
			fmt.Fprintf(&diff, "- %s\n", l)
		}
	}
	return diff.String()
}

func checkRows(t testing.TB, s *Store, want string) {
	t.Helper()
	if got := rows(t, s); got != want {
		t.Fatalf("the catalog differs:\n%s", diffLines(got, want))
	}
}

func checkError(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v; want %v", err, want)
	}
}

// checkEmpty makes sure that nothing is left in incoming/.
func checkEmpty(t testing.TB, s *Store) {
	t.Helper()
	if left := must[[]os.DirEntry](t)(os.ReadDir(s.incomingPath())); len(left) != 0 {
		t.Fatalf("incoming/ holds %v; want nothing", left)
	}
}

// dropBuckets makes the catalog one of an earlier version.
func dropBuckets(t testing.TB, s *Store, names ...[]byte) {
	t.Helper()
	err := s.db.Update(func(tx *bolt.Tx) error {
		for _, name := range names {
			if err := tx.DeleteBucket(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
