package mtp_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device/mtp"
	"custodock/device/simcam"
)

const size = 100_000

// faulty is a session with a responder that has a file A.MP4 of size bytes.
func faulty(t *testing.T, p simcam.Profile, o mtp.Options) (*simcam.Responder, *mtp.Session, mtp.ObjectHandle) {
	t.Helper()
	r := responder(p, simcam.Storage{Files: []simcam.File{file("A.MP4", size), file("B.MP4", 10)}})
	s, _ := dock(t, r, o)
	found, _ := walk(t, s)
	return r, s, found["1:A.MP4"].Handle
}

// What a responder does wrong within a transaction is read past, or an error
// after which the session goes on.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault simcam.Fault
		err   error // nil: nobody notices
	}{
		{"split header", simcam.Fault{Kind: simcam.SplitHeader}, nil},
		{"one read", simcam.Fault{Kind: simcam.OneRead}, nil},
		{"no empty packet", simcam.Fault{Kind: simcam.NoEmptyPacket}, nil},
		{"stray zeros", simcam.Fault{Kind: simcam.StrayZeros, At: 3}, nil},
		{"many stray zeros", simcam.Fault{Kind: simcam.StrayZeros, At: 3000}, nil},
		{"stale response", simcam.Fault{Kind: simcam.StaleResponse}, nil},
		{"busy", simcam.Fault{Kind: simcam.Busy, Times: 3}, nil},
		{"busy for good", simcam.Fault{Kind: simcam.Busy}, mtp.RespDeviceBusy},
		{"wrong transaction", simcam.Fault{Kind: simcam.WrongTransaction}, mtp.ErrProtocol},
		{"wrong data", simcam.Fault{Kind: simcam.WrongDataID}, mtp.ErrProtocol},
		{"length too long", simcam.Fault{Kind: simcam.LyingLength, At: 5000}, mtp.RespIncompleteTransfer},
		{"length too short", simcam.Fault{Kind: simcam.LyingLength, At: -5000}, mtp.ErrMalformed},
		{"short", simcam.Fault{Kind: simcam.Short, At: 70_000}, mtp.RespIncompleteTransfer},
		{"halt before the data", simcam.Fault{Kind: simcam.Halt, At: 0}, mtp.RespIncompleteTransfer},
		{"halt within the data", simcam.Fault{Kind: simcam.Halt, At: 50_000}, mtp.RespIncompleteTransfer},
		{"halt before the response", simcam.Fault{Kind: simcam.Halt, At: size}, nil},
		{"silent at once", simcam.Fault{Kind: simcam.Silence, At: 0}, mtp.ErrTimeout},
		{"silent within the data", simcam.Fault{Kind: simcam.Silence, At: 50_000}, mtp.ErrTimeout},
		{"silent before the response", simcam.Fault{Kind: simcam.Silence, At: size}, mtp.ErrTimeout},
		{"dead", simcam.Fault{Kind: simcam.Dead, At: 50_000}, mtp.ErrTimeout},
		{"pulled", simcam.Fault{Kind: simcam.Pull, At: 50_000}, mtp.ErrDisconnected},
	} {
		for _, p := range simcam.Profiles() {
			t.Run(tt.name+"/"+p.Name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r, s, h := faulty(t, p, mtp.Options{})
					fault := tt.fault
					fault.Operation = mtp.OpGetObject
					r.Script(fault)
					var got bytes.Buffer
					start := time.Now()
					_, err := s.GetObject(t.Context(), h, size, &got)
					if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
						t.Fatalf("error %v, want %v", err, tt.err)
					}
					if took := time.Since(start); took > 30*time.Second {
						t.Errorf("took %v", took)
					}
					checkPrefix(t, got.Bytes(), tt.err == nil)
					r.Heal()
					checkGoesOn(t, s, h, tt.fault.Kind)
				})
			})
		}
	}
}

// checkPrefix holds that what came is the file, as far as it came.
func checkPrefix(t *testing.T, got []byte, whole bool) {
	t.Helper()
	want := make([]byte, size)
	if _, err := simcam.Pattern(size).ReadAt(want, 0); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(want, got) || whole && len(got) != size {
		t.Errorf("what came, %d bytes, is not the file", len(got))
	}
}

