package media

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"
)

// segment makes a JPEG segment.
func segment(marker byte, parts ...[]byte) []byte {
	body := cat(parts...)
	return cat([]byte{0xff, marker}, be16(2+len(body)), body)
}

// jpegClip makes a JPEG of one scan, of which pixels are all that follows its
// header.
func jpegClip(app1, pixels []byte) []byte {
	return cat([]byte{0xff, jpegSOI}, app1, segment(0xdb, make([]byte, 65)), segment(jpegSOS, make([]byte, 10)), pixels)
}

// exifSpec says what an EXIF block is to hold; an empty field is left out.
type exifSpec struct {
	original, digitized, dateTime string
	offset, subSec                string // of original
	thumbnail                     []byte
}

// exifBlock makes an APP1 segment.
func exifBlock(bigEndian bool, s exifSpec) []byte {
	order, head := binary.AppendByteOrder(binary.LittleEndian), "II*\x00"
	if bigEndian {
		order, head = binary.BigEndian, "MM\x00*"
	}
	var heap []byte
	const heapAt = 300
	entries := func(tags []uint16, texts []string) []byte {
		var b []byte
		n := 0
		for i, text := range texts {
			if text == "" {
				continue
			}
			n++
			b = order.AppendUint16(b, tags[i])
			b = order.AppendUint16(b, 2)
			b = order.AppendUint32(b, uint32(len(text)+1))
			if text += "\x00"; len(text) <= 4 {
				b = append(append(b, text...), make([]byte, 4-len(text))...)
				continue
			}
			b = order.AppendUint32(b, uint32(heapAt+len(heap)))
			heap = append(heap, text...)
		}
		return append(order.AppendUint16(nil, uint16(n)), b...)
	}
	const subIFD = 100
	first := entries([]uint16{tagDateTime}, []string{s.dateTime})
	first[0], first[1] = 0, 0
	n := uint16(1)
	if s.dateTime != "" {
		n = 2
	}
	copy(first, order.AppendUint16(nil, n))
	first = order.AppendUint16(first, tagExifIFD)
	first = order.AppendUint16(first, 4)
	first = order.AppendUint32(first, 1)
	first = order.AppendUint32(first, subIFD)
	sub := entries([]uint16{tagOriginal, tagDigitized, tagOffset + 1, tagSubSec + 1}, []string{s.original, s.digitized, s.offset, s.subSec})

	b := make([]byte, heapAt)
	copy(b, head)
	copy(b[4:], order.AppendUint32(nil, 8))
	copy(b[8:], first)
	copy(b[subIFD:], sub)
	return segment(jpegAPP1, []byte("Exif\x00\x00"), b, heap, s.thumbnail)
}

func TestJPEG(t *testing.T) {
	pixels := []byte(strings.Repeat("\xff\x00pixels", 2000))
	end := []byte{0xff, jpegEOI}
	thumbnail := exifBlock(true, exifSpec{thumbnail: cat([]byte{0xff, jpegSOI}, end)})
	for _, tt := range []struct {
		what string
		clip []byte
		want string
	}{
		{"plain", jpegClip(nil, cat(pixels, end)), "ok"},
		{"fill bytes", jpegClip([]byte{0xff, 0xff, 0xff}, cat(pixels, end)), "ok"},
		{"zeros behind", jpegClip(nil, cat(pixels, end, make([]byte, 200_000))), "ok"},
		{"a block behind", jpegClip(nil, cat(pixels, end, []byte("vendor"))), "ok"},

		{"cut", jpegClip(nil, pixels), "damaged truncated"},
		{"cut, with the end of a thumbnail", jpegClip(thumbnail, pixels[:100]), "damaged truncated"},
		{"cut and filled with zeros", jpegClip(nil, cat(pixels, make([]byte, 200_000))), "damaged truncated"},
		{"cut in the header", jpegClip(thumbnail, nil)[:200], "damaged truncated"},
		{"cut in a marker", cat([]byte{0xff, jpegSOI, 0xff, 0xdb, 0}), "damaged truncated"},
		{"no marker", jpegClip([]byte{0xff, 0xe0, 0, 4, 1, 2, 3, 4}, pixels), "damaged bad-header"},
		{"a segment of no size", jpegClip([]byte{0xff, 0xe0, 0, 0}, pixels), "damaged bad-header"},
	} {
		info := probe(t, tt.clip, "A.JPG")
		if info.Format != FormatJPEG || info.Kind != KindPhoto || verdict(info) != tt.want {
			t.Errorf("%s: %s %s (%s), want %s", tt.what, info.Format, verdict(info), info.Detail, tt.want)
		}
	}
}

