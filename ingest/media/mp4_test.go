package media

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"
)

// bx makes a box.
func bx(kind string, parts ...[]byte) []byte {
	body := cat(parts...)
	return cat(be32(uint32(8+len(body))), []byte(kind), body)
}

// wideBx makes the 16 bytes of header of a box with a 64-bit size.
func wideBx(kind string, size uint64) []byte { return cat(be32(1), []byte(kind), be64(size)) }

func ftyp(brand string) []byte { return bx("ftyp", []byte(brand), be32(0)) }

const secs = macEpoch + 1795140000 // 2026-11-20T02:00:00Z

// timeBox makes an mvhd or mdhd box.
func timeBox(kind string, version byte, created, scale, duration uint64) []byte {
	flags := []byte{version, 0, 0, 0}
	if version == 0 {
		return bx(kind, flags, be32(uint32(created)), be32(0), be32(uint32(scale)), be32(uint32(duration)), make([]byte, 80))
	}
	return bx(kind, flags, be64(created), be64(0), be32(uint32(scale)), be64(duration), make([]byte, 80))
}

// trakSpec says what a trak box is to hold.
type trakSpec struct {
	id       uint32
	handler  string
	duration uint64 // at 1000 ticks a second
	offsets  []uint64
	wide     bool // co64
	perChunk uint32
	sizes    []uint32
	each     uint32 // size of every sample, instead of sizes
	version  byte   // of tkhd
}

func (s trakSpec) box() []byte {
	var chunks, sizes []byte
	for _, o := range s.offsets {
		if s.wide {
			chunks = append(chunks, be64(o)...)
		} else {
			chunks = append(chunks, be32(uint32(o))...)
		}
	}
	for _, n := range s.sizes {
		sizes = append(sizes, be32(n)...)
	}
	stsz := bx("stsz", be32(0), be32(s.each), be32(uint32(len(s.sizes))), sizes)
	if s.each > 0 {
		stsz = bx("stsz", be32(0), be32(s.each), be32(3))
	}
	table := "stco"
	if s.wide {
		table = "co64"
	}
	tkhd := bx("tkhd", be32(0), be64(0), be32(s.id), make([]byte, 68))
	if s.version == 1 {
		tkhd = bx("tkhd", be32(1<<24), be64(0), be64(0), be32(s.id), make([]byte, 68))
	}
	return bx("trak",
		tkhd,
		bx("mdia",
			timeBox("mdhd", 0, 0, 1000, s.duration),
			bx("hdlr", be64(0), []byte(s.handler), make([]byte, 13)),
			bx("minf",
				bx("hdlr", be32(0), []byte("dhlrurl "), make([]byte, 13)), // as QuickTime has it
				bx("stbl",
					bx("stsc", be32(0), be32(1), be32(1), be32(s.perChunk), be32(1)),
					stsz,
					bx(table, be32(0), be32(uint32(len(s.offsets))), chunks)))))
}

// video is a track of three samples of 100 bytes, two of them in the second chunk.
func video(first uint64) trakSpec {
	return trakSpec{id: 1, handler: "vide", duration: 5000, offsets: []uint64{first, first + 100}, perChunk: 2, sizes: []uint32{100, 100, 100}}
}

func moov(parts ...[]byte) []byte {
	return bx("moov", timeBox("mvhd", 0, secs, 1000, 6000), cat(parts...))
}

