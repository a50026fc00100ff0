package web

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"
)

// format writes what is no word in the way of a language: times in the
// station's zone, durations, sizes and numbers. What is zero because it is not
// known is nothing.
type format struct {
	*words
	zone *time.Location
}

// dateText is a day, such as 26 Nov 2026 or 2026年11月26日.
func (f format) dateText(t time.Time) string { return f.layout(t, "2 Jan 2006", "2006年1月2日") }

// atText is a time to the minute.
func (f format) atText(t time.Time) string {
	return f.layout(t, "2 Jan 2006, 15:04", "2006年1月2日 15:04")
}

func (f format) layout(t time.Time, english, chinese string) string {
	switch {
	case t.IsZero():
		return ""
	case f.lang == "zh":
		return t.In(f.zone).Format(chinese)
	}
	return t.In(f.zone).Format(english)
}

// The same as elements that programs can read.

func (f format) day(t time.Time) template.HTML { return instant(t, f.dateText(t)) }
func (f format) at(t time.Time) template.HTML  { return instant(t, f.atText(t)) }

// hour is the time of a day to the minute, where the day is clear.
func (f format) hour(t time.Time) template.HTML { return instant(t, f.layout(t, "15:04", "15:04")) }

// shortAt leaves the year out: for what is close to now.
func (f format) shortAt(t time.Time) template.HTML {
	return instant(t, f.layout(t, "2 Jan 15:04", "1月2日 15:04"))
}

func (f format) shortDay(t time.Time) template.HTML {
	return instant(t, f.layout(t, "2 Jan", "1月2日"))
}

func instant(t time.Time, text string) template.HTML {
	if t.IsZero() {
		return ""
	}
	// Digits, month names and punctuation of ours alone: nothing to escape.
	return template.HTML(`<time datetime="` + t.UTC().Format(time.RFC3339) + `">` + text + `</time>`)
}

// span is a duration in its two largest units down to minutes, such as
// 3 h 20 min. It rounds down, as people count what has passed.
func (f format) span(d time.Duration) string {
	d = d.Abs().Truncate(time.Minute)
	days, hours, minutes := int(d/(24*time.Hour)), int(d/time.Hour)%24, int(d/time.Minute)%60
	var parts []string
	add := func(n int, key string) {
		if n > 0 && len(parts) < 2 {
			parts = append(parts, f.say(key, "n", n))
		}
	}
	add(days, "common.days")
	add(hours, "common.hours")
	if days == 0 {
		add(minutes, "common.minutes")
	}
	if len(parts) == 0 {
		return f.say("common.moment")
	}
	return strings.Join(parts, f.say("common.between"))
}

// seconds is a duration that is kept as a number of seconds.
func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// value is a number that may be a pointer because it is not always known.
func value(n any) float64 {
	switch n := n.(type) {
	case float64:
		return n
	case *float64:
		return *n
	}
	panic(fmt.Sprintf("%v is no number", n)) // a template of ours
}

// percent is a share of 1, rounded down: 99.9 % is not all.
func percent(share float64) string { return strconv.Itoa(int(share*100+1e-9)) + "\u00a0%" }

// number groups digits by threes, as both languages do.
func number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// byteText is a size for people, in units of 1000 as disks are sold.
func byteText(n int64) string {
	const units = "kMGTP"
	if n < 1000 {
		return fmt.Sprintf("%d\u00a0B", n)
	}
	size, unit := float64(n)/1000, 0
	for size >= 999.5 && unit < len(units)-1 {
		size, unit = size/1000, unit+1
	}
	if size < 10 {
		return fmt.Sprintf("%.1f\u00a0%cB", size, units[unit])
	}
	return fmt.Sprintf("%.0f\u00a0%cB", size, units[unit])
}

// integer takes the integers that templates pass.
func integer(n any) int64 {
	switch n := n.(type) {
	case int:
		return int64(n)
	case int64:
		return n
	case *int64:
		return *n
	}
	panic(fmt.Sprintf("%v is no integer", n)) // a template of ours
}
