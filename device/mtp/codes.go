package mtp

// OperationCode names an operation (MTP 1.1, appendix D; PIMA 15740:2000, 10).
type OperationCode uint16

// The operations that this package knows.
const (
	OpGetDeviceInfo           OperationCode = 0x1001
	OpOpenSession             OperationCode = 0x1002
	OpCloseSession            OperationCode = 0x1003
	OpGetStorageIDs           OperationCode = 0x1004
	OpGetStorageInfo          OperationCode = 0x1005
	OpGetNumObjects           OperationCode = 0x1006
	OpGetObjectHandles        OperationCode = 0x1007
	OpGetObjectInfo           OperationCode = 0x1008
	OpGetObject               OperationCode = 0x1009
	OpGetThumb                OperationCode = 0x100A
	OpDeleteObject            OperationCode = 0x100B
	OpSendObjectInfo          OperationCode = 0x100C
	OpSendObject              OperationCode = 0x100D
	OpResetDevice             OperationCode = 0x1010
	OpGetDevicePropDesc       OperationCode = 0x1014
	OpGetDevicePropValue      OperationCode = 0x1015
	OpSetDevicePropValue      OperationCode = 0x1016
	OpGetPartialObject        OperationCode = 0x101B
	OpGetPartialObject64      OperationCode = 0x95C1 // Android
	OpGetObjectPropsSupported OperationCode = 0x9801
	OpGetObjectPropDesc       OperationCode = 0x9802
	OpGetObjectPropValue      OperationCode = 0x9803
	OpGetObjectPropList       OperationCode = 0x9805
)

// ResponseCode says how an operation went. As an error it is any code but
// RespOK (MTP 1.1, appendix F).
//
//nolint:errname // it has the specification's name
type ResponseCode uint16

// The responses that this package knows.
//
//nolint:errname // responses have the specification's names
const (
	RespUndefined                        ResponseCode = 0x2000
	RespOK                               ResponseCode = 0x2001
	RespGeneralError                     ResponseCode = 0x2002
	RespSessionNotOpen                   ResponseCode = 0x2003
	RespInvalidTransactionID             ResponseCode = 0x2004
	RespOperationNotSupported            ResponseCode = 0x2005
	RespParameterNotSupported            ResponseCode = 0x2006
	RespIncompleteTransfer               ResponseCode = 0x2007
	RespInvalidStorageID                 ResponseCode = 0x2008
	RespInvalidObjectHandle              ResponseCode = 0x2009
	RespDevicePropNotSupported           ResponseCode = 0x200A
	RespInvalidObjectFormatCode          ResponseCode = 0x200B
	RespStoreFull                        ResponseCode = 0x200C
	RespObjectWriteProtected             ResponseCode = 0x200D
	RespStoreReadOnly                    ResponseCode = 0x200E
	RespAccessDenied                     ResponseCode = 0x200F
	RespNoThumbnailPresent               ResponseCode = 0x2010
	RespPartialDeletion                  ResponseCode = 0x2012
	RespStoreNotAvailable                ResponseCode = 0x2013
	RespSpecificationByFormatUnsupported ResponseCode = 0x2014
	RespNoValidObjectInfo                ResponseCode = 0x2015
	RespDeviceBusy                       ResponseCode = 0x2019
	RespInvalidParentObject              ResponseCode = 0x201A
	RespInvalidDevicePropFormat          ResponseCode = 0x201B
	RespInvalidDevicePropValue           ResponseCode = 0x201C
	RespInvalidParameter                 ResponseCode = 0x201D
	RespSessionAlreadyOpen               ResponseCode = 0x201E
	RespTransactionCancelled             ResponseCode = 0x201F
	RespInvalidObjectPropCode            ResponseCode = 0xA801
	RespInvalidObjectPropFormat          ResponseCode = 0xA802
	RespSpecificationByGroupUnsupported  ResponseCode = 0xA807
	RespSpecificationByDepthUnsupported  ResponseCode = 0xA808
	RespObjectPropNotSupported           ResponseCode = 0xA80A
)

// EventCode names an event (MTP 1.1, appendix G).
type EventCode uint16

// The events that this package knows.
const (
	EventCancelTransaction  EventCode = 0x4001
	EventObjectAdded        EventCode = 0x4002
	EventObjectRemoved      EventCode = 0x4003
	EventStoreAdded         EventCode = 0x4004
	EventStoreRemoved       EventCode = 0x4005
	EventDevicePropChanged  EventCode = 0x4006
	EventObjectInfoChanged  EventCode = 0x4007
	EventDeviceInfoChanged  EventCode = 0x4008
	EventStoreFull          EventCode = 0x400A
	EventStorageInfoChanged EventCode = 0x400C
)

// FormatCode says what an object is (MTP 1.1, appendix A).
type FormatCode uint16

// The formats that matter here: everything that is no folder is a file.
const (
	FormatUndefined   FormatCode = 0x3000
	FormatAssociation FormatCode = 0x3001 // a folder
)

// DevicePropCode names a property of the responder (MTP 1.1, appendix C).
type DevicePropCode uint16

// The device properties that this package knows.
const (
	DevicePropBatteryLevel       DevicePropCode = 0x5001
	DevicePropDateTime           DevicePropCode = 0x5011
	DevicePropDeviceFriendlyName DevicePropCode = 0xD402
)

// ObjectPropCode names a property of an object (MTP 1.1, appendix B).
type ObjectPropCode uint16

// The object properties that this package knows.
const (
	ObjectPropStorageID       ObjectPropCode = 0xDC01
	ObjectPropObjectFormat    ObjectPropCode = 0xDC02
	ObjectPropObjectSize      ObjectPropCode = 0xDC04 // 64 bits
	ObjectPropAssociationType ObjectPropCode = 0xDC05
	ObjectPropObjectFileName  ObjectPropCode = 0xDC07
	ObjectPropDateCreated     ObjectPropCode = 0xDC08
	ObjectPropDateModified    ObjectPropCode = 0xDC09
	ObjectPropParentObject    ObjectPropCode = 0xDC0B
	ObjectPropAll             ObjectPropCode = 0xFFFF // as a parameter of GetObjectPropList
)

// DataType is the type of a property's value (MTP 1.1, 3.2.1).
type DataType uint16

// The types of a single value; an array of T is T | TypeArray.
const (
	TypeInt8    DataType = 0x0001
	TypeUint8   DataType = 0x0002
	TypeInt16   DataType = 0x0003
	TypeUint16  DataType = 0x0004
	TypeInt32   DataType = 0x0005
	TypeUint32  DataType = 0x0006
	TypeInt64   DataType = 0x0007
	TypeUint64  DataType = 0x0008
	TypeInt128  DataType = 0x0009
	TypeUint128 DataType = 0x000A
	TypeArray   DataType = 0x4000
	TypeString  DataType = 0xFFFF
)

// StorageID is one of a responder's storages; it is stable within a session.
type StorageID uint32

// ObjectHandle is one of a responder's objects. Handles mean nothing after the
// session in which they were given.
type ObjectHandle uint32

// Special values of parameters.
const (
	StorageAll StorageID    = 0xFFFFFFFF
	HandleRoot ObjectHandle = 0xFFFFFFFF // as a parent: the root of a storage
	HandleAll  ObjectHandle = 0          // as a parent: every object, however deep
)
