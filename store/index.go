package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Names of counts. Those that end in _total only ever grow.
const (
	countClips      = "clips"
	countOpen       = "open"
	countOverdue    = "overdue"
	countSettled    = "settled/" // + deadline
	countPending    = "pending/" // + serial; clips still to be stored, with or without a deadline
	countMissed     = "missed_total"
	countLate       = "late_total"
	countStored     = "stored"
	countStoredSize = "stored_bytes"
)

// order is where a clip stands in listings: clips with a deadline by due
// time, then those without one by when they were seen. Keys that end in it
// sort that way.
func order(c *Clip) string {
	key := make([]byte, 0, 9+len(c.ID))
	at := c.DueAt
	if at.IsZero() {
		key, at = append(key, 1), c.SeenAt
	} else {
		key = append(key, 0)
	}
	return string(append(appendTime(key, at), c.ID...))
}

// appendTime appends t so that bytes sort as instants do, before 1970 too.
func appendTime(key []byte, t time.Time) []byte {
	return binary.BigEndian.AppendUint64(key, uint64(t.UnixMilli())^(1<<63))
}

func keyTime(key []byte) time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(key) ^ (1 << 63))).UTC()
}

// orderID returns the clip's id in a key that ends in an order.
func orderID(order []byte) string { return string(order[9:]) }

// serialKey is a serial, or an id, as the head of a key; neither holds a NUL.
func serialKey(serial string) string { return serial + "\x00" }

// identity is what makes two sightings the same clip: camera, path, size and
// time. It is the raw path, so that two names that print alike differ.
func identity(c *Clip) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00%d\x00%d.%09d", c.Camera, c.rawPath(), c.Size, c.ModTime.Unix(), c.ModTime.Nanosecond())
	return string(h.Sum(nil)[:16])
}

func identityKey(c *Clip) string {
	return string(binary.BigEndian.AppendUint16([]byte(identity(c)), uint16(c.Variant)))
}

type indexEntry struct {
	bucket string
	key    string
	value  string
}

// entries returns every index entry and count of c. Writing a row is taking
// away the old row's entries and adding the new one's, so that no change of a
// clip can leave an index behind.
func entries(c *Clip) (index []indexEntry, counts map[string]int64) {
	ord := order(c)
	counts = map[string]int64{countClips: 1}
	add := func(bucket []byte, key, value string) {
		index = append(index, indexEntry{string(bucket), key, value})
	}
	add(bucketByDue, ord, "")
	add(bucketByCamera, serialKey(c.Camera)+ord, "")
	add(bucketByIdentity, identityKey(c), c.ID)
	if c.onCamera() {
		add(bucketOnCamera, serialKey(c.Camera)+c.ID, "")
	}
	if sum, err := hex.DecodeString(c.SHA256); err == nil && len(sum) == sha256.Size {
		add(bucketByContent, string(sum)+c.ID, "")
	}
	if c.State == Stored && c.Docking != "" {
		add(bucketByDocking, serialKey(c.Docking)+c.ID, "")
	}
	if c.State == Stored {
		counts[countStored]++
		counts[countStoredSize] += c.Size
	} else if c.State != Gone {
		counts[countPending+c.Camera]++
	}
	switch {
	case c.State == Stored || !c.Kind.HasDeadline():
		add(bucketSettled, string(settledCode(c.Deadline))+ord, "")
		counts[countSettled+string(c.Deadline)]++
	case c.Deadline != Overdue:
		add(bucketOpen, ord, openValue(c))
		counts[countOpen]++
	default:
		add(bucketOverdue, ord, c.Camera)
		counts[countOverdue]++
	}
	if !c.MissedAt.IsZero() {
		counts[countMissed]++
	}
	if c.Deadline == Late {
		counts[countLate]++
	}
	return index, counts
}

// openValue is the instant until which an unstored clip is in time whenever it
// ended, or as somebody decided, and its camera. That instant is before all others, eight NULs, where
// nothing bounds the end of the recording from below.
func openValue(c *Clip) string {
	earliest := make([]byte, 8)
	switch {
	case c.Decision != nil: // on time, until it is overdue
		earliest = appendTime(earliest[:0], c.DueAt)
	case !c.EndEarliest.IsZero():
		// The window is the same at both ends of the interval.
		earliest = appendTime(earliest[:0], c.DueAt.Add(c.EndEarliest.Sub(c.EndLatest)))
	}
	return string(earliest) + c.Camera
}

