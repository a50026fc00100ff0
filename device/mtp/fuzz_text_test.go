package mtp

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func FuzzString(f *testing.F) {
	f.Add([]byte("\x03a\x00b\x00\x00\x00"))
	f.Add([]byte("\x03\x3d\xd8\x68\xdc\x00\x00"))
	f.Add([]byte("\x02\x68\xdc\x3d\xd8"))
	f.Add([]byte("\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseString(b)
		checkRead(t, b, (*reading).text, AppendString(nil, s), err)
	})
}

// dateForm is a date in parts: day and time, fraction, zone.
var dateForm = regexp.MustCompile(`^(\d{8}T\d{6})(?:\.(\d{0,9}))?(?:Z|([+-])([01]\d|2[0-3]):?([0-5]\d)|(.{0}))$`)

// plainDate is how a date is written that ParseDateTime can read; ok is false
// if it cannot be read.
func plainDate(s string) (plain string, ok bool) {
	parts := dateForm.FindStringSubmatch(s)
	if parts == nil {
		return "", false
	}
	if at, err := time.Parse("20060102T150405", parts[1]); err != nil || at.Year() == 0 {
		return "", false
	}
	plain = parts[1]
	if fraction := strings.TrimRight(parts[2], "0"); fraction != "" {
		plain += "." + fraction
	}
	switch zone := parts[4] + parts[5]; {
	case zone == "" && !strings.HasSuffix(s, "Z"):
		return plain, true
	case zone == "" || zone == "0000":
		return plain + "Z", true
	default:
		return plain + parts[3] + zone, true
	}
}

func FuzzDateTime(f *testing.F) {
	for _, s := range []string{"20240229T235958", "20240229T235958.5Z", "20240229T235958.123-03:30", "00010101T000000+2359", "20240229T235958-000:0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDateTime(s)
		plain, ok := plainDate(s)
		if ok != (err == nil) || ok && d.String() != plain {
			t.Fatalf("%q is %q, %v, want %q, %v", s, d, err, plain, ok)
		}
		if again, err := ParseDateTime(plain); ok && (err != nil || !again.Time.Equal(d.Time) || again.HasZone != d.HasZone) {
			t.Errorf("%q is %v, and as %q it is %v, %v", s, d.Time, plain, again.Time, err)
		}
	})
}
