package mtp

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/synctest"
)

// vendors is an operation that no method is for.
const vendors OperationCode = 0x9501

// Any operation can be done, with parameters and data either way.
func TestTransaction(t *testing.T) {
	response := responseContainer(7, RespOK, 5, 6)
	refusal := responseContainer(7, RespAccessDenied, 9)
	for _, tt := range []struct {
		name   string
		says   []transfer
		in     bool
		out    []byte
		sent   int // containers
		got    string
		params []uint32
		err    error
	}{
		{"no data", transfers(response), false, nil, 1, "", []uint32{5, 6}, nil},
		{"data in", transfers(dataContainer(7, "abc"), response), true, nil, 1, "abc", []uint32{5, 6}, nil},
		{"data out", transfers(response), false, []byte("xyz"), 2, "", []uint32{5, 6}, nil},
		{"empty data out", transfers(response), false, []byte{}, 2, "", []uint32{5, 6}, nil},
		{"refused", transfers(refusal), true, nil, 1, "", []uint32{9}, RespAccessDenied},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pipe := &script{packet: 512, in: tt.says}
			s := newSession(NewUSBTransport(pipe, USBOptions{}), Options{})
			s.next = 7
			var in io.Writer
			var got bytes.Buffer
			if tt.in {
				in = &got
			}
			resp, err := s.Transaction(t.Context(), vendors, []uint32{1, 2}, in, tt.out)
			if !errors.Is(err, tt.err) || !slices.Equal(resp.Params, tt.params) || got.String() != tt.got {
				t.Errorf("got %v, %q, %v, want %v, %q, %v", resp.Params, got.String(), err, tt.params, tt.got, tt.err)
			}
			if len(pipe.out) != tt.sent || string(pipe.out[0][ContainerSize:]) != "\x01\x00\x00\x00\x02\x00\x00\x00" {
				t.Fatalf("sent %x", pipe.out)
			}
			if tt.out != nil && string(pipe.out[1][ContainerSize:]) != string(tt.out) {
				t.Errorf("sent %x", pipe.out[1])
			}
		})
	}
}

// What the protocol has no room for is refused before anything is said.
func TestTransactionMisused(t *testing.T) {
	pipe := &script{packet: 512}
	s := newSession(NewUSBTransport(pipe, USBOptions{}), Options{})
	if _, err := s.Transaction(t.Context(), vendors, make([]uint32, 6), nil, nil); err == nil {
		t.Error("six parameters")
	}
	if _, err := s.Transaction(t.Context(), vendors, nil, io.Discard, []byte{}); err == nil {
		t.Error("data both ways")
	}
	if len(pipe.out)+len(pipe.asked) > 0 {
		t.Errorf("sent %x, asked %x", pipe.out, pipe.asked)
	}
}

// A transaction has the guarantees of the methods: a busy responder is asked
// again, and silence is cancelled, so that the next one works.
func TestTransactionGuarantees(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		s := answers(func(Request) ([]byte, ResponseCode) {
			asked++
			switch asked {
			case 1:
				return nil, RespDeviceBusy
			case 3:
				return nil, 0
			}
			return nil, RespOK
		}).session(t, DeviceInfo{})
		for i, want := range []error{nil, ErrTimeout, nil} {
			if resp, err := s.Transaction(t.Context(), vendors, nil, nil, nil); !errors.Is(err, want) || want == nil && resp.Code != RespOK {
				t.Errorf("transaction %d: %v, %v, want %v", i, resp, err, want)
			}
		}
		if asked != 4 {
			t.Errorf("asked %d times", asked)
		}
	})
}

// The number of objects is the response's parameter, and must be there.
func TestGetNumObjects(t *testing.T) {
	for _, tt := range []struct {
		says string
		want uint32
		err  error
	}{
		{responseContainer(7, RespOK, 3), 3, nil},
		{responseContainer(7, RespOK), 0, ErrMalformed},
		{responseContainer(7, RespInvalidStorageID, 3), 0, RespInvalidStorageID},
	} {
		pipe := &script{packet: 512, in: transfers(tt.says)}
		s := newSession(NewUSBTransport(pipe, USBOptions{}), Options{})
		s.next = 7
		n, err := s.GetNumObjects(t.Context(), 0x00010001, FormatAssociation, HandleRoot)
		if n != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("got %d, %v, want %d, %v", n, err, tt.want, tt.err)
		}
		want := Request{OpGetNumObjects, 7, []uint32{0x00010001, uint32(FormatAssociation), uint32(HandleRoot)}}.Append(nil)
		if !bytes.Equal(pipe.out[0], want) {
			t.Errorf("sent %x, want %x", pipe.out[0], want)
		}
	}
}
