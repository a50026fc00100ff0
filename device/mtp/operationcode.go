package mtp

import "fmt"

// OperationCode names an operation (MTP 1.1, appendices D and E).
type OperationCode uint16

// All operations of MTP 1.1. Those for which [Session] has no method are for
// its Transaction.
const (
	OpGetDeviceInfo             OperationCode = 0x1001
	OpOpenSession               OperationCode = 0x1002
	OpCloseSession              OperationCode = 0x1003
	OpGetStorageIDs             OperationCode = 0x1004
	OpGetStorageInfo            OperationCode = 0x1005
	OpGetNumObjects             OperationCode = 0x1006
	OpGetObjectHandles          OperationCode = 0x1007
	OpGetObjectInfo             OperationCode = 0x1008
	OpGetObject                 OperationCode = 0x1009
	OpGetThumb                  OperationCode = 0x100A
	OpDeleteObject              OperationCode = 0x100B
	OpSendObjectInfo            OperationCode = 0x100C
	OpSendObject                OperationCode = 0x100D
	OpInitiateCapture           OperationCode = 0x100E
	OpFormatStore               OperationCode = 0x100F
	OpResetDevice               OperationCode = 0x1010
	OpSelfTest                  OperationCode = 0x1011
	OpSetObjectProtection       OperationCode = 0x1012
	OpPowerDown                 OperationCode = 0x1013
	OpGetDevicePropDesc         OperationCode = 0x1014
	OpGetDevicePropValue        OperationCode = 0x1015
	OpSetDevicePropValue        OperationCode = 0x1016
	OpResetDevicePropValue      OperationCode = 0x1017
	OpTerminateOpenCapture      OperationCode = 0x1018
	OpMoveObject                OperationCode = 0x1019
	OpCopyObject                OperationCode = 0x101A
	OpGetPartialObject          OperationCode = 0x101B
	OpInitiateOpenCapture       OperationCode = 0x101C
	OpGetObjectPropsSupported   OperationCode = 0x9801
	OpGetObjectPropDesc         OperationCode = 0x9802
	OpGetObjectPropValue        OperationCode = 0x9803
	OpSetObjectPropValue        OperationCode = 0x9804
	OpGetObjectPropList         OperationCode = 0x9805
	OpSetObjectPropList         OperationCode = 0x9806
	OpGetInterdependentPropDesc OperationCode = 0x9807
	OpSendObjectPropList        OperationCode = 0x9808
	OpGetObjectReferences       OperationCode = 0x9810
	OpSetObjectReferences       OperationCode = 0x9811
	OpSkip                      OperationCode = 0x9820
)

// OpGetPartialObject64 is an operation of Android's (frameworks/av, mtp.h).
const OpGetPartialObject64 OperationCode = 0x95C1

// String is the operation's name in the specification.
func (c OperationCode) String() string {
	switch c {
	case OpGetDeviceInfo:
		return "GetDeviceInfo"
	case OpOpenSession:
		return "OpenSession"
	case OpCloseSession:
		return "CloseSession"
	case OpGetStorageIDs:
		return "GetStorageIDs"
	case OpGetStorageInfo:
		return "GetStorageInfo"
	case OpGetNumObjects:
		return "GetNumObjects"
	case OpGetObjectHandles:
		return "GetObjectHandles"
	case OpGetObjectInfo:
		return "GetObjectInfo"
	case OpGetObject:
		return "GetObject"
	case OpGetThumb:
		return "GetThumb"
	case OpDeleteObject:
		return "DeleteObject"
	case OpSendObjectInfo:
		return "SendObjectInfo"
	case OpSendObject:
		return "SendObject"
	case OpInitiateCapture:
		return "InitiateCapture"
	case OpFormatStore:
		return "FormatStore"
	case OpResetDevice:
		return "ResetDevice"
	case OpSelfTest:
		return "SelfTest"
	case OpSetObjectProtection:
		return "SetObjectProtection"
	case OpPowerDown:
		return "PowerDown"
	case OpGetDevicePropDesc:
		return "GetDevicePropDesc"
	case OpGetDevicePropValue:
		return "GetDevicePropValue"
	case OpSetDevicePropValue:
		return "SetDevicePropValue"
	case OpResetDevicePropValue:
		return "ResetDevicePropValue"
	case OpTerminateOpenCapture:
		return "TerminateOpenCapture"
	case OpMoveObject:
		return "MoveObject"
	case OpCopyObject:
		return "CopyObject"
	case OpGetPartialObject:
		return "GetPartialObject"
	case OpInitiateOpenCapture:
		return "InitiateOpenCapture"
	case OpGetObjectPropsSupported:
		return "GetObjectPropsSupported"
	case OpGetObjectPropDesc:
		return "GetObjectPropDesc"
	case OpGetObjectPropValue:
		return "GetObjectPropValue"
	case OpSetObjectPropValue:
		return "SetObjectPropValue"
	case OpGetObjectPropList:
		return "GetObjectPropList"
	case OpSetObjectPropList:
		return "SetObjectPropList"
	case OpGetInterdependentPropDesc:
		return "GetInterdependentPropDesc"
	case OpSendObjectPropList:
		return "SendObjectPropList"
	case OpGetObjectReferences:
		return "GetObjectReferences"
	case OpSetObjectReferences:
		return "SetObjectReferences"
	case OpSkip:
		return "Skip"
	case OpGetPartialObject64:
		return "GetPartialObject64"
	}
	return fmt.Sprintf("operation 0x%04X", uint16(c))
}
