package web

import (
	"net/http"
	"strings"
	"time"
)

const livePath = "/bays/live"

// What a page that listens is sent.
const (
	eventTiles   = "tiles"   // what is to be swapped in
	eventVersion = "version" // of the program's pages: with another one they are loaded anew
	eventAlive   = "alive"   // nothing but that the station lives
)

// message is a server-sent event.
func message(event, data string) []byte {
	return []byte("event: " + event + "\ndata: " + strings.ReplaceAll(data, "\n", "\ndata: ") + "\n\n")
}

// followBays sends what changes on the bays' page, as server-sent events, for
// as long as the page is open.
func (s *server) followBays(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	if r.Method == http.MethodHead {
		return
	}
	page, leave, err := s.hub.join(s.screens.language(r), clientAddress(r))
	if err != nil {
		h.Set("Retry-After", "10")
		writeProblem(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	defer leave()
	s.meter.streams.Inc()
	defer s.meter.streams.Dec()
	err = s.sendBays(w, r, page)
	s.log.Debug("a page of the bays was closed", "client", r.RemoteAddr, "cause", err)
}

// sendBays writes until the client or the daemon ends it, or the client is too slow.
func (s *server) sendBays(w http.ResponseWriter, r *http.Request, page *watcher) error {
	if err := sendNow(w, "retry: 1000\n"+string(message(eventVersion, s.screens.version))); err != nil {
		return err
	}
	alive := time.NewTicker(heartbeat)
	defer alive.Stop()
	for {
		var text []byte
		select {
		case <-r.Context().Done():
			return r.Context().Err()
		case <-alive.C:
			text = message(eventAlive, "1") // a comment, or no data, would never reach the page
		case next, ok := <-page.out:
			if !ok {
				return errSlow
			}
			text = next
		}
		if err := sendNow(w, string(text)); err != nil {
			return err
		}
	}
}
