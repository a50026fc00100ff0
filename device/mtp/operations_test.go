package mtp

import (
	"errors"
	"testing"
)

// A property of the responder is described, read and set as its type has it.
func TestDeviceProp(t *testing.T) {
	desc := sampleRange
	s := answers(func(r Request) ([]byte, ResponseCode) {
		if DevicePropCode(r.Params[0]) != desc.DevicePropertyCode {
			return nil, RespDevicePropNotSupported
		}
		switch r.Operation {
		case OpGetDevicePropDesc:
			return desc.Append(nil), RespOK
		case OpGetDevicePropValue:
			return desc.CurrentValue.Append(nil), RespOK
		case OpSetDevicePropValue:
			return nil, RespOK
		}
		return nil, RespOperationNotSupported
	}).session(t, DeviceInfo{})
	code := desc.DevicePropertyCode
	d, err := s.GetDevicePropDesc(t.Context(), code)
	if err != nil || d.CurrentValue != desc.CurrentValue || d.MaximumValue != desc.MaximumValue {
		t.Errorf("description %+v, %v", d, err)
	}
	if v, err := s.GetDevicePropValue(t.Context(), code, d.DataType); err != nil || v != desc.CurrentValue {
		t.Errorf("value %v, %v", v, err)
	}
	if v, err := s.GetDevicePropValue(t.Context(), code, TypeUint64); !errors.Is(err, ErrMalformed) {
		t.Errorf("as another type: %v, %v", v, err)
	}
	if err := s.SetDevicePropValue(t.Context(), code, UintValue(d.DataType, 50)); err != nil {
		t.Error(err)
	}
	pipe := s.transport.(*usbTransport).pipe.(*script)
	if sent := pipe.out[len(pipe.out)-1][ContainerSize:]; len(sent) != 1 || sent[0] != 50 {
		t.Errorf("set to %x", sent)
	}
	for _, err := range []error{
		s.SetDevicePropValue(t.Context(), DevicePropDateTime, StringValue("")),
		second(s.GetDevicePropDesc(t.Context(), DevicePropDateTime)),
		second(s.GetDevicePropValue(t.Context(), DevicePropDateTime, TypeString)),
	} {
		if !errors.Is(err, RespDevicePropNotSupported) {
			t.Errorf("a property that is not there: %v", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// A responder is asked for its status beside all transactions, if the transport
// can, and it knows how.
func TestDeviceStatus(t *testing.T) {
	pipe := &script{packet: 512, controls: map[byte][]transfer{controlGetStatus: transfers(statusOK, statusBusy, "\x04")}}
	s := newSession(NewUSBTransport(pipe, USBOptions{}), Options{})
	for _, want := range []struct {
		code ResponseCode
		err  error
	}{{RespOK, nil}, {RespDeviceBusy, nil}, {0, ErrHalted}, {0, ErrHalted}} {
		if got, err := s.GetDeviceStatus(t.Context()); got != want.code || !errors.Is(err, want.err) {
			t.Errorf("got %v, %v, want %v, %v", got, err, want.code, want.err)
		}
	}
	s = newSession(struct{ Transport }{s.transport}, Options{})
	if got, err := s.GetDeviceStatus(t.Context()); !errors.Is(err, ErrUnsupported) {
		t.Errorf("no transport for it: %v, %v", got, err)
	}
}

// A session ends with the reset of its responder, which may refuse it.
func TestResetDevice(t *testing.T) {
	for _, code := range []ResponseCode{RespOK, RespOperationNotSupported} {
		asked := 0
		s := answers(func(r Request) ([]byte, ResponseCode) {
			asked++
			if r.Operation == OpResetDevice {
				return nil, code
			}
			return nil, RespOK
		}).session(t, DeviceInfo{})
		err := s.ResetDevice(t.Context())
		then := s.DeleteObject(t.Context(), 1)
		switch code {
		case RespOK:
			if err != nil || !errors.Is(then, ErrBroken) || asked != 1 {
				t.Errorf("reset: %v, then %v, asked %d times", err, then, asked)
			}
		default:
			if !errors.Is(err, code) || then != nil {
				t.Errorf("refused: %v, then %v", err, then)
			}
		}
	}
}
