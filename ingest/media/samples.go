package media

import "encoding/binary"

// maxLastChunk is how many samples of a track's last chunk are added up.
const maxLastChunk = blockSize / 4

// table is the entries of a sample table.
type table struct {
	at    int64 // of the first entry
	count uint32
}

// table reads the number of entries, of width bytes each, which stands at off
// in the body of b and before them.
func (f *file) table(b box, off int, width int64) (table, error) {
	h := f.head(b, off+4)
	if h == nil {
		return table{}, errSizes
	}
	t := table{at: b.body + int64(off) + 4, count: binary.BigEndian.Uint32(h[off:])}
	if t.at+int64(t.count)*width > b.end {
		return table{}, errSizes
	}
	return t, nil
}

// measure finds where the track's samples end. A file with moov first that was
// cut, or whose data were never written, shows by that alone.
func (m *movie) measure(f *file, t *track) error {
	if t.sizes.kind == "" || t.chunks.kind == "" {
		return nil
	}
	wide := t.chunks.kind == "co64"
	width := int64(4)
	if wide {
		width = 8
	}
	chunks, err := f.table(t.chunks, 4, width)
	if err != nil {
		return err
	}
	last, err := f.lastChunk(t)
	if err != nil || chunks.count == 0 {
		return err
	}
	// Cameras write their chunks in order, so the end of the table will do.
	entries := min(int64(chunks.count), blockSize/width)
	b := f.peek(chunks.at+(int64(chunks.count)-entries)*width, int(entries*width))
	for ; len(b) > 0; b = b[width:] {
		var off uint64
		if wide {
			off = binary.BigEndian.Uint64(b)
		} else {
			off = uint64(binary.BigEndian.Uint32(b))
		}
		if len(b) == int(width) {
			off = add(off, last)
		}
		m.dataEnd = max(m.dataEnd, behind(0, off))
	}
	return nil
}

// lastChunk returns how many bytes the track's last chunk has, or less where
// the tables leave it open, and counts the track's samples.
func (f *file) lastChunk(t *track) (uint64, error) {
	h := f.head(t.sizes, 12)
	if h == nil {
		return 0, errSizes
	}
	each := binary.BigEndian.Uint32(h[4:])
	t.samples = binary.BigEndian.Uint32(h[8:])
	// In QuickTime's uncompressed sound one stands for a size that is not given.
	if t.sizes.kind != "stsz" || t.runs.kind == "" || each == 1 {
		return 0, nil
	}
	runs, err := f.table(t.runs, 4, 12)
	if err != nil || runs.count == 0 {
		return 0, err
	}
	run := f.peek(runs.at+int64(runs.count-1)*12, 12)
	if run == nil {
		return 0, nil
	}
	inLast := min(binary.BigEndian.Uint32(run[4:]), t.samples)
	if each > 0 {
		return uint64(inLast) * uint64(each), nil
	}
	sizes, err := f.table(t.sizes, 8, 4)
	if err != nil || inLast == 0 || inLast > maxLastChunk {
		return 0, err
	}
	var sum uint64
	for b := f.peek(sizes.at+int64(sizes.count-inLast)*4, int(inLast)*4); len(b) > 0; b = b[4:] {
		sum += uint64(binary.BigEndian.Uint32(b))
	}
	return sum, nil
}
