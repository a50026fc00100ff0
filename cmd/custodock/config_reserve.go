package main

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// reserve is free space that clips never use: a share of the disk or a number
// of bytes. One of the two is zero.
type reserve struct {
	Percent float64
	Bytes   int64
}

// String gives the form that parseReserve reads: 5%, 20GiB, 1500.
func (r reserve) String() string {
	if r.Bytes == 0 {
		return strconv.FormatFloat(r.Percent, 'f', -1, 64) + "%"
	}
	for i := len(byteUnits) - 1; i >= 0; i-- {
		if u := byteUnits[i]; r.Bytes%u.bytes == 0 {
			return strconv.FormatInt(r.Bytes/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(r.Bytes, 10)
}

// byteUnits are what sizes are written in, the ones preferred for writing last.
var byteUnits = []struct {
	name  string
	bytes int64
}{
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
}

var reserveForm = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) *([A-Za-z]*|%)$`)

func parseReserve(s string) (reserve, error) {
	m := reserveForm.FindStringSubmatch(s)
	if m == nil {
		return reserve{}, fmt.Errorf("must be a share such as 5%% or a size such as 20GiB, not %q", s)
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return reserve{}, fmt.Errorf("%q is too much", s)
	}
	if m[2] == "%" {
		if n >= 100 { // the form admits no sign
			return reserve{}, fmt.Errorf("must be less than 100%%, not %s: nothing would be left for clips", s)
		}
		return reserve{Percent: n}, nil
	}
	bytes := n * unitBytes(m[2])
	switch {
	case bytes == 0 && n != 0:
		return reserve{}, fmt.Errorf("%q: the unit must be %% or one of B, KiB, MiB, GiB, TiB, KB, MB, GB, TB", s)
	case bytes >= math.MaxInt64:
		return reserve{}, fmt.Errorf("%q is too much", s)
	}
	return reserve{Bytes: int64(bytes)}, nil
}

// unitBytes returns 0 for no unit of ours: "20G" is left to nobody's guess.
func unitBytes(unit string) float64 {
	if unit == "" || strings.EqualFold(unit, "B") {
		return 1
	}
	for _, u := range byteUnits {
		if strings.EqualFold(u.name, unit) {
			return float64(u.bytes)
		}
	}
	return 0
}

// reserveValue also takes a bare number from YAML: bytes.
func reserveValue() valueKind[reserve] {
	k := stringValue(parseReserve, reserve.String)
	decode := k.decode
	k.decode = func(value any) (reserve, error) {
		if n, ok := value.(int); ok {
			value = strconv.Itoa(n)
		}
		return decode(value)
	}
	return k
}
