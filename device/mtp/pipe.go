package mtp

import "context"

// Endpoint is one of the three endpoints of a still image interface.
type Endpoint int

// The endpoints, as the initiator sees them.
const (
	BulkIn    Endpoint = iota // data and responses
	BulkOut                   // requests and data
	Interrupt                 // events
)

// Pipe is the USB side of one responder: the still image interface with its
// endpoints (SICD 7), with nothing of MTP in it. [NewUSBTransport] makes
// containers of it. Transfer boundaries are kept by every pipe, also by those
// that are not USB: the framing depends on them.
//
// One bulk transfer is under way at a time; an interrupt transfer and a
// control request may run beside it. Every method ends when ctx does, with
// ctx's error, and leaves the pipe usable: what arrived before is lost. After
// the responder was disconnected every method returns ErrDisconnected; other
// failures are ErrHalted or ErrIO.
type Pipe interface {
	// PacketSize is the largest packet of the BulkIn endpoint in bytes: 64,
	// 512 or 1024.
	PacketSize() int

	// Receive reads from BulkIn into p, whose length is a multiple of
	// PacketSize. It returns when p is full or the transfer has ended, which
	// a packet shorter than PacketSize does: n < len(p) is the end of a
	// transfer, and n == 0 without an error is a zero-length packet.
	Receive(ctx context.Context, p []byte) (n int, err error)

	// Send writes p to BulkOut as one transfer. If len(p) is a multiple of
	// the packet size the responder does not know that it has ended: send an
	// empty p after it. An empty p is a zero-length packet.
	Send(ctx context.Context, p []byte) error

	// ReceiveInterrupt reads one transfer from Interrupt into p.
	ReceiveInterrupt(ctx context.Context, p []byte) (n int, err error)

	// Control does a class request on the interface: in reads at most
	// len(data) bytes into data, otherwise data is sent. A refused request is
	// ErrHalted.
	Control(ctx context.Context, in bool, request byte, data []byte) (n int, err error)

	// ClearHalt makes an endpoint go on after ErrHalted, and starts its data
	// toggle anew.
	ClearHalt(ctx context.Context, e Endpoint) error

	// Reset resets the device's port and claims the interface anew. It is the
	// last resort: the responder forgets its session, and all open transfers
	// fail. When the device came back as another one it is ErrDisconnected.
	Reset(ctx context.Context) error

	// Close frees the device. No method may be running.
	Close() error
}
