package web

import (
	"net/http"
	"testing"
	"time"

	"custodock/ingest"
	"custodock/store"
	"custodock/store/storetest"
)

// The target is 50 ms for a page at ten thousand cameras and a million clips;
// -short makes do with ten thousand clips. Of one camera there are hundreds of
// dockings.
func BenchmarkCameraPages(b *testing.B) {
	fleet := storetest.Fleet{Now: time.Now(), Cameras: 10_000, Bays: 64, Days: 6, PerDay: 1, Clips: 1_000_000, Seed: 1}
	if testing.Short() {
		fleet.Clips = 10_000
	}
	dir := b.TempDir()
	if err := fleet.Write(dir); err != nil {
		b.Fatal(err)
	}
	s, err := store.Open(store.Options{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	busy := storetest.Serial(17)
	for i := range 400 {
		at := fleet.Now.Add(-time.Duration(400-i) * time.Hour)
		d, _, err := s.Dock(store.Docking{Camera: busy, Bay: 1 + i%8, Transport: "mtp"}, "", "", at)
		if err == nil {
			err = s.Undock(d.ID, at.Add(30*time.Minute))
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	station := ingest.New(ingest.Options{Store: s})
	handler := New(Options{Station: station})
	begin := time.Now()
	if _, err := station.Cameras(fleet.Now); err != nil {
		b.Fatal(err)
	}
	b.Logf("all cameras are read in %v", time.Since(begin))
	for name, target := range map[string]string{
		"list": "/cameras", "search": "/cameras?q=10300&sort=battery", "last": "/cameras?sort=-seen&page=100", "ready": "/cameras/ready",
		"camera": cameraAddress(busy), "series": cameraAddress(busy) + "/series?days=365",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				req, _ := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://station"+target, nil)
				resp, err := RoundTripper(handler).RoundTrip(req)
				if err != nil || resp.StatusCode != 200 {
					b.Fatal(resp.StatusCode, err)
				}
				resp.Body.Close()
			}
		})
	}
}
