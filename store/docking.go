package store

import "time"

// Docking is one stay of a camera in a bay, with its books: what was there,
// what is stored, what is not, and what was there last time and is gone.
type Docking struct {
	ID        string `json:"id"`
	Camera    string `json:"camera"`
	Bay       int    `json:"bay,omitempty"`
	Transport string `json:"transport,omitempty"`
	Location  string `json:"location,omitempty"` // folder, or bus and device
	Port      string `json:"port,omitempty"`     // USB port path
	DeviceID  string `json:"device_id,omitempty"`
	Conflict  bool   `json:"conflict,omitempty"` // another camera of the same serial was docked
	// Place says that this is a plain folder with the name of a camera that
	// has a disk of its own: perhaps only the place where that is mounted.
	Place bool `json:"place,omitempty"`

	DockedAt   time.Time `json:"docked_at"`
	ListedAt   time.Time `json:"listed_at,omitzero"` // of the last complete listing
	UndockedAt time.Time `json:"undocked_at,omitzero"`
	// Closed says how the docking ended: "undocked", or "interrupted" when
	// the daemon did not see the end.
	Closed string `json:"closed,omitempty"`

	Complete bool   `json:"complete"` // the last listing held everything
	Error    string `json:"error,omitempty"`
	// NoRoomAt is when the archive first had no room for one of its clips.
	NoRoomAt time.Time `json:"no_room_at,omitzero"`
	Books

	// Speed is at how many bytes a second the camera was read, as a mean over
	// the time in which a clip was read from it; absent when nothing was.
	Speed   float64 `json:"speed,omitempty"`
	Receipt string  `json:"receipt,omitempty"` // code of the last one

	Battery     *float64 `json:"battery,omitempty"`      // 0 to 1
	StorageSize *int64   `json:"storage_size,omitempty"` // bytes
	StorageFree *int64   `json:"storage_free,omitempty"` // bytes
	ClockOffset *float64 `json:"clock_offset,omitempty"` // seconds, camera minus station, before any setting

	ClockSetAt time.Time `json:"clock_set_at,omitzero"` // when the station set the camera's clock
	ClockDoubt string    `json:"clock_doubt,omitempty"` // why the offset cannot follow from those before
	ClockDrift *float64  `json:"clock_drift,omitempty"` // seconds a day since the reading before
}

// ClockReading is one line of a camera's offset ledger: how far its clock was
// off when it was docked, before the station set it, if it did.
type ClockReading struct {
	At     time.Time `json:"at"`
	Offset float64   `json:"offset"` // seconds, camera minus station
	SetAt  time.Time `json:"set_at,omitzero"`
}

// transportFolder is the transport of a plain folder.
const transportFolder = "folder"

// bare reports whether the docking, with so many files, may be no more than
// the folder that stays when a camera's disk is unmounted. What is not in it is
// not gone from the camera.
func (d *Docking) bare(files int) bool { return d.Place && files == 0 }

// How a docking ended.
const (
	ClosedUndocked    = "undocked"
	ClosedInterrupted = "interrupted"
)

// Books are a docking's counts of clips.
type Books struct {
	Files    int   `json:"files"`    // on the camera
	Bytes    int64 `json:"bytes"`    // their sizes
	New      int   `json:"new"`      // never listed before
	Known    int   `json:"known"`    // recognised as stored, not read again
	Stored   int   `json:"stored"`   // stored in this docking
	Unstored int   `json:"unstored"` // on the camera and not stored yet
	Failed   int   `json:"failed"`   // of these, those that could not be copied so far
	// FailedInArchive are those of Failed for which the camera is not to blame.
	FailedInArchive int `json:"failed_in_archive,omitempty"`

	GoneStored    int        `json:"gone_stored"`              // there last time, stored, and no longer there
	GoneLost      int        `json:"gone_lost"`                // there last time, never stored, and no longer there
	Released      int        `json:"released"`                 // removed from the camera after storing
	UnstoredBytes int64      `json:"unstored_bytes,omitempty"` // sizes of those that are not stored yet
	Gone          []GoneClip `json:"gone,omitempty"`           // of GoneLost, the first 200 by name
	Skipped       []Skipped  `json:"skipped,omitempty"`
	SkippedN      int        `json:"skipped_count,omitempty"`
}

// GoneClip is a clip that was never stored and is no longer on its camera.
type GoneClip struct {
	Clip string `json:"clip"` // id
	Path string `json:"path"`
}

// maxGone bounds how many of them a docking names.
const maxGone = 200

// Skipped is something on a camera that is no clip: a link, a device.
type Skipped struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// Camera is what is known of one camera, known by its serial.
type Camera struct {
	Serial    string `json:"serial"`
	Model     string `json:"model,omitempty"`
	Firmware  string `json:"firmware,omitempty"`
	Transport string `json:"transport,omitempty"`
	DeviceID  string `json:"device_id,omitempty"`
	// Conflict says that two cameras with this serial were seen: clips are
	// then recognised by their bytes and never by name, size and time alone.
	Conflict bool `json:"conflict,omitempty"`
	// SettledAt is when somebody said last that there is one of them again.
	SettledAt time.Time `json:"conflict_settled_at,omitzero"`
	// Retired says that the camera is no longer used, and who says so.
	Retired *Note `json:"retired,omitempty"`

	FirstSeenAt    time.Time `json:"first_seen_at,omitzero"`
	LastDockedAt   time.Time `json:"last_docked_at,omitzero"`
	LastUndockedAt time.Time `json:"last_undocked_at,omitzero"`
	LastBay        int       `json:"last_bay,omitempty"`
	LastDocking    string    `json:"last_docking,omitempty"`

	Battery     *float64 `json:"battery,omitempty"`      // 0 to 1, at the last docking
	StorageSize *int64   `json:"storage_size,omitempty"` // bytes
	StorageFree *int64   `json:"storage_free,omitempty"` // bytes
	ClockOffset *float64 `json:"clock_offset,omitempty"` // seconds, camera minus station, as measured at the last docking

	// ClockDrift is by how many seconds a day the clock gained between the last
	// two dockings that tell.
	ClockDrift *float64 `json:"clock_drift,omitempty"`

	// ClockSetAt is when the station set the camera's clock after that; zero
	// when it did not.
	ClockSetAt time.Time `json:"clock_set_at,omitzero"`

	// ListedAll is the end of the last docking with a complete listing, or
	// the time of that listing when the end was not seen: a clip that it
	// lacked was recorded later.
	ListedAll time.Time `json:"listed_all,omitzero"`

	// Unlisted says that the last listing did not come to all that is on the
	// camera: there may be clips that nobody knows, and that are due.
	Unlisted bool `json:"unlisted,omitempty"`

	Holder  *Holder  `json:"holder,omitempty"`
	Holders []Holder `json:"holders,omitempty"` // others, former and planned ones, oldest first
	History []Entry  `json:"history,omitempty"`

	PendingClips int `json:"pending_clips"` // not stored; counted when asked
}

// Holder is who holds a camera, and when.
type Holder struct {
	Badge string    `json:"badge"`
	Name  string    `json:"name,omitempty"`
	Unit  string    `json:"unit,omitempty"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until,omitzero"`

	By      string `json:"by,omitempty"`       // who handed it out, as far as that was asked
	EndedBy string `json:"ended_by,omitempty"` // and who took it back, or gave it to the next one
}
