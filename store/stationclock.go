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

	bolt "go.etcd.io/bbolt"
)

// StationClock is what is doubtful about the station's own clock at some time.
// In truth it was then between Ahead before and Behind after what the clock
// said; both are zero when nobody confirms the clock and nothing speaks against
// it.
type StationClock struct {
	Reason string  `json:"reason"`
	Cause  *Cause  `json:"cause,omitempty"`  // the same, for words in another language
	Ahead  float64 `json:"ahead,omitempty"`  // seconds by which it may be fast
	Behind float64 `json:"behind,omitempty"` // seconds by which it may be slow
}

// ClockState is how far the station's clock is believed, as a fact: a restart
// makes it no better.
type ClockState struct {
	Doubt *StationClock `json:"doubt,omitempty"` // nil: nothing speaks against the clock
	By    string        `json:"by,omitempty"`    // who says so
	Note  string        `json:"note,omitempty"`  // and why
}

// IsWide reports whether the clock may be wrong, by what is known.
func (d *StationClock) IsWide() bool { return d != nil && (d.Ahead != 0 || d.Behind != 0) }

// KeepClock records how far the station's clock is believed from now on.
func (s *Store) KeepClock(state ClockState, now time.Time) error {
	what := "clock doubted"
	switch {
	case state.By != "":
		what = "clock confirmed"
	case state.Doubt == nil:
		what = "clock believed"
	}
	if err := s.lock(); err != nil {
		return fmt.Errorf("record %q: %w", what, err)
	}
	defer s.unlock()
	if err := s.commit(event{At: stamp(now), What: what, StationClock: &state}); err != nil {
		return fmt.Errorf("record %q: %w", what, err)
	}
	return nil
}

// KeptClock returns what was recorded last of the station's clock.
func (s *Store) KeptClock() (state ClockState, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		row, err := getRow[ClockState](tx, bucketMeta, keyStationClock)
		if err == nil {
			state = *row
		}
		return ignoreNotFound(err)
	})
	if err != nil {
		return state, fmt.Errorf("read the state of the station's clock: %w", err)
	}
	return state, nil
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
