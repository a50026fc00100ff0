//go:build e2e

package screens

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var pictures = flag.String("pictures", "", "folder for pictures of the pages, made by make screenshots")

// The pictures of the README and the documentation.
func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("pictures are made by make screenshots")
	}
	s := shownStation(t)
	for _, look := range []struct{ language, theme string }{{"en", "light"}, {"zh", "dark"}} {
		b := openBrowser(t, look.language)
		b.theme(look.theme)
		for _, p := range s.screens() {
			b.window(1280, 800)
			if p.name == "wall" {
				b.window(1920, 1080)
			}
			b.open(s.url(p.path))
			b.await("the page", `document.readyState === "complete"`)
			file := filepath.Join(*pictures, p.name+"."+look.language+".png")
			if err := os.WriteFile(file, b.shot(), 0o644); err != nil {
				t.Fatal(err)
			}
			t.Logf("wrote %s", file)
		}
	}
}
