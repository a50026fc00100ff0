package web

import (
	"testing"
	"time"
)

func TestParseInstant(t *testing.T) {
	zone := shanghai(t)
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, zone)
	for _, test := range []struct {
		text string
		day  int
		want string // RFC 3339 in UTC; empty: refused
	}{
		{"2026-11-20T08:00:00Z", startOfDay, "2026-11-20T08:00:00Z"},
		{"2026-11-20T08:00:00.25+08:00", startOfDay, "2026-11-20T00:00:00.25Z"},
		{"2026-11-20T08:00:00 08:00", startOfDay, "2026-11-20T00:00:00Z"},
		{"2026-11-20", startOfDay, "2026-11-19T16:00:00Z"},
		{"2026-11-20", endOfDay, "2026-11-20T16:00:00Z"},
		{"2026-12-31", endOfDay, "2026-12-31T16:00:00Z"},
		{"36h", endOfDay, "2026-11-22T14:00:00Z"},
		{"7d", startOfDay, "2026-11-17T02:00:00Z"},
		{"0d", startOfDay, "2026-11-24T02:00:00Z"},
		{"90m", startOfDay, "2026-11-24T00:30:00Z"},
		{"36500d", startOfDay, "1926-12-19T02:00:00Z"},
		{"36501d", startOfDay, ""},
		{"9223372036854775807d", startOfDay, ""},
		{"-7d", startOfDay, ""},
		{"-36h", startOfDay, ""},
		{"d", startOfDay, ""},
		{"7", startOfDay, ""},
		{"2026-02-30", startOfDay, ""},
		{"2026-11-20T08:00:00", startOfDay, ""},
		{"20.11.2026", startOfDay, ""},
		{"now", startOfDay, ""},
	} {
		got, err := parseInstant(test.text, now, zone, test.day)
		if (err != nil) != (test.want == "") {
			t.Errorf("%q: %v, %v", test.text, got, err)
		}
		if err == nil && got.UTC().Format(time.RFC3339Nano) != test.want {
			t.Errorf("%q is %s, want %s", test.text, got.UTC().Format(time.RFC3339Nano), test.want)
		}
	}
	if got, err := parseInstant("", now, zone, startOfDay); err != nil || !got.IsZero() {
		t.Errorf("nothing is %v, %v", got, err)
	}
}

func FuzzParseInstant(f *testing.F) {
	for _, text := range []string{"2026-11-20", "7d", "36h", "2026-11-20T08:00:00Z", "1e9d"} {
		f.Add(text)
	}
	now := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseInstant(text, now, time.UTC, startOfDay)
		if err != nil || got.IsZero() {
			return
		}
		again, err := parseInstant(got.Format(time.RFC3339Nano), now, time.UTC, startOfDay)
		if err != nil || !again.Equal(got) {
			t.Errorf("%q is %v, and that read again %v, %v", text, got, again, err)
		}
	})
}
