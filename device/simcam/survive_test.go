package simcam_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device/mtp"
	"custodock/device/simcam"
)

// after says what is of use after something went wrong.
type after int

const (
	sameSession after = iota
	newSession        // over the same plug
	newDocking
)

// TestSessionSurvives lets one thing go wrong in the reading of an object, and
// then reads it once more. Whatever happens, the session has an answer within
// a minute, and never says that all is well with less than the object.
func TestSessionSurvives(t *testing.T) {
	const half = 50_000
	for _, tt := range []struct {
		name  string
		fault simcam.Fault
		want  error // nil: the session reads past it
		after after
	}{
		{"header alone", simcam.Fault{Kind: simcam.SplitHeader}, nil, sameSession},
		{"data and response in one", simcam.Fault{Kind: simcam.OneRead}, nil, sameSession},
		{"no empty packet", simcam.Fault{Kind: simcam.NoEmptyPacket}, nil, sameSession},
		{"3 zeros", simcam.Fault{Kind: simcam.StrayZeros, At: 3}, nil, sameSession},
		{"12 zeros", simcam.Fault{Kind: simcam.StrayZeros, At: 12}, nil, sameSession},
		{"a packet of zeros", simcam.Fault{Kind: simcam.StrayZeros, At: 512}, nil, sameSession},
		{"a stale response", simcam.Fault{Kind: simcam.StaleResponse}, nil, sameSession},
		{"another's response", simcam.Fault{Kind: simcam.WrongTransaction}, mtp.ErrProtocol, sameSession},
		{"another's data", simcam.Fault{Kind: simcam.WrongDataID}, mtp.ErrProtocol, sameSession},
		{"a byte less than claimed", simcam.Fault{Kind: simcam.LyingLength, At: 1}, mtp.RespIncompleteTransfer, sameSession},
		{"11 bytes less than claimed", simcam.Fault{Kind: simcam.LyingLength, At: 11}, mtp.RespIncompleteTransfer, sameSession},
		{"13 bytes less than claimed", simcam.Fault{Kind: simcam.LyingLength, At: 13}, mtp.RespIncompleteTransfer, sameSession},
		{"half of what is claimed", simcam.Fault{Kind: simcam.LyingLength, At: 2 * half}, mtp.RespIncompleteTransfer, sameSession},
		{"a byte more than claimed", simcam.Fault{Kind: simcam.LyingLength, At: -1}, errAny, sameSession},
		{"twice what is claimed", simcam.Fault{Kind: simcam.LyingLength, At: -half}, errAny, sameSession},
		{"of unknown length", simcam.Fault{Kind: simcam.LyingLength, At: 1 << 40}, nil, sameSession},
		{"nothing but a header", simcam.Fault{Kind: simcam.Short}, mtp.RespIncompleteTransfer, sameSession},
		{"half of it", simcam.Fault{Kind: simcam.Short, At: half}, mtp.RespIncompleteTransfer, sameSession},
		{"halted at once", simcam.Fault{Kind: simcam.Halt}, mtp.RespIncompleteTransfer, sameSession},
		{"halted in the middle", simcam.Fault{Kind: simcam.Halt, At: half}, mtp.RespIncompleteTransfer, sameSession},
		{"silent at once", simcam.Fault{Kind: simcam.Silence}, mtp.ErrTimeout, sameSession},
		{"silent in the middle", simcam.Fault{Kind: simcam.Silence, At: half}, mtp.ErrTimeout, sameSession},
		{"dead at once", simcam.Fault{Kind: simcam.Dead}, mtp.ErrTimeout, newSession},
		{"dead in the middle", simcam.Fault{Kind: simcam.Dead, At: half}, mtp.ErrTimeout, newSession},
		{"pulled at once", simcam.Fault{Kind: simcam.Pull}, mtp.ErrDisconnected, newDocking},
		{"pulled in the middle", simcam.Fault{Kind: simcam.Pull, At: half}, mtp.ErrDisconnected, newDocking},
		{"busy", simcam.Fault{Kind: simcam.Busy}, nil, sameSession},
		{"not implemented", simcam.Fault{Kind: simcam.NotImplemented}, mtp.RespOperationNotSupported, sameSession},
	} {
		// The second size fills its last packet together with the header.
		for _, size := range []int64{2 * half, 200*512 - mtp.ContainerSize} {
			for _, p := range simcam.Profiles() {
				t.Run(fmt.Sprintf("%s/%s/%d", tt.name, p.Name, size), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						tt.fault.Operation, tt.fault.Times = mtp.OpGetObject, 1
						survive(t, p, size, tt.fault, tt.want, tt.after)
					})
				})
			}
		}
	}
}

// TestResponseInPlaceOfData: what is missing of the data is as much as the
// response has, which comes in a transfer of its own.
func TestResponseInPlaceOfData(t *testing.T) {
	fault := simcam.Fault{Kind: simcam.LyingLength, At: mtp.ContainerSize, Operation: mtp.OpGetObject, Times: 1}
	for _, size := range []int64{0, 1000, 200*512 - mtp.ContainerSize} {
		synctest.Test(t, func(t *testing.T) {
			survive(t, simcam.Android(), size, fault, mtp.RespIncompleteTransfer, sameSession)
		})
	}
}

// errAny is any error: the responder lies so that it cannot be known how.
var errAny = errors.New("an error")

