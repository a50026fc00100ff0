package mtp

import (
	"fmt"
	"strings"
	"time"
)

// DateTime is a date of a responder, which may or may not say its zone.
type DateTime struct {
	// Time is an instant if HasZone is set, or else a wall clock, put down as if
	// it were UTC, which is no instant before somebody says where the clock hangs:
	// see In.
	Time time.Time

	// HasZone says that the date came with Z or an offset.
	HasZone bool
}

// In is the instant that the date means, in loc. A date without a zone is read as
// loc's wall clock; where that shows it twice or not at all, as [time.Date] does.
func (d DateTime) In(loc *time.Location) time.Time {
	if d.HasZone {
		return d.Time.In(loc)
	}
	year, month, day := d.Time.Date()
	hour, minute, second := d.Time.Clock()
	return time.Date(year, month, day, hour, minute, second, d.Time.Nanosecond(), loc)
}

// ParseDateTime parses a date "YYYYMMDDThhmmss", with an optional fraction
// ".s" and an optional "Z" or "±hhmm" (MTP 1.1, 3.2.5). The fraction may have
// up to nine digits, or none (Samsung's dates end with a dot), and the offset a
// colon. Days that do not exist, and whatever follows, are ErrMalformed.
func ParseDateTime(s string) (DateTime, error) {
	bad := fmt.Errorf("parse date %.64q: %w", s, ErrMalformed)
	if len(s) < 15 || s[8] != 'T' {
		return DateTime{}, bad
	}
	year, month, day := digits(s[:4]), digits(s[4:6]), digits(s[6:8])
	hour, minute, second := digits(s[9:11]), digits(s[11:13]), digits(s[13:15])
	if year < 1 || month < 1 || month > 12 || day < 1 ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return DateTime{}, bad
	}
	nanosecond, rest := fraction(s[15:])
	zone, ok := offset(rest)
	if nanosecond < 0 || !ok {
		return DateTime{}, bad
	}
	location := time.UTC
	if zone != 0 {
		location = time.FixedZone("", zone)
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, nanosecond, location)
	if t.Day() != day { // such as the 30th of February
		return DateTime{}, bad
	}
	return DateTime{Time: t, HasZone: rest != ""}, nil
}

// digits is the number that s is in decimal, or -1.
func digits(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = 10*n + int(s[i]-'0')
	}
	return n
}

// fraction takes ".s" off the start of s, in nanoseconds; -1 is a bad one.
func fraction(s string) (nanosecond int, rest string) {
	if !strings.HasPrefix(s, ".") {
		return 0, s
	}
	end := 1
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	if end > 10 {
		return -1, s
	}
	return digits((s[1:end] + "000000000")[:9]), s[end:]
}

// offset is the seconds east of UTC that "Z", "±hhmm", "±hh:mm" or "" mean.
func offset(s string) (seconds int, ok bool) {
	if s == "" || s == "Z" {
		return 0, true
	}
	digitsOnly := s[1:]
	if len(s) == len("+hh:mm") && s[3] == ':' {
		digitsOnly = s[1:3] + s[4:]
	}
	if len(digitsOnly) != 4 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	hours, minutes := digits(digitsOnly[:2]), digits(digitsOnly[2:])
	if hours < 0 || hours > 23 || minutes < 0 || minutes > 59 {
		return 0, false
	}
	seconds = 3600*hours + 60*minutes
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

// String is the inverse of [ParseDateTime], with as many digits of the
// fraction as there are.
func (d DateTime) String() string {
	layout := "20060102T150405.999999999"
	if d.HasZone {
		layout += "Z0700"
	}
	return d.Time.Format(layout)
}
