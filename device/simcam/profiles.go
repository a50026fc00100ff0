package simcam

import (
	"slices"

	"custodock/device/mtp"
)

// Profile is how a kind of responder behaves when all is well: what it can do
// and how it reads the specification. It is data, so that a test can bend it.
type Profile struct {
	Name        string
	Maker       string // as DeviceInfo has it, unless the responder is given another
	Model       string
	Extensions  string              // MTP vendor extensions, in DeviceInfo
	Operations  []mtp.OperationCode // that are advertised
	DeviceProps []mtp.DevicePropCode
	ObjectProps []mtp.ObjectPropCode // that 9803 and 9805 give

	// Unimplemented operations are advertised, and refused.
	Unimplemented []mtp.OperationCode

	FirstStorage mtp.StorageID
	StorageStep  mtp.StorageID
	FirstHandle  mtp.ObjectHandle

	// OneStorage says that such a responder never has more than one.
	OneStorage bool

	// Locked responders show no storages until Unlock.
	Locked bool

	// KnownWhenListed responders know a handle only after its folder was
	// listed in this session.
	KnownWhenListed bool

	Formats Formats

	// FormatsByName responders say what a file is by its name's end; to the
	// others every file is Undefined.
	FormatsByName bool

	// ZeroIsRoot responders take 0 as a parent for the root; by the
	// specification it is every object.
	ZeroIsRoot bool

	// AllStorages responders take 0xFFFFFFFF as a storage.
	AllStorages bool

	// HangsOnBadStorage responders never say anything again after somebody
	// listed a storage that is not there.
	HangsOnBadStorage bool

	// FlatPropList responders give the properties of the one object that is
	// asked for, whatever the depth.
	FlatPropList bool

	// NoEvents responders never send one, or have no endpoint for them.
	NoEvents bool

	NewestFirst  bool // handles are listed youngest first
	OnlyASCII    bool // other names are shown as "Oops"
	HideDotFiles bool

	Size Size32

	// Dates are said in this layout of package time, in the camera's zone.
	Dates string

	// NoModified responders say of objects only when they were made.
	NoModified bool

	// BatteryType is what the description of the battery declares, and
	// BatteryValue what is said whatever its level; -1 is the level.
	BatteryType  mtp.DataType
	BatteryValue int64

	// MaxPart is the most bytes of one partial object; 0: as many as asked.
	MaxPart uint32

	// Part64IsPart responders run GetPartialObject64 with the code of
	// GetPartialObject, which takes the offset's upper half for the length.
	Part64IsPart bool

	// ForgetsWhenClaimed responders forget their session whenever a program
	// claims their interface, and not only when the port is reset.
	ForgetsWhenClaimed bool

	// ZeroLengthPacket ends a data phase that fills its last packet.
	ZeroLengthPacket bool

	// ShortAlreadyOpen responders tell SessionAlreadyOpen with one byte of a
	// parameter.
	ShortAlreadyOpen bool

	// DeviceStatus and DeviceReset say which class requests are known;
	// cancelling is known to all.
	DeviceStatus bool
	DeviceReset  bool

	// SaysCancelled responders send a TransactionCancelled response after the
	// transaction was cancelled.
	SaysCancelled bool
}

// Formats is what becomes of a format other than 0 in GetObjectHandles.
type Formats int

// What happens to a format.
const (
	FormatRefused Formats = iota // SpecificationByFormatUnsupported
	FormatKnown
	FormatIgnored
)

// Size32 is what becomes of a size that 32 bits do not hold.
type Size32 int

// What happens to sizes of 4 GiB and more in an ObjectInfo dataset.
const (
	SizeCapped  Size32 = iota // 0xFFFFFFFF, as MTP 1.1, 5.3.1 has it
	SizeWrapped               // modulo 2^32
)

var (
	basics = []mtp.OperationCode{
		mtp.OpGetDeviceInfo, mtp.OpOpenSession, mtp.OpCloseSession, mtp.OpGetStorageIDs, mtp.OpGetStorageInfo,
		mtp.OpGetObjectHandles, mtp.OpGetObjectInfo, mtp.OpGetObject, mtp.OpDeleteObject,
	}
	deviceProps = []mtp.OperationCode{mtp.OpGetDevicePropDesc, mtp.OpGetDevicePropValue, mtp.OpSetDevicePropValue}
	objectProps = []mtp.OperationCode{mtp.OpGetObjectPropsSupported, mtp.OpGetObjectPropDesc, mtp.OpGetObjectPropValue}

	allObjectProps = []mtp.ObjectPropCode{
		mtp.ObjectPropStorageID, mtp.ObjectPropObjectFormat, mtp.ObjectPropObjectSize, mtp.ObjectPropObjectFileName,
		mtp.ObjectPropDateCreated, mtp.ObjectPropDateModified, mtp.ObjectPropParentObject,
	}
)

// QEMU behaves like the usb-mtp device of QEMU 7.2 (hw/usb/dev-mtp.c).
func QEMU() Profile {
	return Profile{
		Name:       "QEMU",
		Maker:      "QEMU",
		Model:      "QEMU filesharing",
		Operations: slices.Concat(basics, objectProps, []mtp.OperationCode{mtp.OpGetNumObjects, mtp.OpGetPartialObject}),
		ObjectProps: []mtp.ObjectPropCode{
			mtp.ObjectPropStorageID, mtp.ObjectPropObjectFormat, mtp.ObjectPropObjectSize, mtp.ObjectPropParentObject,
		},
		FirstStorage:    0x00010001,
		StorageStep:     0x00010000,
		FirstHandle:     1, // its root is 0
		OneStorage:      true,
		KnownWhenListed: true,
		ZeroIsRoot:      true,
		AllStorages:     true,
		NewestFirst:     true,
		OnlyASCII:       true,
		HideDotFiles:    true,
		Dates:           "20060102T150405",
	}
}

