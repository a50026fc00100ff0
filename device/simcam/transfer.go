package simcam

import (
	"bytes"
	"io"
)

// transfer is what BulkIn gives in one go, or a fault that lies on the way.
type transfer struct {
	content io.ReaderAt
	size    int64
	at      int64 // how much of it was read

	open  bool  // goes over into the next transfer, whatever its size
	base  int64 // bytes of the transfers that went over into this one
	empty bool  // if it fills its last packet, an empty one ends it

	fault   *Fault // not nil: there is no content
	resumed <-chan struct{}
}

// whole is a transfer of some bytes that is ended properly.
func whole(b []byte) *transfer {
	return &transfer{content: bytes.NewReader(b), size: int64(len(b)), empty: true}
}

func (t *transfer) left() int64 { return t.size - t.at }

func (t *transfer) read(b []byte) (int, error) {
	b = b[:min(int64(len(b)), t.left())]
	if len(b) == 0 {
		return 0, nil
	}
	n, err := t.content.ReadAt(b, t.at)
	t.at += int64(n)
	if n == len(b) {
		err = nil
	}
	return n, err
}

// ends says whether the initiator sees where the transfer ends.
func (t *transfer) ends(packetSize int) bool {
	if t.open {
		return false
	}
	size := t.base + t.size
	return size%int64(packetSize) != 0 || t.empty || size == 0
}

// span is a run of bytes.
type span struct {
	content io.ReaderAt
	size    int64
}

// spans are runs of bytes one after the other.
type spans []span

func (s spans) size() (n int64) {
	for _, p := range s {
		n += p.size
	}
	return n
}

// ReadAt reads across the runs.
func (s spans) ReadAt(b []byte, off int64) (int, error) {
	n := 0
	for _, p := range s {
		if off >= p.size {
			off -= p.size
			continue
		}
		part := b[n:min(int64(len(b)), int64(n)+p.size-off)]
		read, err := p.content.ReadAt(part, off)
		n += read
		if read < len(part) {
			return n, err
		}
		off = 0
		if n == len(b) {
			return n, nil
		}
	}
	return n, io.EOF
}
