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
	now := time.Now()
	clip, err := s.store.Decide(d.ID, d.Body.Deadline, d.Body.By, d.Body.Note, now)
	if errors.Is(err, store.ErrCopying) {
		return nil, huma.Error409Conflict("the clip is being stored at this moment; try again")
	}
	if err != nil {
		return nil, s.refused(ctx, "path.", err)
	}
	s.store.Present(clip, now)
	s.log.Info("clip decided", "clip", clip.ID, "camera", clip.Camera, "path", clip.Path, "decided", string(d.Body.Deadline), "by", d.Body.By)
	return &body[*store.Clip]{clip}, nil
}
