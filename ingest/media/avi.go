package media

import (
	"encoding/binary"
	"strings"
	"time"
)

// aviHasIndex is the flag of avih that promises an idx1 chunk.
const aviHasIndex = 0x10

// maxSuperIndex is how many entries of an OpenDML super index are looked at.
const maxSuperIndex = 1024

// aviFile is what was found on the way through an AVI file.
type aviFile struct {
	f    *file
	info *Info

	header            bool // hdrl was there
	movie             bool // movi was there
	promised, indexed bool // an index
	frameMicros       uint32
	frames            uint32 // of the first RIFF by avih, or of all by dmlh
	streams           []aviStream
}

// aviStream is a strh chunk: length units of scale/rate seconds.
type aviStream struct {
	video               bool
	scale, rate, length uint32
}

// avi looks into an AVI file. From 1 GiB on it is several RIFF chunks, of which
// all but the first are of the form AVIX (OpenDML AVI File Format Extensions).
func (f *file) avi(info *Info) {
	a := aviFile{f: f, info: info}
	end := int64(0)
	for end < f.size {
		c, ok := f.chunk(end, f.size)
		if !ok || c.id != "RIFF" {
			break
		}
		switch {
		case c.open():
			info.damage(ReasonTruncated, "the recording was never closed: it gives no size")
		case c.end > f.size:
			info.damage(ReasonTruncated, "the file ends %d bytes before the recording does", c.end-f.size)
		}
		limit := min(c.end, f.size)
		if c.open() {
			limit = f.size
		}
		f.chunks(c.body+4, limit, func(part chunk) bool { return a.visit(part, limit) })
		end = c.next
		if info.Status == Damaged {
			break
		}
	}
	info.Duration = a.length()
	switch {
	case !a.header:
		info.damage(ReasonBadHeader, "the description of the recording (hdrl) is missing")
	case !a.movie:
		info.damage(ReasonTruncated, "the recording itself (movi) is missing")
	case a.promised && !a.indexed:
		info.damage(ReasonNoIndex, "the recording was never closed: its index is missing")
	case info.Status != Damaged:
		f.trailer(info, end)
		info.passed()
	}
}

// visit reads a chunk of a RIFF chunk that ends at limit. It ends the walk
// where sizes do not add up, lest every frame behind be taken for a chunk.
func (a *aviFile) visit(c chunk, limit int64) bool {
	if c.end > limit {
		a.info.damage(ReasonTruncated, "the chunk %q goes on for %d bytes behind the end", c.id, c.end-limit)
		limit = a.f.size
	}
	switch c.id {
	case "LIST":
		switch a.f.form(c) {
		case "hdrl":
			a.header = true
			a.describe(c, limit)
		case "movi":
			a.movie = true
		case "":
			a.info.damage(ReasonTruncated, "the recording was never closed: a list in it gives no size")
		}
	case "idx1":
		a.indexed = true
	case "IDIT":
		a.created(c)
	}
	return a.info.Status != Damaged
}

// describe reads the chunks of hdrl and of the lists in it.
func (a *aviFile) describe(list chunk, limit int64) {
	limit = min(list.end, limit)
	a.f.chunks(list.body+4, limit, func(c chunk) bool {
		switch c.id {
		case "avih":
			if h := a.f.chunkHead(c, 20); h != nil {
				a.frameMicros = binary.LittleEndian.Uint32(h)
				a.promised = binary.LittleEndian.Uint32(h[12:])&aviHasIndex != 0
				a.frames = binary.LittleEndian.Uint32(h[16:])
			}
		case "IDIT":
			a.created(c)
		case "LIST":
			if form := a.f.form(c); form == "strl" || form == "odml" {
				a.f.chunks(c.body+4, min(c.end, limit), a.stream)
			}
		}
		return true
	})
}

// stream reads a chunk of strl or odml.
func (a *aviFile) stream(c chunk) bool {
	switch c.id {
	case "strh":
		if h := a.f.chunkHead(c, 36); h != nil && len(a.streams) < maxTracks {
			a.streams = append(a.streams, aviStream{
				video: string(h[:4]) == "vids",
				scale: binary.LittleEndian.Uint32(h[20:]), rate: binary.LittleEndian.Uint32(h[24:]),
				length: binary.LittleEndian.Uint32(h[32:]),
			})
		}
	case "dmlh":
		if h := a.f.chunkHead(c, 4); h != nil {
			a.frames = max(a.frames, binary.LittleEndian.Uint32(h))
		}
	case "indx":
		a.superIndex(c)
	}
	return true
}

// superIndex reads where the parts of an OpenDML index lie: all of them are in
// the file, unless it was cut where one RIFF chunk ends and the next begins.
func (a *aviFile) superIndex(c chunk) {
	h := a.f.chunkHead(c, 24)
	if h == nil || h[3] != 0 { // 0: an index of indexes
		return
	}
	a.indexed = true
	entries := min(binary.LittleEndian.Uint32(h[4:]), (c.size-24)/16, maxSuperIndex)
	for i := range int64(entries) {
		e := a.f.peek(c.body+24+16*i, 16)
		if e == nil {
			return
		}
		end := behind(behind(0, binary.LittleEndian.Uint64(e)), uint64(binary.LittleEndian.Uint32(e[8:])))
		if end > a.f.size {
			a.info.damage(ReasonTruncated, "the file ends %d bytes before its index says", end-a.f.size)
			return
		}
	}
}

// length prefers the pictures: a sound stream may go on behind them.
func (a *aviFile) length() time.Duration {
	var video, other time.Duration
	for _, s := range a.streams {
		if s.video {
			units := max(s.length, a.frames)
			video = max(video, length(uint64(units)*uint64(s.scale), uint64(s.rate)))
			continue
		}
		other = max(other, length(uint64(s.length)*uint64(s.scale), uint64(s.rate)))
	}
	switch {
	case video > 0:
		return video
	case a.frames > 0 && a.frameMicros > 0:
		return length(uint64(a.frames)*uint64(a.frameMicros), uint64(time.Second/time.Microsecond))
	}
	return other
}

// idit is how cameras write the time into IDIT. The standard says only that it
// is text.
var idit = []string{
	"Mon Jan _2 15:04:05 2006", // as C's asctime; most cameras
	"2006-01-02 15:04:05", "2006:01:02 15:04:05", "2006/01/02 15:04:05", "2006-01-02T15:04:05",
	"2006/01/02/ 15:04",
}

// created reads the time of recording, which is local time.
func (a *aviFile) created(c chunk) {
	text := a.f.peek(c.body, int(min(int64(c.size), 40, a.f.size-c.body)))
	if t, ok := parseTime(text, idit); ok && a.info.Created.IsZero() {
		a.info.Created = t
	}
}

// parseTime reads a time in one of the layouts, as if in UTC. Spaces and zeros
// around it do not count.
func parseTime(text []byte, layouts []string) (time.Time, bool) {
	s := strings.Trim(string(text), "\x00\r\n\t ")
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
