package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Request is what somebody at the dock gives as the reason for clips that are
// late, by the second sentence of Article 15. It excuses nothing: a person
// settles it, and granting it makes the extension that does.
type Request struct {
	ID      string `json:"id"`
	Camera  string `json:"camera"`         // serial
	Clip    string `json:"clip,omitempty"` // empty: all clips of the docking that are late
	Docking string `json:"docking"`
	Bay     int    `json:"bay,omitempty"`

	Reason   Reason    `json:"reason"`
	Returned time.Time `json:"returned"` // to the unit
	Note     string    `json:"note,omitempty"`
	By       string    `json:"by,omitempty"`   // who says so, as far as that was asked
	From     string    `json:"from,omitempty"` // the address from which it was entered
	AskedAt  time.Time `json:"asked_at"`

	Settled *Settlement `json:"settled,omitempty"`
}

// Settlement is what became of a request.
type Settlement struct {
	As        string    `json:"as"` // Granted or Refused
	At        time.Time `json:"at"`
	By        string    `json:"by"`
	Note      string    `json:"note,omitempty"`
	Extension string    `json:"extension,omitempty"` // id, of a granted one
}

// How a request is settled.
const (
	Granted = "granted"
	Refused = "refused"
)

// maxOpenRequests bounds what anybody at the dock can pile up for one camera.
const maxOpenRequests = 20

// What happens to a request, in the ledger.
const (
	whatAsked   = "reason asked"
	whatSettled = "reason settled"
)

// Ask records a request: r needs Reason and Returned, and Camera or Clip.
// Without a Docking it is about the clip's last one, or the camera's. What is
// wrong is a *FieldError; a camera with too many open requests is ErrRequests.
// The same that is open already is answered as it stands: a finger that taps
// twice asks once.
func (s *Store) Ask(r Request, now time.Time) (*Request, error) {
	if err := s.lock(); err != nil {
		return nil, fmt.Errorf("ask for a reason: %w", err)
	}
	defer s.unlock()
	asked, err := s.ask(r, stamp(now))
	if err != nil {
		return nil, fmt.Errorf("ask for a reason: %w", err)
	}
	return asked, nil
}

func (s *Store) ask(r Request, now time.Time) (*Request, error) {
	r.Returned, r.AskedAt, r.Settled = stamp(r.Returned), now, nil
	if err := s.checkRequest(&r); err != nil {
		return nil, err
	}
	open, err := s.openRequests(r.Camera)
	if err != nil {
		return nil, err
	}
	for _, o := range open {
		if o.same(&r) {
			return &o, nil
		}
	}
	if len(open) >= maxOpenRequests {
		return nil, fmt.Errorf("camera %s has %d: %w", r.Camera, len(open), ErrRequests)
	}
	r.ID = s.newID(now)
	return &r, s.commit(event{At: now, What: whatAsked, Request: &r})
}

// same reports whether o asks for the same in the same words.
func (r *Request) same(o *Request) bool {
	return r.Camera == o.Camera && r.Clip == o.Clip && r.Docking == o.Docking && r.Reason == o.Reason &&
		r.Returned.Equal(o.Returned) && r.Note == o.Note && r.By == o.By
}

// checkRequest refuses what cannot be, and fills in camera, docking and bay.
func (s *Store) checkRequest(r *Request) error {
	err := cmp.Or(checkText("note", r.Note, false), checkText("by", r.By, false), checkText("from", r.From, false))
	if err != nil {
		return err
	}
	if !slices.Contains(Reasons, r.Reason) {
		return fieldErrorf("reason", "%.40q is none of continuous-duty, off-site, remote", r.Reason)
	}
	if err := s.findRequested(r); err != nil {
		return err
	}
	e, err := s.extensionFor(r, r.AskedAt)
	if err != nil {
		return err
	}
	return s.checkNeed(r, e)
}

// findRequested fills in what follows from the clip or the camera.
func (s *Store) findRequested(r *Request) error {
	if r.Clip != "" {
		c, err := s.clip(r.Clip)
		switch {
		case errors.Is(err, ErrNotFound), err == nil && r.Camera != "" && c.Camera != r.Camera:
			return fieldErrorf("clip", "camera %.64s has no clip %.40q", r.Camera, r.Clip)
		case err != nil:
			return err
		}
		setIfEmpty(&r.Camera, c.Camera)
		setIfEmpty(&r.Docking, c.Docking)
	}
	camera, err := s.Camera(r.Camera)
	if errors.Is(err, ErrNotFound) {
		return fieldErrorf("camera", "no camera %.64q was ever docked or assigned", r.Camera)
	}
	if err != nil {
		return err
	}
	setIfEmpty(&r.Docking, camera.LastDocking)
	d, err := s.Docking(r.Docking)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && d.Camera != r.Camera:
		return fieldErrorf("docking", "camera %.64s has no docking %.40q", r.Camera, r.Docking)
	case err != nil:
		return err
	}
	r.Bay = d.Bay
	return nil
}

func setIfEmpty(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

// extensionFor is the extension that granting r would make, as far as it can be
// one. Without a clip it reaches back to when the camera was taken last before
// it came back: by its return, or by the docking if somebody put the return
// later than that.
func (s *Store) extensionFor(r *Request, now time.Time) (*Extension, error) {
	d, err := s.Docking(r.Docking)
	if err != nil {
		return nil, err
	}
	e := &Extension{Camera: r.Camera, Clip: r.Clip, Reason: r.Reason, Returned: r.Returned, Note: r.Note}
	// Just before the docking: that may have ended, for all that is known, at once.
	return e, s.checkExtension(e, earlier(r.Returned, d.DockedAt.Add(-time.Millisecond)), now)
}

// checkNeed refuses a request for what is in time or excused already.
func (s *Store) checkNeed(r *Request, e *Extension) error {
	errNeed := errors.New("it is needed")
	err := s.db.View(func(tx *bolt.Tx) error {
		return eachAffected(tx, e, func(c *Clip) error {
			s.Present(c, r.AskedAt)
			if c.Deadline != OnTime && c.Deadline != Excused {
				return errNeed // one is enough: there may be many
			}
			return nil
		})
	})
	switch {
	case errors.Is(err, errNeed):
		return nil
	case err != nil:
		return err
	case r.Clip != "":
		return fieldErrorf("clip", "it is in time, or excused already")
	}
	return fieldErrorf("returned", "no clip of the camera that was recorded by %s is late", r.Returned.Format(time.RFC3339))
}
