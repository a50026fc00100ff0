//go:build e2e

package screens

import (
	"fmt"
	"testing"
	"time"
)

// A screen is a page as a person may come to see it.
type screen struct {
	name string // of its picture
	path string
}

// screens are the pages that need no more than a catalog, with a camera and
// clips of every kind in it.
func (s *station) screens() []screen {
	s.t.Helper()
	return []screen{
		{"bays", "/"}, {"wall", "/?screen=wall"}, {"overview", "/overview"},
		{"cameras", "/cameras"}, {"camera", "/cameras/" + serial(5)}, {"ready", "/cameras/ready"},
	}
}

// fleet is how many cameras a station with history has, and for how many days
// they worked.
const (
	fleet = 8
	days  = 40
)

// Every page, in both languages, light and dark, on a telephone and on a wall:
// nothing sticks out, nothing is in the way of those who cannot see or use no
// mouse, no word is missing, and the first view is small.
func TestEveryPage(t *testing.T) {
	s := shownStation(t)
	for _, language := range []string{"en", "zh"} {
		b := openBrowser(t, language)
		for _, p := range s.screens() {
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
					if wide := eval[int64](on, "document.documentElement.scrollWidth"); wide > look.width {
						on.keep(fmt.Sprintf("wide-%d", look.width))
						t.Errorf("at %d pixels it is %d wide", look.width, wide)
					}
					on.accessible()
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

// shownStation is a station with weeks of work behind it, and bays in every
// state: done, copying, empty.
func shownStation(t *testing.T) *station {
	t.Helper()
	dir := t.TempDir()
	work(t, dir, fleet, days)
	s := startStation(t, dir, fleet)
	for n := range 5 {
		c := camera(n, 4<<20)
		size := int64(1 << 20)
		if n == 1 || n == 3 {
			size = 1 << 30 // it is being copied for as long as the test looks
		}
		f, err := long(fmt.Sprintf("DCIM/100MEDIA/A%04d.MP4", 900+n), time.Now().Add(-time.Duration(n)*11*time.Hour), size)
		if err != nil {
			t.Fatal(err)
		}
		c.Put(f)
		s.dock.Dock(c)
	}
	return s
}
