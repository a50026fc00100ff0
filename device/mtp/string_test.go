package mtp

import (
	"bytes"
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

func FuzzString(f *testing.F) {
	f.Add([]byte("\x03a\x00b\x00\x00\x00"))
	f.Add([]byte("\x03\x3d\xd8\x68\xdc\x00\x00"))
	f.Add([]byte("\x02\x68\xdc\x3d\xd8"))
	f.Add([]byte("\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseString(b)
		if err != nil {
			return
		}
		appended := AppendString(nil, s)
		if again, err := ParseString(appended); err != nil || again != s {
			t.Fatalf("%q became %q, %v", s, again, err)
		}
		// What ends with its only NUL comes back as it was.
		if whole := b[:1+2*int(b[0])]; s != "" && onlyNUL(whole[1:]) && !bytes.Equal(appended, whole) {
			t.Fatalf("%x became %x", whole, appended)
		}
	})
}

// onlyNUL says that the last of these units is NUL, and no other.
func onlyNUL(units []byte) bool {
	for i := 0; i+1 < len(units); i += 2 {
		if units[i] == 0 && units[i+1] == 0 {
			return i+2 == len(units)
		}
	}
	return false
}
