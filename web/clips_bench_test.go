package web

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"custodock/ingest"
	"custodock/store"
	"custodock/web/account"
)

// yearsOfClips opens a store whose ledger tells of so many clips up to now, of
// which some are late, undecidable, excused or not stored. Writing the ledger and
// having it applied is the quick way to years.
func yearsOfClips(tb testing.TB, n int, now time.Time) *store.Store {
	tb.Helper()
	dir := tb.TempDir()
	s, err := store.Open(store.Options{Dir: dir})
	if err == nil {
		err = s.Close()
	}
	if err == nil {
		err = writeYears(filepath.Join(dir, "archive", "ledger", "2026-11.jsonl"), n, now)
	}
	if err == nil {
		s, err = store.Open(store.Options{Dir: dir})
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

func writeYears(path string, n int, now time.Time) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	out := bufio.NewWriter(f)
	enc := json.NewEncoder(out)
	for i := range n {
		end := now.Add(-time.Duration(n-i) * time.Minute)
		c := &store.Clip{
			ID: fmt.Sprintf("0%015d", i), Camera: fmt.Sprintf("CAM%05d", i%400), Path: fmt.Sprintf("DCIM/A%07d.MP4", i), Name: fmt.Sprintf("A%07d.MP4", i),
			Kind: store.KindVideo, Size: 1000, State: store.Stored, SeenAt: end.Add(time.Hour), StoredAt: end.Add(2 * time.Hour), DueAt: end.Add(24 * time.Hour),
			EndEarliest: end, EndLatest: end, RecordedEnd: end, Deadline: store.OnTime, SHA256: fmt.Sprintf("%064d", i),
			Badge: fmt.Sprintf("B%04d", i%900), Unit: fmt.Sprintf("unit %d", i%12),
			History: []store.Entry{{At: end.Add(time.Hour), What: "seen"}, {At: end.Add(2 * time.Hour), What: "stored", Note: fmt.Sprintf("SHA-256 %064d", i)}},
		}
		switch {
		case i%50 == 7:
			c.StoredAt, c.SeenAt, c.Deadline, c.LateBy = end.Add(30*time.Hour), end.Add(29*time.Hour), store.Late, 6*3600
		case i%1000 == 13:
			c.EndEarliest, c.Deadline, c.Clock, c.ClockReason = time.Time{}, store.Undecidable, store.ClockSuspect, "the camera gives no time"
		case i%1000 == 17:
			c.State, c.StoredAt, c.SHA256 = store.Seen, time.Time{}, ""
		}
		if err := enc.Encode(struct {
			At   time.Time   `json:"at"`
			What string      `json:"what"`
			Clip *store.Clip `json:"clip"`
		}{end, "released", c}); err != nil {
			return err
		}
	}
	return out.Flush()
}

// The target is a server time of 50 ms at a million clips, of which 20,000 are
// late and 1,000 are not stored. On two cores of an AMD EPYC with ten times as much
// to do as they can, it took 1 to 37 ms, and 54 ms for the first page of all of
// them; of a processor that takes 5 ms, most of it for the template. -short makes
// do with ten thousand.
func BenchmarkClipsPages(b *testing.B) {
	n := 1_000_000
	if testing.Short() {
		n = 10_000
	}
	now := time.Now()
	s := yearsOfClips(b, n, now)
	if _, err := s.MissDue(now); err != nil {
		b.Fatal(err)
	}
	chief := &account.User{Name: "chief", Role: account.Supervisor}
	own := &account.User{Name: "own", Role: account.Officer, Badge: "B0007"}
	station := ingest.New(ingest.Options{ID: "PCS-3", Store: s})
	page, err := s.Clips(store.Filter{Deadlines: []store.Deadline{store.Late}, Limit: n/100 + 1}, now)
	if err != nil {
		b.Fatal(err)
	}
	for _, bench := range []struct {
		name, path string
		who        *account.User
	}{
		{"care", "/clips", chief},
		{"late, deep", "/clips?deadline=late&cursor=" + page.Next, chief},
		{"all", "/clips?deadline=all", chief},
		{"all of a unit on a day", "/clips?deadline=all&unit=unit+7&since=200d&until=199d", chief},
		{"late of a camera", "/clips?deadline=late&camera=CAM00007", chief},
		{"late of a camera and another badge", "/clips?deadline=late&camera=CAM00007&badge=B0008", chief},
		{"failed", "/clips?deadline=all&state=failed", chief},
		{"care of an officer", "/clips", own},
		{"a clip", "/clips/" + page.Clips[0].ID, chief},
		{"requests", "/requests", chief},
	} {
		b.Run(bench.name, func(b *testing.B) {
			h := New(Options{Station: station, Guest: bench.who})
			for b.Loop() {
				req := httptest.NewRequest(http.MethodGet, bench.path, nil)
				req.RemoteAddr, req.Host = "127.0.0.1:1", "127.0.0.1"
				w := httptest.NewRecorder()
				h.ServeHTTP(w, req)
				if w.Code != http.StatusOK {
					b.Fatalf("%d: %.300s", w.Code, w.Body)
				}
			}
		})
	}
}
