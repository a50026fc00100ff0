package web

import (
	"cmp"
	"math"
	"slices"

	"custodock/ingest"
	"custodock/store"
)

// cameraColumn is a column of the list of cameras, and an order of it.
type cameraColumn struct {
	name    string // in the address; its word is cameras.NAME
	number  bool
	desc    bool // which way round is asked for more
	known   func(*ingest.CameraState) bool
	compare func(a, b *ingest.CameraState) int
}

const columnCare = "care"

var cameraColumns = []cameraColumn{
	{name: "serial", compare: func(a, b *ingest.CameraState) int { return cmp.Compare(a.Serial, b.Serial) }},
	{name: columnCare, desc: true, compare: byCare},
	{name: "holder", known: isHeld, compare: byHolder},
	{name: "where", compare: byPlace},
	{name: "battery", known: func(c *ingest.CameraState) bool { return c.Battery != nil },
		compare: func(a, b *ingest.CameraState) int { return cmp.Compare(*a.Battery, *b.Battery) }},
	{name: "storage", known: func(c *ingest.CameraState) bool { return c.Storage != nil },
		compare: func(a, b *ingest.CameraState) int { return cmp.Compare(a.Storage.FreeShare(), b.Storage.FreeShare()) }},
	{name: "clock", desc: true, known: func(c *ingest.CameraState) bool { return c.ClockOffset != nil },
		compare: func(a, b *ingest.CameraState) int { return cmp.Compare(clockError(a), clockError(b)) }},
	{name: "seen", desc: true, known: func(c *ingest.CameraState) bool { return !c.Since.IsZero() },
		compare: func(a, b *ingest.CameraState) int { return a.Since.Compare(b.Since) }},
	{name: "left", number: true, desc: true, compare: func(a, b *ingest.CameraState) int { return cmp.Compare(a.PendingClips, b.PendingClips) }},
	{name: "errors", number: true, desc: true, compare: func(a, b *ingest.CameraState) int { return cmp.Compare(a.Errors, b.Errors) }},
}

// columnNamed returns the index of a column, -1 when there is none of that name.
func columnNamed(name string) int {
	return slices.IndexFunc(cameraColumns, func(c cameraColumn) bool { return c.name == name })
}

// byCare puts what needs care more behind what needs it less; of two that need
// the same, the one behind whose first clip is due later.
func byCare(a, b *ingest.CameraState) int {
	order := cmp.Compare(a.Care, b.Care)
	if order != 0 || a.Due.Next.IsZero() || b.Due.Next.IsZero() {
		return order
	}
	return b.Due.Next.Compare(a.Due.Next)
}

func isHeld(c *ingest.CameraState) bool { return c.Holder != nil }

func byHolder(a, b *ingest.CameraState) int {
	name := func(h *store.Holder) string { return cmp.Or(h.Name, h.Badge) }
	return cmp.Or(cmp.Compare(name(a.Holder), name(b.Holder)), cmp.Compare(a.Holder.Unit, b.Holder.Unit))
}

// byPlace has the docked ones first, by bay, and then who is out for long.
func byPlace(a, b *ingest.CameraState) int {
	switch {
	case a.Bay != nil && b.Bay != nil:
		return cmp.Compare(a.Bay.Bay, b.Bay.Bay)
	case a.Bay != nil:
		return -1
	case b.Bay != nil:
		return 1
	}
	return a.Since.Compare(b.Since)
}

// clockError is how far the clock is off either way, none once it was set.
func clockError(c *ingest.CameraState) float64 {
	if !c.ClockSetAt.IsZero() {
		return 0
	}
	return math.Abs(*c.ClockOffset)
}
