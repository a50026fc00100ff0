package ingest

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"custodock/store"
)

// Register adds the metrics to reg: what m counts, and what st and its catalog
// say at each scrape. What st says of each camera comes from WriteCameras.
func (m *Metrics) Register(reg prometheus.Registerer, st *Station) error {
	for _, c := range append(m.collectors(), scrape{m, st}) {
		if err := reg.Register(c); err != nil {
			return fmt.Errorf("register metrics: %w", err)
		}
	}
	// All cameras are read once: now, and not at the first scrape.
	if _, err := st.cameraSeries.refreshed(st.opt.Store); err != nil {
		return fmt.Errorf("register metrics: %w", err)
	}
	return nil
}

// figure is a metric that is asked of a T at each scrape.
type figure[T any] struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(T) (v float64, known bool) // absent while unknown
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(namespace+"_"+name, help, labels, nil)
}

func gauge[T any](name, help string, value func(T) int64) figure[T] {
	return figure[T]{describe(name, help), prometheus.GaugeValue, func(of T) (float64, bool) { return float64(value(of)), true }}
}

// total is a count that the catalog keeps, so that it outlives the daemon.
func total[T any](name, help string, value func(T) int64) figure[T] {
	f := gauge(name, help, value)
	f.kind = prometheus.CounterValue
	return f
}

// when is a time that is absent when it never was: it must not be 1970.
func when[T any](name, help string, value func(T) time.Time) figure[T] {
	return figure[T]{describe(name, help), prometheus.GaugeValue, func(of T) (float64, bool) { return known(value(of)) }}
}

func ofCamera[T any](name, help string, value func(T) (float64, bool)) figure[T] {
	return figure[T]{describe("camera_"+name, help, "camera"), prometheus.GaugeValue, value}
}

var bayFigures = []figure[[]BayStatus]{
	gauge("bays", "Bays that are configured or taken.", func(bays []BayStatus) int64 { return int64(len(bays)) }),
	gauge("bays_occupied", "Bays with a camera.", func(bays []BayStatus) (n int64) {
		for _, b := range bays {
			n += oneIf(b.State != BayEmpty)
		}
		return n
	}),
}

var clockFigures = []figure[bool]{
	gauge("clock_synchronized", "Whether the station's own clock follows a time source, as the kernel says.", oneIf),
}

var fullFigures = []figure[bool]{
	gauge("archive_full", "Whether clips wait because the archive is at its reserve.", oneIf),
}

var clipFigures = []figure[store.Stats]{
	gauge("clips_pending", "Clips not stored and due later.", func(s store.Stats) int64 { return s.Pending }),
	gauge("clips_due_soon", "Clips not stored and due soon.", func(s store.Stats) int64 { return s.DueSoon }),
	gauge("clips_overdue", "Clips not stored and past due.", func(s store.Stats) int64 { return s.Overdue }),
	gauge("clips_undecidable", "Clips of which the camera's clock does not tell whether they are in time, stored or not.",
		func(s store.Stats) int64 { return s.Undecidable }),
	total("clips_missed_total", "Clips that ever missed their deadline.", func(s store.Stats) int64 { return s.MissedTotal }),
	total("clips_late_total", "Clips that were ever judged late, each once: stored after they were due, and not excused then.", func(s store.Stats) int64 { return s.LateTotal }),
	total("clips_excused_total", "Clips stored late that an extension ever excused, each once.", func(s store.Stats) int64 { return s.ExcusedTotal }),
	gauge("catalog_size_bytes", "Size of the catalog.", func(s store.Stats) int64 { return s.CatalogBytes }),
	gauge("catalog_clips", "Clips in the catalog.", func(s store.Stats) int64 { return s.Clips }),
}

var spaceFigures = []figure[store.Space]{
	gauge("archive_size_bytes", "Size of the archive's file system.", func(s store.Space) int64 { return s.Size }),
	gauge("archive_reserve_bytes", "Free space that clips never use.", func(s store.Space) int64 { return s.Reserve }),
	gauge("archive_free_bytes", "Free space of the archive's file system, the reserve included.", func(s store.Space) int64 { return s.Free }),
}

var dueFigures = []figure[time.Time]{
	when("next_due_timestamp_seconds", "Earliest due time of the clips that are not stored; absent when there are none.",
		func(due time.Time) time.Time { return due }),
}

var outlookFigures = []figure[int64]{
	gauge("clips_expected_late", "Estimate of the clips not yet due that will be late at the present pace; those that nothing is copied of count once they are due soon.",
		func(n int64) int64 { return n }),
}

