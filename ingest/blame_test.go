package ingest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"custodock/device/simcam"
	"custodock/store"
)

// A camera is not accused of the station's disk, neither while it is docked nor
// by its books.
func TestWhoIsToBlame(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault simcam.Kind // of the camera's first read; Stall has time for the disk to go wrong
		lost  bool        // the copy cannot be read back
		want  int         // errors of the camera
		need  string
	}{
		{"the disk", simcam.Stall, true, 0, NeedArchive},
		{"the camera", simcam.ReadError, false, 1, NeedReading},
		{"nobody", simcam.Stall, false, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubbled(t, func(t *testing.T) {
				dir := t.TempDir()
				h := startStation(t, dir)
				defer h.stop()
				errors := func() int {
					t.Helper()
					c, err := h.CameraState("CAM1", time.Now())
					if err != nil {
						t.Fatal(err)
					}
					return c.Errors
				}
				cam := camera("CAM1", shot("A.LOG", 2<<20, time.Hour))
				cam.Script(simcam.Fault{Kind: tt.fault, At: 1 << 20, Times: 1})
				h.dock.Dock(cam)
				synctest.Wait()
				if tt.lost {
					parts, err := filepath.Glob(filepath.Join(dir, "incoming", "*.part"))
					if err != nil || len(parts) != 1 {
						t.Fatalf("copies under way: %v, %v", parts, err)
					}
					if err := os.Remove(parts[0]); err != nil {
						t.Fatal(err)
					}
				}
				cam.Resume()
				synctest.Wait()
				if b := h.Bays()[0]; b.Need != tt.need || errors() != tt.want {
					t.Errorf("while it is docked it has %d errors, and the bay needs %q; want %d, %q", errors(), b.Need, tt.want, tt.need)
				}
				h.dock.Undock(cam)
				synctest.Wait()
				if got := errors(); got != tt.want {
					t.Errorf("of a docking with failures of %s it has %d errors; want %d", tt.name, got, tt.want)
				}
				reg := prometheus.NewRegistry()
				reg.MustRegister(h.Metrics().cameraErrors, h.Metrics().errors)
				said := exposition(t, reg)
				if got := strings.Contains(said, `custodock_camera_errors_total{camera="CAM1"`); got != (tt.want > 0) {
					t.Errorf("the metrics accuse it: %v\n%s", got, said)
				}
				if tt.lost && !strings.Contains(said, `custodock_ingest_errors_total{reason="readback",stage="readback"} 1`) {
					t.Errorf("the metrics do not accuse the disk:\n%s", said)
				}
			})
		})
	}
}

// What cannot be written down of a listing is no error of the camera.
func TestBlameOfAListing(t *testing.T) {
	bubbled(t, func(t *testing.T) {
		h := startStation(t, t.TempDir())
		defer h.stop()
		cam := camera("CAM1")
		h.dock.Dock(cam)
		synctest.Wait()
		s := h.sessionList()[0]
		there, lost := s.docking, *s.docking
		lost.ID = "nothing" // of which the catalog takes no inventory
		set := func(d *store.Docking) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.docking = d
		}
		set(&lost)
		cam.Put(shot("A.LOG", 10, time.Hour))
		synctest.Wait()
		if b := h.Bays()[0]; b.State != BayAttention || b.Need != NeedArchive {
			t.Errorf("the bay is %s and needs %q; want %q", b.State, b.Need, NeedArchive)
		}
		reg := prometheus.NewRegistry()
		reg.MustRegister(h.Metrics().cameraErrors, h.Metrics().errors)
		if said := exposition(t, reg); strings.Contains(said, "camera_errors_total{") || !strings.Contains(said, `stage="list"`) {
			t.Errorf("the metrics say:\n%s", said)
		}
		set(there)
		cam.Put(shot("B.LOG", 10, time.Hour)) // so that it is listed again
		synctest.Wait()
		if got := h.state("CAM1/A.LOG"); got != store.Stored {
			t.Errorf("once it can be written down, the clip is %s", got)
		}
	})
}
