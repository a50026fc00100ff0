package media

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// counting counts what is read.
type counting struct {
	r            io.ReaderAt
	reads, bytes int
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	c.reads++
	c.bytes += len(p)
	return c.r.ReadAt(p, off)
}

// FuzzProbe holds any bytes under any name to what Probe promises. The bytes
// stand at the head of a file that may be larger than they are.
func FuzzProbe(f *testing.F) {
	clips, err := filepath.Glob(filepath.Join("..", "..", "device", "simcam", "clips", "*.*"))
	if err != nil {
		f.Fatal(err)
	}
	for _, clip := range clips {
		b, err := os.ReadFile(clip)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:min(len(b), 2000)], uint32(0), filepath.Base(clip))
		f.Add(b[max(0, len(b)-5000):], uint32(1<<31), filepath.Base(clip))
	}
	for name, b := range seeds() {
		f.Add(b, uint32(0), name)
	}
	f.Fuzz(func(t *testing.T, b []byte, more uint32, name string) {
		size := int64(len(b)) + int64(more)
		r := &counting{r: sparse{size, map[int64][]byte{0: b}}}
		info, err := Probe(r, size, name)
		if err != nil {
			t.Errorf("error %v of a reader that gave none", err)
		}
		if r.reads > maxReads || r.bytes > maxBytes {
			t.Errorf("%d reads, %d bytes", r.reads, r.bytes)
		}
		if info.Duration < 0 || info.Duration > 10*24*time.Hour {
			t.Errorf("duration %v", info.Duration)
		}
		if y := info.Created.Year(); !info.Created.IsZero() && (y < 0 || y > 10_700) {
			t.Errorf("created %v", info.Created)
		}
		if (info.Status == Damaged) != (info.Reason != "") || info.Status == Damaged && info.Detail == "" {
			t.Errorf("%s: reason %q, detail %q", info.Status, info.Reason, info.Detail)
		}
		if info.Status == OK && info.Format == "" {
			t.Error("ok, and yet not recognised")
		}
	})
}

// seeds are small files that reach far into the parsers.
func seeds() map[string][]byte {
	one := fragment(tfhd(0), tfdt(3), trun(runAll, 1, be32(0), be32(1), be32(2), be32(3), be32(4)))
	return map[string][]byte{
		"A.mp4":  cat(ftyp("isom"), bx("mdat", make([]byte, 40)), moov(video(24).box())),
		"F.mp4":  cat(initial(100, bx("mehd", be32(0), be32(9))), one, one),
		"A.avi":  aviClip{frames: 10}.file(),
		"B.avi":  aviClip{frames: 10, openDML: true}.file(),
		"A.wav":  wavClip(8000, 100, bext("2026-11-20", "10:00:00")),
		"A.jpg":  jpegClip(exifBlock(true, exifSpec{original: "2026:11:20 10:00:00", offset: "+08:00", subSec: "12"}), []byte("scan\xff\xd9")),
		"A.png":  pngClip(),
		"A.m2ts": bytes.Repeat(tsClip(tsPrefix, 0, 90_000), 2),
	}
}
