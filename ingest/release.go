package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"custodock/device"
)

// releases reports whether stored clips are removed from the camera.
func (s *session) releases() bool {
	_, ok := s.camera.(device.Releaser)
	return ok && s.st.opt.Release
}

// release removes a stored clip from its camera. That is asked for once a
// docking: the camera reads all of the clip before it says that it keeps it.
func (s *session) release(ctx context.Context, j *job) {
	if c, err := s.st.opt.Store.Clip(j.clip); err == nil && !c.ReleasedAt.IsZero() {
		return // the camera was listed again meanwhile
	}
	sum, err := s.storedSum(j.clip)
	count := func(reason string) { s.st.opt.Metrics.Error("release", reason) }
	if err == nil {
		count = func(reason string) { s.st.opt.Metrics.Failed(s.info.Serial, "release", reason) }
		s.note(s.asked, j.clip)
		err = s.camera.(device.Releaser).Release(ctx, j.file, sum)
	}
	now := time.Now()
	if err == nil {
		s.bookReleased(j, now)
		return
	}
	if ctx.Err() != nil || errors.Is(err, device.ErrGone) {
		return
	}
	count(reasonOf(err))
	s.log.Warn("a stored clip stays on its camera", "clip", j.clip, "path", j.path, "error", err)
	if _, err := s.st.opt.Store.NotReleased(j.clip, err, now); err != nil {
		s.log.Error("the failed release cannot be recorded", "clip", j.clip, "error", err)
	}
}

func (s *session) bookReleased(j *job, now time.Time) {
	_, err := s.st.opt.Store.Released(j.clip, now)
	s.mu.Lock()
	s.books.Released++
	s.mu.Unlock()
	s.log.Info("clip released from the camera", "clip", j.clip, "path", j.path)
	if err != nil {
		s.log.Error("the release cannot be recorded", "clip", j.clip, "error", err)
	}
}

// storedSum returns the SHA-256 of a clip that the archive has.
func (s *session) storedSum(id string) (sum [sha256.Size]byte, err error) {
	clip, err := s.st.opt.Store.Clip(id)
	if err != nil {
		return sum, err
	}
	if err := s.st.opt.Store.CheckStored(clip); err != nil {
		return sum, err
	}
	if n, err := hex.Decode(sum[:], []byte(clip.SHA256)); err != nil || n != len(sum) {
		return sum, errors.Join(errors.New("the stored clip has no SHA-256"), err)
	}
	return sum, nil
}

// note puts a clip into one of the session's sets.
func (s *session) note(set map[string]bool, clip string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set[clip] = true
}

// has reports whether it is there.
func (s *session) has(set map[string]bool, clip string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return set[clip]
}
