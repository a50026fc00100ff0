package ingest

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"custodock/store"
)

var updateMetrics = flag.Bool("update-metrics", false, "rewrite testdata/metrics.golden")

// atStation runs test with a station that does not work, over a real store, at
// a fixed time of the bubble's clock.
func atStation(t *testing.T, test func(t *testing.T, m *Metrics, reg *prometheus.Registry, s *store.Store)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)))
		s, err := store.Open(store.Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		m, reg := NewMetrics(), prometheus.NewPedanticRegistry()
		if err := m.Register(reg, New(Options{Store: s, Metrics: m, ClockSynchronized: func() bool { return true }})); err != nil {
			t.Fatal(err)
		}
		test(t, m, reg, s)
	})
}

// dockClips docks a camera and lists clips on it that ended so long ago.
func dockClips(t *testing.T, s *store.Store, serial string, ended ...time.Duration) []string {
	t.Helper()
	now := time.Now()
	d, _, err := s.Dock(store.Docking{Camera: serial, Bay: 1, Transport: "folder"}, "DSJ-K9", "1.4.2", now)
	if err != nil {
		t.Fatal(err)
	}
	inv, err := s.Inventory(d.ID, now)
	if err != nil {
		t.Fatal(err)
	}
	var files []store.File
	for _, ago := range ended {
		files = append(files, store.File{Path: "DCIM/" + ago.String() + ".MP4", Size: 1000, ModTime: now.Add(-ago)})
	}
	listed, err := inv.Add(files, func(_ int, c *store.Clip) {
		c.Kind, c.EndEarliest, c.EndLatest = store.KindVideo, c.ModTime, c.ModTime
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := inv.Close(true, nil, 0, ""); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, l := range listed {
		ids = append(ids, l.Clip.ID)
	}
	return ids
}

func put(t *testing.T, s *store.Store, id string) {
	t.Helper()
	_, err := s.Put(t.Context(), store.Copy{ID: id, Open: func(_ context.Context, offset int64) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(make([]byte, 1000-offset))), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// exposition is what /metrics says: of reg, and of the cameras of stations.
func exposition(t *testing.T, reg prometheus.Gatherer, stations ...*Station) string {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&out, f); err != nil {
			t.Fatal(err)
		}
	}
	for _, st := range stations {
		if err := st.WriteCameras(&out); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// sizes are figures of the machine that the test runs on.
var sizes = regexp.MustCompile(`(?m)^(custodock_(?:archive_free|archive_size|archive_reserve|catalog_size)_bytes) .*$`)

func TestMetricsGolden(t *testing.T) {
	atStation(t, func(t *testing.T, m *Metrics, reg *prometheus.Registry, s *store.Store) {
		ids := dockClips(t, s, "CAM0001", time.Hour, 21*time.Hour, 25*time.Hour, 30*time.Hour)
		put(t, s, ids[0])
		put(t, s, ids[3])
		if _, err := s.MissDue(time.Now()); err != nil {
			t.Fatal(err)
		}
		battery, size, free, offset := 0.75, int64(64e9), int64(16e9), -2.5
		err := s.UpdateDocking(mustCamera(t, s, "CAM0001").LastDocking, "health", time.Now(), func(_ *store.Docking, c *store.Camera) {
			c.Battery, c.StorageSize, c.StorageFree, c.ClockOffset = &battery, &size, &free, &offset
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Assign("CAM0002", store.Holder{Badge: "7"}, time.Now()); err != nil {
			t.Fatal(err)
		}
		d, _, err := s.Dock(store.Docking{Camera: "CAM0003", Bay: 2, Transport: "mtp"}, "", "", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		inv, err := s.Inventory(d.ID, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := inv.Close(false, nil, 1, ""); err != nil {
			t.Fatal(err)
		}
		if err := s.Undock(d.ID, time.Now()); err != nil {
			t.Fatal(err)
		}
		m.Stored("folder", 1000, 300*time.Millisecond, time.Hour)
		m.Stored("folder", 1000, 2*time.Second, -1)
		m.Duplicate(3)
		m.Failed("CAM0001", "read", "permission")
		m.Failed("CAM0001", "list", "symlink")
		m.Error("space", "no-space")
		m.Mismatch()
		m.Damaged("no-moov")
		m.Copying(2)
		m.Copying(-1)
		m.Commit(3 * time.Millisecond)
		m.Read("folder", 5000)
		st := New(Options{Store: s, Metrics: m})
		if err := errors.Join(st.Verified(true, 0, time.Now()), st.Verified(false, 2, time.Now()), st.BackedUp(time.Now())); err != nil {
			t.Fatal(err)
		}

		got := exposition(t, reg, st)
		if problems, err := promlint.New(strings.NewReader(got)).Lint(); err != nil || len(problems) > 0 {
			t.Errorf("lint: %v, %v", problems, err)
		}
		got = sizes.ReplaceAllString(got, "$1 SIZE")
		golden := filepath.Join("testdata", "metrics.golden")
		if *updateMetrics {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("other than %s; look at it and run the test with -update-metrics:\n%s", golden, got)
		}
	})
}

func mustCamera(t *testing.T, s *store.Store, serial string) *store.Camera {
	t.Helper()
	c, err := s.Camera(serial)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A station that has done nothing says zero where that is known, and nothing
// where it is not.
func TestMetricsAtTheStart(t *testing.T) {
	atStation(t, func(t *testing.T, _ *Metrics, reg *prometheus.Registry, _ *store.Store) {
		got := exposition(t, reg)
		for _, line := range []string{
			`custodock_ingest_clips_total{result="stored"} 0`,
			`custodock_ingest_clips_total{result="duplicate"} 0`,
			`custodock_ingest_clips_total{result="failed"} 0`,
			`custodock_ingest_readback_mismatches_total 0`,
			`custodock_verify_failures_total 0`,
			`custodock_clips_missed_total 0`,
			`custodock_clips_overdue 0`,
			`custodock_archive_full 0`,
			`custodock_bays 0`,
			`custodock_config_last_reload_success 1`,
		} {
			if !strings.Contains(got, line+"\n") {
				t.Errorf("there is no line %s", line)
			}
		}
		for _, absent := range []string{"next_due_timestamp", "last_success_timestamp", "camera_battery"} {
			if strings.Contains(got, absent) {
				t.Errorf("%s is there, and nothing is known of it", absent)
			}
		}
	})
}

// The 24 hours are a bound of their own: alerts count what lies above it.
func TestStorageDelayAtTheDeadline(t *testing.T) {
	m := NewMetrics()
	m.Stored("folder", 1, time.Second, 24*time.Hour)
	m.Stored("folder", 1, time.Second, 24*time.Hour+time.Millisecond)
	reg := prometheus.NewRegistry()
	reg.MustRegister(m.delay)
	if got, want := exposition(t, reg), `custodock_clip_storage_delay_seconds_bucket{le="86400"} 1`; !strings.Contains(got, want+"\n") {
		t.Errorf("want %s in\n%s", want, got)
	}
}

// When the catalog does not answer, what needs no catalog is still there.
func TestMetricsWithoutCatalog(t *testing.T) {
	atStation(t, func(t *testing.T, m *Metrics, reg *prometheus.Registry, s *store.Store) {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		m.Mismatch()
		got := exposition(t, reg)
		for _, line := range []string{
			"custodock_ingest_readback_mismatches_total 1", "custodock_bays_occupied 0", "custodock_archive_full 0",
		} {
			if !strings.Contains(got, line+"\n") {
				t.Errorf("there is no line %s", line)
			}
		}
		if !strings.Contains(got, "custodock_archive_size_bytes ") {
			t.Error("the archive's size is not there")
		}
		if strings.Contains(got, "custodock_catalog_clips") {
			t.Error("a catalog that does not answer has a number of clips")
		}
		if n := testutil.ToFloat64(m.errors.WithLabelValues("metrics", "other")); n == 0 {
			t.Error("the failure is not counted")
		}
	})
}

// A broken name of a camera breaks neither the daemon nor the scrape: a parser
// reads back what the camera said, as far as it is text.
func TestMetricsOddNames(t *testing.T) {
	atStation(t, func(t *testing.T, m *Metrics, reg *prometheus.Registry, s *store.Store) {
		m.Failed("\xff\xfe", "read", "gone")
		odd := "\"\n" + strings.Repeat("é", 100) + "\\n"
		if _, _, err := s.Dock(store.Docking{Camera: odd, Transport: "m\"tp"}, "\xff"+odd, "\\", time.Now()); err != nil {
			t.Fatal(err)
		}
		parser := expfmt.NewTextParser(model.UTF8Validation)
		families, err := parser.TextToMetricFamilies(strings.NewReader(exposition(t, reg, New(Options{Store: s}))))
		if err != nil {
			t.Fatal(err)
		}
		info := families["custodock_camera_info"].GetMetric()
		if len(info) != 1 {
			t.Fatalf("%d cameras", len(info))
		}
		want := map[string]string{"camera": odd, "model": shortLabel("\uFFFD" + odd), "firmware": "\\", "transport": "m\"tp"}
		for _, l := range info[0].GetLabel() {
			if l.GetValue() != want[l.GetName()] {
				t.Errorf("label %s is %q, want %q", l.GetName(), l.GetValue(), want[l.GetName()])
			}
		}
	})
}

// Whether a camera is docked is the station's to say, and changes without its
// row.
func TestDockedSeries(t *testing.T) {
	atStation(t, func(t *testing.T, m *Metrics, reg *prometheus.Registry, s *store.Store) {
		for _, serial := range []string{"CAM0001", "CAM0002"} {
			dockClips(t, s, serial)
		}
		st := New(Options{Store: s})
		docked := &session{docking: &store.Docking{Camera: "CAM0002"}}
		check := func(first, second int) {
			t.Helper()
			want := fmt.Sprintf("custodock_camera_docked{camera=\"CAM0001\"} %d\ncustodock_camera_docked{camera=\"CAM0002\"} %d\n", first, second)
			if got := exposition(t, reg, st); !strings.Contains(got, want) {
				t.Errorf("want\n%sin\n%s", want, got)
			}
		}
		check(0, 0)
		st.addSession(docked)
		check(0, 1)
		st.removeSession(docked)
		check(0, 0)
	})
}

func TestFailedCountsClipsOnly(t *testing.T) {
	for stage, want := range map[string]float64{"read": 1, "write": 1, "readback": 1, "list": 0, "dock": 0, "health": 0, "release": 0} {
		m := NewMetrics()
		m.Failed("CAM0001", stage, "other")
		if got := testutil.ToFloat64(m.clips.WithLabelValues(resultFailed)); got != want {
			t.Errorf("%s: %v failed clips, want %v", stage, got, want)
		}
		if got := testutil.ToFloat64(m.errors.WithLabelValues(stage, "other")); got != 1 {
			t.Errorf("%s: %v errors, want 1", stage, got)
		}
	}
}

func TestVerifiedCountsProblems(t *testing.T) {
	for _, test := range []struct {
		name     string
		ok       bool
		problems int
		want     float64
	}{
		{"in order", true, 0, 0},
		{"three damaged", false, 3, 3},
		{"broken off", false, 0, 1},
	} {
		atStation(t, func(t *testing.T, m *Metrics, reg *prometheus.Registry, s *store.Store) {
			if err := New(Options{Store: s, Metrics: m}).Verified(test.ok, test.problems, time.Now()); err != nil {
				t.Fatal(err)
			}
			if got := testutil.ToFloat64(m.verifyErrors); got != test.want {
				t.Errorf("%s: %v failures, want %v", test.name, got, test.want)
			}
			for what, want := range map[string]bool{"success": test.ok, "failure": !test.ok} {
				n, err := testutil.GatherAndCount(reg, "custodock_verify_last_"+what+"_timestamp_seconds")
				if err != nil || n == 1 != want {
					t.Errorf("%s: %d times of %s, %v", test.name, n, what, err)
				}
			}
		})
	}
}

// A daemon that was started again knows when the archive was last verified.
func TestUpkeepSurvivesARestart(t *testing.T) {
	atStation(t, func(t *testing.T, _ *Metrics, _ *prometheus.Registry, s *store.Store) {
		st := New(Options{Store: s})
		if err := errors.Join(st.Verified(true, 0, time.Now()), st.BackedUp(time.Now())); err != nil {
			t.Fatal(err)
		}
		m, reg := NewMetrics(), prometheus.NewPedanticRegistry()
		if err := m.Register(reg, New(Options{Store: s, Metrics: m})); err != nil {
			t.Fatal(err)
		}
		got := exposition(t, reg)
		for _, name := range []string{"verify_last_success_timestamp_seconds", "catalog_backup_last_success_timestamp_seconds"} {
			if line := "custodock_" + name + " 1.7955144e+09"; !strings.Contains(got, line+"\n") {
				t.Errorf("there is no line %s", line)
			}
		}
	})
}
