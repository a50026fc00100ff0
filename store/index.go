package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Names of counts. Those that end in _total only ever grow.
const (
	countClips      = "clips"
	countOpen       = "open"
	countOverdue    = "overdue"
	countSettled    = "settled/" // + deadline
	countPending    = "pending/" // + serial; clips still to be stored, with or without a deadline
	countMissed     = "missed_total"
	countLate       = "late_total"    // see countOnce
	countExcused    = "excused_total" // likewise
	countStored     = "stored"
	countStoredSize = "stored_bytes"
	countTally      = "tally/" // + week, standing, unit; see tally.go
)

// order is where a clip stands in listings: clips with a deadline by due
// time, then those without one by when they were recorded. Keys that end in it
// sort that way.
func order(c *Clip) string {
	key := make([]byte, 0, 9+len(c.ID))
	if c.DueAt.IsZero() {
		key = appendTime(append(key, 1), c.end())
	} else {
		key = appendTime(append(key, 0), c.DueAt)
	}
	return string(append(key, c.ID...))
}

// end is when the clip was recorded, as listings know it.
func (c *Clip) end() time.Time {
	if c.EndLatest.IsZero() {
		return c.SeenAt
	}
	return c.EndLatest
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

// maxOwner bounds a badge or a unit in keys; nobody can enter a longer one.
const maxOwner = 1000

// ownerKey is a badge or a unit as the head of a key. Records of another
// archive may hold any text: two that become one key are told apart by the rows.
func ownerKey(name string) string { return cleanOwner(name) + "\x00" }

func cleanOwner(name string) string {
	return strings.ReplaceAll(name[:min(len(name), maxOwner)], "\x00", "\x01")
}

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
// clip can leave an index behind. Weeks begin in zone.
func entries(c *Clip, zone *time.Location) (index []indexEntry, counts map[string]int64) {
	ord := order(c)
	counts = map[string]int64{countClips: 1}
	add := func(bucket []byte, key, value string) {
		index = append(index, indexEntry{string(bucket), key, value})
	}
	index = listingEntries(c, ord)
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
	switch standingOf(c) {
	case standOpen:
		add(bucketOpen, ord, clockValue(c))
		counts[countOpen]++
	case standOverdue:
		add(bucketOverdue, ord, c.Camera)
		counts[countOverdue]++
	default:
		counts[countSettled+string(c.Deadline)]++
	}
	if name := tallyKey(c, zone); name != "" {
		counts[name]++
	}
	if !c.MissedAt.IsZero() {
		counts[countMissed]++ // once missed, a clip stays so
	}
	return index, counts
}

// listingEntries are those of the listings that pages are read from.
func listingEntries(c *Clip, ord string) []indexEntry {
	k := classOf(c)
	tail, value := string([]byte{byte(k)})+ord, ""
	if k.standing() == standOpen {
		value = openValue(c)
	}
	index := []indexEntry{
		{string(bucketByClass), tail, value},
		{string(bucketByCamera), serialKey(c.Camera) + tail, value},
		{string(bucketByUnit), ownerKey(c.Unit) + tail, value},
	}
	if c.Badge != "" {
		index = append(index, indexEntry{string(bucketByBadge), ownerKey(c.Badge) + tail, value})
	}
	return index
}

// clockValue is the instant until which an unstored clip is in time whenever it
// ended, or as somebody decided, and its camera.
func clockValue(c *Clip) string {
	if c.Decision != nil { // on time, until it is overdue
		return string(appendTime(nil, c.DueAt)) + c.Camera
	}
	return openValue(c) + c.Camera
}

// cutClockValue takes a value of bucketOpen apart.
func cutClockValue(v []byte) (earliest time.Time, serial []byte) {
	if len(v) < 8 {
		return time.Time{}, nil // as the first versions wrote where nothing bounds it
	}
	return keyTime(v), v[8:]
}

// putClip writes c and brings every index and count in line with it.
func (s *Store) putClip(tx *bolt.Tx, c *Clip) error {
	old, err := getRow[Clip](tx, bucketClips, c.ID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	index, counts := entries(c, s.opt.Zone)
	if old != nil {
		was, wasCounts := entries(old, s.opt.Zone)
		if err := dropEntries(tx, was, index); err != nil {
			return err
		}
		for name, n := range wasCounts {
			counts[name] -= n
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
	if err := errors.Join(widenSpan(tx, c), countOnce(tx, c)); err != nil {
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

// countOnce counts a stored clip the first time that it is late, and the first
// time that it is excused. An extension that is revoked and a decision that is
// taken back make it something else, and perhaps late again: of these counts
// neither takes a clip back, nor has one twice.
func countOnce(tx *bolt.Tx, c *Clip) error {
	var name string
	switch {
	case c.State == Stored && c.Deadline == Late:
		name = countLate
	case c.State == Stored && c.Deadline == Excused:
		name = countExcused
	default:
		return nil
	}
	counted, key := tx.Bucket(bucketCounted), []byte(name+"/"+c.ID)
	if counted.Get(key) != nil {
		return nil
	}
	return errors.Join(counted.Put(key, []byte{1}), addCount(tx, name, 1))
}

// countBefore makes bucketCounted in a catalog of an earlier version, which
// counted late clips without it. It reads the listings, see upgrade.
func (s *Store) countBefore() error {
	err := s.db.View(func(tx *bolt.Tx) error {
		if tx.Bucket(bucketCounted) == nil {
			return bolterrors.ErrBucketNotFound
		}
		return nil
	})
	if !errors.Is(err, bolterrors.ErrBucketNotFound) {
		return err
	}
	err = s.db.Update(func(tx *bolt.Tx) error {
		if _, err := tx.CreateBucket(bucketCounted); err != nil {
			return err
		}
		if err := tx.Bucket(bucketCounts).Delete([]byte(countLate)); err != nil {
			return err
		}
		return errors.Join(countAll(tx, standLate), countAll(tx, standExcused))
	})
	if err != nil {
		return fmt.Errorf("count late clips: %w", noSpace(err))
	}
	return nil
}

// countAll counts the stored clips that stand so.
func countAll(tx *bolt.Tx, st standing) error {
	prefix := []byte{byte(makeClass(Stored, st))}
	c := tx.Bucket(bucketByClass).Cursor()
	for k, _ := c.Seek(prefix); hasPrefix(k, prefix); k, _ = c.Next() {
		clip := &Clip{ID: orderID(k[len(prefix):]), State: Stored, Deadline: settledAs[st]}
		if err := countOnce(tx, clip); err != nil {
			return err
		}
	}
	return nil
}

func addCount(tx *bolt.Tx, name string, n int64) error {
	if n == 0 {
		return nil
	}
	b := tx.Bucket(bucketCounts)
	return setCount(b, name, readCount(b, name)+n)
}

func setCount(b *bolt.Bucket, name string, n int64) error {
	if n == 0 {
		return b.Delete([]byte(name))
	}
	return b.Put([]byte(name), binary.BigEndian.AppendUint64(nil, uint64(n)))
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
