package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"custodock/device"
	"custodock/ingest/media"
	"custodock/store"
)

// listBatch is how many clips share a transaction of the catalog.
const listBatch = 1000

// list makes everything on the camera known before anything is copied, and
// then hands what is to be stored to the queue.
func (s *session) list(ctx context.Context) error {
	now := time.Now()
	inv, err := s.st.opt.Store.Inventory(s.docking.ID, now)
	if err != nil {
		return fmt.Errorf("%w: %w", errBooks, err)
	}
	l := &lister{s: s, inv: inv}
	listing, err := s.camera.List(ctx, func(c device.Clip) error { return l.take(ctx, c) })
	err = errors.Join(err, l.flush(ctx)) // also of a listing that broke off: what was seen is due
	books, holds, err := l.close(ctx, listing, err)
	s.st.checkDeadlines()
	if err == nil {
		s.report(listing, books, time.Since(now))
	}
	// Only now: a camera that hangs when it is read leaves its clips known.
	s.look(ctx, l.fresh, err != nil)
	if err != nil {
		if len(l.jobs) > 0 && !holds {
			s.accept(l.jobs, books, lacksForNow) // what is known is stored, whatever else is on the camera
		}
		return fmt.Errorf("list camera %s: %w", s.info.Serial, err)
	}
	s.accept(l.jobs, books, lackOf(listing))
	s.mint()
	return nil
}

// close closes the listing's books. Where it was cut off, the one before it may
// hold. A camera that is taken often says so before its watcher does.
func (l *lister) close(ctx context.Context, listing device.Listing, err error) (books store.Books, holds bool, _ error) {
	var closeErr error
	taken := err != nil && ctx.Err() != nil || errors.Is(err, device.ErrGone)
	if taken && !errors.Is(err, errBooks) {
		books, holds, closeErr = l.inv.CutOff(faultOf(ctx, err))
	} else {
		books, closeErr = l.inv.Close(listing.Complete && err == nil, skipped(listing), listing.SkippedN, faultOf(ctx, err))
	}
	if closeErr != nil {
		err = errors.Join(err, fmt.Errorf("%w: %w", errBooks, closeErr))
	}
	return books, holds, err
}

// faultOf says what was wrong with the camera when a listing of it failed:
// nothing where it was taken, the daemon ends, or the station cannot write.
func faultOf(ctx context.Context, err error) string {
	if err == nil || ctx.Err() != nil || errors.Is(err, errBooks) {
		return ""
	}
	return err.Error()
}

// lister takes a listing in batches.
type lister struct {
	s     *session
	inv   *store.Inventory
	batch []device.Clip
	jobs  []*job
	fresh []look // clips that were never listed before, or not looked into since
}

func (l *lister) take(ctx context.Context, c device.Clip) error {
	l.batch = append(l.batch, c)
	if len(l.batch) < listBatch {
		return nil
	}
	return l.flush(ctx)
}

// flush makes the batch known. One that cannot be written down is listed again
// some time, and not tried twice.
func (l *lister) flush(ctx context.Context) error {
	batch := l.batch
	l.batch = l.batch[:0]
	if len(batch) == 0 {
		return nil
	}
	files := make([]store.File, len(batch))
	for i, c := range batch {
		files[i] = storeFile(c)
	}
	l.s.matchProfile(batch)
	l.inv.Hold(time.Now().Add(lookOverdue + lookSlack))
	listed, err := l.inv.Add(files, func(i int, c *store.Clip) {
		c.LackedAt = l.inv.Lacked()
		c.LackedHere = !c.LackedAt.Before(l.s.docking.DockedAt)
		if l.s.offset != nil {
			seconds := l.s.offset.Seconds()
			c.ClockOffset = &seconds
			c.ClockReadings, c.ClockDoubt = l.s.clock, l.s.badTime
		}
		l.s.describe(c, batch[i], nil)
	})
	if err != nil {
		return fmt.Errorf("%w: %w", errBooks, err)
	}
	for i, f := range listed {
		if j := l.s.jobFor(f, batch[i]); j != nil {
			l.jobs = append(l.jobs, j)
			if f.New || l.s.unlooked[f.Clip.ID] {
				l.fresh = append(l.fresh, look{job: j, kind: f.Clip.Kind})
			}
		}
	}
	return ctx.Err()
}

