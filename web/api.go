package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"custodock/ingest"
	"custodock/store"
)

// body is an answer of one JSON value.
type body[T any] struct {
	Body T `nullable:"false"`
}

// serveAPI adds the API and, when asked to, the commands. The description at
// openapi.json is made from the same Go types as the answers.
func (s *server) serveAPI() {
	config := huma.DefaultConfig("custodock", s.opt.Version)
	config.Info.Description = "What a docking station for body cameras knows of its bays, clips and cameras. " +
		"Times are RFC 3339 in UTC, sizes bytes, durations seconds. What is not known is absent. More fields may be added."
	config.CreateHooks = nil // no $schema in answers
	// huma would serve pages that load scripts from elsewhere, and makes its
	// description at the first request without a lock.
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.Formats = huma.DefaultFormats
	// A filter that is misspelt and passed over would list every clip.
	config.RejectUnknownQueryParameters = true
	// Clients must bear fields that later versions add.
	config.AllowAdditionalPropertiesByDefault = true
	config.Transformers = []huma.Transformer{explain}
	api := humago.New(s.mux, config)
	api.UseMiddleware(oneValue(api))

	huma.Register(api, get("get-status", "/api/v1/status", "Bays, cameras, progress, and the state of the whole station"), s.getStatus)
	huma.Register(api, get("list-clips", "/api/v1/clips", "Clips that match, by due time; those without one come last"), s.listClips)
	huma.Register(api, get("get-clip", "/api/v1/clips/{id}", "All that is known of one clip, its history included"), s.getClip)
	huma.Register(api, get("list-cameras", "/api/v1/cameras", "Every camera, by serial"), s.listCameras)
	huma.Register(api, get("get-camera", "/api/v1/cameras/{serial}", "One camera with its holders, its history and its last dockings"), s.getCamera)
	huma.Register(api, get("list-extensions", "/api/v1/extensions", "Extensions by Article 15, by camera; revoked ones too"), s.listExtensions)
	huma.Register(api, get("list-requests", "/api/v1/requests", "Reasons that were given at the dock and wait for somebody to settle them, newest first"), s.listRequests)
	huma.Register(api, get("check-receipt", "/api/v1/receipts/{code}", "A docking's receipt, and whether the catalog still agrees with it"), s.checkReceipt)
	huma.Register(api, get("report-deadlines", "/api/v1/reports/deadlines", "Who was late and why: per unit and camera, with the clips"), s.reportDeadlines)
	huma.Register(api, get("list-recordings", "/api/v1/recordings", "What was recorded without a stop, and pauses that look like an interruption"), s.listRecordings)
	huma.Register(api, eventsOperation(), s.streamEvents)
	if s.opt.Control {
		s.serveControl(api)
	}
	s.describe(api.OpenAPI())
}

func get(id, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: summary}
}

// describe serves the description as it is once all operations are there.
func (s *server) describe(doc *huma.OpenAPI) {
	for _, schema := range doc.Components.Schemas.Map() {
		for _, property := range schema.Properties {
			if property.Type == huma.TypeArray {
				property.Nullable = false // empty or absent, never null
			}
		}
	}
	data, err := json.Marshal(doc)
	if err != nil {
		panic(err) // it is made from our own types alone
	}
	s.mux.HandleFunc("GET "+openAPIPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		w.Write(data)
	})
}

const openAPIPath = "/api/v1/openapi.json"

func (s *server) getStatus(ctx context.Context, _ *struct{}) (*body[ingest.Status], error) {
	status, err := s.station.Status(time.Now())
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &body[ingest.Status]{status}, nil
}

// clipsQuery is the command line's filters. Fields that are empty choose all.
type clipsQuery struct {
	Deadline []string `query:"deadline" nullable:"false" enum:"pending,due_soon,overdue,on_time,late,excused,undecidable,none" doc:"Clips with one of these deadlines, as a,b."`
	State    []string `query:"state" nullable:"false" enum:"seen,copying,stored,failed,gone" doc:"Clips in one of these states, as a,b."`
	Camera   string   `query:"camera" doc:"Clips of the camera with this serial."`
	Since    string   `query:"since" doc:"Clips recorded at this time or later: RFC 3339, a day such as 2026-11-20 in the station's zone, or an age such as 36h or 7d. A recording counts by the latest time at which it may have ended."`
	Until    string   `query:"until" doc:"Clips recorded before this time, written in the same ways. A day includes the whole of it."`
	Limit    int      `query:"limit" minimum:"1" maximum:"10000" default:"1000" doc:"At most so many clips."`
	Cursor   string   `query:"cursor" doc:"next of the page before."`
}

// clipPage is one page of clips.
type clipPage struct {
	Clips []store.Clip `json:"clips" doc:"Without their history."`
	Next  string       `json:"next,omitempty" doc:"The cursor of the next page; absent on the last one."`
}

func (s *server) listClips(ctx context.Context, q *clipsQuery) (*body[clipPage], error) {
	now := time.Now()
	filter := store.Filter{Camera: q.Camera, Limit: q.Limit, Cursor: q.Cursor}
	for _, d := range q.Deadline {
		filter.Deadlines = append(filter.Deadlines, store.Deadline(d))
	}
	for _, state := range q.State {
		filter.States = append(filter.States, store.State(state))
	}
	var err error
	if filter.Since, err = parseInstant(q.Since, now, s.station.Zone(), startOfDay); err != nil {
		return nil, invalid("query.since", q.Since, "%v", err)
	}
	if filter.Until, err = parseInstant(q.Until, now, s.station.Zone(), endOfDay); err != nil {
		return nil, invalid("query.until", q.Until, "%v", err)
	}
	page, err := s.store.Clips(filter, now)
	if errors.Is(err, store.ErrCursor) {
		return nil, invalid("query.cursor", q.Cursor, "is not the next of a page of this catalog")
	}
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	for i := range page.Clips {
		page.Clips[i].History = nil
	}
	return &body[clipPage]{clipPage{page.Clips, page.Next}}, nil
}

type clipPath struct {
	ID string `path:"id" doc:"The clip's id."`
}

func (s *server) getClip(ctx context.Context, p *clipPath) (*body[*store.Clip], error) {
	clip, err := s.store.Clip(p.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	s.noteLook(ctx, clip.ID)
	s.store.Present(clip, time.Now())
	return &body[*store.Clip]{clip}, nil
}
