package ingest

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device"
	"custodock/device/simcam"
	"custodock/store"
)

func TestReadinessJudges(t *testing.T) {
	share := func(f float64) *float64 { return &f }
	good := func() Readiness {
		return Readiness{CameraState: CameraState{
			Camera: &store.Camera{ClockOffset: share(1.5)}, Bay: &BayStatus{State: BayDone},
			Battery: share(1), Storage: &Room{64e9, 60e9},
		}}
	}
	for _, test := range []struct {
		name           string
		change         func(*Readiness)
		unfit, unknown []string
	}{
		{"nothing speaks against it", func(*Readiness) {}, nil, nil},
		{"a clip is left", func(r *Readiness) { r.Bay.State, r.Bay.Left = BayCopying, 1 }, []string{UnfitClips}, nil},
		{"a clip is left, as the catalog knows", func(r *Readiness) { r.PendingClips = 1 }, []string{UnfitClips}, nil},
		{"it is being read", func(r *Readiness) { r.Bay.State = BayReading }, []string{UnfitReading}, nil},
		{"it needs a person", func(r *Readiness) { r.Bay.State = BayAttention }, []string{UnfitAttention}, nil},
		{"its serial is there twice", func(r *Readiness) { r.Bay.Conflict = true }, []string{UnfitConflict}, nil},
		{"its clock is off", func(r *Readiness) { r.ClockOffset = share(-121) }, []string{UnfitClock}, nil},
		{"its clock was off and is set", func(r *Readiness) { r.ClockOffset, r.ClockSetAt = share(-121), fleetNow }, nil, nil},
		{"its card is small and empty", func(r *Readiness) { r.Storage = &Room{32e9, 17e9} }, nil, nil},
		{"its card is small and half full", func(r *Readiness) { r.Storage = &Room{32e9, 15e9} }, []string{UnfitStorage}, nil},
		{"its card is nearly full", func(r *Readiness) { r.Storage = &Room{64e9, 19e9} }, []string{UnfitStorage}, nil},
		{"its battery", func(r *Readiness) { r.Battery = share(0.79) }, []string{UnfitBattery}, nil},
		{"it says nothing", func(r *Readiness) { r.Battery, r.Storage, r.ClockOffset = nil, nil, nil }, nil, []string{UnfitClock, UnfitStorage, UnfitBattery}},
		{"much at once", func(r *Readiness) { r.Battery, r.Bay.Left = share(0.1), 2 }, []string{UnfitClips, UnfitBattery}, nil},
	} {
		r := good()
		test.change(&r)
		r.judge(2*time.Minute, fleetNow)
		if !slices.Equal(r.Unfit, test.unfit) || !slices.Equal(r.Unknown, test.unknown) || r.Fit() != (len(test.unfit) == 0) {
			t.Errorf("%s: unfit for %v, unknown %v; want %v, %v", test.name, r.Unfit, r.Unknown, test.unfit, test.unknown)
		}
	}
}

// A camera that charges in its bay gets fit without being touched, and the
// books keep what it came with.
func TestCameraGetsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startStation(t, t.TempDir())
		defer h.stop()
		low, size, free := 0.2, int64(64e9), int64(50e9)
		cam := simcam.New(simcam.Options{Info: device.Info{Serial: "CAM1"}, Health: device.Health{Battery: &low, StorageSize: &size, StorageFree: &free}})
		h.dock.Dock(cam)
		synctest.Wait()
		list, others, err := h.Readiness(time.Now())
		if err != nil || len(list) != 1 || others != 0 || !slices.Equal(list[0].Unfit, []string{UnfitBattery}) {
			t.Fatalf("%+v, %d others, %v", list, others, err)
		}
		came := list[0].HealthAt
		full := 0.95
		cam.SetHealth(device.Health{Battery: &full, StorageSize: &size, StorageFree: &free})
		time.Sleep(healthEvery)
		synctest.Wait()
		list, _, err = h.Readiness(time.Now())
		if err != nil || !list[0].Fit() || *list[0].Battery != 0.95 || !list[0].HealthAt.After(came) {
			t.Fatalf("after it was charged: %+v, %v", list[0], err)
		}
		if c, err := h.Store().Camera("CAM1"); err != nil || *c.Battery != low {
			t.Errorf("the books say %v, %v; want what it came with", *c.Battery, err)
		}
	})
}