// checkGoesOn holds that the session works after a fault, or says that it does
// not.
func checkGoesOn(t *testing.T, s *mtp.Session, h mtp.ObjectHandle, kind simcam.Kind) {
	t.Helper()
	n, err := s.GetObject(t.Context(), h, size, io.Discard)
	switch kind {
	case simcam.Pull:
		if !errors.Is(err, mtp.ErrDisconnected) || !errors.Is(err, mtp.ErrBroken) {
			t.Errorf("after the pull: %v", err)
		}
	case simcam.Dead:
		if !errors.Is(err, mtp.ErrBroken) {
			t.Errorf("after its death: %v", err)
		}
	default:
		if n != size || err != nil {
			t.Errorf("after the fault: %d bytes, %v", n, err)
		}
	}
}

// A caller that goes away in the middle leaves a session that works.
func TestCallerGoesAway(t *testing.T) {
	for _, p := range simcam.Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, s, h := faulty(t, p, mtp.Options{})
				for _, after := range []int{0, 1, 50_000} {
					ctx, cancel := context.WithCancel(t.Context())
					start := time.Now()
					_, err := s.GetObject(ctx, h, size, stopAfter{after, cancel})
					if !errors.Is(err, context.Canceled) && !errors.Is(err, io.ErrClosedPipe) {
						t.Errorf("after %d bytes: %v", after, err)
					}
					if took := time.Since(start); took > 4*time.Second {
						t.Errorf("after %d bytes: took %v", after, took)
					}
					checkGoesOn(t, s, h, "")
				}
			})
		})
	}
}

// stopAfter is a writer that cancels and fails.
type stopAfter struct {
	n      int
	cancel context.CancelFunc
}

func (s stopAfter) Write(p []byte) (int, error) {
	s.cancel()
	return min(len(p), s.n), io.ErrClosedPipe
}

// A dead responder is reset, and answers a new session over the same transport.
func TestReopenAfterDeath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := responder(simcam.Android(), simcam.Storage{Files: []simcam.File{file("A.MP4", size)}})
		transport := mtp.NewUSBTransport(r.Dock(512), mtp.USBOptions{})
		s, err := mtp.Open(t.Context(), transport, mtp.Options{})
		if err != nil {
			t.Fatal(err)
		}
		r.Script(simcam.Fault{Kind: simcam.Dead, Operation: mtp.OpGetStorageIDs, Times: 1})
		if _, err := s.GetStorageIDs(t.Context()); !errors.Is(err, mtp.ErrTimeout) {
			t.Fatal(err)
		}
		if _, err := s.GetStorageIDs(t.Context()); !errors.Is(err, mtp.ErrBroken) {
			t.Fatal(err)
		}
		if s, err = mtp.Open(t.Context(), transport, mtp.Options{}); err != nil {
			t.Fatal(err)
		}
		if found, _ := walk(t, s); len(found) != 1 {
			t.Errorf("%d objects", len(found))
		}
	})
}

// What a session died of is not tried again in the next one, which knows of it.
func TestAbilitiesOutliveTheSession(t *testing.T) {
	list := func(t *testing.T, s *mtp.Session) error {
		n := 0
		err := s.Walk(t.Context(), func(mtp.Object) error { n++; return nil }, func(k mtp.Skipped) { t.Errorf("skipped %+v", k) })
		if err == nil && n != 4 {
			t.Errorf("%d objects", n)
		}
		return err
	}
	for _, tt := range []struct {
		profile simcam.Profile
		op      mtp.OperationCode
		use     func(t *testing.T, s *mtp.Session) error
	}{
		{simcam.Android(), mtp.OpGetObjectPropList, list},
		{simcam.QEMU(), mtp.OpGetObjectPropValue, list},
		{simcam.Android(), mtp.OpGetDevicePropDesc, func(t *testing.T, s *mtp.Session) error {
			_, ok, err := s.BatteryLevel(t.Context())
			if ok {
				t.Error("a battery that nobody told of")
			}
			return err
		}},
	} {
		t.Run(tt.op.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := responder(tt.profile, simcam.Storage{Files: []simcam.File{file("A.MP4", 5), file("DCIM/B.MP4", 6), file("DCIM/C.MP4", 7)}})
				r.Script(simcam.Fault{Kind: simcam.Dead, Operation: tt.op})
				transport, learned := mtp.NewUSBTransport(r.Dock(512), mtp.USBOptions{}), new(mtp.Abilities)
				for attempt := range 2 {
					s, err := mtp.Open(t.Context(), transport, mtp.Options{Abilities: learned})
					if err != nil {
						t.Fatal(err)
					}
					err = tt.use(t, s)
					if broke := errors.Is(err, mtp.ErrBroken); broke != (attempt == 0) || !broke && err != nil {
						t.Errorf("session %d: %v", attempt+1, err)
					}
				}
			})
		})
	}
}

