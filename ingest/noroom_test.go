package ingest

import (
	"testing"
	"time"

	"custodock/store"
)

// That the archive had no room for a clip of a docking is put down.
func TestNoRoomIsPutDown(t *testing.T) {
	h := startStation(t, t.TempDir())
	h.dock.Dock(camera("CAM1", shot("BIG.MP4", 1<<50, time.Hour), shot("A.MP4", 10, time.Hour)))
	h.awaitState("CAM1/A.MP4", store.Stored) // which has room
	h.await("the docking to say that there was no room", func() bool {
		list, err := h.Store().Dockings("CAM1", 1)
		if err != nil {
			t.Fatal(err)
		}
		return len(list) == 1 && !list[0].NoRoomAt.IsZero()
	})
}
