package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// StationClock is what is doubtful about the station's own clock at some time.
// In truth it was then between Ahead before and Behind after what the clock
// said; both are zero when nobody confirms the clock and nothing speaks against
// it.
type StationClock struct {
	Reason string  `json:"reason"`
	Ahead  float64 `json:"ahead,omitempty"`  // seconds by which it may be fast
	Behind float64 `json:"behind,omitempty"` // seconds by which it may be slow
}

// Around returns between what times it was in truth when the clock said t. A
// clock that nobody doubts is nil.
func (d *StationClock) Around(t time.Time) (from, to time.Time) {
	if d == nil {
		return t, t
	}
	return t.Add(-time.Duration(d.Ahead * float64(time.Second))), t.Add(time.Duration(d.Behind * float64(time.Second)))
}

// DoubtClock says what is doubtful about the station's clock from now on, nil
// for nothing: clips that are not stored are judged with that in mind.
func (s *Store) DoubtClock(d *StationClock) { s.clock.Store(d) }

// LastFact returns the time of the last fact in the ledger, zero when there is
// none: a clock that says less has gone back.
func (s *Store) LastFact() (time.Time, error) {
	files, err := s.ledger.files()
	if err != nil || len(files) == 0 {
		return time.Time{}, err
	}
	f, err := os.Open(filepath.Join(s.ledger.dir, files[len(files)-1]))
	if err != nil {
		return time.Time{}, fmt.Errorf("read ledger: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return time.Time{}, fmt.Errorf("read ledger: %w", err)
	}
	tail := make([]byte, min(st.Size(), maxLine))
	if _, err := f.ReadAt(tail, st.Size()-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return time.Time{}, fmt.Errorf("read ledger: %w", err)
	}
	lines := bytes.Split(bytes.TrimRight(tail, "\n"), []byte("\n"))
	var last struct{ At time.Time }
	if json.Unmarshal(lines[len(lines)-1], &last) != nil {
		return time.Time{}, nil // it is damaged, which verify says
	}
	return last.At, nil
}
