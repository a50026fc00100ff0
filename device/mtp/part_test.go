package mtp

import (
	"bytes"
	"errors"
	"io"
	"math"
	"slices"
	"testing"
	"testing/synctest"
)

// evidence is an object of 1000 bytes that all differ from their neighbours.
var evidence = func() []byte {
	b := make([]byte, 1000)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}()

// partOf gives a part of an object as a responder should.
func partOf(object []byte, offset, n uint64) ([]byte, ResponseCode) {
	offset = min(offset, uint64(len(object)))
	end := min(offset+n, uint64(len(object)))
	return append([]byte{}, object[offset:end]...), RespOK
}

func part32(object []byte, r Request) ([]byte, ResponseCode) {
	return partOf(object, uint64(r.Params[1]), uint64(r.Params[2]))
}

func part64(object []byte, r Request) ([]byte, ResponseCode) {
	return partOf(object, uint64(r.Params[2])<<32|uint64(r.Params[1]), uint64(r.Params[3]))
}

// nothing is no part at all, and no refusal.
func nothing([]byte, Request) ([]byte, ResponseCode) { return []byte{}, RespOK }

func refuse(code ResponseCode) func([]byte, Request) ([]byte, ResponseCode) {
	return func([]byte, Request) ([]byte, ResponseCode) { return nil, code }
}

// Parts come by whichever operation gives them, and what only says that it
// does is not believed.
func TestReadPart(t *testing.T) {
	type way = func([]byte, Request) ([]byte, ResponseCode)
	const part, part64bit = OpGetPartialObject, OpGetPartialObject64
	both := []OperationCode{part64bit, part}
	for _, tt := range []struct {
		name      string
		by64, by  way // nil is not announced
		object    []byte
		offset    int64
		want      int
		err       error
		asked     []OperationCode // in two reads of the same part
		supported []OperationCode // after that
	}{
		{"as it should be", part64, part32, evidence, 10, 100, nil, []OperationCode{part64bit, part64bit}, both},
		{"cmtp-responder", part32, part32, evidence, 10, 100, nil, []OperationCode{part64bit, part, part}, both[1:]},
		{"cmtp-responder beyond 4 GiB", part32, part32, evidence, 1<<32 + 10, 0, ErrUnsupported, both[:1], both[1:]},
		{"64 bits alone, and they give nothing", nothing, nil, evidence, 10, 0, ErrUnsupported, []OperationCode{part64bit, part64bit}, both[:1]},
		{"none gives anything", nothing, nothing, evidence, 10, 0, ErrUnsupported, append(both, both...), both},
		{"the end, at the first question", part64, part32, evidence, 1000, 0, nil, append(both, both...), both},
		{"an empty object", part64, part32, nil, 0, 0, nil, append(both, both...), both},
		{"not there", refuse(RespOperationNotSupported), part32, evidence, 10, 100, nil, []OperationCode{part64bit, part, part}, both[1:]},
		{"refused in another way", refuse(RespInvalidParameter), part32, evidence, 10, 100, nil, []OperationCode{part64bit, part, part}, both[1:]},
		{"both refused", refuse(RespGeneralError), refuse(RespUndefined), evidence, 10, 0, ErrUnsupported, append(both, both...), both},
		{"no such object", refuse(RespInvalidObjectHandle), part32, evidence, 10, 0, RespInvalidObjectHandle, []OperationCode{part64bit, part64bit}, both},
		{"32 bits alone", nil, part32, evidence, 10, 100, nil, []OperationCode{part, part}, both[1:]},
		{"32 bits alone, beyond them", nil, part32, evidence, 1 << 32, 0, ErrUnsupported, nil, both[1:]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			info := DeviceInfo{}
			ways := map[OperationCode]way{part64bit: tt.by64, part: tt.by}
			for _, op := range both {
				if ways[op] != nil {
					info.OperationsSupported = append(info.OperationsSupported, op)
				}
			}
			var asked []OperationCode
			s := answers(func(r Request) ([]byte, ResponseCode) {
				if ways[r.Operation] == nil {
					i := fileInfo("A.MP4", 0)
					i.ObjectCompressedSize = uint32(len(tt.object))
					return i.Append(nil), RespOK
				}
				asked = append(asked, r.Operation)
				return ways[r.Operation](tt.object, r)
			}).session(t, info)
			for range 2 {
				var got bytes.Buffer
				n, err := s.ReadPart(t.Context(), 1, tt.offset, 100, &got)
				if n != int64(tt.want) || !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
					t.Errorf("%d bytes, %v, want %d, %v", n, err, tt.want, tt.err)
				}
				if tt.want > 0 && !bytes.Equal(got.Bytes(), tt.object[tt.offset:int(tt.offset)+tt.want]) || got.Len() != tt.want {
					t.Errorf("other bytes than those at %d", tt.offset)
				}
			}
			if !slices.Equal(asked, tt.asked) {
				t.Errorf("asked %v, want %v", asked, tt.asked)
			}
			for _, op := range both {
				if s.Supports(op) != slices.Contains(tt.supported, op) {
					t.Errorf("supports %v: %v", op, s.Supports(op))
				}
			}
		})
	}
}

