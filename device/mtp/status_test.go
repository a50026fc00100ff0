package mtp

import (
	"context"
	"errors"
	"maps"
	"math"
	"testing"
	"testing/synctest"
	"time"
)

func TestBatteryLevelForms(t *testing.T) {
	u8 := func(n uint64) Value { return UintValue(TypeUint8, n) }
	in := func(typ DataType, now Value, form FormFlag, values ...Value) DevicePropDesc {
		d := DevicePropDesc{DevicePropertyCode: DevicePropBatteryLevel, DataType: typ, CurrentValue: now, FormFlag: form}
		switch form {
		case FormRange:
			d.MinimumValue, d.MaximumValue, d.StepSize = values[0], values[1], values[2]
		case FormEnumeration:
			d.SupportedValues = values
		}
		return d
	}
	for _, tt := range []struct {
		name string
		desc DevicePropDesc
		want float64
		ok   bool
	}{
		{"plain", in(TypeUint8, u8(42), FormNone), 0.42, true},
		{"empty is 0", in(TypeUint8, u8(0), FormNone), 0, true},
		{"too full", in(TypeUint8, u8(101), FormNone), 0, false},
		{"in its range", in(TypeUint8, u8(3), FormRange, u8(0), u8(4), u8(1)), 0.75, true},
		{"in a range from 1", in(TypeUint8, u8(1), FormRange, u8(1), u8(5), u8(1)), 0, true},
		{"above its range", in(TypeUint8, u8(5), FormRange, u8(0), u8(4), u8(1)), 0, false},
		{"in a range of nothing", in(TypeUint8, u8(50), FormRange, u8(0), u8(0), u8(0)), 0.5, true},
		{"one of a list", in(TypeUint8, u8(50), FormEnumeration, u8(100), u8(50), u8(0)), 0.5, true},
		{"one of a few levels", in(TypeUint8, u8(1), FormEnumeration, u8(0), u8(1), u8(2), u8(4)), 0.25, true},
		{"none of a list", in(TypeUint8, u8(51), FormEnumeration, u8(100), u8(50), u8(0)), 0, false},
		{"the only one of a list", in(TypeUint8, u8(50), FormEnumeration, u8(50)), 0.5, true},
		{"negative", in(TypeInt8, IntValue(TypeInt8, -1), FormNone), 0, false},
		{"a wider type", in(TypeUint32, UintValue(TypeUint32, 42), FormNone), 0.42, true},
		{"uMTP-Responder's", in(TypeUint16, UintValue(TypeUint16, 0x8000), FormNone), 0, false},
		{"huge", in(TypeUint64, UintValue(TypeUint64, math.MaxUint64), FormNone), 0, false},
		{"a string", in(TypeString, StringValue("42"), FormNone), 0, false},
		{"an array", in(TypeUint8|TypeArray, ArrayValue(TypeUint8, u8(42)), FormNone), 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := batteryLevel(tt.desc); got != tt.want || ok != tt.ok {
				t.Errorf("got %v, %v, want %v, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

// The description's current value is not believed where the value can be asked
// for: that of uMTP-Responder 1.3.10 is 0, and the value is unknown.
func TestBatteryLevelIsAskedFor(t *testing.T) {
	desc := DevicePropDesc{
		DevicePropertyCode: DevicePropBatteryLevel, DataType: TypeUint16,
		FactoryDefaultValue: UintValue(TypeUint16, 0), CurrentValue: UintValue(TypeUint16, 7),
	}
	for _, tt := range []struct {
		name      string
		described uint64
		says      []byte
		code      ResponseCode
		want      float64
		ok        bool
	}{
		{"another one", 7, []byte{42, 0}, RespOK, 0.42, true},
		{"empty", 7, []byte{0, 0}, RespOK, 0, true},
		{"none", 7, []byte{0, 0x80}, RespOK, 0, false},
		{"of another type", 7, []byte{42}, RespOK, 0.07, true},
		{"refused", 7, nil, RespAccessDenied, 0.07, true},
		{"not implemented", 7, nil, RespOperationNotSupported, 0.07, true},
		{"refused, and described as 0", 0, nil, RespAccessDenied, 0, false},
		{"not implemented, and described as 0", 0, nil, RespOperationNotSupported, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			desc.CurrentValue = UintValue(TypeUint16, tt.described)
			s := answers(func(r Request) ([]byte, ResponseCode) {
				if r.Operation == OpGetDevicePropDesc {
					return desc.Append(nil), RespOK
				}
				return tt.says, tt.code
			}).session(t, DeviceInfo{
				OperationsSupported:       []OperationCode{OpGetDevicePropDesc, OpGetDevicePropValue},
				DevicePropertiesSupported: []DevicePropCode{DevicePropBatteryLevel},
			})
			for range 2 {
				if got, ok, err := s.BatteryLevel(t.Context()); got != tt.want || ok != tt.ok || err != nil {
					t.Errorf("got %v, %v, %v, want %v, %v", got, ok, err, tt.want, tt.ok)
				}
			}
		})
	}
}

// While the value is waited for in vain, or the responder is busy, the description's
// stands. What does not answer is not asked again; to be busy, or to have had no time
// for it, says nothing of that, and whoever is not interested any more gets none.
func TestBatteryLevelHangs(t *testing.T) {
	desc := DevicePropDesc{
		DevicePropertyCode: DevicePropBatteryLevel, DataType: TypeUint8,
		FactoryDefaultValue: UintValue(TypeUint8, 0), CurrentValue: UintValue(TypeUint8, 7),
	}
	within := func(d time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
		return func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, d) }
	}
	for _, tt := range []struct {
		name  string
		code  ResponseCode
		with  func(context.Context) (context.Context, context.CancelFunc)
		err   error
		asks  bool // again
		known bool
	}{
		{"silence", 0, context.WithCancel, nil, false, true},
		{"busy", RespDeviceBusy, context.WithCancel, nil, true, true},
		{"silence to the end", 0, within(5 * time.Second), nil, false, true},
		{"busy to the end", RespDeviceBusy, within(5 * time.Second), nil, false, true},
		{"no time", 0, within(enoughWaited / 2), nil, true, true},
		{"cancelled", 0, func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(5*time.Second, cancel)
			return ctx, cancel
		}, context.Canceled, true, false},
		{"a lost session", RespSessionNotOpen, context.WithCancel, RespSessionNotOpen, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asked := map[OperationCode]int{}
				s := answers(func(r Request) ([]byte, ResponseCode) {
					asked[r.Operation]++
					if r.Operation == OpGetDevicePropDesc {
						return desc.Append(nil), RespOK
					}
					return nil, tt.code
				}).session(t, DeviceInfo{
					OperationsSupported:       []OperationCode{OpGetDevicePropDesc, OpGetDevicePropValue},
					DevicePropertiesSupported: []DevicePropCode{DevicePropBatteryLevel},
				})
				ctx, cancel := tt.with(t.Context())
				defer cancel()
				level, ok, err := s.BatteryLevel(ctx)
				if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) || ok != tt.known || ok && level != 0.07 {
					t.Errorf("%v, %v, %v, want %v, %v", level, ok, err, tt.known, tt.err)
				}
				before := maps.Clone(asked)
				ctx, cancel = within(5 * time.Second)(t.Context())
				defer cancel()
				s.BatteryLevel(ctx)
				if again := asked[OpGetDevicePropValue] > before[OpGetDevicePropValue]; again != tt.asks {
					t.Errorf("asked again: %v, want %v", again, tt.asks)
				}
			})
		})
	}
}

