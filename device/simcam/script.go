package simcam

import (
	"math"
	"slices"
	"sync"

	"custodock/device/mtp"
)

// script is the faults that wait for one camera.
type script struct {
	mu      sync.Mutex
	faults  []*Fault
	resumed chan struct{} // closed by Resume; nil until somebody waits for it
}

// Script adds faults to those there are.
func (s *script) Script(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.faults = append(s.faults, &f)
	}
}

// Heal ends all faults and lets go of what is stalled.
func (s *script) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
	s.resume()
}

// Resume lets go of the reads and listings that are stalled now.
func (s *script) Resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resume()
}

func (s *script) resume() {
	if s.resumed != nil {
		close(s.resumed)
		s.resumed = nil
	}
}

// next returns where the nearest fault of some kinds lies at or after at, or
// nil.
func (s *script) next(path string, at int64, kinds ...Kind) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var next *Fault
	for _, f := range s.faults {
		if !slices.Contains(kinds, f.Kind) || f.Path != "" && f.Path != path || f.At < at {
			continue
		}
		if next == nil || f.At < next.At {
			next = f
		}
	}
	return next
}

// due uses up one of the times of the first fault of a kind that fits a
// transaction about path, or returns nil.
func (s *script) due(kind Kind, op mtp.OperationCode, path string) *Fault {
	return s.dueWithin(kind, op, path, 0, -1)
}

// dueWithin is due for faults whose At lies from from to to; -1 is no end.
func (s *script) dueWithin(kind Kind, op mtp.OperationCode, path string, from, to int64) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Kind != kind || f.Operation != 0 && f.Operation != op || f.Path != "" && f.Path != path {
			continue
		}
		if to < 0 || from <= f.At && f.At <= to {
			s.use(f)
			return f
		}
	}
	return nil
}

// count uses up one of a fault's times. It returns what Resume closes, taken
// before anybody is told of the hit.
func (s *script) count(f *Fault) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	resumed := s.resuming()
	s.use(f)
	return resumed
}

// pending says whether a fault of a kind waits, and leaves it waiting.
func (s *script) pending(kind Kind) bool { return s.next("", math.MinInt64, kind) != nil }

// resumption is what Resume closes.
func (s *script) resumption() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.resuming()
}

func (s *script) resuming() <-chan struct{} {
	if s.resumed == nil {
		s.resumed = make(chan struct{})
	}
	return s.resumed
}

func (s *script) use(f *Fault) {
	if f.Times--; f.Times == 0 {
		s.faults = slices.DeleteFunc(s.faults, func(o *Fault) bool { return o == f })
	}
	select {
	case f.Hit <- struct{}{}:
	default:
	}
}
