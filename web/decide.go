package web

import (
	"context"
	"errors"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"custodock/store"
)

// decision is what a person says of an undecidable clip.
type decision struct {
	ID   string `path:"id" doc:"The clip's id."`
	Body struct {
		_        struct{}       `additionalProperties:"false"`
		Deadline store.Deadline `json:"deadline" enum:"on_time,late,undecidable" doc:"Which it was; undecidable takes an earlier decision back."`
		By       string         `json:"by" doc:"Who decides."`
		Note     string         `json:"note" doc:"Why."`
	}
}

// Resolve implements huma.Resolver.
func (d *decision) Resolve(huma.Context) []error {
	return checkTexts(entered{"body.by", &d.Body.By, true}, entered{"body.note", &d.Body.Note, true})
}

func (s *server) decide(ctx context.Context, d *decision) (*body[*store.Clip], error) {
	clip, err := s.putDecision(d.ID, d.Body.Deadline, d.Body.By, d.Body.Note)
	if errors.Is(err, store.ErrCopying) {
		return nil, huma.Error409Conflict("the clip is being stored at this moment; try again")
	}
	if err != nil {
		return nil, s.refused(ctx, "path.", err)
	}
	return &body[*store.Clip]{clip}, nil
}

// putDecision settles a clip, whoever says so and however, and returns it as it
// stands then.
func (s *server) putDecision(id string, as store.Deadline, by, note string) (*store.Clip, error) {
	now := time.Now()
	clip, err := s.store.Decide(id, as, by, note, now)
	if err != nil {
		return nil, err
	}
	s.store.Present(clip, now)
	s.log.Info("clip decided", "clip", clip.ID, "camera", clip.Camera, "path", clip.Path, "decided", string(as), "by", by)
	return clip, nil
}
