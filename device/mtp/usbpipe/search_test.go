package usbpipe

import (
	"errors"
	"testing"

	"github.com/google/gousb"

	"custodock/device"
)

func endpoint(address gousb.EndpointAddress, kind gousb.TransferType, size int) gousb.EndpointDesc {
	return gousb.EndpointDesc{
		Address: address, Number: int(address & 0xF), Direction: address&0x80 != 0, TransferType: kind, MaxPacketSize: size,
	}
}

func setting(number, alternate int, endpoints ...gousb.EndpointDesc) gousb.InterfaceSetting {
	s := gousb.InterfaceSetting{Number: number, Alternate: alternate, Endpoints: make(map[gousb.EndpointAddress]gousb.EndpointDesc)}
	for _, ep := range endpoints {
		s.Endpoints[ep.Address] = ep
	}
	return s
}

func config(interfaces ...[]gousb.InterfaceSetting) gousb.ConfigDesc {
	c := gousb.ConfigDesc{Number: 1}
	for _, alts := range interfaces {
		c.Interfaces = append(c.Interfaces, gousb.InterfaceDesc{Number: alts[0].Number, AltSettings: alts})
	}
	return c
}

const (
	bulk      = gousb.TransferTypeBulk
	interrupt = gousb.TransferTypeInterrupt
)

// responder is a setting as an MTP responder has it.
func responder(number, alternate int) gousb.InterfaceSetting {
	return setting(number, alternate, endpoint(0x81, bulk, 512), endpoint(0x02, bulk, 512), endpoint(0x83, interrupt, 28))
}

func TestSearch(t *testing.T) {
	image := device.USBInterface{Class: 6, SubClass: 1, Protocol: 1}
	android := device.USBInterface{Class: 0xFF, Name: "MTP"}
	maybe := device.USBInterface{Class: 0xFF, BulkIn: 1, BulkOut: 1, InterruptIn: 1, Endpoints: 3}
	at := func(number int, i device.USBInterface) device.USBInterface {
		i.Number = number
		return i
	}
	disk := setting(0, 0, endpoint(0x84, bulk, 512), endpoint(0x05, bulk, 512))
	for _, tt := range []struct {
		name       string
		config     gousb.ConfigDesc
		interfaces []device.USBInterface
		confirmed  map[int]bool // by OS descriptors
		number     int          // -1: none is found
		alternate  int
		asked      int
	}{
		{"still image", config([]gousb.InterfaceSetting{responder(0, 0)}), []device.USBInterface{at(0, image)}, nil, 0, 0, 0},
		{"Android beside a disk", config([]gousb.InterfaceSetting{disk}, []gousb.InterfaceSetting{responder(1, 0)}),
			[]device.USBInterface{at(0, device.USBInterface{Class: 8}), at(1, android)}, nil, 1, 0, 0},
		{"numbers with gaps", config([]gousb.InterfaceSetting{responder(5, 0)}), []device.USBInterface{at(5, image)}, nil, 5, 0, 0},
		{"a setting without endpoints first", config([]gousb.InterfaceSetting{setting(0, 0), responder(0, 1)}),
			[]device.USBInterface{at(0, image)}, nil, 0, 1, 0},
		{"one that says so before one that may be", config([]gousb.InterfaceSetting{responder(0, 0)}, []gousb.InterfaceSetting{responder(1, 0)}),
			[]device.USBInterface{at(0, maybe), at(1, image)}, map[int]bool{0: true}, 1, 0, 0},
		{"by OS descriptors", config([]gousb.InterfaceSetting{responder(0, 0)}, []gousb.InterfaceSetting{responder(1, 0)}),
			[]device.USBInterface{at(0, maybe), at(1, maybe)}, map[int]bool{1: true}, 1, 0, 1},
		{"no OS descriptors", config([]gousb.InterfaceSetting{responder(0, 0)}), []device.USBInterface{at(0, maybe)}, nil, -1, 0, 1},
		{"no OS descriptors and many that may be", config([]gousb.InterfaceSetting{responder(0, 0)}, []gousb.InterfaceSetting{responder(1, 0)}, []gousb.InterfaceSetting{responder(2, 0)}),
			[]device.USBInterface{at(0, maybe), at(1, maybe), at(2, maybe)}, nil, -1, 0, 1},
		{"no bulk out", config([]gousb.InterfaceSetting{setting(0, 0, endpoint(0x81, bulk, 512))}), []device.USBInterface{at(0, image)}, nil, -1, 0, 0},
		{"packets of no bytes", config([]gousb.InterfaceSetting{setting(0, 0, endpoint(0x81, bulk, 0), endpoint(0x02, bulk, 512))}),
			[]device.USBInterface{at(0, image)}, nil, -1, 0, 0},
		{"packets of an odd size", config([]gousb.InterfaceSetting{setting(0, 0, endpoint(0x81, bulk, 100), endpoint(0x02, bulk, 512))}),
			[]device.USBInterface{at(0, image)}, nil, -1, 0, 0},
		{"not in this configuration", config(), []device.USBInterface{at(0, image)}, nil, -1, 0, 0},
		{"a keyboard", config([]gousb.InterfaceSetting{responder(0, 0)}), []device.USBInterface{at(0, device.USBInterface{Class: 3})}, nil, -1, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked := 0
			got, err := search(tt.config, tt.interfaces, func() map[int]bool { asked++; return tt.confirmed })
			if asked != tt.asked {
				t.Errorf("the device was asked %d times, want %d", asked, tt.asked)
			}
			if tt.number < 0 {
				if !errors.Is(err, ErrNoInterface) || !errors.Is(err, device.ErrNotCamera) {
					t.Errorf("found %+v, %v; want none", got, err)
				}
				return
			}
			if err != nil || got.number != tt.number || got.alternate != tt.alternate {
				t.Fatalf("found %+v, %v; want interface %d, setting %d", got, err, tt.number, tt.alternate)
			}
			if got.in.Address != 0x81 || got.out.Address != 0x02 || got.interrupt == nil || got.interrupt.Address != 0x83 {
				t.Errorf("endpoints %+v", got)
			}
		})
	}
}

