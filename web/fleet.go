package web

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"custodock/store"
)

// said is what somebody says, and why.
type said struct {
	_    struct{} `additionalProperties:"false"`
	By   string   `json:"by" doc:"Who says so."`
	Note string   `json:"note" doc:"Why."`
}

func (s *said) check() []error {
	return checkTexts(entered{"body.by", &s.By, true}, entered{"body.note", &s.Note, true})
}

// cameraStatement is something that is said of a camera as a device.
type cameraStatement struct {
	Serial string `path:"serial" doc:"The camera's serial."`
	Body   said
}

// Resolve implements huma.Resolver.
func (c *cameraStatement) Resolve(huma.Context) []error { return c.Body.check() }

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
func (s *server) stated(what string, put func(serial, by, note string, now time.Time) (*store.Camera, error)) func(context.Context, *cameraStatement) (*body[CameraStatus], error) {
	return func(ctx context.Context, c *cameraStatement) (*body[CameraStatus], error) {
		now := time.Now()
		camera, err := put(c.Serial, c.Body.By, c.Body.Note, now)
		if err != nil {
			return nil, s.refused(ctx, "path.", err)
		}
		s.log.Info(what, "camera", camera.Serial, "by", c.Body.By, "note", c.Body.Note)
		return &body[CameraStatus]{inBay(*camera, s.occupied(), now)}, nil
	}
}
