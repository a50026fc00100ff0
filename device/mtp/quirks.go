package mtp

import (
	"slices"
	"strings"
)

// quirk is what a kind of responder is known to do otherwise than the
// specification says.
//
// Very little is keyed by device. A fault that can be seen when it happens is
// handled for every responder: the next firmware, or the next make, has it
// too, and no list would know. So most entries only say, in the log of whoever
// wonders, what is known; without is for what is announced and must not even
// be tried.
type quirk struct {
	device   string // what it is
	matches  func(DeviceInfo) bool
	symptom  string
	source   string // who saw it, and where
	handling string // what is done about it, and where
	without  []ability
	utc      bool // dates without a zone are UTC, not the wall clock
}

// knownQuirks are all of them.
func knownQuirks() []quirk { return slices.Concat(quirksOfQEMU(), quirksOfUMTP(), quirksOfOthers()) }

// quirksOfQEMU are of its usb-mtp device.
func quirksOfQEMU() []quirk {
	return []quirk{
		{
			device:   "QEMU usb-mtp",
			matches:  isQEMU,
			symptom:  "a read that is queued before there is data never ends on qemu-xhci; events never come there",
			source:   "QEMU 7.2, hw/usb/dev-mtp.c, seen on qemu-xhci and not on usb-ehci",
			handling: "nothing is read before it is due (usbreceive.go); nothing waits for an event",
		},
		{
			device:   "QEMU usb-mtp",
			matches:  isQEMU,
			symptom:  "class requests are stalled, Cancel too: data goes on to its end",
			source:   "QEMU 7.2, hw/usb/dev-mtp.c, usb_mtp_handle_control",
			handling: "what comes is read and thrown away, within bounds; beyond them the port is reset (usbcancel.go)",
		},
		{
			device:   "QEMU usb-mtp",
			matches:  isQEMU,
			symptom:  "an object is not known before the folder that it is in was listed in this session; other formats than 0 are refused",
			source:   "QEMU 7.2, hw/usb/dev-mtp.c",
			handling: "listings go from the root down by GetObjectHandles, with format 0 (walk.go)",
		},
		{
			device:   "QEMU usb-mtp",
			matches:  isQEMU,
			symptom:  "names that are not ASCII all read \"Oops\"",
			source:   "QEMU 7.2, seen",
			handling: "nothing can be done; objects are told apart by handle",
		},
		{
			device:   "QEMU usb-mtp",
			matches:  isQEMU,
			symptom:  "dates name no zone and are UTC, and there is no clock to compare them with",
			source:   "QEMU 7.2, hw/usb/dev-mtp.c, usb_mtp_add_time (gmtime)",
			handling: "Session.DatesAreUTC says so, and whoever applies the camera's zone does not",
			utc:      true,
		},
	}
}

// quirksOfUMTP are of uMTP-Responder.
func quirksOfUMTP() []quirk {
	return []quirk{
		{
			device:   "uMTP-Responder",
			matches:  isUMTP,
			symptom:  "GetObjectPropList answers with the object alone, whatever the depth",
			source:   "uMTP-Responder 1.3.10 to 1.8.1, mtp_op_getobjectproplist.c",
			handling: "objects are asked for one by one, without trying the folder first",
			without:  []ability{{OpGetObjectPropList, folderUse}, {OpGetObjectPropList, rootUse}},
		},
		{
			device:   "uMTP-Responder",
			matches:  isUMTP,
			symptom:  "GetObjectHandles of a storage that is not there hangs for good: a lock stays taken",
			source:   "uMTP-Responder 1.3.10, mtp_op_getobjecthandles.c",
			handling: "only IDs that GetStorageIDs gave are sent, never StorageAll (walk.go)",
		},
		{
			device:   "uMTP-Responder",
			matches:  isUMTP,
			symptom:  "the size in ObjectInfo is cut to 32 bits: an object of 5 GiB says 1 GiB, and not 0xFFFFFFFF",
			source:   "uMTP-Responder 1.3.10, seen",
			handling: "ObjectInfo's size is the last resort for every responder (object.go)",
		},
		{
			device:   "uMTP-Responder",
			matches:  isUMTP,
			symptom:  "GetObjectPropValue has the same date for every object, of 2010",
			source:   "uMTP-Responder 1.3.10, mtp_properties.c",
			handling: "dates come from GetObjectPropList or ObjectInfo, never one by one (object.go)",
		},
		{
			device:   "uMTP-Responder",
			matches:  isUMTP,
			symptom:  "a part of 2 GiB or more of an object has a negative length",
			source:   "uMTP-Responder 1.3.10, mtp_op_getpartialobject.c",
			handling: "no part is larger than MaxPart, whoever asks (part.go)",
		},
		{
			device:   "uMTP-Responder",
			matches:  isUMTP,
			symptom:  "the battery is a UINT16 of 0x8000",
			source:   "uMTP-Responder 1.3.10, seen",
			handling: "a level out of its range is not known (status.go)",
		},
	}
}

// quirksOfOthers are of those that have but one.
func quirksOfOthers() []quirk {
	return []quirk{
		{
			device:   "cmtp-responder, as it comes",
			matches:  func(i DeviceInfo) bool { return i.Manufacturer == "Collabora" },
			symptom:  "GetPartialObject64 is announced and run as GetPartialObject: the upper half of the offset is the number of bytes, and the response is OK",
			source:   "cmtp-responder, src/mtp_cmd_handler.c, __get_partial_object",
			handling: "not tried; and believed of no responder before it gave a byte (part.go)",
			without:  []ability{{op: OpGetPartialObject64}},
		},
		{
			device:   "Samsung Galaxy",
			matches:  func(i DeviceInfo) bool { return strings.EqualFold(i.Manufacturer, "samsung") },
			symptom:  "a part that ends with the object, and fills its last packet, is never answered",
			source:   "libmtp, DEVICE_FLAG_SAMSUNG_OFFSET_BUG",
			handling: "Options.Timeout ends it, and the session goes on; no body camera is known to have it",
		},
		{
			device:   "Android",
			matches:  func(i DeviceInfo) bool { return strings.Contains(i.MTPExtensions, "android.com") },
			symptom:  "the list of storages is empty until somebody unlocks the screen and allows the transfer",
			source:   "Android 6 and later, MtpService",
			handling: "no storages is an empty listing, not an error; StoreAdded tells when there are some",
		},
	}
}

// isQEMU says that the responder is QEMU's.
func isQEMU(i DeviceInfo) bool { return i.Manufacturer == "QEMU" }

// isUMTP says that the responder is uMTP-Responder, as long as its
// configuration was left as it comes.
func isUMTP(i DeviceInfo) bool {
	return strings.HasPrefix(i.Manufacturer, "Viveris")
}

// quirksOf are those of one responder.
func quirksOf(i DeviceInfo) []quirk {
	var found []quirk
	for _, q := range knownQuirks() {
		if q.matches(i) {
			found = append(found, q)
		}
	}
	return found
}
