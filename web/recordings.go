package web

import (
	"context"
	"errors"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"custodock/ingest"
	"custodock/store"
)

// recordingsQuery chooses clips whose recordings are asked for.
type recordingsQuery struct {
	Camera string `query:"camera" doc:"Recordings of the camera with this serial."`
	Since  string `query:"since" doc:"Recorded at this time or later: RFC 3339, a day in the station's zone, or an age. Without it: 7 days."`
	Until  string `query:"until" doc:"Recorded before this time; a day includes the whole of it."`
}

// recordings are what was recorded without a stop, and the stops.
type recordings struct {
	Recordings    []ingest.Recording    `json:"recordings" doc:"By camera and time; clips whose start is not known are left out."`
	Interruptions []ingest.Interruption `json:"interruptions" doc:"Pauses that look as if the event had gone on (Article 12)."`
}

// defaultSince is how far back recordings are looked at.
const defaultSince = "7d"

func (s *server) listRecordings(ctx context.Context, q *recordingsQuery) (*body[recordings], error) {
	now, zone := time.Now(), s.station.Zone()
	if q.Since == "" {
		q.Since = defaultSince
	}
	f := store.Filter{Camera: q.Camera}
	var err error
	if f.Since, err = parseInstant(q.Since, now, zone, startOfDay); err != nil {
		return nil, invalid("query.since", q.Since, "%v", err)
	}
	if f.Until, err = parseInstant(q.Until, now, zone, endOfDay); err != nil {
		return nil, invalid("query.until", q.Until, "%v", err)
	}
	clips, err := s.allClips(ctx, f, now, "query.since", func(*store.Clip) bool { return true })
	if err != nil {
		return nil, err
	}
	list := ingest.Recordings(clips)
	found := ingest.Interruptions(list, func(id string) *store.Docking {
		d, err := s.store.Docking(id)
		if err != nil {
			return nil // its figures are not known, and that is no error
		}
		return d
	})
	return &body[recordings]{recordings{append([]ingest.Recording{}, list...), found}}, nil
}

// allClips returns every clip that matches, without what only one clip's page
// shows; place is the parameter to blame when they are too many.
func (s *server) allClips(ctx context.Context, f store.Filter, now time.Time, place string, keep func(*store.Clip) bool) (clips []store.Clip, err error) {
	f.Limit = store.MaxLimit
	for {
		page, err := s.store.Clips(f, now)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		for _, c := range page.Clips {
			if !keep(&c) {
				continue
			}
			c.History, c.Sources, c.ClockReadings = nil, nil, nil
			if clips = append(clips, c); len(clips) > maxReported {
				return nil, invalid(place, nil, "more than %d clips were recorded since; choose a shorter time, or one unit or camera", maxReported)
			}
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			return clips, nil
		}
	}
}

// reason is what a person writes of an interruption.
type reason struct {
	ID   string `path:"id" doc:"The first clip after the interruption."`
	Body struct {
		_    struct{} `additionalProperties:"false"`
		By   string   `json:"by" doc:"Who writes it."`
		Note string   `json:"note" doc:"Why the recording was broken off."`
	}
}

// Resolve implements huma.Resolver.
func (r *reason) Resolve(huma.Context) []error {
	return checkTexts(entered{"body.by", &r.Body.By, true}, entered{"body.note", &r.Body.Note, true})
}

func (s *server) noteInterruption(ctx context.Context, r *reason) (*body[*store.Clip], error) {
	now := time.Now()
	clip, err := s.store.NoteInterruption(r.ID, r.Body.By, r.Body.Note, now)
	if errors.Is(err, store.ErrCopying) {
		return nil, huma.Error409Conflict("the clip is being stored at this moment; try again")
	}
	if err != nil {
		return nil, s.refused(ctx, "body.", err)
	}
	s.store.Present(clip, now)
	s.log.Info("interruption explained", "clip", clip.ID, "camera", clip.Camera, "by", r.Body.By)
	return &body[*store.Clip]{clip}, nil
}