func survive(t *testing.T, p simcam.Profile, size int64, fault simcam.Fault, want error, then after) {
	t.Helper()
	r := responder(p, []simcam.Storage{{Files: []simcam.File{{Path: "A.MP4", Size: size, Seed: 1}}}})
	plug := r.Dock(512)
	s := open(t, plug)
	object(t, s, p)
	r.Script(fault)
	start := time.Now()
	err := get(t, s, p, size)
	if took := time.Since(start); took > time.Minute {
		t.Errorf("it took %v", took)
	}
	if !errors.Is(err, want) && (err == nil || !errors.Is(want, errAny)) {
		t.Errorf("got %v, want %v", err, want)
	}
	switch then {
	case newDocking:
		plug = r.Dock(512)
		fallthrough
	case newSession:
		start := time.Now()
		s = open(t, plug)
		object(t, s, p)
		if took := time.Since(start); took > 0 {
			t.Errorf("a new session took %v: nothing is left to recover from", took)
		}
	}
	if err := get(t, s, p, size); err != nil {
		t.Errorf("read once more: %v", err)
	}
}

// object lists the root, without which some responders know no object.
func object(t *testing.T, s *mtp.Session, p simcam.Profile) {
	t.Helper()
	if _, err := s.GetObjectHandles(t.Context(), p.FirstStorage, 0, mtp.HandleRoot); err != nil {
		t.Fatal(err)
	}
}

// get reads the first object. No error means all of its bytes, and an error
// some of them: whatever was written is the object's.
func get(t *testing.T, s *mtp.Session, p simcam.Profile, size int64) error {
	t.Helper()
	var got bytes.Buffer
	n, err := s.GetObject(t.Context(), p.FirstHandle, size, &got)
	want := make([]byte, size)
	simcam.Pattern(1).ReadAt(want, 0)
	if err == nil && n != size || n != int64(got.Len()) || !bytes.HasPrefix(want, got.Bytes()) {
		t.Errorf("read %d bytes of %d, or other ones, with the error %v", n, size, err)
	}
	return err
}

// TestCancelInTheMiddle ends the wait of whoever reads, and goes on in the
// same session.
func TestCancelInTheMiddle(t *testing.T) {
	for _, p := range simcam.Profiles() {
		for _, busy := range []int64{0, 3} {
			t.Run(fmt.Sprintf("%s/%d", p.Name, busy), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					const size = 3 << 20
					r := responder(p, []simcam.Storage{{Files: []simcam.File{{Path: "A.MP4", Size: size, Seed: 1}}}})
					s := open(t, r.Dock(512))
					object(t, s, p)
					if busy > 0 {
						r.Script(simcam.Fault{Kind: simcam.BusyAfterCancel, At: busy, Times: 1})
					}
					ctx, cancel := context.WithCancel(t.Context())
					_, err := s.GetObject(ctx, p.FirstHandle, size, writeFunc(func(b []byte) (int, error) {
						cancel()
						return len(b), nil
					}))
					if !errors.Is(err, context.Canceled) {
						t.Errorf("cancelled: %v", err)
					}
					if err := get(t, s, p, size); err != nil {
						t.Errorf("read once more: %v", err)
					}
				})
			})
		}
	}
}

type writeFunc func([]byte) (int, error)

func (f writeFunc) Write(b []byte) (int, error) { return f(b) }

// TestHugeObject stops reading an object of which nobody could read all, and
// reads its end.
func TestHugeObject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size = 1 << 40
		p := simcam.Android()
		r := responder(p, []simcam.Storage{{Files: []simcam.File{{Path: "A.MP4", Size: size, Seed: 1}}}})
		s := open(t, r.Dock(512))
		object(t, s, p)
		enough := errors.New("enough")
		var n int64
		_, err := s.GetObject(t.Context(), p.FirstHandle, size, writeFunc(func(b []byte) (int, error) {
			if n += int64(len(b)); n > 8<<20 {
				return 0, enough
			}
			return len(b), nil
		}))
		if !errors.Is(err, enough) {
			t.Errorf("a writer that has enough: %v", err)
		}
		got, want := sha256.New(), sha256.New()
		if n, err := s.GetPartialObject64(t.Context(), p.FirstHandle, size-1000, 5000, got); n != 1000 || err != nil {
			t.Errorf("the end of it: %d bytes, %v", n, err)
		}
		io.Copy(want, io.NewSectionReader(simcam.Pattern(1), size-1000, 1000))
		if sum(got) != sum(want) {
			t.Error("the end of it is another")
		}
	})
}

// TestEndlessListIsBounded: the responder claims 4 billion handles, and sends
// them for as long as it is asked.
func TestEndlessListIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := simcam.Android()
		r := responder(p, []simcam.Storage{{}})
		s := open(t, r.Dock(512))
		r.Script(simcam.Fault{Kind: simcam.EndlessHandles, Times: 1})
		if _, err := s.GetObjectHandles(t.Context(), p.FirstStorage, 0, mtp.HandleRoot); !errors.Is(err, mtp.ErrTooLarge) {
			t.Errorf("got %v, want ErrTooLarge", err)
		}
		if _, err := s.GetObjectHandles(t.Context(), p.FirstStorage, 0, mtp.HandleRoot); err != nil {
			t.Errorf("once more: %v", err)
		}
	})
}

// TestOpenAfterADeadProgram finds a session that nobody closed, in which a
// transaction is half done.
func TestOpenAfterADeadProgram(t *testing.T) {
	for _, p := range simcam.Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const size = 100_000
				r := responder(p, []simcam.Storage{{Files: []simcam.File{{Path: "A.MP4", Size: size, Seed: 1}}}})
				w := &wire{r.Dock(512), t, 0}
				w.must(mtp.OpOpenSession, 1)
				w.must(mtp.OpGetObjectHandles, uint32(p.FirstStorage), 0, uint32(mtp.HandleRoot))
				w.request(mtp.OpGetObject, uint32(p.FirstHandle))
				w.read(1024)
				s := open(t, w.Plug)
				object(t, s, p)
				if err := get(t, s, p, size); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
