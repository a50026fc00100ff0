package store

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// A daemon that is killed, again and again, at any moment: what it said is
// stored is stored, what it said is known is known, and nothing is doubled or
// half. A kill does not lose the page cache: what a power cut leaves is tried
// in e2e/power_cut_test.go.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openTest(t, dir).Close()
	stored, known := make(map[string]bool), make(map[string]bool)
	for kill := range 40 {
		before := len(stored)
		killedRun(t, dir, stored, known, kill%2 == 0)
		s := openTest(t, dir)
		for id := range known {
			row := must[*Clip](t)(s.Clip(id))
			if stored[id] && row.State != Stored {
				t.Fatalf("kill %d: clip %s was acknowledged and is %s", kill, id, row.State)
			}
		}
		if kill%10 == 9 {
			checkSurvivors(t, s)
		} else if len(stored) > before {
			checkIndexes(t, s)
		}
		s.Close()
	}
	if len(stored) < 20 {
		t.Errorf("only %d clips were stored in 40 lives: the test proves little", len(stored))
	}
	checkRebuilt(t, dir)
}

// killedRun has another process store clips until it is killed: at any moment,
// or, so that something is stored on a slow machine too, at any one after the
// first clip is.
func killedRun(t *testing.T, dir string, stored, known map[string]bool, stores bool) {
	t.Helper()
	cmd := child(t, "storm", dir)
	var said bytes.Buffer
	cmd.Stderr = &said
	out := must[io.ReadCloser](t)(cmd.StdoutPipe())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	die := func(within time.Duration) *time.Timer {
		return time.AfterFunc(rand.N(within), func() { cmd.Process.Kill() })
	}
	var timer *time.Timer
	if !stores && rand.IntN(5) == 0 {
		timer = die(100 * time.Millisecond) // while it opens
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		what, id, _ := strings.Cut(lines.Text(), " ")
		if timer == nil && (!stores || what == "stored") {
			timer = die(80 * time.Millisecond)
		}
		switch what {
		case "seen":
			known[id] = true
		case "stored":
			stored[id] = true
		}
	}
	if err := cmd.Wait(); !wasKilled(err) {
		t.Fatalf("the process ended by itself: %v\n%s", err, said.String())
	}
	timer.Stop()
}

func wasKilled(err error) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

func checkSurvivors(t *testing.T, s *Store) {
	t.Helper()
	checkWhole(t, s)
	err := s.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketClips).ForEach(func(id, _ []byte) error {
			c, err := getRow[Clip](tx, bucketClips, string(id))
			if err != nil {
				return err
			}
			if c.Variant != 0 {
				t.Errorf("clip %s is there twice", id)
			}
			if c.State == Stored {
				checkStored(t, s, c.ID, stormData(c.ID, c.Size))
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}
