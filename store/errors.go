package store

import "errors"

// Errors of the store. Callers test them with errors.Is.
var (
	// ErrHeld is returned by Open when another process holds the catalog.
	ErrHeld = errors.New("the catalog is held by another process")

	// ErrCatalog is returned by Open when catalog.db is not a catalog of
	// custodock's, or is cut short or damaged. The file is left as it is.
	ErrCatalog = errors.New("the catalog cannot be used")

	// ErrOldCatalog is returned by OpenReadOnly for a catalog that has yet to
	// be upgraded, which Open does.
	ErrOldCatalog = errors.New("the catalog is of an earlier version; start the daemon once, which brings it up to date")

	// ErrNoCatalog is returned by OpenReadOnly when there is no catalog.
	ErrNoCatalog = errors.New("there is no catalog")

	// ErrNotFound is returned when there is no clip or camera of that name.
	ErrNotFound = errors.New("not found")

	// ErrNoSpace is returned by Put when the clip does not fit above the
	// archive's reserve. Nothing was copied; try again when there is room.
	ErrNoSpace = errors.New("no room in the archive")

	// ErrSource is returned by Put when reading from the camera failed. It
	// wraps the camera's own error. What was copied is kept to go on from.
	ErrSource = errors.New("reading from the camera failed")

	// ErrSize is returned by Put when the camera gave more or fewer bytes
	// than it listed.
	ErrSize = errors.New("the camera gave another number of bytes than it listed")

	// ErrReadback is returned by Put when the bytes read back from the disk
	// are not those that were written. The copy is thrown away.
	ErrReadback = errors.New("the disk gave back other bytes than were written")

	// ErrIncoming is returned by Put when a file in incoming/ could not be
	// written, synced or published. The copy is thrown away: a failed fsync
	// is final for its file.
	ErrIncoming = errors.New("writing to the archive failed")

	// ErrUnwritable is returned when a fact could not be written down: the
	// archive's disk is full (then it is ErrNoSpace too), read-only or broken.
	ErrUnwritable = errors.New("the archive cannot be written")

	// ErrDamage is returned by Verify and Rebuild with a report that lists
	// problems.
	ErrDamage = errors.New("the archive is damaged")

	// ErrCopying is returned by Put for a clip that another Put is storing.
	ErrCopying = errors.New("the clip is being copied")

	// ErrStored is returned by Put for a clip that is stored already.
	ErrStored = errors.New("the clip is stored already")

	// ErrManyClips is returned by MintReceipt for a docking with more clips
	// than a receipt names. There will be no other one of it.
	ErrManyClips = errors.New("more clips than a receipt can name")

	// ErrRequests is returned by Ask for a camera that has as many open
	// requests as are kept. Somebody has to settle them first.
	ErrRequests = errors.New("too many open requests")
)
