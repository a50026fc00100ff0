package mtp

import "fmt"

// EventCode names an event (MTP 1.1, appendix G).
type EventCode uint16

// The events of MTP 1.1.
const (
	EventCancelTransaction       EventCode = 0x4001
	EventObjectAdded             EventCode = 0x4002
	EventObjectRemoved           EventCode = 0x4003
	EventStoreAdded              EventCode = 0x4004
	EventStoreRemoved            EventCode = 0x4005
	EventDevicePropChanged       EventCode = 0x4006
	EventObjectInfoChanged       EventCode = 0x4007
	EventDeviceInfoChanged       EventCode = 0x4008
	EventRequestObjectTransfer   EventCode = 0x4009
	EventStoreFull               EventCode = 0x400A
	EventDeviceReset             EventCode = 0x400B
	EventStorageInfoChanged      EventCode = 0x400C
	EventCaptureComplete         EventCode = 0x400D
	EventUnreportedStatus        EventCode = 0x400E // whatever is known of the responder may be wrong
	EventObjectPropChanged       EventCode = 0xC801
	EventObjectPropDescChanged   EventCode = 0xC802
	EventObjectReferencesChanged EventCode = 0xC803
)

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
	case EventRequestObjectTransfer:
		return "RequestObjectTransfer"
	case EventStoreFull:
		return "StoreFull"
	case EventDeviceReset:
		return "DeviceReset"
	case EventStorageInfoChanged:
		return "StorageInfoChanged"
	case EventCaptureComplete:
		return "CaptureComplete"
	case EventUnreportedStatus:
		return "UnreportedStatus"
	case EventObjectPropChanged:
		return "ObjectPropChanged"
	case EventObjectPropDescChanged:
		return "ObjectPropDescChanged"
	case EventObjectReferencesChanged:
		return "ObjectReferencesChanged"
	}
	return fmt.Sprintf("event 0x%04X", uint16(c))
}
