package simcam_test

import (
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"custodock/device/mtp"
	"custodock/device/simcam"
)

// ip is an initiator's two connections to a responder.
type ip struct {
	t                *testing.T
	commands, events net.Conn
}

// Packets of PTP/IP (CIPA DC-005-2005, 2.3) that gphoto2 does not use.
const (
	cancelPacket        = 11
	endDataPacket       = 12
	probeRequestPacket  = 13
	probeResponsePacket = 14
)

func dialPTPIP(t *testing.T, address net.Addr) *ip {
	t.Helper()
	c := &ip{t: t}
	for _, conn := range []*net.Conn{&c.commands, &c.events} {
		dialed, err := net.Dial("tcp", address.String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { dialed.Close() })
		dialed.SetDeadline(time.Now().Add(30 * time.Second)) // of a test that fails
		*conn = dialed
	}
	c.write(c.commands, 1, append(make([]byte, 16), "x\x00\x00\x00\x00\x00\x01\x00"...))
	kind, ack := c.read(c.commands)
	if kind != 2 || len(ack) < 4 {
		t.Fatalf("init command: packet %d %x", kind, ack)
	}
	c.write(c.events, 3, ack[:4])
	if kind, _ := c.read(c.events); kind != 4 {
		t.Fatalf("init event: packet %d", kind)
	}
	return c
}

func (c *ip) write(conn net.Conn, kind uint32, payload []byte) {
	c.t.Helper()
	b := binary.LittleEndian.AppendUint32(nil, uint32(8+len(payload)))
	if _, err := conn.Write(append(binary.LittleEndian.AppendUint32(b, kind), payload...)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *ip) read(conn net.Conn) (kind uint32, payload []byte) {
	c.t.Helper()
	var header [8]byte
	if _, err := io.ReadFull(conn, header[:]); err != nil {
		c.t.Fatal(err)
	}
	payload = make([]byte, binary.LittleEndian.Uint32(header[:])-8)
	if _, err := io.ReadFull(conn, payload); err != nil {
		c.t.Fatal(err)
	}
	return binary.LittleEndian.Uint32(header[4:]), payload
}

func (c *ip) request(op mtp.OperationCode, id uint32, params ...uint32) {
	c.t.Helper()
	b := binary.LittleEndian.AppendUint32(nil, 1)
	b = binary.LittleEndian.AppendUint16(b, uint16(op))
	b = binary.LittleEndian.AppendUint32(b, id)
	for _, p := range params {
		b = binary.LittleEndian.AppendUint32(b, p)
	}
	c.write(c.commands, 6, b)
}

// response reads on to the next response.
func (c *ip) response() mtp.ResponseCode {
	c.t.Helper()
	for {
		if kind, b := c.read(c.commands); kind == 7 {
			return mtp.ResponseCode(binary.LittleEndian.Uint16(b))
		}
	}
}

func TestPTPIPProbe(t *testing.T) {
	c := dialPTPIP(t, servePTPIP(t, responder(simcam.BarePTP(), tree(true))))
	c.write(c.events, probeRequestPacket, nil)
	if kind, _ := c.read(c.events); kind != probeResponsePacket {
		t.Errorf("a probe was answered with packet %d", kind)
	}
}

func TestPTPIPEvent(t *testing.T) {
	r := responder(simcam.BarePTP(), tree(true))
	c := dialPTPIP(t, servePTPIP(t, r))
	c.request(mtp.OpOpenSession, 0, 1)
	c.response()
	r.Put(1, simcam.File{Path: "NEW.MP4"})
	kind, b := c.read(c.events)
	if kind != 8 || mtp.EventCode(binary.LittleEndian.Uint16(b)) != mtp.EventObjectAdded {
		t.Errorf("a new file is told as packet %d %x", kind, b)
	}
}

// TestPTPIPCancel ends the transfer of an object that has no end in the time
// of a test.
func TestPTPIPCancel(t *testing.T) {
	p := simcam.Android()
	address := servePTPIP(t, responder(p, []simcam.Storage{{Files: []simcam.File{{Path: "A.MP4", Size: 1 << 50}}}}))
	c := dialPTPIP(t, address)
	c.request(mtp.OpOpenSession, 0, 1)
	c.response()
	c.request(mtp.OpGetObject, 1, 1)
	c.read(c.commands) // the start of the data
	c.write(c.events, cancelPacket, []byte{1, 0, 0, 0})
	for kind := uint32(0); kind != endDataPacket; {
		kind, _ = c.read(c.commands)
	}
	if code := c.response(); code != mtp.RespTransactionCancelled {
		t.Errorf("a cancelled transaction ends with %v", code)
	}
	c.request(mtp.OpGetStorageIDs, 2)
	if code := c.response(); code != mtp.RespOK {
		t.Errorf("the next one ends with %v", code)
	}

	c.commands.Close()
	c = dialPTPIP(t, address)
	c.request(mtp.OpOpenSession, 0, 1)
	c.response()
	c.request(mtp.OpGetStorageIDs, 1)
	if code := c.response(); code != mtp.RespOK {
		t.Errorf("transaction 1 of the next initiator ends with %v", code)
	}
}
