package mtp

import (
	"encoding/binary"
	"fmt"
)

// ParseArray parses an array of codes, handles or IDs (MTP 1.1, 3.2.2): a
// count of 32 bits, then the elements. It takes memory for what is there, and
// never for what the count claims: more than that is ErrMalformed. What follows the
// elements is not looked at.
func ParseArray[T ~uint16 | ~uint32](b []byte) ([]T, error) {
	d := decoder{b: b}
	a := array[T](&d)
	return a, d.result("array")
}

func array[T ~uint16 | ~uint32](d *decoder) []T {
	size := binary.Size(T(0))
	n := d.uint32()
	if uint64(n)*uint64(size) > uint64(len(d.b)) {
		d.fail(fmt.Sprintf("an array of %d elements in %d bytes", n, len(d.b)))
		return nil
	}
	if n == 0 {
		return nil
	}
	a := make([]T, n)
	for i := range a {
		if size == 2 {
			a[i] = T(d.uint16())
		} else {
			a[i] = T(d.uint32())
		}
	}
	return a
}

// AppendArray is the inverse of [ParseArray].
func AppendArray[T ~uint16 | ~uint32](b []byte, a []T) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(a)))
	for _, v := range a {
		if binary.Size(v) == 2 {
			b = binary.LittleEndian.AppendUint16(b, uint16(v))
		} else {
			b = binary.LittleEndian.AppendUint32(b, uint32(v))
		}
	}
	return b
}
