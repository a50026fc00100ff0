package mtpcam

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device"
	"custodock/device/mtp"
	"custodock/device/simcam"
)

// internalAndCard is what most cameras with two storages have.
func internalAndCard() []simcam.Storage {
	return []simcam.Storage{
		{Description: "Internal", Capacity: 100, Free: 50, Files: []simcam.File{big("DCIM/A.MP4", 1)}},
		{Description: "SD", Capacity: 100, Free: 50, Files: []simcam.File{big("DCIM/B.MP4", 2)}},
	}
}

// listUntil lists until a listing is complete, at most n times, and returns the
// last one and how many there were.
func listUntil(t *testing.T, c device.Camera, n int) (clips []device.Clip, l device.Listing, times int) {
	t.Helper()
	for times < n && !l.Complete {
		clips, l = list(t, c)
		times++
	}
	return clips, l, times
}

// One storage that cannot be described is one that is listed all the same, in
// the end, and whose space nobody knows.
func TestStorageNotDescribed(t *testing.T) {
	for _, code := range []mtp.ResponseCode{mtp.RespOperationNotSupported, mtp.RespGeneralError, mtp.RespStoreNotAvailable} {
		r := simcam.NewResponder(simcam.ResponderOptions{Storages: internalAndCard()})
		r.Script(simcam.Fault{Kind: simcam.Refused, Operation: mtp.OpGetStorageInfo, At: int64(code)})
		c := dockAs(t, r)
		least := maxUntold + 1
		if code == mtp.RespOperationNotSupported {
			least = 1 // it never will be
		}
		clips, l, times := listUntil(t, c, least)
		if got, want := paths(clips), []string{"00020001/DCIM/B.MP4", "DCIM/A.MP4"}; !slices.Equal(got, want) || !l.Complete || times != least {
			t.Errorf("%v: listed %q, %+v at the %d. time; want %q at the %d.", code, got, l, times, want, least)
		}
		r.Heal()
		r.Script(simcam.Fault{Kind: simcam.Refused, Operation: mtp.OpGetStorageInfo, At: int64(code), Times: 1})
		if h, err := c.(device.HealthReader).Health(t.Context()); err != nil || h.StorageSize != nil || h.StorageFree != nil {
			t.Errorf("%v: health %+v, %v; want no figures of space", code, h, err)
		}
	}
}

// What a storage is called is asked once: it keeps the name that it was first
// listed with.
func TestStorageDescribedLater(t *testing.T) {
	r := simcam.NewResponder(simcam.ResponderOptions{Storages: internalAndCard()})
	c := dockAs(t, r)
	r.Script(simcam.Fault{Kind: simcam.Refused, Operation: mtp.OpGetStorageInfo, At: int64(mtp.RespGeneralError)})
	before, l, _ := listUntil(t, c, maxUntold+1)
	if !l.Complete {
		t.Fatalf("listed %+v", l)
	}
	r.Heal()
	if after, _ := list(t, c); !slices.Equal(paths(before), paths(after)) {
		t.Errorf("listed %q, then %q", paths(before), paths(after))
	}
}

// A storage that is not described for a moment has the name that it has at any
// other docking, and no other one meanwhile.
func TestStorageNotDescribedForAMoment(t *testing.T) {
	for _, code := range []mtp.ResponseCode{mtp.RespStoreNotAvailable, mtp.RespGeneralError} {
		r := simcam.NewResponder(simcam.ResponderOptions{Storages: internalAndCard()})
		c := dockAs(t, r)
		r.Script(simcam.Fault{Kind: simcam.Refused, Operation: mtp.OpGetStorageInfo, At: int64(code), Times: 2})
		clips, l := list(t, c)
		if got, want := paths(clips), []string{"DCIM/A.MP4"}; !slices.Equal(got, want) || l.Complete ||
			!slices.Equal(l.Skipped, []device.Skipped{{Path: "00020001", Reason: device.SkipUnreadable}}) {
			t.Errorf("%v: listed %q, %+v; want %q, and that the other one is to be listed again", code, got, l, want)
		}
		clips, l = list(t, c)
		if got, want := paths(clips), []string{"DCIM/A.MP4", "SD/DCIM/B.MP4"}; !slices.Equal(got, want) || !l.Complete {
			t.Errorf("%v: then listed %q, %+v; want %q", code, got, l, want)
		}
	}
}

