package usbpipe

import (
	"bytes"
	"encoding/binary"
)

// The descriptors by which Windows knows MTP devices that have a vendor's
// class ("Microsoft OS 1.0 Descriptors Specification"; "Extended Compat ID OS
// Feature Descriptor Specification", Microsoft, 2009).
const (
	osStringIndex  = 0xEE
	osStringLength = 18

	compatIDIndex    = 0x0004
	compatIDHeader   = 16
	compatIDFunction = 24
	maxFunctions     = 255 // its count is one byte
)

// Standard and vendor requests on the device (USB 2.0, 9.4).
const (
	requestIn            = 0x80
	requestVendorIn      = 0xC0
	requestGetDescriptor = 6
	stringDescriptor     = 3
)

// control does a control request that reads, as gousb.Device.Control does.
type control func(requestType, request uint8, value, index uint16, data []byte) (int, error)

// askOS asks a device which of its interfaces are MTP. Each answer is nothing
// but bytes until it was checked; an error is a no.
func askOS(ask control) map[int]bool {
	data := make([]byte, osStringLength)
	n, err := ask(requestIn, requestGetDescriptor, stringDescriptor<<8|osStringIndex, 0, data)
	if err != nil {
		return nil
	}
	vendor, ok := parseOSString(data[:n])
	if !ok {
		return nil
	}
	data = make([]byte, compatIDHeader+maxFunctions*compatIDFunction)
	n, err = ask(requestVendorIn, vendor, 0, compatIDIndex, data)
	if err != nil {
		return nil
	}
	return parseCompatIDs(data[:n])
}

// parseOSString returns the request by which a device tells its other OS
// descriptors.
func parseOSString(b []byte) (vendor uint8, ok bool) {
	if len(b) != osStringLength || b[0] != osStringLength || b[1] != stringDescriptor {
		return 0, false
	}
	if string(b[2:16]) != "M\x00S\x00F\x00T\x001\x000\x000\x00" {
		return 0, false
	}
	return b[16], true
}

// parseCompatIDs returns the numbers of the interfaces that are MTP.
func parseCompatIDs(b []byte) map[int]bool {
	if len(b) < compatIDHeader {
		return nil
	}
	length, version := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint16(b[4:])
	if length < compatIDHeader || version != 0x0100 || binary.LittleEndian.Uint16(b[6:]) != compatIDIndex {
		return nil
	}
	functions := b[compatIDHeader:min(uint64(length), uint64(len(b)))]
	found := make(map[int]bool)
	for range b[8] {
		if len(functions) < compatIDFunction {
			break
		}
		if string(bytes.TrimRight(functions[2:10], "\x00")) == "MTP" {
			found[int(functions[0])] = true
		}
		functions = functions[compatIDFunction:]
	}
	return found
}
