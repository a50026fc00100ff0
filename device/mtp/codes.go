package mtp

import "fmt"

// FormatCode says what an object is (MTP 1.1, appendix A).
type FormatCode uint16

// The formats that matter here: everything that is no folder is a file.
const (
	FormatUndefined   FormatCode = 0x3000
	FormatAssociation FormatCode = 0x3001 // a folder
)

// String is the format's name in the specification, if it matters here.
func (c FormatCode) String() string {
	switch c {
	case FormatUndefined:
		return "Undefined"
	case FormatAssociation:
		return "Association"
	}
	return fmt.Sprintf("format 0x%04X", uint16(c))
}

// DevicePropCode names a property of the responder (MTP 1.1, appendix C).
type DevicePropCode uint16

// The device properties that this package knows.
const (
	DevicePropBatteryLevel       DevicePropCode = 0x5001
	DevicePropDateTime           DevicePropCode = 0x5011
	DevicePropDeviceFriendlyName DevicePropCode = 0xD402
)

// String is the property's name in the specification, if it is known here.
func (c DevicePropCode) String() string {
	switch c {
	case DevicePropBatteryLevel:
		return "BatteryLevel"
	case DevicePropDateTime:
		return "DateTime"
	case DevicePropDeviceFriendlyName:
		return "DeviceFriendlyName"
	}
	return fmt.Sprintf("device property 0x%04X", uint16(c))
}

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

// String is the property's name in the specification, if it is known here.
func (c ObjectPropCode) String() string {
	switch c {
	case ObjectPropStorageID:
		return "StorageID"
	case ObjectPropObjectFormat:
		return "ObjectFormat"
	case ObjectPropObjectSize:
		return "ObjectSize"
	case ObjectPropAssociationType:
		return "AssociationType"
	case ObjectPropObjectFileName:
		return "ObjectFileName"
	case ObjectPropDateCreated:
		return "DateCreated"
	case ObjectPropDateModified:
		return "DateModified"
	case ObjectPropParentObject:
		return "ParentObject"
	case ObjectPropAll:
		return "all"
	}
	return fmt.Sprintf("object property 0x%04X", uint16(c))
}

// StorageID is one of a responder's storages; it is stable within a session.
type StorageID uint32

// HasMedium says that there is a storage, and not just a slot for one (MTP 1.1,
// 5.2.1).
func (id StorageID) HasMedium() bool { return uint16(id) != 0 }

// ObjectHandle is one of a responder's objects. Handles mean nothing after the
// session in which they were given.
type ObjectHandle uint32

// Special values of parameters.
const (
	StorageAll StorageID    = 0xFFFFFFFF
	HandleRoot ObjectHandle = 0xFFFFFFFF // as a parent: the root of a storage
	HandleAll  ObjectHandle = 0          // as a parent: every object, however deep
)
