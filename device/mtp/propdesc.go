package mtp

import (
	"encoding/binary"
	"fmt"
)

// FormFlag says how DevicePropDesc bounds a property's values (MTP 1.1,
// 5.1.2.1). Others than these occur and bound nothing that is known here.
type FormFlag uint8

// The forms of a property's values.
const (
	FormNone        FormFlag = 0
	FormRange       FormFlag = 1
	FormEnumeration FormFlag = 2
)

// Values of DevicePropDesc.GetSet (MTP 1.1, 5.1.2.1).
const (
	PropGet    uint8 = 0
	PropGetSet uint8 = 1
)

// DevicePropDesc is a property of the responder, with its type and its values
// (MTP 1.1, 5.1.2).
type DevicePropDesc struct {
	DevicePropertyCode  DevicePropCode
	DataType            DataType
	GetSet              uint8 // PropGetSet if it can be set
	FactoryDefaultValue Value
	CurrentValue        Value
	FormFlag            FormFlag

	MinimumValue, MaximumValue, StepSize Value // of FormRange

	SupportedValues []Value // of FormEnumeration
}

// ParseDevicePropDesc parses a DevicePropDesc dataset. The form may be missing
// at its end, and what follows it is not looked at. Its error is ErrMalformed.
func ParseDevicePropDesc(b []byte) (DevicePropDesc, error) {
	d := decoder{b: b}
	p := DevicePropDesc{
		DevicePropertyCode: DevicePropCode(d.uint16()),
		DataType:           DataType(d.uint16()),
		GetSet:             d.uint8(),
	}
	p.FactoryDefaultValue = d.value(p.DataType)
	p.CurrentValue = d.value(p.DataType)
	if !d.ended() {
		p.FormFlag = FormFlag(d.uint8())
	}
	switch p.FormFlag {
	case FormRange:
		p.MinimumValue = d.value(p.DataType)
		p.MaximumValue = d.value(p.DataType)
		p.StepSize = d.value(p.DataType)
	case FormEnumeration:
		p.SupportedValues = d.values(p.DataType)
	}
	return p, d.result("DevicePropDesc")
}

// values parses a count of 16 bits and as many values. A value has a byte at
// the least, so the count is bounded by what is left.
func (d *decoder) values(t DataType) []Value {
	n := int(d.uint16())
	if n > len(d.b) {
		d.fail(fmt.Sprintf("%d values in %d bytes", n, len(d.b)))
	}
	var values []Value
	for i := 0; i < n && d.err == nil; i++ {
		values = append(values, d.value(t))
	}
	return values
}

// Append is the inverse of [ParseDevicePropDesc].
func (p DevicePropDesc) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(p.DevicePropertyCode))
	b = binary.LittleEndian.AppendUint16(b, uint16(p.DataType))
	b = append(b, p.GetSet)
	b = p.FactoryDefaultValue.Append(b)
	b = p.CurrentValue.Append(b)
	b = append(b, byte(p.FormFlag))
	switch p.FormFlag {
	case FormRange:
		b = p.MinimumValue.Append(b)
		b = p.MaximumValue.Append(b)
		b = p.StepSize.Append(b)
	case FormEnumeration:
		b = binary.LittleEndian.AppendUint16(b, uint16(len(p.SupportedValues)))
		for _, v := range p.SupportedValues {
			b = v.Append(b)
		}
	}
	return b
}
