package mtp

import (
	"fmt"
	"testing"
)

// A log says what the specification says, and the number of what it does not.
func TestCodeNames(t *testing.T) {
	for _, tt := range []struct {
		code fmt.Stringer
		want string
	}{
		{OpGetNumObjects, "GetNumObjects"},
		{OpGetPartialObject64, "GetPartialObject64"},
		{OpSkip, "Skip"},
		{OperationCode(0x9501), "operation 0x9501"},
		{RespSelfTestFailed, "SelfTestFailed"},
		{RespSpecificationOfDestinationUnsupported, "SpecificationOfDestinationUnsupported"},
		{RespObjectTooLarge, "ObjectTooLarge"},
		{ResponseCode(0xA001), "response 0xA001"},
		{EventUnreportedStatus, "UnreportedStatus"},
		{EventObjectReferencesChanged, "ObjectReferencesChanged"},
		{EventCode(0xC001), "event 0xC001"},
		{FormatAssociation, "Association"},
		{FormatCode(0xB982), "format 0xB982"},
		{DevicePropDateTime, "DateTime"},
		{DevicePropCode(0xD001), "device property 0xD001"},
		{ObjectPropObjectSize, "ObjectSize"},
		{ObjectPropAll, "all"},
		{ObjectPropCode(0xDC41), "object property 0xDC41"},
		{TypeUint8, "UINT8"},
		{TypeInt128, "INT128"},
		{TypeUint32 | TypeArray, "AUINT32"},
		{TypeString, "STR"},
		{DataType(0), "data type 0x0000"},
		{TypeArray, "data type 0x4000"},
	} {
		if got := tt.code.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
