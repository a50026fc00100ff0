package device

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEscapeName(t *testing.T) {
	for _, tt := range []struct{ name, raw, want string }{
		{"plain", "A0001.MP4", "A0001.MP4"},
		{"spaces", " a b ", " a b "},
		{"per cent", "100%0A", "100%0A"},
		{"backslash", `a\b`, `a\b`},
		{"dot file", ".nomedia", ".nomedia"},
		{"three dots", "...", "..."},
		{"Chinese", "执法记录仪_001.mp4", "执法记录仪_001.mp4"},
		{"emoji with joiner", "a\U0001F468\u200D\U0001F469b", "a\U0001F468\u200D\U0001F469b"},
		{"replacement character", "a\uFFFDb", "a\uFFFDb"},
		{"empty", "", "%00"},
		{"dot", ".", "%2E"},
		{"dot dot", "..", "%2E%2E"},
		{"traversal", "../x", "..%2Fx"},
		{"newline", "a\nb", "a%0Ab"},
		{"NUL and DEL", "\x00\x7f", "%00%7F"},
		{"C1", "a\u0085b", "a%C2%85b"},
		{"separators", "\u2028\u2029", "%E2%80%A8%E2%80%A9"},
		{"bidi override", "gpj\u202Eexe", "gpj%E2%80%AEexe"},
		{"bidi isolate", "\u2066", "%E2%81%A6"},
		{"invalid UTF-8", "\xff\xfea", "%FF%FEa"},
		{"GBK", "\xd6\xc7.mp4", "%D6%C7.mp4"},
		{"cut in a rune", "a\xe6\x89", "a%E6%89"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := EscapeName(tt.raw); got != tt.want {
				t.Errorf("EscapeName(%q) = %q, want %q", tt.raw, got, tt.want)
			}
		})
	}
}

func TestEscapePath(t *testing.T) {
	for _, tt := range []struct{ raw, want string }{
		{"DCIM/100MEDIA/A.MP4", "DCIM/100MEDIA/A.MP4"},
		{"/a//b/", "a/b"},
		{"../../etc/passwd", "%2E%2E/%2E%2E/etc/passwd"},
		{"a/./b", "a/%2E/b"},
		{"a\nb/c\xff", "a%0Ab/c%FF"},
		{"", "%00"},
		{"///", "%00"},
	} {
		if got := EscapePath(tt.raw); got != tt.want {
			t.Errorf("EscapePath(%q) = %q, want %q", tt.raw, got, tt.want)
		}
	}
}

func TestSerialName(t *testing.T) {
	if got := SerialName("7654321"); got != "7654321" {
		t.Errorf("short serial = %q, want it as it is", got)
	}
	if long := strings.Repeat("é", 127); SerialName(long) != long {
		t.Errorf("a serial of 254 bytes was changed to %q", SerialName(long))
	}
	a, b := SerialName(strings.Repeat("é", 200)+"a"), SerialName(strings.Repeat("é", 200)+"b")
	if a == b {
		t.Errorf("two long serials became one: %q", a)
	}
	if len(a) > 255 || !utf8.ValidString(a) {
		t.Errorf("long serial became %d bytes, valid UTF-8 %v: %q", len(a), utf8.ValidString(a), a)
	}
}

func FuzzEscapeName(f *testing.F) {
	for _, seed := range []string{"", ".", "..", "a/b", "a\nb", "\xff", "\u202e", "執法", "%2E"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got := EscapeName(raw)
		checkElement(t, raw, got)
		if again := EscapeName(got); again != got {
			t.Errorf("EscapeName(%q) = %q, but again = %q", raw, got, again)
		}
	})
}

func FuzzEscapePath(f *testing.F) {
	for _, seed := range []string{"", "/", "a/../b", "a//b", "\x00/\xff", "./"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got := EscapePath(raw)
		for element := range strings.SplitSeq(got, "/") {
			checkElement(t, raw, element)
		}
		if again := EscapePath(got); again != got {
			t.Errorf("EscapePath(%q) = %q, but again = %q", raw, got, again)
		}
	})
}

// checkElement fails unless got could be a folder's name and be shown as it is.
func checkElement(t *testing.T, raw, got string) {
	t.Helper()
	if got == "" || got == "." || got == ".." || strings.ContainsAny(got, "/\x00") {
		t.Errorf("%q gave %q, which is no path element", raw, got)
	}
	if !utf8.ValidString(got) || strings.ContainsFunc(got, unprintable) {
		t.Errorf("%q gave %q, which cannot be printed", raw, got)
	}
}
