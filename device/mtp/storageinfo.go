package mtp

import "encoding/binary"

// StorageInfo is one of a responder's storages (MTP 1.1, 5.2.2).
type StorageInfo struct {
	StorageType        uint16
	FilesystemType     uint16
	AccessCapability   uint16
	MaxCapacity        uint64 // bytes
	FreeSpaceInBytes   uint64
	FreeSpaceInObjects uint32 // 0xFFFFFFFF: not said
	StorageDescription string
	VolumeIdentifier   string
}

// Values of StorageInfo.StorageType (MTP 1.1, 5.2.2.1).
const (
	StorageTypeUndefined    uint16 = 0
	StorageTypeFixedROM     uint16 = 1
	StorageTypeRemovableROM uint16 = 2
	StorageTypeFixedRAM     uint16 = 3
	StorageTypeRemovableRAM uint16 = 4 // a card
)

// Values of StorageInfo.FilesystemType (MTP 1.1, 5.2.2.2).
const (
	FilesystemUndefined           uint16 = 0
	FilesystemGenericFlat         uint16 = 1
	FilesystemGenericHierarchical uint16 = 2
	FilesystemDCF                 uint16 = 3 // DCIM and what is in it
)

// Values of StorageInfo.AccessCapability (MTP 1.1, 5.2.2.3).
const (
	AccessReadWrite            uint16 = 0
	AccessReadOnly             uint16 = 1
	AccessReadOnlyWithDeletion uint16 = 2
)

// ParseStorageInfo parses a StorageInfo dataset. Strings may be missing at its
// end, and what follows it is not looked at. Its error is ErrMalformed.
func ParseStorageInfo(b []byte) (StorageInfo, error) {
	d := decoder{b: b}
	i := StorageInfo{
		StorageType:        d.uint16(),
		FilesystemType:     d.uint16(),
		AccessCapability:   d.uint16(),
		MaxCapacity:        d.uint64(),
		FreeSpaceInBytes:   d.uint64(),
		FreeSpaceInObjects: d.uint32(),
	}
	for _, s := range []*string{&i.StorageDescription, &i.VolumeIdentifier} {
		if !d.ended() {
			*s = d.string()
		}
	}
	return i, d.result("StorageInfo")
}

// Append is the inverse of [ParseStorageInfo].
func (i StorageInfo) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, i.StorageType)
	b = binary.LittleEndian.AppendUint16(b, i.FilesystemType)
	b = binary.LittleEndian.AppendUint16(b, i.AccessCapability)
	b = binary.LittleEndian.AppendUint64(b, i.MaxCapacity)
	b = binary.LittleEndian.AppendUint64(b, i.FreeSpaceInBytes)
	b = binary.LittleEndian.AppendUint32(b, i.FreeSpaceInObjects)
	b = AppendString(b, i.StorageDescription)
	return AppendString(b, i.VolumeIdentifier)
}
