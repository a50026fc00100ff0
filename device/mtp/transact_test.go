package mtp

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Transaction IDs are 1 and so on; they wrap past 0xFFFFFFFF and 0.
func TestTransactionIDs(t *testing.T) {
	var got []uint32
	s := answers(func(r Request) ([]byte, ResponseCode) {
		got = append(got, r.TransactionID)
		return nil, RespOK
	}).session(t, DeviceInfo{})
	for _, next := range []uint32{0, 0, 0xFFFFFFFD, 0, 0} {
		if next != 0 {
			s.next = next
		}
		if err := s.DeleteObject(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []uint32{1, 2, 0xFFFFFFFD, 0xFFFFFFFE, 1} {
		if got[i] != want {
			t.Errorf("transaction %d has ID 0x%X, want 0x%X", i, got[i], want)
		}
	}
}

// The time that whoever gets the data takes is not the responder's.
func TestSlowWriterIsNoTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := answers(func(Request) ([]byte, ResponseCode) {
			return make([]byte, 1<<20), RespOK
		}).session(t, DeviceInfo{})
		w := writerFunc(func(p []byte) (int, error) {
			time.Sleep(time.Hour)
			return len(p), nil
		})
		if n, err := s.GetObject(t.Context(), 1, 1<<20, w); n != 1<<20 || err != nil {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
}

// A responder that trickles is not a silent one.
func TestTimeoutIsOfSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipe := &script{packet: 512}
		s := newSession(NewUSBTransport(pipe, USBOptions{TransferSize: 512}), Options{Timeout: 10 * time.Second})
		s.next = 7
		go func() {
			for _, tr := range transfers(dataContainer(7, text)[:512], dataContainer(7, text)[512:900], dataContainer(7, text)[900:], ok7) {
				time.Sleep(8 * time.Second)
				pipe.mu.Lock()
				pipe.in = append(pipe.in, tr)
				pipe.wake()
				pipe.mu.Unlock()
			}
		}()
		if n, err := s.GetObject(t.Context(), 1, 1000, io.Discard); n != 1000 || err != nil {
			t.Errorf("%d bytes, %v", n, err)
		}
		start := time.Now()
		_, err := s.GetStorageIDs(t.Context())
		if !errors.Is(err, ErrTimeout) || time.Since(start) < 10*time.Second || time.Since(start) > 13*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// What we do to a transaction is not held against the responder; what it does is.
func TestWhoseFaultIsLogged(t *testing.T) {
	full := errors.New("disk full")
	for _, tt := range []struct {
		name string
		do   func(ctx context.Context, s *Session) error
		want slog.Level
	}{
		{"the caller goes away", func(ctx context.Context, s *Session) error {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			_, err := s.GetStorageIDs(ctx)
			return err
		}, slog.LevelDebug},
		{"the caller cannot take it", func(ctx context.Context, s *Session) error {
			_, err := s.GetObject(ctx, 1, 1000, writerFunc(func([]byte) (int, error) { return 0, full }))
			return err
		}, slog.LevelDebug},
		{"it is silent", func(ctx context.Context, s *Session) error {
			_, err := s.GetStorageIDs(ctx)
			return err
		}, slog.LevelWarn},
		{"it sends too much", func(ctx context.Context, s *Session) error {
			_, err := s.GetPartialObject(ctx, 1, 0, 10, io.Discard)
			return err
		}, slog.LevelWarn},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log strings.Builder
				s := newSession(NewUSBTransport(answers(func(r Request) ([]byte, ResponseCode) {
					if r.Operation == OpGetStorageIDs {
						return nil, 0
					}
					return []byte(text), RespOK
				}).pipe(), USBOptions{}), Options{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
				if err := tt.do(t.Context(), s); err == nil {
					t.Error("no error")
				}
				if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "level="+tt.want.String()) {
					t.Errorf("logged %s, want one line of %v", got, tt.want)
				}
			})
		})
	}
}

// What is asked for in parts is never more than was asked for.
func TestPartialObjectTooLarge(t *testing.T) {
	s := answers(func(Request) ([]byte, ResponseCode) {
		return make([]byte, 101), RespOK
	}).session(t, DeviceInfo{OperationsSupported: []OperationCode{OpGetPartialObject64}})
	var w strings.Builder
	if n, err := s.ReadPart(t.Context(), 1, 0, 100, &w); !errors.Is(err, ErrTooLarge) || w.Len() != 0 {
		t.Errorf("%d bytes, %v", n, err)
	}
	if n, err := s.ReadPart(t.Context(), 1, 0, 101, &w); n != 101 || err != nil {
		t.Errorf("then: %d bytes, %v", n, err)
	}
}

// Datasets are not larger than they may be.
func TestDatasetTooLarge(t *testing.T) {
	s := answers(func(Request) ([]byte, ResponseCode) {
		return make([]byte, 2*maxDataset), RespOK
	}).session(t, DeviceInfo{})
	if _, err := s.GetObjectInfo(t.Context(), 1); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

func TestResponsesAreErrors(t *testing.T) {
	for _, tt := range []struct {
		code ResponseCode
		name string
		text string
	}{
		{RespDeviceBusy, "DeviceBusy", "DeviceBusy: the responder is busy"},
		{RespInvalidObjectPropCode, "InvalidObjectPropCode", "InvalidObjectPropCode: objects of this format do not have the property"},
		{0x2FFF, "response 0x2FFF", "response 0x2FFF"},
	} {
		if tt.code.String() != tt.name || tt.code.Error() != tt.text {
			t.Errorf("got %q, %q, want %q, %q", tt.code.String(), tt.code.Error(), tt.name, tt.text)
		}
		s := answers(func(Request) ([]byte, ResponseCode) { return nil, tt.code }).session(t, DeviceInfo{})
		s.busy = time.Nanosecond
		err := s.DeleteObject(t.Context(), 1)
		if !errors.Is(err, tt.code) || errors.Is(err, RespGeneralError) || err.Error() != "DeleteObject: "+tt.text {
			t.Errorf("got %v, want %v", err, tt.code)
		}
	}
	if got := OperationCode(0x9999).String() + ", " + OpGetPartialObject64.String() + ", " + EventStoreFull.String(); got != "operation 0x9999, GetPartialObject64, StoreFull" {
		t.Error(got)
	}
}

// Quirks tell their whole story, and are found by what they match.
func TestQuirks(t *testing.T) {
	for _, q := range knownQuirks() {
		if q.device == "" || q.symptom == "" || q.source == "" || q.handling == "" {
			t.Errorf("%+v lacks a part of its story", q)
		}
	}
	for _, tt := range []struct {
		info    DeviceInfo
		some    bool
		without bool
	}{
		{DeviceInfo{Manufacturer: "QEMU"}, true, false},
		{DeviceInfo{Manufacturer: "Viveris Technologies"}, true, true},
		{DeviceInfo{MTPExtensions: "microsoft.com: 1.0; android.com: 1.0;"}, true, false},
		{DeviceInfo{Manufacturer: "Acme"}, false, false},
	} {
		found := quirksOf(tt.info)
		s := answers(func(Request) ([]byte, ResponseCode) { return nil, RespOK }).session(t, tt.info)
		if (len(found) > 0) != tt.some || s.can(ability{OpGetObjectPropList, folderUse}) == tt.without {
			t.Errorf("%+v: %d quirks, lacks %v", tt.info, len(found), s.abilities.lacks)
		}
	}
}
