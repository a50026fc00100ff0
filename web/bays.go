package web

import (
	"net/http"
	"time"
)

// showBays is the page at the dock. It shows no footage and needs no account.
func (s *server) showBays(w http.ResponseWriter, r *http.Request) {
	status, err := s.station.Status(time.Now())
	if err != nil {
		s.log.Error("the bays cannot be shown", "error", err)
		s.fail(w, r, http.StatusServiceUnavailable, err.Error())
		return
	}
	s.show(w, r, "bays", status)
}

// minutes rounds up: it is better to wait too long than to come too early.
func minutes(seconds *float64) int { return int(*seconds/60) + 1 }
