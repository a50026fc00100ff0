package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"custodock/device"
	"custodock/ingest/media"
	"custodock/store"
)

// roomPause is how long a clip waits that does not fit into the archive.
const roomPause = 2 * time.Second

// do works on one job. streamFree is called once the camera is not read from
// any more, so that the next clip can be.
func (s *session) do(ctx context.Context, j *job, streamFree func()) {
	switch j.task {
	case taskCopy:
		s.copyClip(ctx, j, streamFree)
	case taskRecheck:
		s.recheck(ctx, j)
		s.finish()
	case taskRelease:
		s.release(ctx, j)
	case taskRelist:
		s.relistSoon()
	case taskMint:
		streamFree()
		s.finish()
	}
}

// stream measures how fast a clip is read, and frees the camera for the next
// one as soon as it is. One goroutine reads and closes it.
type stream struct {
	io.ReadCloser
	session *session
	begun   time.Time
	read    int64
	free    func()
}

func (r *stream) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.read += int64(n)
	return n, err
}

func (r *stream) Close() error {
	defer r.free()
	r.session.wasRead(r.read, time.Since(r.begun))
	return r.ReadCloser.Close()
}

// copyClip stores one clip and says what became of it.
func (s *session) copyClip(ctx context.Context, j *job, streamFree func()) {
	start := time.Now()
	s.beginCopy(j)
	clip, err := s.st.opt.Store.Put(ctx, store.Copy{
		ID:    j.clip,
		Token: j.file.Token,
		Open: func(ctx context.Context, offset int64) (io.ReadCloser, error) {
			begun := time.Now()
			r, err := s.camera.Open(ctx, j.file, offset)
			if err != nil {
				return nil, err
			}
			s.startedAt(j, offset)
			return &stream{ReadCloser: r, session: s, begun: begun, free: streamFree}, nil
		},
		Describe: func(c *store.Clip, r io.ReaderAt) {
			c.StationClock = s.st.watchClock()
			if look, err := media.Probe(r, c.Size, c.Name); err == nil {
				s.describe(c, j.file, &look)
				s.countDamage(look)
			}
		},
		Progress: func(done int64) { s.progress(j, done) },
	})
	s.endCopy(j)
	streamFree()
	switch {
	case err == nil:
		s.bookStored(j, clip, time.Since(start))
	case errors.Is(err, store.ErrCopying):
		// The camera was listed again just as the first copy began.
	case errors.Is(err, store.ErrStored):
		s.settled(j)
	default:
		s.bookFailure(ctx, j, err)
	}
	s.finish()
}

func (s *session) countDamage(look media.Info) {
	if look.Status == media.Damaged {
		s.st.opt.Metrics.Damaged(look.Reason)
	}
}

// bookStored books a clip that is stored now.
func (s *session) bookStored(j *job, clip *store.Clip, took time.Duration) {
	s.settled(j)
	s.note(s.proven, j.clip)
	s.mu.Lock()
	s.books.Stored++
	s.stored += clip.Size
	switch clip.Deadline {
	case store.Late:
		s.late++
	case store.Undecidable:
		s.unsure++
	}
	s.mu.Unlock()
	delay := time.Duration(-1)
	if !clip.RecordedEnd.IsZero() {
		delay = max(clip.StoredAt.Sub(clip.RecordedEnd), 0)
	}
	s.st.opt.Metrics.Stored(string(s.info.Transport), clip.Size, took, delay)
	s.log.Info("clip stored", "clip", clip.ID, "path", clip.Path, "size", clip.Size, "deadline", string(clip.Deadline), "archive", clip.ArchivePath)
	if clip.Media == store.MediaDamaged {
		s.log.Warn("the clip is damaged; it was stored as it is", "clip", clip.ID, "path", clip.Path, "damage", clip.MediaReason)
	}
	clip.History = nil
	s.st.publish(EventStored, clip)
	if s.releases() {
		s.st.queue.push(s.lane, &job{task: taskRelease, clip: j.clip, file: j.file, path: j.path, sum: clip.SHA256})
	}
}

// settled takes a clip off what is left.
func (s *session) settled(j *job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.left, j.clip)
	delete(s.failed, j.clip)
	delete(s.noRoom, j.clip)
	delete(s.attempts, j.clip)
	delete(s.retryAt, j.clip)
	s.notRead = absence{}
}

// goneGrace is how long a watcher may take to see that a camera has left; its
// slowest poll is every 30 seconds.
const goneGrace = time.Minute

// absence is since when a camera has answered to nothing but that it is gone. One
// that reads clips and one that lists it have an absence each: a listing that goes
// well does not show that a clip can be read.
type absence struct{ since time.Time }

// isLeaving reports whether a camera that answers with cause may have left, as its
// watcher will say then. One that the system still shows after goneGrace is there,
// and cannot be reached.
func (a *absence) isLeaving(cause error, now time.Time) bool {
	if !errors.Is(cause, device.ErrGone) {
		a.since = time.Time{}
		return false
	}
	if a.since.IsZero() {
		a.since = now
	}
	return !a.isOver(now)
}

// isOver reports whether the camera had the time to leave, and did not.
func (a *absence) isOver(now time.Time) bool {
	return !a.since.IsZero() && now.Sub(a.since) >= goneGrace
}

func (s *session) readLeaves(cause error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.notRead.isLeaving(cause, time.Now())
}

