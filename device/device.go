// Package device is the cameras as the program sees them: what a docked camera
// is, what it can be asked, and a [Watcher] that says when one comes and goes.
//
// A camera is hostile until proven otherwise: names, sizes, counts and times
// are passed on as the camera gave them, bounded, and it is for the packages
// above to decide what to believe. Nothing here knows the archive.
package device

import (
	"context"
	"errors"
	"io"
	"time"
)

// Errors of cameras. Callers test them with errors.Is.
var (
	// ErrGone is returned when the camera was pulled, or its folder or mount
	// went away, during an operation. The session of that camera ends.
	ErrGone = errors.New("the camera is gone")

	// ErrChanged is returned when a clip is no longer the file that was
	// listed: other size, time or identity.
	ErrChanged = errors.New("the file changed on the camera")

	// ErrReadOnly is returned by Release when the camera cannot be written.
	ErrReadOnly = errors.New("the camera is mounted read-only")

	// ErrNotCamera is returned when a device turns out to be no camera, however
	// often it is asked.
	ErrNotCamera = errors.New("the device is no camera")

	// ErrNoStorage is returned by List when the camera shows no storage at
	// all. A phone that is locked does, until somebody unlocks it.
	ErrNoStorage = errors.New("the camera shows no storage")

	// ErrNotIdentical is returned by Release when the second read of a clip
	// did not give the hash that was stored. The clip stays on the camera.
	ErrNotIdentical = errors.New("a second read of the clip gave other bytes")
)

// Transport is how a camera's clips are reached.
type Transport string

// The transports.
const (
	TransportFolder      Transport = "folder"       // a plain folder
	TransportMassStorage Transport = "mass-storage" // a mounted card
	TransportMTP         Transport = "mtp"
)

// Info is what is known of a camera without asking its files.
type Info struct {
	Serial    string    // never empty; a valid path element
	Transport Transport // how its clips are reached
	Location  string    // where this program finds it: a folder, or bus and device
	Port      string    // physical USB port path such as "1-1.3", empty when there is none
	Folder    string    // the folder's name below its root, empty for MTP
	Model     string    // empty when unknown
	Firmware  string    // empty when unknown
	DeviceID  string    // vendor:product, USB serial and volume as far as known; tells two cameras with one serial apart
	ReadOnly  bool      // clips cannot be removed from it
}

// Clip is one regular file on a camera, as a listing gives it.
type Clip struct {
	Path    string    // slash-separated, relative to the camera's root, raw bytes as the camera gave them
	Size    int64     // bytes
	ModTime time.Time // zero when the camera has none

	// LocalTime says that ModTime is the camera's wall clock put down as if
	// it were UTC (FAT mounted with tz=UTC): the camera's zone is to be applied.
	LocalTime bool

	// Ref is what the camera itself calls the file during this docking, where
	// Path alone does not tell which is meant; 0 when it does. Nobody but the
	// camera makes sense of it.
	Ref uint64

	// Token, if not empty, is equal for two listings only when no byte of the
	// file can have changed in between. It lets an interrupted copy go on
	// without reading the prefix again.
	Token string
}

// Skipped is something on a camera that is no clip and was not followed.
type Skipped struct {
	Path   string // raw, relative to the camera's root
	Reason string // one of the Skip constants
}

// Reasons for which an entry is reported and not followed.
const (
	SkipSymlink    = "symlink"
	SkipDevice     = "device"
	SkipFIFO       = "fifo"
	SkipSocket     = "socket"
	SkipOtherMount = "other mount" // another file system mounted inside the camera
	SkipLoop       = "loop"        // a folder that is its own ancestor
	SkipTooDeep    = "too deep"
	SkipTooMany    = "too many"
	SkipUnreadable = "unreadable"
	SkipNoSize     = "no size" // a file of 4 GiB or more on a camera that cannot say how much more
)

// Listing is the outcome of Camera.List.
type Listing struct {
	Clips    int       // clips yielded
	Bytes    int64     // sum of their sizes
	Complete bool      // everything on the camera was listed: what is absent is gone
	Skipped  []Skipped // at most MaxSkipped of them
	SkippedN int       // how many in all
}

// Bounds on what a camera may claim to hold.
const (
	MaxDepth   = 32        // folders below a camera's root
	MaxClips   = 1_000_000 // files in one listing
	MaxSkipped = 1_000     // reported one by one
)

// Camera is one docked camera. Its methods may be called at the same time, and
// those of several of Open's readers: where a camera answers one thing at a time,
// one waits for the other. A reader is for one goroutine.
// After the camera was pulled every method returns an error that is ErrGone.
type Camera interface {
	// Info never blocks.
	Info() Info

	// List yields every clip on the camera, each once, in no given order, in
	// bounded memory. An error from yield ends it and is returned. Folders
	// that cannot be read are in the listing's Skipped and make it incomplete.
	List(ctx context.Context, yield func(Clip) error) (Listing, error)

	// Open reads a listed clip from offset on. It returns ErrChanged when the
	// clip is not the file that was listed. The reader returns io.EOF only at
	// the file's true end, and its Close returns ErrChanged when the file
	// changed while it was read. The reader may implement io.ReaderAt.
	Open(ctx context.Context, c Clip, offset int64) (io.ReadCloser, error)

	// Close frees what the camera holds. The camera is used no more.
	Close() error
}

// Releaser is a Camera that can remove a clip.
type Releaser interface {
	// Release reads the clip once more from the medium, past every cache, and
	// removes it if it is still the listed file and its SHA-256 is sum.
	Release(ctx context.Context, c Clip, sum [32]byte) error
}

// Health is what a camera says of itself. Absent figures are nil: unknown is
// not zero.
type Health struct {
	Battery     *float64       // 0 to 1
	StorageSize *int64         // bytes
	StorageFree *int64         // bytes
	ClockOffset *time.Duration // camera's clock minus the station's

	// LocalClock says that the camera's clock names no zone and ClockOffset
	// took it for UTC: the camera's zone is to be applied.
	LocalClock bool
}

// HealthReader is a Camera that can be asked its health.
type HealthReader interface {
	Health(ctx context.Context) (Health, error)
}

// ClockSetter is a Camera whose clock can be set. Setting it destroys the only
// evidence of how wrong it was: ask Health first.
type ClockSetter interface {
	// SetClock sets the camera's clock to the station's. A clock that names
	// no zone is set to what a clock on the wall in zone shows.
	SetClock(ctx context.Context, zone *time.Location) error
}

// Docked is a camera that has come, or gone.
type Docked struct {
	Camera Camera
	// Gone is closed when the camera was undocked.
	Gone <-chan struct{}
	// Changed receives when clips may have been added to or changed on a
	// docked camera and it should be listed again. Nil when that cannot be.
	Changed <-chan struct{}
}

// Watcher finds cameras of one transport.
type Watcher interface {
	// Run calls dock once for every camera that is docked, also for those
	// there at the start, until ctx ends. dock must not block. The watcher
	// closes Gone; whoever got the Docked closes its Camera.
	Run(ctx context.Context, dock func(Docked)) error
}
