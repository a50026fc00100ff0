package mtp

import (
	"reflect"
	"testing"
)

// What a phase is as a container, it is again when that is parsed: as many
// parameters as it may have, and as came whole.
func TestPhaseContainers(t *testing.T) {
	five := []uint32{1, 2, 3, 4, 0xFFFFFFFF}
	for _, tt := range []struct {
		phase interface{ Append([]byte) []byte }
		parse func(Container, []byte) any
		size  int
	}{
		{Request{OpGetPartialObject64, 7, five}, func(c Container, b []byte) any { return c.Request(b) }, 32},
		{Response{RespOK, 7, five}, func(c Container, b []byte) any { return c.Response(b) }, 32},
		{Response{RespAccessDenied, 7, nil}, func(c Container, b []byte) any { return c.Response(b) }, 12},
		{Event{EventObjectAdded, 0xFFFFFFFF, five[:3]}, func(c Container, b []byte) any { return c.Event(b) }, 24},
	} {
		b := tt.phase.Append(nil)
		c, err := ParseContainer(b)
		if err != nil || len(b) != tt.size || int(c.Length) != tt.size {
			t.Errorf("%+v became %x: %v", tt.phase, b, err)
			continue
		}
		if got := tt.parse(c, b[ContainerSize:]); !reflect.DeepEqual(got, any(tt.phase)) {
			t.Errorf("%+v became %+v", tt.phase, got)
		}
	}
	long := Request{Params: five}.Append(nil)
	long = append(long[ContainerSize:], 1, 2, 3, 4, 5)
	if got := (Container{}).Response(long).Params; len(got) != 5 {
		t.Errorf("a response with parameters %v", got)
	}
	if got := (Container{}).Event(long).Params; len(got) != 3 {
		t.Errorf("an event with parameters %v", got)
	}
	if got := (Container{}).Response(long[:7]).Params; len(got) != 1 {
		t.Errorf("seven bytes have parameters %v", got)
	}
}
