package mtp

import "fmt"

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

// String is the type's name in the specification.
func (t DataType) String() string {
	switch elem := t &^ TypeArray; {
	case t == TypeString:
		return "STR"
	case elem.size() == 0:
		return fmt.Sprintf("data type 0x%04X", uint16(t))
	case t != elem:
		return "A" + elem.String()
	case t.signed():
		return fmt.Sprintf("INT%d", 8*t.size())
	}
	return fmt.Sprintf("UINT%d", 8*t.size())
}

// size is how many bytes an integer of type t has; 0 if t is no integer.
func (t DataType) size() int {
	switch t {
	case TypeInt8, TypeUint8:
		return 1
	case TypeInt16, TypeUint16:
		return 2
	case TypeInt32, TypeUint32:
		return 4
	case TypeInt64, TypeUint64:
		return 8
	case TypeInt128, TypeUint128:
		return 16
	}
	return 0
}

func (t DataType) signed() bool { return t.size() > 0 && t&1 == 1 }
