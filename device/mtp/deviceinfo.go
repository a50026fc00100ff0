package mtp

import "encoding/binary"

// DeviceInfo is what a responder says of itself (MTP 1.1, 5.1.1).
type DeviceInfo struct {
	StandardVersion           uint16
	MTPVendorExtensionID      uint32
	MTPVersion                uint16
	MTPExtensions             string
	FunctionalMode            uint16
	OperationsSupported       []OperationCode
	EventsSupported           []EventCode
	DevicePropertiesSupported []DevicePropCode
	CaptureFormats            []FormatCode
	PlaybackFormats           []FormatCode
	Manufacturer              string
	Model                     string
	DeviceVersion             string
	SerialNumber              string
}

// ParseDeviceInfo parses a DeviceInfo dataset. Strings may be missing at its
// end, and what follows it is not looked at. Its error is ErrMalformed.
func ParseDeviceInfo(b []byte) (DeviceInfo, error) {
	d := decoder{b: b}
	i := DeviceInfo{
		StandardVersion:           d.uint16(),
		MTPVendorExtensionID:      d.uint32(),
		MTPVersion:                d.uint16(),
		MTPExtensions:             d.string(),
		FunctionalMode:            d.uint16(),
		OperationsSupported:       array[OperationCode](&d),
		EventsSupported:           array[EventCode](&d),
		DevicePropertiesSupported: array[DevicePropCode](&d),
		CaptureFormats:            array[FormatCode](&d),
		PlaybackFormats:           array[FormatCode](&d),
	}
	for _, s := range []*string{&i.Manufacturer, &i.Model, &i.DeviceVersion, &i.SerialNumber} {
		if !d.ended() {
			*s = d.string()
		}
	}
	return i, d.result("DeviceInfo")
}

// Append is the inverse of [ParseDeviceInfo].
func (i DeviceInfo) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, i.StandardVersion)
	b = binary.LittleEndian.AppendUint32(b, i.MTPVendorExtensionID)
	b = binary.LittleEndian.AppendUint16(b, i.MTPVersion)
	b = AppendString(b, i.MTPExtensions)
	b = binary.LittleEndian.AppendUint16(b, i.FunctionalMode)
	b = AppendArray(b, i.OperationsSupported)
	b = AppendArray(b, i.EventsSupported)
	b = AppendArray(b, i.DevicePropertiesSupported)
	b = AppendArray(b, i.CaptureFormats)
	b = AppendArray(b, i.PlaybackFormats)
	for _, s := range []string{i.Manufacturer, i.Model, i.DeviceVersion, i.SerialNumber} {
		b = AppendString(b, s)
	}
	return b
}
