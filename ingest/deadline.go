package ingest

import (
	"context"
	"time"
)

// The deadline clock sleeps until the next clip is due, but never long: the
// station's clock may be set meanwhile, and timers do not follow it. A look
// costs one seek in an index.
const (
	maxDeadlineSleep = 2 * time.Second
	minDeadlineSleep = 100 * time.Millisecond
)

// watchDeadlines marks clips as missed when their due time passes, docked or
// not, and right at the start those whose time passed meanwhile.
func (st *Station) watchDeadlines(ctx context.Context) error {
	failing := false
	for {
		doubt := st.watchClock()
		st.keepClock()
		now := time.Now()
		missed, err := st.opt.Store.MissDue(now)
		if err != nil && !failing {
			st.log.Error("overdue clips cannot be marked", "error", err)
			st.opt.Metrics.Error("deadline", "catalog")
		}
		failing = err != nil
		for i := range missed {
			c := &missed[i]
			st.opt.Store.Present(c, now)
			st.log.Warn("a clip missed its deadline", "camera", c.Camera, "clip", c.ID, "path", c.Path, "due", c.DueAt)
			st.publish(EventMissed, c)
		}
		// Why it cannot is known already, and whoever asks is told.
		_ = st.opt.Store.WriteAgain(now)
		surely, _ := doubt.Around(now)
		timer := time.NewTimer(st.deadlineSleep(surely))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-st.dueSoon:
		case <-timer.C:
		}
		timer.Stop()
	}
}

func (st *Station) deadlineSleep(now time.Time) time.Duration {
	due, ok, err := st.opt.Store.NextDue()
	if err != nil || !ok {
		return maxDeadlineSleep
	}
	return min(max(due.Sub(now), minDeadlineSleep), maxDeadlineSleep)
}

// checkDeadlines makes the clock look at once: clips became known that may be
// overdue already.
func (st *Station) checkDeadlines() {
	select {
	case st.dueSoon <- struct{}{}:
	default:
	}
}
