package ingest

import (
	"math"
	"time"
)

// Care is why a camera needs somebody's care: a set of reasons. Sets compare by
// their most urgent reason, and then by the next.
type Care uint16

// The reasons, the least urgent first. The rules of deploy/prometheus alert by
// the same figures.
const (
	CareBattery  Care = 1 << iota // it came back with its battery nearly empty
	CareStorage                   // its storage is nearly full
	CareOut                       // it was not docked for longer than OutTooLong
	CareClock                     // its clock is off by more than the tolerance
	CareErrors                    // it could not be read, and not for the first time
	CareConflict                  // two cameras have its serial
	CareUnlisted                  // there may be clips on it that nobody knows
	CareDueSoon                   // clips that are not stored are due soon
	CareOverdue                   // or were due already
)

// Cares are all reasons, the most urgent first.
var Cares = []Care{CareOverdue, CareDueSoon, CareUnlisted, CareConflict, CareErrors, CareClock, CareOut, CareStorage, CareBattery}

var careNames = map[Care]string{
	CareOverdue: "overdue", CareDueSoon: "due_soon", CareUnlisted: "unlisted", CareConflict: "conflict", CareErrors: "errors",
	CareClock: "clock", CareOut: "out", CareStorage: "storage", CareBattery: "battery",
}

// CareNamed returns the reason of that name, 0 when there is none.
func CareNamed(name string) Care {
	for care, its := range careNames {
		if its == name {
			return care
		}
	}
	return 0
}

// Names returns the reasons by name, the most urgent first.
func (c Care) Names() (names []string) {
	for _, one := range Cares {
		if c&one != 0 {
			names = append(names, careNames[one])
		}
	}
	return names
}

// Has reports whether all of what is among the reasons.
func (c Care) Has(what Care) bool { return c&what == what }

// Errors reports whether read errors are among them.
func (c Care) Errors() bool { return c.Has(CareErrors) }

// Out reports whether being out for too long is.
func (c Care) Out() bool { return c.Has(CareOut) }

// From when on something needs care.
const (
	// LowBattery is a share of the charge: a camera that comes back with less
	// may have switched itself off before the end of the shift.
	LowBattery = 0.15

	// FewFree is a share of the storage. Many cameras stop recording when they
	// are full, or overwrite their oldest clips.
	FewFree = 0.1

	// ManyErrors is in how many dockings of ErrorsLately a camera could not be
	// read in full. Once may be the officer who pulled it askew.
	ManyErrors   = 2
	ErrorsLately = 30 * 24 * time.Hour

	// readingLasts is how long a battery is as it was read.
	readingLasts = 24 * time.Hour
)

// careFor says why a camera needs care. One that is retired needs none, but for
// clips that are still on it.
func (c *CameraState) careFor(tolerance time.Duration, now time.Time) (care Care) {
	add := func(one Care, needed bool) {
		if needed {
			care |= one
		}
	}
	add(CareOverdue, c.Due.Overdue > 0)
	add(CareDueSoon, c.Due.DueSoon > 0)
	if c.Retired != nil {
		return care
	}
	add(CareUnlisted, c.Unlisted)
	add(CareConflict, c.InConflict())
	add(CareErrors, c.Errors >= ManyErrors)
	add(CareClock, c.ClockOff(tolerance))
	add(CareOut, c.Bay == nil && !c.Since.IsZero() && now.Sub(c.Since) > OutTooLong)
	add(CareStorage, c.Storage != nil && c.Storage.FreeShare() < FewFree)
	add(CareBattery, c.Battery != nil && *c.Battery < LowBattery && now.Sub(c.HealthAt) <= readingLasts)
	return care
}

// InConflict reports whether another camera has the same serial.
func (c *CameraState) InConflict() bool {
	return c.Camera.Conflict || c.Bay != nil && c.Bay.Conflict
}

// ClockOff reports whether the camera's clock is off by more than the
// tolerance: as it went on, which is right when the station set it.
func (c *CameraState) ClockOff(tolerance time.Duration) bool {
	return c.ClockOffset != nil && c.ClockSetAt.IsZero() && math.Abs(*c.ClockOffset) > tolerance.Seconds()
}

// Room is a camera's storage.
type Room struct{ Size, Free int64 } // bytes

// Used is what clips take.
func (r *Room) Used() int64 { return r.Size - r.Free }

// FreeShare is the share of it that is free.
func (r *Room) FreeShare() float64 { return float64(r.Free) / float64(r.Size) }

// UsedShare is the rest.
func (r *Room) UsedShare() float64 { return 1 - r.FreeShare() }

// roomOf makes a Room of what a camera says, nil when it does not.
func roomOf(size, free *int64) *Room {
	if size == nil || free == nil || *size <= 0 || *free < 0 || *free > *size {
		return nil
	}
	return &Room{*size, *free}
}
