// Package storetest makes stores with a past, for tests and for looking at
// pages: writing the ledger and having it applied is the quick way to years.
package storetest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"custodock/store"
)

// Fleet is a station's cameras and what happened to them, the same for the same
// fields.
type Fleet struct {
	Now     time.Time
	Cameras int
	Bays    int
	Days    int // before Now
	PerDay  float64
	Clips   int // stored in time, besides; spread over the cameras
	Seed    uint64
}

// Cameras that something is the matter with, by their place among all.
const (
	Faulty   = 3 // has read errors in every bay
	BadBay   = 5 // number of a bay in which all cameras have some
	Stranger = 4 // another camera has its serial
	Slow     = 6 // its clock is minutes off
	Full     = 7
	Flat     = 8
	Away     = 9  // for days
	Late     = 10 // holds clips that are overdue, and such that are due soon
)

// Serial names a camera by its place.
func Serial(i int) string { return fmt.Sprintf("DSJ-K9-%05d", 10230+7*i) }

// line is a line of the ledger.
type line struct {
	At      time.Time      `json:"at"`
	What    string         `json:"what"`
	Clip    *store.Clip    `json:"clip,omitempty"`
	Camera  *store.Camera  `json:"camera,omitempty"`
	Docking *store.Docking `json:"docking,omitempty"`
}

// Write makes a data folder with this past. It is applied when the store is
// opened.
func (f Fleet) Write(dir string) error {
	s, err := store.Open(store.Options{Dir: dir})
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	lines := f.lines()
	slices.SortStableFunc(lines, func(a, b line) int { return a.At.Compare(b.At) })
	return appendLines(filepath.Join(dir, "archive", "ledger", lines[0].At.Format("2006-01")+".jsonl"), lines)
}

func appendLines(path string, lines []line) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(file)
	enc := json.NewEncoder(out)
	for i := range lines {
		if err := enc.Encode(&lines[i]); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return file.Close()
}

func (f Fleet) lines() (lines []line) {
	for i := range f.Cameras {
		c := newCamera(f, i)
		lines = append(lines, c.live()...)
	}
	for i := range f.Clips {
		lines = append(lines, f.clip(i))
	}
	return lines
}

// clip is one that was stored in time.
func (f Fleet) clip(i int) line {
	span := time.Duration(f.Days) * 24 * time.Hour
	end := f.Now.Add(-time.Hour - time.Duration(float64(span)*float64(i)/float64(f.Clips))).UTC().Truncate(time.Millisecond)
	return line{At: end, What: "released", Clip: &store.Clip{
		ID: id(end, i), Camera: Serial(i % f.Cameras), Path: fmt.Sprintf("DCIM/B%07d.MP4", i), Name: fmt.Sprintf("B%07d.MP4", i),
		Kind: store.KindVideo, Size: 4e8, State: store.Stored, SeenAt: end, StoredAt: end.Add(time.Hour), DueAt: end.Add(24 * time.Hour),
		EndEarliest: end, EndLatest: end, RecordedEnd: end, Deadline: store.OnTime, SHA256: fmt.Sprintf("%064x", i),
	}}
}

// camera is one of them on its way through time.
type camera struct {
	Fleet
	i     int
	rand  *rand.Rand
	row   store.Camera
	drift float64 // seconds a day
	clock float64 // seconds
	worn  float64 // of the battery, a day
}

var (
	models   = []string{"DSJ-K9", "DSJ-K9", "DSJ-V8 Pro", "Zepcam T3"}
	people   = []string{"Li Na", "王伟", "Zhang Min", "陈静", "刘洋", "Yang Jie", "赵磊", "Huang Lei", "周婷", "Wu Qiang"}
	units    = []string{"East Gate", "城关派出所", "Traffic 2nd", "特警支队", "Riverside"}
	capacity = int64(64e9)
)

func newCamera(f Fleet, i int) *camera {
	c := &camera{Fleet: f, i: i, rand: rand.New(rand.NewPCG(f.Seed, uint64(i)))}
	start := f.Now.AddDate(0, 0, -f.Days-1)
	c.row = store.Camera{Serial: Serial(i), Model: models[i%len(models)], Firmware: "1.4.2", Transport: "mtp", FirstSeenAt: start}
	c.drift, c.clock, c.worn = c.rand.NormFloat64()*0.4, c.rand.NormFloat64()*3, c.rand.Float64()*0.001
	if i == Slow {
		c.drift = -3.1
	}
	if i%11 != 10 {
		h := store.Holder{Badge: fmt.Sprintf("%06d", 31337+13*i), Name: people[i%len(people)], Unit: units[i/3%len(units)], From: start}
		if i%4 == 1 && f.Days > 40 {
			changed := f.Now.AddDate(0, 0, -33).Truncate(time.Hour)
			former := h
			former.Badge, former.Name, former.Until, former.By, former.EndedBy = fmt.Sprintf("%06d", 20011+i), people[(i+3)%len(people)], changed, "chen", "wang"
			c.row.Holders, h.From, h.By = []store.Holder{former}, changed, "wang"
		}
		c.row.Holder = &h
	}
	return c
}

