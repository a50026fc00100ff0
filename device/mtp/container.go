package mtp

import (
	"encoding/binary"
	"fmt"
)

// ContainerType says which phase of a transaction a container carries
// (SICD 7.1.1).
type ContainerType uint16

// The types of containers.
const (
	ContainerCommand  ContainerType = 1
	ContainerData     ContainerType = 2
	ContainerResponse ContainerType = 3
	ContainerEvent    ContainerType = 4
)

// ContainerSize is the size of a container's header in bytes.
const ContainerSize = 12

// LengthUnknown is the Length of a container of 4 GiB or more: the field
// cannot hold it, so the object's size, or a short packet, ends the container.
const LengthUnknown uint32 = 0xFFFFFFFF

// Container is the header of a USB bulk container (SICD 7.1.1). Code is an
// [OperationCode], a [ResponseCode] or an [EventCode] by Type.
type Container struct {
	Length        uint32 // with the header; LengthUnknown if it is 4 GiB or more
	Type          ContainerType
	Code          uint16
	TransactionID uint32
}

// ParseContainer parses the header at the start of b. Its length may be more
// than b holds, but not less than a header. Its error is ErrMalformed.
func ParseContainer(b []byte) (Container, error) {
	d := decoder{b: b}
	c := Container{
		Length:        d.uint32(),
		Type:          ContainerType(d.uint16()),
		Code:          d.uint16(),
		TransactionID: d.uint32(),
	}
	switch {
	case d.err != nil:
	case c.Length < ContainerSize:
		d.fail(fmt.Sprintf("a length of %d", c.Length))
	case c.Type < ContainerCommand || c.Type > ContainerEvent:
		d.fail(fmt.Sprintf("a type of %d", c.Type))
	}
	if err := d.result("container"); err != nil {
		return Container{}, err
	}
	return c, nil
}

// Append is the inverse of [ParseContainer].
func (c Container) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, c.Length)
	b = binary.LittleEndian.AppendUint16(b, uint16(c.Type))
	b = binary.LittleEndian.AppendUint16(b, c.Code)
	return binary.LittleEndian.AppendUint32(b, c.TransactionID)
}

// ContainerLength is the Length of a container with a payload of n bytes.
func ContainerLength(n int64) uint32 {
	if n >= int64(LengthUnknown)-ContainerSize {
		return LengthUnknown
	}
	return uint32(n + ContainerSize)
}

const (
	// maxParams is how many parameters a request and a response have at the most
	// (SICD 7.1.1), and maxEventParams an event (SICD 7.3.1).
	maxParams      = 5
	maxEventParams = 3
)

// Request is what c is as a request, with the bytes that came behind it.
func (c Container) Request(b []byte) Request {
	return Request{OperationCode(c.Code), c.TransactionID, parseParams(b, maxParams)}
}

// Response is what c is as a response, with the bytes that came behind it.
func (c Container) Response(b []byte) Response {
	return Response{ResponseCode(c.Code), c.TransactionID, parseParams(b, maxParams)}
}

// Event is what c is as an event, with the bytes that came behind it.
func (c Container) Event(b []byte) Event {
	return Event{EventCode(c.Code), c.TransactionID, parseParams(b, maxEventParams)}
}

// Append appends r as a container. Its inverse is [ParseContainer], and
// Container.Request of what follows.
func (r Request) Append(b []byte) []byte {
	return appendPhase(b, ContainerCommand, uint16(r.Operation), r.TransactionID, r.Params)
}

// Append appends r as a container. Its inverse is [ParseContainer], and
// Container.Response of what follows.
func (r Response) Append(b []byte) []byte {
	return appendPhase(b, ContainerResponse, uint16(r.Code), r.TransactionID, r.Params)
}

// Append appends e as a container. Its inverse is [ParseContainer], and
// Container.Event of what follows.
func (e Event) Append(b []byte) []byte {
	return appendPhase(b, ContainerEvent, uint16(e.Code), e.TransactionID, e.Params)
}

// appendPhase appends a container that has parameters and nothing else.
func appendPhase(b []byte, t ContainerType, code uint16, id uint32, params []uint32) []byte {
	b = Container{ContainerLength(int64(4 * len(params))), t, code, id}.Append(b)
	for _, p := range params {
		b = binary.LittleEndian.AppendUint32(b, p)
	}
	return b
}

// parseParams parses the parameters of a request, a response or an event, at
// most limit of them. Bytes that make no whole parameter are left out:
// uMTP-Responder 1.3.10 answers OpenSession with 13 bytes.
func parseParams(b []byte, limit int) []uint32 {
	n := min(len(b)/4, limit)
	if n == 0 {
		return nil
	}
	params := make([]uint32, n)
	for i := range params {
		params[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return params
}
