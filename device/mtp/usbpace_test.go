package mtp

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// slow is a pipe to a responder that sends so many bytes a second, and from
// some byte on none.
type slow struct {
	*script
	rate int
	left int
}

func (s *slow) Receive(ctx context.Context, p []byte) (int, error) {
	n, err := s.script.Receive(ctx, p)
	took := time.Duration(n) * time.Second / time.Duration(s.rate)
	if s.left -= n; s.left < 0 {
		took = time.Hour
	}
	if err := pause(ctx, took); err != nil {
		return 0, err
	}
	return n, err
}

func slowSession(rate, left int, object string) (*slow, *Session) {
	pipe := answers(func(Request) ([]byte, ResponseCode) { return []byte(object), RespOK }).pipe()
	s := &slow{pipe, rate, left}
	session := newSession(NewUSBTransport(s, USBOptions{}), Options{})
	session.next = 1
	return s, session
}

// A responder that is slow is not a silent one, and is read at its pace; a fast
// one is read in large transfers.
func TestPace(t *testing.T) {
	object := string(make([]byte, 2<<20))
	for _, tt := range []struct{ rate, least, most int }{ // of a transfer in the middle
		{4_000, slowPace, slowPace},
		{20_000, 18_000, 22_000},
		{100_000, 90_000, 110_000},
		{1 << 20, defaultTransfer, defaultTransfer},
		{40 << 20, defaultTransfer, defaultTransfer},
	} {
		synctest.Test(t, func(t *testing.T) {
			pipe, s := slowSession(tt.rate, math.MaxInt32, object)
			n, err := s.GetObject(t.Context(), 1, int64(len(object)), io.Discard)
			if n != int64(len(object)) || err != nil {
				t.Fatalf("%d bytes a second: %d bytes, %v", tt.rate, n, err)
			}
			if read := pipe.reads[len(pipe.reads)/2-1]; read < tt.least || read > tt.most {
				t.Errorf("%d bytes a second: read %d at a time, want %d to %d", tt.rate, read, tt.least, tt.most)
			}
		})
	}
}

// Slowly or not, a silence is noticed; whoever turns out to be slower than
// thought is read with the next try; and whoever is fast again is read fast.
func TestPaceAfterSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		object := string(make([]byte, 1<<20))
		pipe, s := slowSession(20_000, 300_000, object)
		start := time.Now()
		_, err := s.GetObject(t.Context(), 1, int64(len(object)), io.Discard)
		if took := time.Since(start); !errors.Is(err, ErrTimeout) || took > 300_000/20_000*time.Second+25*time.Second {
			t.Errorf("%v after %v", err, took)
		}
		pipe.rate, pipe.left, pipe.in = 1_000, math.MaxInt32, nil
		if n, err := s.GetObject(t.Context(), 1, int64(len(object)), io.Discard); n != int64(len(object)) || err != nil {
			t.Errorf("slower: %d bytes, %v", n, err)
		}
		pipe.rate, pipe.reads = 40<<20, nil
		if _, err := s.GetObject(t.Context(), 1, int64(len(object)), io.Discard); err != nil || slices.Max(pipe.reads) != defaultTransfer {
			t.Errorf("faster: %v, reads of %v", err, pipe.reads)
		}
	})
}
