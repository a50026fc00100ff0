//go:build e2e

package screens

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"custodock/device/simcam"
)

// tape is a camera with a clip that ended so long ago.
func tape(t *testing.T, n int, ended time.Duration, size int64) *simcam.Camera {
	t.Helper()
	c := camera(n, 8<<20)
	f, err := long("DCIM/100MEDIA/A0001.MP4", time.Now().Add(-ended), size)
	if err != nil {
		t.Fatal(err)
	}
	c.Put(f)
	return c
}

// A camera is docked, copied, and may be taken: the page says each as it
// happens, in both languages, without being loaded anew.
func TestDockingToDone(t *testing.T) {
	s := startStation(t, t.TempDir(), 4)
	english, chinese := openBrowser(t, "en"), openBrowser(t, "zh-CN")
	both := []*browser{english, chinese}
	for _, b := range both {
		b.open(s.url("/"))
		eval[bool](b, `window.stays = true`)
	}
	english.text("Empty")
	chinese.text("空闲")
	c := tape(t, 0, time.Hour, 24<<20)
	s.dock.Dock(c)
	for _, says := range []struct{ english, chinese string }{{"Copying", "采集中"}, {"Done", "可取走"}, {"Receipt", "回执码"}} {
		english.text(says.english)
		chinese.text(says.chinese)
	}
	s.dock.Undock(c)
	for _, b := range both {
		b.await("four empty bays", `document.querySelectorAll(".tile.empty").length === 4`)
		if !eval[bool](b, `window.stays === true`) {
			t.Error("the page was loaded anew")
		}
	}
}

// Who takes a camera too early sees it on the page, with what to do.
func TestTakenTooEarly(t *testing.T) {
	s := startStation(t, t.TempDir(), 4)
	b := openBrowser(t, "zh")
	b.open(s.url("/"))
	c := tape(t, 0, time.Hour, 200<<20)
	s.dock.Dock(c)
	b.text("采集中")
	s.dock.Undock(c)
	b.text("提前取出")
	b.text("请将该执法记录仪放回仓位")
	s.dock.Dock(c)
	b.await("the camera to be copied again", `document.querySelectorAll(".tile.copying").length === 1 && !document.querySelector(".tile.pulled")`)
}

// The daemon restarts under an open page: the page says so, and comes back by
// itself to what is then. What has the focus keeps it.
func TestRestartUnderAnOpenPage(t *testing.T) {
	s := startStation(t, t.TempDir(), 4)
	b := openBrowser(t, "en")
	late := tape(t, 0, 30*time.Hour, 1<<20)
	s.dock.Dock(late)
	b.open(s.url("/"))
	b.await("the reason to be asked for", `!!document.querySelector(".ask")`)
	eval[bool](b, `document.querySelector(".turn").focus(); window.mark = true`)
	s.end()
	b.await("the page to say so", `!document.getElementById("lost").hidden`)
	s.start()
	s.dock.Dock(tape(t, 1, time.Hour, 1<<20))
	b.await("the page to come back", `document.getElementById("lost").hidden && document.body.innerText.includes("Done")`)
	if !eval[bool](b, `window.mark && document.activeElement.id === "turn"`) {
		t.Error("the page was loaded anew, or lost the focus")
	}
}

