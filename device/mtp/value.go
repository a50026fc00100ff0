package mtp

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Value is the value of a property with its type: an integer of up to 128
// bits, a string, or an array of integers. Values can be compared with ==.
type Value struct {
	Type DataType

	lo, hi uint64 // an integer in two's complement
	s      string // a string, or the elements of an array as they are sent
}

// UintValue is v as a value of the integer type t. What t cannot hold is cut off,
// as by a conversion of Go: 0x1FF as TypeUint8 is 0xFF.
func UintValue(t DataType, v uint64) Value { return narrow(t, v, 0) }

// IntValue is v as a value of the integer type t. What t cannot hold is cut off.
func IntValue(t DataType, v int64) Value { return narrow(t, uint64(v), uint64(v>>63)) }

// StringValue is s as a value of type TypeString. What a string of the
// protocol cannot hold is cut off, as [AppendString] says.
func StringValue(s string) Value {
	d := decoder{b: AppendString(nil, s)}
	return Value{Type: TypeString, s: d.string()}
}

// ArrayValue is an array of integers, which are made elem: what that cannot hold
// is cut off.
func ArrayValue(elem DataType, values ...Value) Value {
	var b []byte
	for _, v := range values {
		b = narrow(elem, v.lo, v.hi).appendInt(b)
	}
	return Value{Type: elem | TypeArray, s: string(b)}
}

// narrow makes lo and hi what an integer of type t can hold of them, so that
// equal values are equal in all bits.
func narrow(t DataType, lo, hi uint64) Value {
	if bits := 8 * t.size(); bits < 64 {
		lo <<= 64 - bits
		if t.signed() {
			lo = uint64(int64(lo) >> (64 - bits))
		} else {
			lo >>= 64 - bits
		}
	}
	if t.size() < 16 {
		hi = 0
		if t.signed() {
			hi = uint64(int64(lo) >> 63)
		}
	}
	return Value{Type: t, lo: lo, hi: hi}
}

// ParseValue parses a value of type t at the start of b. What follows it is not
// looked at. A type that is none is ErrMalformed.
func ParseValue(t DataType, b []byte) (Value, error) {
	d := decoder{b: b}
	v := d.value(t)
	return v, d.result("value")
}

func (d *decoder) value(t DataType) Value {
	switch elem := t &^ TypeArray; {
	case t == TypeString:
		return Value{Type: t, s: d.string()}
	case t.size() > 0:
		return d.integer(t)
	case t&TypeArray != 0 && elem.size() > 0:
		return Value{Type: t, s: string(d.takeLong(uint64(d.uint32()) * uint64(elem.size())))}
	}
	d.fail(fmt.Sprintf("a value of %v", t))
	return Value{}
}

func (d *decoder) integer(t DataType) Value {
	var wide [16]byte
	copy(wide[:], d.take(t.size()))
	return narrow(t, binary.LittleEndian.Uint64(wide[:]), binary.LittleEndian.Uint64(wide[8:]))
}

// Append is the inverse of [ParseValue].
func (v Value) Append(b []byte) []byte {
	switch {
	case v.Type == TypeString:
		return AppendString(b, v.s)
	case v.Type.size() > 0:
		return v.appendInt(b)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(v.Len()))
	return append(b, v.s...)
}

func (v Value) appendInt(b []byte) []byte {
	var wide [16]byte
	binary.LittleEndian.PutUint64(wide[:], v.lo)
	binary.LittleEndian.PutUint64(wide[8:], v.hi)
	return append(b, wide[:v.Type.size()]...)
}

// Uint64 returns an integer that is not negative and fits.
func (v Value) Uint64() (n uint64, ok bool) {
	return v.lo, v.Type.size() > 0 && v.hi == 0 && (!v.Type.signed() || int64(v.lo) >= 0 || v.Type == TypeInt128)
}

// Int64 returns an integer that fits.
func (v Value) Int64() (n int64, ok bool) {
	n = int64(v.lo)
	if !v.Type.signed() {
		return n, v.Type.size() > 0 && v.hi == 0 && n >= 0
	}
	return n, v.hi == uint64(n>>63)
}

// Text returns a string.
func (v Value) Text() (s string, ok bool) {
	if v.Type != TypeString {
		return "", false
	}
	return v.s, true
}

// Len is how many elements an array has, and 0 for what is no array.
func (v Value) Len() int {
	if size := (v.Type &^ TypeArray).size(); size > 0 && v.Type.size() == 0 {
		return len(v.s) / size
	}
	return 0
}

// Elem is element i of an array. It panics if the array has no such element, as
// an index does: ask Len.
func (v Value) Elem(i int) Value {
	elem := v.Type &^ TypeArray
	d := decoder{b: []byte(v.s[i*elem.size() : (i+1)*elem.size()])}
	return d.integer(elem)
}

// bigInt is an integer as it is.
func (v Value) bigInt() *big.Int {
	n := new(big.Int).SetUint64(v.hi)
	n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(v.lo))
	if v.Type.signed() && v.hi>>63 == 1 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), 128))
	}
	return n
}

// String is for people.
func (v Value) String() string {
	switch {
	case v.Type == TypeString:
		return strconv.Quote(v.s)
	case v.Type.size() > 0:
		return v.bigInt().String()
	}
	elems := make([]string, v.Len())
	for i := range elems {
		elems[i] = v.Elem(i).String()
	}
	return "[" + strings.Join(elems, " ") + "]"
}
