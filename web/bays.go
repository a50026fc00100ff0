package web

import (
	"net/http"
	"time"
)

// showBays is the page at the dock. It shows no footage and needs no account.
func (s *server) showBays(w http.ResponseWriter, r *http.Request) {
	b, err := s.board(time.Now())
	if err != nil {
		s.log.Error("the bays cannot be shown", "error", err)
		s.fail(w, r, http.StatusServiceUnavailable, err.Error())
		return
	}
	s.show(w, r, "bays", b)
}
