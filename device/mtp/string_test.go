package mtp

import (
	"errors"
	"strings"
	"testing"
)

func TestString(t *testing.T) {
	for _, tt := range []struct {
		name, sent, want string
	}{
		{"empty", "\x00", ""},
		{"NUL alone", "\x01\x00\x00", ""},
		{"ASCII", "\x03a\x00b\x00\x00\x00", "ab"},
		{"no NUL", "\x02a\x00b\x00", "ab"},
		{"padded with NUL", "\x04a\x00\x00\x00b\x00\x00\x00", "a"},
		{"Chinese", "\x03\x67\x62\xd5\x6c\x00\x00", "执法"},
		{"surrogate pair", "\x03\x3d\xd8\x68\xdc\x00\x00", "\U0001F468"},
		{"high half alone", "\x03\x3d\xd8a\x00\x00\x00", "\xed\xa0\xbda"},
		{"low half alone", "\x02\x68\xdc\x00\x00", "\xed\xb1\xa8"},
		{"halves the wrong way round", "\x03\x68\xdc\x3d\xd8\x00\x00", "\xed\xb1\xa8\xed\xa0\xbd"},
		{"the most", "\xff" + strings.Repeat("a\x00", 255), strings.Repeat("a", 255)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := ParseString([]byte(tt.sent)); err != nil || got != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
			if got, err := ParseString(AppendString(nil, tt.want)); err != nil || got != tt.want {
				t.Errorf("there and back: got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestStringCutShort(t *testing.T) {
	for _, sent := range []string{"", "\x01", "\x01a", "\x02a\x00", "\xffa\x00"} {
		if s, err := ParseString([]byte(sent)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%x: got %q, %v, want ErrMalformed", sent, s, err)
		}
	}
}

// What is too long is cut between characters.
func TestAppendStringTooLong(t *testing.T) {
	for _, tt := range []struct {
		s    string
		want int // characters of one or two units that are left
	}{
		{strings.Repeat("a", 254), 254},
		{strings.Repeat("a", 300), 255},
		{strings.Repeat("\U0001F468", 200), 127},
	} {
		b := AppendString(nil, tt.s)
		got, err := ParseString(b)
		if err != nil || !strings.HasPrefix(tt.s, got) || len([]rune(got)) != tt.want {
			t.Errorf("%d characters are left, %v, want %d", len([]rune(got)), err, tt.want)
		}
		if len(b) != 1+2*int(b[0]) {
			t.Errorf("%d bytes for %d units", len(b), b[0])
		}
	}
}
