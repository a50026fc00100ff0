package ingest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"custodock/store"
)

// longHistory opens a store whose ledger tells of so many cameras and stored
// clips. Writing the ledger and having it applied is the quick way to years.
func longHistory(tb testing.TB, cameras, clips int) *store.Store {
	tb.Helper()
	dir := tb.TempDir()
	s, err := store.Open(store.Options{Dir: dir})
	if err != nil {
		tb.Fatal(err)
	}
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
	if err := writeHistory(filepath.Join(dir, "archive", "ledger", "2026-11.jsonl"), cameras, clips); err != nil {
		tb.Fatal(err)
	}
	if s, err = store.Open(store.Options{Dir: dir}); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// historyLine is a line of the ledger.
type historyLine struct {
	At     time.Time     `json:"at"`
	What   string        `json:"what"`
	Clip   *store.Clip   `json:"clip,omitempty"`
	Camera *store.Camera `json:"camera,omitempty"`
}

func writeHistory(path string, cameras, clips int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	out := bufio.NewWriter(f)
	enc := json.NewEncoder(out)
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	battery, size, free, offset := 0.5, int64(64e9), int64(32e9), 1.5
	for i := range cameras {
		c := &store.Camera{Serial: fmt.Sprintf("CAM%05d", i), Model: "DSJ-K9", Firmware: "1.4.2", Transport: "mtp", FirstSeenAt: at,
			LastDockedAt: at, LastUndockedAt: at.Add(time.Hour), Battery: &battery, StorageSize: &size, StorageFree: &free, ClockOffset: &offset}
		if err := enc.Encode(historyLine{At: at, What: "undocked", Camera: c}); err != nil {
			return err
		}
	}
	for i := range clips {
		end := at.Add(time.Duration(i) * time.Second)
		c := &store.Clip{ID: fmt.Sprintf("id%014d", i), Camera: fmt.Sprintf("CAM%05d", i%cameras), Path: fmt.Sprintf("DCIM/A%07d.MP4", i),
			Name: fmt.Sprintf("A%07d.MP4", i), Kind: store.KindVideo, Size: 1000, State: store.Stored, SeenAt: end, StoredAt: end, DueAt: end.Add(24 * time.Hour),
			EndEarliest: end, EndLatest: end, RecordedEnd: end, Deadline: store.OnTime, SHA256: fmt.Sprintf("%064d", i)}
		if i%1000 == 0 {
			c.State, c.StoredAt, c.Deadline = store.Seen, time.Time{}, ""
		}
		if err := enc.Encode(historyLine{At: at, What: "released", Clip: c}); err != nil {
			return err
		}
	}
	return out.Flush()
}

// scraper returns what answers a scrape of a station over s.
func scraper(tb testing.TB, s *store.Store) (scrape func(io.Writer)) {
	tb.Helper()
	m, reg := NewMetrics(), prometheus.NewRegistry()
	st := New(Options{Store: s, Metrics: m})
	if err := m.Register(reg, st); err != nil {
		tb.Fatal(err)
	}
	return func(w io.Writer) {
		families, err := reg.Gather()
		if err != nil {
			tb.Fatal(err)
		}
		for _, f := range families {
			if _, err := expfmt.MetricFamilyToText(w, f); err != nil {
				tb.Fatal(err)
			}
		}
		if err := st.WriteCameras(w); err != nil {
			tb.Fatal(err)
		}
	}
}

// The number of series is bounded by the cameras, however many clips there are,
// and what changed since the last scrape is in the next one.
func TestSeriesAreBoundedByCameras(t *testing.T) {
	count := func(clips int) (series int) {
		s := longHistory(t, 50, clips)
		scrape := scraper(t, s)
		var out bytes.Buffer
		scrape(&out)
		for line := range strings.Lines(out.String()) {
			series += int(oneIf(!strings.HasPrefix(line, "#")))
		}
		if _, err := s.Assign("NEW", store.Holder{Badge: "7"}, time.Now()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Dock(store.Docking{Camera: "CAM00007", Transport: "mass-storage"}, "other", "", time.Now()); err != nil {
			t.Fatal(err)
		}
		out.Reset()
		scrape(&out)
		for _, want := range []string{
			`custodock_camera_info{camera="CAM00007",firmware="1.4.2",model="other",transport="mass-storage"} 1`,
			`custodock_camera_pending_clips{camera="NEW"} 0`,
		} {
			if !strings.Contains(out.String(), want+"\n") {
				t.Errorf("there is no line %s", want)
			}
		}
		return series
	}
	few, many := count(2), count(1000)
	if few != many {
		t.Errorf("%d series with hardly any clips, %d with a thousand", few, many)
	}
	if most := 50*12 + 100; many > most || many < 50*9 {
		t.Errorf("%d series of 50 cameras, want %d at most", many, most)
	}
}

// The target is 50 ms with ten thousand cameras and a million clips, of which
// a thousand are not stored. On two cores of an AMD EPYC that had seven other
// things to do: 8 ms, of which 5.5 ms of a processor, nearly all of it for moving
// 6 MB of text. Gathering the series of the cameras anew took 685 ms there, with
// ten thousand clips. -short makes do with as many.
func BenchmarkScrape(b *testing.B) {
	cameras, clips := 10_000, 1_000_000
	if testing.Short() {
		clips = 10_000
	}
	s := longHistory(b, cameras, clips)
	scrape := scraper(b, s)
	for _, bench := range []struct {
		name   string
		before func()
	}{
		{"quiet", func() {}},
		{"busy", func() { // between two scrapes ten cameras came and went
			for i := range 10 {
				d, _, err := s.Dock(store.Docking{Camera: fmt.Sprintf("CAM%05d", i), Transport: "mtp"}, "", "", time.Now())
				if err == nil {
					err = s.Undock(d.ID, time.Now())
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				bench.before()
				b.StartTimer()
				scrape(io.Discard)
			}
		})
	}
}
