package web

import (
	"errors"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// meter counts requests by route: the pattern, never the path.
type meter struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	streams  prometheus.Gauge
}

func newMeter(reg prometheus.Registerer, version string) *meter {
	info := register(reg, prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "custodock_build_info", Help: "The program that runs; always 1.",
	}, []string{"version", "revision", "goversion"}))
	info.WithLabelValues(version, revision(), runtime.Version()).Set(1)
	return &meter{
		requests: register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "custodock_http_requests_total", Help: "Requests answered, over TCP and the control socket.",
		}, []string{"route", "method", "code"})),
		duration: register(reg, prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "custodock_http_request_duration_seconds", Help: "Time to answer a request, event streams left out.",
			Buckets: []float64{.001, .005, .01, .05, .1, .5, 1, 5, 30, 300},
		}, []string{"route"})),
		streams: register(reg, prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "custodock_event_streams", Help: "Clients that listen to events just now.",
		})),
	}
}

// register adds c to reg, or returns what an earlier handler added.
func register[C prometheus.Collector](reg prometheus.Registerer, c C) C {
	err := reg.Register(c)
	if there, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); ok {
		return there.ExistingCollector.(C)
	}
	if err != nil {
		panic(err) // another metric of our name: a defect
	}
	return c
}

// revision is the commit that the program was built from, empty when that was
// not put down.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return setting.Value
		}
	}
	return ""
}

// observe counts one request that is answered.
func (m *meter) observe(pattern, method string, start time.Time, a *answer) {
	status := a.status
	if status == 0 {
		status = http.StatusOK // what net/http sends for a handler that says nothing
	}
	route := routeOf(pattern)
	m.requests.WithLabelValues(route, methodOf(method), strconv.Itoa(status)).Inc()
	if route != eventsPath && route != livePath {
		m.duration.WithLabelValues(route).Observe(time.Since(start).Seconds())
	}
}

// routeOf makes a label of a mux pattern such as "GET /{$}".
func routeOf(pattern string) string {
	if pattern == "" {
		return "none"
	}
	_, path, _ := strings.Cut(pattern, " ")
	return strings.TrimSuffix(path, "{$}")
}

// methodOf keeps what a client makes up out of the labels.
func methodOf(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}
