package ingest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A camera that is alone has more small clips under way than beside others, and
// none is kept from its own part.
func TestQueueFinishing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		q := newQueue(2)
		go q.run(ctx)
		stored := make(chan struct{})
		var begun [3]atomic.Int32
		var lanes []*lane
		for i := range begun {
			l := q.open(func(_ *job, streamFree func()) {
				begun[i].Add(1)
				streamFree()
				<-stored
			})
			var list []*job
			for n := range 300 {
				list = append(list, &job{clip: fmt.Sprint(n)})
			}
			q.push(l, list...)
			lanes = append(lanes, l)
			synctest.Wait()
			want := int32(maxFinishing)
			if i == 0 {
				want = maxFinishingAll
			}
			if got := begun[i].Load(); got != want {
				t.Errorf("of camera %d %d clips are under way; want %d", i, got, want)
			}
		}
		close(stored)
		synctest.Wait()
		for i := range begun {
			if got := begun[i].Load(); got != 300 {
				t.Errorf("of camera %d %d clips were begun; want all", i, got)
			}
			q.close(lanes[i])
		}
		if q.finishing != 0 {
			t.Errorf("%d clips are under way at the end", q.finishing)
		}
		cancel()
	})
}

// A new list takes the place of the clips' jobs, and of no other.
func TestQueueTakesANewList(t *testing.T) {
	q := newQueue(1)
	l := q.open(func(*job, func()) {})
	fill := func() {
		l.ready, l.waiting = nil, nil
		q.push(l, &job{clip: "a"}, &job{clip: "b"}, &job{clip: "c", after: time.Unix(1, 0)}, &job{task: taskMint, after: time.Unix(2, 0)})
	}
	held := func() string {
		var names []string
		for _, j := range slices.Concat(l.ready, l.waiting) {
			names = append(names, fmt.Sprint(j.clip, j.task))
		}
		slices.Sort(names)
		return strings.Join(names, " ")
	}
	again := []*job{{clip: "c", task: taskRelease}, {clip: "d"}}
	fill()
	q.replace(l, again)
	if got, want := held(), fmt.Sprintf("%d c%d d%d", taskMint, taskRelease, taskCopy); got != want {
		t.Errorf("after another list the queue holds %s; want %s", got, want)
	}
	fill()
	q.amend(l, again)
	if got, want := held(), fmt.Sprintf("%d a0 b0 c%d d0", taskMint, taskRelease); got != want {
		t.Errorf("after a list of some the queue holds %s; want %s", got, want)
	}
}
