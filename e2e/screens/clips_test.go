//go:build e2e

package screens

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"custodock/device/simcam"
	"custodock/store"
	"custodock/web/account"
)

// chief may see and settle everything, and signs in nowhere: as in the demo.
var chief = &account.User{Name: "chief.wang", Role: account.Supervisor, Badge: "030007"}

// clipsStation is a station with weeks of work behind it, that a supervisor
// looks at.
func clipsStation(t *testing.T) *station {
	t.Helper()
	dir := t.TempDir()
	work(t, dir, fleet, days)
	s := &station{t: t, dir: dir, bays: fleet, addr: "127.0.0.1:0", dock: simcam.NewDock(), guest: chief}
	s.start()
	t.Cleanup(s.end)
	return s
}

// one returns the newest clip that stands in some way and is as ok says.
func (s *station) one(d store.Deadline, ok func(*store.Clip) bool) store.Clip {
	s.t.Helper()
	page, err := s.store.Clips(store.Filter{Deadlines: []store.Deadline{d}, Newest: true}, time.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range page.Clips {
		if ok(&c) {
			return c
		}
	}
	s.t.Fatalf("of %d clips that are %s none is as it ought to be", len(page.Clips), d)
	return store.Clip{}
}

func anyOne(*store.Clip) bool { return true }

func named(ending string) func(*store.Clip) bool {
	return func(c *store.Clip) bool { return filepath.Ext(c.Name) == ending }
}

// A stranger who wants to know why a clip is late is there in two clicks.
func TestWhyIsThisClipLate(t *testing.T) {
	s := clipsStation(t)
	for language, says := range map[string]string{"en": "The camera came too late.", "zh": "执法记录仪入仓过晚。"} {
		b := openBrowser(t, language)
		b.window(1280, 800)
		b.open(s.url("/"))
		b.click(`nav a[href="/clips"]`)
		b.do(chromedp.WaitVisible(`table.clips .deadline-late`))
		b.click(`table.clips td.stands:has(.deadline-late) ~ .name a`)
		b.do(chromedp.WaitVisible(`.verdict`))
		b.text(says)
	}
}

// A real clip plays to its end, jumps, and says who played it.
func TestPlayback(t *testing.T) {
	s := clipsStation(t)
	b := openBrowser(t, "en")
	for _, ending := range []string{".MP4", ".MOV"} {
		c := s.one(store.OnTime, func(c *store.Clip) bool { return named(ending)(c) && s.plays(c) })
		b.open(s.url("/clips/" + c.ID))
		b.do(chromedp.WaitVisible("video.footage"))
		eval[int](b, `document.querySelector("video").muted = true; document.querySelector("video").play(); 0`)
		b.await(ending+" to reach its end", `(v => v.ended && v.currentTime > 5.5)(document.querySelector("video"))`)
		eval[int](b, `document.querySelector("video").currentTime = 3; 0`)
		b.await("a jump into the middle", `(v => !v.seeking && v.currentTime === 3)(document.querySelector("video"))`)
		b.open(s.url("/clips/" + c.ID))
		b.text("Played")
		b.text("chief.wang (030007)")
	}
}

// plays reports whether the clip's sample is one that browsers play: the page
// decides by the bytes, and the test by their size.
func (s *station) plays(c *store.Clip) bool {
	sample, err := simcam.Clip("h265.mp4")
	if err != nil {
		s.t.Fatal(err)
	}
	return c.Size != int64(len(sample))
}

// The pages of clips are as whole as the others.
func TestClipsPages(t *testing.T) {
	s := clipsStation(t)
	late := s.one(store.Late, anyOne)
	undecidable := s.one(store.Undecidable, anyOne)
	if _, err := s.store.Ask(store.Request{Clip: late.ID, Reason: store.OffSite, Returned: late.StoredAt.Add(-10 * time.Hour), Note: "异地押解", By: "李娜"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	played := s.one(store.OnTime, func(c *store.Clip) bool { return named(".MP4")(c) && s.plays(c) })
	other := s.one(store.OnTime, func(c *store.Clip) bool { return !s.plays(c) })
	for _, language := range []string{"en", "zh"} {
		b := openBrowser(t, language)
		for _, p := range []screen{
			{"clips", "/clips"}, {"clips-narrow", "/clips?deadline=all&since=7d&camera=" + serial(1)}, {"clips-none", "/clips?deadline=excused"},
			{"clip-late", "/clips/" + late.ID}, {"clip-undecidable", "/clips/" + undecidable.ID}, {"clip-on-time", "/clips/" + played.ID}, {"clip-h265", "/clips/" + other.ID},
			{"requests", "/requests"},
		} {
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
