package mtp

import "fmt"

// ResponseCode says how an operation went. As an error it is any code but
// RespOK (MTP 1.1, appendix F): the responder works, the session goes on, and
// errors.Is tells one from another.
//
//nolint:errname // it has the specification's name
type ResponseCode uint16

// The responses of MTP 1.1.
//
//nolint:errname // responses have the specification's names
const (
	RespUndefined                             ResponseCode = 0x2000
	RespOK                                    ResponseCode = 0x2001
	RespGeneralError                          ResponseCode = 0x2002
	RespSessionNotOpen                        ResponseCode = 0x2003
	RespInvalidTransactionID                  ResponseCode = 0x2004
	RespOperationNotSupported                 ResponseCode = 0x2005
	RespParameterNotSupported                 ResponseCode = 0x2006
	RespIncompleteTransfer                    ResponseCode = 0x2007
	RespInvalidStorageID                      ResponseCode = 0x2008
	RespInvalidObjectHandle                   ResponseCode = 0x2009
	RespDevicePropNotSupported                ResponseCode = 0x200A
	RespInvalidObjectFormatCode               ResponseCode = 0x200B
	RespStoreFull                             ResponseCode = 0x200C
	RespObjectWriteProtected                  ResponseCode = 0x200D
	RespStoreReadOnly                         ResponseCode = 0x200E
	RespAccessDenied                          ResponseCode = 0x200F
	RespNoThumbnailPresent                    ResponseCode = 0x2010
	RespSelfTestFailed                        ResponseCode = 0x2011
	RespPartialDeletion                       ResponseCode = 0x2012
	RespStoreNotAvailable                     ResponseCode = 0x2013
	RespSpecificationByFormatUnsupported      ResponseCode = 0x2014
	RespNoValidObjectInfo                     ResponseCode = 0x2015
	RespInvalidCodeFormat                     ResponseCode = 0x2016
	RespUnknownVendorCode                     ResponseCode = 0x2017
	RespCaptureAlreadyTerminated              ResponseCode = 0x2018
	RespDeviceBusy                            ResponseCode = 0x2019
	RespInvalidParentObject                   ResponseCode = 0x201A
	RespInvalidDevicePropFormat               ResponseCode = 0x201B
	RespInvalidDevicePropValue                ResponseCode = 0x201C
	RespInvalidParameter                      ResponseCode = 0x201D
	RespSessionAlreadyOpen                    ResponseCode = 0x201E
	RespTransactionCancelled                  ResponseCode = 0x201F
	RespSpecificationOfDestinationUnsupported ResponseCode = 0x2020
	RespInvalidObjectPropCode                 ResponseCode = 0xA801
	RespInvalidObjectPropFormat               ResponseCode = 0xA802
	RespInvalidObjectPropValue                ResponseCode = 0xA803
	RespInvalidObjectReference                ResponseCode = 0xA804
	RespGroupNotSupported                     ResponseCode = 0xA805
	RespInvalidDataset                        ResponseCode = 0xA806
	RespSpecificationByGroupUnsupported       ResponseCode = 0xA807
	RespSpecificationByDepthUnsupported       ResponseCode = 0xA808
	RespObjectTooLarge                        ResponseCode = 0xA809
	RespObjectPropNotSupported                ResponseCode = 0xA80A
)

// String is the response's name in the specification.
func (c ResponseCode) String() string {
	name, _ := c.text()
	return name
}

// Error makes a response an error.
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
	case RespSelfTestFailed:
		return "SelfTestFailed", "the responder's self-test failed"
	case RespPartialDeletion:
		return "PartialDeletion", "not all of the objects were deleted"
	case RespStoreNotAvailable:
		return "StoreNotAvailable", "the storage is not available"
	case RespSpecificationByFormatUnsupported:
		return "SpecificationByFormatUnsupported", "the responder cannot select by format"
	case RespNoValidObjectInfo:
		return "NoValidObjectInfo", "no object was announced before"
	case RespInvalidCodeFormat:
		return "InvalidCodeFormat", "a code is of the wrong kind"
	case RespUnknownVendorCode:
		return "UnknownVendorCode", "there is no such code of this vendor"
	case RespCaptureAlreadyTerminated:
		return "CaptureAlreadyTerminated", "the capture has ended already"
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
	case RespSpecificationOfDestinationUnsupported:
		return "SpecificationOfDestinationUnsupported", "the responder cannot be told where to put it"
	case RespInvalidObjectPropCode:
		return "InvalidObjectPropCode", "objects of this format do not have the property"
	case RespInvalidObjectPropFormat:
		return "InvalidObjectPropFormat", "the value has the wrong type"
	case RespInvalidObjectPropValue:
		return "InvalidObjectPropValue", "the value is out of range"
	case RespInvalidObjectReference:
		return "InvalidObjectReference", "a reference is to no object"
	case RespGroupNotSupported:
		return "GroupNotSupported", "there is no such group"
	case RespInvalidDataset:
		return "InvalidDataset", "the dataset cannot be read"
	case RespSpecificationByGroupUnsupported:
		return "SpecificationByGroupUnsupported", "the responder cannot select by group"
	case RespSpecificationByDepthUnsupported:
		return "SpecificationByDepthUnsupported", "the responder cannot list this deep"
	case RespObjectTooLarge:
		return "ObjectTooLarge", "the object is too large for the storage"
	case RespObjectPropNotSupported:
		return "ObjectPropNotSupported", "the responder does not have this property of objects"
	}
	return fmt.Sprintf("response 0x%04X", uint16(c)), ""
}
