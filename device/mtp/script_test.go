package mtp

import (
	"context"
	"sync"
)

// transfer is what a responder sends at a time, or the error it makes instead.
// A transfer of whole packets does not end by itself: the next one goes on
// with it, and an empty one ends it.
type transfer struct {
	data []byte
	err  error
}

// script is a [Pipe] to a responder that does what a test wrote down. Where
// nothing is written, it is silent.
type script struct {
	packet int

	mu       sync.Mutex
	in       []transfer                // BulkIn
	events   []transfer                // Interrupt
	controls map[byte][]transfer       // by request; none left is a refusal
	sendErrs []error                   // of Send, one after the other
	sent     func(s *script, p []byte) // told of each Send

	out     [][]byte // all that was sent
	asked   []byte   // the control requests that came
	cleared []Endpoint
	resets  int
	reads   []int         // how much was asked for
	more    chan struct{} // closed when more is written
}

// wake tells a read that waits of more that was written.
func (s *script) wake() {
	if s.more != nil {
		close(s.more)
		s.more = nil
	}
}

func (s *script) PacketSize() int { return s.packet }

func (s *script) Receive(ctx context.Context, p []byte) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	s.reads = append(s.reads, len(p))
	s.mu.Unlock()
	for n := 0; ; {
		took, ended, more, err := s.receive(p[n:])
		if n += took; ended || err != nil {
			return n, err
		}
		select {
		case <-more:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// receive takes what there is. If the read has not ended, it goes on when more
// is closed.
func (s *script) receive(p []byte) (n int, ended bool, more chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.in) > 0 {
		t := &s.in[0]
		if err := t.err; err != nil {
			s.in = s.in[1:]
			return 0, true, nil, err
		}
		short := len(t.data)%s.packet != 0 || len(t.data) == 0
		took := copy(p[n:], t.data)
		n += took
		if t.data = t.data[took:]; len(t.data) == 0 {
			s.in = s.in[1:]
			if short {
				return n, true, nil, nil
			}
		}
		if n == len(p) {
			return n, true, nil, nil
		}
	}
	if s.more == nil {
		s.more = make(chan struct{})
	}
	return n, false, s.more, nil
}

func (s *script) Send(_ context.Context, p []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sendErrs) > 0 {
		err := s.sendErrs[0]
		s.sendErrs = s.sendErrs[1:]
		if err != nil {
			return err
		}
	}
	s.out = append(s.out, append([]byte{}, p...))
	if s.sent != nil {
		s.sent(s, p)
	}
	return nil
}

func (s *script) ReceiveInterrupt(ctx context.Context, p []byte) (int, error) {
	s.mu.Lock()
	if len(s.events) > 0 {
		t := s.events[0]
		s.events = s.events[1:]
		s.mu.Unlock()
		return copy(p, t.data), t.err
	}
	s.mu.Unlock()
	<-ctx.Done()
	return 0, ctx.Err()
}

func (s *script) Control(_ context.Context, in bool, request byte, data []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, request)
	if !in {
		s.out = append(s.out, append([]byte{}, data...))
	}
	left := s.controls[request]
	if len(left) == 0 {
		return 0, ErrHalted
	}
	s.controls[request] = left[1:]
	return copy(data, left[0].data), left[0].err
}

func (s *script) ClearHalt(_ context.Context, e Endpoint) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cleared = append(s.cleared, e)
	return nil
}

func (s *script) Reset(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resets++
	return nil
}

func (s *script) Close() error { return nil }