func TestMovie(t *testing.T) {
	head := ftyp("isom")
	mdat := bx("mdat", make([]byte, 300))
	data := uint64(len(head) + 8)
	plain := moov(video(data).box())
	firstData := func(m []byte) uint64 { return uint64(len(head) + len(m) + 8) }
	faststart := moov(video(firstData(plain)).box())
	even := func(each uint32) []byte { // its three samples are all in the last chunk
		return moov(trakSpec{id: 1, handler: "vide", duration: 5000, offsets: []uint64{16}, perChunk: 3, each: each}.box())
	}
	never := timeBox("mvhd", 0, secs, 1000, 1<<32-1)

	for _, tt := range []struct {
		what     string
		clip     []byte
		want     string
		duration time.Duration
		created  time.Time
	}{
		{"moov last", cat(head, mdat, plain), "ok", 6 * time.Second, made},
		{"moov first", cat(head, faststart, mdat), "ok", 6 * time.Second, made},
		{"mvhd version 1", cat(head, mdat, bx("moov", timeBox("mvhd", 1, secs, 90000, 540000), video(data).box())), "ok", 6 * time.Second, made},
		{"64-bit size", cat(head, wideBx("mdat", 316), make([]byte, 300), moov(video(data+8).box())), "ok", 6 * time.Second, made},
		{"64-bit chunk offsets", cat(head, mdat, moov(trakSpec{id: 1, handler: "vide", duration: 5000, offsets: []uint64{data}, wide: true, perChunk: 3, sizes: []uint32{9, 9, 9}}.box())), "ok", 6 * time.Second, made},
		{"mdat to the end", cat(head, faststart, be32(0), []byte("mdat"), make([]byte, 300)), "ok", 6 * time.Second, made},
		{"duration of all ones", cat(head, mdat, bx("moov", never, video(data).box())), "ok", 5 * time.Second, made},
		{"no creation time", cat(head, mdat, bx("moov", timeBox("mvhd", 0, 0, 1000, 6000), video(data).box())), "ok", 6 * time.Second, time.Time{}},
		{"creation time since 1970", cat(head, mdat, bx("moov", timeBox("mvhd", 0, secs-macEpoch, 1000, 6000), video(data).box())), "ok", 6 * time.Second, made},
		{"creation time past the years", cat(head, mdat, bx("moov", timeBox("mvhd", 1, math.MaxUint64, 1000, 6000), video(data).box())), "ok", 6 * time.Second, time.Time{}},
		{"endless duration", cat(head, mdat, bx("moov", timeBox("mvhd", 1, secs, 1, math.MaxUint64), video(data).box())), "ok", 5 * time.Second, made},
		{"zeros behind", cat(head, mdat, plain, make([]byte, 70_000)), "ok", 6 * time.Second, made},
		{"other bytes behind", cat(head, mdat, plain, []byte("\x00\x01\x02\x03\x04\x05\x06\x07vendor")), "ok", 6 * time.Second, made},
		{"a free box behind", cat(head, mdat, plain, bx("free", make([]byte, 10))), "ok", 6 * time.Second, made},

		{"no moov", cat(head, mdat), "damaged no-moov", 0, time.Time{}},
		{"no moov, mdat open", cat(head, be32(0), []byte("mdat"), make([]byte, 300)), "damaged no-moov", 0, time.Time{}},
		{"no moov, zeros", cat(head, mdat, make([]byte, 5000)), "damaged no-moov", 0, time.Time{}},
		{"moov first, mdat cut", cat(head, faststart, mdat[:300]), "damaged truncated", 6 * time.Second, made},
		{"moov first, mdat missing", cat(head, faststart), "damaged truncated", 6 * time.Second, made},
		{"moov first, mdat never written", cat(head, faststart, make([]byte, 308)), "damaged truncated", 6 * time.Second, made},
		{"moov first, open mdat cut in its last sample", cat(head, faststart, be32(0), []byte("mdat"), make([]byte, 299)), "damaged truncated", 6 * time.Second, made},
		{"cut in a 64-bit header", cat(head, faststart, wideBx("mdat", 316)[:12]), "damaged truncated", 6 * time.Second, made},
		{"moov cut", cat(head, mdat, plain[:len(plain)-1]), "damaged truncated", 0, time.Time{}},
		{"chunks behind the end", cat(head, mdat, moov(video(1<<31).box())), "damaged truncated", 6 * time.Second, made},
		{"last chunk past the end", cat(head, mdat, even(2000)), "damaged truncated", 6 * time.Second, made},
		{"last chunk of fixed size", cat(head, mdat, even(100)), "ok", 6 * time.Second, made},
		{"samples of size one", cat(head, mdat, moov(trakSpec{id: 1, handler: "soun", offsets: []uint64{data}, perChunk: 9000, each: 1}.box())), "ok", 6 * time.Second, made},
		{"no samples", cat(head, mdat, moov(trakSpec{id: 1, handler: "vide"}.box())), "damaged empty", 6 * time.Second, made},

		{"moov of zeros", cat(head, mdat, bx("moov", make([]byte, 300))), "damaged bad-moov", 0, time.Time{}},
		{"moov without mvhd", cat(head, mdat, bx("moov", video(data).box())), "damaged bad-moov", 5 * time.Second, time.Time{}},
		{"moov without tracks", cat(head, mdat, moov()), "damaged bad-moov", 6 * time.Second, made},
		{"a box longer than moov", cat(head, mdat, bx("moov", be32(500), []byte("mvhd"))), "damaged bad-moov", 0, time.Time{}},
		{"a last box longer than moov", cat(head, mdat, moov(video(data).box(), be32(9), []byte("udta"))), "damaged bad-moov", 6 * time.Second, made},
		{"a box without size", cat(head, mdat, moov(video(data).box(), be32(0), []byte("udta"))), "damaged bad-moov", 6 * time.Second, made},
		{"four zeros in the end", cat(head, mdat, moov(video(data).box(), be32(0))), "ok", 6 * time.Second, made},
		{"a table longer than its box", cat(head, mdat, moov(bx("trak", bx("stsz", be32(0), be64(0)), bx("stco", be32(0), be32(2), be32(0))))), "damaged bad-moov", 6 * time.Second, made},
		{"nested boxes", cat(head, mdat, moov(nest("mdia", 1000))), "damaged bad-moov", 6 * time.Second, made},
		{"many tracks", cat(head, mdat, moov(bytes.Repeat(bx("trak"), 1000))), "damaged bad-moov", 6 * time.Second, made},
		{"compressed moov", cat(head, mdat, bx("moov", bx("cmov", make([]byte, 30)))), "unknown", 0, time.Time{}},
	} {
		t.Run(tt.what, func(t *testing.T) {
			info := probe(t, tt.clip, "A.MP4")
			if verdict(info) != tt.want || info.Duration != tt.duration || !info.Created.Equal(tt.created) {
				t.Errorf("%s, %v, %v (%s); want %s, %v, %v", verdict(info), info.Duration, info.Created, info.Detail,
					tt.want, tt.duration, tt.created)
			}
			if strings.HasSuffix(tt.what, "behind") && tt.want == "ok" && !strings.Contains(tt.what, "free") &&
				!strings.Contains(info.Detail, "follow the recording") {
				t.Errorf("detail %q does not say what follows", info.Detail)
			}
		})
	}
}

