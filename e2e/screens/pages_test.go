//go:build e2e

package screens

import (
	"fmt"
	"testing"
	"time"

	"custodock/device/simcam"
	"custodock/store"
)

// fleet is how many cameras a station with history has, and for how many days
// they worked.
const (
	fleet = 8
	days  = 40
)

// TestHistory looks at one station with weeks of work behind it: making that
// takes longer than looking.
func TestHistory(t *testing.T) {
	s := shownStation(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T, *station)
	}{
		{"why is this clip late", whyIsThisClipLate},
		{"playback", playback},
		{"list of cameras", camerasList},
		{"charts", charts},
		{"every page", everyPage},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, s) })
	}
}

// shownStation is a station with weeks of work behind it, and bays in every
// state: done, copying, pulled, empty. A supervisor looks at it.
func shownStation(t *testing.T) *station {
	t.Helper()
	dir := t.TempDir()
	work(t, dir, fleet, days)
	s := &station{t: t, dir: dir, bays: fleet, addr: "127.0.0.1:0", dock: simcam.NewDock(), guest: chief}
	s.start()
	t.Cleanup(s.end)
	for n := range 6 {
		c := camera(n, 4<<20)
		size := int64(1 << 20)
		if n == 1 || n == 3 || n == 5 {
			size = 1 << 30 // it is being copied for as long as anybody looks
		}
		f, err := long(fmt.Sprintf("DCIM/100MEDIA/A%04d.MP4", 900+n), time.Now().Add(-time.Duration(n)*time.Hour), size) // since it was last docked
		if err != nil {
			t.Fatal(err)
		}
		c.Put(f)
		s.dock.Dock(c)
		if n == 5 {
			s.pullWhile(c, n+1)
		}
	}
	return s
}

// pullWhile takes a camera out of its bay while it is being copied.
func (s *station) pullWhile(c *simcam.Camera, bay int) {
	s.t.Helper()
	events, cancel := s.station.Subscribe()
	defer cancel()
	patience := time.After(patience)
	for {
		for _, b := range s.station.Bays() {
			if b.Bay == bay && b.Left > 0 {
				s.dock.Undock(c)
				return
			}
		}
		select {
		case <-events:
		case <-patience:
			s.t.Fatalf("bay %d never came to copy", bay)
		}
	}
}

// A screen is a page as a person may come to see it.
type screen struct {
	name string // of its picture
	path string
}

// screens are the pages, with a clip of every kind.
func (s *station) screens() []screen {
	s.t.Helper()
	late, undecidable := s.one(store.Late, anyOne), s.one(store.Undecidable, anyOne)
	_, err := s.store.Ask(store.Request{
		Clip: late.ID, Reason: store.OffSite, Returned: late.StoredAt.Add(-10 * time.Hour), Note: "异地押解", By: late.Officer,
	}, time.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	return []screen{
		{"bays", "/"}, {"wall", "/?screen=wall"}, {"overview", "/overview"},
		{"cameras", "/cameras"}, {"camera", "/cameras/" + serial(5)}, {"ready", "/cameras/ready"},
		{"clips", "/clips"}, {"clips-all", "/clips?deadline=all&since=7d&camera=" + serial(1)}, {"clips-none", "/clips?deadline=excused"},
		{"clip-late", "/clips/" + late.ID}, {"clip-undecidable", "/clips/" + undecidable.ID},
		{"clip-plays", "/clips/" + s.one(store.OnTime, func(c *store.Clip) bool { return named(".MP4")(c) && s.plays(c) }).ID},
		{"clip-not", "/clips/" + s.one(store.OnTime, func(c *store.Clip) bool { return !s.plays(c) }).ID},
		{"requests", "/requests"}, {"nothing", "/nowhere"},
		{"report", "/reports/deadlines?from=7d"},
	}
}

// Every page, in both languages, light and dark, on a telephone and on a wall:
// nothing sticks out, nothing is in the way of those who cannot see or use no
// mouse, no word is missing, and the first view is small.
func everyPage(t *testing.T, s *station) {
	list := s.screens()
	for _, language := range []string{"en", "zh"} {
		b := openBrowser(t, language)
		for _, p := range list {
			t.Run(language+"/"+p.name, func(t *testing.T) {
				on := &browser{t, b.ctx}
				for _, look := range []struct {
					width, height int64
					theme         string
				}{{390, 844, "light"}, {1280, 800, "dark"}, {1280, 800, "light"}, {3840, 2160, "dark"}} {
					on.window(look.width, look.height)
					on.theme(look.theme)
					on.open(s.url(p.path))
					on.await("the page", `document.readyState === "complete"`)
					if wide := eval[int64](on, "document.documentElement.scrollWidth"); wide > look.width && p.name != "report" { // which is for paper
						on.keep(fmt.Sprintf("wide-%d", look.width))
						t.Errorf("at %d pixels it is %d wide", look.width, wide)
					}
					if look.width < 3840 && (look.width < 1280) != (look.theme == "dark") {
						on.accessible() // the same page twice is enough, in either theme
					}
				}
				on.whole()
			})
		}
	}
}

// whole fails on a key where words should be, and on a page that is too big.
func (b *browser) whole() {
	b.t.Helper()
	if key := eval[string](b, `(document.body.innerText.match(/\b[a-z]+\.[a-z]+_[a-z_]+\b/) || [""])[0]`); key != "" {
		b.t.Errorf("there are no words for %s", key)
	}
	const most = 150_000 // bytes, compressed, of the first view
	// Cached files count with what they were when they came.
	if size := eval[float64](b, `[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
		.reduce((sum, e) => sum + e.encodedBodySize, 0)`); size > most {
		b.t.Errorf("the first view weighs %.0f bytes", size)
	}
}
