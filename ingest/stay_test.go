package ingest

import (
	"testing"
	"time"
)

// A camera that leaves and comes back in one moment, or a disk mounted over
// its own folder, is one camera in one bay.
func TestACameraThatComesBackAtOnceIsOneCamera(t *testing.T) {
	h := startStation(t, t.TempDir())
	cam := camera("CAM1", shot("A.MP4", 1000, time.Hour))
	last := ""
	for range 10 {
		h.dock.Dock(cam)
		h.await("it is docked again", func() bool {
			bays := h.Bays()
			return len(bays) == 1 && bays[0].State != BayEmpty && bays[0].Docking != last
		})
		b := h.Bays()[0]
		if last = b.Docking; b.Bay != 1 || b.Conflict {
			t.Errorf("it is in bay %d, two of one serial: %v; want bay 1 and no conflict", b.Bay, b.Conflict)
		}
		h.dock.Undock(cam)
	}
	if c, err := h.Store().Camera("CAM1"); err != nil || c.Conflict {
		t.Errorf("camera %+v, %v; want no conflict of a camera with itself", c, err)
	}
}
