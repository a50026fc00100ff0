package store

import (
	"slices"
	"time"
)

// State is how far a clip has come.
type State string

// The states of a clip.
const (
	Seen    State = "seen"    // listed on its camera, not stored
	Copying State = "copying" // being copied just now; never in the catalog, only in answers
	Stored  State = "stored"  // durable in the archive, read back, in the catalog
	Failed  State = "failed"  // could not be copied so far; tried again
	Gone    State = "gone"    // never stored, and no longer on its camera
)

// Kind is what sort of recording a clip is.
type Kind string

// The kinds. KindLog and KindOther have no deadline.
const (
	KindVideo Kind = "video"
	KindAudio Kind = "audio"
	KindPhoto Kind = "photo"
	KindLog   Kind = "log"
	KindOther Kind = "other"
)

// HasDeadline reports whether Article 15 applies to clips of this kind.
func (k Kind) HasDeadline() bool { return k == KindVideo || k == KindAudio || k == KindPhoto }

// Where the end of a recording was taken from.
const (
	SourceContainer = "container"
	SourceModTime   = "mtime"
	SourceFilename  = "filename"
	SourceDocking   = "docking" // nothing but the dockings bounds it
)

// How far a camera's clock is believed for one clip.
const (
	ClockTrusted   = "trusted"
	ClockCorrected = "corrected" // by the offset measured at docking
	ClockSuspect   = "suspect"
)

// What a look into the file itself said.
const (
	MediaOK      = "ok"
	MediaDamaged = "damaged"
	MediaUnknown = "unknown"
)

// Clip is one file that a camera recorded, as the catalog and the record
// beside the clip keep it and as the API shows it. What is not known is
// absent, never zero. Times are UTC, cut to milliseconds.
type Clip struct {
	ID     string `json:"id"`
	Camera string `json:"camera"` // serial
	Bay    int    `json:"bay,omitempty"`
	Path   string `json:"path"` // on the camera, printable
	Name   string `json:"name"` // last element of Path
	Kind   Kind   `json:"kind"`
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256,omitempty"`
	State  State  `json:"state"`

	RecordedStart time.Time `json:"recorded_start,omitzero"`
	RecordedEnd   time.Time `json:"recorded_end,omitzero"` // absent when the clock is suspect
	EndEarliest   time.Time `json:"end_earliest,omitzero"`
	EndLatest     time.Time `json:"end_latest,omitzero"`
	TimeSource    string    `json:"time_source,omitempty"`
	Clock         string    `json:"clock,omitempty"`
	ClockReason   string    `json:"clock_reason,omitempty"` // why the clock is suspect or was corrected
	ClockCause    *Cause    `json:"clock_cause,omitempty"`  // the same, for words in another language
	Duration      float64   `json:"duration,omitempty"`     // seconds
	Media         string    `json:"media,omitempty"`
	MediaReason   string    `json:"media_reason,omitempty"` // what is damaged
	Sources       []Source  `json:"sources,omitempty"`
	Profile       string    `json:"profile,omitempty"` // of the camera, by which the times were read
	// LackedAt is the end of the last docking whose complete listing lacked
	// the clip; ClockOffset the camera's clock minus the station's in seconds
	// at the docking in which it was first seen.
	LackedAt time.Time `json:"lacked_at,omitzero"`
	// LackedHere says that this was a listing of the docking that then had it:
	// the file came while the camera was in its bay.
	LackedHere  bool     `json:"lacked_here,omitempty"`
	ClockOffset *float64 `json:"clock_offset,omitempty"`
	// ClockReadings is the camera's offset ledger from the last reading before
	// LackedAt to that docking; ClockDoubt why it is not believed.
	ClockReadings []ClockReading `json:"clock_readings,omitempty"`
	ClockDoubt    string         `json:"clock_doubt,omitempty"`

	SeenAt   time.Time `json:"seen_at,omitzero"`
	StoredAt time.Time `json:"stored_at,omitzero"`
	DueAt    time.Time `json:"due_at,omitzero"` // EndLatest + window; absent for logs and others
	Deadline Deadline  `json:"deadline,omitempty"`
	MissedAt time.Time `json:"missed_at,omitzero"`
	LateBy   float64   `json:"late_by,omitempty"` // seconds past due, of an overdue, late or excused clip

	// StationClock is what was doubtful about the station's clock when the clip
	// was stored; absent when nothing was.
	StationClock *StationClock `json:"station_clock,omitempty"`

	// Interruption is why the recording before this clip was broken off.
	Interruption *Note `json:"interruption,omitempty"`

	// Decision is what a person said while the clip was undecidable.
	Decision *Decision `json:"decision,omitempty"`

	// Extension is the one that counts of those that cover the clip.
	Extension *Extension `json:"extension,omitempty"`

	Badge   string `json:"badge,omitempty"`
	Officer string `json:"officer,omitempty"`
	Unit    string `json:"unit,omitempty"`

	ArchivePath  string    `json:"archive_path,omitempty"` // below data_dir
	ReleasedAt   time.Time `json:"released_at,omitzero"`
	ReleaseError string    `json:"release_error,omitempty"` // why the stored clip is still on its camera
	Error        string    `json:"error,omitempty"`
	Attempts     int       `json:"attempts,omitempty"` // failed ones

	// LeftAt is when a complete listing found the stored clip no longer on its camera.
	LeftAt time.Time `json:"left_at,omitzero"`

	Docking string  `json:"docking,omitempty"` // the last docking that listed it while unstored
	History []Entry `json:"history,omitempty"`

	// RawPath is Path as the camera gave it where Path had to be escaped.
	RawPath []byte `json:"raw_path,omitempty"`
	// ModTime as the camera gave it; with serial, path and size it is the clip's identity.
	ModTime time.Time `json:"mtime,omitzero"`
	// Variant tells clips of one identity apart: it is above 0 only where two
	// cameras share a serial.
	Variant int `json:"variant,omitempty"`
}