// cutOpenValue takes a value of bucketOpen apart.
func cutOpenValue(v []byte) (earliest time.Time, serial []byte) {
	if len(v) < 8 {
		return time.Time{}, nil // as the first versions wrote where nothing bounds it
	}
	return keyTime(v), v[8:]
}

// settledCode is the deadline as one byte in keys of bucketSettled.
func settledCode(d Deadline) []byte {
	switch d {
	case Late:
		return []byte{1}
	case Undecidable:
		return []byte{2}
	case Excused:
		return []byte{3}
	case OnTime:
		return []byte{4}
	default:
		return []byte{5}
	}
}

// putClip writes c and brings every index and count in line with it.
func putClip(tx *bolt.Tx, c *Clip) error {
	old, err := getRow[Clip](tx, bucketClips, c.ID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	index, counts := entries(c)
	if old != nil {
		was, wasCounts := entries(old)
		if err := dropEntries(tx, was, index); err != nil {
			return err
		}
		for name, n := range wasCounts {
			if !grows(name) {
				counts[name] -= n
			} else if counts[name] > 0 {
				counts[name] -= n
			}
		}
	}
	for _, e := range index {
		if err := tx.Bucket([]byte(e.bucket)).Put([]byte(e.key), []byte(e.value)); err != nil {
			return err
		}
	}
	for name, n := range counts {
		if err := addCount(tx, name, n); err != nil {
			return err
		}
	}
	if err := widenSpan(tx, c); err != nil {
		return err
	}
	return putRow(tx, bucketClips, c.ID, c)
}

func dropEntries(tx *bolt.Tx, was, index []indexEntry) error {
	keep := make(map[indexEntry]bool, len(index))
	for _, e := range index {
		keep[indexEntry{bucket: e.bucket, key: e.key}] = true
	}
	for _, e := range was {
		if keep[indexEntry{bucket: e.bucket, key: e.key}] {
			continue
		}
		if err := tx.Bucket([]byte(e.bucket)).Delete([]byte(e.key)); err != nil {
			return err
		}
	}
	return nil
}

// grows reports whether a count is of events, which are never taken back.
func grows(name string) bool { return name == countMissed || name == countLate }

func addCount(tx *bolt.Tx, name string, n int64) error {
	if n == 0 {
		return nil
	}
	b := tx.Bucket(bucketCounts)
	return b.Put([]byte(name), binary.BigEndian.AppendUint64(nil, uint64(readCount(b, name)+n)))
}

func readCount(b *bolt.Bucket, name string) int64 {
	data := b.Get([]byte(name))
	if len(data) != 8 {
		return 0
	}
	return int64(binary.BigEndian.Uint64(data))
}

// dueSpan is how long after their end clips are due: the least and the most of
// all that there ever were. Both are the window, unless that was changed in the
// configuration, or somebody was given more time.
type dueSpan struct{ least, most time.Duration }

func readSpan(tx *bolt.Tx) (span dueSpan, ok bool) {
	data := tx.Bucket(bucketMeta).Get([]byte(keySpan))
	if len(data) != 16 {
		return span, false
	}
	ms := func(b []byte) time.Duration { return time.Duration(binary.BigEndian.Uint64(b)) * time.Millisecond }
	return dueSpan{ms(data), ms(data[8:])}, true
}

func widenSpan(tx *bolt.Tx, c *Clip) error {
	if c.DueAt.IsZero() || c.EndLatest.IsZero() {
		return nil
	}
	is := c.DueAt.Sub(c.EndLatest)
	was, ok := readSpan(tx)
	if !ok {
		was = dueSpan{is, is}
	}
	now := dueSpan{min(was.least, is), max(was.most, is)}
	if ok && now == was {
		return nil
	}
	data := binary.BigEndian.AppendUint64(nil, uint64(now.least.Milliseconds()))
	return tx.Bucket(bucketMeta).Put([]byte(keySpan), binary.BigEndian.AppendUint64(data, uint64(now.most.Milliseconds())))
}
