package ingest

import (
	"context"
	"io"
	"path"
	"slices"
	"time"

	"custodock/device"
	"custodock/ingest/media"
	"custodock/store"
)

// Before they are copied, new clips are looked into for the times in their
// containers, whether the listing that found them came to its end or not: the
// order of the queue and the due time of a camera that is pulled are then right,
// and a wrong modification time accuses nobody, not even for the time of a copy.
// That is as good as the budgets: it does not hold for the first of so many clips
// that they take seconds to be listed, and for cameras that give no parts.
const (
	// lookBudget bounds that, so that copying starts at once.
	lookBudget = 250 * time.Millisecond

	// lookOverdue bounds it for clips that their modification time makes
	// overdue: they are called missed 5 s after they are seen at the latest.
	lookOverdue = 3 * time.Second
	lookSlack   = time.Second

	// lookBatch is how many clips share a transaction.
	lookBatch = 200
)

// look is a clip to be looked into, and what was found.
type look struct {
	job  *job
	kind store.Kind
	info media.Info
}

// look looks into what a listing found first. Where that broke off, a clip that
// it could not look into is looked into at the next one: the camera may not have
// answered. Else the look is given up, and the copy says what is in it. Clips may
// be copied from the camera meanwhile.
func (s *session) look(ctx context.Context, fresh []look, broken bool) {
	if !broken {
		clear(s.unlooked)
	}
	if len(fresh) == 0 || ctx.Err() != nil {
		return
	}
	for _, l := range fresh {
		if broken {
			s.unlooked[l.job.clip] = true
		}
	}
	s.lookInto(ctx, fresh)
	s.st.checkDeadlines()
}

// lookInto looks into clips, the most urgent first, as far as the budgets go.
// What it does not get to keeps its times until it is copied.
func (s *session) lookInto(ctx context.Context, fresh []look) {
	now := time.Now()
	fresh = slices.DeleteFunc(fresh, func(l look) bool { return !l.kind.HasDeadline() })
	slices.SortFunc(fresh, func(a, b look) int { return a.job.due.Compare(b.job.due) })
	overdue, _ := slices.BinarySearchFunc(fresh, now, func(l look, now time.Time) int { return l.job.due.Compare(now) })
	end := now.Add(lookBudget)
	if overdue > 0 {
		end = now.Add(lookOverdue)
	}
	ctx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	found := make(chan look, lookBatch)
	go func() { // ends with ctx, or when a read that hangs returns
		defer close(found)
		for i, l := range fresh {
			if ctx.Err() != nil || (i >= overdue && time.Since(now) > lookBudget) {
				return
			}
			info, ok := s.lookAt(ctx, l.job.file)
			if !ok {
				continue
			}
			l.info = info
			select {
			case found <- l:
			case <-ctx.Done():
				return
			}
		}
	}()
	s.takeLooks(ctx, found)
}

// takeLooks writes down what is found until there is no more, or no more time.
func (s *session) takeLooks(ctx context.Context, found <-chan look) {
	var batch []look
	for open := true; open; {
		select {
		case l, ok := <-found:
			if open = ok; ok {
				batch = append(batch, l)
			}
		case <-ctx.Done():
			open = false
		}
		if len(batch) == lookBatch || !open {
			s.describeAll(batch)
			batch = batch[:0]
		}
	}
}

func (s *session) describeAll(batch []look) {
	if len(batch) == 0 {
		return
	}
	ids := make([]string, len(batch))
	for i, l := range batch {
		ids[i] = l.job.clip
	}
	err := s.st.opt.Store.Describe(ids, time.Now(), func(i int, c *store.Clip) {
		s.describe(c, batch[i].job.file, &batch[i].info)
		batch[i].job.due = s.st.opt.Store.Rule().Due(c)
	})
	if err != nil {
		s.log.Error("the times of clips cannot be written down", "error", err)
		return
	}
	for _, id := range ids {
		delete(s.unlooked, id)
	}
}

// lookAt reads a clip's container on the camera. When it cannot, the copy will
// say why.
func (s *session) lookAt(ctx context.Context, c device.Clip) (media.Info, bool) {
	r, err := s.camera.Open(ctx, c, 0)
	if err != nil {
		return media.Info{}, false
	}
	defer r.Close()
	at, ok := r.(io.ReaderAt)
	if !ok {
		return media.Info{}, false
	}
	info, err := media.Probe(at, c.Size, path.Base(c.Path))
	return info, err == nil
}
