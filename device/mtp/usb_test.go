package mtp

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestSendRequest(t *testing.T) {
	pipe := &script{packet: 512}
	tr := NewUSBTransport(pipe, USBOptions{})
	r := Request{Operation: OpGetObjectHandles, TransactionID: 0x01020304, Params: []uint32{0x10001, 0, 0xFFFFFFFF}}
	if err := tr.SendRequest(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	const want = "18000000" + "0100" + "0710" + "04030201" + "01000100" + "00000000" + "ffffffff"
	if got := hex.EncodeToString(pipe.out[0]); len(pipe.out) != 1 || got != want {
		t.Errorf("sent %s in %d transfers, want %s", got, len(pipe.out), want)
	}
}

// Parameters are sent, or it is said that they cannot be: an operation means
// something else without its last ones.
func TestSendRequestTooManyParams(t *testing.T) {
	for n, fits := range map[int]bool{0: true, 5: true, 6: false} {
		pipe := &script{packet: 512}
		err := NewUSBTransport(pipe, USBOptions{}).SendRequest(t.Context(), Request{OpGetObjectPropList, 1, make([]uint32, n)})
		if (err == nil) != fits || (len(pipe.out) == 1) != fits {
			t.Errorf("%d parameters: %v, sent %d times", n, err, len(pipe.out))
		}
	}
}

// Data goes out as one transfer on the wire, which ends with a short packet.
func TestSendData(t *testing.T) {
	for _, tt := range []struct {
		size  int
		sends []int
	}{
		{0, []int{12}},
		{100, []int{112}},
		{500, []int{512, 0}},
		{1012, []int{1024, 0}},
		{1013, []int{1024, 1}},
		{2036, []int{1024, 1024, 0}},
	} {
		pipe := &script{packet: 512}
		tr := NewUSBTransport(pipe, USBOptions{TransferSize: 1024})
		payload := strings.Repeat("x", tt.size)
		if err := tr.SendData(t.Context(), request7, strings.NewReader(payload), int64(tt.size)); err != nil {
			t.Fatal(err)
		}
		var sizes []int
		for _, p := range pipe.out {
			sizes = append(sizes, len(p))
		}
		if !slices.Equal(sizes, tt.sends) {
			t.Errorf("%d bytes went out as %v, want %v", tt.size, sizes, tt.sends)
		}
		if got := string(bytes.Join(pipe.out, nil)); got != dataContainer(7, payload) {
			t.Errorf("%d bytes: sent %q", tt.size, got)
		}
	}
}

func TestSendDataTooShort(t *testing.T) {
	tr := NewUSBTransport(&script{packet: 512}, USBOptions{})
	if err := tr.SendData(t.Context(), request7, strings.NewReader("abc"), 4); err == nil {
		t.Error("3 bytes went for 4")
	}
}

func TestSendHalted(t *testing.T) {
	pipe := &script{packet: 512, sendErrs: []error{ErrHalted}}
	tr := NewUSBTransport(pipe, USBOptions{})
	if err := tr.SendRequest(t.Context(), request7); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(pipe.cleared, []Endpoint{BulkOut}) || len(pipe.out) != 1 {
		t.Errorf("cleared %v, sent %d times", pipe.cleared, len(pipe.out))
	}
}

func TestEvents(t *testing.T) {
	added := string(Event{EventObjectAdded, 0, []uint32{5}}.Append(nil))
	full := string(Event{EventStoreFull, 3, nil}.Append(nil))
	for _, tt := range []struct {
		name string
		in   []transfer
		want []EventCode
	}{
		{"one each", transfers(added, full), []EventCode{EventObjectAdded, EventStoreFull}},
		{"two at once", transfers(added + full), []EventCode{EventObjectAdded, EventStoreFull}},
		{"split", transfers(added[:8], added[8:], full), []EventCode{EventObjectAdded, EventStoreFull}},
		{"split at the length", transfers(added[:2], added[2:]), []EventCode{EventObjectAdded}},
		{"garbage behind", transfers(added+"garbage!", full), []EventCode{EventObjectAdded, EventStoreFull}},
		{"garbage behind, then a split one", transfers(added+"garbage!", full[:8], full[8:]), []EventCode{EventObjectAdded, EventStoreFull}},
		{"zeros behind", transfers(added+"\x00\x00\x00\x00\x00\x00\x00\x00", full), []EventCode{EventObjectAdded, EventStoreFull}},
		{"only garbage", transfers("what is this, what is this", full), []EventCode{EventStoreFull}},
		{"half of one, then another", transfers(added[:12], full), []EventCode{EventStoreFull}},
		{"a response", transfers(ok7, full), []EventCode{EventStoreFull}},
		{"a lying length", transfers(withLength(full, 0xFFFFFFF0), added), []EventCode{EventObjectAdded}},
		{"empty", transfers("", "", full), []EventCode{EventStoreFull}},
		{"halted", append([]transfer{{err: ErrHalted}}, transfers(full)...), []EventCode{EventStoreFull}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				tr := NewUSBTransport(&script{packet: 512, events: tt.in}, USBOptions{})
				var got []EventCode
				for {
					e, err := tr.ReceiveEvent(ctx)
					if err != nil {
						if !errors.Is(err, context.DeadlineExceeded) {
							t.Error(err)
						}
						break
					}
					if e.Code == EventObjectAdded && !slices.Equal(e.Params, []uint32{5}) {
						t.Errorf("parameters %v", e.Params)
					}
					got = append(got, e.Code)
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("got %v, want %v", got, tt.want)
				}
			})
		})
	}
}
