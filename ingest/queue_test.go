package ingest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
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
