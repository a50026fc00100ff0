package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	safeName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)
)

// valueKind is a sort of value: how it is read from YAML, strictly, and written.
type valueKind[T any] struct {
	parse  func(text string) (any, error) // environment's text to what YAML would give
	decode func(value any) (T, error)
	encode func(T) any
}

// stringValue is a kind whose YAML form is text.
func stringValue[T any](decode func(text string) (T, error), encode func(T) string) valueKind[T] {
	return valueKind[T]{
		parse: func(text string) (any, error) { return text, nil },
		decode: func(value any) (T, error) {
			s, ok := value.(string)
			if !ok {
				return *new(T), fmt.Errorf("must be text, not %s; put it in quotes if it is meant so", showValue(value))
			}
			return decode(s)
		},
		encode: func(v T) any { return encode(v) },
	}
}

// plainValue is a stringValue that is kept as it is when valid finds no fault.
func plainValue(valid func(string) error) valueKind[string] {
	return stringValue(
		func(s string) (string, error) { return s, valid(s) },
		func(s string) string { return s })
}

// textValue is text as it stands. YAML takes 0012 for a number and 2026-11-20
// for a date, so whoever means text must quote it: "12" is another station.
func textValue() valueKind[string] { return plainValue(func(string) error { return nil }) }

func oneOfValue(allowed ...string) valueKind[string] {
	return plainValue(func(s string) error {
		if slices.Contains(allowed, s) {
			return nil
		}
		return fmt.Errorf("must be %s, not %q%s", strings.Join(allowed, " or "), s, didYouMean(s, allowed))
	})
}

// stationIDValue is a name fit for labels, folders and file names.
func stationIDValue() valueKind[string] {
	return stringValue(func(s string) (string, error) {
		from := ""
		if s == "" {
			host, err := os.Hostname()
			if err != nil {
				return "", fmt.Errorf("set it: the host has no name to use instead: %w", err)
			}
			s, from = host, " (the host name)"
		}
		if !safeName.MatchString(s) {
			return "", fmt.Errorf("must be 1 to 64 letters, digits, dots, dashes and underscores, not %q%s", s, from)
		}
		return s, nil
	}, func(s string) string { return s })
}

// locationValue is a zone by its IANA name, never the machine's own: archives
// would change their folders with /etc/localtime.
func locationValue() valueKind[*time.Location] {
	return stringValue(func(s string) (*time.Location, error) {
		// LoadLocation takes both for zones; neither says where the station is.
		if s == "" || s == "Local" {
			return nil, fmt.Errorf("must be a zone such as Asia/Shanghai, not %q", s)
		}
		zone, err := time.LoadLocation(s)
		if err != nil {
			return nil, fmt.Errorf("must be a zone such as Asia/Shanghai, not %q: %w", s, err)
		}
		return zone, nil
	}, (*time.Location).String)
}

func pathValue() valueKind[string] {
	return stringValue(absolute, func(s string) string { return s })
}

func optionalPathValue() valueKind[string] {
	return stringValue(func(s string) (string, error) {
		if s == "" {
			return "", nil
		}
		return absolute(s)
	}, func(s string) string { return s })
}

// absolute makes paths independent of the folder that the daemon runs in later.
func absolute(s string) (string, error) {
	if s == "" || strings.ContainsRune(s, 0) {
		return "", fmt.Errorf("must be a path, not %q", s)
	}
	return filepath.Abs(s)
}

// pathsValue is a list of folders; in the environment they stand between commas.
func pathsValue() valueKind[[]string] {
	return valueKind[[]string]{
		parse: func(text string) (any, error) {
			var list []any
			for s := range strings.SplitSeq(text, ",") {
				list = append(list, strings.TrimSpace(s))
			}
			return list, nil
		},
		decode: func(value any) ([]string, error) {
			list, ok := value.([]any)
			if !ok {
				return nil, fmt.Errorf("must be a list such as [/run/custodock/cameras], not %s", showValue(value))
			}
			out := make([]string, len(list))
			var errs []error
			for i, e := range list {
				var err error
				if out[i], err = pathValue().decode(e); err != nil {
					errs = append(errs, fmt.Errorf("entry %d: %w", i+1, err))
				}
			}
			return out, errors.Join(errs...)
		},
		encode: func(v []string) any { return v },
	}
}

