package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// made is when FFmpeg was told that the sample clips were made.
var made = time.Date(2026, 11, 20, 2, 0, 0, 0, time.UTC)

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "device", "simcam", "clips", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func probe(t *testing.T, b []byte, name string) Info {
	t.Helper()
	info, err := Probe(bytes.NewReader(b), int64(len(b)), name)
	if err != nil {
		t.Fatalf("Probe(%s): %v", name, err)
	}
	if (info.Status == Damaged) != (info.Reason != "") {
		t.Errorf("Probe(%s): status %q with reason %q", name, info.Status, info.Reason)
	}
	return info
}

// verdict is a status with its reason, to compare both at once.
func verdict(i Info) string {
	if i.Reason == "" {
		return string(i.Status)
	}
	return string(i.Status) + " " + i.Reason
}

func be16(n int) []byte    { return binary.BigEndian.AppendUint16(nil, uint16(n)) }
func be32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
func be64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
func le16(n int) []byte    { return binary.LittleEndian.AppendUint16(nil, uint16(n)) }
func le32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }
func le64(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }

func cat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// sparse is a huge file that is zeros but for a few pieces.
type sparse struct {
	size   int64
	pieces map[int64][]byte
}

func (s sparse) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	for at, piece := range s.pieces {
		from, to := max(at, off), min(at+int64(len(piece)), off+int64(len(p)))
		if from < to {
			copy(p[from-off:], piece[from-at:to-at])
		}
	}
	if n := s.size - off; n < int64(len(p)) {
		return int(n), io.EOF
	}
	return len(p), nil
}

func TestSamples(t *testing.T) {
	for _, tt := range []struct {
		name     string
		format   string
		kind     string
		created  time.Time
		duration time.Duration
		verdict  string
	}{
		{"h264.mp4", FormatMP4, KindVideo, made, 6 * time.Second, "ok"},
		{"h265.mp4", FormatMP4, KindVideo, made, 6 * time.Second, "ok"},
		{"fragmented.mp4", FormatMP4, KindVideo, made, 6 * time.Second, "ok"},
		{"h264.mov", FormatMOV, KindVideo, made, 6 * time.Second, "ok"},
		{"mjpeg.avi", FormatAVI, KindVideo, time.Time{}, 6 * time.Second, "ok"},
		{"h264.ts", FormatMPEGTS, KindVideo, time.Time{}, 6 * time.Second, "ok"},
		{"audio.wav", FormatWAV, KindAudio, time.Time{}, 4 * time.Second, "ok"},
		{"photo.jpg", FormatJPEG, KindPhoto, time.Time{}, 0, "ok"},
		{"truncated-no-moov.mp4", FormatMP4, KindVideo, time.Time{}, 0, "damaged no-moov"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// A foreign name hides nothing: content comes first.
			for _, name := range []string{tt.name, "A0001.XYZ", "A0001"} {
				info := probe(t, sample(t, tt.name), name)
				if info.Format != tt.format || info.Kind != tt.kind || verdict(info) != tt.verdict {
					t.Errorf("as %s: %s %s %s (%s), want %s %s %s", name, info.Format, info.Kind, verdict(info), info.Detail,
						tt.format, tt.kind, tt.verdict)
				}
				if !info.Created.Equal(tt.created) {
					t.Errorf("as %s: created %v, want %v", name, info.Created, tt.created)
				}
				if off := (info.Duration - tt.duration).Abs(); off > 100*time.Millisecond {
					t.Errorf("as %s: duration %v, want %v", name, info.Duration, tt.duration)
				}
				if tt.verdict == "ok" && info.Detail != "" {
					t.Errorf("as %s: detail %q of a whole file", name, info.Detail)
				}
			}
		})
	}
}

// Every clip that was cut anywhere is damaged, with the exceptions that their
// formats make: a transport stream has no end of its own, and what a fragmented
// file has behind its last fragment is only an index.
func TestCut(t *testing.T) {
	for _, tt := range []struct {
		name  string
		whole func(n int) bool
	}{
		{name: "h264.mp4"},
		{name: "h265.mp4"},
		{name: "h264.mov"},
		{name: "mjpeg.avi"},
		{name: "audio.wav"},
		{name: "photo.jpg"},
		{"fragmented.mp4", func(n int) bool { return n == 66160 }},
		{"h264.ts", func(n int) bool { return n%tsPacket == 0 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clip := sample(t, tt.name)
			for n := len(clip) - 1; n > 0; n = nextCut(n, len(clip)) {
				want := Damaged
				if tt.whole != nil && tt.whole(n) {
					want = OK
				}
				if info := probe(t, clip[:n], tt.name); info.Status != want {
					t.Fatalf("the first %d of %d bytes: %s (%s), want %s", n, len(clip), verdict(info), info.Detail, want)
				}
			}
		})
	}
}

