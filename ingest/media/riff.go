package media

import (
	"encoding/binary"
	"math"
)

// chunk is one chunk of a RIFF file.
type chunk struct {
	id        string
	size      uint32
	body, end int64
	next      int64 // chunks begin at even offsets
}

// chunk reads the header of the chunk at off; ok is false where there is none.
func (f *file) chunk(off, limit int64) (chunk, bool) {
	if limit-off < 8 || !f.part() {
		return chunk{}, false
	}
	h := f.peek(off, 8)
	if h == nil {
		return chunk{}, false
	}
	c := chunk{id: string(h[:4]), size: binary.LittleEndian.Uint32(h[4:]), body: off + 8}
	c.end = c.body + int64(c.size)
	c.next = c.end + c.end&1
	return c, true
}

// open reports whether the chunk has the size of one that was never closed.
func (c chunk) open() bool { return c.size == 0 || c.size == math.MaxUint32 }

// form returns the type of a RIFF or LIST chunk, empty where there is none.
func (f *file) form(c chunk) string {
	if c.size < 4 {
		return ""
	}
	return string(f.peek(c.body, 4))
}

// chunkHead returns the first n bytes of the chunk's body, nil if it has fewer.
func (f *file) chunkHead(c chunk, n int) []byte {
	if int64(c.size) < int64(n) {
		return nil
	}
	return f.peek(c.body, n)
}

// chunks calls visit for the chunks between from and limit, until it says no.
func (f *file) chunks(from, limit int64, visit func(chunk) bool) {
	for from < limit {
		c, ok := f.chunk(from, limit)
		if !ok || !visit(c) {
			return
		}
		from = c.next
	}
}
