package web

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Which instant of a day is meant.
const (
	startOfDay = 0
	endOfDay   = 1 // the start of the next day
)

// maxAge bounds ages, in days, so that none leaves the calendar.
const maxAge = 36500

var errInstant = errors.New("must be a time such as 2026-11-20T08:00:00Z, a day such as 2026-11-20, or an age such as 36h or 7d")

// parseInstant reads an instant in RFC 3339, a day in zone, or an age before
// now. Empty is the zero time.
func parseInstant(text string, now time.Time, zone *time.Location, day int) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	// A plus sign that was not escaped in a query arrives as a space.
	if t, err := time.Parse(time.RFC3339, strings.Replace(text, " ", "+", 1)); err == nil {
		return t, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return t.AddDate(0, 0, day), nil
	}
	age, err := parseAge(text)
	if err != nil {
		return time.Time{}, err
	}
	return now.Add(-age), nil
}

func parseAge(text string) (time.Duration, error) {
	var age time.Duration
	var err error
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n int
		n, err = strconv.Atoi(days)
		if n < 0 || n > maxAge {
			return 0, errInstant
		}
		age = time.Duration(n) * 24 * time.Hour
	} else {
		age, err = time.ParseDuration(text)
	}
	if err != nil || age < 0 {
		return 0, errInstant
	}
	return age, nil
}
