package ingest

import (
	"strings"
	"testing"
	"time"

	"custodock/store"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func days(n float64) time.Time { return noon.Add(time.Duration(n * float64(24*time.Hour))) }

func reading1(day, offset float64) store.ClockReading {
	return store.ClockReading{At: days(day), Offset: offset}
}

func TestHeldAt(t *testing.T) {
	t.Parallel()
	set := reading1(0, 3600)
	set.SetAt = days(0).Add(time.Second)
	for _, tt := range []struct {
		name   string
		list   []store.ClockReading
		shown  time.Time // by the camera
		lacked time.Time
		want   held
		proven bool
	}{
		{"only one reading", []store.ClockReading{reading1(10, 60)}, days(3), days(-1), held{offset: time.Minute, least: time.Minute, most: time.Minute}, false},
		{"half way", []store.ClockReading{reading1(0, 0), reading1(10, 100)}, days(5).Add(50 * time.Second), days(0), held{offset: 50 * time.Second, least: 0, most: 100 * time.Second}, true},
		{"half way, and it may be older than all", []store.ClockReading{reading1(0, 0), reading1(10, 100)}, days(5).Add(50 * time.Second), days(-1), held{offset: 50 * time.Second, least: 0, most: 100 * time.Second}, false},
		{"at the end", []store.ClockReading{reading1(0, 0), reading1(10, 100)}, days(10).Add(100 * time.Second), days(0), held{offset: 100 * time.Second, least: 0, most: 100 * time.Second}, true},
		{"before all", []store.ClockReading{reading1(0, -50), reading1(10, 100)}, days(-0.5), days(-1), held{offset: -50 * time.Second, least: -50 * time.Second, most: -50 * time.Second}, false},
		{"nowhere", []store.ClockReading{reading1(0, -50), reading1(10, 100)}, days(-5), days(-1), held{offset: 100 * time.Second, least: 100 * time.Second, most: 100 * time.Second, nowhere: true}, false},
		{"before or after it was set", []store.ClockReading{reading1(-1, 3600), set, reading1(10, 0)}, days(0).Add(30 * time.Minute), days(-1), held{offset: 0, least: 0, most: time.Hour, unsure: true}, false},
		{"set at the docking before", []store.ClockReading{set, reading1(10, 100)}, days(5).Add(50 * time.Second), days(0), held{offset: 50 * time.Second, least: 0, most: 100 * time.Second}, true},
		{"in the span before the last", []store.ClockReading{reading1(0, 0), reading1(10, 100), reading1(20, 300)}, days(5).Add(50 * time.Second), days(0), held{offset: 50 * time.Second, least: 0, most: 100 * time.Second}, true},
		{"in the last span", []store.ClockReading{reading1(0, 0), reading1(10, 100), reading1(20, 300)}, days(15).Add(200 * time.Second), days(0), held{offset: 200 * time.Second, least: 100 * time.Second, most: 300 * time.Second}, true},
	} {
		got := heldAt(tt.list, tt.shown, tt.lacked, 2*time.Minute)
		tt.want.proven = tt.proven
		if (got.offset - tt.want.offset).Abs() < 100*time.Millisecond {
			got.offset = tt.want.offset
		}
		if got != tt.want {
			t.Errorf("%s: %+v; want %+v", tt.name, got, tt.want)
		}
	}
}

func TestContradictionAndDrift(t *testing.T) {
	t.Parallel()
	set := reading1(0, 3600)
	set.SetAt = days(0)
	for _, tt := range []struct {
		name  string
		list  []store.ClockReading
		jumps bool
		drift float64 // 0: unknown
	}{
		{"one reading", []store.ClockReading{reading1(0, 99999)}, false, 0},
		{"it drifts", []store.ClockReading{reading1(0, 10), reading1(10, 60)}, false, 5},
		{"it drifts back", []store.ClockReading{reading1(0, 10), reading1(20, -90)}, false, -5},
		{"as far as it may", []store.ClockReading{reading1(0, 0), reading1(10, 220)}, false, 22},
		{"further", []store.ClockReading{reading1(0, 0), reading1(10, 221)}, true, 0},
		{"reset", []store.ClockReading{reading1(0, 0), reading1(10, -8e8)}, true, 0},
		{"reset, and then a good span", []store.ClockReading{reading1(0, 0), reading1(10, -8e8), reading1(12, -8e8)}, true, 0.0001},
		{"set by the station", []store.ClockReading{set, reading1(10, 20)}, false, 2},
		{"set by the station, and by hand", []store.ClockReading{set, reading1(10, 3600)}, true, 0},
		{"too soon to tell", []store.ClockReading{reading1(0, 0), reading1(0.5, 20)}, false, 0},
	} {
		if got := contradiction(tt.list, 2*time.Minute); (got != "") != tt.jumps {
			t.Errorf("%s: contradiction %q", tt.name, got)
		}
		got := drift(tt.list, 2*time.Minute)
		switch {
		case tt.drift == 0 && got != nil, tt.drift != 0 && got == nil:
			t.Errorf("%s: drift %v; want %v", tt.name, got, tt.drift)
		case got != nil && (*got-tt.drift > 0.001 || tt.drift-*got > 0.001):
			t.Errorf("%s: drift %v; want %v", tt.name, *got, tt.drift)
		}
	}
}

// The offset that held when it was recorded corrects a clip, not the one of the
// docking; where the clock may have drifted unevenly, the end is an interval.
func TestCorrectedByTheOffsetThatHeld(t *testing.T) {
	t.Parallel()
	p := profileNamed(t, "generic")
	now := 1000 * time.Second
	e := Evidence{
		Name: "A.MP4", SeenAt: days(100), Lacked: days(0).Add(time.Hour), Offset: &now,
		ModTime:  days(50).Add(500 * time.Second),
		Readings: []store.ClockReading{reading1(0, 0), reading1(100, 1000)},
	}
	got := p.Times(e, time.UTC, 2*time.Minute)
	if got.Clock != store.ClockCorrected || got.End.Sub(days(50)).Abs() > time.Second {
		t.Errorf("times %+v; want it to have ended at %v", got, days(50))
	}
	if d := days(50).Sub(got.Earliest) - 500*time.Second; d.Abs() > time.Second {
		t.Errorf("earliest %v", got.Earliest)
	}
	if d := got.Latest.Sub(days(50)) - 500*time.Second; d.Abs() > time.Second {
		t.Errorf("latest %v", got.Latest)
	}
	if !strings.Contains(got.Reason, "8m20s fast when this was recorded: it drifted to 16m40s fast at the docking") {
		t.Errorf("reason %q", got.Reason)
	}
	checkCause(t, "drift", got.Reason, got.Cause, time.UTC)
}

// What the camera said of its clock is in the records: drift, and a reset, which
// makes what is new suspect but not what was seen before.
func TestOffsetLedger(t *testing.T) {
	h := startStation(t, t.TempDir())
	a := shot("A.MP4", 10, time.Hour)
	cam := fast("CAM1", 30*time.Second, false, a)
	h.dock.Dock(cam)
	_, first := h.awaitBooks("CAM1")
	h.dock.Undock(cam)
	h.await("it left", h.isFree)

	again := fast("CAM1", -5*time.Hour, false, a, shot("B.MP4", 10, 5*time.Hour))
	h.dock.Dock(again)
	c, d := h.awaitBooks("CAM1")
	if first.ClockDoubt != "" || !strings.Contains(d.ClockDoubt, "jumped") || c.ClockDrift != nil {
		t.Errorf("dockings %+v, %+v, camera %+v; want the reset recognised", first, d, c)
	}
	if n := len(c.History); n != 1 || c.History[0].What != "clock jumped" {
		t.Errorf("history %+v", c.History)
	}
	clips := h.clips()
	if a := clips["CAM1/A.MP4"]; a.Clock != store.ClockTrusted || len(a.ClockReadings) != 1 {
		t.Errorf("what was seen before the reset: %+v", a)
	}
	b := clips["CAM1/B.MP4"]
	if b.Clock != store.ClockSuspect || b.ClockReason != d.ClockDoubt || len(b.ClockReadings) != 2 || b.ClockDoubt != d.ClockDoubt {
		t.Errorf("what is new after the reset: %+v", b)
	}
	checkCause(t, "reset", b.ClockReason, b.ClockCause, time.UTC)
}

// A time that the clock cannot have shown, and one that it may have shown before
// or after it was set, leave open what they do not tell.
func TestTimesThatNoReadingTells(t *testing.T) {
	t.Parallel()
	p := profileNamed(t, "generic")
	none := time.Duration(0)
	set := reading1(0, 3600)
	set.SetAt = days(0)
	e := Evidence{Name: "A.MP4", SeenAt: days(1), Offset: &none, Readings: []store.ClockReading{reading1(-1, -8e8), set, reading1(1, 0)}}
	e.Readings[0].SetAt = days(-1)
	e.Readings[1].Offset = 0
	e.ModTime = days(-20)
	got := p.Times(e, time.UTC, 2*time.Minute)
	if got.Source != store.SourceDocking || !strings.Contains(got.Reason, "none of the times") || !got.Latest.Equal(e.SeenAt) {
		t.Errorf("times %+v; want only the docking to tell", got)
	}
	checkCause(t, "nowhere", got.Reason, got.Cause, time.UTC)
	e.Readings = []store.ClockReading{reading1(-1, 3600), set, reading1(1, 0)}
	e.Readings[1].Offset = 3600
	e.Lacked, e.ModTime = days(-1), days(0).Add(30*time.Minute)
	got = p.Times(e, time.UTC, 2*time.Minute)
	if got.Clock != store.ClockSuspect || !got.Earliest.Equal(days(0).Add(-30*time.Minute)) || !got.Latest.Equal(days(0).Add(30*time.Minute)) {
		t.Errorf("times %+v; want the hour open by which the clock was set", got)
	}
	checkCause(t, "set", got.Reason, got.Cause, time.UTC)
}
