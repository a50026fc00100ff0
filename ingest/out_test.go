package ingest

import (
	"testing"
	"time"

	"custodock/store"
)

// A camera that is out for longer than a day is named, with who holds it.
func TestCamerasOut(t *testing.T) {
	h := startStation(t, t.TempDir())
	s, now := h.Store(), time.Now()
	for serial, out := range map[string]time.Duration{"CAM1": 25 * time.Hour, "CAM2": 23 * time.Hour, "CAM3": 400 * time.Hour, "CAM4": 50 * time.Hour} {
		d, _, err := s.Dock(store.Docking{Camera: serial}, "", "", now.Add(-out-time.Hour))
		if err == nil && serial != "CAM4" { // whose end nobody saw
			err = s.Undock(d.ID, now.Add(-out))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, serial := range []string{"CAM1", "CAM9"} { // CAM9 was never docked
		if _, err := s.Assign(serial, store.Holder{Badge: "7", Name: "Li Na"}, now.Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	h.dock.Dock(camera("CAM3"))
	h.awaitBooks("CAM3")
	status, err := h.Status(now)
	if err != nil || status.CamerasOutCount != 2 || len(status.CamerasOut) != 2 {
		t.Fatalf("out: %+v, %d, %v", status.CamerasOut, status.CamerasOutCount, err)
	}
	if first, second := status.CamerasOut[0], status.CamerasOut[1]; first.Camera != "CAM4" || second.Camera != "CAM1" || second.Officer != "Li Na" || second.Seconds != 25*3600 {
		t.Errorf("out: %+v, %+v", first, second)
	}
}

// Clips that were never stored and are gone are named in the docking's books.
func TestGoneByName(t *testing.T) {
	h := startStation(t, t.TempDir())
	s, now := h.Store(), time.Now()
	d, _, err := s.Dock(store.Docking{Camera: "CAM1"}, "", "", now)
	if err != nil {
		t.Fatal(err)
	}
	inv, err := s.Inventory(d.ID, now)
	if err != nil {
		t.Fatal(err)
	}
	listed, err := inv.Add([]store.File{{Path: "DCIM/GONE.MP4"}}, func(_ int, c *store.Clip) { c.Kind, c.EndLatest = store.KindVideo, now })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := inv.Close(true, nil, 0, ""); err != nil {
		t.Fatal(err)
	}
	if err := s.Undock(d.ID, now); err != nil {
		t.Fatal(err)
	}
	h.dock.Dock(camera("CAM1", shot("DCIM/NEW.MP4", 10, 0)))
	_, books := h.awaitBooks("CAM1")
	if len(books.Gone) != 1 || books.Gone[0] != (store.GoneClip{Clip: listed[0].Clip.ID, Path: "DCIM/GONE.MP4"}) {
		t.Errorf("books %+v; want the clip that is gone", books)
	}
}
