package web

import (
	"syscall"
	"testing"
	"time"

	"custodock/ingest"
)

// One look at 64 bays, all of which look different from before, for pages in
// both languages. There are two a second at most, so that cpu-ms/look times 0.2
// is the share of one core in percent; unlike ns/op it does not count others' work.
func BenchmarkLook64(b *testing.B) {
	s := newScreens(ingest.New(ingest.Options{}))
	n := 0
	h := &hub{
		paint: s.paint, from: make(map[string]int), watchers: make(map[*watcher]struct{}),
		look: func(time.Time) (board, error) {
			n++
			var now board
			for bay := range 64 {
				now.add(tile{
					Bay: bay + 1, Show: ingest.BayCopying, Camera: "DSJ7A21031", Holder: "李娜", battery: 0.5,
					Percent: n % 100, Left: n, Wait: time.Duration(n) * time.Minute, Overdue: 1,
				})
			}
			return now, nil
		},
	}
	for i := range 3 {
		h.watchers[&watcher{lang: i % 2, out: make(chan []byte), cut: true}] = struct{}{}
	}
	sheets := make(map[int]*sheet)
	start := cpuTime(b)
	for b.Loop() {
		h.turn(sheets)
	}
	b.ReportMetric(float64(cpuTime(b)-start)/float64(b.N)/1e6, "cpu-ms/look")
}

// cpuTime is what this process has used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
