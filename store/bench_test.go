package store

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

// manyFiles is a camera's listing of n clips, recorded over the last days.
func manyFiles(n int) []File {
	files := make([]File, n)
	for i := range files {
		files[i] = File{Path: fmt.Sprintf("DCIM/%03dMEDIA/VID_%06d.MP4", i/1000, i), Size: int64(i), ModTime: at.Add(-time.Duration(i) * time.Second)}
	}
	return files
}

func takeInventory(b *testing.B, s *Store, serial string, files []File) {
	b.Helper()
	d := dock(b, s, Docking{Camera: serial}, at)
	inv := must[*Inventory](b)(s.Inventory(d.ID, at))
	for start := 0; start < len(files); start += 1000 {
		batch := files[start:min(start+1000, len(files))]
		must[[]Listed](b)(inv.Add(batch, func(i int, c *Clip) {
			c.Kind, c.EndEarliest, c.EndLatest = KindVideo, batch[i].ModTime, batch[i].ModTime
			c.TimeSource, c.Clock = SourceModTime, ClockTrusted
			c.Sources = []Source{{From: SourceModTime, End: batch[i].ModTime}, {From: SourceFilename, Start: batch[i].ModTime}}
		}))
	}
	must[Books](b)(inv.Close(true, nil, 0, ""))
	undock(b, s, d, at)
}

// The target is a whole inventory of 10,000 clips well under 2 s.
func BenchmarkInventory10000(b *testing.B) {
	files := manyFiles(10_000)
	s := openTest(b, b.TempDir())
	b.Run("new", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			takeInventory(b, s, fmt.Sprintf("CAM%d", i), files)
		}
	})
	b.Run("known", func(b *testing.B) {
		for b.Loop() {
			takeInventory(b, s, "CAM0", files)
		}
	})
}

func BenchmarkPutSmall(b *testing.B) {
	s := openTest(b, b.TempDir())
	data := pattern(256 << 10)
	files := manyFiles(50_000)
	for i := range files {
		files[i].Size = int64(len(data))
	}
	_, listed := see(b, s, "CAM0001", files...)
	var next atomic.Int64
	b.SetBytes(int64(len(data)))
	b.SetParallelism(4) // 8 at once on two processors
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			put(b, s, listed[next.Add(1)-1].Clip.ID, data)
		}
	})
}

func BenchmarkPutBig(b *testing.B) {
	s := openTest(b, b.TempDir())
	data := pattern(64 << 20)
	files := manyFiles(1000)
	for i := range files {
		files[i].Size = int64(len(data))
	}
	_, listed := see(b, s, "CAM0001", files...)
	b.SetBytes(int64(len(data)))
	for i := 0; b.Loop(); i++ {
		put(b, s, listed[i].Clip.ID, data)
	}
}

// The targets are for a million clips; the indexes make the number matter little.
func BenchmarkQueries100000(b *testing.B) {
	s := openTest(b, b.TempDir())
	for i := range 10 {
		takeInventory(b, s, fmt.Sprintf("CAM%d", i), manyFiles(10_000))
	}
	now := at.Add(23 * time.Hour)
	must[[]Clip](b)(s.MissDue(now))
	query := func(name string, f func() error) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	page := func(f Filter) func() error {
		return func() error { _, err := s.Clips(f, now); return err }
	}
	query("NextDue", func() error { _, _, err := s.NextDue(); return err })
	query("MissDue", func() error { _, err := s.MissDue(now); return err })
	query("Overdue", page(Filter{Deadlines: []Deadline{Overdue}, Limit: 100}))
	query("Late", page(Filter{Deadlines: []Deadline{Late}, Limit: 100}))
	query("DueSoon", page(Filter{Deadlines: []Deadline{DueSoon}, Limit: 100}))
	query("Camera", page(Filter{Camera: "CAM5", Limit: 100}))
	query("Since", page(Filter{Since: at.Add(-time.Hour), Limit: 100}))
	query("Stats", func() error { _, err := s.Stats(now); return err })
}
