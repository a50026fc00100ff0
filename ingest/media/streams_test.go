package media

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The sample clips say what FFmpeg put into them.
func TestStreamsOfSamples(t *testing.T) {
	for name, want := range map[string]Streams{
		"h264.mp4":       {FormatMP4, KindVideo, "avc1", "mp4a"},
		"h265.mp4":       {FormatMP4, KindVideo, "hvc1", "mp4a"},
		"fragmented.mp4": {FormatMP4, KindVideo, "avc1", ""},
		"h264.mov":       {FormatMOV, KindVideo, "avc1", ""},
		"mjpeg.avi":      {FormatAVI, KindVideo, "", ""},
		"h264.ts":        {FormatMPEGTS, KindVideo, "", ""},
		"audio.wav":      {FormatWAV, KindAudio, "", "pcm"},
		"photo.jpg":      {FormatJPEG, KindPhoto, "", ""},

		"truncated-no-moov.mp4": {FormatMP4, KindVideo, "", ""},
	} {
		b, err := os.ReadFile(filepath.Join("..", "..", "device", "simcam", "clips", name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := LookAtStreams(bytes.NewReader(b), int64(len(b)), name)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
}

func TestStreamsMade(t *testing.T) {
	stsd := func(name string) []byte { return bx("stsd", be32(0), be32(1), bx(name, make([]byte, 70))) }
	track := func(handler string, stsd []byte) []byte {
		return bx("trak", bx("mdia", bx("hdlr", be64(0), []byte(handler), make([]byte, 13)), bx("minf", bx("stbl", stsd))))
	}
	wave := func(format, extension int) []byte {
		body := cat([]byte("fmt "), le32(26), le16(format), make([]byte, 22), le16(extension))
		return cat([]byte("RIFF"), le32(uint32(4+len(body)+8)), []byte("WAVE"), body, []byte("data"), le32(0))
	}
	for _, test := range []struct {
		name         string
		data         []byte
		video, audio string
	}{
		{"two pictures.mp4", cat(ftyp("isom"), bx("moov", track("vide", stsd("hev1")), track("soun", stsd("samr")), track("vide", stsd("jpeg")))), "hev1", "samr"},
		{"none.mp4", cat(ftyp("isom"), bx("moov", track("vide", bx("stsd", be32(0), be32(0))))), "", ""},
		{"short.mp4", cat(ftyp("isom"), bx("moov", track("vide", bx("stsd", be32(0))))), "", ""},
		{"unprintable.mp4", cat(ftyp("isom"), bx("moov", track("vide", stsd("\x00\x01\x02\x03")))), "", ""},
		{"far.mp4", cat(ftyp("isom"), bx("mdat", make([]byte, 9000)), bx("moov", track("vide", stsd("avc1")))), "avc1", ""},
		{"adpcm.wav", wave(0x11, 0), "", "0x11"},
		{"extensible.wav", wave(waveExtensible, 7), "", "mulaw"},
		{"empty.mp4", nil, "", ""},
	} {
		got, err := LookAtStreams(bytes.NewReader(test.data), int64(len(test.data)), test.name)
		if err != nil || got.Video != test.video || got.Audio != test.audio {
			t.Errorf("%s: %+v, %v; want %s, %s", test.name, got, err, test.video, test.audio)
		}
	}
}

// FuzzLookAtStreams holds any bytes to the budget, and what it says to what can
// be shown.
func FuzzLookAtStreams(f *testing.F) {
	for name, b := range seeds() {
		f.Add(b, uint32(0), name)
	}
	for _, name := range []string{"h264.mp4", "fragmented.mp4", "audio.wav"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "device", "simcam", "clips", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:min(len(b), 2000)], uint32(0), name)
		f.Add(b[max(0, len(b)-5000):], uint32(1<<31), name)
	}
	f.Fuzz(func(t *testing.T, b []byte, more uint32, name string) {
		size := int64(len(b)) + int64(more)
		r := &counting{r: sparse{size, map[int64][]byte{0: b}}}
		s, err := LookAtStreams(r, size, name)
		if err != nil {
			t.Errorf("error %v of a reader that gave none", err)
		}
		if r.reads > streamReads || r.bytes > streamBytes {
			t.Errorf("%d reads, %d bytes", r.reads, r.bytes)
		}
		for _, codec := range []string{s.Video, s.Audio} {
			if len(codec) > 6 || !printable(codec) {
				t.Errorf("codec %q", codec)
			}
		}
	})
}
