package web

import (
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics answers with what the registry holds and what the station says of
// each camera, in Prometheus's text format and not compressed: to compress the
// series of thousands of cameras would take longer than all the rest.
func (s *server) metrics() http.Handler {
	registry := promhttp.HandlerFor(s.opt.Registry, promhttp.HandlerOpts{
		ErrorLog:           slog.NewLogLogger(s.log.Handler(), slog.LevelError),
		ErrorHandling:      promhttp.ContinueOnError,
		DisableCompression: true,
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		plain := r.Clone(r.Context())
		plain.Header.Del("Accept") // any of its other formats would have an end of its own
		registry.ServeHTTP(w, plain)
		if r.Method == http.MethodHead {
			return
		}
		if err := s.station.WriteCameras(w); err != nil && r.Context().Err() == nil {
			s.log.Error("the metrics of the cameras are not all there", "error", err)
		}
	})
}
