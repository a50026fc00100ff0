package ingest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"custodock/device"
	"custodock/store"
)

// reportEvery is how often a camera's progress is an event.
const reportEvery = 500 * time.Millisecond

// pace estimates the speed of a camera from what was copied lately.
type pace struct {
	speed float64 // bytes a second
	since time.Time
	bytes int64 // since then
}

// paceSpan is over how long a speed is measured, and paceWeight how much the
// newest measure counts: steady enough to read, quick enough to be true.
const (
	paceSpan   = time.Second
	paceWeight = 0.3
)

func (p *pace) add(n int64, now time.Time) {
	if p.since.IsZero() {
		p.since = now
	}
	p.bytes += n
	span := now.Sub(p.since)
	if span < paceSpan {
		return
	}
	speed := float64(p.bytes) / span.Seconds()
	if p.speed == 0 {
		p.speed = speed
	}
	p.speed += paceWeight * (speed - p.speed)
	p.since, p.bytes = now, 0
}

// paceStall is after how long without a measure a camera no longer counts as
// being as fast as it was.
const paceStall = 5 * paceSpan

// at returns the speed at now: what was measured last, or less when hardly
// anything came since.
func (p *pace) at(now time.Time) float64 {
	span := now.Sub(p.since)
	if p.since.IsZero() || span < paceStall {
		return p.speed
	}
	return min(p.speed, float64(p.bytes)/span.Seconds())
}

// wasRead counts what one clip took from the camera.
func (s *session) wasRead(n int64, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read, s.reading = s.read+n, s.reading+took
}

// meanSpeed is at how many bytes a second the camera was read in the whole
// docking, 0 when it was not; the caller holds s.mu.
func (s *session) meanSpeed() float64 {
	if s.read == 0 || s.reading <= 0 {
		return 0
	}
	return math.Round(float64(s.read) / s.reading.Seconds())
}

func (s *session) beginCopy(j *job) {
	s.mu.Lock()
	if len(s.copying) == 0 {
		s.pace.since, s.pace.bytes = time.Now(), 0 // an hour in which nothing was asked of it is not slow
	}
	s.copying[j.clip] = &Copied{Clip: j.clip, Path: j.path, Size: j.file.Size}
	s.mu.Unlock()
	s.st.opt.Metrics.Copying(1)
}

func (s *session) endCopy(j *job) {
	s.mu.Lock()
	delete(s.copying, j.clip)
	s.mu.Unlock()
	s.st.opt.Metrics.Copying(-1)
}

// startedAt puts down what an earlier copy had already brought.
func (s *session) startedAt(j *job, offset int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.copying[j.clip]; c != nil {
		c.Done = offset
	}
}

func (s *session) progress(j *job, done int64) {
	now := time.Now()
	s.mu.Lock()
	var read int64
	if c := s.copying[j.clip]; c != nil {
		read = done - c.Done
		s.pace.add(read, now)
		c.Done = done
	}
	s.mu.Unlock()
	s.st.opt.Metrics.Read(string(s.info.Transport), read)
	s.reportProgress(false)
}

// reportProgress makes the camera's progress an event, but not too often.
func (s *session) reportProgress(always bool) {
	now := time.Now()
	s.mu.Lock()
	always = always || len(s.left) == 0
	quiet := !always && now.Sub(s.reported) < reportEvery
	if !quiet {
		s.reported = now
	}
	s.mu.Unlock()
	if !quiet {
		s.st.publish(EventProgress, s.status())
	}
}