// An officer gives the reason at the dock: taps, and no key.
func TestReasonByTouch(t *testing.T) {
	s := startStation(t, t.TempDir(), 4)
	b := openBrowser(t, "en")
	s.dock.Dock(tape(t, 0, 30*time.Hour, 1<<20))
	b.open(s.url("/"))
	b.await("the button", `!!document.querySelector(".ask")`)
	b.click(".ask")
	b.do(chromedp.WaitVisible(".reason form"))
	b.text("Why could it not be handed over in time?")
	b.accessible()
	if low := eval[float64](b, `Math.min(...[...document.querySelectorAll(".choice, .send button")].map(e => e.getBoundingClientRect().height))`); low < 44 {
		t.Errorf("a target is %.0f pixels high: too small for a finger", low)
	}
	b.click(".send button")
	b.do(chromedp.WaitVisible("#wrong-reason"))
	b.text("Choose one of the three")
	for _, label := range []string{`[name=reason][value=off-site]`, `[name=return]`, `[name=phrase]`} {
		eval[bool](b, fmt.Sprintf(`document.querySelector(%q).closest("label").scrollIntoView({block: "center"}); true`, label))
		b.click(label)
	}
	b.click(".send button")
	b.do(chromedp.WaitVisible("#back"))
	b.text("Entered as a request")
	b.accessible()
	list, err := s.store.Requests(true)
	if err != nil || len(list) != 1 || list[0].Reason != "off-site" || list[0].Note == "" {
		t.Errorf("requests %+v, %v", list, err)
	}
	b.click("#back")
	b.do(chromedp.WaitVisible(".tile.done"))
	b.text("Reason given")
	if _, _, _, err := s.store.Settle(list[0].ID, true, "chief", "", time.Now()); err != nil {
		t.Fatal(err)
	}
	b.open(s.url("/"))
	b.text("granted")
}

// The large screen shows all bays at once, and cuts nothing off.
func TestLargeScreen(t *testing.T) {
	for _, bays := range []int{4, 16, 64} {
		s := startStation(t, t.TempDir(), bays)
		for n := range bays {
			if n%4 == 0 {
				continue
			}
			s.dock.Dock(tape(t, n, time.Duration(n%3)*20*time.Hour, int64(n%2+1)<<18))
		}
		for _, language := range []string{"en", "zh"} {
			b := openBrowser(t, language)
			for _, size := range [][2]int64{{1920, 1080}, {3840, 2160}, {1080, 1920}} {
				b.window(size[0], size[1])
				b.open(s.url("/?screen=wall"))
				b.await("the bays to be done", fmt.Sprintf(`document.querySelectorAll(".tile.done").length >= %d`, bays*3/4))
				if cut := eval[string](b, `[document.documentElement, ...document.querySelectorAll(".in")].
					filter((e) => e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1).
					map((e) => e.parentNode?.id || e.tagName).join(" ")`); cut != "" {
					b.keep(fmt.Sprintf("wall-%d-%d", bays, size[0]))
					t.Errorf("%d bays in %s at %d × %d: cut off in %s", bays, language, size[0], size[1], cut)
				}
			}
		}
	}
}

// Everything that leads somewhere is reached with the keyboard alone, in the
// order in which it is read, and is seen to have the focus.
func TestKeyboardOnly(t *testing.T) {
	s := startStation(t, t.TempDir(), 4)
	s.dock.Dock(tape(t, 1, 30*time.Hour, 1<<20))
	b := openBrowser(t, "en")
	b.window(1280, 800)
	b.open(s.url("/"))
	b.do(chromedp.WaitVisible("#ask-2"))
	b.do(chromedp.KeyEvent(kb.Tab))
	b.await("the way past the head", `document.activeElement.classList.contains("skip")`)
	for range 30 {
		b.do(chromedp.KeyEvent(kb.Tab))
		if outline := eval[string](b, `getComputedStyle(document.activeElement).outlineStyle`); outline == "none" {
			t.Errorf("the focus is not to be seen on %s", eval[string](b, `document.activeElement.outerHTML`))
		}
		if eval[bool](b, `document.activeElement.id === "ask-2"`) {
			break
		}
	}
	b.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible("form fieldset"))
	b.do(chromedp.Focus(`[name="reason"]`), chromedp.KeyEvent(" \t \t\t"), chromedp.Focus(`form [type="submit"]`), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible("#back"))
	if open, err := s.store.Requests(true); err != nil || len(open) != 1 {
		t.Errorf("%d requests, %v", len(open), err)
	}
}
