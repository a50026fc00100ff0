package mtp

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"slices"
	"testing"
)

// eventsOf are the events that arrive in these transfers.
func eventsOf(t *testing.T, in [][]byte) []Event {
	t.Helper()
	pipe := &script{packet: 512}
	for _, p := range in {
		pipe.events = append(pipe.events, transfer{data: p})
	}
	pipe.events = append(pipe.events, transfer{err: ErrDisconnected})
	tr := NewUSBTransport(pipe, USBOptions{TransferSize: 512}).(*usbTransport)
	var events []Event
	for {
		e, err := tr.ReceiveEvent(t.Context())
		if err != nil {
			return events
		}
		events = append(events, e)
		if len(tr.events) > maxEvent+64 {
			t.Fatalf("%d bytes are kept", len(tr.events))
		}
	}
}

// FuzzEventGarbage holds that of arbitrary transfers nothing becomes an event
// but what stands in them as one.
func FuzzEventGarbage(f *testing.F) {
	added := Event{EventObjectAdded, 0, []uint32{5}}.Append(nil)
	f.Add(slices.Concat([]byte{16}, added))
	f.Add(slices.Concat([]byte{8}, added[:8], []byte{8}, added[8:], []byte{12}, added[:12]))
	f.Add(slices.Concat([]byte{24}, added, []byte("garbage!")))
	f.Add([]byte(withLength("\x10"+string(added), 0x0C)))
	f.Fuzz(func(t *testing.T, b []byte) {
		var in [][]byte
		for len(b) > 0 {
			n := min(int(b[0]%65), len(b)-1)
			in = append(in, b[1:1+n])
			b = b[1+n:]
		}
		all := bytes.Join(in, nil)
		events := eventsOf(t, in)
		if len(events)*ContainerSize > len(all) {
			t.Fatalf("%d events in %d bytes", len(events), len(all))
		}
		for _, e := range events {
			if sent := e.Append(nil)[4:]; len(e.Params) > 3 || !bytes.Contains(all, sent) {
				t.Fatalf("%+v is not in %x", e, all)
			}
		}
	})
}

// FuzzEventParts holds that events arrive one and all, and in order, wherever
// their bytes are cut into transfers.
func FuzzEventParts(f *testing.F) {
	f.Add([]byte("\x01\x02\x40\x00\x00\x00\x00\x05\x00\x00\x00"), []byte{7})
	f.Add(bytes.Repeat([]byte("\x03\x08\x40\x01\x00\x00\x00abcdefghijkl"), 3), []byte{0, 4, 63})
	f.Add(bytes.Repeat([]byte("\x00\x0C\x40\x00\x00\x00\x00"), 9), []byte{24})
	f.Fuzz(func(t *testing.T, b, parts []byte) {
		want, sent := sentEvents(b)
		var in [][]byte
		rest := sent
		for i := 0; len(rest) > 0; i++ {
			n := len(rest)
			if len(parts) > 0 {
				n = int(parts[i%len(parts)]) + 1
			}
			n = min(n, len(rest), 64)
			if c, err := ParseContainer(rest[:n]); err == nil && c.Type == ContainerEvent && !startsEvent(want, len(sent)-len(rest)) {
				return // parameters that look like an event, and nobody can tell
			}
			in = append(in, rest[:n])
			rest = rest[n:]
		}
		if got := eventsOf(t, in); !reflect.DeepEqual(got, want) {
			t.Fatalf("sent %v\nas   %x\ngot  %v", want, in, got)
		}
	})
}

// sentEvents makes events of arbitrary bytes, and what a responder sends.
func sentEvents(b []byte) (events []Event, sent []byte) {
	for len(b) >= 7 {
		n := int(b[0] % 4)
		e := Event{Code: EventCode(binary.LittleEndian.Uint16(b[1:])), TransactionID: binary.LittleEndian.Uint32(b[3:])}
		b = b[7:]
		e.Params = parseParams(b, n)
		b = b[4*len(e.Params):]
		events = append(events, e)
		sent = e.Append(sent)
	}
	return events, sent
}

// startsEvent says that one of the events starts at this byte of what is sent.
func startsEvent(events []Event, at int) bool {
	start := 0
	for _, e := range events {
		if start == at {
			return true
		}
		start += len(e.Append(nil))
	}
	return false
}
