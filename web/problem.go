package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"custodock/store"
)

// writeProblem answers with a problem document (RFC 9457), as huma does for
// the API's own errors.
func writeProblem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	// The client may have gone; there is nobody else to tell.
	_ = json.NewEncoder(w).Encode(&huma.ErrorModel{Status: status, Title: http.StatusText(status), Detail: detail})
}

// invalid is a problem with one parameter, such as query.since or body.badge.
func invalid(location string, value any, format string, args ...any) error {
	return huma.Error422UnprocessableEntity("validation failed", detail(location, value, format, args...))
}

func detail(location string, value any, format string, args ...any) *huma.ErrorDetail {
	return &huma.ErrorDetail{Location: location, Value: value, Message: fmt.Sprintf(format, args...)}
}

// explain puts what is wrong, and where, into the one sentence of a problem
// that every client shows.
func explain(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok || len(m.Errors) == 0 {
		return v, nil
	}
	said := make([]string, len(m.Errors))
	for i, e := range m.Errors {
		place := e.Location
		if strings.HasPrefix(place, "query.") {
			place, _, _ = strings.Cut(place, "[") // people write lists, and do not count from 0
		}
		said[i] = strings.TrimPrefix(place+": "+e.Message, ": ")
	}
	m.Detail = strings.Join(said, "; ")
	return m, nil
}

// problem makes a problem of an error of the store.
func (s *server) problem(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return huma.Error404NotFound(err.Error())
	case ctx.Err() != nil:
		return huma.Error503ServiceUnavailable("the request was broken off")
	}
	s.log.Error("a request failed", "error", err)
	return huma.Error500InternalServerError(err.Error())
}

// oneValue refuses a query that cannot be read or gives a parameter twice:
// half of a filter would be worse than none.
func oneValue(api huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		values, err := url.ParseQuery(query(ctx))
		if err != nil {
			huma.WriteErr(api, ctx, http.StatusBadRequest, "the query cannot be read", err)
			return
		}
		for name, list := range values {
			if len(list) > 1 {
				huma.WriteErr(api, ctx, http.StatusUnprocessableEntity, "validation failed",
					detail("query."+name, list, "is given more than once; a list is given as a,b"))
				return
			}
		}
		next(ctx)
	}
}

func query(ctx huma.Context) string {
	u := ctx.URL()
	return u.RawQuery
}
