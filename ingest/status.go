package ingest

import (
	"slices"
	"time"

	"custodock/store"
)

// What a bay shows.
const (
	BayEmpty     = "empty"     // no camera
	BayReading   = "reading"   // the camera is being listed
	BayCopying   = "copying"   // clips are being copied, or wait for their turn
	BayDone      = "done"      // everything on the camera is stored: it may be taken
	BayAttention = "attention" // something needs a person; Message says what
)

// What a bay needs that shows BayAttention.
const (
	NeedReinsert = "reinsert" // the camera cannot be listed
	NeedUnlock   = "unlock"   // the camera shows no storage
	NeedRoom     = "room"     // the archive is full
	NeedArchive  = "archive"  // the archive cannot be written
	NeedReading  = "reading"  // clips cannot be read; they are tried again
	NeedPatience = "patience" // part of the camera cannot be listed yet; it is tried again
	NeedStaff    = "staff"    // part of the camera cannot be listed: what can be is stored
	NeedDisk     = "disk"     // only the empty folder where the camera's disk is mounted
)

// Status is the whole station at one instant.
type Status struct {
	Station  StationInfo `json:"station"`
	Now      time.Time   `json:"now"`
	Running  bool        `json:"running"` // false when the catalog is read without a daemon
	Bays     []BayStatus `json:"bays"`
	Clips    store.Stats `json:"clips"`
	Archive  store.Space `json:"archive"`
	NextDue  time.Time   `json:"next_due_at,omitzero"` // of the clips that are not stored
	Warnings []Warning   `json:"warnings"`

	// CamerasOut are those that were not docked for longer than a day, the
	// longest first; no more than 200 are named.
	CamerasOut      []CameraOut `json:"cameras_out"`
	CamerasOutCount int         `json:"cameras_out_count"`
}

// StationInfo is what the configuration says of the station.
type StationInfo struct {
	ID       string `json:"id"`
	Name     string `json:"name,omitempty"`
	Timezone string `json:"timezone"`
}

// Warning is something an administrator should know.
type Warning struct {
	What    string `json:"what"` // a fixed word: archive-full, archive-unwritable, serial-conflict
	Message string `json:"message"`
}

// BayStatus is one bay and the camera in it.
type BayStatus struct {
	Bay       int       `json:"bay"`
	State     string    `json:"state"`
	Need      string    `json:"need,omitempty"`    // of attention: one of the Need constants
	Message   string    `json:"message,omitempty"` // the one thing to do, in words
	Camera    string    `json:"camera,omitempty"`
	Badge     string    `json:"badge,omitempty"`
	Officer   string    `json:"officer,omitempty"`
	Unit      string    `json:"unit,omitempty"`
	Docking   string    `json:"docking,omitempty"`
	DockedAt  time.Time `json:"docked_at,omitzero"`
	Transport string    `json:"transport,omitempty"`
	Location  string    `json:"location,omitempty"`
	Conflict  bool      `json:"conflict,omitempty"` // another camera has the same serial

	Files       int      `json:"files"`        // on the camera
	Bytes       int64    `json:"bytes"`        // on the camera
	Known       int      `json:"known"`        // stored at an earlier docking
	Stored      int      `json:"stored"`       // stored at this docking
	StoredBytes int64    `json:"stored_bytes"` // of these
	Left        int      `json:"left"`         // clips still to be stored
	LeftBytes   int64    `json:"left_bytes"`
	Failed      int      `json:"failed"` // of those left, clips that could not be read so far
	Late        int      `json:"late"`   // stored late at this docking
	Undecidable int      `json:"undecidable"`
	Skipped     int      `json:"skipped"` // links and other things that are no clips
	Speed       float64  `json:"speed,omitempty"`
	SecondsLeft *float64 `json:"seconds_left,omitempty"` // from measured speed; absent while unknown
	Copying     []Copied `json:"copying,omitempty"`

	FailedInArchive int `json:"failed_in_archive,omitempty"` // of those that failed, without a fault of the camera

	// What the camera said last, at HealthAt; absent when it does not say.
	Battery     *float64  `json:"battery,omitempty"`      // 0 to 1
	StorageSize *int64    `json:"storage_size,omitempty"` // bytes
	StorageFree *int64    `json:"storage_free,omitempty"` // bytes
	HealthAt    time.Time `json:"health_at,omitzero"`

	Receipt string  `json:"receipt,omitempty"` // code, when the docking is done
	Pulled  *Pulled `json:"pulled,omitempty"`  // of an empty bay: the camera that left too early
}

// Copied is a clip that is being copied.
type Copied struct {
	Clip string `json:"clip"`
	Path string `json:"path"`
	Size int64  `json:"size"`
	Done int64  `json:"done"` // bytes
}

// Info returns what the configuration says of the station.
func (st *Station) Info() StationInfo {
	return StationInfo{ID: st.opt.ID, Name: st.opt.Name, Timezone: st.opt.Zone.String()}
}

// Status returns the station as it is.
func (st *Station) Status(now time.Time) (Status, error) {
	status := Status{
		Station:  st.Info(),
		Now:      now.UTC().Truncate(time.Millisecond),
		Running:  st.running.Load(),
		Bays:     st.Bays(),
		Warnings: st.warnings(),
	}
	var err error
	if status.Clips, err = st.opt.Store.Stats(now); err != nil {
		return status, err
	}
	if status.CamerasOut, status.CamerasOutCount, err = st.CamerasOut(now); err != nil {
		return status, err
	}
	if status.Archive, err = st.opt.Store.Space(); err != nil {
		return status, err
	}
	due, ok, err := st.opt.Store.FirstDue()
	if ok {
		status.NextDue = due
	}
	return status, err
}

// Bays returns every configured bay, every other one with a camera, and those
// whose last camera left before everything on it was stored.
func (st *Station) Bays() []BayStatus {
	bays := st.pulled.show(st.takenBays(), time.Now())
	slices.SortFunc(bays, func(a, b BayStatus) int { return a.Bay - b.Bay })
	return bays
}

// takenBays are those that are configured or have a camera.
func (st *Station) takenBays() []BayStatus {
	bays := []BayStatus{}
	for _, s := range st.sessionList() {
		bays = append(bays, s.status())
	}
	for _, n := range st.opt.Bays.Configured() {
		if !slices.ContainsFunc(bays, func(b BayStatus) bool { return b.Bay == n }) {
			bays = append(bays, BayStatus{Bay: n, State: BayEmpty})
		}
	}
	return bays
}
