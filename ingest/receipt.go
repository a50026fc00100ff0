package ingest

import (
	"errors"
	"time"

	"custodock/store"
)

// finish says how far the camera has come, and makes the docking's receipt
// first if that is all of the way.
func (s *session) finish() {
	s.mint()
	s.reportProgress(false)
}

// mint makes the docking's receipt once nothing is left to be stored, and again
// when more was stored since. By then the camera is not read any more: no clip
// of it waits for that.
func (s *session) mint() {
	s.minting.Lock()
	defer s.minting.Unlock()
	stored, due := s.mintDue()
	if !due {
		return
	}
	s.mu.Lock()
	again := s.receipt != ""
	s.mu.Unlock()
	if again && time.Until(s.mintAfter) > 0 {
		if s.mintJob != s.mintAfter {
			s.mintJob = s.mintAfter
			s.st.queue.push(s.lane, &job{task: taskMint, after: s.mintAfter})
		}
		return
	}
	if err := s.makeReceipt(stored); err != nil {
		s.mintFailed(err)
	}
}

// mintFailed has the receipt made later, unless it can never be: then the last
// one, of fewer clips, stays the docking's.
func (s *session) mintFailed(err error) {
	if errors.Is(err, store.ErrManyClips) {
		s.mu.Lock()
		s.unnamed = true
		s.mu.Unlock()
		s.log.Warn("the docking gets no further receipt", "error", err)
		return
	}
	s.log.Error("the docking's receipt cannot be made; trying again", "error", err, "pause", mintPause)
	s.st.queue.push(s.lane, &job{task: taskMint, after: time.Now().Add(mintPause)})
}

// mintLast makes the receipt that was still to be made when the camera leaves.
func (s *session) mintLast() {
	s.minting.Lock()
	defer s.minting.Unlock()
	if stored, due := s.mintDue(); due {
		if err := s.makeReceipt(stored); err != nil {
			s.log.Error("the docking's last receipt cannot be made", "error", err)
		}
	}
}

// makeReceipt makes the receipt of so many clips. The caller holds s.minting.
func (s *session) makeReceipt(stored int) error {
	r, err := s.st.opt.Store.MintReceipt(s.docking.ID, time.Now())
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.receipt, s.minted = r.Code, stored
	s.mu.Unlock()
	s.mintAfter = time.Now().Add(time.Duration(r.Clips) * mintRest)
	s.log.Info("the docking is done", "receipt", r.Code, "stored", r.Clips, "bytes", r.Bytes, "known", r.Known)
	return nil
}

const (
	// mintPause is how long a receipt waits that could not be made.
	mintPause = 5 * time.Second

	// mintRest is how long the next receipt of a docking waits for each clip
	// that the last one named: a receipt names them all, and a folder that
	// stays docked while clips trickle in would else fill the ledger.
	mintRest = 50 * time.Millisecond
)

// mintDue reports whether there is a receipt to be made, and of how many clips.
// A camera without any needs none, and one with too many gets none.
func (s *session) mintDue() (stored int, due bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state, _, _ := s.state(); state != BayDone || s.unnamed || s.books.Files+s.books.Stored == 0 {
		return 0, false
	}
	return s.books.Stored, s.receipt == "" || s.minted != s.books.Stored
}
