package ingest

import (
	"time"

	"custodock/store"
)

// SettleConflict is [store.Store.SettleConflict]: nobody is warned any more.
func (st *Station) SettleConflict(serial, by, note string, now time.Time) (*store.Camera, error) {
	c, err := st.opt.Store.SettleConflict(serial, by, note, now)
	if err == nil {
		st.markConflict(serial, false)
	}
	return c, err
}

// markConflict tells the sessions of a serial whether two cameras have it.
func (st *Station) markConflict(serial string, is bool) {
	for _, s := range st.sessionList() {
		if s.docking.Camera == serial {
			s.conflict.Store(is)
		}
	}
}

// Retire is [store.Store.Retire]: nobody misses the camera any more.
func (st *Station) Retire(serial, by, note string, now time.Time) (*store.Camera, error) {
	c, err := st.opt.Store.Retire(serial, by, note, now)
	if err == nil {
		st.out.forget()
		st.pulled.forget(serial)
		st.opt.Metrics.forget(serial)
	}
	return c, err
}

// Reinstate is [store.Store.Reinstate].
func (st *Station) Reinstate(serial, by, note string, now time.Time) (*store.Camera, error) {
	c, err := st.opt.Store.Reinstate(serial, by, note, now)
	st.out.forget()
	return c, err
}

// newcomer says what is odd about a camera that has docked, going by what was
// known of it before.
func (s *session) newcomer(before *store.Camera) {
	serial := s.docking.Camera
	camera, err := s.st.opt.Store.Camera(serial)
	switch {
	case err != nil:
		s.log.Error("what is known of the camera cannot be read", "error", err)
		return
	case s.docking.Conflict:
		s.log.Warn("another docked camera has the same serial: both are served, have one renumbered")
		s.st.opt.Metrics.Failed(serial, "dock", "serial-conflict")
	case camera.Conflict && !before.Conflict:
		s.log.Warn("another device came with the serial of this camera: have one renumbered, then: custodock camera settle-conflict",
			"device", s.docking.DeviceID, "device_before", before.DeviceID)
		s.st.opt.Metrics.Failed(serial, "dock", "serial-conflict")
	}
	if camera.Conflict {
		s.conflict.Store(true)
		s.st.markConflict(serial, true)
	}
	if r := before.Retired; r != nil && camera.Retired == nil {
		s.log.Warn("a camera that was retired is docked, and counts as used again", "retired_at", r.At, "by", r.By, "note", r.Text)
		s.st.out.forget()
	}
}