// clock is a responder with a clock that shows what it is set to.
func clock(t *testing.T, shows string, set func(text string) (shows string, code ResponseCode)) *Session {
	t.Helper()
	return answers(func(r Request) ([]byte, ResponseCode) {
		switch r.Operation {
		case OpGetDevicePropDesc:
			return DevicePropDesc{
				DevicePropertyCode: DevicePropDateTime, DataType: TypeString, GetSet: 1,
				FactoryDefaultValue: StringValue(""), CurrentValue: StringValue(shows),
			}.Append(nil), RespOK
		case OpSetDevicePropValue:
			var code ResponseCode
			shows, code = set(shows)
			return nil, code
		}
		return nil, RespOperationNotSupported
	}).session(t, DeviceInfo{
		OperationsSupported:       []OperationCode{OpGetDevicePropDesc, OpSetDevicePropValue},
		DevicePropertiesSupported: []DevicePropCode{DevicePropDateTime},
	})
}

// What a responder says of its clock, and how it is set in the same manner.
func TestDateTimeManners(t *testing.T) {
	east := time.FixedZone("", 8*3600)
	for _, tt := range []struct {
		says string
		ok   bool
		sets string
	}{
		{"20240101T000000", true, "20240229T235958"},
		{"20240101T000000.0", true, "20240229T235958.7"},
		{"20240101T000000.5+0800", true, "20240229T235958.7+0800"},
		{"20240101T000000-0330", true, "20240229T235958+0800"},
		{"20240101T000000Z", true, "20240229T155958Z"},
		{"20240101T000000.5Z", true, "20240229T155958.7Z"},
		{"20240230T000000", false, ""},
		{"", false, ""},
		{"now", false, ""},
	} {
		s := clock(t, tt.says, func(string) (string, ResponseCode) { return tt.sets, RespOK })
		c, ok, err := s.DateTime(t.Context())
		if err != nil || ok != tt.ok {
			t.Errorf("%q: %v, %v", tt.says, ok, err)
		}
		if !ok {
			continue
		}
		if err := s.SetDateTime(t.Context(), c, time.Date(2024, 2, 29, 23, 59, 58, 765e6, east)); err != nil {
			t.Errorf("%q: %v", tt.says, err)
		}
		pipe := s.transport.(*usbTransport).pipe.(*script)
		set := pipe.out[len(pipe.out)-2] // behind it the clock was read again
		if got, err := ParseString(set[ContainerSize:]); got != tt.sets || err != nil {
			t.Errorf("%q: set to %q, %v, want %q", tt.says, got, err, tt.sets)
		}
	}
}

// A clock is set when it shows what it was set to, whatever was said to that.
func TestDateTimeNotSet(t *testing.T) {
	const was, set = "20240101T000000", "20240229T235958"
	for _, tt := range []struct {
		shows string
		code  ResponseCode
		err   error
	}{
		{set, RespOK, nil},
		{"20240229T235958.3", RespOK, nil},
		{"20240301T000000", RespOK, nil},
		{"20240229T235950", RespOK, nil},
		{"20240229T155958Z", RespOK, nil}, // the same instant
		{was, RespOK, ErrNotSet},
		{"20240229T235930", RespOK, ErrNotSet},
		{"20240229T155958", RespOK, ErrNotSet},
		{"20240229T235958Z", RespOK, ErrNotSet},
		{"no date", RespOK, ErrNotSet},
		{was, RespAccessDenied, RespAccessDenied},
	} {
		s := clock(t, was, func(string) (string, ResponseCode) { return tt.shows, tt.code })
		c, _, err := s.DateTime(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		err = s.SetDateTime(t.Context(), c, time.Date(2024, 2, 29, 23, 59, 58, 0, time.FixedZone("", 8*3600)))
		if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
			t.Errorf("shows %q: %v, want %v", tt.shows, err, tt.err)
		}
	}
}
