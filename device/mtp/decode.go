package mtp

import (
	"encoding/binary"
	"fmt"
)

// decoder takes a dataset apart from its start. All numbers are little endian, as
// on USB (MTP 1.1 leaves that to the transport: 3.1.1). After the first error everything is zero, and the error is
// kept: a parser reads all of its fields and asks once.
type decoder struct {
	b   []byte
	err error
	cut bool // the error is that b is too short, and may be none with more of it
}

// take returns the next n bytes, if they are there.
func (d *decoder) take(n int) []byte { return d.takeLong(uint64(n)) }

// takeLong is take for what a responder counted, which an int of 32 bits may not
// hold.
func (d *decoder) takeLong(n uint64) []byte {
	if d.err == nil && n > uint64(len(d.b)) {
		d.fail(fmt.Sprintf("%d bytes wanted, %d left", n, len(d.b)))
		d.cut = true
	}
	if d.err != nil {
		return nil
	}
	b := d.b[:n]
	d.b = d.b[n:]
	return b
}

func (d *decoder) fail(why string) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s", ErrMalformed, why)
	}
	d.b = nil
}

// ended says that nothing is left. Responders leave out fields at the end of
// a dataset, and a parser may forgive that.
func (d *decoder) ended() bool { return len(d.b) == 0 }

func (d *decoder) uint8() uint8 {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) uint16() uint16 {
	if b := d.take(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (d *decoder) uint32() uint32 {
	if b := d.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (d *decoder) uint64() uint64 {
	if b := d.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// result is what every parser returns with its dataset: the error of the
// first field that was wrong, under the dataset's name.
func (d *decoder) result(dataset string) error {
	if d.err == nil {
		return nil
	}
	return fmt.Errorf("parse %s: %w", dataset, d.err)
}