// status is the bay as it stands.
func (s *session) status() BayStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := BayStatus{
		Bay: s.docking.Bay, Camera: s.docking.Camera, Docking: s.docking.ID, DockedAt: s.docking.DockedAt,
		Transport: s.docking.Transport, Location: s.docking.Location, Conflict: s.conflict.Load(),
		Files: s.books.Files, Bytes: s.books.Bytes, Known: s.books.Known,
		Stored: s.books.Stored, StoredBytes: s.stored, Left: len(s.left), Failed: len(s.failed), FailedInArchive: s.failedInArchive(),
		Late: s.late, Undecidable: s.unsure, Skipped: s.books.SkippedN,
		Battery: s.health.Battery, StorageSize: s.health.StorageSize, StorageFree: s.health.StorageFree, HealthAt: s.healthAt,
	}
	if h := s.holder; h != nil {
		b.Badge, b.Officer, b.Unit = h.Badge, h.Name, h.Unit
	}
	b.LeftBytes = s.leftBytes()
	for _, c := range s.copying {
		b.Copying = append(b.Copying, *c)
		b.LeftBytes -= min(c.Done, c.Size)
	}
	b.LeftBytes = max(b.LeftBytes, 0)
	slices.SortFunc(b.Copying, func(x, y Copied) int { return strings.Compare(x.Path, y.Path) })
	if len(s.copying) > 0 && s.pace.speed > 0 {
		seconds := float64(b.LeftBytes) / s.pace.speed
		b.Speed, b.SecondsLeft = s.pace.speed, &seconds
	}
	b.State, b.Need, b.Message = s.state()
	if b.State == BayDone && s.minted == s.books.Stored { // else it lacks the last clips
		b.Receipt = s.receipt
	}
	return b
}

// leftBytes are what is still to be stored; the caller holds s.mu.
func (s *session) leftBytes() (n int64) {
	for _, w := range s.left {
		n += w.size
	}
	return n
}

// state says what the bay shows, and the one thing to do.
func (s *session) state() (state, need, message string) {
	switch {
	case s.unlistable != nil:
		need = needFor(s.unlistable)
		return BayAttention, need, needWords[need]
	case s.left == nil:
		return BayReading, "", ""
	case len(s.left) == 0 && s.isPatient():
		return BayAttention, NeedPatience, needWords[NeedPatience]
	case len(s.left) == 0 && s.lacks != lacksNothing:
		return BayAttention, NeedStaff, needWords[NeedStaff]
	case s.isBare():
		return BayAttention, NeedDisk, needWords[NeedDisk]
	case len(s.left) == 0:
		return BayDone, "", ""
	case len(s.noRoom) > 0 && len(s.copying) == 0:
		return BayAttention, NeedRoom, needWords[NeedRoom]
	case len(s.failed) == len(s.left) && s.failedInArchive() == len(s.failed):
		return BayAttention, NeedArchive, needWords[NeedArchive]
	case len(s.failed) == len(s.left):
		return BayAttention, NeedReading, fmt.Sprintf(
			"%d clips cannot be read. Leave the camera in the bay: they are tried again. Tell the equipment staff.", len(s.failed))
	}
	return BayCopying, "", ""
}

// isBare reports whether nothing is there but the folder in which the camera's
// disk is mounted at other times. The caller holds s.mu.
func (s *session) isBare() bool { return s.place && s.books.Files == 0 }

// isCamera reports whether the camera is in its bay, as far as can be seen.
func (s *session) isCamera() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.isBare()
}

var needWords = map[string]string{
	NeedReinsert: "The camera cannot be read: take it out and put it in again.",
	NeedUnlock:   "The camera shows nothing of what is on it: unlock it, or choose file transfer on it, and leave it in the bay.",
	NeedRoom:     "The archive is full: tell the administrator, and leave the camera in the bay.",
	NeedArchive:  "The archive cannot be written: tell the administrator, and leave the camera in the bay.",
	NeedDisk:     "No disk is found here. If a camera is in this bay, take it out and put it in again; if that does not help, give it to the equipment staff.",
	NeedPatience: "A part of the camera cannot be read yet. Leave the camera in the bay: it is tried again. What can be read is stored.",
	NeedStaff:    "Not all of the camera can be read. What can be is stored. Give the camera to the equipment staff.",
}

// needFor is what is to be done about a listing that failed: with a broken
// archive no officer should be sent to fumble with the camera.
func needFor(err error) string {
	switch {
	case errors.Is(err, store.ErrNoSpace):
		return NeedRoom
	case errors.Is(err, store.ErrUnwritable), errors.Is(err, errBooks):
		return NeedArchive
	case errors.Is(err, device.ErrNoStorage):
		return NeedUnlock
	}
	return NeedReinsert
}