// nest makes boxes in one another.
func nest(kind string, depth int) []byte {
	b := bx(kind)
	for range depth {
		b = bx(kind, b)
	}
	return b
}

func TestMovieKinds(t *testing.T) {
	sound := trakSpec{id: 2, handler: "soun", duration: 5000, offsets: []uint64{40}, perChunk: 1, sizes: []uint32{10}}
	mdat := bx("mdat", make([]byte, 400))
	for _, tt := range []struct {
		what, name, format, kind string
		clip                     []byte
	}{
		{"sound only", "A.MP4", FormatMP4, KindAudio, cat(ftyp("isom"), mdat, moov(sound.box()))},
		{"sound and pictures", "A.m4a", FormatMP4, KindVideo, cat(ftyp("M4A "), mdat, moov(sound.box(), video(40).box()))},
		{"no moov, audio brand", "A.XYZ", FormatMP4, KindAudio, cat(ftyp("M4A "), mdat)},
		{"no moov, audio name", "A.m4a", FormatMP4, KindAudio, cat(ftyp("isom"), mdat)},
		{"no moov", "A.XYZ", FormatMP4, KindVideo, cat(ftyp("isom"), mdat)},
		{"3GP", "A.XYZ", FormatMP4, KindVideo, cat(ftyp("3gp5"), mdat)},
		{"QuickTime", "A.XYZ", FormatMOV, KindVideo, cat(ftyp("qt  "), mdat)},
		{"QuickTime without ftyp", "A.XYZ", FormatMOV, KindVideo, cat(bx("wide"), mdat, moov(video(40).box()))},
		{"QuickTime, moov first", "A.XYZ", FormatMOV, KindVideo, cat(moov(video(900).box()), mdat)},
		{"HEIC", "A.XYZ", FormatHEIC, KindPhoto, cat(ftyp("heic"), bx("meta", make([]byte, 40)), mdat)},
		{"AVIF", "A.XYZ", FormatAVIF, KindPhoto, cat(ftyp("avif"), mdat)},
		{"an unknown first box", "A.MOV", FormatMOV, KindVideo, cat(bx("PICT", make([]byte, 8)), mdat)},
		{"an unknown first box and name", "A.XYZ", "", "", cat(bx("PICT", make([]byte, 8)), mdat)},
		{"text that begins like a box", "A.TXT", "", "", []byte("The free lunch was not filmed.")},
	} {
		if info := probe(t, tt.clip, tt.name); info.Format != tt.format || info.Kind != tt.kind {
			t.Errorf("%s: %q %q, want %q %q", tt.what, info.Format, info.Kind, tt.format, tt.kind)
		}
	}
}

func TestBoxedPhotoCut(t *testing.T) {
	clip := cat(ftyp("heic"), bx("meta", make([]byte, 40)), bx("mdat", make([]byte, 400)))
	if got := verdict(probe(t, clip, "A.heic")); got != "unknown" {
		t.Errorf("whole: %s, want unknown: it was not looked into", got)
	}
	if got := verdict(probe(t, clip[:len(clip)-1], "A.heic")); got != "damaged truncated" {
		t.Errorf("cut: %s, want damaged truncated", got)
	}
}

// A clip of 12 GiB is looked at in a handful of reads, its moov behind it.
func TestHugeMovie(t *testing.T) {
	const size = 12 << 30
	head := ftyp("isom")
	start := int64(len(head))
	clip := func(declared uint64, tail []byte) sparse {
		return sparse{start + size + int64(len(tail)), map[int64][]byte{
			0: head, start: wideBx("mdat", declared), start + size: tail,
		}}
	}
	at := trakSpec{id: 1, handler: "vide", duration: 5000, offsets: []uint64{100, size - 1000}, wide: true, perChunk: 1, sizes: []uint32{10, 10}}
	for _, tt := range []struct {
		what string
		file sparse
		want string
	}{
		{"whole", clip(size, moov(at.box())), "ok"},
		{"mdat longer than the file", clip(size*2, moov(at.box())), "damaged no-moov"},
		{"mdat of all ones", clip(math.MaxUint64, nil), "damaged no-moov"},
	} {
		counted := &counting{r: tt.file}
		info, err := Probe(counted, tt.file.size, "A.MP4")
		if err != nil || verdict(info) != tt.want {
			t.Errorf("%s: %s (%s), %v, want %s", tt.what, verdict(info), info.Detail, err, tt.want)
		}
		if counted.reads > 20 {
			t.Errorf("%s: %d reads", tt.what, counted.reads)
		}
	}
}
