//go:build e2e

package screens

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The list follows what is typed and where one clicks without being loaded
// anew; its address says what it shows, and going back shows it again.
func camerasList(t *testing.T, s *station) {
	b := openBrowser(t, "en")
	b.window(1280, 800)
	b.open(s.url("/cameras"))
	const rows = `document.querySelectorAll("table.fleet tbody tr").length`
	b.await("all cameras", rows+" === 8")
	eval[bool](b, `window.stays = true`)
	b.do(chromedp.Focus("#sort-battery"), chromedp.KeyEvent(kb.Enter))
	b.await("the order by battery", `location.search === "?sort=battery" && document.querySelector("th.of-battery").ariaSort === "ascending"`)
	b.await("the focus where it was", `document.activeElement.id === "sort-battery" && !document.querySelector(".htmx-settling, .htmx-request")`)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.await("the other way round", `location.search === "?sort=-battery" && document.querySelector("th.of-battery").ariaSort === "descending"`)
	b.do(chromedp.Focus("#text"), chromedp.KeyEvent(serial(3)[6:]))
	b.await("what was typed", rows+` === 1 && location.search.includes("sort=-battery") && location.search.includes("q=")`)
	b.await("how many there are", `document.getElementById("found").textContent === "1 camera"`)
	b.await("the focus in the field", `document.activeElement.id === "text"`)
	if !eval[bool](b, `window.stays === true`) {
		t.Error("the page was loaded anew")
	}
	b.do(chromedp.Click("tbody .of-serial a"), chromedp.WaitVisible("#charts"))
	b.await("its page", `location.pathname === "/cameras/`+serial(3)+`" && document.querySelector("h1").textContent === "`+serial(3)+`"`)
	b.do(chromedp.NavigateBack(), chromedp.WaitVisible("table.fleet"))
	b.await("the list as it was", `location.pathname === "/cameras" && location.search.includes("q=") && document.readyState === "complete" && `+rows+` === 1`)
}

// The charts are drawn, in both languages, and fit their place when that changes.
func charts(t *testing.T, s *station) {
	for _, language := range []string{"en", "zh"} {
		b := openBrowser(t, language)
		for _, width := range []int64{1280, 390} {
			b.window(width, 900)
			if width == 1280 {
				b.open(s.url("/cameras/" + serial(5) + "?days=90"))
			}
			b.await("charts", `document.getElementById("charts").dataset.drawn === "true" && document.querySelectorAll("#charts canvas, #charts .none").length === 4`)
			b.await("charts that fit", `[...document.querySelectorAll("#charts .area")].every(a => !a.querySelector("canvas") || Math.abs(a.clientWidth - a.querySelector("canvas").clientWidth) < 2)`)
		}
		inked := eval[int64](b, `[...document.querySelectorAll("#charts canvas")].filter(c => c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some(v => v > 0)).length`)
		if inked < 4 {
			t.Errorf("%s: %d charts have something on them", language, inked)
		}
	}
}