// A listing that fails on the way has told what it found until then.
func TestListingFailsOnTheWay(t *testing.T) {
	c := dockResponder(t, simcam.ResponderOptions{Profile: simcam.BarePTP(), Storages: []simcam.Storage{{Files: []simcam.File{
		big("A.MP4", 1), big("B.MP4", 2), big("DCIM/C.MP4", 3),
	}}}})
	c.responder.Script(simcam.Fault{Kind: simcam.Pull, Operation: mtp.OpGetObjectInfo, Path: "DCIM/C.MP4"})
	var clips []device.Clip
	l, err := c.List(t.Context(), func(c device.Clip) error { clips = append(clips, c); return nil })
	if !errors.Is(err, device.ErrGone) || l.Complete {
		t.Errorf("listed %+v, %v; want %v", l, err, device.ErrGone)
	}
	if got, want := paths(clips), []string{"A.MP4", "B.MP4"}; !slices.Equal(got, want) || l.Clips != len(want) {
		t.Errorf("listed %q, %+v; want %q", got, l, want)
	}
}

// Which names storages have in paths, listing after listing of one docking.
func TestStorageNames(t *testing.T) {
	sd := func(id mtp.StorageID) storage {
		return storage{id: id, StorageInfo: mtp.StorageInfo{StorageDescription: "SD"}, described: true}
	}
	larger := func(id mtp.StorageID) storage {
		st := sd(id)
		st.MaxCapacity = 1
		return st
	}
	nameless := func(id mtp.StorageID) storage { return storage{id: id, described: true} }
	untold := func(id mtp.StorageID) storage { return storage{id: id} }
	for name, tt := range map[string]struct {
		listings [][]storage
		want     map[mtp.StorageID]string
	}{
		"one":                   {[][]storage{{sd(0x10001)}}, map[mtp.StorageID]string{0x10001: ""}},
		"one of another number": {[][]storage{{sd(0x20001)}}, map[mtp.StorageID]string{0x20001: ""}},
		"two":                   {[][]storage{{sd(0x10001), sd(0x20001)}}, map[mtp.StorageID]string{0x10001: "", 0x20001: "SD"}},
		"a name twice": {
			[][]storage{{nameless(0x10001), sd(0x20001), sd(0x30001)}},
			map[mtp.StorageID]string{0x10001: "", 0x20001: "SD", 0x30001: "SD 00030001"},
		},
		"none by name": {[][]storage{{sd(0x10001), nameless(0x20001)}}, map[mtp.StorageID]string{0x10001: "", 0x20001: "00020001"}},
		"the lower one comes later": {
			[][]storage{{nameless(0x20001)}, {sd(0x10001), nameless(0x20001)}},
			map[mtp.StorageID]string{0x20001: "", 0x10001: "SD"},
		},
		"the first one leaves": {
			[][]storage{{nameless(0x10001), sd(0x20001)}, {sd(0x20001)}, {sd(0x20001), sd(0x30001)}},
			map[mtp.StorageID]string{0x10001: "", 0x20001: "SD", 0x30001: "SD 00030001"},
		},
		"uMTP-Responder, one":     {[][]storage{{sd(0xFFFF0001)}}, map[mtp.StorageID]string{0xFFFF0001: ""}},
		"its first one is locked": {[][]storage{{sd(0xFFFF0002)}}, map[mtp.StorageID]string{0xFFFF0002: "SD"}},
		"and is unlocked": {
			[][]storage{{sd(0xFFFF0002)}, {nameless(0xFFFF0001), sd(0xFFFF0002)}},
			map[mtp.StorageID]string{0xFFFF0001: "", 0xFFFF0002: "SD"},
		},
		"the card under another number": {
			[][]storage{{nameless(0x10001), sd(0x20001)}, {nameless(0x10001)}, {nameless(0x10001), sd(0x30001)}},
			map[mtp.StorageID]string{0x10001: "", 0x30001: "SD"},
		},
		"and back": {
			[][]storage{{nameless(0x10001), sd(0x20001)}, {nameless(0x10001), sd(0x30001)}, {nameless(0x10001), sd(0x20001)}},
			map[mtp.StorageID]string{0x10001: "", 0x20001: "SD"},
		},
		"the only one under another number": {[][]storage{{sd(0x20001)}, {}, {sd(0x30001)}}, map[mtp.StorageID]string{0x30001: ""}},
		"another card": {
			[][]storage{{nameless(0x10001), sd(0x20001)}, {nameless(0x10001), larger(0x30001)}},
			map[mtp.StorageID]string{0x10001: "", 0x20001: "SD", 0x30001: "SD 00030001"},
		},
		"which of two left": {
			[][]storage{{sd(0x10001), sd(0x20001)}, {sd(0x30001)}},
			map[mtp.StorageID]string{0x10001: "", 0x20001: "SD", 0x30001: "SD 00030001"},
		},
		"which of two came": {
			[][]storage{{sd(0x10001)}, {sd(0x20001), sd(0x30001)}},
			map[mtp.StorageID]string{0x10001: "", 0x20001: "SD", 0x30001: "SD 00030001"},
		},
		"nothing to know it by": {
			[][]storage{{sd(0x10001), nameless(0x20001)}, {sd(0x10001), nameless(0x30001)}},
			map[mtp.StorageID]string{0x10001: "", 0x20001: "00020001", 0x30001: "00030001"},
		},
		"described later": {
			[][]storage{{sd(0x10001), untold(0x20001)}, {sd(0x10001), larger(0x20001)}},
			map[mtp.StorageID]string{0x10001: "", 0x20001: "SD"},
		},
		"the first one is not described": {[][]storage{{untold(0x10001)}}, map[mtp.StorageID]string{0x10001: ""}},
		"never described":                {[][]storage{{sd(0x10001), {id: 0x20001, never: true}}}, map[mtp.StorageID]string{0x10001: "", 0x20001: "00020001"}},
		"others of that number":          {[][]storage{{nameless(0x10001), sd(0xFFFF0001)}}, map[mtp.StorageID]string{0x10001: "", 0xFFFF0001: "SD"}},
	} {
		var f shelf
		for _, all := range tt.listings {
			f.name(all)
		}
		if !maps.Equal(f.prefixes, tt.want) {
			t.Errorf("%s: %v; want %v", name, f.prefixes, tt.want)
		}
	}
}