// urgentFigures are of cameras with unstored clips that have a deadline: the
// others have no such series.
var urgentFigures = []figure[*store.Due]{
	ofCamera("next_due_timestamp_seconds", "Earliest due time of the camera's clips that are not stored; absent when there are none.",
		func(d *store.Due) (float64, bool) { return known(d.Next) }),
	ofCamera("due_soon_clips", "Clips of the camera that are not stored and due soon; absent when there are none.",
		func(d *store.Due) (float64, bool) { return float64(d.DueSoon), d.DueSoon > 0 }),
	ofCamera("overdue_clips", "Clips of the camera that are not stored and past due; absent when there are none.",
		func(d *store.Due) (float64, bool) { return float64(d.Overdue), d.Overdue > 0 }),
}

var upkeepFigures = []figure[store.Upkeep]{
	when("verify_last_success_timestamp_seconds", "When a verification last found the whole archive in order; absent when none did.",
		func(u store.Upkeep) time.Time { return u.VerifiedAt }),
	when("verify_last_failure_timestamp_seconds", "When a verification last found damage, or did not get to its end; absent when none did.",
		func(u store.Upkeep) time.Time { return u.DamagedAt }),
	when("catalog_backup_last_success_timestamp_seconds", "When a backup of the catalog was last taken; absent when none was.",
		func(u store.Upkeep) time.Time { return u.BackedUpAt }),
}

var stationInfo = describe("station_info", "The station; always 1.", "station")

func known(t time.Time) (float64, bool) { return seconds(t), !t.IsZero() }

func value[T int64 | float64](v *T) (float64, bool) {
	if v == nil {
		return 0, false
	}
	return float64(*v), true
}

func oneIf(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// scrape asks the station at each collection, part by part: what cannot be
// asked is left out and counted, and the rest of the answer still comes.
type scrape struct {
	m  *Metrics
	st *Station
}

// Describe implements prometheus.Collector.
func (s scrape) Describe(ch chan<- *prometheus.Desc) {
	describeAll(ch, bayFigures)
	describeAll(ch, clockFigures)
	describeAll(ch, fullFigures)
	describeAll(ch, clipFigures)
	describeAll(ch, spaceFigures)
	describeAll(ch, dueFigures)
	describeAll(ch, outlookFigures)
	describeAll(ch, urgentFigures)
	describeAll(ch, upkeepFigures)
	ch <- stationInfo
}

func describeAll[T any](ch chan<- *prometheus.Desc, figures []figure[T]) {
	for _, f := range figures {
		ch <- f.desc
	}
}

// Collect implements prometheus.Collector. Its cost grows with the clips that
// are not stored, not with the catalog.
func (s scrape) Collect(ch chan<- prometheus.Metric) {
	// Const metrics of labels and descriptions that are our own cannot fail;
	// serials are made UTF-8 by label.
	now, catalog := time.Now(), s.st.Store()
	ch <- prometheus.MustNewConstMetric(stationInfo, prometheus.GaugeValue, 1, label(s.st.opt.ID))
	collect(ch, bayFigures, s.st.takenBays())
	collect(ch, clockFigures, s.st.opt.ClockSynchronized())
	collect(ch, fullFigures, s.st.ArchiveFull())
	if stats, err := catalog.Stats(now); s.got(err) {
		collect(ch, clipFigures, stats)
		collect(ch, outlookFigures, s.st.expectedLate(stats.Urgent, now))
		for serial, due := range stats.Urgent {
			if serial != "" { // of a clip that an early version put down
				collect(ch, urgentFigures, due, label(serial))
			}
		}
	}
	if space, err := catalog.Space(); s.got(err) {
		collect(ch, spaceFigures, space)
	}
	if due, _, err := catalog.FirstDue(); s.got(err) {
		collect(ch, dueFigures, due)
	}
	if upkeep, err := catalog.Upkeep(); s.got(err) {
		collect(ch, upkeepFigures, upkeep)
	}
}

func (s scrape) got(err error) bool {
	if err != nil {
		s.m.Error("metrics", reasonOf(err))
	}
	return err == nil
}

func collect[T any](ch chan<- prometheus.Metric, figures []figure[T], of T, labels ...string) {
	for _, f := range figures {
		if v, ok := f.value(of); ok {
			ch <- prometheus.MustNewConstMetric(f.desc, f.kind, v, labels...)
		}
	}
}
