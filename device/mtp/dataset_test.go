package mtp

import (
	"encoding/binary"
	"errors"
	"reflect"
	"runtime"
	"slices"
	"testing"
)

var (
	sampleDevice = DeviceInfo{
		StandardVersion: 100, MTPVendorExtensionID: 6, MTPVersion: 100,
		MTPExtensions:       "microsoft.com: 1.0; android.com: 1.0;",
		OperationsSupported: []OperationCode{OpGetDeviceInfo, OpGetPartialObject64},
		EventsSupported:     []EventCode{EventObjectAdded},
		PlaybackFormats:     []FormatCode{FormatUndefined, FormatAssociation},
		Manufacturer:        "Acme", Model: "执法记录仪", DeviceVersion: "1.0", SerialNumber: "S-1",
	}
	sampleStorage = StorageInfo{
		StorageType: 4, FilesystemType: 2, AccessCapability: AccessReadOnlyWithDeletion,
		MaxCapacity: 1 << 40, FreeSpaceInBytes: 1 << 39, FreeSpaceInObjects: 0xFFFFFFFF,
		StorageDescription: "card", VolumeIdentifier: "0001",
	}
	sampleObject = ObjectInfo{
		StorageID: 0x10001, ObjectFormat: 0x300B, ObjectCompressedSize: 0xFFFFFFFF,
		ParentObject: 7, SequenceNumber: 3, Filename: "A0001.MP4",
		DateCreated: "20240229T235959.5+0800", DateModified: "20240301T000000Z", Keywords: "k",
	}
	sampleRange = DevicePropDesc{
		DevicePropertyCode: DevicePropBatteryLevel, DataType: TypeUint8, GetSet: 1,
		FactoryDefaultValue: UintValue(TypeUint8, 100), CurrentValue: UintValue(TypeUint8, 42),
		FormFlag: FormRange, MinimumValue: UintValue(TypeUint8, 0),
		MaximumValue: UintValue(TypeUint8, 100), StepSize: UintValue(TypeUint8, 1),
	}
	sampleEnum = DevicePropDesc{
		DevicePropertyCode: DevicePropDateTime, DataType: TypeString,
		FactoryDefaultValue: StringValue(""), CurrentValue: StringValue("20240101T000000"),
		FormFlag: FormEnumeration, SupportedValues: []Value{StringValue("a"), StringValue("b")},
	}
	sampleProps = ObjectPropList{
		{1, ObjectPropObjectSize, TypeUint64, UintValue(TypeUint64, 5<<30)},
		{1, ObjectPropObjectFileName, TypeString, StringValue("A0001.MP4")},
		{2, 0xDC41, TypeUint128, UintValue(TypeUint128, 9)},
		{2, 0xD801, TypeUint8 | TypeArray, ArrayValue(TypeUint8, UintValue(TypeUint8, 1), UintValue(TypeUint8, 2))},
	}
)

// appender is a dataset.
type appender interface{ Append(b []byte) []byte }

// parsers are the parsers of datasets, as one kind, with a sample of each.
var parsers = []struct {
	name   string
	parse  func(b []byte) (appender, error)
	sample appender
	// strings is how many strings may be missing at the end.
	strings int
}{
	{"Container", parser(ParseContainer), Container{12, ContainerResponse, uint16(RespOK), 1}, 0},
	{"DeviceInfo", parser(ParseDeviceInfo), sampleDevice, 4},
	{"StorageInfo", parser(ParseStorageInfo), sampleStorage, 2},
	{"ObjectInfo", parser(ParseObjectInfo), sampleObject, 4},
	{"DevicePropDesc range", parser(ParseDevicePropDesc), sampleRange, 0},
	{"DevicePropDesc enumeration", parser(ParseDevicePropDesc), sampleEnum, 0},
	{"ObjectPropList", parser(ParseObjectPropList), sampleProps, 0},
}

func parser[T appender](parse func([]byte) (T, error)) func([]byte) (appender, error) {
	return func(b []byte) (appender, error) { return parse(b) }
}

func TestDatasetsRoundTrip(t *testing.T) {
	for _, tt := range parsers {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.parse(tt.sample.Append(nil))
			if err != nil || !reflect.DeepEqual(got, tt.sample) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, tt.sample)
			}
		})
	}
}

// A dataset that is cut anywhere is an error, or lacks nothing but what may be
// missing at its end.
func TestDatasetsCutShort(t *testing.T) {
	for _, tt := range parsers {
		t.Run(tt.name, func(t *testing.T) {
			b := tt.sample.Append(nil)
			forgiven := 0
			for n := range b {
				if _, err := tt.parse(b[:n:n]); err == nil {
					forgiven++
				} else if !errors.Is(err, ErrMalformed) {
					t.Fatalf("cut to %d bytes: %v", n, err)
				}
			}
			if want := max(tt.strings, formMissing(tt.sample)); forgiven != want {
				t.Errorf("forgiven at %d places, want %d", forgiven, want)
			}
		})
	}
}

