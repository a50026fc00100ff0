package simcam_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device/mtp"
	"custodock/device/simcam"
)

// paths are those of a listing, sorted; folders end in a slash.
func paths(objects []mtp.Object) []string {
	var all []string
	for _, o := range objects {
		path := strings.Join(o.Path, "/")
		if o.Folder {
			path += "/"
		}
		all = append(all, path)
	}
	slices.Sort(all)
	return all
}

// sizes are those of the files of a listing, by path.
func fileSizes(objects []mtp.Object) map[string]int64 {
	all := map[string]int64{}
	for _, o := range objects {
		if !o.Folder {
			all[strings.Join(o.Path, "/")] = o.Size
		}
	}
	return all
}

// TestListing lets things go wrong in listings. What the operations that work
// can tell is told.
func TestListing(t *testing.T) {
	const big = 5 << 30
	files := []simcam.File{{Path: "DCIM/A.MP4", Size: 1000}, {Path: "DCIM/B.MP4", Size: big}, {Path: "C.MP4", Size: 7}}
	right := map[string]int64{"DCIM/A.MP4": 1000, "DCIM/B.MP4": big, "C.MP4": 7}
	unknown := map[string]int64{"DCIM/A.MP4": 1000, "DCIM/B.MP4": mtp.SizeUnknown, "C.MP4": 7}
	lacks := func(ops ...mtp.OperationCode) (faults []simcam.Fault) {
		for _, op := range ops {
			faults = append(faults, simcam.Fault{Kind: simcam.NotImplemented, Operation: op})
		}
		return faults
	}
	for _, tt := range []struct {
		name    string
		profile simcam.Profile
		faults  []simcam.Fault
		want    map[string]int64
	}{
		{"QEMU caps sizes in ObjectInfo", simcam.QEMU(), nil, right},
		{"umtprd wraps sizes in ObjectInfo", simcam.Umtprd(), nil, right},
		{"Android", simcam.Android(), nil, right},
		{"PTP has sizes of 32 bits", simcam.BarePTP(), nil, unknown},
		{"9805 is not there", simcam.Android(), lacks(mtp.OpGetObjectPropList), right},
		{"9805 and 9803 are not there", simcam.Android(), lacks(mtp.OpGetObjectPropList, mtp.OpGetObjectPropValue), unknown},
		{"ObjectInfo lies about sizes", simcam.Android(), []simcam.Fault{{Kind: simcam.LyingInfoSize, At: -5}}, right},
		{"ObjectInfo lies, QEMU", simcam.QEMU(), []simcam.Fault{{Kind: simcam.LyingInfoSize, At: -5}}, right},
		{"all are busy", simcam.Android(), []simcam.Fault{{Kind: simcam.Busy, Times: 3}}, right},
		{"headers alone", simcam.Umtprd(), []simcam.Fault{{Kind: simcam.SplitHeader}}, right},
		{"data and response in one", simcam.QEMU(), []simcam.Fault{{Kind: simcam.OneRead}}, right},
		{"stale responses", simcam.Android(), []simcam.Fault{{Kind: simcam.StaleResponse}}, right},
		{"zeros before responses", simcam.Android(), []simcam.Fault{{Kind: simcam.StrayZeros, At: 4}}, right},
		{"a property list that is cut", simcam.Android(), []simcam.Fault{{Kind: simcam.Short, Operation: mtp.OpGetObjectPropList, At: 30}}, right},
		{"a property list that hangs", simcam.Android(), []simcam.Fault{{Kind: simcam.Silence, Operation: mtp.OpGetObjectPropList}}, right},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := responder(tt.profile, []simcam.Storage{{Files: files}})
				s := open(t, r.Dock(512))
				r.Script(tt.faults...)
				start := time.Now()
				objects, skipped := walk(t, s)
				if took := time.Since(start); took > 2*time.Minute {
					t.Errorf("it took %v", took)
				}
				if len(skipped) > 0 {
					t.Errorf("left out: %+v", skipped)
				}
				if got := fileSizes(objects); !equal(got, tt.want) {
					t.Errorf("sizes %v, want %v", got, tt.want)
				}
			})
		})
	}
}

func equal(a, b map[string]int64) bool {
	for path, size := range a {
		if b[path] != size {
			return false
		}
	}
	return len(a) == len(b)
}

