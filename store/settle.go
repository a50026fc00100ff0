package store

import (
	"cmp"
	"fmt"
	"time"
)

// Settle grants a request, or refuses it. Granting records the extension, in
// the same fact. One that was settled before, or that cannot be granted, is a
// *FieldError; nothing is changed then.
func (s *Store) Settle(id string, granted bool, by, note string, now time.Time) (*Request, *Extension, Covered, error) {
	if err := s.lock(); err != nil {
		return nil, nil, Covered{}, fmt.Errorf("settle request: %w", err)
	}
	defer s.unlock()
	r, e, err := s.settlement(id, granted, by, note, stamp(now))
	if err == nil {
		err = s.commit(event{At: r.Settled.At, What: whatSettled, Request: r, Extension: e})
	}
	if err != nil {
		return nil, nil, Covered{}, fmt.Errorf("settle request: %w", err)
	}
	if e == nil {
		return r, nil, Covered{}, nil
	}
	covered, err := s.covered(e)
	return r, e, covered, err
}

func (s *Store) settlement(id string, granted bool, by, note string, now time.Time) (*Request, *Extension, error) {
	r, err := s.Request(id)
	if err != nil {
		return nil, nil, err
	}
	if done := r.Settled; done != nil {
		return nil, nil, fieldErrorf("id", "it was %s at %s by %s", done.As, done.At.Format(time.RFC3339), done.By)
	}
	if err := cmp.Or(checkText("by", by, true), checkText("note", note, !granted)); err != nil {
		return nil, nil, err
	}
	r.Settled = &Settlement{As: Refused, At: now, By: by, Note: note}
	if !granted {
		return r, nil, nil
	}
	e, err := s.extensionFor(r, now)
	if err != nil {
		return nil, nil, err
	}
	e.By = by
	if e.Note = r.Note; note != "" && r.Note != "" {
		e.Note += "; "
	}
	e.Note += note
	s.stampExtension(e, now)
	r.Settled.As, r.Settled.Extension = Granted, e.ID
	return r, e, nil
}
