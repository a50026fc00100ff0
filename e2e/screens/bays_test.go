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

// work's stations are real ones: months of it are there to look at.
func TestWork(t *testing.T) {
	dir := t.TempDir()
	work(t, dir, 8, 5)
	s := startStation(t, dir, 8)
	stats, err := s.store.Stats(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", stats)
	if stats.Stored == 0 || stats.LateTotal == 0 {
		t.Errorf("%d clips stored, %d late", stats.Stored, stats.LateTotal)
	}
}
