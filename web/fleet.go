package web

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"custodock/store"
)

// statement is what somebody says of a camera as a device, and why.
type statement struct {
	Serial string `path:"serial" doc:"The camera's serial."`
	Body   struct {
		_    struct{} `additionalProperties:"false"`
		By   string   `json:"by" doc:"Who says so."`
		Note string   `json:"note" doc:"Why."`
	}
}

// Resolve implements huma.Resolver.
func (s *statement) Resolve(huma.Context) []error {
	return checkTexts(entered{"body.by", &s.Body.By, true}, entered{"body.note", &s.Body.Note, true})
}

// serveFleet adds what people say of cameras as devices.
func (s *server) serveFleet(api huma.API) {
	huma.Register(api, post("settle-serial-conflict", "/control/v1/cameras/{serial}/settle-conflict", "One camera alone has this serial again"),
		s.stated("serial conflict settled", s.station.SettleConflict))
	huma.Register(api, post("retire-camera", "/control/v1/cameras/{serial}/retire", "A camera is no longer used; its clips and its history stay"),
		s.stated("camera retired", s.station.Retire))
	huma.Register(api, post("reinstate-camera", "/control/v1/cameras/{serial}/reinstate", "A retired camera is used again"),
		s.stated("camera reinstated", s.station.Reinstate))
}

// stated answers with the camera as it is after a statement was put down.
func (s *server) stated(what string, put func(serial, by, note string, now time.Time) (*store.Camera, error)) func(context.Context, *statement) (*body[CameraStatus], error) {
	return func(ctx context.Context, said *statement) (*body[CameraStatus], error) {
		now := time.Now()
		c, err := put(said.Serial, said.Body.By, said.Body.Note, now)
		if err != nil {
			return nil, s.refused(ctx, "path.", err)
		}
		s.log.Info(what, "camera", c.Serial, "by", said.Body.By, "note", said.Body.Note)
		return &body[CameraStatus]{inBay(*c, s.occupied(), now)}, nil
	}
}