// A camera that always shows others is not kept in memory without end.
func TestTooManyStorages(t *testing.T) {
	var f shelf
	for id := range mtp.StorageID(1000) {
		f.see([]storage{{id: id + 1, never: id%2 == 0}}, 1)
	}
	if len(f.prefixes) != maxNamed || len(f.untold) > maxNamed {
		t.Errorf("%d storages are kept, and %d without a name; want %d", len(f.prefixes), len(f.untold), maxNamed)
	}
	if name, named := f.prefixes[1]; name != "" || !named {
		t.Errorf("the first one is called %q", name)
	}
}

// A storage that is away for a moment is not one whose clips are gone, and has
// the same name when it is back.
func TestStorageAway(t *testing.T) {
	for _, p := range []simcam.Profile{simcam.Android(), simcam.Umtprd(), simcam.BarePTP()} {
		for away, missing := range map[int]string{0: "", 1: "SD"} {
			c := dockResponder(t, simcam.ResponderOptions{Profile: p, Storages: internalAndCard()})
			all, l := list(t, c)
			if !l.Complete || len(all) != 2 {
				t.Fatalf("%s: listed %q, %+v", p.Name, paths(all), l)
			}
			c.responder.Eject(away)
			clips, l := list(t, c)
			if len(clips) != 1 || l.Complete || !slices.Equal(l.Skipped, []device.Skipped{{Path: missing, Reason: device.SkipUnreadable}}) {
				t.Errorf("%s without storage %d: listed %q, %+v", p.Name, away, paths(clips), l)
			}
			c.responder.Insert(away)
			if again, l := list(t, c); !l.Complete || !slices.Equal(paths(again), paths(all)) {
				t.Errorf("%s with both again: listed %q, %+v; want %q", p.Name, paths(again), l, paths(all))
			}
		}
	}
}

// changes counts how often a camera says that it changed.
func changes(c device.Camera) (n int) {
	synctest.Wait()
	for {
		select {
		case <-c.(*camera).Changed():
			n++
		default:
			return n
		}
	}
}

