package web

import (
	"testing"
	"time"
)

func TestByteText(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0\u00a0B", 999: "999\u00a0B", 1000: "1.0\u00a0kB", 9949: "9.9\u00a0kB", 999_499: "999\u00a0kB", 999_500: "1.0\u00a0MB",
		64_000_000_000: "64\u00a0GB", 2_500_000_000_000: "2.5\u00a0TB", 1 << 62: "4612\u00a0PB",
	} {
		if got := byteText(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestFormat(t *testing.T) {
	english, chinese := formats(t)[0], formats(t)[1]
	moment := time.Date(2026, 11, 24, 20, 5, 0, 0, time.UTC)
	for _, test := range []struct{ got, want string }{
		{english.atText(moment), "25 Nov 2026, 04:05"},
		{chinese.atText(moment), "2026年11月25日 04:05"},
		{string(english.day(moment)), `<time datetime="2026-11-24T20:05:00Z">25 Nov 2026</time>`},
		{string(chinese.shortAt(moment)), `<time datetime="2026-11-24T20:05:00Z">11月25日 04:05</time>`},
		{string(english.at(time.Time{})), ""},
		{english.span(59 * time.Second), "under a minute"},
		{english.span(61 * time.Minute), "1 h 1 min"},
		{english.span(-26 * time.Hour), "1 d 2 h"},
		{english.span(24*time.Hour + 5*time.Minute), "1 d"},
		{chinese.span(200 * time.Minute), "3小时20分钟"},
		{english.hours(26*time.Hour + 5*time.Minute + 59*time.Second), "26 h 5 min"},
		{chinese.hours(-48 * time.Hour), "48小时"},
		{english.hours(30 * time.Second), "under a minute"},
		{percent(.999), "99\u00a0%"},
		{percent(1), "100\u00a0%"},
		{number(-1234567), "-1,234,567"},
		{number(-123), "-123"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}
