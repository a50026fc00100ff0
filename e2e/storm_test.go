//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"custodock/e2e/storm/clips"
	"custodock/store"
)

// buildStorm builds e2e/storm.
func buildStorm(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "storm")
	if out, err := exec.Command("go", "build", "-o", path, "./storm").CombinedOutput(); err != nil {
		t.Fatalf("build the storm: %v\n%s", err, out)
	}
	return path
}

// told is what a storm was told by the store, and so promised by it.
type told struct{ seen, stored map[string]bool }

func newTold() told { return told{make(map[string]bool), make(map[string]bool)} }

// read takes the storm's words until it ends. A word that was cut off is none.
func (p told) read(r io.Reader) {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		what, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch what {
		case "seen":
			p.seen[id] = true
		case "stored":
			p.stored[id] = true
		}
	}
}

// checkPromises opens the store as the daemon's next start does, and makes
// sure that all that was promised is true, and that verify agrees.
func checkPromises(t *testing.T, dir string, p told) {
	t.Helper()
	s, err := store.Open(store.Options{Dir: dir, Readback: true})
	if err != nil {
		t.Fatalf("open afterwards: %v", err)
	}
	defer s.Close()
	for id := range p.seen {
		c, err := s.Clip(id)
		if err != nil {
			t.Fatalf("a clip that was known: %v", err)
		}
		if p.stored[id] && c.State != store.Stored {
			t.Fatalf("clip %s was stored and is %s", id, c.State)
		}
		if c.State != store.Stored {
			continue
		}
		got, err := os.ReadFile(filepath.Join(dir, c.ArchivePath))
		if err != nil || !bytes.Equal(got, clips.Bytes(id, c.Size)) {
			t.Fatalf("clip %s has %d bytes, not its %d: %v", id, len(got), c.Size, err)
		}
	}
	report, err := s.Verify(t.Context(), nil)
	if err != nil || report.Unfinished != 0 {
		t.Fatalf("verify: %v, %d unfinished, %+v", err, report.Unfinished, report.Problems)
	}
	checkSums(t, dir)
}

// checkSums asks sha256sum, which knows nothing of this program.
func checkSums(t *testing.T, dir string) {
	t.Helper()
	sums, err := filepath.Glob(filepath.Join(dir, "archive/????/??/??/*/SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range sums {
		check := exec.Command("sha256sum", "--strict", "--quiet", "-c", filepath.Base(path))
		check.Dir = filepath.Dir(path)
		if out, err := check.CombinedOutput(); err != nil {
			t.Fatalf("sha256sum: %v\n%s", err, out)
		}
	}
}
