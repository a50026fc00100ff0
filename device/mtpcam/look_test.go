package mtpcam

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device"
	"custodock/device/mtp"
	"custodock/device/simcam"
)

// A listing that breaks the conversation is done again by whoever wants it, with
// pauses of his: a new conversation is no reason to do it sooner.
func TestBrokenListingIsNoNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dockResponder(t, simcam.ResponderOptions{Profile: simcam.BarePTP(), Storages: []simcam.Storage{{Files: []simcam.File{
			big("A.MP4", 5), big("BAD/B.MP4", 6), big("DCIM/C.MP4", 7),
		}}}})
		list(t, c)
		for attempt := range 3 {
			c.responder.Script(simcam.Fault{Kind: simcam.Dead, Operation: mtp.OpGetObjectInfo, Path: "BAD/B.MP4", Times: 1})
			if _, err := c.List(t.Context(), func(device.Clip) error { return nil }); !errors.Is(err, mtp.ErrBroken) {
				t.Fatalf("listed: %v; want %v", err, mtp.ErrBroken)
			}
			time.Sleep(time.Hour)
			if n := changes(c.Camera); n != 0 {
				t.Errorf("attempt %d: told %d times to list it again; want never", attempt, n)
			}
		}
		if clips, l := list(t, c); len(clips) != 3 || !l.Complete {
			t.Errorf("listed %q, %+v once it is over", paths(clips), l)
		}
	})
}

// A clip that breaks the conversation whenever it is read has the camera listed
// again more and more seldom.
func TestBadClipIsSeldomNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dockResponder(t, simcam.ResponderOptions{Storages: []simcam.Storage{{Files: []simcam.File{big("A.MP4", 3<<20), big("DCIM/C.MP4", 7)}}}})
		c.responder.Script(simcam.Fault{Kind: simcam.Dead, Path: "A.MP4", At: 1 << 20})
		clips, _ := list(t, c)
		var at []time.Duration
		for start := time.Now(); time.Since(start) < 5*time.Hour; {
			if _, err := sum(t.Context(), c, clips[0], 0); !errors.Is(err, mtp.ErrBroken) {
				t.Fatalf("read: %v; want %v", err, mtp.ErrBroken)
			}
			time.Sleep(time.Minute)
			if changes(c.Camera) > 0 {
				at = append(at, time.Since(start).Truncate(time.Minute))
				clips, _ = list(t, c)
			}
		}
		for i := 2; i < len(at); i++ {
			if last, now := at[i-1]-at[i-2], at[i]-at[i-1]; now < min(last+last/2, 50*time.Minute) {
				t.Errorf("listed again at %v; want pauses that grow", at)
				break
			}
		}
		if len(at) < 6 || len(at) > 10 {
			t.Errorf("listed again at %v; want some eight times in five hours", at)
		}
	})
}

// Storages that changed while a conversation was lost are seen at once, also
// when another conversation alone would be no news yet.
func TestStoragesAfterABreak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dockRedialled(t, big("A.MP4", 1))
		list(t, d.Camera)
		for i, change := range []func(int){func(int) {}, d.responder.Eject, d.responder.Insert} {
			d.responder.Script(simcam.Fault{Kind: simcam.Refused, At: int64(mtp.RespSessionNotOpen), Times: 1})
			time.Sleep(lookEvery)
			change(0)
			time.Sleep(lookEvery)
			if n := changes(d.Camera); n != 1 {
				t.Errorf("break %d: told %d times to list it again; want once", i, n)
			}
			_, err := d.List(t.Context(), func(device.Clip) error { return nil })
			if err != nil && !errors.Is(err, errNoStorage) {
				t.Fatal(err)
			}
		}
	})
}

// That a camera says which storages it has does not mean that something comes of
// its conversations.
func TestALookIsNoSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dockRedialled(t, big("A.MP4", 1))
		clip := only(t, d)
		d.responder.Script(simcam.Fault{Kind: simcam.Refused, At: int64(mtp.RespSessionNotOpen), Operation: mtp.OpGetObjectHandles})
		fail := func() {
			if err := use(t, d.Camera, "list", clip); !errors.Is(err, mtp.RespSessionNotOpen) {
				t.Fatalf("list: %v", err)
			}
		}
		for range 5 { // pauses of 0, 1, 2, 4 and 8 seconds
			fail()
			time.Sleep(lookEvery + longestWait)
		}
		fail() // 16
		before := len(d.dials())
		time.Sleep(10 * time.Second)
		fail()
		if n := len(d.dials()) - before; n != 0 {
			t.Errorf("%d conversations were begun after 10 seconds, want that it is waited longer: %v", n, d.dials())
		}
		d.responder.Heal()
		time.Sleep(longestWait)
		if err := use(t, d.Camera, "list", clip); err != nil {
			t.Errorf("list once it is over: %v", err)
		}
	})
}