// Umtprd behaves like uMTP Responder 1.3.10 on Linux: it advertises 1016,
// which it does not know, and its tables say UINT16 for a battery of 0x8000.
func Umtprd() Profile {
	return Profile{
		Name:       "umtprd",
		Maker:      "Viveris Technologies",
		Model:      "The Viveris Product !",
		Extensions: "microsoft.com: 1.0; android.com: 1.0;",
		Operations: slices.Concat(basics, deviceProps, objectProps,
			[]mtp.OperationCode{mtp.OpGetPartialObject, mtp.OpGetObjectPropList, mtp.OpGetPartialObject64}),
		Unimplemented:     []mtp.OperationCode{mtp.OpSetDevicePropValue},
		DeviceProps:       []mtp.DevicePropCode{mtp.DevicePropBatteryLevel, mtp.DevicePropDeviceFriendlyName},
		ObjectProps:       allObjectProps,
		FirstStorage:      0xFFFF0001,
		StorageStep:       1,
		FirstHandle:       1,
		KnownWhenListed:   true,
		ZeroIsRoot:        true,
		HangsOnBadStorage: true,
		FlatPropList:      true,
		Formats:           FormatIgnored,
		Size:              SizeWrapped,
		Dates:             "20060102T150405",
		BatteryType:       mtp.TypeUint16,
		BatteryValue:      0x8000,
		ZeroLengthPacket:  true,
		ShortAlreadyOpen:  true,
		DeviceStatus:      true,
		DeviceReset:       true,

		ForgetsWhenClaimed: true,
	}
}

// Cmtp behaves like cmtp-responder, once Samsung's for Tizen: it announces
// GetPartialObject64 and GetObjectPropValue, has neither (mtp_cmd_handler.c,
// __process_commands), and is asked for its status in vain.
func Cmtp() Profile {
	return Profile{
		Name:       "cmtp-responder",
		Extensions: "microsoft.com/WMPPD: 10.0;microsoft.com/WMPPD: 11.0;",
		Operations: slices.Concat(basics, []mtp.OperationCode{
			mtp.OpGetPartialObject, mtp.OpGetObjectPropDesc, mtp.OpGetObjectPropValue, mtp.OpGetPartialObject64,
		}),
		Unimplemented: []mtp.OperationCode{mtp.OpGetObjectPropValue},
		ObjectProps:   allObjectProps,
		FirstStorage:  0x00010001,
		StorageStep:   0x00010000,
		FirstHandle:   1,
		AllStorages:   true,
		Formats:       FormatKnown,
		FormatsByName: true,
		Dates:         "20060102T150405",
		Part64IsPart:  true,
		DeviceReset:   true,
	}
}

// Android behaves like a body camera on Android: Google's extensions, whole
// listings by property list, a clock with tenths of a second and its zone,
// and no storages until it is unlocked.
func Android() Profile {
	return Profile{
		Name:       "Android",
		Extensions: "microsoft.com: 1.0; android.com: 1.0;",
		Operations: slices.Concat(basics, deviceProps, objectProps,
			[]mtp.OperationCode{mtp.OpGetNumObjects, mtp.OpGetPartialObject, mtp.OpGetObjectPropList, mtp.OpGetPartialObject64}),
		DeviceProps: []mtp.DevicePropCode{
			mtp.DevicePropBatteryLevel, mtp.DevicePropDateTime, mtp.DevicePropDeviceFriendlyName,
		},
		ObjectProps:      allObjectProps,
		FirstStorage:     0x00010001,
		StorageStep:      0x00010000,
		FirstHandle:      1,
		Locked:           true,
		AllStorages:      true,
		Formats:          FormatKnown,
		FormatsByName:    true,
		Dates:            "20060102T150405.0-0700",
		BatteryType:      mtp.TypeUint8,
		BatteryValue:     -1,
		ZeroLengthPacket: true,
		DeviceStatus:     true,
		DeviceReset:      true,
		SaysCancelled:    true,
	}
}

// BarePTP behaves like an old still camera: PTP alone, no object properties,
// no partial objects, a clock without a zone.
func BarePTP() Profile {
	return Profile{
		Name:          "PTP",
		Operations:    slices.Concat(basics, deviceProps, []mtp.OperationCode{mtp.OpGetNumObjects}),
		DeviceProps:   []mtp.DevicePropCode{mtp.DevicePropBatteryLevel, mtp.DevicePropDateTime},
		FirstStorage:  0x00010001,
		StorageStep:   0x00010000,
		FirstHandle:   0x00020001,
		AllStorages:   true,
		Formats:       FormatKnown,
		FormatsByName: true,
		Dates:         "20060102T150405",
		BatteryType:   mtp.TypeUint8,
		BatteryValue:  -1,
		DeviceStatus:  true,
		DeviceReset:   true,

		ZeroLengthPacket: true,
	}
}

// WrappingPTP behaves like a camera whose maker went on from PTP without MTP's
// properties: partial objects, but sizes of 32 bits that wrap, as those in
// uMTP-Responder's ObjectInfo do.
func WrappingPTP() Profile {
	p := BarePTP()
	p.Name = "wrapping PTP"
	p.Operations = slices.Concat(p.Operations, []mtp.OperationCode{mtp.OpGetPartialObject, mtp.OpGetPartialObject64})
	p.Size = SizeWrapped
	return p
}

// Profiles are all the profiles, for tests that go through them.
func Profiles() []Profile {
	return []Profile{QEMU(), Umtprd(), Cmtp(), Android(), BarePTP(), WrappingPTP()}
}
