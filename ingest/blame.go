package ingest

import (
	"context"
	"errors"
	"io/fs"

	"custodock/device"
	"custodock/store"
)

// failure is why a clip could not be stored so far.
type failure struct {
	reason  string // for metrics
	archive bool   // the camera is not to blame
	changed bool   // it is not what was listed: only a listing can have it tried again
}

// failedInArchive counts the clips that failed without a fault of the camera.
// The caller holds s.mu.
func (s *session) failedInArchive() (n int) {
	for _, f := range s.failed {
		n += int(oneIf(f.archive))
	}
	return n
}

// errBooks is a listing's error that is the catalog's: it says nothing of the
// camera.
var errBooks = errors.New("what is on the camera cannot be written down")

// blamesCamera reports whether an error of store.Put lies with the camera, by
// what its reader returned. Cameras are judged by how often they could not be
// read: a disk of the station that fails must not have all of them sorted out.
func blamesCamera(err error) bool {
	return errors.Is(err, store.ErrSource) || errors.Is(err, store.ErrSize)
}

// reasonOf names an error for metrics, in a few fixed words.
func reasonOf(err error) string {
	for _, r := range []struct {
		is   error
		name string
	}{
		{device.ErrGone, "gone"},
		{device.ErrChanged, "changed"},
		{device.ErrReadOnly, "read-only"},
		{device.ErrNoStorage, "no-storage"},
		{device.ErrNotIdentical, "not-identical"},
		{store.ErrSize, "size"},
		{store.ErrReadback, "readback"},
		{store.ErrNoSpace, "no-space"},
		{store.ErrIncoming, "archive"},
		{store.ErrUnwritable, "archive"},
		{fs.ErrPermission, "permission"},
		{fs.ErrNotExist, "missing"},
		{context.DeadlineExceeded, "timeout"},
		{store.ErrSource, "read"},
	} {
		if errors.Is(err, r.is) {
			return r.name
		}
	}
	return "other"
}

// stageOf says where in the way of a clip an error arose.
func stageOf(err error) string {
	switch {
	case blamesCamera(err):
		return "read"
	case errors.Is(err, store.ErrReadback):
		return "readback"
	}
	return "write"
}