// A responder that is dead when a session is opened is reset.
func TestOpenDead(t *testing.T) {
	for _, op := range []mtp.OperationCode{mtp.OpGetDeviceInfo, mtp.OpOpenSession} {
		for _, kind := range []simcam.Kind{simcam.Silence, simcam.Dead, simcam.WrongTransaction, simcam.Halt} {
			t.Run(op.String()+"/"+string(kind), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r := responder(simcam.Android())
					r.Script(simcam.Fault{Kind: kind, Operation: op, Times: 1})
					start := time.Now()
					s, err := mtp.Open(t.Context(), mtp.NewUSBTransport(r.Dock(512), mtp.USBOptions{}), mtp.Options{})
					if err != nil {
						t.Fatal(err)
					}
					if _, err := s.GetStorageIDs(t.Context()); err != nil || time.Since(start) > 15*time.Second {
						t.Errorf("%v after %v", err, time.Since(start))
					}
				})
			})
		}
	}
}

// One that stays dead is given up, in bounded time.
func TestOpenDeadForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := responder(simcam.Android())
		r.Script(simcam.Fault{Kind: simcam.Dead})
		start := time.Now()
		_, err := mtp.Open(t.Context(), mtp.NewUSBTransport(r.Dock(512), mtp.USBOptions{}), mtp.Options{})
		if err == nil || time.Since(start) > time.Minute {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// While one waits for its turn, its context may end.
func TestTurnHonoursContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, s, h := faulty(t, simcam.Android(), mtp.Options{Timeout: time.Hour})
		hit := make(chan struct{}, 1)
		r.Script(simcam.Fault{Kind: simcam.Stall, Operation: mtp.OpGetObject, At: 10, Hit: hit, Times: 1})
		done := make(chan error)
		go func() {
			_, err := s.GetObject(t.Context(), h, size, io.Discard)
			done <- err
		}()
		<-hit
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.GetStorageIDs(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the other: %v", err)
		}
		r.Resume()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// Lists without an end are ended.
func TestEndless(t *testing.T) {
	r, s, _ := faulty(t, simcam.Android(), mtp.Options{})
	r.Script(simcam.Fault{Kind: simcam.EndlessHandles})
	var skipped []mtp.Skipped
	err := s.Walk(t.Context(), func(mtp.Object) error { return nil }, func(k mtp.Skipped) { skipped = append(skipped, k) })
	if err != nil || len(skipped) != 1 || skipped[0].Reason != mtp.SkipTooMany {
		t.Errorf("skipped %v, %v", skipped, err)
	}
}

func TestLoop(t *testing.T) {
	for _, p := range simcam.Profiles() {
		r := responder(p, simcam.Storage{Files: []simcam.File{file("DCIM/100/A.MP4", 1)}})
		s, _ := dock(t, r, mtp.Options{})
		r.Script(simcam.Fault{Kind: simcam.Loop})
		found, skipped := walk(t, s)
		if _, ok := found["1:DCIM/100/A.MP4"]; !ok || len(found) != 3 {
			t.Errorf("%s: found %v", p.Name, found)
		}
		for _, k := range skipped {
			if k.Reason != mtp.SkipLoop {
				t.Errorf("%s: skipped %+v", p.Name, k)
			}
		}
		if len(skipped) != 2 {
			t.Errorf("%s: skipped %v", p.Name, skipped)
		}
	}
}
