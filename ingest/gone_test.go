package ingest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device"
	"custodock/store"
)

// elusive is a camera that is there, and says that it is gone: when A.LOG is read
// and, if lists says so, after the first clip of each listing.
type elusive struct {
	device.Camera
	lists         bool
	listed, reads atomic.Int64
}

func (e *elusive) List(ctx context.Context, yield func(device.Clip) error) (device.Listing, error) {
	e.listed.Add(1)
	return e.Camera.List(ctx, func(c device.Clip) error {
		err := yield(c)
		if err == nil && e.lists {
			err = fmt.Errorf("list: %w", device.ErrGone)
		}
		return err
	})
}

func (e *elusive) Open(ctx context.Context, c device.Clip, offset int64) (io.ReadCloser, error) {
	if c.Path == "A.LOG" {
		e.reads.Add(1)
		return nil, fmt.Errorf("open: %w", device.ErrGone)
	}
	return e.Camera.Open(ctx, c, offset)
}

// docked is a watcher that sees one camera, which stays.
type docked struct{ device.Docked }

func (d docked) Run(ctx context.Context, dock func(device.Docked)) error {
	dock(d.Docked)
	<-ctx.Done()
	return nil
}

// A camera that says that it is gone and is still there is not asked all the time.
func TestGoneIsNotAskedForAllTheTime(t *testing.T) {
	for _, tt := range []struct {
		name             string
		lists            bool
		listings, reads  int64 // in an hour, at the most
		state            string
		need             string
		leastReads, left int64
	}{
		{"when one clip is read", false, 4, 100, BayAttention, NeedReading, 70, 1},
		{"when it is listed, too", true, 30, 100, BayAttention, NeedReinsert, 70, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubbled(t, func(t *testing.T) {
				d := camera("CAM1", shot("A.LOG", 10, time.Hour), shot("B.LOG", 20, time.Hour)).Dock()
				e := &elusive{Camera: d.Camera, lists: tt.lists}
				d.Camera = e
				h := startStation(t, t.TempDir(), func(o *Options) { o.Watchers = []device.Watcher{docked{d}} })
				defer h.stop()
				<-time.After(time.Hour)
				synctest.Wait()
				if lists, reads := e.listed.Load(), e.reads.Load(); lists > tt.listings || reads > tt.reads || reads < tt.leastReads {
					t.Errorf("in an hour it was listed %d times and a clip of it asked for %d times; want up to %d and %d to %d",
						lists, reads, tt.listings, tt.leastReads, tt.reads)
				}
				if b := h.Bays()[0]; b.State != tt.state || b.Need != tt.need || int64(b.Left) != tt.left {
					t.Errorf("the bay is %s, %q, with %d left; want %s, %q, %d", b.State, b.Need, b.Left, tt.state, tt.need, tt.left)
				}
			})
		})
	}
}

// What a listing does not have stays to be stored, unless it went away and nothing
// tries it again.
func TestExpectWhatIsNotListed(t *testing.T) {
	const gone, bad, again = "gone", "bad", "again"
	for lacks, want := range map[lack][]string{
		lacksNothing: nil,
		lacksForNow:  {again, bad, gone},
		lacksForGood: {again, bad},
	} {
		s := &session{
			left:    map[string]waiting{gone: {}, bad: {}, again: {}},
			failed:  map[string]failure{gone: {changed: true}, bad: {}, again: {changed: true}},
			copying: map[string]*Copied{again: {}},
		}
		s.expect(nil, store.Books{}, lacks)
		if got := slices.Sorted(maps.Keys(s.left)); !slices.Equal(got, want) {
			t.Errorf("after a listing with lack %d, %v are left; want %v", lacks, got, want)
		}
	}
}