// What gave a byte once is believed when it has none: the end is not looked for
// in other ways.
func TestReadPartAtTheEnd(t *testing.T) {
	asked := 0
	s := answers(func(r Request) ([]byte, ResponseCode) {
		asked++
		return part64(evidence, r)
	}).session(t, DeviceInfo{OperationsSupported: []OperationCode{OpGetPartialObject64, OpGetPartialObject}})
	for _, tt := range []struct{ offset, want int64 }{{0, 100}, {950, 50}, {1000, 0}, {1 << 32, 0}, {math.MaxInt64 - 100, 0}} {
		if n, err := s.ReadPart(t.Context(), 1, tt.offset, 100, io.Discard); n != tt.want || err != nil {
			t.Errorf("at %d: %d bytes, %v, want %d", tt.offset, n, err, tt.want)
		}
	}
	if asked != 5 {
		t.Errorf("%d questions", asked)
	}
}

// A part that cannot be is not asked for.
func TestReadPartOutOfRange(t *testing.T) {
	s := answers(func(r Request) ([]byte, ResponseCode) {
		t.Errorf("asked %+v", r)
		return nil, RespOK
	}).session(t, DeviceInfo{OperationsSupported: []OperationCode{OpGetPartialObject64, OpGetPartialObject}})
	for _, offset := range []int64{-1, math.MinInt64, math.MaxInt64, math.MaxInt64 - 99} {
		if n, err := s.ReadPart(t.Context(), 1, offset, 100, io.Discard); n != 0 || err == nil {
			t.Errorf("at %d: %d bytes, %v", offset, n, err)
		}
	}
	if n, err := s.ReadPart(t.Context(), 1, 5, 0, io.Discard); n != 0 || err != nil {
		t.Errorf("no bytes: %d, %v", n, err)
	}
}

// An operation that hangs and never gave a byte is not asked again.
func TestReadPartHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := answers(func(r Request) ([]byte, ResponseCode) {
			if r.Operation == OpGetPartialObject64 {
				return nil, 0
			}
			return part32(evidence, r)
		}).session(t, DeviceInfo{OperationsSupported: []OperationCode{OpGetPartialObject64, OpGetPartialObject}})
		if n, err := s.ReadPart(t.Context(), 1, 10, 100, io.Discard); n != 0 || !errors.Is(err, ErrTimeout) {
			t.Errorf("first: %d bytes, %v", n, err)
		}
		if n, err := s.ReadPart(t.Context(), 1, 10, 100, io.Discard); n != 100 || err != nil {
			t.Errorf("then: %d bytes, %v", n, err)
		}
	})
}
