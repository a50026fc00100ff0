package web

import (
	"net/http"
	"time"

	"custodock/ingest"
)

// readyPage is the list for the start of a shift.
type readyPage struct {
	Fit, Unfit []readyRow
	Docked     int
	Others     int // cameras that are in no bay
	Now        time.Time
	Battery    float64 // that is enough
	Room       int64
}

type readyRow struct {
	ingest.Readiness
	Address string
}

// showReady says which of the docked cameras can go out.
func (s *server) showReady(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	list, others, err := s.station.Readiness(now)
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	page := &readyPage{Docked: len(list), Others: others, Now: now, Battery: ingest.ReadyBattery, Room: ingest.ReadyRoom}
	for _, one := range list {
		row := readyRow{one, cameraAddress(one.Serial)}
		if one.Fit() {
			page.Fit = append(page.Fit, row)
		} else {
			page.Unfit = append(page.Unfit, row)
		}
	}
	s.show(w, r, "ready", page)
}
