package mtpcam

import (
	"slices"
	"time"

	"custodock/device/mtp"
)

// shelf is what is known of a camera's storages for as long as it is docked.
// The line's operations alone use it.
type shelf struct {
	names
	present []mtp.StorageID // when they were last listed
	session uint32          // in which that was; 0: it was not, or somebody was told since to do it again
	whole   bool            // that listing came to its end

	breaks int       // how often somebody was told for another session alone
	quiet  time.Time // until then nobody is
}

const (
	// lookEvery is how often a camera is asked at rest which storages it has,
	// and lookLocked how often one that shows none: somebody is about to
	// unlock it.
	lookEvery  = 20 * time.Second
	lookLocked = 10 * time.Second

	// breakPause is how long after a camera was to be listed again for another
	// session alone it is not to be for the next one. It doubles each time.
	breakPause    = 2 * time.Minute
	maxBreakPause = time.Hour
)

// lookAgain is after how much rest to look for other storages.
func (f *shelf) lookAgain() time.Duration {
	if f.session != 0 && len(f.present) == 0 {
		return lookLocked
	}
	return lookEvery
}

// isStale says that what was listed may not be what is there now, of which the
// camera shows some storages in a session. Whoever has a listing that broke off
// does it again in his own time: what broke it will do so again, and a new
// session, which is all that there is to it, means nothing.
//
// In another session than that of the listing, what the camera said in between
// was missed, which seldom was anything: handles mean nothing there, but what
// was listed is found without them. A clip that breaks the session whenever it is
// read must not have the whole camera listed each time.
func (f *shelf) isStale(ids []mtp.StorageID, session uint32, now time.Time) bool {
	if !f.whole && len(f.present) > 0 {
		return false
	}
	if !slices.Equal(ids, f.present) {
		return true
	}
	if session == f.session || !f.whole || now.Before(f.quiet) {
		return false
	}
	f.quiet = now.Add(min(breakPause<<min(f.breaks, 20), maxBreakPause))
	f.breaks++
	return true
}

// see is that a listing begins of these, in a session.
func (f *shelf) see(all []storage, session uint32) {
	f.present, f.session = ids(all), session
	f.wait(all)
	f.name(all)
}
