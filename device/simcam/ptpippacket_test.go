package simcam

import (
	"encoding/binary"
	"fmt"
	"io"

	"custodock/device/mtp"
)

// packetType is the type of a PTP/IP packet (CIPA DC-005-2005, 2.3).
type packetType uint32

const (
	packetInitCommandRequest packetType = 1
	packetInitCommandAck     packetType = 2
	packetInitEventRequest   packetType = 3
	packetInitEventAck       packetType = 4
	packetInitFail           packetType = 5
	packetRequest            packetType = 6
	packetResponse           packetType = 7
	packetEvent              packetType = 8
	packetStartData          packetType = 9
	packetData               packetType = 10
	packetCancel             packetType = 11
	packetEndData            packetType = 12
	packetProbeRequest       packetType = 13
	packetProbeResponse      packetType = 14
)

// maxPacket bounds what an initiator sends in one packet. It has little to say.
const maxPacket = 1 << 20

// readPacket reads a packet: its length with the header, its type, the rest.
func readPacket(c io.Reader) (packetType, []byte, error) {
	var header [8]byte
	if _, err := io.ReadFull(c, header[:]); err != nil {
		return 0, nil, err
	}
	length := binary.LittleEndian.Uint32(header[:])
	if length < 8 || length > maxPacket {
		return 0, nil, fmt.Errorf("a packet of %d bytes", length)
	}
	b := make([]byte, length-8)
	_, err := io.ReadFull(c, b)
	return packetType(binary.LittleEndian.Uint32(header[4:])), b, err
}

func writePacket(c io.Writer, kind packetType, payload []byte) error {
	b := binary.LittleEndian.AppendUint32(nil, uint32(8+len(payload)))
	b = binary.LittleEndian.AppendUint32(b, uint32(kind))
	_, err := c.Write(append(b, payload...))
	return err
}

// phase is the code and the transaction ID that a request, a response or an event
// begins with; its parameters follow, as in a container.
func phase(b []byte) mtp.Container {
	return mtp.Container{Code: binary.LittleEndian.Uint16(b), TransactionID: binary.LittleEndian.Uint32(b[2:])}
}
