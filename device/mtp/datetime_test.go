package mtp

import (
	"errors"
	"testing"
	"time"
)

func TestDateTime(t *testing.T) {
	east := time.FixedZone("", 8*3600)
	west := time.FixedZone("", -(3*3600 + 30*60))
	for _, tt := range []struct {
		sent string
		want time.Time
		zone bool
	}{
		{"20240229T235958", time.Date(2024, 2, 29, 23, 59, 58, 0, time.UTC), false},
		{"20240229T235958.", time.Date(2024, 2, 29, 23, 59, 58, 0, time.UTC), false},
		{"20240229T235958.5", time.Date(2024, 2, 29, 23, 59, 58, 5e8, time.UTC), false},
		{"20240229T235958.123456789", time.Date(2024, 2, 29, 23, 59, 58, 123456789, time.UTC), false},
		{"20240229T235958Z", time.Date(2024, 2, 29, 23, 59, 58, 0, time.UTC), true},
		{"20240229T235958.0+0800", time.Date(2024, 2, 29, 23, 59, 58, 0, east), true},
		{"20240229T235958-03:30", time.Date(2024, 2, 29, 23, 59, 58, 0, west), true},
		{"20240229T235958+0000", time.Date(2024, 2, 29, 23, 59, 58, 0, time.UTC), true},
	} {
		got, err := ParseDateTime(tt.sent)
		if err != nil || !got.Time.Equal(tt.want) || got.HasZone != tt.zone {
			t.Errorf("%s: got %v, %v, %v, want %v, %v", tt.sent, got.Time, got.HasZone, err, tt.want, tt.zone)
		}
		if again, err := ParseDateTime(got.String()); err != nil || !again.Time.Equal(got.Time) || again.HasZone != got.HasZone {
			t.Errorf("%s became %s, and that %v, %v", tt.sent, got, again, err)
		}
	}
}

func TestDateTimeString(t *testing.T) {
	for _, sent := range []string{
		"20240229T235958", "20240229T235958.5", "20240229T235958Z", "20240229T235958.25-0330",
	} {
		if got, _ := ParseDateTime(sent); got.String() != sent {
			t.Errorf("%s became %s", sent, got)
		}
	}
}

func TestDateTimeRefuses(t *testing.T) {
	for _, sent := range []string{
		"", "0", "20240229", "20240229 235958", "20240230T000000", "20230229T000000", "00000000T000000",
		"20241301T000000", "20240100T000000", "20240101T240000", "20240101T006000", "20240101T000060",
		"20240101T000000.1234567890", "20240101T000000z", "20240101T000000+",
		"20240101T000000+2400", "20240101T000000+0060", "20240101T000000+08000", "20240101T00000é",
		"20240101T000000.5.5", "-0240101T000000", "20240101T000000Z0",
	} {
		if got, err := ParseDateTime(sent); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: got %v, %v, want ErrMalformed", sent, got, err)
		}
	}
}

// A date is an instant once it is known where its clock hangs; one that says so
// itself is the same instant anywhere.
func TestDateTimeIn(t *testing.T) {
	east := time.FixedZone("CST", 8*3600)
	for _, tt := range []struct {
		sent string
		want time.Time
	}{
		{"20260301T123015.5", time.Date(2026, 3, 1, 4, 30, 15, 5e8, time.UTC)},
		{"20260301T013015", time.Date(2026, 2, 28, 17, 30, 15, 0, time.UTC)},
		{"20260301T123015Z", time.Date(2026, 3, 1, 12, 30, 15, 0, time.UTC)},
		{"20260301T123015-0500", time.Date(2026, 3, 1, 17, 30, 15, 0, time.UTC)},
	} {
		d, err := ParseDateTime(tt.sent)
		if got := d.In(east); err != nil || !got.Equal(tt.want) || got.Location() != east {
			t.Errorf("%s: got %v, %v, want %v", tt.sent, got, err, tt.want)
		}
	}
}