// Without a single event, storages that come and go are seen, a locked camera's
// soon; and nothing is said while nothing changes.
func TestStoragesWithoutEvents(t *testing.T) {
	p := simcam.Android()
	p.NoEvents = true
	synctest.Test(t, func(t *testing.T) {
		r := simcam.NewResponder(simcam.ResponderOptions{Profile: p, Storages: internalAndCard()})
		c := dockAs(t, r)
		if _, err := c.List(t.Context(), func(device.Clip) error { return nil }); !errors.Is(err, errNoStorage) {
			t.Fatalf("locked: %v", err)
		}
		time.Sleep(time.Hour)
		if n := changes(c); n != 0 {
			t.Errorf("a locked camera said %d times that it changed", n)
		}
		for _, tt := range []struct {
			what   string
			change func()
			within time.Duration
		}{
			{"unlocked", r.Unlock, lookLocked},
			{"the card leaves", func() { r.Eject(1) }, lookEvery},
			{"the card comes", func() { r.Insert(1) }, lookEvery},
		} {
			tt.change()
			time.Sleep(tt.within)
			if n := changes(c); n != 1 {
				t.Errorf("%s: said %d times after %v", tt.what, n, tt.within)
			}
			time.Sleep(time.Hour) // whoever was told lists it in his own time
			if n := changes(c); n != 0 {
				t.Errorf("%s: said %d times more", tt.what, n)
			}
			list(t, c)
			time.Sleep(time.Hour)
			if n := changes(c); n != 0 {
				t.Errorf("%s, listed: said %d times more", tt.what, n)
			}
		}
	})
}

// A camera at rest is asked for its storages and for nothing else; one that is
// being read, for nothing.
func TestAtRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dockResponder(t, simcam.ResponderOptions{Rate: 100 << 10, Storages: []simcam.Storage{{Files: []simcam.File{big("A.MP4", 20<<20)}}}})
		clip := only(t, c)
		asked, storages := make(chan struct{}, 1000), make(chan struct{}, 1000)
		c.responder.Script(
			simcam.Fault{Kind: simcam.StrayZeros, At: 1, Hit: asked},
			simcam.Fault{Kind: simcam.StaleResponse, Operation: mtp.OpGetStorageIDs, Hit: storages},
		)
		time.Sleep(10*time.Minute + time.Second)
		if len(asked) != 30 || len(storages) != 30 {
			t.Errorf("asked %d times in ten minutes, %d of them for storages; want 30, all of them", len(asked), len(storages))
		}
		start := time.Now()
		if _, err := sum(t.Context(), c, clip, 0); err != nil || time.Since(start) < time.Minute {
			t.Errorf("read in %v: %v", time.Since(start), err)
		}
		if n := len(storages) - 30; n != 0 {
			t.Errorf("asked for storages %d times while it was read", n)
		}
	})
}

// After a conversation that ended, nobody knows what was missed.
func TestListedAgainAfterABreak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dockRedialled(t, big("A.MP4", 1))
		list(t, d.Camera)
		d.responder.Script(simcam.Fault{Kind: simcam.Refused, At: int64(mtp.RespSessionNotOpen), Operation: mtp.OpGetStorageIDs, Times: 1})
		time.Sleep(lookEvery)
		if n := changes(d.Camera); n != 0 {
			t.Errorf("said %d times that it changed, with no session", n)
		}
		time.Sleep(lookEvery)
		if n := changes(d.Camera); n != 1 {
			t.Errorf("said %d times that it changed, in another session; want once", n)
		}
	})
}

// A camera that says without end that it has more is listed again all the same:
// after two seconds of silence, or after half a minute.
func TestNewsWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dockResponder(t, simcam.ResponderOptions{Storages: []simcam.Storage{{}}})
		var at []time.Duration
		for second := range 120 {
			if second < 100 {
				c.responder.Put(0, big(fmt.Sprint(second), 1))
			}
			time.Sleep(time.Second)
			if changes(c.Camera) > 0 {
				at = append(at, time.Duration(second+1)*time.Second)
			}
		}
		if want := []time.Duration{30 * time.Second, 60 * time.Second, 90 * time.Second, 101 * time.Second}; !slices.Equal(at, want) {
			t.Errorf("said that it changed at %v; want %v", at, want)
		}
	})
}
