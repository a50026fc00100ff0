package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"custodock/store"
	"custodock/web/account"
)

// clipQuery is what the address of the page of clips asks for: the filters of
// the API, as they were written. It is all that the page knows of its state.
type clipQuery struct {
	Deadline, State          string // lists, as a,b; a Deadline that is empty is what needs care, "all" is no filter
	Camera, Badge, Unit      string
	Since, Until             string
	Cursor                   string
	filter                   store.Filter
	WrongSince, WrongUntil   bool
	WrongCursor, WrongChoice bool
}

// deadlineAll asks for clips however they stand.
const deadlineAll = "all"

// careFor is what needs care, most urgent first.
var careFor = []store.Deadline{store.Overdue, store.Late, store.Undecidable}

var (
	allDeadlines = []string{"pending", "due_soon", "overdue", "on_time", "late", "excused", "undecidable", "none"}
	allStates    = []string{"seen", "copying", "stored", "failed", "gone"}
)

// readClipQuery reads the address. Who may see only their own clips is shown
// those, whatever they ask for.
func readClipQuery(r *http.Request, now time.Time, zone *time.Location) (q clipQuery) {
	values := r.URL.Query()
	get := func(name string) string { return strings.TrimSpace(values.Get(name)) }
	q = clipQuery{
		Deadline: get("deadline"), State: get("state"), Camera: get("camera"), Badge: get("badge"), Unit: get("unit"),
		Since: get("since"), Until: get("until"), Cursor: get("cursor"),
	}
	badge, only := ownBadge(r)
	if only {
		q.Badge, q.Unit = "", ""
	} else {
		badge = q.Badge
	}
	q.filter = store.Filter{Camera: q.Camera, Badge: badge, Unit: q.Unit}
	if q.Deadline != "" && q.Deadline != deadlineAll {
		q.filter.Deadlines, q.WrongChoice = choices[store.Deadline](q.Deadline, allDeadlines, q.WrongChoice)
	}
	if q.State != "" {
		q.filter.States, q.WrongChoice = choices[store.State](q.State, allStates, q.WrongChoice)
	}
	var err error
	q.filter.Since, err = parseInstant(q.Since, now, zone, startOfDay)
	q.WrongSince = err != nil
	q.filter.Until, err = parseInstant(q.Until, now, zone, endOfDay)
	q.WrongUntil = err != nil
	return q
}

// choices reads a list such as "late,overdue".
func choices[T ~string](text string, known []string, wrong bool) (list []T, _ bool) {
	for part := range strings.SplitSeq(text, ",") {
		if !slices.Contains(known, part) {
			return nil, true
		}
		list = append(list, T(part))
	}
	return list, wrong
}

// ownBadge is the badge of who may see no clips but their own. A user without
// one sees none.
func ownBadge(r *http.Request) (badge string, only bool) {
	if account.May(r.Context(), account.SeeClips) {
		return "", false
	}
	if u := account.From(r.Context()); u != nil && u.Badge != "" {
		return u.Badge, true
	}
	return "\x00", true // which is nobody's
}

// wrong reports whether the address cannot be understood.
func (q *clipQuery) wrong() bool {
	return q.WrongSince || q.WrongUntil || q.WrongCursor || q.WrongChoice
}

// Narrow reports whether there are filters besides the tab.
func (q clipQuery) Narrow() bool {
	return q.State != "" || q.Camera != "" || q.Badge != "" || q.Unit != "" || q.Since != "" || q.Until != ""
}

// address is where the page is with another deadline and cursor.
func (q clipQuery) address(deadline, cursor string) string {
	values := url.Values{}
	for name, value := range map[string]string{
		"deadline": deadline, "state": q.State, "camera": q.Camera, "badge": q.Badge, "unit": q.Unit,
		"since": q.Since, "until": q.Until, "cursor": cursor,
	} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if len(values) == 0 {
		return clipsPath
	}
	return clipsPath + "?" + values.Encode()
}

// page reads a page of clips as the query wants them: what needs care one
// deadline after the other, all else as it is due.
func (s *server) clipPage(q *clipQuery, limit int, now time.Time) (clips []store.Clip, next string, err error) {
	if q.Deadline != "" {
		f := q.filter
		f.Limit, f.Cursor, f.Newest = limit, q.Cursor, true
		page, err := s.store.Clips(f, now)
		q.WrongCursor = errors.Is(err, store.ErrCursor)
		return page.Clips, page.Next, err
	}
	from, cursor, _ := strings.Cut(q.Cursor, ".")
	first := max(slices.Index(careFor, store.Deadline(from)), 0)
	if q.WrongCursor = q.Cursor != "" && string(careFor[first]) != from; q.WrongCursor {
		return nil, "", store.ErrCursor
	}
	for i, d := range careFor[first:] {
		f := q.filter
		f.Deadlines, f.Limit, f.Newest = []store.Deadline{d}, limit-len(clips), true
		if i == 0 {
			f.Cursor = cursor
		}
		page, err := s.store.Clips(f, now)
		if err != nil {
			q.WrongCursor = errors.Is(err, store.ErrCursor)
			return nil, "", err
		}
		clips = append(clips, page.Clips...)
		switch {
		case page.Next != "":
			return clips, string(d) + "." + page.Next, nil
		case len(clips) == limit && first+i+1 < len(careFor):
			return clips, string(careFor[first+i+1]) + ".", nil
		}
	}
	return clips, "", nil
}