// Source is one statement about when a clip was recorded.
type Source struct {
	From  string    `json:"from"` // one of the Source constants
	Start time.Time `json:"start,omitzero"`
	End   time.Time `json:"end,omitzero"`
	Note  string    `json:"note,omitempty"` // how it was read: zone, pattern, offset
}

// Entry is one line of a clip's or a camera's history. It is only ever added.
type Entry struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
	By   string    `json:"by,omitempty"`
	Note string    `json:"note,omitempty"`
}

// onCamera reports whether the clip was on its camera when that was last
// listed, as far as is known.
func (c *Clip) onCamera() bool {
	return c.State != Gone && c.ReleasedAt.IsZero() && c.LeftAt.IsZero()
}

// rawPath is the clip's path as the camera gave it.
func (c *Clip) rawPath() string {
	if c.RawPath != nil {
		return string(c.RawPath)
	}
	return c.Path
}

// tidy cuts times to what the catalog keeps, and bounds what must have a bound.
func (c *Clip) tidy() {
	for _, t := range []*time.Time{&c.RecordedStart, &c.RecordedEnd, &c.EndEarliest, &c.EndLatest, &c.LackedAt} {
		*t = stamp(*t)
	}
	c.Sources = slices.Clone(c.Sources)
	for i := range c.Sources {
		c.Sources[i].Start, c.Sources[i].End = stamp(c.Sources[i].Start), stamp(c.Sources[i].End)
	}
	if c.EndLatest.IsZero() && c.Kind.HasDeadline() {
		c.EndLatest = c.SeenAt // nothing is recorded after it was seen
	}
	if c.EndEarliest.After(c.EndLatest) {
		c.EndEarliest = c.EndLatest
	}
}

// note adds a line to the clip's history.
func (c *Clip) note(at time.Time, what, note string) {
	c.History = append(c.History, Entry{At: stamp(at), What: what, Note: note})
}
