package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"custodock/ingest"
	"custodock/store"
)

// maxPoints bounds a chart: more are no more to see on any screen.
const maxPoints = 2000

// cameraSeries is what one camera said of itself over time: a column a figure,
// as uPlot takes them, null where it did not say. The pages alone use it.
type cameraSeries struct {
	At      []int64      `json:"at"`      // seconds since 1970, when it was docked; oldest first
	Battery []*float64   `json:"battery"` // 0 to 1
	Free    []*int64     `json:"free"`    // bytes
	Clock   []*float64   `json:"clock"`   // seconds, camera minus station
	Speed   []*float64   `json:"speed"`   // bytes a second
	Limits  cameraLimits `json:"limits"`
	Span    [2]int64     `json:"span"` // what the charts show, seconds since 1970
	Zone    string       `json:"zone"`
}

// cameraLimits are from where on something needs care.
type cameraLimits struct {
	Battery float64 `json:"battery"`
	Free    *int64  `json:"free"`
	Clock   float64 `json:"clock"` // either way
}

// showSeries answers with what a camera's charts are made of.
func (s *server) showSeries(w http.ResponseWriter, r *http.Request) {
	serial, now, days := r.PathValue("serial"), time.Now(), daysOf(r.URL.Query())
	row, err := s.store.Camera(serial)
	var list []store.Docking
	if err == nil {
		list, err = s.dockingsOfDays(serial, days, maxPoints, now)
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		writeProblem(w, http.StatusNotFound, "no camera of this serial was ever docked or assigned")
		return
	case err != nil:
		s.log.Error("a camera's dockings cannot be read", "camera", serial, "error", err)
		writeProblem(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	series := newCameraSeries(list)
	series.Span = [2]int64{now.AddDate(0, 0, -days).Unix(), now.Unix()}
	series.Zone = s.station.Zone().String()
	series.Limits = cameraLimits{Battery: ingest.LowBattery, Clock: s.station.Tolerance().Seconds()}
	if row.StorageSize != nil {
		free := int64(ingest.FewFree * float64(*row.StorageSize))
		series.Limits.Free = &free
	}
	w.Header().Set("Content-Type", "application/json")
	// Nobody is there to be told when the client has gone.
	_ = json.NewEncoder(w).Encode(series)
}

// newCameraSeries takes dockings newest first.
func newCameraSeries(list []store.Docking) *cameraSeries {
	s := &cameraSeries{At: []int64{}, Battery: []*float64{}, Free: []*int64{}, Clock: []*float64{}, Speed: []*float64{}}
	for _, d := range slices.Backward(list) {
		s.At = append(s.At, d.DockedAt.Unix())
		s.Battery = append(s.Battery, d.Battery)
		s.Free = append(s.Free, d.StorageFree)
		s.Clock = append(s.Clock, d.ClockOffset)
		var speed *float64
		if d.Speed > 0 {
			speed = &d.Speed
		}
		s.Speed = append(s.Speed, speed)
	}
	return s
}
