package media

import (
	"encoding/binary"
	"math"
)

// bextDate is where a broadcast extension chunk has its date and time of
// origination, 10 and 8 characters (EBU Tech 3285).
const bextDate = 256 + 32 + 32

// bextTimes are the layouts of the two; the standard lets the separators vary.
var bextTimes = []string{
	"2006-01-0215:04:05", "2006-01-0215-04-05", "2006:01:0215:04:05", "2006/01/0215:04:05", "2006_01_0215_04_05",
}

// wavFile is what was found on the way through a WAV file.
type wavFile struct {
	info           *Info
	hasFormat      bool
	bytesPerSecond uint32
	data           *chunk

	// The sizes of RF64, which do not fit into those of RIFF: there all ones stand.
	wideRIFF, wideData uint64
}

// wav looks into a WAV file or its 64-bit kin (RF64, BW64).
func (f *file) wav(info *Info) {
	riff, ok := f.chunk(0, f.size)
	if !ok {
		return // f.err says why: recognising it took more bytes than that
	}
	w := wavFile{info: info}
	f.chunks(riff.body+4, f.size, func(c chunk) bool { return w.visit(f, c) })
	w.judge(f, riff)
}

// visit reads one chunk. The walk ends with the sound, which is seldom followed
// by anything and may be larger than its chunk says.
func (w *wavFile) visit(f *file, c chunk) bool {
	switch c.id {
	case "ds64":
		if h := f.chunkHead(c, 16); h != nil {
			w.wideRIFF, w.wideData = binary.LittleEndian.Uint64(h), binary.LittleEndian.Uint64(h[8:])
		}
	case "fmt ":
		if h := f.chunkHead(c, 16); h != nil {
			w.hasFormat, w.bytesPerSecond = true, binary.LittleEndian.Uint32(h[8:])
		}
	case "bext":
		if h := f.chunkHead(c, bextDate+18); h != nil {
			w.info.Created, _ = parseTime(h[bextDate:bextDate+18], bextTimes)
		}
	case "data":
		w.data = &c
		return false
	}
	return true
}

// judge says whether the sound is all there.
func (w *wavFile) judge(f *file, riff chunk) {
	switch {
	case w.data == nil:
		w.info.damage(ReasonTruncated, "the file ends before the sound begins")
		return
	case !w.hasFormat:
		w.info.damage(ReasonBadHeader, "the description of the sound (fmt) is missing")
		return
	}
	riffEnd := behind(riff.body, wider(riff.size, w.wideRIFF))
	bytes := wider(w.data.size, w.wideData)
	dataEnd := behind(w.data.body, bytes)
	there := uint64(f.size - w.data.body)
	switch {
	case bytes == math.MaxUint32, riff.open() && w.wideRIFF == 0, bytes == 0 && riffEnd < f.size:
		w.info.damage(ReasonTruncated, "the recording was never closed: it gives no size")
		bytes = there // better than nothing: the recorder had no chance to write more
	case bytes == 0:
		w.info.damage(ReasonEmpty, "the file holds no sound")
	case dataEnd > f.size:
		w.info.damage(ReasonTruncated, "the file ends %d bytes before the sound does", dataEnd-f.size)
	case riffEnd > f.size:
		w.info.damage(ReasonTruncated, "the file ends %d bytes before it says", riffEnd-f.size)
	default:
		f.trailer(w.info, max(riffEnd, dataEnd))
		w.info.passed()
	}
	w.info.Duration = length(bytes, uint64(w.bytesPerSecond))
}

// wider returns the 64-bit size where the 32-bit one says that there is one.
func wider(size uint32, wide uint64) uint64 {
	if size == math.MaxUint32 && wide > 0 {
		return wide
	}
	return uint64(size)
}
