package usbpipe

import (
	"errors"
	"maps"
	"testing"
)

// osString is a Microsoft OS string descriptor.
func osString(vendor byte) []byte {
	return append(append([]byte{18, 3}, "M\x00S\x00F\x00T\x001\x000\x000\x00"...), vendor, 0)
}

// compatIDs is an extended compat ID descriptor: of each interface its ID.
func compatIDs(ids map[byte]string) []byte {
	b := make([]byte, 16)
	b[0], b[5], b[6], b[8] = byte(16+24*len(ids)), 1, 4, byte(len(ids))
	for number := range byte(10) {
		if id, ok := ids[number]; ok {
			function := make([]byte, 24)
			function[0], function[1] = number, 1
			copy(function[2:10], id)
			b = append(b, function...)
		}
	}
	return b
}

func TestAskOS(t *testing.T) {
	good := compatIDs(map[byte]string{0: "WINUSB", 2: "MTP"})
	with := func(b []byte, at int, value byte) []byte {
		c := append([]byte(nil), b...)
		c[at] = value
		return c
	}
	refused := errors.New("refused")
	for _, tt := range []struct {
		name        string
		first       []byte
		firstErr    error
		second      []byte
		secondErr   error
		want        map[int]bool
		askedSecond bool
	}{
		{name: "MTP", first: osString(0x42), second: good, want: map[int]bool{2: true}, askedSecond: true},
		{name: "MTP twice", first: osString(0x42), second: compatIDs(map[byte]string{0: "MTP", 1: "MTP"}), want: map[int]bool{0: true, 1: true}, askedSecond: true},
		{name: "refused at once", firstErr: refused},
		{name: "refused later", first: osString(0x42), secondErr: refused, askedSecond: true},
		{name: "another string", first: with(osString(0x42), 2, 'N')},
		{name: "no string", first: with(osString(0x42), 1, 1)},
		{name: "short string", first: osString(0x42)[:17]},
		{name: "nothing", first: nil},
		{name: "other ID", first: osString(0x42), second: compatIDs(map[byte]string{0: "MTPX", 1: "XMTP", 2: "PTP"}), askedSecond: true},
		{name: "other version", first: osString(0x42), second: with(good, 5, 2), askedSecond: true},
		{name: "other descriptor", first: osString(0x42), second: with(good, 6, 5), askedSecond: true},
		{name: "length lies", first: osString(0x42), second: with(with(good, 0, 0xFF), 1, 0xFF), want: map[int]bool{2: true}, askedSecond: true},
		{name: "length is short", first: osString(0x42), second: with(good, 0, 40), askedSecond: true},
		{name: "count lies", first: osString(0x42), second: with(good, 8, 255), want: map[int]bool{2: true}, askedSecond: true},
		{name: "cut", first: osString(0x42), second: good[:60], askedSecond: true},
		{name: "cut in the header", first: osString(0x42), second: good[:10], askedSecond: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			askedSecond := false
			got := askOS(func(kind, request uint8, value, index uint16, data []byte) (int, error) {
				if kind == 0x80 && request == 6 && value == 0x03EE && index == 0 && len(data) == 18 {
					return copy(data, tt.first), tt.firstErr
				}
				if kind != 0xC0 || request != 0x42 || value != 0 || index != 4 {
					t.Errorf("request %#x %#x %#x %#x", kind, request, value, index)
				}
				askedSecond = true
				return copy(data, tt.second), tt.secondErr
			})
			if !maps.Equal(got, tt.want) || askedSecond != tt.askedSecond {
				t.Errorf("askOS = %v, want %v; vendor request made: %v", got, tt.want, askedSecond)
			}
		})
	}
}