// nextCut goes byte by byte through the ends, where headers are, and in steps
// of a prime number between them.
func nextCut(n, size int) int {
	if n < 2000 || n > size-2000 {
		return n - 1
	}
	return n - 211
}

func TestCutReasons(t *testing.T) {
	for _, tt := range []struct {
		name string
		part float64
		want string
	}{
		{"h264.mp4", 0.1, ReasonNoMoov},
		{"h264.mp4", 0.9, ReasonNoMoov},
		{"h264.mp4", 0.96, ReasonTruncated}, // in moov
		{"h264.mov", 0.5, ReasonNoMoov},
		{"fragmented.mp4", 0.001, ReasonTruncated},
		{"fragmented.mp4", 0.5, ReasonTruncated},
		{"mjpeg.avi", 0.5, ReasonTruncated},
		{"audio.wav", 0.0005, ReasonTruncated},
		{"audio.wav", 0.5, ReasonTruncated},
		{"photo.jpg", 0.5, ReasonTruncated},
		{"h264.ts", 0.5, ReasonTruncated},
		{"h264.mp4", 0.00005, ReasonNotMP4},
		{"mjpeg.avi", 0.00002, ReasonNotAVI},
		{"h264.ts", 0.001, ReasonNotMPEGTS},
	} {
		clip := sample(t, tt.name)
		info := probe(t, clip[:int(float64(len(clip))*tt.part)], tt.name)
		if info.Status != Damaged || info.Reason != tt.want {
			t.Errorf("%.3f%% of %s: %s (%s), want damaged %s", tt.part*100, tt.name, verdict(info), info.Detail, tt.want)
		}
	}
}

func TestEmpty(t *testing.T) {
	for name, want := range map[string]string{
		"A.MP4": "damaged empty", "A.wav": "damaged empty", "A.JPG": "damaged empty",
		"A.LOG": "unknown", "A.XYZ": "unknown", "A": "unknown",
	} {
		if got := verdict(probe(t, nil, name)); got != want {
			t.Errorf("empty %s: %s, want %s", name, got, want)
		}
	}
	if info, err := Probe(bytes.NewReader(nil), -1, "A.MP4"); err != nil || info.Reason != ReasonEmpty {
		t.Errorf("size -1: %+v, %v", info, err)
	}
}

func TestNamesThatLie(t *testing.T) {
	zeros := make([]byte, 100_000)
	text := []byte(strings.Repeat("the free lunch was not filmed. ", 100))
	for _, tt := range []struct {
		name   string
		b      []byte
		format string
		want   string
		detail string
	}{
		{"A.MP4", sample(t, "mjpeg.avi"), FormatAVI, "ok", "the name ends in .mp4, but the bytes are avi"},
		{"A.jpg", sample(t, "h264.mp4"), FormatMP4, "ok", "the name ends in .jpg, but the bytes are mp4"},
		{"A.MP4", sample(t, "h264.mov"), FormatMOV, "ok", ""}, // both are used for either
		{"A.LOG", sample(t, "h264.ts"), FormatMPEGTS, "ok", ""},
		{"A.MP4", zeros, "", "damaged not-mp4", "zeros"},
		{"A.mov", text, "", "damaged not-mp4", "nor any other format"},
		{"A.AVI", text, "", "damaged not-avi", ""},
		{"A.WAV", text, "", "damaged not-wav", ""},
		{"A.JPEG", zeros, "", "damaged not-jpeg", "zeros"},
		{"A.png", text, "", "damaged not-png", ""},
		{"A.ts", zeros, "", "damaged not-mpegts", "zeros"},
		{"A.LOG", text, "", "unknown", ""},
		{"A.XYZ", zeros, "", "unknown", ""},
		{"A.MKV", zeros, "", "unknown", ""}, // not looked into, so nothing is claimed
	} {
		info := probe(t, tt.b, tt.name)
		if info.Format != tt.format || verdict(info) != tt.want || !strings.Contains(info.Detail, tt.detail) {
			t.Errorf("%s: format %q, %s, %q; want %q, %s, %q", tt.name, info.Format, verdict(info), info.Detail,
				tt.format, tt.want, tt.detail)
		}
	}
}

