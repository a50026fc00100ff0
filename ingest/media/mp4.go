package media

import (
	"encoding/binary"
	"math"
	"strings"
)

// box is one box of ISO/IEC 14496-12, or one atom of QuickTime.
type box struct {
	kind       string
	start      int64
	body, end  int64 // end may lie behind the end of the parent or of the file
	toFilesEnd bool  // it gives no size: it goes on to the end of the file
}

// box reads the header of the box at off in a parent that ends at limit. It
// fails when fewer bytes than a header are left or the size is impossible.
func (f *file) box(off, limit int64) (box, bool) {
	if limit-off < 8 || !f.part() {
		return box{}, false
	}
	h := f.peek(off, 8)
	if h == nil {
		return box{}, false
	}
	b := box{kind: string(h[4:8]), start: off, body: off + 8}
	size := uint64(binary.BigEndian.Uint32(h))
	switch {
	case size == 0:
		b.end, b.toFilesEnd = limit, true
		return b, true
	case size == 1:
		if h = f.peek(off, 16); h == nil {
			// The header itself is cut: what it declares is behind the end.
			b.body, b.end = limit, math.MaxInt64
			return b, f.err == nil
		}
		size, b.body = binary.BigEndian.Uint64(h[8:]), off+16
	}
	b.end = behind(off, size)
	return b, b.end >= b.body
}

// head returns the first n bytes of the box's body, nil if it has fewer.
func (f *file) head(b box, n int) []byte {
	if b.end-b.body < int64(n) {
		return nil
	}
	return f.peek(b.body, n)
}

// recogniseBoxes knows MP4, MOV and their relatives by their first box.
func (f *file) recogniseBoxes(info *Info, head, promised string) bool {
	if len(head) < 8 {
		return false
	}
	switch kind := head[4:8]; kind {
	case "ftyp":
		brand := ""
		if len(head) >= 12 {
			brand = head[8:12]
		}
		info.Format, info.Kind = brandFormat(brand)
		return true
	case "styp", "moof", "sidx":
		info.Format = FormatMP4
	case "moov", "mdat", "wide", "free", "skip", "pnot", "uuid": // QuickTime needs no ftyp
		info.Format = FormatMOV
	default:
		if promised != FormatMP4 || !printable(kind) {
			return false
		}
		info.Format = FormatMOV
	}
	// Without ftyp the size has to speak for it, too: text may read "The free
	// lunch". Of a file that was cut, the box that goes on is a large one.
	b, ok := f.box(0, f.size)
	if !ok || b.end > f.size && b.kind != "mdat" && b.kind != "moov" {
		info.Format = ""
		return false
	}
	info.Kind = KindVideo
	return true
}

// brandFormat reads the major brand of an ftyp box.
func brandFormat(brand string) (format, kind string) {
	switch brand {
	case "qt  ":
		return FormatMOV, KindVideo
	case "M4A ", "M4B ", "M4P ":
		return FormatMP4, KindAudio
	case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1":
		return FormatHEIC, KindPhoto
	case "avif", "avis":
		return FormatAVIF, KindPhoto
	case "crx ":
		return FormatCR3, KindPhoto
	}
	return FormatMP4, KindVideo
}

// printable tells a box's name from bytes that are no box.
func printable(kind string) bool {
	return !strings.ContainsFunc(kind, func(r rune) bool { return r < ' ' || r > '~' })
}

// boxedFile is the walk along the outermost boxes.
type boxedFile struct {
	f     *file
	movie *movie // the first moov, nil until there was one

	fragments int  // moof boxes
	open      bool // the last moof has no mdat yet

	cut  *box  // the box that ends behind the end of the file
	rest int64 // where the last whole box ended
	err  error // of a box that could not be read
}

// mp4 looks into an MP4 or MOV file.
func (f *file) mp4(info *Info) {
	w := boxedFile{f: f}
	w.walk()
	if w.movie != nil {
		w.movie.describe(info)
	}
	w.judge(info)
}

// boxedPhoto looks into HEIC and its relatives: whether they were cut. Where in
// its boxes the picture lies is not followed up, so it is never called ok.
func (f *file) boxedPhoto(info *Info) {
	w := boxedFile{f: f}
	w.walk()
	if w.cut != nil {
		w.sayCut(info)
	}
}

func (w *boxedFile) walk() {
	for w.rest < w.f.size && w.err == nil {
		b, ok := w.f.box(w.rest, w.f.size)
		if !ok || !printable(b.kind) {
			return // what is there is no box
		}
		if b.end > w.f.size {
			w.cut = &b
			return
		}
		w.visit(b)
		w.rest = b.end
	}
}

func (w *boxedFile) visit(b box) {
	switch b.kind {
	case "moov":
		if w.movie == nil {
			w.movie = &movie{}
			w.err = w.movie.read(w.f, b)
		}
	case "moof":
		w.fragments++
		w.open = true
		if w.movie != nil {
			w.err = w.movie.fragment(w.f, b)
		}
	case "mdat":
		w.open = false
	}
}

// judge says whether the boxes make a whole recording.
func (w *boxedFile) judge(info *Info) {
	m, left := w.movie, w.f.size-w.rest
	switch {
	case w.err != nil && w.fragments > 0:
		info.damage(ReasonBadMoof, "fragment %d cannot be read: %v", w.fragments, w.err)
	case w.err != nil:
		info.damage(ReasonBadMoov, "the description of the recording (moov) cannot be read: %v", w.err)
	case w.cut != nil && w.cut.kind == "moov":
		w.sayCut(info)
	case m == nil:
		info.damage(ReasonNoMoov, "the recording was never closed: its description (moov) is missing")
	case w.cut != nil:
		w.sayCut(info)
	case w.open:
		info.damage(ReasonTruncated, "the last fragment has a header and no data")
	case m.fragmented && w.fragments == 0 && !m.hasSamples():
		info.damage(ReasonTruncated, "the file ends before the first fragment")
	case m.fragmented && left > 0 && left < 8: // padding is larger
		info.damage(ReasonTruncated, "the file ends in the header of a fragment")
	case m.dataEnd > w.rest:
		// Also where mdat was allocated and never written.
		info.damage(ReasonTruncated, "the boxes of the file end %d bytes before the recording does", m.dataEnd-w.rest)
	case m.compressed:
		info.remark("the description of the recording is compressed and was not read")
		return
	case !m.fragmented && !m.hasSamples():
		info.damage(ReasonEmpty, "the container holds no recording")
	default:
		w.f.trailer(info, w.rest)
		info.passed()
	}
}

func (w *boxedFile) sayCut(info *Info) {
	if w.cut.end == math.MaxInt64 {
		info.damage(ReasonTruncated, "the file ends in the header of a box (%s)", w.cut.kind)
		return
	}
	info.damage(ReasonTruncated, "the file ends %d bytes before its last box (%s) does", w.cut.end-w.f.size, w.cut.kind)
}
