package ingest

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
	"sync"
	"time"

	"custodock/device"
)

// What a job does.
type task int

const (
	taskCopy    task = iota // bring the clip into the store
	taskRecheck             // find out whether a clip is the stored one of its name, size and time
	taskRelease             // remove the stored clip from the camera
	taskRelist              // the clip changed on the camera: have that listed again
	taskMint                // make the docking's receipt, which could not be made before
)

// job is one clip to be worked on.
type job struct {
	task  task
	clip  string // id
	file  device.Clip
	path  string    // printable
	sum   string    // SHA-256 of a stored clip
	due   time.Time // zero: no deadline
	after time.Time // not before
}

// before says which of two jobs is more urgent: by due time, those without a
// deadline after all that have one, releases last.
func (j *job) before(o *job) bool {
	rank := func(j *job) int {
		switch {
		case j.task == taskRelease:
			return 2
		case j.due.IsZero():
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(rank(j), rank(o)), j.due.Compare(o.due), cmp.Compare(j.clip, o.clip)) < 0
}

// jobs is a heap by urgency.
type jobs []*job

func (h jobs) Len() int           { return len(h) }
func (h jobs) Less(i, k int) bool { return h[i].before(h[k]) }
func (h jobs) Swap(i, k int)      { h[i], h[k] = h[k], h[i] }
func (h *jobs) Push(x any)        { *h = append(*h, x.(*job)) }
func (h *jobs) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return last
}

// Bounds on clips of one camera that were read and are being synced, read
// back and published while the next one is read. Those that are ready at the
// same time share their syncs, so a camera has more than its own part while the
// others leave it room: docs/performance.md.
const (
	maxFinishing      = 32  // of each camera, whatever the others do
	maxFinishingAll   = 128 // of all cameras, before that counts
	maxFinishingBytes = 256 << 20
)

// lane is one camera's part of the queue. Its fields belong to the queue.
type lane struct {
	ready          jobs
	waiting        []*job // until their time comes
	reading        bool   // the camera's one stream is in use
	running        int    // jobs under way, in whatever stage
	finishing      int    // of these, clips that are read already
	finishingBytes int64
	closed         bool
	work           func(j *job, streamFree func())
}

// queue gives the cameras' streams to the most urgent clips, across all bays.
type queue struct {
	parallel int
	wake     chan struct{}

	mu        sync.Mutex
	lanes     map[*lane]struct{}
	reading   int
	finishing int
	idle      *sync.Cond // a job ended
}

func newQueue(parallel int) *queue {
	q := &queue{parallel: parallel, wake: make(chan struct{}, 1), lanes: make(map[*lane]struct{})}
	q.idle = sync.NewCond(&q.mu)
	return q
}

// open adds a camera. work does one job, calls streamFree once it does not
// read from the camera any more, and is called in a goroutine of its own.
func (q *queue) open(work func(j *job, streamFree func())) *lane {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := &lane{work: work}
	q.lanes[l] = struct{}{}
	return l
}

// close drops what waits and waits for what is under way; the camera's
// context is over by then.
func (q *queue) close(l *lane) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l.closed = true
	l.ready, l.waiting = nil, nil
	for l.running > 0 {
		q.idle.Wait()
	}
	delete(q.lanes, l)
}

// push adds jobs.
func (q *queue) push(l *lane, list ...*job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if l.closed {
		return
	}
	for _, j := range list {
		if j.after.IsZero() {
			heap.Push(&l.ready, j)
		} else {
			l.waiting = append(l.waiting, j)
		}
	}
	q.poke()
}

// replace makes list all that waits for the camera's clips; jobs under way go
// on, and one that is about no clip stays.
func (q *queue) replace(l *lane, list []*job) {
	q.drop(l, func(j *job) bool { return j.clip != "" })
	q.push(l, list...)
}

// amend makes list all that waits for those clips which it names.
func (q *queue) amend(l *lane, list []*job) {
	named := make(map[string]bool, len(list))
	for _, j := range list {
		named[j.clip] = true
	}
	q.drop(l, func(j *job) bool { return named[j.clip] })
	q.push(l, list...)
}

// drop takes jobs off what waits.
func (q *queue) drop(l *lane, which func(*job) bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l.ready, l.waiting = slices.DeleteFunc(l.ready, which), slices.DeleteFunc(l.waiting, which)
	heap.Init(&l.ready)
}

func (q *queue) poke() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// run hands out jobs until ctx ends.
func (q *queue) run(ctx context.Context) error {
	for {
		next := q.start(time.Now())
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-q.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// idlePause is how long the queue sleeps when nothing waits for a time.
const idlePause = time.Minute

// start begins every job that can begin and returns after how long to look
// again.
func (q *queue) start(now time.Time) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	next := idlePause
	for l := range q.lanes {
		next = min(next, l.ripen(now))
	}
	for q.reading < q.parallel {
		l := q.mostUrgent()
		if l == nil {
			break
		}
		j := heap.Pop(&l.ready).(*job)
		l.reading = true
		l.running++
		q.reading++
		go q.do(l, j)
	}
	return next
}

// ripen moves jobs whose time has come and returns when the next one's comes.
func (l *lane) ripen(now time.Time) time.Duration {
	next := idlePause
	rest := l.waiting[:0]
	for _, j := range l.waiting {
		if wait := j.after.Sub(now); wait > 0 {
			next = min(next, wait)
			rest = append(rest, j)
			continue
		}
		heap.Push(&l.ready, j)
	}
	l.waiting = rest
	return next
}

// mostUrgent returns the lane with the most urgent job that may start.
func (q *queue) mostUrgent() (best *lane) {
	for l := range q.lanes {
		full := l.finishing >= maxFinishing && q.finishing >= maxFinishingAll || l.finishingBytes >= maxFinishingBytes
		if l.reading || len(l.ready) == 0 || full {
			continue
		}
		if best == nil || l.ready[0].before(best.ready[0]) {
			best = l
		}
	}
	return best
}

// do works on one job; the queue is its owner and waits for it in close.
func (q *queue) do(l *lane, j *job) {
	var free sync.Once
	streamFree := func() { free.Do(func() { q.streamFree(l, j) }) }
	l.work(j, streamFree)
	streamFree()
	q.mu.Lock()
	defer q.mu.Unlock()
	l.running--
	l.finishing--
	q.finishing--
	l.finishingBytes -= j.file.Size
	q.idle.Broadcast()
	q.poke()
}

func (q *queue) streamFree(l *lane, j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l.reading = false
	q.reading--
	l.finishing++
	q.finishing++
	l.finishingBytes += j.file.Size
	q.poke()
}