// formMissing is 1 for a property whose form may be missing.
func formMissing(a appender) int {
	if _, ok := a.(DevicePropDesc); ok {
		return 1
	}
	return 0
}

// A count that promises more than is there takes no memory.
func TestHostileCounts(t *testing.T) {
	huge := []byte{0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4, 5, 6, 7, 8}
	device := append(make([]byte, 11), huge...)
	enumeration := slices.Concat(sampleRange.Append(nil)[:7], []byte{byte(FormEnumeration), 0xFF, 0xFF, 1, 2, 3})
	for _, tt := range []struct {
		name  string
		parse func() error
	}{
		{"array of 32 bits", func() error { _, err := ParseArray[ObjectHandle](huge); return err }},
		{"array of 16 bits", func() error { _, err := ParseArray[OperationCode](huge); return err }},
		{"array of bytes as a value", func() error { _, err := ParseValue(TypeUint8|TypeArray, huge); return err }},
		{"array value", func() error { _, err := ParseValue(TypeUint128|TypeArray, huge); return err }},
		{"property list", func() error { _, err := ParseObjectPropList(huge); return err }},
		{"device info", func() error { _, err := ParseDeviceInfo(device); return err }},
		{"property description", func() error { _, err := ParseDevicePropDesc(enumeration); return err }},
		{"property list in parts", func() error {
			w := propListWriter{yield: func(ObjectProp) error { return nil }}
			_, err := w.Write(huge)
			return errors.Join(err, w.end())
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var err error
			if got := allocated(func() { err = tt.parse() }); got > 64<<10 {
				t.Errorf("took %d bytes of memory", got)
			}
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("error %v, want ErrMalformed", err)
			}
		})
	}
}

// allocated is how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Samsung's 64-bit size shifts all that follows.
func TestObjectInfoWideSize(t *testing.T) {
	want := sampleObject
	want.SequenceNumber = 0
	b := want.Append(nil)
	for _, tt := range []struct {
		size uint64
		want uint32
	}{{5, 5}, {5 << 30, 0xFFFFFFFF}} {
		wide := append([]byte{}, b[:8]...)
		wide = binary.LittleEndian.AppendUint64(wide, tt.size)
		wide = append(wide, b[12:]...)
		want.ObjectCompressedSize = tt.want
		if got, err := ParseObjectInfo(wide); err != nil || got != want {
			t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
		}
	}
}

func TestObjectInfoWithoutStrings(t *testing.T) {
	want := sampleObject
	want.Filename, want.DateCreated, want.DateModified, want.Keywords = "", "", "", ""
	if got, err := ParseObjectInfo(want.Append(nil)); err != nil || got != want {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
}

// What ObjectInfo says of an object is what a listing makes of it.
func TestIsFolder(t *testing.T) {
	for _, tt := range []struct {
		format      FormatCode
		association uint16
		want        bool
	}{
		{FormatAssociation, AssociationGenericFolder, true},
		{FormatAssociation, 0, true},
		{FormatUndefined, AssociationGenericFolder, true},
		{0, AssociationGenericFolder, true},
		{FormatUndefined, 0, false},
		{FormatUndefined, 2, false},
		{0xB982, AssociationGenericFolder, false},
	} {
		i := ObjectInfo{ObjectFormat: tt.format, AssociationType: tt.association}
		d := description{}
		d.setInfo(i)
		if i.IsFolder() != tt.want || d.isFolder() != tt.want {
			t.Errorf("format 0x%X, association %d: %v, %v, want %v", tt.format, tt.association, i.IsFolder(), d.isFolder(), tt.want)
		}
	}
}

func TestContainerRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		c    Container
	}{
		{"length below a header", Container{11, ContainerData, 0x1009, 1}},
		{"no type", Container{12, 0, 0x1009, 1}},
		{"unknown type", Container{12, 5, 0x1009, 1}},
	} {
		if _, err := ParseContainer(tt.c.Append(nil)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: error %v, want ErrMalformed", tt.name, err)
		}
	}
}

func TestContainerLength(t *testing.T) {
	for _, tt := range []struct {
		n    int64
		want uint32
	}{
		{0, 12}, {1, 13}, {1<<32 - 14, 0xFFFFFFFE}, {1<<32 - 13, LengthUnknown}, {5 << 30, LengthUnknown},
	} {
		if got := ContainerLength(tt.n); got != tt.want {
			t.Errorf("ContainerLength(%d) = 0x%X, want 0x%X", tt.n, got, tt.want)
		}
	}
}
