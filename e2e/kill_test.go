//go:build e2e

package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestKilledAtRandomMoments kills the daemon 200 times while cameras dock,
// record and leave. Afterwards nothing is lost, doubled or half.
func TestKilledAtRandomMoments(t *testing.T) {
	const rounds, cameras = 200, 4
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	s := newStation(t)
	parked := t.TempDir()
	want := make(map[string]string)
	shot := 0
	shoot := func(cam int, folder string) {
		shot++
		name := fmt.Sprintf("DCIM/%03d/A%04d.MP4", shot/20, shot%7) // names come again in other folders
		sizes := []int{0, 1, 4096, rng.IntN(1 << 16), rng.IntN(2 << 20), 3<<20 + rng.IntN(1<<20)}
		path := fmt.Sprintf("DCIM/%03d-%d/%s", shot, cam, filepath.Base(name))
		sum := record(t, rng, filepath.Join(folder, path), sizes[rng.IntN(len(sizes))])
		want[fmt.Sprintf("CAM%04d/%s", cam, path)] = sum
	}
	place := make([]string, cameras) // where each camera is
	for i := range place {
		place[i] = filepath.Join(parked, fmt.Sprintf("CAM%04d", i))
		for range 8 {
			shoot(i, place[i])
		}
	}
	move := func(i int, to string) {
		to = filepath.Join(to, filepath.Base(place[i]))
		if err := os.Rename(place[i], to); err != nil {
			t.Fatal(err)
		}
		place[i] = to
	}
	for range rounds {
		s.start()
		for range 1 + rng.IntN(3) {
			i := rng.IntN(cameras)
			if filepath.Dir(place[i]) == parked {
				shoot(i, place[i])
				move(i, s.root)
			} else {
				move(i, parked)
			}
			<-time.After(time.Duration(rng.IntN(150)) * time.Millisecond)
		}
		<-time.After(time.Duration(rng.IntN(250)) * time.Millisecond)
		if code := s.stop(syscall.SIGKILL); code != -1 {
			t.Fatalf("the daemon ended by itself with status %d", code)
		}
	}
	for i := range place {
		if filepath.Dir(place[i]) == parked {
			move(i, s.root)
		}
	}
	s.start()
	s.awaitStored(len(want))
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit status %d", code)
	}
	t.Logf("%d clips; %d publications were finished after a kill, %d copies were gone on from",
		len(want), strings.Count(s.log.String(), "that was interrupted"), strings.Count(s.log.String(), "goes on"))
	s.checkArchive(want)
}

func (s *station) awaitStored(n int) {
	s.t.Helper()
	var status struct{ Clips struct{ Clips, Stored int } }
	s.await("/api/v1/status", &status, func() bool {
		return status.Clips.Stored >= n && status.Clips.Clips == status.Clips.Stored
	})
}
