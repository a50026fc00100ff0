package simcam_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"custodock/device/mtp"
	"custodock/device/simcam"
)

// bounded is a context that ends long after all should be done.
func bounded(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// openPTPIP opens our session with a responder in the network.
func openPTPIP(t *testing.T, address net.Addr) *mtp.Session {
	t.Helper()
	transport, err := simcam.DialPTPIP(bounded(t), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { transport.Close() })
	s, err := mtp.Open(bounded(t), transport, mtp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSessionOverPTPIP has our session find over another transport what is
// there: nothing above a Transport knows USB.
func TestSessionOverPTPIP(t *testing.T) {
	for _, p := range simcam.Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			storages := tree(p.OnlyASCII)
			if p.OneStorage {
				storages = storages[:1]
			}
			s := openPTPIP(t, servePTPIP(t, responder(p, storages)))
			compare(t, sessionFiles(t, s), held(p, storages))
			if c, ok, err := s.DateTime(t.Context()); ok && c.Settable {
				if err = s.SetDateTime(t.Context(), c, time.Now()); err != nil { // its data go out
					t.Error(err)
				}
			} else if err != nil {
				t.Error(err)
			}
			if _, err := s.GetDeviceStatus(t.Context()); !errors.Is(err, mtp.ErrUnsupported) {
				t.Errorf("the status, which is USB's: %v, want ErrUnsupported", err)
			}
		})
	}
}

func TestPTPIPProbe(t *testing.T) {
	transport, err := simcam.DialPTPIP(bounded(t), servePTPIP(t, responder(simcam.BarePTP(), tree(true))))
	if err != nil {
		t.Fatal(err)
	}
	defer transport.Close()
	if err := transport.Probe(bounded(t)); err != nil {
		t.Error(err)
	}
}

func TestPTPIPEvent(t *testing.T) {
	r := responder(simcam.BarePTP(), tree(true))
	s := openPTPIP(t, servePTPIP(t, r))
	r.Put(1, simcam.File{Path: "NEW.MP4"})
	if e, err := s.ReceiveEvent(bounded(t)); err != nil || e.Code != mtp.EventObjectAdded {
		t.Errorf("a new file is told as %v, %v", e.Code, err)
	}
}

// TestPTPIPCancel ends the transfer of an object that has no end in the time
// of a test.
func TestPTPIPCancel(t *testing.T) {
	const size = 1 << 50
	address := servePTPIP(t, responder(simcam.Android(), []simcam.Storage{{Files: []simcam.File{{Path: "A.MP4", Size: size}}}}))
	s := openPTPIP(t, address)
	ctx, cancel := context.WithCancel(bounded(t))
	var begun bytes.Buffer
	_, err := s.GetObject(ctx, 1, size, writer(func(p []byte) (int, error) {
		cancel()
		return begun.Write(p[:1])
	}))
	if !errors.Is(err, context.Canceled) || begun.Len() == 0 {
		t.Errorf("a cancelled transfer ends with %v after %d bytes", err, begun.Len())
	}
	if _, err := s.GetStorageIDs(bounded(t)); err != nil {
		t.Errorf("the next transaction: %v", err)
	}
	// The transaction 1 of the next initiator is not the one that was cancelled.
	if _, err := openPTPIP(t, address).GetStorageIDs(bounded(t)); err != nil {
		t.Errorf("the next initiator: %v", err)
	}
}

// TestPTPIPReset connects anew, to a responder that has no session then.
func TestPTPIPReset(t *testing.T) {
	transport, err := simcam.DialPTPIP(bounded(t), servePTPIP(t, responder(simcam.BarePTP(), tree(true))))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { transport.Close() }()
	for i := range 2 {
		code, err := openSession(bounded(t), transport)
		if err != nil || code != mtp.RespOK {
			t.Errorf("session %d: %v, %v", i, code, err)
		}
		if err := transport.Reset(bounded(t)); err != nil {
			t.Fatal(err)
		}
	}
}

func openSession(ctx context.Context, transport mtp.Transport) (mtp.ResponseCode, error) {
	r := mtp.Request{Operation: mtp.OpOpenSession, Params: []uint32{1}}
	if err := transport.SendRequest(ctx, r); err != nil {
		return 0, fmt.Errorf("request: %w", err)
	}
	answer, err := transport.ReceiveResponse(ctx, r)
	return answer.Code, err
}

type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }
