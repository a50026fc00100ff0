package mtp

import "encoding/binary"

// ObjectProp is one property of one object.
type ObjectProp struct {
	Handle ObjectHandle
	Code   ObjectPropCode
	Type   DataType
	Value  Value
}

// ObjectPropList is properties of many objects (MTP 1.1, E.2.1.1).
type ObjectPropList []ObjectProp

// ParseObjectPropList parses an ObjectPropList dataset. Whatever its count, it
// takes memory for the properties that are there. What follows them is not looked
// at. Its error is ErrMalformed.
func ParseObjectPropList(b []byte) (ObjectPropList, error) {
	d := decoder{b: b}
	n := d.uint32()
	var list ObjectPropList
	for i := uint32(0); i < n && d.err == nil; i++ {
		list = append(list, d.objectProp())
	}
	if err := d.result("ObjectPropList"); err != nil {
		return nil, err
	}
	return list, nil
}

func (d *decoder) objectProp() ObjectProp {
	p := ObjectProp{
		Handle: ObjectHandle(d.uint32()),
		Code:   ObjectPropCode(d.uint16()),
		Type:   DataType(d.uint16()),
	}
	p.Value = d.value(p.Type)
	return p
}

// Append is the inverse of [ParseObjectPropList].
func (l ObjectPropList) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(l)))
	for _, p := range l {
		b = p.append(b)
	}
	return b
}

func (p ObjectProp) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(p.Handle))
	b = binary.LittleEndian.AppendUint16(b, uint16(p.Code))
	b = binary.LittleEndian.AppendUint16(b, uint16(p.Type))
	return p.Value.Append(b)
}
