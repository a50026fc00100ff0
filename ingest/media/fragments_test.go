package media

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// The flags of sample runs that the tests write.
const (
	runOffset   = trunDataOffset
	runDuration = trunDataOffset | trunDuration
	runAll      = trunDataOffset | trunDuration | trunSize | trunFlags | trunShift
)

// initial makes ftyp and a moov without samples, of one track whose samples
// last trex ticks of 1000 unless their fragment says otherwise.
func initial(trex uint32, more ...[]byte) []byte {
	return cat(ftyp("iso5"), bx("moov",
		timeBox("mvhd", 0, secs, 1000, 0),
		trakSpec{id: 7, handler: "vide"}.box(),
		bx("mvex", bx("trex", be32(0), be32(7), be32(1), be32(trex), be32(10), be32(0)), cat(more...))))
}

// fragment makes a moof box and an mdat box of 100 bytes.
func fragment(parts ...[]byte) []byte {
	return cat(bx("moof", bx("mfhd", be64(1)), bx("traf", parts...)), bx("mdat", make([]byte, 100)))
}

func tfhd(flags uint32, fields ...[]byte) []byte {
	return bx("tfhd", be32(flags), be32(7), cat(fields...))
}

func tfdt(ticks uint64) []byte { return bx("tfdt", be32(1<<24), be64(ticks)) }

func trun(flags, count uint32, fields ...[]byte) []byte {
	return bx("trun", be32(flags), be32(count), cat(fields...))
}

func TestFragments(t *testing.T) {
	entry := cat(be32(40), be32(10), be32(0), be32(0)) // duration, size, flags, shift
	plain := fragment(tfhd(0), trun(runOffset, 10, be32(0)))
	at := func(ticks uint64) []byte { return fragment(tfhd(0), tfdt(ticks), trun(runOffset, 10, be32(0))) }
	hybrid := func() []byte {
		return cat(ftyp("isom"), bx("moov", timeBox("mvhd", 0, secs, 1000, 5000),
			trakSpec{id: 7, handler: "vide", duration: 5000, offsets: []uint64{16}, perChunk: 1, sizes: []uint32{8}}.box(),
			bx("mvex", bx("trex", be32(0), be32(7), be32(1), be32(100), be32(10), be32(0)))))
	}
	for _, tt := range []struct {
		what     string
		clip     []byte
		want     string
		duration time.Duration
	}{
		{"durations by trex", cat(initial(100), plain, plain, plain), "ok", 3 * time.Second},
		{"durations by tfhd", cat(initial(1), fragment(tfhd(tfhdDuration, be32(200)), trun(runOffset, 10, be32(0)))), "ok", 2 * time.Second},
		{"every field of tfhd", cat(initial(1), fragment(tfhd(tfhdBaseOffset|tfhdDescription|tfhdDuration|tfhdSize,
			be64(0), be32(1), be32(300), be32(5)), trun(runOffset, 10, be32(0)))), "ok", 3 * time.Second},
		{"durations by trun", cat(initial(1), fragment(tfhd(0), trun(runDuration, 2, be32(0), be32(500), be32(700)))), "ok", 1200 * time.Millisecond},
		{"every field of trun", cat(initial(1), fragment(tfhd(0), trun(runAll|trunFirstFlags, 3, be32(0), be32(0), entry, entry, entry))), "ok", 120 * time.Millisecond},
		{"two runs", cat(initial(100), fragment(tfhd(0), trun(runOffset, 5, be32(0)), trun(0, 5))), "ok", time.Second},
		{"started late", cat(initial(100), at(7_000_000), at(7_001_000)), "ok", 2 * time.Second},
		{"tkhd version 1", cat(ftyp("iso5"), bx("moov", timeBox("mvhd", 0, secs, 1000, 0), trakSpec{id: 7, handler: "vide", version: 1}.box(),
			bx("mvex", bx("trex", be32(0), be32(7), be32(1), be32(100), be32(10), be32(0)))), plain), "ok", time.Second},
		{"with a gap", cat(initial(100), at(0), at(5000)), "ok", 6 * time.Second},
		{"samples in moov too", cat(hybrid(), plain), "ok", 6 * time.Second},
		{"only samples in moov", hybrid(), "ok", 5 * time.Second},
		{"length by mehd", cat(initial(0, bx("mehd", be32(0), be32(9000))), plain), "ok", 9 * time.Second},
		{"length by mehd version 1", cat(initial(0, bx("mehd", be32(1<<24), be64(9000))), plain), "ok", 9 * time.Second},
		{"no length", cat(initial(0), plain), "ok", 0},
		{"of an unknown track", cat(initial(100), fragment(bx("tfhd", be32(0), be32(8)), trun(runOffset, 10, be32(0)))), "ok", 0},
		{"index behind", cat(initial(100), plain, bx("mfra", bx("mfro", be64(0)))), "ok", time.Second},
		{"zeros behind", cat(initial(100), plain, make([]byte, 5000)), "ok", time.Second},

		{"cut before the first", initial(100), "damaged truncated", 0},
		{"cut in moof", cat(initial(100), plain, plain[:50]), "damaged truncated", time.Second},
		{"cut between moof and mdat", cat(initial(100), plain[:len(plain)-108]), "damaged truncated", time.Second},
		{"cut in mdat", cat(initial(100), plain[:len(plain)-1]), "damaged truncated", time.Second},
		{"cut in a header", cat(initial(100), plain, plain[:5]), "damaged truncated", time.Second},
		{"data behind the end", cat(initial(100), fragment(tfhd(0), trun(runOffset, 10, be32(1<<20)))), "damaged truncated", time.Second},
		{"no moov", plain, "damaged no-moov", 0},
		{"trun without its entries", cat(initial(1), fragment(tfhd(0), trun(runDuration, 1<<31, be32(0)))), "damaged bad-moof", 0},
		{"trun too short", cat(initial(1), fragment(tfhd(0), bx("trun", be32(0)))), "damaged bad-moof", 0},
		{"tfhd too short", cat(initial(1), fragment(tfhd(tfhdDuration))), "damaged bad-moof", 0},
		{"an endless length", cat(initial(1<<32-1), fragment(tfhd(0), trun(runOffset, 1<<32-1, be32(0)))), "damaged truncated", 0},
		{"a negative offset", cat(initial(100), fragment(tfhd(0), trun(runOffset, 10, be32(1<<31)))), "ok", time.Second},
	} {
		t.Run(tt.what, func(t *testing.T) {
			info := probe(t, tt.clip, "A.MP4")
			if verdict(info) != tt.want || info.Duration != tt.duration {
				t.Errorf("%s, %v (%s); want %s, %v", verdict(info), info.Duration, info.Detail, tt.want, tt.duration)
			}
		})
	}
}

// An hour in fragments of half a second is looked at whole; more parts than the
// budget allows are not, and then nothing is claimed.
func TestManyFragments(t *testing.T) {
	one := fragment(tfhd(0), trun(runOffset, 5, be32(0)))
	info := probe(t, cat(initial(100), bytes.Repeat(one, 7200)), "A.MP4")
	if info.Status != OK || info.Duration != time.Hour {
		t.Errorf("an hour: %s, %v (%s)", verdict(info), info.Duration, info.Detail)
	}
	info = probe(t, cat(initial(100), bytes.Repeat(bx("free"), maxBoxes)), "A.MP4")
	if info.Status != Unknown || info.Duration != 0 || !strings.Contains(info.Detail, "too many parts") {
		t.Errorf("boxes without end: %s, %v (%s)", verdict(info), info.Duration, info.Detail)
	}
}
