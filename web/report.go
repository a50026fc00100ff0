package web

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"custodock/ingest"
	"custodock/store"
)

// maxReported bounds how many clips one report is about: it has them all.
const maxReported = 100_000

// reportQuery chooses what a report is about.
type reportQuery struct {
	From string `query:"from" required:"true" doc:"Clips recorded at this time or later: RFC 3339, a day in the station's zone, or an age such as 7d. A recording counts by the latest time at which it may have ended."`
	To   string `query:"to" doc:"Clips recorded before this time; a day includes the whole of it. Without it: until now."`
	Unit string `query:"unit" doc:"Only clips of this unit, as of the recording."`
}

// Figures count clips by how they stand; each clip is in one of them.
type Figures struct {
	Count       int `json:"count"` // clips in all
	OnTime      int `json:"on_time"`
	Late        int `json:"late"`
	Excused     int `json:"excused"`
	Undecidable int `json:"undecidable"`
	Overdue     int `json:"overdue"`
	Pending     int `json:"pending"` // and due soon
	Gone        int `json:"gone"`    // of all these, never stored and no longer on their camera
}

func (f *Figures) add(c *store.Clip) {
	f.Count++
	switch c.Deadline {
	case store.OnTime:
		f.OnTime++
	case store.Late:
		f.Late++
	case store.Excused:
		f.Excused++
	case store.Undecidable:
		f.Undecidable++
	case store.Overdue:
		f.Overdue++
	default:
		f.Pending++
	}
	if c.State == store.Gone {
		f.Gone++
	}
}

// DeadlineReport is who was late, and why: per unit and camera, with the clips
// behind every figure.
type DeadlineReport struct {
	Station ingest.StationInfo `json:"station"`
	From    time.Time          `json:"from"`
	To      time.Time          `json:"to"`
	Unit    string             `json:"unit,omitempty" doc:"The report is about this unit alone."`
	Now     time.Time          `json:"now" doc:"How the clips stood then."`
	Total   Figures            `json:"total"`
	Units   []UnitReport       `json:"units"`
}

// UnitReport is a unit's part of a report.
type UnitReport struct {
	Unit string `json:"unit" doc:"Empty: nobody is put down as the camera's holder."`
	Figures
	Cameras []CameraReport `json:"cameras"`
}

// CameraReport is a camera's part of a unit's.
type CameraReport struct {
	Camera string `json:"camera"`
	Figures
	Clips []store.Clip `json:"clips" doc:"By due time, without their history."`
}

func (s *server) reportDeadlines(ctx context.Context, q *reportQuery) (*body[*DeadlineReport], error) {
	r, err := s.deadlineReport(ctx, q, time.Now())
	if err != nil {
		return nil, err
	}
	return &body[*DeadlineReport]{r}, nil
}

// deadlineReport makes a report; its errors are problems.
func (s *server) deadlineReport(ctx context.Context, q *reportQuery, now time.Time) (*DeadlineReport, error) {
	r := &DeadlineReport{Unit: q.Unit, Now: now.UTC().Truncate(time.Millisecond), Units: []UnitReport{}}
	r.Station = s.station.Info()
	var err error
	if r.From, err = parseInstant(q.From, now, s.station.Zone(), startOfDay); err != nil || q.From == "" {
		return nil, invalid("query.from", q.From, "%v", cmp.Or(err, errInstant))
	}
	if r.To, err = parseInstant(q.To, now, s.station.Zone(), endOfDay); err != nil {
		return nil, invalid("query.to", q.To, "%v", err)
	}
	if q.To == "" {
		r.To = now
	}
	r.From, r.To = r.From.UTC(), r.To.UTC().Truncate(time.Millisecond)
	if !r.From.Before(r.To) {
		return nil, invalid("query.to", q.To, "is not after from")
	}
	clips, err := s.reported(ctx, r)
	if err != nil {
		return nil, err
	}
	r.sort(clips)
	return r, nil
}

// reported returns the clips that a report is about.
func (s *server) reported(ctx context.Context, r *DeadlineReport) ([]store.Clip, error) {
	f := store.Filter{Since: r.From, Until: r.To, Deadlines: []store.Deadline{
		store.Pending, store.DueSoon, store.Overdue, store.OnTime, store.Late, store.Excused, store.Undecidable}}
	return s.allClips(ctx, f, r.Now, "query.from", func(c *store.Clip) bool { return r.Unit == "" || c.Unit == r.Unit })
}

// sort puts clips under their cameras and those under their units.
func (r *DeadlineReport) sort(clips []store.Clip) {
	slices.SortStableFunc(clips, func(a, b store.Clip) int {
		return cmp.Or(strings.Compare(a.Unit, b.Unit), strings.Compare(a.Camera, b.Camera))
	})
	for i := range clips {
		c := &clips[i]
		if n := len(r.Units); n == 0 || r.Units[n-1].Unit != c.Unit {
			r.Units = append(r.Units, UnitReport{Unit: c.Unit})
		}
		unit := &r.Units[len(r.Units)-1]
		if n := len(unit.Cameras); n == 0 || unit.Cameras[n-1].Camera != c.Camera {
			unit.Cameras = append(unit.Cameras, CameraReport{Camera: c.Camera})
		}
		camera := &unit.Cameras[len(unit.Cameras)-1]
		camera.Clips = append(camera.Clips, *c)
		camera.add(c)
		unit.add(c)
		r.Total.add(c)
	}
}

// Of returns the report's clips that stand in one of these ways.
func (r *DeadlineReport) Of(ways ...store.Deadline) (clips []store.Clip) {
	for _, u := range r.Units {
		for _, c := range u.Cameras {
			for _, clip := range c.Clips {
				if slices.Contains(ways, clip.Deadline) {
					clips = append(clips, clip)
				}
			}
		}
	}
	return clips
}
