package ingest

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"custodock/device"
)

// Pauses after a listing that failed.
const (
	firstPause = time.Second
	maxPause   = 5 * time.Minute

	// lockedPause is the longest one for a camera that shows no storage:
	// whoever unlocks it waits for something to happen.
	lockedPause = 10 * time.Second
)

// pause returns how long to wait after the n-th failure in a row.
func pause(n int) time.Duration {
	return min(firstPause<<min(n-1, 20), maxPause)
}

// pauseAfter is pause for a listing that failed by err.
func pauseAfter(err error, n int) time.Duration {
	if errors.Is(err, device.ErrNoStorage) {
		return min(pause(n), lockedPause)
	}
	return pause(n)
}

// lack is what a listing that came to its end could not come to.
type lack int

const (
	lacksNothing lack = iota
	lacksForNow       // what could not be read: another listing may
	lacksForGood      // what no listing of the camera can have
)

// lackOf tells them apart. Where it is not known what is lacking, somebody has
// to look again.
func lackOf(l device.Listing) lack {
	unread := func(s device.Skipped) bool { return s.Reason == device.SkipUnreadable }
	switch {
	case l.Complete:
		return lacksNothing
	case l.SkippedN == 0, l.SkippedN > len(l.Skipped), slices.ContainsFunc(l.Skipped, unread):
		return lacksForNow
	}
	return lacksForGood
}

// missPauses are how long to wait after each listing in a row that lacks
// something for now. A camera that is busy, or locks its storage while it
// charges, is soon done with that.
var missPauses = []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute}

// missRest is how long to wait when all of these were in vain: by then the
// camera is for the equipment staff.
const missRest = 10 * time.Minute

func pauseAfterMiss(n int) time.Duration {
	if n > len(missPauses) {
		return missRest
	}
	return missPauses[n-1]
}

// isPatient reports whether what is lacking may yet come by itself. The caller
// holds s.mu.
func (s *session) isPatient() bool { return s.lacks == lacksForNow && s.misses <= len(missPauses) }

// work lists the camera, and again whenever its clips changed, until ctx ends.
func (s *session) work(ctx context.Context, changed <-chan struct{}) {
	s.askHealth(ctx)
	for failures := 0; ctx.Err() == nil; {
		var again <-chan time.Time
		if err := s.list(ctx); err == nil {
			failures = 0
			s.listingLeaves(nil)
			again = s.afterMiss()
		} else if ctx.Err() == nil {
			failures++
			again = s.afterFailure(err, failures)
		}
		s.st.publish(EventProgress, s.status())
		s.rest(ctx, changed, again)
	}
}

// afterFailure returns what receives when a camera is to be listed again that
// could not be listed at all, for the n-th time in a row.
func (s *session) afterFailure(err error, n int) <-chan time.Time {
	level := slog.LevelError
	if n > 1 && pauseAfter(err, n) == pauseAfter(err, n-1) {
		level = slog.LevelDebug // a camera may stay locked all night
	}
	s.log.Log(context.Background(), level, "the camera cannot be listed; trying again", "error", err, "pause", pauseAfter(err, n))
	if !s.listingLeaves(err) { // else it was just taken, and as the bay says
		s.setUnlistable(err)
	}
	if errors.Is(err, errBooks) {
		s.st.opt.Metrics.Error("list", reasonOf(err))
	} else {
		s.st.opt.Metrics.Failed(s.info.Serial, "list", reasonOf(err))
	}
	return time.After(pauseAfter(err, n))
}

// afterMiss returns what receives when a camera is to be listed again of which
// something could not be read; nil when nothing is lacking that may yet come.
func (s *session) afterMiss() <-chan time.Time {
	s.mu.Lock()
	if s.misses++; s.lacks != lacksForNow {
		s.misses = 0
	}
	misses, patient := s.misses, s.isPatient()
	s.mu.Unlock()
	switch {
	case misses == 0:
		return nil
	case patient:
		s.log.Info("a part of the camera cannot be read; trying again", "attempt", misses, "pause", pauseAfterMiss(misses))
	default:
		s.log.Warn("a part of the camera still cannot be read; the equipment staff should look at it", "attempt", misses, "pause", pauseAfterMiss(misses))
	}
	return time.After(pauseAfterMiss(misses))
}

// rest waits until the camera is to be listed again, or ctx ends.
func (s *session) rest(ctx context.Context, changed <-chan struct{}, again <-chan time.Time) {
	ticker := time.NewTicker(healthEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.askHealthAgain(ctx)
			continue
		case <-ctx.Done():
		case <-changed:
		case <-s.relist:
		case <-again:
		}
		return
	}
}

func (s *session) setUnlistable(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unlistable = err
}

// relistSoon has the camera listed again.
func (s *session) relistSoon() {
	select {
	case s.relist <- struct{}{}:
	default:
	}
}
