package main

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestTextWidth(t *testing.T) {
	for text, want := range map[string]int{
		"":               0,
		"A0001.MP4":      9,
		"北门":             4,
		"ｆｕｌｌ":           8,
		"e\u0301":        1, // a letter and its accent
		"…":              1,
		"한글":             4,
		"\U0001F3A5":     2, // a film camera
		"\U00020000.MP4": 6, // an ideograph beyond 16 bits
	} {
		if got := textWidth(text); got != want {
			t.Errorf("textWidth(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		text        string
		n           int
		end, middle string
	}{
		{"A0001.MP4", 9, "A0001.MP4", "A0001.MP4"},
		{"A0001.MP4", 8, "A0001.M…", "A00….MP4"},
		{"A0001.MP4", 1, "…", "…"},
		{"执法记录仪.MP4", 9, "执法记录…", "执法….MP4"},
		{"执法记录仪", 4, "执…", "…仪"},
		{"abcde\u0301", 4, "abc…", "a…de\u0301"},
	} {
		if got := cutText(test.text, test.n); got != test.end {
			t.Errorf("cutText(%q, %d) = %q, want %q", test.text, test.n, got, test.end)
		}
		if got := cutMiddle(test.text, test.n); got != test.middle {
			t.Errorf("cutMiddle(%q, %d) = %q, want %q", test.text, test.n, got, test.middle)
		}
	}
}

// What is cut fits, is still UTF-8, and says that it was cut.
func TestCutFits(t *testing.T) {
	runes := []rune("aZ0.北门ｆ\u0301…한\U00020000")
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.SampledFrom(runes)).Draw(t, "text"))
		n := rapid.IntRange(1, 20).Draw(t, "n")
		for _, got := range []string{cutText(text, n), cutMiddle(text, n)} {
			switch {
			case textWidth(got) > n || !utf8.ValidString(got):
				t.Fatalf("%q in %d cells is %q", text, n, got)
			case got != text && (!strings.Contains(got, "…") || textWidth(text) <= n):
				t.Fatalf("%q in %d cells is %q", text, n, got)
			}
		}
	})
}

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"北门 A0001.MP4\u3000x":  "北门 A0001.MP4\u3000x",
		"\x1b[31mred":          `\x1b[31mred`,
		"a\nb\tc\x00\x7f":      `a\x0ab\x09c\x00\x7f`,
		"\u009b31m":            `\u009b31m`, // CSI in one character
		"gpj.\u202eexe":        `gpj.\u202eexe`,
		"bad \xff\xfe":         `bad \ufffd\ufffd`,
		"line\u2028\ufeffmark": `line\u2028\ufeffmark`,
	} {
		if got := printable(text); got != want {
			t.Errorf("printable(%q) = %q, want %q", text, got, want)
		}
	}
	if got, want := printableLines("a\nb\rc"), "a\nb\\x0dc"; got != want {
		t.Errorf("printableLines = %q, want %q", got, want)
	}
}

func TestBytesText(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 100 << 10: "100 KiB",
		1<<20 - 1: "1.0 MiB", 1023 << 20: "1023 MiB", 12 << 30: "12.0 GiB", 1 << 62: "4.0 EiB",
	} {
		if got := bytesText(n); got != want {
			t.Errorf("bytesText(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestDurationText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "under 1 s", 999 * time.Millisecond: "under 1 s", 59 * time.Second: "59 s",
		59*time.Second + 600*time.Millisecond: "1 min", 90 * time.Second: "2 min", 45 * time.Minute: "45 min",
		59*time.Minute + 40*time.Second: "1 h", 3*time.Hour + 20*time.Minute: "3 h 20 min",
		23*time.Hour + 59*time.Minute + 45*time.Second: "1 d", 50*time.Hour + 10*time.Minute: "2 d 2 h",
	} {
		if got := durationText(d); got != want {
			t.Errorf("durationText(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestClock(t *testing.T) {
	zone := time.FixedZone("+08", 8*3600)
	c := clock{zone, time.Date(2026, 12, 31, 15, 0, 0, 0, time.UTC)} // 23:00 at the station
	for _, test := range []struct {
		t            time.Time
		minute, full string
	}{
		{time.Time{}, "", ""},
		{c.now.Add(-3 * time.Hour), "12-31 20:00", "2026-12-31 20:00:00, 3 h ago"},
		{c.now.Add(2 * time.Hour), "2027-01-01 01:00", "2027-01-01 01:00:00, in 2 h"},
	} {
		if got := c.minute(test.t); got != test.minute {
			t.Errorf("minute(%v) = %q, want %q", test.t, got, test.minute)
		}
		if got := c.ago(test.t); got != test.full {
			t.Errorf("ago(%v) = %q, want %q", test.t, got, test.full)
		}
	}
}
