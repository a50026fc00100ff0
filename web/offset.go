package web

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// offset is how far a clock is off, in words: 3.2 s fast.
func (f format) offset(n any) string {
	off := value(n)
	switch size := f.length(seconds(math.Abs(off))); {
	case math.Abs(off) < 0.05: // no camera tells its time more finely
		return f.say("camera.clock_right")
	case off > 0:
		return f.say("camera.clock_fast", "span", size)
	default:
		return f.say("camera.clock_slow", "span", size)
	}
}

// length is a duration down to seconds where that is short, and to a tenth of a
// second below ten.
func (f format) length(d time.Duration) string {
	switch {
	case d < 9950*time.Millisecond:
		return f.say("camera.seconds", "n", strconv.FormatFloat(d.Seconds(), 'f', 1, 64))
	case d >= time.Hour:
		return f.span(d)
	}
	d = d.Round(time.Second)
	var parts []string
	if n := int(d / time.Minute); n > 0 {
		parts = append(parts, f.say("common.minutes", "n", n))
	}
	if n := int(d % time.Minute / time.Second); n > 0 {
		parts = append(parts, f.say("camera.seconds", "n", n))
	}
	return strings.Join(parts, f.say("common.between"))
}

// speedText is at how many bytes a second something goes.
func speedText(n float64) string { return byteText(int64(n)) + "/s" }
