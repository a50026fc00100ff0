package media

import (
	"bytes"
	"encoding/binary"
)

// Markers of JPEG (ITU T.81, table B.1), without their 0xFF.
const (
	jpegSOI  = 0xd8
	jpegEOI  = 0xd9
	jpegSOS  = 0xda
	jpegAPP1 = 0xe1
	jpegTEM  = 0x01
	jpegRST0 = 0xd0
	jpegRST7 = 0xd7
)

// maxPadding is how many zeros behind a picture are skipped to find its end.
const maxPadding = 16 * blockSize

// jpeg looks into a JPEG: its segments up to the first scan, and whether there
// is an end of image behind that. The thumbnail in EXIF has an end too, which
// says nothing of the picture, but it lies before the scan.
func (f *file) jpeg(info *Info) {
	scan, ok := f.jpegSegments(info)
	if !ok {
		return
	}
	end := f.lastByte(scan)
	from := max(scan, end-blockSize)
	tail := f.peek(from, int(end-from))
	eoi := bytes.LastIndex(tail, []byte{0xff, jpegEOI})
	if eoi < 0 {
		info.damage(ReasonTruncated, "the picture breaks off: its end is missing")
		return
	}
	f.trailer(info, from+int64(eoi)+2)
	info.passed()
}

// jpegSegments walks the segments up to the first scan and returns where that
// begins.
func (f *file) jpegSegments(info *Info) (scan int64, ok bool) {
	at := int64(2) // behind SOI
	for f.part() {
		marker, size := f.jpegSegment(at)
		switch {
		case at+size > f.size || size == 0 && at+4 > f.size:
			info.damage(ReasonTruncated, "the file ends before the picture begins")
			return 0, false
		case size == 0:
			info.damage(ReasonBadHeader, "the description of the picture breaks off at byte %d", at)
			return 0, false
		case marker == jpegAPP1:
			f.exif(info, at+4, int(size)-4)
		case marker == jpegSOS:
			return at + size, true
		}
		at += size
	}
	return 0, false
}

// jpegSegment reads the marker at off and how many bytes it has with what
// belongs to it, zero where there is none.
func (f *file) jpegSegment(off int64) (marker byte, size int64) {
	h := f.peek(off, 2)
	if h == nil || h[0] != 0xff {
		return 0, 0
	}
	switch marker = h[1]; {
	case marker == 0xff: // fill byte
		return marker, 1
	case marker == jpegSOI, marker == jpegTEM, marker >= jpegRST0 && marker <= jpegRST7: // stand alone
		return marker, 2
	case marker == jpegEOI:
		return marker, 0
	}
	if h = f.peek(off, 4); h == nil {
		return marker, 0
	}
	if size = int64(binary.BigEndian.Uint16(h[2:])); size < 2 {
		return marker, 0
	}
	return marker, 2 + size
}

// lastByte returns the offset behind the last byte that is not zero, but not
// one before from, nor more than maxPadding from the end.
func (f *file) lastByte(from int64) int64 {
	end := f.size
	for end > from && f.size-end < maxPadding {
		n := min(blockSize, end-from)
		b := f.peek(end-n, int(n))
		if b == nil {
			return end
		}
		if kept := len(bytes.TrimRight(b, "\x00")); kept > 0 {
			return end - n + int64(kept)
		}
		end -= n
	}
	return end
}
