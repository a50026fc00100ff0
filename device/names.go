package device

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// emptyName stands for a name that is empty: no path element can be.
const emptyName = "%00"

// maxElement is what a path element may have on Linux's file systems, in bytes.
const maxElement = 255

// EscapeName makes one valid, printable path element of a name from a camera.
// Names that are printable UTF-8 come back as they are, per cent signs and
// backslashes included, so that an archive shows what the camera showed. What
// cannot be printed or would be obeyed - control characters, line and
// paragraph separators, bidirectional controls (they make a name read as
// another one), bytes that are no UTF-8, slashes - is written %XX byte by
// byte, and so are the names "." and "..". The empty name becomes "%00".
//
// Two raw names can give one escaped name; whoever needs them apart keeps the
// raw one. Long names get longer: the result may exceed 255 bytes.
func EscapeName(raw string) string {
	switch raw {
	case "":
		return emptyName
	case ".", "..":
		return strings.Repeat("%2E", len(raw))
	}
	return escape(raw, func(r rune) bool { return r == '/' || unprintable(r) })
}

// EscapePath does EscapeName to every element of a slash-separated path.
// Empty elements are dropped; a path with no other elements becomes "%00".
func EscapePath(raw string) string {
	var out []string
	for element := range strings.SplitSeq(raw, "/") {
		if element != "" {
			out = append(out, EscapeName(element))
		}
	}
	if out == nil {
		return emptyName
	}
	return strings.Join(out, "/")
}

// SerialName makes a serial of what a camera calls itself: EscapeName, and no
// longer than a folder's name may be. A longer one is cut and keeps apart from
// others by the start of its hash.
func SerialName(raw string) string {
	name := EscapeName(raw)
	if len(name) <= maxElement {
		return name
	}
	suffix := fmt.Sprintf("~%x", sha256.Sum256([]byte(raw)))[:17]
	cut := maxElement - len(suffix)
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut] + suffix
}

// escape writes the characters that are bad, and bytes that are no UTF-8, as %XX.
func escape(raw string, bad func(rune) bool) string {
	if utf8.ValidString(raw) && !strings.ContainsFunc(raw, bad) {
		return raw
	}
	var b strings.Builder
	for i := 0; i < len(raw); {
		r, n := utf8.DecodeRuneInString(raw[i:])
		if bad(r) || r == utf8.RuneError && n == 1 {
			for _, c := range []byte(raw[i : i+n]) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		} else {
			b.WriteString(raw[i : i+n])
		}
		i += n
	}
	return b.String()
}

// unprintable reports whether r does something to a terminal or a page
// instead of being seen.
func unprintable(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}
