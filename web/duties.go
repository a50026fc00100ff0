package web

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"custodock/web/account"
)

// routeDuties is the one table of what each address asks of who comes over
// TCP: one of the duties of its line is enough. A handler that shows less to
// one of them looks at account.May itself.
var routeDuties = map[string]account.Duty{
	"GET /{$}":                        account.SeeBays,
	"GET " + livePath:                 account.SeeBays,
	"GET /bays/{bay}/reason":          account.AskReason,
	"POST /bays/{bay}/reason":         account.AskReason,
	"GET /bays/{bay}/entered":         account.AskReason,
	"GET /assets/{name}":              account.SeeBays,
	"POST /preferences":               account.SeeBays,
	"GET /sign-in":                    account.SeeBays,
	"POST /sign-in":                   account.SeeBays,
	"POST /sign-out":                  account.SeeBays,
	"GET /-/healthy":                  account.SeeBays,
	"GET /-/ready":                    account.SeeBays,
	"GET /metrics":                    account.Metrics,
	"GET " + openAPIPath:              account.Metrics,
	"GET /overview":                   account.SeeOverview,
	"GET /reports/deadlines":          account.SeeOverview,
	"GET /cameras":                    account.SeeCameras,
	"GET /cameras/ready":              account.SeeCameras,
	"GET /cameras/{serial}":           account.SeeCameras,
	"GET /cameras/{serial}/series":    account.SeeCameras,
	"POST /cameras/{serial}/assign":   account.AssignCameras,
	"POST /cameras/{serial}/return":   account.AssignCameras,
	"GET " + clipsPath:                account.SeeClips | account.SeeOwnClips,
	"GET " + clipPattern:              account.SeeClips | account.SeeOwnClips,
	"GET " + filePattern:              account.Play | account.PlayOwn,
	"GET " + requestsPath:             account.SeeClips,
	"POST " + requestPattern:          account.Settle,
	"POST " + clipPattern + "/decide": account.Settle,
	"POST " + clipPattern + "/extend": account.Settle,
	"POST " + clipPattern + "/revoke": account.Settle,
	"GET /api/v1/status":              account.SeeStatus,
	"GET /api/v1/clips":               account.SeeClips,
	"GET /api/v1/clips/{id}":          account.SeeClips,
	"GET /api/v1/recordings":          account.SeeClips,
	"GET /api/v1/extensions":          account.SeeClips,
	"GET /api/v1/requests":            account.SeeClips,
	"GET /api/v1/receipts/{code}":     account.SeeBays,
	"GET " + eventsPath:               account.SeeClips, // it names clips
	"GET /api/v1/cameras":             account.SeeCameras,
	"GET /api/v1/cameras/{serial}":    account.SeeCameras,
	"GET /api/v1/reports/deadlines":   account.SeeOverview,
}

// routes is a mux that knows no address without a duty.
type routes struct {
	*http.ServeMux
	control bool // served on the control socket, where the file's mode says who may
	known   []string
}

func newRoutes(control bool) *routes {
	return &routes{ServeMux: http.NewServeMux(), control: control}
}

// Handle panics on a pattern that routeDuties has no line for: an address that
// nobody thought about would be open to all, or to none.
func (m *routes) Handle(pattern string, h http.Handler) {
	_, ok := routeDuties[pattern]
	if _, path, _ := strings.Cut(pattern, " "); !ok && !(m.control && strings.HasPrefix(path, "/control/")) {
		panic(fmt.Errorf("route %s: whose duty is it? See routeDuties", pattern))
	}
	m.known = append(m.known, pattern)
	m.ServeMux.Handle(pattern, h)
}

// HandleFunc is Handle, and what huma calls.
func (m *routes) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	m.Handle(pattern, http.HandlerFunc(h))
}

// unused returns the lines of routeDuties that are of no address.
func (m *routes) unused() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(routeDuties)), func(pattern string) bool {
		return slices.Contains(m.known, pattern)
	})
}