func TestNames(t *testing.T) {
	long := strings.Repeat("n", 254)
	for _, p := range []simcam.Profile{simcam.Umtprd(), simcam.Android(), simcam.BarePTP()} {
		t.Run(p.Name, func(t *testing.T) {
			names := []string{"警用 é 😀.MP4", "twice.MP4", "twice.MP4", "in/twice.MP4", "in/in/in/deep.MP4", long, "in.MP4"}
			var files []simcam.File
			for _, name := range names {
				files = append(files, simcam.File{Path: name})
			}
			objects, skipped := walk(t, open(t, responder(p, []simcam.Storage{{Files: files}}).Dock(512)))
			want := append(slices.Clone(names), "in/", "in/in/", "in/in/in/")
			slices.Sort(want)
			if got := paths(objects); !slices.Equal(got, want) || len(skipped) > 0 {
				t.Errorf("listed %q and not %v; want %q", got, skipped, want)
			}
		})
	}
}

func TestFoldersWithoutEnd(t *testing.T) {
	for _, tt := range []struct {
		kind simcam.Kind
		want mtp.SkipReason
	}{{simcam.Loop, mtp.SkipLoop}, {simcam.Endless, mtp.SkipTooDeep}} {
		for _, p := range simcam.Profiles() {
			t.Run(string(tt.kind)+"/"+p.Name, func(t *testing.T) {
				r := responder(p, []simcam.Storage{{Files: []simcam.File{{Path: "DCIM/100/A.MP4", Size: 5}, {Path: "B.MP4"}}}})
				s := open(t, r.Dock(512))
				r.Script(simcam.Fault{Kind: tt.kind})
				objects, skipped := walk(t, s)
				if got := fileSizes(objects); !equal(got, map[string]int64{"DCIM/100/A.MP4": 5, "B.MP4": 0}) {
					t.Errorf("files %v", got)
				}
				if len(skipped) == 0 || slices.ContainsFunc(skipped, func(s mtp.Skipped) bool { return s.Reason != tt.want }) {
					t.Errorf("left out: %+v, want by reason %q", skipped, tt.want)
				}
			})
		}
	}
}

func TestManyHandlesEndTheListing(t *testing.T) {
	r := responder(simcam.Android(), []simcam.Storage{{}})
	s := open(t, r.Dock(512))
	r.Script(simcam.Fault{Kind: simcam.EndlessHandles})
	if objects, skipped := walk(t, s); len(objects) > 0 || len(skipped) != 1 || skipped[0].Reason != mtp.SkipTooMany {
		t.Errorf("listed %v and not %v", objects, skipped)
	}
}

func TestHandlesOfASessionBefore(t *testing.T) {
	p := simcam.Android()
	r := responder(p, []simcam.Storage{{Files: []simcam.File{{Path: "A.MP4", Size: 10, Seed: 1}}}})
	r.Script(simcam.Fault{Kind: simcam.NewHandles})
	plug := r.Dock(512)
	s := open(t, plug)
	before, _ := walk(t, s)
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	s = open(t, plug)
	after, _ := walk(t, s)
	if before[0].Handle == after[0].Handle || !slices.Equal(before[0].Path, after[0].Path) {
		t.Errorf("listed %+v, then %+v", before, after)
	}
	if _, err := s.GetObject(t.Context(), before[0].Handle, 10, sha256.New()); !errors.Is(err, mtp.RespInvalidObjectHandle) {
		t.Errorf("read by the handle of the session before: %v", err)
	}
	if _, err := fetch(t.Context(), s, after[0]); err != nil {
		t.Error(err)
	}
}

func TestBattery(t *testing.T) {
	for _, tt := range []struct {
		name    string
		profile simcam.Profile
		faults  []simcam.Fault
		want    float64
		ok      bool
	}{
		{"QEMU has none", simcam.QEMU(), nil, 0, false},
		{"umtprd says 0x8000", simcam.Umtprd(), nil, 0, false},
		{"Android", simcam.Android(), nil, 0.83, true},
		{"PTP", simcam.BarePTP(), nil, 0.83, true},
		{"a string", simcam.Android(), []simcam.Fault{{Kind: simcam.WrongBatteryType}}, 0, false},
		{"101 %", simcam.Android(), []simcam.Fault{{Kind: simcam.WrongBatteryLevel, At: 101}}, 0, false},
		{"empty", simcam.Android(), []simcam.Fault{{Kind: simcam.WrongBatteryLevel, At: 0}}, 0, true},
		{"not implemented", simcam.Android(), []simcam.Fault{{Kind: simcam.NotImplemented, Operation: mtp.OpGetDevicePropDesc}}, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := responder(tt.profile, []simcam.Storage{{}})
			s := open(t, r.Dock(512))
			r.Script(tt.faults...)
			if got, ok, err := s.BatteryLevel(t.Context()); got != tt.want || ok != tt.ok || err != nil {
				t.Errorf("got %v, %v, %v; want %v, %v", got, ok, err, tt.want, tt.ok)
			}
		})
	}
}

