package ingest

import (
	"slices"
	"time"
)

// When a camera is fit to go out for a shift.
const (
	// ReadyBattery is a share of the charge. Batteries are made for a shift of
	// eight hours or a little more: less than this does not last to its end.
	ReadyBattery = 0.8

	// ReadyRoom is what eight hours take in 1080p at 5.5 Mbit/s, in bytes. A
	// camera that holds less than twice as much must have half of it free.
	ReadyRoom = 20e9
)

// Why a camera is not fit to go out.
const (
	UnfitClips     = "clips"     // something on it is not stored
	UnfitReading   = "reading"   // it is not known yet what is on it
	UnfitAttention = "attention" // its bay needs a person
	UnfitConflict  = "conflict"  // another camera has its serial
	UnfitClock     = "clock"     // it would put wrong times on what it records
	UnfitStorage   = "storage"   // it would be full before the end of the shift
	UnfitBattery   = "battery"   // it would be empty before
)

// Unfits are all of these, in the order in which they are named.
var Unfits = []string{UnfitReading, UnfitAttention, UnfitClips, UnfitConflict, UnfitClock, UnfitStorage, UnfitBattery}

// Readiness is whether a docked camera can go out.
type Readiness struct {
	CameraState
	Unfit   []string // why it cannot: some of Unfits; empty when it can
	Unknown []string // what it does not tell: UnfitClock, UnfitStorage, UnfitBattery; for somebody to look at
}

// Fit reports whether nothing that is known speaks against it.
func (r *Readiness) Fit() bool { return len(r.Unfit) == 0 }

// Readiness returns the docked cameras, those first that are fit to go out, and
// then by bay; and how many others there are.
func (st *Station) Readiness(now time.Time) (list []Readiness, others int, err error) {
	all, _, err := st.fleet.all(st.opt.Store, now)
	if err != nil {
		return nil, 0, err
	}
	stats, err := st.opt.Store.Stats(now)
	if err != nil {
		return nil, 0, err
	}
	docked := make(map[string]bool)
	for _, bay := range st.Bays() {
		at, there := findCraft(all, bay.Camera)
		if bay.Camera == "" || !there {
			continue
		}
		docked[bay.Camera] = true
		r := Readiness{CameraState: st.stateOf(all[at], &bay, stats.Urgent[bay.Camera], now)}
		r.judge(st.opt.Tolerance, now)
		list = append(list, r)
	}
	slices.SortStableFunc(list, func(a, b Readiness) int { return int(oneIf(!a.Fit()) - oneIf(!b.Fit())) })
	return list, len(all) - len(docked), nil
}

func (r *Readiness) judge(tolerance time.Duration, now time.Time) {
	for reason, unfit := range map[string]bool{
		UnfitReading: r.Bay.State == BayReading, UnfitAttention: r.Bay.State == BayAttention, UnfitClips: r.Bay.Left > 0 || r.PendingClips > 0,
		UnfitConflict: r.InConflict(now), UnfitClock: r.ClockOff(tolerance),
		UnfitStorage: r.Storage != nil && r.Storage.Free < min(ReadyRoom, r.Storage.Size/2),
		UnfitBattery: r.Battery != nil && *r.Battery < ReadyBattery,
	} {
		if unfit {
			r.Unfit = append(r.Unfit, reason)
		}
	}
	slices.SortFunc(r.Unfit, func(a, b string) int { return slices.Index(Unfits, a) - slices.Index(Unfits, b) })
	for _, one := range []struct {
		name    string
		unknown bool
	}{{UnfitClock, r.ClockOffset == nil}, {UnfitStorage, r.Storage == nil}, {UnfitBattery, r.Battery == nil}} {
		if one.unknown {
			r.Unknown = append(r.Unknown, one.name)
		}
	}
}
