package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"custodock/ingest"
)

const (
	eventsPath = "/api/v1/events"

	// heartbeat is how often a stream says that it lives: proxies cut
	// connections that are silent for a minute or less.
	heartbeat = 15 * time.Second
)

func eventsOperation() huma.Operation {
	op := get("stream-events", eventsPath, "What happens at the station, as server-sent events")
	op.Description = "Events from now on. docked, undocked and progress carry a bay as in /api/v1/status; stored and missed carry a clip. " +
		"A client that falls far behind misses events, and none are repeated after a break: what must be complete is read from /api/v1/clips."
	op.Responses = map[string]*huma.Response{"200": {
		Description: "The stream; it lasts until the client or the daemon ends it.",
		Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}}
	return op
}

func (s *server) streamEvents(context.Context, *struct{}) (*huma.StreamResponse, error) {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "text/event-stream")
		ctx.SetHeader("X-Accel-Buffering", "no") // nginx would hold events back
		if ctx.Method() == http.MethodHead {
			ctx.SetStatus(http.StatusOK)
			return
		}
		s.meter.streams.Inc()
		defer s.meter.streams.Dec()
		events, cancel := s.station.Subscribe()
		defer cancel()
		err := sendEvents(ctx.Context(), ctx.BodyWriter(), events)
		s.log.Debug("an event stream ended", "client", ctx.RemoteAddr(), "cause", err)
	}}, nil
}

// sendEvents writes events until ctx ends or the client has gone.
func sendEvents(ctx context.Context, w io.Writer, events <-chan ingest.Event) error {
	// The first line tells the client that nothing will be missed from here
	// on, and when to come back after a break.
	if err := sendNow(w, "retry: 2000\n: listening\n\n"); err != nil {
		return err
	}
	alive := time.NewTicker(heartbeat)
	defer alive.Stop()
	for {
		var text string
		select {
		case <-ctx.Done():
			return ctx.Err()
		case ev := <-events:
			data, err := json.Marshal(ev.Data)
			if err != nil {
				return fmt.Errorf("event %s: %w", ev.Type, err)
			}
			text = fmt.Sprintf("event: %s\ndata: %s\n\n", ev.Type, data)
		case <-alive.C:
			text = ": still here\n\n"
		}
		if err := sendNow(w, text); err != nil {
			return err
		}
	}
}

// sendNow writes text past every buffer of ours.
func sendNow(w io.Writer, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return err
	}
	if f, ok := w.(interface{ FlushError() error }); ok {
		return f.FlushError()
	}
	return nil
}
