package mtp

import (
	"bytes"
	"encoding/binary"
	"math"
)

// ObjectInfo is an object as PTP knows it (MTP 1.1, 5.3.1).
type ObjectInfo struct {
	StorageID              StorageID
	ObjectFormat           FormatCode
	ProtectionStatus       uint16
	ObjectCompressedSize   uint32 // 0xFFFFFFFF: 4 GiB or more, look elsewhere
	ThumbFormat            FormatCode
	ThumbCompressedSize    uint32
	ThumbPixWidth          uint32
	ThumbPixHeight         uint32
	ImagePixWidth          uint32
	ImagePixHeight         uint32
	ImageBitDepth          uint32
	ParentObject           ObjectHandle // 0 in the root
	AssociationType        uint16
	AssociationDescription uint32
	SequenceNumber         uint32
	Filename               string
	DateCreated            string // a DateTime, if it is one
	DateModified           string
	Keywords               string
}

// Values of ObjectInfo.ProtectionStatus (MTP 1.1, 5.3.1.3).
const (
	ProtectionNone                uint16 = 0
	ProtectionReadOnly            uint16 = 1
	ProtectionReadOnlyData        uint16 = 0x8002
	ProtectionNonTransferableData uint16 = 0x8003
)

// AssociationGenericFolder is the AssociationType of a folder.
const AssociationGenericFolder uint16 = 1

// objectInfoFixed is the size of the fields before the strings.
const objectInfoFixed = 52

// ParseObjectInfo parses an ObjectInfo dataset. Strings may be missing at its
// end, and what follows it is not looked at. Its error is ErrMalformed.
func ParseObjectInfo(b []byte) (ObjectInfo, error) {
	wide := hasWideSize(b)
	d := decoder{b: b}
	i := ObjectInfo{
		StorageID:              StorageID(d.uint32()),
		ObjectFormat:           FormatCode(d.uint16()),
		ProtectionStatus:       d.uint16(),
		ObjectCompressedSize:   d.compressedSize(wide),
		ThumbFormat:            FormatCode(d.uint16()),
		ThumbCompressedSize:    d.uint32(),
		ThumbPixWidth:          d.uint32(),
		ThumbPixHeight:         d.uint32(),
		ImagePixWidth:          d.uint32(),
		ImagePixHeight:         d.uint32(),
		ImageBitDepth:          d.uint32(),
		ParentObject:           ObjectHandle(d.uint32()),
		AssociationType:        d.uint16(),
		AssociationDescription: d.uint32(),
		SequenceNumber:         d.uint32(),
	}
	for _, s := range []*string{&i.Filename, &i.DateCreated, &i.DateModified, &i.Keywords} {
		if !d.ended() {
			*s = d.string()
		}
	}
	return i, d.result("ObjectInfo")
}

// hasWideSize says that the dataset has a size of 64 bits, as some Samsung
// phones send it. Everything behind it is then four bytes further on, and
// where the strings should begin stand the four zeros of SequenceNumber: as
// strings they would be all four of them, empty, with more to come.
func hasWideSize(b []byte) bool {
	return len(b) > objectInfoFixed+4 && bytes.Equal(b[objectInfoFixed:objectInfoFixed+4], make([]byte, 4))
}

func (d *decoder) compressedSize(wide bool) uint32 {
	if !wide {
		return d.uint32()
	}
	return uint32(min(d.uint64(), math.MaxUint32))
}

// Append is the inverse of [ParseObjectInfo].
func (i ObjectInfo) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(i.StorageID))
	b = binary.LittleEndian.AppendUint16(b, uint16(i.ObjectFormat))
	b = binary.LittleEndian.AppendUint16(b, i.ProtectionStatus)
	b = binary.LittleEndian.AppendUint32(b, i.ObjectCompressedSize)
	b = binary.LittleEndian.AppendUint16(b, uint16(i.ThumbFormat))
	for _, v := range []uint32{
		i.ThumbCompressedSize, i.ThumbPixWidth, i.ThumbPixHeight,
		i.ImagePixWidth, i.ImagePixHeight, i.ImageBitDepth, uint32(i.ParentObject),
	} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	b = binary.LittleEndian.AppendUint16(b, i.AssociationType)
	b = binary.LittleEndian.AppendUint32(b, i.AssociationDescription)
	b = binary.LittleEndian.AppendUint32(b, i.SequenceNumber)
	for _, s := range []string{i.Filename, i.DateCreated, i.DateModified, i.Keywords} {
		b = AppendString(b, s)
	}
	return b
}

// IsFolder says that other objects may have this one as their parent.
func (i ObjectInfo) IsFolder() bool { return isFolder(i.ObjectFormat, i.AssociationType) }

// isFolder is the one rule of what a folder is. Folders have the format of one;
// some responders leave it undefined, and give just the association. A file with
// a format of its own stays a file, whatever its association says.
func isFolder(format FormatCode, association uint16) bool {
	return format == FormatAssociation ||
		association == AssociationGenericFolder && (format == FormatUndefined || format == 0)
}
