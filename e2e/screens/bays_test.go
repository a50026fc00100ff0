//go:build e2e

package screens

import (
	"testing"
	"time"
)

// A camera is docked, copied, and may be taken: the page says each as it happens.
func TestDockingToDone(t *testing.T) {
	s := startStation(t, t.TempDir(), 4)
	b := openBrowser(t, "en")
	b.open(s.url("/"))
	b.text("Empty")
	c := camera(0, 8<<20)
	f, err := long("DCIM/100MEDIA/A0001.MP4", time.Now().Add(-time.Hour), 24<<20)
	if err != nil {
		t.Fatal(err)
	}
	c.Put(f)
	s.dock.Dock(c)
	b.text("Copying")
	b.text("Done")
}
