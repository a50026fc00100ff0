package media

import (
	"math"
	"testing"
	"time"
)

// ck makes a chunk, with its padding.
func ck(id string, parts ...[]byte) []byte {
	body := cat(parts...)
	b := cat([]byte(id), le32(uint32(len(body))), body)
	return append(b, make([]byte, len(body)%2)...)
}

func list(form string, parts ...[]byte) []byte { return ck("LIST", []byte(form), cat(parts...)) }

// aviClip is an AVI of ten frames a second; by avih alone they are shorter.
type aviClip struct {
	frames   int
	sound    uint32 // units of a second, in a stream beside the pictures
	noRate   bool   // strh gives none
	idit     string
	noIndex  bool
	noFlag   bool   // avih promises no index
	openDML  bool   // a second RIFF chunk, whose frames avih does not count
	indexEnd uint64 // where the super index says that the second part ends; 0: where it does
	behind   []byte
}

func (a aviClip) file() []byte {
	var strl, odml, idit, second []byte
	rate := 10
	if a.noRate {
		rate = 0
	}
	// The parts before the super index have fixed lengths, so that the file can
	// be made twice: the first time to learn where it ends.
	if a.openDML {
		length := 2 * a.frames
		second = ck("RIFF", []byte("AVIX"), list("movi", make([]byte, 200)))
		odml = list("odml", ck("dmlh", le32(uint32(length))))
		strl = ck("indx", le16(4), []byte{0, 0}, le32(1), []byte("00dc"), make([]byte, 12), le64(a.indexEnd), le32(0), le32(0))
	}
	if a.idit != "" {
		idit = ck("IDIT", []byte(a.idit))
	}
	var sound, index []byte
	if a.sound > 0 {
		sound = list("strl", ck("strh", []byte("auds"), make([]byte, 16), le32(1), le32(1), le32(0), le32(a.sound), make([]byte, 20)))
	}
	if !a.noIndex {
		index = ck("idx1", make([]byte, 16))
	}
	strh := ck("strh", []byte("vids"), make([]byte, 16), le32(1), le32(uint32(rate)), le32(0), le32(uint32(a.frames)), make([]byte, 20))
	flags := uint32(aviHasIndex)
	if a.noFlag {
		flags = 0x100 // interleaved
	}
	avih := ck("avih", le32(99_000), make([]byte, 8), le32(flags), le32(uint32(a.frames)), make([]byte, 36))
	first := ck("RIFF", []byte("AVI "), list("hdrl", avih, list("strl", strh, strl), sound, odml, idit),
		list("movi", make([]byte, 301)), index)
	b := cat(first, second, a.behind)
	if a.openDML && a.indexEnd == 0 {
		a.indexEnd = uint64(len(first) + len(second))
		return a.file()
	}
	return b
}

// put overwrites part of b.
func put(b []byte, at int, with []byte) []byte {
	return cat(b[:at], with, b[at+len(with):])
}

func TestAVI(t *testing.T) {
	clip := aviClip{frames: 60}.file()
	wide := aviClip{frames: 60, openDML: true}
	both := wide.file()
	firstEnd := len(both) - 8 - 4 - 8 - 4 - 200
	never := len(clip) - 8 - 16 - 302 - 4 - 4 // the size of movi
	for _, tt := range []struct {
		what     string
		clip     []byte
		want     string
		duration time.Duration
	}{
		{"plain", clip, "ok", 6 * time.Second},
		{"longer sound", aviClip{frames: 60, sound: 7}.file(), "ok", 6 * time.Second},
		{"rate by avih", aviClip{frames: 60, noRate: true}.file(), "ok", 5940 * time.Millisecond},
		{"sound alone", aviClip{noRate: true, sound: 7}.file(), "ok", 7 * time.Second},
		{"OpenDML", both, "ok", 12 * time.Second},
		{"index by indx", aviClip{frames: 60, noIndex: true, openDML: true}.file(), "ok", 12 * time.Second},
		{"no index and none promised", aviClip{frames: 60, noIndex: true, noFlag: true}.file(), "ok", 6 * time.Second},
		{"zeros behind", aviClip{frames: 60, behind: make([]byte, 5000)}.file(), "ok", 6 * time.Second},

		{"RIFF of size 0", put(clip, 4, le32(0)), "damaged truncated", 6 * time.Second},
		{"RIFF of all ones", put(clip, 4, le32(math.MaxUint32)), "damaged truncated", 6 * time.Second},
		{"movi of size 0", put(clip, never, le32(0)), "damaged truncated", 6 * time.Second},
		{"movi longer than RIFF", put(clip, never, le32(9000)), "damaged truncated", 6 * time.Second},
		{"cut", clip[:len(clip)-1], "damaged truncated", 6 * time.Second},
		{"cut in AVIX", both[:len(both)-1], "damaged truncated", 12 * time.Second},
		{"cut before AVIX", both[:firstEnd], "damaged truncated", 12 * time.Second},
		{"no index", aviClip{frames: 60, noIndex: true}.file(), "damaged no-index", 6 * time.Second},
		{"no header", ck("RIFF", []byte("AVI "), list("movi", make([]byte, 40))), "damaged bad-header", 0},
		{"no movi", ck("RIFF", []byte("AVI "), list("hdrl")), "damaged truncated", 0},
	} {
		info := probe(t, tt.clip, "A.AVI")
		if info.Format != FormatAVI || info.Kind != KindVideo || verdict(info) != tt.want || info.Duration != tt.duration {
			t.Errorf("%s: %s, %v (%s); want %s, %v", tt.what, verdict(info), info.Duration, info.Detail, tt.want, tt.duration)
		}
	}
}

