package ingest

import (
	"context"
	"slices"
	"time"

	"custodock/device"
)

// stay is a camera in the dock, from the moment the watcher says so until its
// books are closed and its bay is free.
type stay struct {
	serial string
	gone   <-chan struct{} // the camera has left
	ended  chan struct{}
	former []*stay // of the same serial, whose cameras have left
}

// formerGrace bounds the wait for a stay that hangs in a file system that does
// not answer.
const formerGrace = 5 * time.Second

// arrive notes a stay. It is called in the order in which the watcher docks.
func (st *Station) arrive(d device.Docked) *stay {
	s := &stay{serial: d.Camera.Info().Serial, gone: d.Gone, ended: make(chan struct{})}
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, o := range st.stays {
		if o.serial == s.serial && isClosed(o.gone) {
			s.former = append(s.former, o)
		}
	}
	st.stays = append(st.stays, s)
	return s
}

func (st *Station) leave(s *stay) {
	st.mu.Lock()
	st.stays = slices.DeleteFunc(st.stays, func(o *stay) bool { return o == s })
	st.mu.Unlock()
	close(s.ended)
}

// awaitFormer lets the camera's last stay close its books first. A disk that is
// mounted over its folder, and a camera that comes back under another USB
// address, leave and dock in one moment: not to wait would make two cameras
// with one serial of them, for good, and give them another bay.
func (s *stay) awaitFormer(ctx context.Context) {
	limit := time.NewTimer(formerGrace)
	defer limit.Stop()
	for _, f := range s.former {
		select {
		case <-f.ended:
		case <-limit.C:
			return
		case <-ctx.Done():
			return
		}
	}
	s.former = nil
}
