package ingest

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"time"

	"custodock/store"
)

// Bounds on what belongs together.
const (
	// SegmentGap is the most that lies between two segments of one recording: a
	// camera closes one file and opens the next.
	SegmentGap = 10 * time.Second

	// InterruptionGap is the most that lies between two recordings of one event.
	// Longer, and it was over (Article 8) and the next one is another.
	InterruptionGap = 30 * time.Minute
)

// Recording is what a camera recorded without a stop, in one clip or more.
type Recording struct {
	Camera  string      `json:"camera"`
	Start   time.Time   `json:"start"`
	End     time.Time   `json:"end"`
	Badge   string      `json:"badge,omitempty"`
	Officer string      `json:"officer,omitempty"`
	Unit    string      `json:"unit,omitempty"`
	Clips   []string    `json:"clips"` // ids, in order
	last    *store.Clip // of them
	first   *store.Clip
}

// Interruption is a pause between two recordings of one camera that looks as if
// the event had gone on (Article 12), with what may explain it.
type Interruption struct {
	Camera  string    `json:"camera"`
	Ended   time.Time `json:"ended"`   // of the recording before
	Resumed time.Time `json:"resumed"` // start of the one after
	Seconds float64   `json:"seconds"`
	After   string    `json:"after"`  // the last clip before it, by id
	Before  string    `json:"before"` // the first one after it; a note is kept with that
	Badge   string    `json:"badge,omitempty"`
	Officer string    `json:"officer,omitempty"`
	Unit    string    `json:"unit,omitempty"`

	// Damaged says that the clip before it was not closed, as when the power
	// fails; the figures are those of the docking at which that was seen.
	Damaged     bool     `json:"damaged"`
	Battery     *float64 `json:"battery,omitempty"`      // 0 to 1
	StorageSize *int64   `json:"storage_size,omitempty"` // bytes
	StorageFree *int64   `json:"storage_free,omitempty"` // bytes

	// Note is the written reason; absent until somebody gives it.
	Note *store.Note `json:"note,omitempty"`
}

// Recordings puts clips together that are segments of one recording: of one
// camera, named alike, each beginning where the one before ended. Clips of which
// start and end are not known are left out: nobody knows where they belong.
func Recordings(clips []store.Clip) (list []Recording) {
	known := slices.DeleteFunc(slices.Clone(clips), func(c store.Clip) bool {
		return (c.Kind != store.KindVideo && c.Kind != store.KindAudio) || c.RecordedStart.IsZero() || c.RecordedEnd.IsZero()
	})
	slices.SortStableFunc(known, func(a, b store.Clip) int {
		return cmp.Or(strings.Compare(a.Camera, b.Camera), strings.Compare(shape(&a), shape(&b)),
			a.RecordedStart.Compare(b.RecordedStart), strings.Compare(a.Path, b.Path))
	})
	for i := range known {
		c := &known[i]
		if n := len(list); n > 0 && continues(list[n-1].last, c) {
			r := &list[n-1]
			r.Clips, r.last, r.End = append(r.Clips, c.ID), c, later(r.End, c.RecordedEnd)
			continue
		}
		list = append(list, Recording{Camera: c.Camera, Start: c.RecordedStart, End: c.RecordedEnd,
			Badge: c.Badge, Officer: c.Officer, Unit: c.Unit, Clips: []string{c.ID}, first: c, last: c})
	}
	slices.SortStableFunc(list, func(a, b Recording) int {
		return cmp.Or(strings.Compare(a.Camera, b.Camera), a.Start.Compare(b.Start))
	})
	return list
}

// continues reports whether c is the segment after last. A pre-record overlaps.
func continues(last, c *store.Clip) bool {
	gap := c.RecordedStart.Sub(last.RecordedEnd)
	return last.Camera == c.Camera && shape(last) == shape(c) && gap >= -SegmentGap && gap <= SegmentGap
}

// shape is a clip's name without its numbers: segments are named alike.
func shape(c *store.Clip) string {
	digits := func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '#'
		}
		return r
	}
	return strings.ToLower(path.Ext(c.Name)) + " " + strings.Map(digits, strings.TrimSuffix(c.Name, path.Ext(c.Name)))
}

// Interruptions returns the pauses between recordings, by camera, that are short
// enough for one event and that no docking explains: a camera in a bay is not
// with its officer. docking returns a docking, or nil.
func Interruptions(list []Recording, docking func(id string) *store.Docking) []Interruption {
	found := []Interruption{}
	for i := 1; i < len(list); i++ {
		before, after := &list[i-1], &list[i]
		gap := after.Start.Sub(before.End)
		if before.Camera != after.Camera || gap <= SegmentGap || gap > InterruptionGap || before.last.SeenAt.Before(after.Start) {
			continue
		}
		x := Interruption{Camera: after.Camera, Ended: before.End, Resumed: after.Start, Seconds: gap.Seconds(),
			After: before.last.ID, Before: after.first.ID, Badge: after.Badge, Officer: after.Officer, Unit: after.Unit,
			Damaged: before.last.Media == store.MediaDamaged, Note: after.first.Interruption}
		if d := docking(before.last.Docking); d != nil {
			x.Battery, x.StorageSize, x.StorageFree = d.Battery, d.StorageSize, d.StorageFree
		}
		found = append(found, x)
	}
	return found
}
