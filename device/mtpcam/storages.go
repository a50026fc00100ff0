package mtpcam

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"custodock/device/mtp"
)

// maxStorages bounds how many a camera is asked for: one more than are walked,
// so that the walk reports the rest.
const maxStorages = mtp.MaxStorages + 1

// maxNamed is how many it may have shown during a docking.
const maxNamed = 4 * maxStorages

// storage is a storage with a medium in it. One whose StorageInfo the camera
// does not give is listed like the others: nothing of that is needed for it.
type storage struct {
	id mtp.StorageID
	mtp.StorageInfo
	described bool
}

func (s storage) name() string {
	for _, name := range []string{s.StorageDescription, s.VolumeIdentifier} {
		if strings.TrimSpace(name) != "" {
			return strings.TrimSpace(name)
		}
	}
	return fmt.Sprintf("%08X", uint32(s.id))
}

// storageIDs asks for the storages with a medium, in order of their numbers.
func storageIDs(ctx context.Context, s *mtp.Session) ([]mtp.StorageID, error) {
	ids, err := s.GetStorageIDs(ctx)
	if err != nil {
		return nil, err
	}
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id mtp.StorageID) bool {
		return uint16(id) == 0 // no medium is in it (MTP 1.1, 5.2.1)
	})
	return ids[:min(len(ids), maxStorages)], nil
}

// storages asks for all storages, in order of their numbers.
func storages(ctx context.Context, s *mtp.Session) ([]storage, error) {
	ids, err := storageIDs(ctx, s)
	if err != nil {
		return nil, err
	}
	var all []storage
	for _, id := range ids {
		st, err := describe(ctx, s, id)
		if err != nil {
			return nil, err
		}
		all = append(all, st)
	}
	return all, nil
}

func ids(all []storage) []mtp.StorageID {
	list := make([]mtp.StorageID, len(all))
	for i, st := range all {
		list[i] = st.id
	}
	return list
}

func describe(ctx context.Context, s *mtp.Session, id mtp.StorageID) (storage, error) {
	info, err := s.GetStorageInfo(ctx, id)
	if errors.Is(err, mtp.ErrMalformed) || err != nil && unlessRefused(err) == nil {
		return storage{id: id}, nil
	}
	return storage{id, info, true}, err
}

// shelf is what is known of a camera's storages for as long as it is docked.
// The line's operations alone use it.
type shelf struct {
	prefixes map[mtp.StorageID]string // of all that were seen: their names in paths
	present  []mtp.StorageID          // when they were last listed
	session  uint32                   // in which that was; 0: it was not, or somebody was told since to do it again
	whole    bool                     // that listing came to its end

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
	f.name(all)
}

// prefix is a storage's name in paths. One that came after the others were
// named gets its own here.
func (f *shelf) prefix(ctx context.Context, s *mtp.Session, id mtp.StorageID) (string, error) {
	if _, ok := f.prefixes[id]; !ok {
		st, err := describe(ctx, s, id)
		if err != nil {
			return "", err
		}
		f.name([]storage{st})
	}
	name, ok := f.prefixes[id]
	if !ok {
		return "", fmt.Errorf("the camera has shown more than %d storages", maxNamed)
	}
	return name, nil
}

// name gives storages their names in paths, which they keep: what comes later,
// or was locked, must not make the clips of another one look new. The first one
// has none.
func (f *shelf) name(all []storage) {
	if f.prefixes == nil {
		f.prefixes = make(map[mtp.StorageID]string)
	}
	used := make(map[string]bool)
	for _, name := range f.prefixes {
		used[name] = true
	}
	for i, st := range all {
		if _, ok := f.prefixes[st.id]; ok || len(f.prefixes) >= maxNamed {
			continue
		}
		name := ""
		if used[""] || !isFirst(st.id, i == 0) {
			name = element(st.name())
		}
		if used[name] {
			name = fmt.Sprintf("%s %08X", name, uint32(st.id))
		}
		used[name] = true
		f.prefixes[st.id] = name
	}
}

// isFirst says whether a storage is the camera's first one: as a rule, the
// lowest of those that are there. uMTP-Responder numbers them 0xFFFF0001 and up
// as they stand in its configuration, also those that are locked and not shown
// (1.3.10, mtp.c): there, only number one is the first.
func isFirst(id mtp.StorageID, lowest bool) bool {
	if id>>16 == 0xFFFF {
		return id == 0xFFFF0001
	}
	return lowest
}

// missing are the storages that were seen and are not among ids.
func (f *shelf) missing(ids []mtp.StorageID) (missing []mtp.StorageID) {
	for id := range f.prefixes {
		if !slices.Contains(ids, id) {
			missing = append(missing, id)
		}
	}
	slices.Sort(missing)
	return missing
}
