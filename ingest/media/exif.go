package media

import (
	"encoding/binary"
	"strings"
	"time"
)

// Tags of EXIF (CIPA DC-008) that say when a picture was taken.
const (
	tagDateTime    = 0x0132
	tagExifIFD     = 0x8769
	tagOriginal    = 0x9003
	tagDigitized   = 0x9004
	tagOffset      = 0x9010 // of tagDateTime; those of the other two follow
	tagSubSec      = 0x9290 // likewise
	maxExifEntries = 512
)

// tiff is the structure in which EXIF keeps its entries.
type tiff struct {
	b     []byte
	order binary.ByteOrder
}

// exif reads the time of an EXIF segment of n bytes at off, which is local time.
func (f *file) exif(info *Info, off int64, n int) {
	b := f.peek(off, n)
	if len(b) < 14 || string(b[:6]) != "Exif\x00\x00" || !info.Created.IsZero() {
		return
	}
	t := tiff{b: b[6:], order: binary.LittleEndian}
	if string(t.b[:2]) == "MM" {
		t.order = binary.BigEndian
	}
	first := t.order.Uint32(t.b[4:])
	at, _ := t.entry(first, tagExifIFD)
	exif := t.number(at)
	for _, of := range []struct {
		ifd uint32
		tag uint16
		nth uint16 // of the three times, in the order of their offsets
	}{{exif, tagOriginal, 1}, {exif, tagDigitized, 2}, {first, tagDateTime, 0}} {
		created, err := time.Parse("2006:01:02 15:04:05", t.text(of.ifd, of.tag))
		if err != nil {
			continue // often spaces or zeros: not set
		}
		info.Created = created.Add(t.fraction(exif, tagSubSec+of.nth))
		if zone, err := time.Parse("-07:00", t.text(exif, tagOffset+of.nth)); err == nil {
			_, seconds := zone.Zone()
			offset := time.Duration(seconds) * time.Second
			info.ZoneOffset = &offset
		}
		return
	}
}

// fraction reads the digits behind the decimal point of a second.
func (t tiff) fraction(ifd uint32, tag uint16) time.Duration {
	digits := t.text(ifd, tag)
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0
	}
	d, err := time.ParseDuration("0." + digits + "s")
	if err != nil {
		return 0
	}
	return d
}

// entry returns where the value of the entry with that tag stands, or the
// offset to it if it is longer than four bytes, and how many parts it has.
func (t tiff) entry(ifd uint32, tag uint16) (at int, count uint32) {
	if ifd == 0 || int64(ifd)+2 > int64(len(t.b)) {
		return 0, 0
	}
	entries := min(int(t.order.Uint16(t.b[ifd:])), maxExifEntries)
	for i := range entries {
		e := int(ifd) + 2 + 12*i
		if e+12 > len(t.b) {
			return 0, 0
		}
		if t.order.Uint16(t.b[e:]) == tag {
			return e + 8, t.order.Uint32(t.b[e+4:])
		}
	}
	return 0, 0
}

// number reads the 32-bit number at at, zero for none.
func (t tiff) number(at int) uint32 {
	if at == 0 {
		return 0
	}
	return t.order.Uint32(t.b[at:])
}

// text reads an entry of ASCII, empty if there is none.
func (t tiff) text(ifd uint32, tag uint16) string {
	at, count := t.entry(ifd, tag)
	if at == 0 || count > 64 {
		return ""
	}
	from := int64(at)
	if count > 4 {
		from = int64(t.number(at))
	}
	if from+int64(count) > int64(len(t.b)) {
		return ""
	}
	return strings.Trim(string(t.b[from:from+int64(count)]), "\x00 ")
}