// storeFile makes a listed clip's name printable.
func storeFile(c device.Clip) store.File {
	f := store.File{Path: device.EscapePath(c.Path), Size: c.Size, ModTime: c.ModTime.UTC()}
	if f.Path != c.Path {
		f.RawPath = []byte(c.Path)
	}
	if y := f.ModTime.Year(); y < 1 || y > 9999 {
		f.ModTime = time.Time{} // no such time can be written down
	}
	return f
}

// describe fills in what is known of a clip: kind, media and times.
func (s *session) describe(c *store.Clip, file device.Clip, look *media.Info) {
	p := s.currentProfile()
	c.Kind, c.Profile = p.Kind(c.Name), p.Name
	if look != nil {
		if c.Kind == store.KindOther && look.Kind != "" {
			c.Kind = store.Kind(look.Kind) // an unknown name is still evidence
		}
		c.Media = string(look.Status)
		c.MediaReason = look.Detail
		if look.Reason != "" {
			c.MediaReason = look.Reason
		}
	}
	e := Evidence{
		Name: c.Name, ModTime: c.ModTime, LocalTime: file.LocalTime, Media: look,
		SeenAt: c.SeenAt, Lacked: c.LackedAt, LackedHere: c.LackedHere, Window: s.st.opt.Store.Rule().Window, Readings: c.ClockReadings, OffsetBad: c.ClockDoubt,
	}
	if c.ClockOffset != nil {
		offset := time.Duration(*c.ClockOffset * float64(time.Second))
		e.Offset = &offset
	}
	t := p.Times(e, s.st.opt.Zone, s.st.opt.Tolerance)
	s.bearClock(&t)
	c.RecordedStart, c.RecordedEnd, c.EndEarliest, c.EndLatest = t.Start, t.End, t.Earliest, t.Latest
	c.Duration = t.Duration.Seconds()
	c.TimeSource, c.Clock, c.ClockReason, c.ClockCause, c.Sources = t.Source, t.Clock, t.Reason, t.Cause, t.Sources
}

// jobFor returns what is to be done about a listed clip, nil for nothing.
func (s *session) jobFor(l store.Listed, file device.Clip) *job {
	j := &job{clip: l.Clip.ID, file: file, path: l.Clip.Path, due: l.Clip.DueAt, sum: l.Clip.SHA256}
	switch {
	case l.Recheck && s.has(s.proven, j.clip):
		return nil
	case l.Recheck:
		j.task = taskRecheck
	case l.Clip.State != store.Stored:
		j.task = taskCopy
	case s.releases() && l.Clip.ReleasedAt.IsZero() && !s.has(s.asked, j.clip):
		j.task = taskRelease
	default:
		return nil
	}
	return j
}

func skipped(l device.Listing) []store.Skipped {
	var list []store.Skipped
	for _, s := range l.Skipped {
		list = append(list, store.Skipped{Path: device.EscapePath(s.Path), Reason: s.Reason})
	}
	return list
}

// report says what the listing found.
func (s *session) report(listing device.Listing, books store.Books, took time.Duration) {
	s.log.Info("camera listed", "clips", books.Files, "bytes", books.Bytes, "new", books.New, "known", books.Known,
		"gone_unstored", books.GoneLost, "complete", listing.Complete, "took", took.Round(time.Millisecond))
	if books.GoneLost > 0 {
		s.log.Warn("clips that were never stored are gone from the camera", "clips", books.GoneLost, "paths", gonePaths(books))
	}
	s.st.opt.Metrics.Duplicate(books.Known - s.known)
	s.known = books.Known
	if s.told {
		if lackOf(listing) == lacksForNow {
			s.st.opt.Metrics.Failed(s.info.Serial, "list", device.SkipUnreadable)
		}
		return
	}
	s.told = true
	for _, skip := range listing.Skipped {
		s.log.Warn("something on the camera is no clip and was not followed", "path", device.EscapePath(skip.Path), "reason", skip.Reason)
		s.st.opt.Metrics.Failed(s.info.Serial, "list", skip.Reason)
	}
}

// gonePaths names a few of the clips that are gone; the docking has more.
func gonePaths(books store.Books) (paths []string) {
	for _, g := range books.Gone[:min(len(books.Gone), 20)] {
		paths = append(paths, g.Path)
	}
	return paths
}

// matchProfile chooses the profile by the first clips that are listed.
func (s *session) matchProfile(batch []device.Clip) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.profile != nil && s.matched {
		return
	}
	paths := make([]string, 0, len(batch))
	for _, c := range batch {
		paths = append(paths, c.Path)
	}
	s.profile, s.matched = Match(s.st.opt.Profiles, s.info, paths), true
}

func (s *session) currentProfile() *Profile {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.profile
}