// live has it go out for a shift and come back, time and again.
func (c *camera) live() (lines []line) {
	at := c.Now.AddDate(0, 0, -c.Days).Add(time.Duration(c.rand.Int64N(int64(12 * time.Hour))))
	last := c.Now.Add(-time.Duration((4 + 8*c.rand.Float64()) * float64(time.Hour))) // it was seen today
	end := last.Add(-3 * time.Hour)
	switch c.i {
	case Away:
		end = c.Now.AddDate(0, 0, -3).Add(-5 * time.Hour)
	case Late:
		end = c.Now.Add(-26 * time.Hour)
	}
	for n := 0; ; n++ {
		stay := time.Duration((0.6 + c.rand.Float64()) * float64(8*time.Hour))
		if at.Add(stay).After(end) {
			if c.i != Away && c.i != Late {
				lines = append(lines, c.dock(last, last.Add(2*time.Hour), n))
			}
			return append(lines, c.clips(at)...)
		}
		lines = append(lines, c.dock(at, at.Add(stay), n))
		gap := time.Duration((0.6 + 0.8*c.rand.Float64()) * 24 / c.PerDay * float64(time.Hour))
		at = at.Add(max(stay+4*time.Hour, gap))
		c.clock += c.drift * gap.Hours() / 24
	}
}

func (c *camera) dock(at, until time.Time, n int) line {
	at, until = at.UTC().Truncate(time.Millisecond), until.UTC().Truncate(time.Millisecond)
	d := &store.Docking{ID: id(at, c.i), Camera: c.row.Serial, Bay: 1 + (c.i+n*5+c.rand.IntN(2))%c.Bays, Transport: c.row.Transport,
		DockedAt: at, ListedAt: at.Add(2 * time.Second), UndockedAt: until, Closed: store.ClosedUndocked, Complete: true}
	d.Files = 6 + c.rand.IntN(30)
	d.Bytes = int64(d.Files) * int64(300e6+c.rand.Float64()*500e6)
	d.New, d.Stored = d.Files, d.Files
	battery := math.Round(100*min(max(0.55+0.2*c.rand.NormFloat64()-c.worn*float64(n), 0.04), 0.98)) / 100
	free := capacity - d.Bytes - int64(2e9*c.rand.Float64())
	switch {
	case c.i == Flat:
		battery = 0.09
	case c.i == Full:
		free = int64(3.1e9)
	}
	size, clock := capacity, math.Round(c.clock*1000)/1000
	d.Battery, d.StorageSize, d.StorageFree, d.ClockOffset = &battery, &size, &free, &clock
	d.Speed = 22e6 + 4e6*c.rand.NormFloat64() - 8e3*float64(n)
	c.spoil(d)
	row := c.row
	row.LastBay, row.LastDocking, row.LastDockedAt, row.LastUndockedAt, row.ListedAll = d.Bay, d.ID, at, until, until
	row.Battery, row.StorageSize, row.StorageFree, row.ClockOffset = d.Battery, d.StorageSize, d.StorageFree, d.ClockOffset
	if c.i == Stranger && c.Now.Sub(at) < 72*time.Hour {
		row.Conflict = true
		row.History = append(slices.Clone(c.row.History), store.Entry{At: at, What: "serial conflict", Note: "docked in bay 3 while another of the same serial is in bay 2"})
	}
	c.row = row
	return line{At: until, What: "undocked", Docking: d, Camera: &row}
}

// spoil has something go wrong.
func (c *camera) spoil(d *store.Docking) {
	chance := 0.004
	switch {
	case c.i == Faulty:
		chance = 0.3
	case d.Bay == BadBay:
		chance = 0.15
	}
	switch {
	case c.rand.Float64() < chance:
		d.Failed = 1 + c.rand.IntN(3)
		d.Stored -= d.Failed
		d.Unstored = d.Failed
	case c.rand.Float64() < 0.015:
		d.Unstored = d.Files / 3
		d.Stored -= d.Unstored
	case c.rand.Float64() < 0.005:
		d.Closed = store.ClosedInterrupted
		d.UndockedAt = time.Time{}
	}
}

// clips are what is known of a few clips that are not stored.
func (c *camera) clips(seen time.Time) (lines []line) {
	if c.i != Late {
		return nil
	}
	for n, age := range []time.Duration{31 * time.Hour, 30 * time.Hour, 22 * time.Hour} {
		end := c.Now.Add(-age).UTC().Truncate(time.Millisecond)
		clip := &store.Clip{ID: id(end, n), Camera: c.row.Serial, Path: fmt.Sprintf("DCIM/A%04d.MP4", n), Name: fmt.Sprintf("A%04d.MP4", n),
			Kind: store.KindVideo, Size: 4e8, State: store.Seen, SeenAt: seen.UTC(), DueAt: end.Add(24 * time.Hour), EndEarliest: end, EndLatest: end, RecordedEnd: end}
		lines = append(lines, line{At: c.Now.Add(-time.Hour), What: "described", Clip: clip})
	}
	return lines
}

// id is one as the store makes them, which sort by time.
func id(at time.Time, n int) string {
	const crockford = "0123456789abcdefghjkmnpqrstvwxyz"
	var out strings.Builder
	hi, lo := uint64(at.UnixMilli())>>8, uint64(at.UnixMilli())<<32|uint64(n)
	for _, half := range []uint64{hi, lo & (1<<40 - 1)} {
		for j := range 8 {
			out.WriteByte(crockford[half>>(35-5*j)&31])
		}
	}
	return out.String()
}
