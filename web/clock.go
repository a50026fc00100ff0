package web

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"custodock/store"
)

// serveClock adds what people say of the station's own clock.
func (s *server) serveClock(api huma.API) {
	huma.Register(api, post("confirm-clock", "/control/v1/clock/confirm", "The station's clock was compared and is right"), s.confirmClock)
}

// clockStatement is something that is said of the station's clock.
type clockStatement struct{ Body said }

// Resolve implements huma.Resolver.
func (c *clockStatement) Resolve(huma.Context) []error { return c.Body.check() }

func (s *server) confirmClock(ctx context.Context, c *clockStatement) (*body[store.ClockState], error) {
	if err := s.station.ConfirmClock(c.Body.By, c.Body.Note, time.Now()); err != nil {
		return nil, s.refused(ctx, "", err)
	}
	s.log.Info("the station's clock was confirmed", "by", c.Body.By, "note", c.Body.Note)
	return &body[store.ClockState]{store.ClockState{By: c.Body.By, Note: c.Body.Note}}, nil
}
