package mtp

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// maxString is how many UTF-16 units a string can have: its count is one byte.
const maxString = 255

// ParseString parses a string at the start of b (MTP 1.1, 3.2.3): a byte that
// counts UTF-16 units, then the units, of which the last is NUL. A string ends
// at its first NUL, and the NUL may be missing. What follows the units is not looked
// at; fewer than were counted are ErrMalformed.
//
// Half a surrogate pair is kept, as the three bytes that UTF-8 would have for
// it: two names that differ stay different, and [AppendString] gives the
// responder back what it sent. Such a string is no valid UTF-8.
func ParseString(b []byte) (string, error) {
	d := decoder{b: b}
	s := d.string()
	return s, d.result("string")
}

func (d *decoder) string() string {
	b := d.take(2 * int(d.uint8()))
	s := make([]byte, 0, len(b)/2+8)
	for i := 0; i+1 < len(b); i += 2 {
		r := rune(binary.LittleEndian.Uint16(b[i:]))
		if r == 0 {
			break
		}
		if i+3 < len(b) {
			if full := utf16.DecodeRune(r, rune(binary.LittleEndian.Uint16(b[i+2:]))); full != utf8.RuneError {
				r = full
				i += 2
			}
		}
		if utf16.IsSurrogate(r) {
			s = appendSurrogate(s, r)
		} else {
			s = utf8.AppendRune(s, r)
		}
	}
	return string(s)
}

// appendSurrogate is utf8.AppendRune for half a surrogate pair, which UTF-8
// itself does not have.
func appendSurrogate(b []byte, r rune) []byte {
	return append(b, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
}

// surrogate returns the half surrogate pair at the start of s, or 0.
func surrogate(s string) rune {
	if len(s) < 3 || s[0] != 0xED || s[1] < 0xA0 || s[1] > 0xBF || s[2]&0xC0 != 0x80 {
		return 0
	}
	return 0xD000 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F)
}

// AppendString is the inverse of [ParseString]. A string ends at its first NUL
// or where it would become longer than 255 units; one of exactly 255 units has
// no room for a NUL at its end, and goes without.
func AppendString(b []byte, s string) []byte {
	count := len(b)
	b = append(b, 0)
	n := 0
	for i := 0; i < len(s) && s[i] != 0; {
		r, size := utf8.DecodeRuneInString(s[i:])
		if half := surrogate(s[i:]); half != 0 {
			r, size = half, 3
		}
		if n+unitsOf(r) > maxString {
			break
		}
		n += unitsOf(r)
		i += size
		b = appendUnits(b, r)
	}
	if n > 0 && n < maxString {
		b = append(b, 0, 0)
		n++
	}
	b[count] = byte(n)
	return b
}

// unitsOf is utf16.RuneLen, with half surrogate pairs.
func unitsOf(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

func appendUnits(b []byte, r rune) []byte {
	if r > 0xFFFF {
		high, low := utf16.EncodeRune(r)
		b = binary.LittleEndian.AppendUint16(b, uint16(high))
		r = low
	}
	return binary.LittleEndian.AppendUint16(b, uint16(r))
}
