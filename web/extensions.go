package web

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"custodock/store"
)

// newExtension is an extension as a person puts it down.
type newExtension struct {
	Body struct {
		_        struct{}     `additionalProperties:"false"`
		Camera   string       `json:"camera" doc:"The camera's serial."`
		Clip     string       `json:"clip,omitempty" doc:"One clip alone, by its id."`
		Reason   store.Reason `json:"reason" enum:"continuous-duty,off-site,remote" doc:"Why it could not be handed over in time (Article 15)."`
		Returned string       `json:"returned" doc:"When the officer returned to the unit: RFC 3339, with the zone."`
		From     string       `json:"from,omitempty" doc:"Only what was recorded at this time or later: RFC 3339, or a day in the station's zone. Without it, since the camera was taken last before the return."`
		To       string       `json:"to,omitempty" doc:"Only what was recorded by this time; a day includes the whole of it. Without it, and at most, up to the return."`
		By       string       `json:"by" doc:"Who says so."`
		Note     string       `json:"note,omitempty"`
	}
	ext store.Extension
}

// Resolve implements huma.Resolver.
func (n *newExtension) Resolve(huma.Context) (errs []error) {
	b := &n.Body
	errs = checkTexts(
		entered{"body.camera", &b.Camera, true}, entered{"body.clip", &b.Clip, false},
		entered{"body.by", &b.By, true}, entered{"body.note", &b.Note, false})
	returned, err := time.Parse(time.RFC3339, strings.TrimSpace(b.Returned))
	if err != nil {
		errs = append(errs, detail("body.returned", b.Returned, "must be a time with its zone, such as 2026-11-20T08:00:00+08:00"))
	}
	if b.Clip != "" {
		for name, text := range map[string]string{"body.from": b.From, "body.to": b.To} {
			if text != "" {
				errs = append(errs, detail(name, text, "a span is for all clips of a camera, not for one clip"))
			}
		}
	}
	n.ext = store.Extension{Camera: b.Camera, Clip: b.Clip, Reason: b.Reason, Returned: returned, By: b.By, Note: b.Note}
	return errs
}

// extended is an extension and what it came to.
type extended struct {
	Extension store.Extension `json:"extension"`
	Covered   store.Covered   `json:"covered" doc:"How the clips stand that it covers and that are known by now."`
}

func (s *server) extend(ctx context.Context, n *newExtension) (*body[extended], error) {
	now, zone := time.Now(), s.station.Zone()
	var err error
	if n.ext.From, err = parseInstant(n.Body.From, now, zone, startOfDay); err != nil {
		return nil, invalid("body.from", n.Body.From, "%v", err)
	}
	if n.ext.To, err = parseInstant(n.Body.To, now, zone, endOfDay); err != nil {
		return nil, invalid("body.to", n.Body.To, "%v", err)
	}
	done, err := s.putExtension(n.ext)
	if err != nil {
		return nil, s.refused(ctx, "body.", err)
	}
	return &body[extended]{done}, nil
}

// putExtension records an extension, whoever says so and however.
func (s *server) putExtension(e store.Extension) (extended, error) {
	ext, covered, err := s.store.Extend(e, time.Now())
	if err != nil {
		return extended{}, err
	}
	s.log.Info("clips extended", "extension", ext.ID, "camera", ext.Camera, "clip", ext.Clip, "reason", string(ext.Reason),
		"returned", ext.Returned, "by", ext.By, "clips", covered.Clips)
	return extended{*ext, covered}, nil
}

// revocation takes something back.
type revocation struct {
	ID   string `path:"id" doc:"The extension's id."`
	Body struct {
		_    struct{} `additionalProperties:"false"`
		By   string   `json:"by" doc:"Who takes it back."`
		Note string   `json:"note,omitempty" doc:"Why."`
	}
}

// Resolve implements huma.Resolver.
func (r *revocation) Resolve(huma.Context) []error {
	return checkTexts(entered{"body.by", &r.Body.By, true}, entered{"body.note", &r.Body.Note, false})
}

func (s *server) revokeExtension(ctx context.Context, r *revocation) (*body[extended], error) {
	done, err := s.takeExtensionBack(r.ID, r.Body.By, r.Body.Note)
	if err != nil {
		return nil, s.refused(ctx, "path.", err)
	}
	return &body[extended]{done}, nil
}

// takeExtensionBack revokes an extension, whoever says so and however.
func (s *server) takeExtensionBack(id, by, note string) (extended, error) {
	ext, covered, err := s.store.RevokeExtension(id, by, note, time.Now())
	if err != nil {
		return extended{}, err
	}
	s.log.Info("extension revoked", "extension", ext.ID, "camera", ext.Camera, "clip", ext.Clip, "by", ext.RevokedBy, "clips", covered.Clips)
	return extended{*ext, covered}, nil
}

type extensionsQuery struct {
	Camera string `query:"camera" doc:"Those of the camera with this serial."`
}

func (s *server) listExtensions(ctx context.Context, q *extensionsQuery) (*body[[]store.Extension], error) {
	list, err := s.store.Extensions(q.Camera)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &body[[]store.Extension]{list}, nil
}

// refused makes a problem of an error of a change. What is wrong with what was
// asked for names its field, which the request has at place.
func (s *server) refused(ctx context.Context, place string, err error) error {
	if wrong, ok := errors.AsType[*store.FieldError](err); ok {
		return invalid(place+wrong.Field, nil, "%s", wrong.Why)
	}
	if errors.Is(err, fs.ErrPermission) {
		return huma.Error503ServiceUnavailable("the catalog cannot be changed: it is open for reading only, or its disk is; is the daemon running (custodock run)?")
	}
	return s.problem(ctx, err)
}
