//go:build e2e

package screens

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"custodock/device/simcam"
	"custodock/store"
)

// A camera is docked, copied, and may be taken: the page says each as it
// happens, in both languages, without being loaded anew.
func TestDockingToDone(t *testing.T) {
	s := startStation(t, t.TempDir(), 4)
	english, chinese := openBrowser(t, "en"), openBrowser(t, "zh-CN")
	for b, empty := range map[*browser]string{english: "Empty", chinese: "空闲"} {
		b.open(s.url("/"))
		b.text(empty)
		eval[bool](b, `window.stays = true`)
	}
	s.dock.Dock(s.loaded(0, 8<<20, time.Hour, 24<<20))
	for _, says := range []struct{ english, chinese string }{{"Copying", "采集中"}, {"Done", "可取走"}} {
		english.text(says.english)
		chinese.text(says.chinese)
	}
	for _, b := range []*browser{english, chinese} {
		if !eval[bool](b, `window.stays === true`) {
			t.Error("the page was loaded anew")
		}
	}
}

// loaded is the nth camera of the fleet with one clip of that age and size.
func (s *station) loaded(n int, rate int64, age time.Duration, size int64) *simcam.Camera {
	s.t.Helper()
	c := camera(n, rate)
	f, err := long("DCIM/100MEDIA/A0001.MP4", time.Now().Add(-age), size)
	if err != nil {
		s.t.Fatal(err)
	}
	c.Put(f)
	return c
}

// The daemon is gone and comes back under an open page, with a camera that was
// docked meanwhile: the page says that it is old, and finds back by itself.
func TestRestart(t *testing.T) {
	s := startStation(t, t.TempDir(), 4)
	b := openBrowser(t, "en")
	b.open(s.url("/"))
	b.await("a live page", `document.querySelectorAll(".tile").length === 4 && document.getElementById("lost").hidden`)
	eval[bool](b, `window.stays = true`)
	s.end()
	b.await("it to say that the station is gone", `!document.getElementById("lost").hidden`)
	s.dock.Dock(s.loaded(0, 0, time.Hour, 1<<20))
	s.start()
	b.await("what is new", `document.querySelector("#bay-1").innerText.includes("Done") && document.getElementById("lost").hidden`)
	if !eval[bool](b, `window.stays === true`) {
		t.Error("the page was loaded anew")
	}
}

// An officer gives the reason for a late clip with four taps. A supervisor
// grants it, and the tile says so.
func TestReasonByTouch(t *testing.T) {
	s := startStation(t, t.TempDir(), 4)
	if _, err := s.store.Assign(serial(1), officers[1], time.Now().Add(-100*time.Hour)); err != nil {
		t.Fatal(err)
	}
	s.dock.Dock(s.loaded(1, 0, 30*time.Hour, 1<<20))
	b := openBrowser(t, "zh-CN")
	b.window(1024, 768)
	b.open(s.url("/"))
	tap := func(selector string) { b.do(chromedp.Tap(selector, chromedp.NodeVisible)) }
	b.do(chromedp.WaitVisible("#ask-2"))
	tap("#ask-2")
	b.do(chromedp.WaitVisible("form fieldset"))
	b.accessible()
	if low := eval[float64](b, `Math.min(...[...document.querySelectorAll(".choice, form button")].map(e => e.getBoundingClientRect().height))`); low < 44 {
		t.Errorf("a target is %.0f pixels high: too small for a finger", low)
	}
	tap(`.choice:has([value="off-site"])`)
	tap(`.choice:has([name="return"])`)
	tap(`form [type="submit"]`)
	b.do(chromedp.WaitVisible("#back"))
	open, err := s.store.Requests(true)
	if err != nil {
		t.Fatal(err)
	}
	if len(open) != 1 || open[0].Camera != serial(1) || open[0].Reason != store.OffSite || open[0].Bay != 2 {
		t.Fatalf("requests %+v", open)
	}
	tap("#back")
	b.do(chromedp.WaitVisible("#bay-2 .asked"))
	if _, _, _, err := s.store.Settle(open[0].ID, true, "chief", "", time.Now()); err != nil {
		t.Fatal(err)
	}
	b.open(s.url("/"))
	b.text("已批准")
}

// Sixty-four bays are on one screen, none cut off, on a wall and on a desk.
func TestSixtyFourBays(t *testing.T) {
	const bays = 64
	s := startStation(t, t.TempDir(), bays)
	for n := range bays / 2 {
		size := int64(1 << 20)
		if n%3 == 0 {
			size = 1 << 30
		}
		s.dock.Dock(s.loaded(n, 2<<20, time.Duration(n)*time.Hour, size))
	}
	b := openBrowser(t, "zh-CN")
	for _, window := range []struct{ width, height int64 }{{1920, 1080}, {3840, 2160}, {1080, 1920}} {
		b.window(window.width, window.height)
		b.open(s.url("/?screen=wall"))
		b.await("the cameras", `document.querySelectorAll(".tile:not(.empty)").length === 32`)
		cut := eval[string](b, `JSON.stringify([...document.querySelectorAll(".tile")].filter(t => {
			const r = t.getBoundingClientRect();
			return r.bottom > innerHeight + 1 || r.right > innerWidth + 1 || [t, ...t.querySelectorAll("h2, .state b")].some(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline");
		}).map(t => t.id))`)
		if cut != "[]" {
			b.keep(fmt.Sprintf("cut-%d", window.width))
			t.Errorf("at %d x %d these are cut off: %s", window.width, window.height, cut)
		}
	}
	b.accessible()
}

// Everything that leads somewhere is reached with the keyboard alone, in the
// order in which it is read, and is seen to have the focus.
func TestKeyboardOnly(t *testing.T) {
	s := startStation(t, t.TempDir(), 4)
	s.dock.Dock(s.loaded(1, 0, 30*time.Hour, 1<<20))
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
