package web

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"custodock/store"
)

type requestsQuery struct {
	All bool `query:"all" doc:"Settled ones, too."`
}

func (s *server) listRequests(ctx context.Context, q *requestsQuery) (*body[[]store.Request], error) {
	list, err := s.store.Requests(!q.All)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &body[[]store.Request]{list}, nil
}

// settlement is what a person makes of a request.
type settlement struct {
	ID   string `path:"id" doc:"The request's id."`
	Body struct {
		_    struct{} `additionalProperties:"false"`
		As   string   `json:"as" enum:"granted,refused" doc:"Granting it records the extension of Article 15."`
		By   string   `json:"by" doc:"Who settles it."`
		Note string   `json:"note,omitempty" doc:"Why; needed to refuse."`
	}
}

// Resolve implements huma.Resolver.
func (n *settlement) Resolve(huma.Context) []error {
	b := &n.Body
	return checkTexts(entered{"body.by", &b.By, true}, entered{"body.note", &b.Note, b.As == store.Refused})
}

// settledRequest is a request and what came of it.
type settledRequest struct {
	Request   store.Request    `json:"request"`
	Extension *store.Extension `json:"extension,omitempty" doc:"Of a granted request."`
	Covered   *store.Covered   `json:"covered,omitempty" doc:"How the clips stand that the extension covers and that are known by now."`
}

func (s *server) settle(ctx context.Context, n *settlement) (*body[settledRequest], error) {
	r, ext, covered, err := s.store.Settle(n.ID, n.Body.As == store.Granted, n.Body.By, n.Body.Note, time.Now())
	if err != nil {
		return nil, s.refused(ctx, "path.", err)
	}
	s.log.Info("request settled", "request", r.ID, "camera", r.Camera, "clip", r.Clip, "as", r.Settled.As, "by", r.Settled.By,
		"extension", r.Settled.Extension, "clips", covered.Clips)
	answer := settledRequest{Request: *r, Extension: ext}
	if ext != nil {
		answer.Covered = &covered
	}
	return &body[settledRequest]{answer}, nil
}
