//go:build e2e

package screens

import (
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
func whyIsThisClipLate(t *testing.T, s *station) {
	for language, says := range map[string]string{"en": "The station saw the camera only after the clip was due.", "zh": "采集工作站识别到该执法记录仪时，已超过应存时限。"} {
		b := openBrowser(t, language)
		b.window(1280, 800)
		b.open(s.url("/"))
		b.click(`nav a[href="/clips"]`)
		b.await("the list", `document.readyState === "complete" && document.querySelector("table.clips .deadline-late")`)
		b.click(`table.clips td.stands:has(.deadline-late) ~ .name a`)
		b.do(chromedp.WaitVisible(`.verdict`))
		b.text(says)
	}
}

// A real clip plays to its end, jumps, and says who played it.
func playback(t *testing.T, s *station) {
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