// Beyond 4 GiB an AVI is RIFF chunks of a gigabyte each.
func TestHugeAVI(t *testing.T) {
	const part = 1 << 30
	first := aviClip{frames: 60, noIndex: true, openDML: true, indexEnd: 1}.file()
	first = first[:len(first)-8-4-8-4-200]
	f := sparse{int64(len(first)) + 5*(part+8), map[int64][]byte{0: first}}
	for n := range int64(5) {
		f.pieces[int64(len(first))+n*(part+8)] = cat([]byte("RIFF"), le32(part), []byte("AVIXLIST"), le32(part-12), []byte("movi"))
	}
	for missing, want := range map[int64]string{0: "ok", 1: "damaged truncated"} {
		info, err := Probe(f, f.size-missing, "A.AVI")
		if err != nil || verdict(info) != want {
			t.Errorf("%d bytes missing: %s (%s), %v, want %s", missing, verdict(info), info.Detail, err, want)
		}
	}
}

func TestAVICreated(t *testing.T) {
	for text, want := range map[string]time.Time{
		"Fri Nov 20 02:00:00 2026\n\x00": made,
		"FRI NOV 20 02:00:00 2026":       made,
		"2026-11-20 02:00:00":            made,
		"2026:11:20 02:00:00":            made,
		"2026/11/20/ 02:00":              made,
		"yesterday":                      {},
		"0000:00:00 00:00:00":            {},
	} {
		if got := probe(t, aviClip{frames: 1, idit: text}.file(), "A.AVI").Created; !got.Equal(want) {
			t.Errorf("IDIT %q: %v, want %v", text, got, want)
		}
	}
}

// wavClip makes a WAV of that many bytes of sound.
func wavClip(bytesPerSecond, sound int, more ...[]byte) []byte {
	return ck("RIFF", []byte("WAVE"), cat(more...),
		ck("fmt ", le16(1), le16(1), le32(8000), le32(uint32(bytesPerSecond)), le16(2), le16(16)),
		ck("data", make([]byte, sound)))
}

func bext(date, clock string) []byte {
	return ck("bext", make([]byte, bextDate), []byte(date), []byte(clock), make([]byte, 264))
}

// rf64 makes an RF64 file that says it has sound bytes of sound.
func rf64(sound uint64, there int) []byte {
	b := cat([]byte("RF64"), le32(math.MaxUint32), []byte("WAVE"),
		ck("ds64", le64(sound+72), le64(sound), make([]byte, 12)),
		ck("fmt ", le16(1), le16(1), le32(8000), le32(8000), le16(1), le16(8)),
		[]byte("data"), le32(math.MaxUint32))
	return cat(b, make([]byte, there))
}

func TestWAV(t *testing.T) {
	clip := wavClip(8000, 32_000)
	dataSize := len(clip) - 32_000 - 4
	for _, tt := range []struct {
		what     string
		clip     []byte
		want     string
		duration time.Duration
	}{
		{"plain", clip, "ok", 4 * time.Second},
		{"odd", wavClip(8000, 31_999), "ok", 3999875 * time.Microsecond},
		{"zeros behind", cat(clip, make([]byte, 500)), "ok", 4 * time.Second},
		{"a list behind", put(cat(clip, list("INFO")), 4, le32(uint32(len(clip)+4))), "ok", 4 * time.Second},
		{"RF64", rf64(32_000, 32_000), "ok", 4 * time.Second},
		{"no rate", wavClip(0, 32_000), "ok", 0},

		{"cut", clip[:len(clip)-1], "damaged truncated", 4 * time.Second},
		{"cut before data", clip[:dataSize-4], "damaged truncated", 0},
		{"never closed", put(put(clip, 4, le32(0)), dataSize, le32(0)), "damaged truncated", 4 * time.Second},
		{"RIFF of size 0", put(clip, 4, le32(0)), "damaged truncated", 4 * time.Second},
		{"data of size 0", put(put(clip, 4, le32(36)), dataSize, le32(0)), "damaged truncated", 4 * time.Second},
		{"data of all ones", put(clip, dataSize, le32(math.MaxUint32)), "damaged truncated", 4 * time.Second},
		{"RIFF longer than the file", put(clip, 4, le32(40_000)), "damaged truncated", 4 * time.Second},
		{"RF64 cut", rf64(32_000, 31_999), "damaged truncated", 4 * time.Second},
		{"RF64 of more than there is", rf64(math.MaxUint64-100, 100), "damaged truncated", 0},
		{"no sound", wavClip(8000, 0), "damaged empty", 0},
		{"no fmt", ck("RIFF", []byte("WAVE"), ck("data", make([]byte, 40))), "damaged bad-header", 0},
	} {
		info := probe(t, tt.clip, "A.WAV")
		if info.Format != FormatWAV || info.Kind != KindAudio || verdict(info) != tt.want || info.Duration != tt.duration {
			t.Errorf("%s: %s, %v (%s); want %s, %v", tt.what, verdict(info), info.Duration, info.Detail, tt.want, tt.duration)
		}
	}
}

func TestWAVCreated(t *testing.T) {
	for _, tt := range []struct {
		date, clock string
		want        time.Time
	}{
		{"2026-11-20", "02:00:00", made},
		{"2026:11:20", "02:00:00", made},
		{"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "\x00\x00\x00\x00\x00\x00\x00\x00", time.Time{}},
	} {
		if got := probe(t, wavClip(8000, 100, bext(tt.date, tt.clock)), "A.WAV").Created; !got.Equal(tt.want) {
			t.Errorf("%q %q: %v, want %v", tt.date, tt.clock, got, tt.want)
		}
	}
}
