package main

import "encoding/binary"

// Descriptor types (USB 2.0, table 9-5; USB 3.2, table 9-6).
const (
	descriptorInterface = 4
	descriptorEndpoint  = 5
	descriptorCompanion = 0x30
)

// Endpoints of the interface, in the order in which FunctionFS numbers its
// files, and their kinds (USB 2.0, 9.6.6).
const (
	endpointIn        = 0x81
	endpointOut       = 0x02
	endpointInterrupt = 0x83

	kindBulk      = 2
	kindInterrupt = 3
)

// eventPacket holds the largest event, of 24 bytes (SICD 7.3.2).
const eventPacket = 28

// speed is how fast the camera's bus is.
type speed struct {
	name     string // as configfs has it
	packet   int    // of the bulk endpoints
	interval byte   // of the interrupt endpoint: 4 to 10 ms
}

var (
	full  = speed{name: "full-speed", packet: 64, interval: 10}
	high  = speed{name: "high-speed", packet: 512, interval: 6}
	super = speed{name: "super-speed", packet: 1024, interval: 6}

	speeds = map[string]speed{"full": full, "high": high, "super": super}
)

// Magic numbers and flags of linux/usb/functionfs.h.
const (
	magicStrings     = 2
	magicDescriptors = 3

	hasFullSpeed  = 1
	hasHighSpeed  = 2
	hasSuperSpeed = 4
)

// descriptors is what FunctionFS wants first: how many descriptors there are
// for each speed, and then all of them.
func descriptors() []byte {
	b := words(magicDescriptors, 0, hasFullSpeed|hasHighSpeed|hasSuperSpeed, 4, 4, 7)
	for _, s := range []speed{full, high, super} {
		b = s.append(b)
	}
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)))
	return b
}

// append adds the interface and its endpoints at one speed.
func (s speed) append(b []byte) []byte {
	b = append(b, 9, descriptorInterface, 0, 0, 3, 6, 1, 1, 1) // still image, PTP; its name is string 1
	b = s.appendEndpoint(b, endpointIn, kindBulk, s.packet, 0)
	b = s.appendEndpoint(b, endpointOut, kindBulk, s.packet, 0)
	return s.appendEndpoint(b, endpointInterrupt, kindInterrupt, eventPacket, s.interval)
}

func (s speed) appendEndpoint(b []byte, address, kind byte, packet int, interval byte) []byte {
	b = append(b, 7, descriptorEndpoint, address, kind, byte(packet), byte(packet>>8), interval)
	if s != super {
		return b
	}
	perInterval := 0
	if kind == kindInterrupt {
		perInterval = packet
	}
	return append(b, 6, descriptorCompanion, 0, 0, byte(perInterval), 0)
}

// stringTable is what FunctionFS wants next: one string, in English.
func stringTable() []byte {
	b := words(magicStrings, 0, 1, 1)
	b = append(b, 0x09, 0x04)
	b = append(b, "MTP\x00"...)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)))
	return b
}

func words(all ...uint32) []byte {
	var b []byte
	for _, w := range all {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return b
}
