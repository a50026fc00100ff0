package main

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// printable writes what would do something to a terminal instead of being
// seen, such as control characters and those that turn the direction of
// writing, as \x1b or \u202e. Cameras' names come escaped already; this is for
// whatever does not.
func printable(s string) string {
	if !strings.ContainsFunc(s, notGraphic) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case !notGraphic(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// notGraphic also holds of the replacement for bytes that are no UTF-8: an
// old terminal may take such bytes for controls.
func notGraphic(r rune) bool { return !unicode.IsGraphic(r) || r == unicode.ReplacementChar }

// printableLines is printable for a text of several lines.
func printableLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = printable(lines[i])
	}
	return strings.Join(lines, "\n")
}

// runeWidth is how many cells of a terminal r takes. Characters that Unicode
// calls ambiguous take one: terminals of today agree, in Chinese locales too.
func runeWidth(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case width.LookupRune(r).Kind() == width.EastAsianWide, width.LookupRune(r).Kind() == width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// textWidth is how many cells of a terminal s takes.
func textWidth(s string) (n int) {
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// cutText returns s cut to n cells, with … where something is missing.
func cutText(s string, n int) string {
	if textWidth(s) <= n {
		return s
	}
	return head(s, n-1) + "…"
}

// cutMiddle is cutText for names: their ends tell them apart.
func cutMiddle(s string, n int) string {
	if textWidth(s) <= n {
		return s
	}
	end := tail(s, (n-1)*2/3)
	return head(s, n-1-textWidth(end)) + "…" + end
}

// head returns what of s fits into n cells.
func head(s string, n int) string {
	for i, r := range s {
		if n -= runeWidth(r); n < 0 {
			return s[:i]
		}
	}
	return s
}

// tail returns what of the end of s fits into n cells. It does not begin with
// a mark whose letter is missing.
func tail(s string, n int) string {
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		if textWidth(s) <= n && runeWidth(r) > 0 {
			break
		}
		s = s[size:]
	}
	return s
}

// bytesText writes a size for people: 1.2 GiB.
func bytesText(n int64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	size, unit := float64(n)/1024, 0
	// 1023.95 would be written as 1024.0.
	for ; size >= 1023.95 && unit < len(units)-1; unit++ {
		size /= 1024
	}
	if size >= 99.95 {
		return fmt.Sprintf("%.0f %ciB", size, units[unit])
	}
	return fmt.Sprintf("%.1f %ciB", size, units[unit])
}

// durationText writes a length of time for people, in its two largest units.
func durationText(d time.Duration) string {
	if d < time.Second {
		return "under 1 s"
	}
	if d = d.Round(time.Second); d < time.Minute {
		return fmt.Sprintf("%d s", d/time.Second)
	}
	switch d = d.Round(time.Minute); {
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 24*time.Hour:
		return joinUnits(int(d/time.Hour), "h", int(d%time.Hour/time.Minute), "min")
	}
	d = d.Round(time.Hour)
	return joinUnits(int(d/(24*time.Hour)), "d", int(d%(24*time.Hour)/time.Hour), "h")
}

// joinUnits leaves out a smaller unit of which there is none.
func joinUnits(n int, unit string, rest int, small string) string {
	if rest == 0 {
		return fmt.Sprintf("%d %s", n, unit)
	}
	return fmt.Sprintf("%d %s %d %s", n, unit, rest, small)
}

// secondsText is durationText for what JSON and metrics have: seconds.
func secondsText(seconds float64) string {
	return durationText(time.Duration(seconds * float64(time.Second)))
}

// count writes a number and its noun: 1 clip, 2 clips.
func count[N int | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
