package mtp

import "fmt"

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
	case OpResetDevice:
		return "ResetDevice"
	case OpGetDevicePropDesc:
		return "GetDevicePropDesc"
	case OpGetDevicePropValue:
		return "GetDevicePropValue"
	case OpSetDevicePropValue:
		return "SetDevicePropValue"
	case OpGetPartialObject:
		return "GetPartialObject"
	case OpGetPartialObject64:
		return "GetPartialObject64"
	case OpGetObjectPropsSupported:
		return "GetObjectPropsSupported"
	case OpGetObjectPropDesc:
		return "GetObjectPropDesc"
	case OpGetObjectPropValue:
		return "GetObjectPropValue"
	case OpGetObjectPropList:
		return "GetObjectPropList"
	}
	return fmt.Sprintf("operation 0x%04X", uint16(c))
}

// String is the event's name in the specification.
func (c EventCode) String() string {
	switch c {
	case EventCancelTransaction:
		return "CancelTransaction"
	case EventObjectAdded:
		return "ObjectAdded"
	case EventObjectRemoved:
		return "ObjectRemoved"
	case EventStoreAdded:
		return "StoreAdded"
	case EventStoreRemoved:
		return "StoreRemoved"
	case EventDevicePropChanged:
		return "DevicePropChanged"
	case EventObjectInfoChanged:
		return "ObjectInfoChanged"
	case EventDeviceInfoChanged:
		return "DeviceInfoChanged"
	case EventStoreFull:
		return "StoreFull"
	case EventStorageInfoChanged:
		return "StorageInfoChanged"
	}
	return fmt.Sprintf("event 0x%04X", uint16(c))
}

// String is the response's name in the specification.
func (c ResponseCode) String() string {
	name, _ := c.text()
	return name
}

// Error makes a response an error. Callers test for one with errors.Is.
func (c ResponseCode) Error() string {
	name, why := c.text()
	if why == "" {
		return name
	}
	return name + ": " + why
}

// text is a response's name, and what it means for whoever reads it.
func (c ResponseCode) text() (name, why string) {
	switch c {
	case RespUndefined:
		return "Undefined", "no reason was given"
	case RespOK:
		return "OK", "it went well"
	case RespGeneralError:
		return "GeneralError", "no reason was given"
	case RespSessionNotOpen:
		return "SessionNotOpen", "no session is open"
	case RespInvalidTransactionID:
		return "InvalidTransactionID", "the transaction ID is not the next one"
	case RespOperationNotSupported:
		return "OperationNotSupported", "the responder does not have this operation"
	case RespParameterNotSupported:
		return "ParameterNotSupported", "the responder cannot do this with such a parameter"
	case RespIncompleteTransfer:
		return "IncompleteTransfer", "not all of the data was sent"
	case RespInvalidStorageID:
		return "InvalidStorageID", "there is no such storage"
	case RespInvalidObjectHandle:
		return "InvalidObjectHandle", "there is no such object"
	case RespDevicePropNotSupported:
		return "DevicePropNotSupported", "the responder does not have this property"
	case RespInvalidObjectFormatCode:
		return "InvalidObjectFormatCode", "there is no such format"
	case RespStoreFull:
		return "StoreFull", "the storage is full"
	case RespObjectWriteProtected:
		return "ObjectWriteProtected", "the object is write-protected"
	case RespStoreReadOnly:
		return "StoreReadOnly", "the storage is read-only"
	case RespAccessDenied:
		return "AccessDenied", "access is denied; the camera may be locked"
	case RespNoThumbnailPresent:
		return "NoThumbnailPresent", "the object has no thumbnail"
	case RespPartialDeletion:
		return "PartialDeletion", "not all of the objects were deleted"
	case RespStoreNotAvailable:
		return "StoreNotAvailable", "the storage is not available"
	case RespSpecificationByFormatUnsupported:
		return "SpecificationByFormatUnsupported", "the responder cannot select by format"
	case RespNoValidObjectInfo:
		return "NoValidObjectInfo", "no object was announced before"
	case RespDeviceBusy:
		return "DeviceBusy", "the responder is busy"
	case RespInvalidParentObject:
		return "InvalidParentObject", "the parent is no folder"
	case RespInvalidDevicePropFormat:
		return "InvalidDevicePropFormat", "the value has the wrong type"
	case RespInvalidDevicePropValue:
		return "InvalidDevicePropValue", "the value is out of range"
	case RespInvalidParameter:
		return "InvalidParameter", "a parameter is wrong"
	case RespSessionAlreadyOpen:
		return "SessionAlreadyOpen", "a session is open already"
	case RespTransactionCancelled:
		return "TransactionCancelled", "the transaction was cancelled"
	case RespInvalidObjectPropCode:
		return "InvalidObjectPropCode", "objects of this format do not have the property"
	case RespInvalidObjectPropFormat:
		return "InvalidObjectPropFormat", "the value has the wrong type"
	case RespSpecificationByGroupUnsupported:
		return "SpecificationByGroupUnsupported", "the responder cannot select by group"
	case RespSpecificationByDepthUnsupported:
		return "SpecificationByDepthUnsupported", "the responder cannot list this deep"
	case RespObjectPropNotSupported:
		return "ObjectPropNotSupported", "the responder does not have this property of objects"
	}
	return fmt.Sprintf("response 0x%04X", uint16(c)), ""
}
