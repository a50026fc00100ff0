//go:build e2e

package screens

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

var pictures = flag.String("pictures", "", "folder for pictures of the pages, made by make screenshots")

// pictured are the pages that the documentation shows, by name.
var pictured = []string{"bays", "wall", "reason", "cameras", "camera", "ready", "clips", "clip-late", "requests", "overview"}

// The pictures of the README and the documentation: what a reader sees first
// of each page, in English and light, in Chinese and dark.
func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("pictures are made by make screenshots")
	}
	s := shownStation(t)
	list := append(s.screens(), screen{"reason", "/bays/7/reason"})
	s.dock.Dock(tape(t, 6, 30*time.Hour, 1<<20)) // a late clip, for whose reason an officer is asked
	for _, look := range []struct{ language, theme string }{{"en", "light"}, {"zh", "dark"}} {
		b := openBrowser(t, look.language)
		b.theme(look.theme)
		b.open(s.url("/"))
		b.do(chromedp.WaitVisible("#bay-7 .ask"))
		for _, p := range list {
			if !slices.Contains(pictured, p.name) {
				continue
			}
			b.window(1280, 800)
			if p.name == "wall" {
				b.window(1920, 1080)
			}
			b.open(s.url(p.path))
			b.await("the page", `document.readyState === "complete" && (!document.getElementById("charts") || document.getElementById("charts").dataset.drawn === "true")`)
			file := filepath.Join(*pictures, p.name+"."+look.language+".webp")
			if err := os.WriteFile(file, b.view(), 0o644); err != nil {
				t.Fatal(err)
			}
			t.Logf("wrote %s", file)
		}
	}
}

// view takes a small picture of what is in the window.
func (b *browser) view() []byte {
	b.t.Helper()
	quality := int64(82)
	return call(b, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatWebp, Quality: &quality}).Data
}
