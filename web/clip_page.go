package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"custodock/store"
	"custodock/web/account"
)

// clipView is what clip.html shows.
type clipView struct {
	*store.Clip
	Why     why
	Moments []moment
	Bar     *bar
	Player  player
	MayPlay bool

	Requests []store.Request
	Settles  bool // whoever asks may settle what is open
	Form     form // that was sent and could not be taken
	Done     string
	Reasons  []store.Reason

	SeesCameras bool
}

// CameraAddress is where the clip's camera is shown.
func (v *clipView) CameraAddress() string { return cameraAddress(v.Camera) }

// CanDecide reports whether a person is to say how the clip stands.
func (v *clipView) CanDecide() bool {
	return v.Settles && v.Deadline == store.Undecidable && v.Decision == nil
}

// CanExtend reports whether an extension would change anything.
func (v *clipView) CanExtend() bool {
	return v.Settles && v.Kind.HasDeadline() && v.Deadline != store.OnTime && v.Deadline != store.Excused
}

// showClip shows one clip, and puts down who looked.
func (s *server) showClip(w http.ResponseWriter, r *http.Request) {
	c, ok := s.clipFor(r)
	if !ok {
		s.showClipsAs(w, r, http.StatusNotFound)
		return
	}
	if r.Method != http.MethodHead {
		s.noteLook(r.Context(), c.ID)
	}
	s.showClipAs(w, r, http.StatusOK, c, form{})
}

// noteLook puts down who looks at what is known of a clip. It shows no footage,
// so that a full disk does not keep anybody from it.
func (s *server) noteLook(ctx context.Context, id string) {
	if account.From(ctx) == nil {
		return
	}
	if err := s.store.NoteView(id, signature(ctx), store.Viewed, time.Now()); err != nil {
		s.log.Error("who looked at a clip cannot be put down", "clip", id, "error", err)
	}
}

// clipFor returns the clip that the address names, as it stands now, if it is
// there and theirs to see.
func (s *server) clipFor(r *http.Request) (*store.Clip, bool) {
	c, err := s.store.Clip(r.PathValue("id"))
	if err != nil {
		if !errors.Is(err, store.ErrNotFound) {
			s.log.Error("a clip cannot be read", "error", err)
		}
		return nil, false
	}
	if badge, only := ownBadge(r); only && c.Badge != badge {
		return nil, false
	}
	s.store.Present(c, time.Now())
	return c, true
}

// showClipAs shows a clip with what was wrong with a form.
func (s *server) showClipAs(w http.ResponseWriter, r *http.Request, status int, c *store.Clip, wrong form) {
	now, f := time.Now(), s.format(r)
	around, err := s.stays(c)
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	v := &clipView{
		Clip: c, Why: f.why(c, around, now), Moments: moments(c, around, now), Bar: barOf(c, around, now),
		MayPlay: mayPlay(r, c), Form: wrong, Reasons: store.Reasons,
		Settles: account.May(r.Context(), account.Settle) && account.From(r.Context()) != nil,
		Done:    doneWord(r.URL.Query().Get("done")), SeesCameras: account.May(r.Context(), account.SeeCameras),
	}
	v.Player = s.footage(c)
	if account.May(r.Context(), account.SeeClips) {
		if v.Requests, err = s.store.RequestsOf(c.Camera, c.ID); err != nil {
			s.unavailable(w, r, err)
			return
		}
	}
	s.showAs(w, r, status, "clip", v)
}

// maxStays bounds how many dockings of a clip's camera are looked at.
const maxStays = 60

// stays are the dockings from the recording on until the clip was stored, or gone.
func (s *server) stays(c *store.Clip) (stays, error) {
	from := c.SeenAt
	if !c.EndLatest.IsZero() && c.EndLatest.Before(from) {
		from = c.EndLatest
	}
	until := c.StoredAt
	if c.State == store.Gone {
		until = lastOf(c, "gone") // what came later had it no more
	}
	return s.store.DockingsFrom(c.Camera, from, until, maxStays)
}
