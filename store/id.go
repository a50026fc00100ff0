package store

import (
	"math/rand/v2"
	"time"
)

// crockford is base32 without letters that are misread.
const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

// newID returns a name that sorts by time: 48 bits of milliseconds and 32 bits
// that start at random and count up within one millisecond. The caller holds
// s.writer.
func (s *Store) newID(now time.Time) string {
	ms := max(now.UnixMilli(), s.lastMS) & (1<<48 - 1)
	if ms == s.lastMS {
		s.lastID++
	} else {
		s.lastMS, s.lastID = ms, uint64(rand.Uint32()>>1)
	}
	hi, lo := uint64(ms)>>8, uint64(ms)<<32|s.lastID&(1<<32-1)
	// 80 bits: the upper 40 in hi, the lower 40 in lo.
	var id [16]byte
	for i, half := range []uint64{hi, lo & (1<<40 - 1)} {
		for j := range 8 {
			id[i*8+j] = crockford[half>>(35-5*j)&31]
		}
	}
	return string(id[:])
}

// lastYear is one short of the last that JSON can hold: a time in it still
// has a due time.
const lastYear = 9998

// stamp cuts a time to what the catalog keeps. One that cannot be written
// down is none: a camera may claim any.
func stamp(t time.Time) time.Time {
	t = t.UTC().Truncate(time.Millisecond)
	if year := t.Year(); year < 1 || year > lastYear {
		return time.Time{}
	}
	return t
}