func TestRecognisedOnly(t *testing.T) {
	for _, tt := range []struct{ name, head, format, kind string }{
		{"A.XYZ", "\x1a\x45\xdf\xa3\x01", FormatMKV, KindVideo},
		{"A.mka", "\x1a\x45\xdf\xa3\x01", FormatMKV, KindAudio},
		{"A.XYZ", "\x30\x26\xb2\x75\x8e\x66\xcf\x11", FormatASF, KindVideo},
		{"A.wma", "\x30\x26\xb2\x75\x8e\x66\xcf\x11", FormatASF, KindAudio},
		{"A.XYZ", "OggS\x00 vorbis", FormatOGG, KindAudio},
		{"A.XYZ", "OggS\x00 \x80theora", FormatOGG, KindVideo},
		{"A.XYZ", "ID3\x04", FormatMP3, KindAudio},
		{"A.mp3", "\xff\xfb\x90\x64", FormatMP3, KindAudio},
		{"A.XYZ", "\xff\xfb\x90\x64", "", ""}, // two bytes are too few to tell
		{"A.aac", "\xff\xf1\x50\x80", FormatAAC, KindAudio},
		{"A.XYZ", "#!AMR-WB\n", FormatAMR, KindAudio},
		{"A.XYZ", "DHAV\xfd", FormatDAV, KindVideo},
		{"A.XYZ", "\x00\x00\x00\x01\x67\x64", FormatH264, KindVideo},
		{"A.XYZ", "\x00\x00\x00\x01\x40\x01", FormatH265, KindVideo},
		{"A.XYZ", "\x00\x00\x01\xba", FormatMPEG, KindVideo},
		{"A.DNG", "II*\x00", FormatTIFF, KindPhoto},
		{"A.BMP", "BM", FormatBMP, KindPhoto},
		{"A.TXT", "BM", "", ""},
		{"A.XYZ", "RIFF\x10\x00\x00\x00WEBP", FormatWebP, KindPhoto},
		{"._A0001.MP4", "\x00\x05\x16\x07\x00\x02", FormatAppleDouble, ""},
	} {
		info := probe(t, []byte(tt.head), tt.name)
		if info.Format != tt.format || info.Kind != tt.kind || info.Status != Unknown {
			t.Errorf("%s %q: %q %q %s, want %q %q unknown", tt.name, tt.head, info.Format, info.Kind, verdict(info), tt.format, tt.kind)
		}
	}
}

// failing gives an error for every read behind its good bytes.
type failing struct {
	good []byte
	err  error
}

func (r failing) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > int64(len(r.good)) {
		return 0, r.err
	}
	return copy(p, r.good[off:]), nil
}

func TestReadError(t *testing.T) {
	pulled := errors.New("the camera is gone")
	clip := sample(t, "h264.mp4")
	for _, good := range []int{0, windowSize, len(clip) - 1} {
		info, err := Probe(failing{clip[:good], pulled}, int64(len(clip)), "A.MP4")
		if !errors.Is(err, pulled) || info.Status != Unknown || info.Reason != "" || !strings.Contains(info.Detail, "gone") {
			t.Errorf("error behind byte %d: %+v, %v", good, info, err)
		}
	}
	// A file that shrank since its size was asked is no damaged clip.
	info, err := Probe(bytes.NewReader(clip[:1000]), int64(len(clip)), "A.MP4")
	if !errors.Is(err, io.ErrUnexpectedEOF) || info.Status != Unknown {
		t.Errorf("shrunk file: %+v, %v", info, err)
	}
}

func TestLength(t *testing.T) {
	for _, tt := range []struct {
		ticks, perSecond uint64
		want             time.Duration
	}{
		{6000, 1000, 6 * time.Second},
		{1, 3, 333_333_333},
		{864_000 - 1, 1, maxDuration - time.Second},
		{864_000, 1, 0},
		{1 << 63, 1, 0},
		{1<<64 - 1, 1<<32 - 1, 0},
		{5, 0, 0},
	} {
		if got := length(tt.ticks, tt.perSecond); got != tt.want {
			t.Errorf("length(%d, %d) = %v, want %v", tt.ticks, tt.perSecond, got, tt.want)
		}
	}
}

func BenchmarkProbe(b *testing.B) {
	for _, name := range []string{"h264.mp4", "fragmented.mp4", "mjpeg.avi", "h264.ts", "audio.wav", "photo.jpg"} {
		b.Run(name, func(b *testing.B) {
			f, err := os.Open(filepath.Join("..", "..", "device", "simcam", "clips", name))
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			st, err := f.Stat()
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Probe(f, st.Size(), name); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