// The first of several endpoints is taken, every time.
func TestEndpointsAreChosenAlike(t *testing.T) {
	s := setting(0, 0, endpoint(0x81, bulk, 512), endpoint(0x83, bulk, 512), endpoint(0x84, bulk, 512),
		endpoint(0x02, bulk, 512), endpoint(0x05, bulk, 512))
	for range 50 {
		got, ok := inSetting(s)
		if !ok || got.in.Address != 0x81 || got.out.Address != 0x02 || got.interrupt != nil {
			t.Fatalf("inSetting = %+v, %v", got, ok)
		}
	}
}

// gousb indexes interfaces by their numbers (config.go, Interface).
func TestByNumber(t *testing.T) {
	for name, numbers := range map[string][]int{
		"as it should be": {0, 1, 2}, "gaps": {0, 3}, "none at 0": {5}, "backwards": {2, 1, 0}, "twice": {1, 1}, "the last": {255},
	} {
		var given []gousb.InterfaceDesc
		for _, n := range numbers {
			given = append(given, gousb.InterfaceDesc{Number: n, AltSettings: []gousb.InterfaceSetting{{Number: n}}})
		}
		got := byNumber(given)
		for _, n := range numbers {
			if n >= len(got) || got[n].Number != n || len(got[n].AltSettings) != 1 {
				t.Errorf("%s: interface %d is not at its index: %v", name, n, got)
			}
		}
		for index, i := range got {
			if i.Number != index && i.Number != -1 {
				t.Errorf("%s: interface %d stands at %d", name, i.Number, index)
			}
		}
	}
}
