package ingest

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// namespace heads the name of every metric.
const namespace = "custodock"

// What becomes of a clip, as ingest_clips_total counts it.
const (
	resultStored    = "stored"
	resultDuplicate = "duplicate" // recognised as stored, not read again
	resultFailed    = "failed"    // one attempt to copy it; it is tried again
)

// clipStages are the stages of Failed that are about one clip's way into the
// store. The others (dock, list, health, release) fail no clip.
var clipStages = map[string]bool{"read": true, "write": true, "readback": true}

// Metrics is what a station counts while it works. Everything else on /metrics
// is asked of the station and the catalog at each scrape, see Register.
type Metrics struct {
	clips         *prometheus.CounterVec
	bytes         *prometheus.CounterVec
	read          *prometheus.CounterVec
	copySeconds   *prometheus.HistogramVec
	errors        *prometheus.CounterVec
	active        prometheus.Gauge
	mismatches    prometheus.Counter
	damaged       *prometheus.CounterVec
	delay         prometheus.Histogram
	commitSeconds prometheus.Histogram
	cameraErrors  *prometheus.CounterVec
	verifyErrors  prometheus.Counter
	configLoaded  prometheus.Gauge
}

// delayBuckets are the bounds of clip_storage_delay_seconds. 86,400 s are the
// 24 hours of Article 15: what is above that bucket was late.
var delayBuckets = []float64{300, 900, 3600, 4 * 3600, 8 * 3600, 12 * 3600, 20 * 3600, 86400, 36 * 3600, 48 * 3600, 72 * 3600, 168 * 3600}

// NewMetrics returns metrics that count from zero. They work without a
// registry.
func NewMetrics() *Metrics {
	m := &Metrics{
		clips:   counters("ingest_clips_total", "Clips by what became of them; failed counts attempts.", "result"),
		bytes:   counters("ingest_bytes_total", "Bytes of clips stored.", "transport"),
		read:    counters("ingest_read_bytes_total", "Bytes read from cameras to be stored.", "transport"),
		errors:  counters("ingest_errors_total", "Errors on the way of clips, by where and why.", "stage", "reason"),
		damaged: counters("clips_damaged_total", "Clips stored whose container is damaged.", "reason"),
		cameraErrors: counters("camera_errors_total",
			"Errors with one camera, without those of the archive.", "camera", "reason"),
		mismatches: prometheus.NewCounter(prometheus.CounterOpts(opts("ingest_readback_mismatches_total",
			"Clips whose bytes came back from the disk other than they were written."))),
		verifyErrors: prometheus.NewCounter(prometheus.CounterOpts(opts("verify_failures_total",
			"Problems that verifications of the archive found, and verifications that broke off."))),
		active: prometheus.NewGauge(prometheus.GaugeOpts(opts("ingest_active_copies",
			"Clips being copied just now."))),
		configLoaded: prometheus.NewGauge(prometheus.GaugeOpts(opts("config_last_reload_success",
			"Whether the daemon could start again with the configuration as it was when last looked at."))),
		copySeconds: prometheus.NewHistogramVec(histogram("ingest_copy_duration_seconds",
			"Time from opening a clip to its being stored.",
			[]float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800}), []string{"transport"}),
		delay: prometheus.NewHistogram(histogram("clip_storage_delay_seconds",
			"Time from the end of a recording to its being stored, where the end is known.", delayBuckets)),
		commitSeconds: prometheus.NewHistogram(histogram("catalog_commit_duration_seconds",
			"Time of one catalog transaction, its sync included.",
			[]float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5})),
	}
	for _, result := range []string{resultStored, resultDuplicate, resultFailed} {
		m.clips.WithLabelValues(result)
	}
	m.configLoaded.Set(1) // a daemon with a configuration that is not valid does not start
	return m
}

func opts(name, help string) prometheus.Opts {
	return prometheus.Opts{Namespace: namespace, Name: name, Help: help}
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts(opts(name, help)), labels)
}

func histogram(name, help string, buckets []float64) prometheus.HistogramOpts {
	return prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}
}

// Stored counts a clip of size bytes that is stored and took that long to
// copy. delay is from the end of its recording; below zero it is not known.
func (m *Metrics) Stored(transport string, size int64, took, delay time.Duration) {
	m.clips.WithLabelValues(resultStored).Inc()
	m.bytes.WithLabelValues(transport).Add(float64(max(size, 0)))
	m.copySeconds.WithLabelValues(transport).Observe(took.Seconds())
	if delay >= 0 {
		m.delay.Observe(delay.Seconds())
	}
}

// Read counts n bytes that were read from a camera, of clips that are stored
// later, or never.
func (m *Metrics) Read(transport string, n int64) {
	m.read.WithLabelValues(transport).Add(float64(max(n, 0)))
}

// Duplicate counts n clips that were recognised as stored.
func (m *Metrics) Duplicate(n int) {
	m.clips.WithLabelValues(resultDuplicate).Add(float64(max(n, 0)))
}

// archiveStages are those in which the camera has no part.
var archiveStages = map[string]bool{"write": true, "readback": true}

// Failed counts an error while a camera is served. stage and reason are fixed
// words. What happens in the archive is not the camera's.
func (m *Metrics) Failed(camera, stage, reason string) {
	if clipStages[stage] {
		m.clips.WithLabelValues(resultFailed).Inc()
	}
	m.Error(stage, reason)
	if !archiveStages[stage] {
		m.cameraErrors.WithLabelValues(label(camera), reason).Inc()
	}
}

// forget drops the series of a camera that is no longer used.
func (m *Metrics) forget(camera string) {
	m.cameraErrors.DeletePartialMatch(prometheus.Labels{"camera": label(camera)})
}

// Error counts an error that is no camera's. stage and reason are fixed words.
func (m *Metrics) Error(stage, reason string) { m.errors.WithLabelValues(stage, reason).Inc() }

// Mismatch counts a clip that did not come back from the disk as written.
func (m *Metrics) Mismatch() { m.mismatches.Inc() }

// Damaged counts a clip whose container is damaged. reason is a fixed word.
func (m *Metrics) Damaged(reason string) { m.damaged.WithLabelValues(reason).Inc() }

// Copying adds delta to the copies under way.
func (m *Metrics) Copying(delta int) { m.active.Add(float64(delta)) }

// Commit observes one catalog transaction.
func (m *Metrics) Commit(took time.Duration) { m.commitSeconds.Observe(took.Seconds()) }

// ConfigRead says whether the configuration was valid when it was just read.
func (m *Metrics) ConfigRead(ok bool) { m.configLoaded.Set(float64(oneIf(ok))) }

func (m *Metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{
		m.clips, m.bytes, m.read, m.copySeconds, m.errors, m.active, m.mismatches, m.damaged, m.delay,
		m.commitSeconds, m.cameraErrors, m.verifyErrors, m.configLoaded,
	}
}

// seconds is t as metrics give times: seconds since 1970.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// label makes a serial a label's value, which must be UTF-8.
func label(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// maxShortLabel bounds what a camera may say of itself on /metrics.
const maxShortLabel = 64

func shortLabel(s string) string { return label(s[:min(len(s), maxShortLabel)]) }
