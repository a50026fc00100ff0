package web

import (
	"net/http"
	"time"
)

// showBays is the page at the dock. It shows no footage and needs no account.
func (s *server) showBays(w http.ResponseWriter, r *http.Request) {
	b, err := s.board(time.Now())
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	s.show(w, r, "bays", b)
}
