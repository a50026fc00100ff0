package mtp

import (
	"encoding/binary"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// parts makes transfers of arbitrary bytes: of a length below 128, of whole
// packets of 64 bytes, or an error.
func parts(b []byte) (in []transfer) {
	for len(b) > 0 {
		n := int(b[0])
		b = b[1:]
		switch {
		case n == 255:
			in = append(in, transfer{err: ErrHalted})
		case n == 254:
			in = append(in, transfer{err: ErrIO})
		case n >= 128:
			in = append(in, transfer{data: make([]byte, (n-127)*64)})
		default:
			n = min(n, len(b))
			in = append(in, transfer{data: b[:n]})
			b = b[n:]
		}
	}
	return in
}

func part(s string) string { return string([]byte{byte(len(s))}) + s }

// FuzzCancel holds that Cancel ends, whatever a responder says meanwhile, and
// that it leaves nothing behind which the next transaction could take for its
// own.
func FuzzCancel(f *testing.F) {
	late := responseContainer(7, RespTransactionCancelled)
	f.Add(true, []byte(part(statusBusy)+part(statusOK)), []byte(part(text[:100])+"\xFD"+part(late)), []byte(nil))
	f.Add(true, []byte(part(statusBusy[:3])), []byte("\xFF\xFF"), Event{Code: EventCancelTransaction, TransactionID: 7}.Append(nil))
	f.Add(false, []byte("\xFE\xFF"), []byte("\x00\x00\xFD"), Event{Code: EventObjectRemoved, Params: []uint32{1}}.Append(nil))
	f.Add(false, []byte(part(statusOK)), []byte("\xFE"), []byte("\x18\x00\x00\x00\x04\x00"))
	f.Fuzz(func(t *testing.T, taken bool, statuses, sent, event []byte) {
		synctest.Test(t, func(t *testing.T) {
			pipe := &script{packet: 64, in: parts(sent), controls: map[byte][]transfer{controlGetStatus: parts(statuses)}}
			if taken {
				pipe.controls[controlCancel] = transfers("")
			}
			if len(event) > 0 {
				pipe.events = []transfer{{data: event[:min(len(event), 64)]}}
			}
			tr := NewUSBTransport(pipe, USBOptions{TransferSize: 4096})
			checkStatus(t, tr, pipe.controls[controlGetStatus])
			start := time.Now()
			err := tr.Cancel(t.Context(), request7)
			if took := time.Since(start); took > maxBusy*(busyPause+drainQuietUntold)+eventWait {
				t.Errorf("took %v", took)
			}
			if err != nil {
				if !errors.Is(err, ErrProtocol) && !errors.Is(err, ErrIO) {
					t.Errorf("error %v", err)
				}
				return
			}
			checkNext(t, tr, pipe)
		})
	})
}

// checkStatus takes the first answer for what it is: a status, or none.
func checkStatus(t *testing.T, tr Transport, answers []transfer) {
	code, err := tr.(StatusReader).Status(t.Context())
	switch {
	case len(answers) > 0 && answers[0].err != nil:
		if !errors.Is(err, answers[0].err) {
			t.Errorf("status: error %v, want %v", err, answers[0].err)
		}
	case len(answers) == 0, len(answers[0].data) < 4:
		if !errors.Is(err, ErrHalted) {
			t.Errorf("a status that is none: 0x%X, %v", uint16(code), err)
		}
	case err != nil || code != ResponseCode(binary.LittleEndian.Uint16(answers[0].data[2:])):
		t.Errorf("status 0x%X, %v, of %x", uint16(code), err, answers[0].data)
	}
}

// checkNext does the transaction after one that was cancelled, and waits for
// an event.
func checkNext(t *testing.T, tr Transport, pipe *script) {
	r8 := Request{Operation: OpGetObject, TransactionID: 8}
	pipe.in = transfers(dataContainer(8, "abc"), responseContainer(8, RespOK))
	if err := tr.SendRequest(t.Context(), r8); err != nil {
		t.Fatal(err)
	}
	w := &countingWriter{}
	if n, err := tr.ReceiveData(t.Context(), r8, w, -1); n != 3 || err != nil {
		t.Errorf("the next transaction: %d bytes, %v", n, err)
	}
	if resp, err := tr.ReceiveResponse(t.Context(), r8); err != nil || resp.Code != RespOK {
		t.Errorf("the next transaction: %+v, %v", resp, err)
	}
	pipe.events = append(pipe.events, transfer{data: Event{Code: EventStoreFull, TransactionID: 8}.Append(nil)}, transfer{err: ErrDisconnected})
	for {
		e, err := tr.ReceiveEvent(t.Context())
		if err != nil {
			t.Fatalf("the event after it: %v", err)
		}
		if e.Code == EventStoreFull && e.TransactionID == 8 {
			return
		}
	}
}