// listingLeaves is for the outcome of a listing. One that fails after reading failed
// for as long is of a camera that stays.
func (s *session) listingLeaves(cause error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.notListed.isLeaving(cause, time.Now()) && !s.notRead.isOver(time.Now())
}

// bookFailure decides what to do about a clip that could not be stored. One bad
// clip never holds up the others: it waits, longer each time.
func (s *session) bookFailure(ctx context.Context, j *job, cause error) {
	switch {
	case ctx.Err() != nil:
		return // pulled, or the daemon stops: the copy stays to be gone on from
	case errors.Is(cause, store.ErrNoSpace):
		s.waitForRoom(j, cause)
		return
	case s.readLeaves(cause):
		s.retry(j, firstPause)
		return
	}
	reason := reasonOf(cause)
	changed := errors.Is(cause, device.ErrChanged) || errors.Is(cause, store.ErrSize)
	s.mu.Lock()
	s.attempts[j.clip]++
	attempts, before := s.attempts[j.clip], s.failed[j.clip].reason
	s.failed[j.clip] = failure{reason, !blamesCamera(cause), changed}
	delete(s.noRoom, j.clip)
	s.mu.Unlock()
	s.st.opt.Metrics.Failed(s.info.Serial, stageOf(cause), reason)
	if errors.Is(cause, store.ErrReadback) {
		s.st.opt.Metrics.Mismatch()
	}
	if errors.Is(cause, device.ErrGone) && before != reason {
		s.relistSoon() // which has the bay say what is wrong with the camera, if it is not this clip alone
	}
	s.log.Error("a clip could not be stored; trying again", "clip", j.clip, "path", j.path, "attempt", attempts, "pause", pause(attempts), "error", cause)
	if _, err := s.st.opt.Store.Fail(j.clip, cause, time.Now()); err != nil {
		s.log.Error("the failure cannot be recorded", "clip", j.clip, "error", err)
	}
	if changed {
		j.task = taskRelist
	}
	s.retry(j, pause(attempts))
}

// retry puts a job back for later.
func (s *session) retry(j *job, pause time.Duration) {
	again := *j
	again.after = time.Now().Add(pause)
	s.mu.Lock()
	s.retryAt[j.clip] = again.after
	s.mu.Unlock()
	s.st.queue.push(s.lane, &again)
}

// waitForRoom has a clip wait until the archive has room for it. Nothing is
// wrong with the clip: it stays as it is, and due.
func (s *session) waitForRoom(j *job, cause error) {
	s.mu.Lock()
	news := len(s.noRoom) == 0
	s.noRoom[j.clip] = true
	s.mu.Unlock()
	if news {
		s.log.Error("the archive is at its reserve: clips wait until there is room", "path", j.path, "error", cause)
		s.st.opt.Metrics.Error("space", "no-space")
		s.noteNoRoom(time.Now())
		s.reportProgress(true)
	}
	s.retry(j, roomPause)
}

// noteNoRoom puts down, once a docking, that it was not for the camera that
// clips of it were not stored.
func (s *session) noteNoRoom(now time.Time) {
	if s.roomless.Load() {
		return
	}
	err := s.st.opt.Store.UpdateDocking(s.docking.ID, "no room", now, func(d *store.Docking, _ *store.Camera) {
		if d.NoRoomAt.IsZero() {
			d.NoRoomAt = now.UTC().Truncate(time.Millisecond)
		}
	})
	if err != nil {
		s.log.Error("that there is no room cannot be put down", "error", err)
		return
	}
	s.roomless.Store(true)
}

// recheck reads a clip that has the name, size and time of a stored one on a
// camera whose serial is not its own alone. Other bytes make it a new clip.
func (s *session) recheck(ctx context.Context, j *job) {
	sum, err := s.hashOnCamera(ctx, j.file)
	if err != nil {
		if ctx.Err() == nil {
			s.log.Error("a clip cannot be compared with the stored one; trying again", "path", j.path, "error", err)
			s.st.opt.Metrics.Failed(s.info.Serial, "read", reasonOf(err))
			s.retry(j, pause(2))
		}
		return
	}
	known, err := s.st.opt.Store.Clip(j.clip)
	if err == nil {
		known, err = s.st.opt.Store.StoredTwin(known, sum)
	}
	if err == nil && known != nil {
		s.settled(j)
		s.note(s.proven, j.clip)
		s.st.opt.Metrics.Duplicate(1)
		return
	}
	if err == nil {
		var of *store.Clip
		if of, err = s.st.opt.Store.Clip(j.clip); err == nil {
			err = s.addVariant(j, of)
		}
	}
	if err != nil {
		s.log.Error("a clip that is not the stored one cannot be added; trying again", "path", j.path, "error", err)
		s.retry(j, pause(2))
	}
}

func (s *session) addVariant(j *job, of *store.Clip) error {
	clip, err := s.st.opt.Store.NewVariant(of, s.docking, time.Now())
	if err != nil {
		return err
	}
	s.settled(j)
	s.mu.Lock()
	s.left[clip.ID] = waiting{clip.Size, clip.DueAt}
	s.mu.Unlock()
	s.st.queue.push(s.lane, &job{task: taskCopy, clip: clip.ID, file: j.file, path: j.path, due: clip.DueAt})
	return nil
}

func (s *session) hashOnCamera(ctx context.Context, c device.Clip) (string, error) {
	r, err := s.camera.Open(ctx, c, 0)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(h, r)
	if err = errors.Join(err, r.Close()); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