// TestClock is in a bubble, where the time is exact.
func TestClock(t *testing.T) {
	zone := time.FixedZone("CST", 8*3600)
	for _, p := range []simcam.Profile{simcam.Android(), simcam.BarePTP()} {
		t.Run(p.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := simcam.NewResponder(simcam.ResponderOptions{Profile: p, ClockOffset: -3 * time.Hour, Zone: zone})
				s := open(t, r.Dock(512))
				c, ok, err := s.DateTime(t.Context())
				if err != nil || !ok || !c.Settable {
					t.Fatalf("the clock: %+v, %v, %v", c, ok, err)
				}
				wall := time.Now().Add(-3 * time.Hour).In(zone).Format("20060102T150405")
				if got := c.Time.Format("20060102T150405"); got != wall {
					t.Errorf("the clock says %s, want %s", got, wall)
				}
				if err := s.SetDateTime(t.Context(), c, time.Now().In(zone)); err != nil || r.ClockOffset() != 0 {
					t.Errorf("set: %v, it is %v off", err, r.ClockOffset())
				}
				r.Script(simcam.Fault{Kind: simcam.WrongClock})
				if c, ok, err := s.DateTime(t.Context()); ok || err != nil {
					t.Errorf("no date: %+v, %v, %v", c, ok, err)
				}
			})
		})
	}
}

func TestUnlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := simcam.NewResponder(simcam.ResponderOptions{
			Profile: simcam.Android(), Storages: []simcam.Storage{{Files: []simcam.File{{Path: "A.MP4"}}}},
		})
		s := open(t, r.Dock(512))
		if objects, _ := walk(t, s); len(objects) > 0 {
			t.Errorf("a locked camera shows %q", paths(objects))
		}
		go func() {
			time.Sleep(time.Minute)
			r.Unlock()
		}()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if e, err := s.ReceiveEvent(ctx); e.Code != mtp.EventStoreAdded || err != nil {
			t.Errorf("unlocked: %+v, %v", e, err)
		}
		if objects, _ := walk(t, s); !slices.Equal(paths(objects), []string{"A.MP4"}) {
			t.Errorf("an unlocked camera shows %q", paths(objects))
		}
	})
}

func TestSessionDeletes(t *testing.T) {
	for _, p := range simcam.Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			r := responder(p, []simcam.Storage{{Files: []simcam.File{{Path: "DCIM/A.MP4"}, {Path: "DCIM/B.MP4"}}}})
			s := open(t, r.Dock(512))
			objects, _ := walk(t, s)
			i := slices.IndexFunc(objects, func(o mtp.Object) bool { return o.Path[len(o.Path)-1] == "A.MP4" })
			if err := s.DeleteObject(t.Context(), objects[i].Handle); err != nil {
				t.Fatal(err)
			}
			if got := r.Paths(); !slices.Equal(got, []string{"DCIM/B.MP4"}) {
				t.Errorf("left: %q", got)
			}
		})
	}
}

func TestDatesAreWallClock(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	r := simcam.NewResponder(simcam.ResponderOptions{Zone: time.FixedZone("CST", 8*3600), Storages: []simcam.Storage{{Files: []simcam.File{
		{Path: "A.MP4", ModTime: noon}, {Path: "B.MP4", ModTime: noon, LocalTime: true}, {Path: "C.MP4"},
	}}}})
	objects, _ := walk(t, open(t, r.Dock(512)))
	for i, want := range []time.Time{noon.Add(8 * time.Hour), noon, {}} {
		if got := objects[i].Modified; !got.Time.Equal(want) || got.HasZone {
			t.Errorf("%s was written at %v, want %v without a zone", objects[i].Path, got, want)
		}
	}
}