func TestEXIF(t *testing.T) {
	const at, other = "2026:11:20 10:00:00", "2020:01:01 00:00:00"
	ten := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	east := 8 * time.Hour
	west := -(3*time.Hour + 30*time.Minute)
	for _, tt := range []struct {
		what string
		exif exifSpec
		want time.Time
		zone *time.Duration
	}{
		{"original first", exifSpec{original: at, digitized: other, dateTime: other}, ten, nil},
		{"digitized next", exifSpec{digitized: at, dateTime: other}, ten, nil},
		{"date last", exifSpec{dateTime: at}, ten, nil},
		{"offset east", exifSpec{original: at, offset: "+08:00"}, ten, &east},
		{"offset west", exifSpec{original: at, offset: "-03:30"}, ten, &west},
		{"offset not set", exifSpec{original: at, offset: "   :  "}, ten, nil},
		{"part of a second, inline", exifSpec{original: at, subSec: "25"}, ten.Add(250 * time.Millisecond), nil},
		{"part of a second", exifSpec{original: at, subSec: "123456"}, ten.Add(123456 * time.Microsecond), nil},
		{"part of a second, not set", exifSpec{original: at, subSec: "  "}, ten, nil},
		{"not set", exifSpec{original: "0000:00:00 00:00:00"}, time.Time{}, nil},
		{"spaces", exifSpec{original: "    :  :     :  :  ", dateTime: at}, ten, nil},
		{"nothing", exifSpec{}, time.Time{}, nil},
	} {
		for _, bigEndian := range []bool{true, false} {
			info := probe(t, jpegClip(exifBlock(bigEndian, tt.exif), []byte("\xff\xd9")), "A.JPG")
			if !info.Created.Equal(tt.want) {
				t.Errorf("%s (big-endian %v): %v, want %v", tt.what, bigEndian, info.Created, tt.want)
			}
			if (info.ZoneOffset == nil) != (tt.zone == nil) || tt.zone != nil && *info.ZoneOffset != *tt.zone {
				t.Errorf("%s (big-endian %v): zone %v, want %v", tt.what, bigEndian, info.ZoneOffset, tt.zone)
			}
		}
	}
}

// pngClip makes a PNG of no pixels.
func pngClip() []byte {
	part := func(kind string, body []byte) []byte {
		return cat(be32(uint32(len(body))), []byte(kind), body, make([]byte, 4))
	}
	return cat([]byte("\x89PNG\r\n\x1a\n"), part("IHDR", make([]byte, 13)), part("IDAT", make([]byte, 9000)), part("IEND", nil))
}

func TestPNG(t *testing.T) {
	clip := pngClip()
	for n := 8; n < len(clip); n++ {
		if got := verdict(probe(t, clip[:n], "A.png")); got != "damaged truncated" {
			t.Fatalf("the first %d of %d bytes: %s", n, len(clip), got)
		}
	}
	for what, b := range map[string][]byte{"whole": clip, "zeros behind": cat(clip, make([]byte, 99))} {
		if got := verdict(probe(t, b, "A.png")); got != "ok" {
			t.Errorf("%s: %s", what, got)
		}
	}
}
