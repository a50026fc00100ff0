package mtp

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const (
	statusOK   = "\x04\x00\x01\x20"
	statusBusy = "\x04\x00\x19\x20"
)

func TestCancel(t *testing.T) {
	accepted := transfers("")
	busyTwice := transfers(statusBusy, statusBusy, statusOK)
	rest := strings.Repeat("x", 100<<10)
	for _, tt := range []struct {
		name     string
		controls map[byte][]transfer
		in       []transfer
		err      error
		within   time.Duration
		left     int // transfers that are not read
	}{
		{"stops at once", map[byte][]transfer{controlCancel: accepted, controlGetStatus: transfers(statusOK)}, nil, nil, 200 * time.Millisecond, 0},
		{"busy for a while", map[byte][]transfer{controlCancel: accepted, controlGetStatus: busyTwice}, transfers(rest), nil, time.Second, 0},
		{"busy for good", map[byte][]transfer{controlCancel: accepted, controlGetStatus: slices.Repeat(transfers(statusBusy), 1000)}, nil, ErrProtocol, 10 * time.Second, 0},
		{"status too short", map[byte][]transfer{controlCancel: accepted, controlGetStatus: transfers("\x02\x00")}, nil, nil, 200 * time.Millisecond, 0},
		{"refused, goes on to the end", nil, transfers(rest+rest, ok7, "of another time"), nil, time.Second, 1},
		{"refused, response behind whole packets", nil, transfers(rest[:64<<10]+ok7, "of another time"), nil, time.Second, 1},
		{"refused, then silent", nil, transfers(rest), nil, time.Second, 0},
		{"never stops", nil, slices.Repeat(transfers(rest), 1000), ErrProtocol, time.Second, 300},
		{"never stops sending nothing", nil, slices.Repeat(transfers(""), 100_000), ErrProtocol, time.Second, 80_000},
		{"halts", map[byte][]transfer{controlCancel: accepted}, []transfer{{err: ErrHalted}}, nil, time.Second, 0},
		{"halts for good", nil, slices.Repeat([]transfer{{err: ErrHalted}}, 100_000), ErrProtocol, time.Second, 80_000},
		{"pulled", nil, []transfer{{err: ErrDisconnected}}, ErrDisconnected, time.Second, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pipe := &script{packet: 512, in: tt.in, controls: tt.controls}
				tr := NewUSBTransport(pipe, USBOptions{})
				start := time.Now()
				err := tr.Cancel(t.Context(), request7)
				if !errors.Is(err, tt.err) || tt.err == nil && err != nil {
					t.Errorf("error %v, want %v", err, tt.err)
				}
				if took := time.Since(start); took > tt.within {
					t.Errorf("took %v", took)
				}
				if got := hex.EncodeToString(pipe.out[0]); got != "014007000000" || pipe.asked[0] != controlCancel {
					t.Errorf("asked %x with %s", pipe.asked[0], got)
				}
				if len(pipe.in) < tt.left || tt.left < 2 && len(pipe.in) != tt.left {
					t.Errorf("%d transfers are not read, want %d", len(pipe.in), tt.left)
				}
			})
		})
	}
}

// What a cancelled transaction still says later is passed over.
func TestCancelThenGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r8 := Request{Operation: OpGetObject, TransactionID: 8}
		pipe := &script{packet: 512, in: transfers(dataContainer(7, text)[:512])}
		tr := NewUSBTransport(pipe, USBOptions{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := transact(ctx, tr, -1); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		if err := tr.Cancel(t.Context(), request7); err != nil {
			t.Fatal(err)
		}
		pipe.in = transfers(responseContainer(7, RespTransactionCancelled), dataContainer(8, "a"), responseContainer(8, RespOK))
		w := &countingWriter{}
		if n, err := tr.ReceiveData(t.Context(), r8, w, -1); n != 1 || err != nil {
			t.Fatalf("%d bytes, %v", n, err)
		}
		if resp, err := tr.ReceiveResponse(t.Context(), r8); err != nil || resp.TransactionID != 8 {
			t.Errorf("%+v, %v", resp, err)
		}
	})
}

// The event that confirms a cancellation is read away, and no other.
func TestCancelEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		confirms := string(Event{Code: EventCancelTransaction, TransactionID: 7}.Append(nil))
		added := string(Event{Code: EventObjectAdded, Params: []uint32{1}}.Append(nil))
		for _, in := range [][]transfer{transfers(confirms, added), transfers(added)} {
			pipe := &script{packet: 512, events: in}
			tr := NewUSBTransport(pipe, USBOptions{})
			if err := tr.Cancel(t.Context(), request7); err != nil {
				t.Fatal(err)
			}
			if e, err := tr.ReceiveEvent(t.Context()); err != nil || e.Code != EventObjectAdded {
				t.Errorf("%v, %v", e.Code, err)
			}
		}
	})
}

// Events that nobody receives while transactions are cancelled are kept, in
// order: the last of them, not all that ever came.
func TestCancelKeepsEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipe := &script{packet: 512}
		tr := NewUSBTransport(pipe, USBOptions{})
		for n := range uint32(maxTold + 2) {
			pipe.events = append(pipe.events, transfer{data: Event{Code: EventObjectAdded, Params: []uint32{n}}.Append(nil)})
			if err := tr.Cancel(t.Context(), request7); err != nil {
				t.Fatal(err)
			}
		}
		pipe.events = append(pipe.events, transfer{data: Event{Code: EventStoreFull}.Append(nil)})
		for n := range uint32(maxTold) {
			if e, err := tr.ReceiveEvent(t.Context()); err != nil || e.Code != EventObjectAdded || e.Params[0] != n+2 {
				t.Errorf("got %v, %v, want object %d", e, err, n+2)
			}
		}
		if e, err := tr.ReceiveEvent(t.Context()); err != nil || e.Code != EventStoreFull {
			t.Errorf("then %v, %v", e, err)
		}
	})
}

// Cancel ends with its context, also against a responder that sends on.
func TestCancelEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipe := &script{packet: 512, controls: map[byte][]transfer{controlGetStatus: slices.Repeat(transfers(statusBusy), 1000)}}
		tr := NewUSBTransport(pipe, USBOptions{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if err := tr.Cancel(ctx, request7); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// Reset asks the class first, and the port if that was refused or did not help.
func TestReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipe := &script{packet: 512}
		tr := NewUSBTransport(pipe, USBOptions{})
		for i, step := range []struct {
			accepts, works bool
			resets         int
		}{
			{false, false, 1}, // refused: the port
			{true, false, 2},  // asked before, in vain: the port
			{true, true, 3},
			{true, true, 3}, // it worked in between: the class
			{true, true, 3},
		} {
			pipe.controls = nil
			if step.accepts {
				pipe.controls = map[byte][]transfer{controlReset: transfers("")}
			}
			if err := tr.Reset(t.Context()); err != nil || pipe.resets != step.resets {
				t.Errorf("step %d: %d resets of the port, %v, want %d", i, pipe.resets, err, step.resets)
			}
			if step.works {
				pipe.in = transfers(ok7)
				if _, err := tr.ReceiveResponse(t.Context(), request7); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
