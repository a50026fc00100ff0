package store

import (
	"fmt"
	"time"
)

// Note is something that a person wrote down.
type Note struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	Text string    `json:"text"`
}

// NoteInterruption keeps the written reason for which the recording before a
// clip was broken off (Article 12). One that is written later takes its place;
// the history has both.
func (s *Store) NoteInterruption(id, by, text string, now time.Time) (*Clip, error) {
	if err := s.lock(); err != nil {
		return nil, fmt.Errorf("note interruption: %w", err)
	}
	defer s.unlock()
	if s.isPublishing(id) {
		return nil, fmt.Errorf("note interruption before clip %.40q: %w", id, ErrCopying)
	}
	c, err := s.clip(id)
	if err != nil {
		return nil, err
	}
	c.Interruption = &Note{At: stamp(now), By: by, Text: text}
	c.History = append(c.History, Entry{At: stamp(now), What: "interruption explained", By: by, Note: text})
	if err := s.commit(event{At: stamp(now), What: "interruption explained", Clip: c}); err != nil {
		return nil, fmt.Errorf("note interruption: %w", err)
	}
	return c, nil
}
