package mtp

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func TestValueInteger(t *testing.T) {
	for _, tt := range []struct {
		typ    DataType
		sent   string
		text   string
		signed int64
		fits   bool
	}{
		{TypeInt8, "\xff", "-1", -1, true},
		{TypeUint8, "\xff", "255", 255, true},
		{TypeInt16, "\x00\x80", "-32768", -32768, true},
		{TypeUint16, "\x00\x80", "32768", 32768, true},
		{TypeInt32, "\xfe\xff\xff\xff", "-2", -2, true},
		{TypeUint32, "\xff\xff\xff\xff", "4294967295", math.MaxUint32, true},
		{TypeInt64, strings.Repeat("\xff", 8), "-1", -1, true},
		{TypeUint64, strings.Repeat("\xff", 8), "18446744073709551615", 0, false},
		{TypeInt128, strings.Repeat("\xff", 16), "-1", -1, true},
		{TypeUint128, strings.Repeat("\xff", 16), "340282366920938463463374607431768211455", 0, false},
		{TypeUint128, "\x01" + strings.Repeat("\x00", 15), "1", 1, true},
	} {
		v, err := ParseValue(tt.typ, []byte(tt.sent))
		if err != nil || v.String() != tt.text {
			t.Errorf("type %d: got %v, %v, want %s", tt.typ, v, err, tt.text)
		}
		if n, ok := v.Int64(); ok != tt.fits || ok && n != tt.signed {
			t.Errorf("type %d: %s as int64 is %d, %v", tt.typ, tt.text, n, ok)
		}
		if n, ok := v.Uint64(); ok && n != uint64(tt.signed) && tt.typ != TypeUint64 {
			t.Errorf("type %d: %s as uint64 is %d", tt.typ, tt.text, n)
		}
		if tt.fits && IntValue(tt.typ, tt.signed) != v {
			t.Errorf("type %d: IntValue(%d) is not what was parsed", tt.typ, tt.signed)
		}
		if got := v.Append(nil); string(got) != tt.sent {
			t.Errorf("type %d: %x became %x", tt.typ, tt.sent, got)
		}
	}
}

func TestValueNegativeIsNoUint64(t *testing.T) {
	for _, typ := range []DataType{TypeInt8, TypeInt16, TypeInt32, TypeInt64, TypeInt128} {
		if n, ok := IntValue(typ, -1).Uint64(); ok {
			t.Errorf("type %d: -1 is %d", typ, n)
		}
	}
}

func TestValueArray(t *testing.T) {
	v := ArrayValue(TypeInt16, IntValue(TypeInt16, -1), IntValue(TypeInt16, 5))
	got, err := ParseValue(TypeInt16|TypeArray, v.Append(nil))
	if err != nil || got != v || got.Len() != 2 || got.String() != "[-1 5]" {
		t.Errorf("got %v (%d elements), %v, want %v", got, got.Len(), err, v)
	}
	if n, ok := got.Elem(0).Int64(); !ok || n != -1 {
		t.Errorf("element 0 is %d, %v", n, ok)
	}
	if _, ok := got.Uint64(); ok {
		t.Error("an array is an integer")
	}
}

func TestValueString(t *testing.T) {
	v := StringValue("a\x00b")
	if s, ok := v.Text(); s != "a" || !ok || v.Len() != 0 {
		t.Errorf("got %q, %v of %d elements", s, ok, v.Len())
	}
	if _, ok := v.Int64(); ok {
		t.Error("a string is an integer")
	}
	if _, ok := UintValue(TypeUint8, 1).Text(); ok {
		t.Error("an integer is a string")
	}
}

func TestValueUnknownType(t *testing.T) {
	for _, typ := range []DataType{0, 0x000B, TypeArray, TypeArray | 0x000B, 0x8001, 0xFFFE} {
		if v, err := ParseValue(typ, make([]byte, 64)); !errors.Is(err, ErrMalformed) {
			t.Errorf("type 0x%X: got %v, %v, want ErrMalformed", uint16(typ), v, err)
		}
	}
}