// boolValue is not lenient: yes and on are text in YAML 1.2, and a setting that
// removes clips from cameras must not be guessed.
func boolValue() valueKind[bool] {
	return valueKind[bool]{
		parse: func(text string) (any, error) {
			switch text {
			case "true", "false":
				return text == "true", nil
			}
			return nil, fmt.Errorf("must be true or false, not %q", text)
		},
		decode: func(value any) (bool, error) {
			b, ok := value.(bool)
			if !ok {
				return false, fmt.Errorf("must be true or false, not %s", showValue(value))
			}
			return b, nil
		},
		encode: func(b bool) any { return b },
	}
}

func wholeValue(least, most int) valueKind[int] {
	return valueKind[int]{
		parse: func(text string) (any, error) {
			n, err := strconv.Atoi(text)
			if err != nil {
				return nil, fmt.Errorf("must be a whole number, not %q", text)
			}
			return n, nil
		},
		decode: func(value any) (int, error) {
			n, ok := value.(int)
			if !ok {
				return 0, fmt.Errorf("must be a whole number, not %s", showValue(value))
			}
			if n < least || n > most {
				return 0, fmt.Errorf("must be %d to %d, not %d", least, most, n)
			}
			return n, nil
		},
		encode: func(n int) any { return n },
	}
}

// durationValue takes no bare numbers: 24 might be hours to one reader and
// seconds to the next.
func durationValue(least time.Duration) valueKind[time.Duration] {
	return valueKind[time.Duration]{
		parse: func(text string) (any, error) { return text, nil },
		decode: func(value any) (time.Duration, error) {
			s := fmt.Sprint(value)
			if _, err := strconv.ParseFloat(s, 64); err == nil && s != "0" {
				return 0, fmt.Errorf("%s has no unit: write %ss, %sm or %sh", s, s, s, s)
			}
			d, err := time.ParseDuration(s)
			if err != nil {
				return 0, fmt.Errorf("must be a duration such as 24h, 90m or 2s, not %s", showValue(value))
			}
			if d < least {
				return 0, fmt.Errorf("must be %s or more, not %s", shortDuration(least), s)
			}
			return d, nil
		},
		encode: func(d time.Duration) any { return shortDuration(d) },
	}
}

// toleranceValue is a duration below half an hour: from there on, every difference
// between two times would pass for a matter of zones.
func toleranceValue() valueKind[time.Duration] {
	k := durationValue(time.Millisecond)
	decode := k.decode
	k.decode = func(value any) (time.Duration, error) {
		d, err := decode(value)
		if err == nil && d >= 30*time.Minute {
			err = fmt.Errorf("must be less than 30m, not %s: a wrong clock could not be told from another time zone", shortDuration(d))
		}
		return d, err
	}
	return k
}

// shortDuration writes 24h where Duration.String writes 24h0m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// listenValue is what net.Listen will be given, checked before anything runs. An
// empty host is every address, port 0 any free port.
func listenValue() valueKind[string] {
	return plainValue(func(s string) error {
		host, port, err := net.SplitHostPort(s)
		if err != nil {
			return fmt.Errorf("must be address:port such as 127.0.0.1:8420, not %q", s)
		}
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return fmt.Errorf("%q: the port must be 0 to 65535, not %q", s, port)
		}
		if _, err := netip.ParseAddr(host); err != nil && host != "" && !hostName.MatchString(host) {
			return fmt.Errorf("%q: %q is no address and no host name", s, host)
		}
		return nil
	})
}

func levelValue() valueKind[slog.Level] {
	names := oneOfValue("debug", "info", "warn", "error")
	return stringValue(func(s string) (l slog.Level, err error) {
		if _, err := names.decode(s); err != nil {
			return 0, err
		}
		return l, l.UnmarshalText([]byte(s))
	}, func(l slog.Level) string { return strings.ToLower(l.String()) })
}

// showValue names a value and, where it may surprise, what YAML took it for.
func showValue(value any) string {
	switch v := value.(type) {
	case string:
		return strconv.Quote(v)
	case bool, int, int64, uint64, float64:
		return fmt.Sprint(v)
	case time.Time:
		return "a date"
	case []any:
		return "a list"
	case map[string]any, map[any]any:
		return "a group of keys"
	}
	return fmt.Sprintf("%v", value)
}
