package usbpipe

import (
	"fmt"
	"slices"
	"sync"

	"github.com/google/gousb"

	"custodock/device"
)

// target is an interface in the setting in which it is an MTP responder.
type target struct {
	number, alternate int
	in, out           gousb.EndpointDesc
	interrupt         *gousb.EndpointDesc // nil when it has none
}

// search returns the MTP interface of a device: the first one that says so,
// else the first of those that may be one and that the device itself, when
// asked, calls MTP.
func search(config gousb.ConfigDesc, interfaces []device.USBInterface, ask func() map[int]bool) (target, error) {
	confirmed := sync.OnceValue(ask) // an answer may take seconds, and "no" is one
	for _, sign := range []device.MTPSign{device.SaysMTP, device.MaybeMTP} {
		for _, i := range interfaces {
			if i.MTP() != sign {
				continue
			}
			t, ok := endpoints(config, i.Number)
			if ok && (sign == device.SaysMTP || confirmed()[i.Number]) {
				return t, nil
			}
		}
	}
	return target{}, fmt.Errorf("%w in configuration %d", ErrNoInterface, config.Number)
}

// endpoints returns the first setting of an interface that has a bulk endpoint
// each way (SICD 7.2). The interrupt endpoint should be there as well, but all
// that it carries is events.
func endpoints(config gousb.ConfigDesc, number int) (target, bool) {
	for _, i := range config.Interfaces {
		for _, alt := range i.AltSettings {
			if alt.Number != number {
				continue
			}
			if t, ok := inSetting(alt); ok {
				return t, true
			}
		}
	}
	return target{}, false
}

func inSetting(alt gousb.InterfaceSetting) (target, bool) {
	t := target{number: alt.Number, alternate: alt.Alternate}
	addresses := make([]gousb.EndpointAddress, 0, len(alt.Endpoints))
	for a := range alt.Endpoints {
		addresses = append(addresses, a)
	}
	slices.Sort(addresses) // so that every opening takes the same ones
	for _, a := range addresses {
		ep := alt.Endpoints[a]
		bulk, in := ep.TransferType == gousb.TransferTypeBulk, ep.Direction == gousb.EndpointDirectionIn
		switch {
		case !carries(ep):
		case bulk && in && t.in.MaxPacketSize == 0:
			t.in = ep
		case bulk && !in && t.out.MaxPacketSize == 0:
			t.out = ep
		case ep.TransferType == gousb.TransferTypeInterrupt && in && t.interrupt == nil:
			t.interrupt = &ep
		}
	}
	return t, t.in.MaxPacketSize != 0 && t.out.MaxPacketSize != 0
}

// packetSize leaves out the bits that say how many packets a high-bandwidth
// endpoint has in a microframe (USB 2.0, 9.6.6).
func packetSize(ep gousb.EndpointDesc) int { return ep.MaxPacketSize & 0x7FF }

// carries reports whether an endpoint's packets have a size that they can have
// (USB 2.0, 5.7.3 and 5.8.3). A transfer's length is a multiple of it.
func carries(ep gousb.EndpointDesc) bool {
	size := packetSize(ep)
	if ep.TransferType == gousb.TransferTypeBulk {
		return size >= 8 && size <= 1024 && size&(size-1) == 0
	}
	return size > 0
}

// byNumber returns the interfaces so that each stands at the index that is its
// number. gousb v1.1.3 takes the one for the other (config.go, Interface), and
// panics where numbers have gaps, which they may not have and do.
func byNumber(interfaces []gousb.InterfaceDesc) []gousb.InterfaceDesc {
	var all []gousb.InterfaceDesc
	for _, i := range interfaces {
		for len(all) <= i.Number {
			all = append(all, gousb.InterfaceDesc{Number: -1})
		}
		if all[i.Number].Number == -1 {
			all[i.Number] = i
		}
	}
	return all
}
