package mtp

import (
	"context"
	"io"
)

// Request is the request phase of a transaction: an operation and up to five
// parameters.
type Request struct {
	Operation     OperationCode
	TransactionID uint32
	Params        []uint32 // at most 5
}

// Response is the response phase of a transaction.
type Response struct {
	Code          ResponseCode
	TransactionID uint32
	Params        []uint32 // at most 5
}

// Event is what a responder says by itself.
type Event struct {
	Code          EventCode
	TransactionID uint32
	Params        []uint32 // at most 3
}

// Transport carries the phases of transactions between an initiator and one
// responder, and knows how they are framed: in USB containers
// ([NewUSBTransport]) or in PTP/IP packets. It knows nothing of what
// operations mean.
//
// A transaction is SendRequest, then SendData or ReceiveData if the operation
// has a data phase, then ReceiveResponse. One goroutine does transactions;
// ReceiveEvent and Cancel may be called beside it. A phase that ctx ends, or
// that fails, leaves the transaction open: Cancel, and Reset if that fails,
// make the transport fit for another one. After the responder was
// disconnected every method returns an error that is [ErrDisconnected].
//
// Other errors of the phases are those of the pipe, ErrProtocol, and ctx's.
type Transport interface {
	// SendRequest sends the request phase of r.
	SendRequest(ctx context.Context, r Request) error

	// SendData sends the data phase of r: size bytes from data.
	SendData(ctx context.Context, r Request, data io.Reader, size int64) error

	// ReceiveData writes the payload of r's data phase to w as it arrives and
	// returns how many bytes that were. size is how many bytes the caller
	// expects, and is what ends a data phase whose container cannot say its
	// length (4 GiB and more); -1 is unknown. A responder that goes straight
	// to its response has no data: n is 0, and ReceiveResponse returns that
	// response. An error of w ends the phase like ctx.
	ReceiveData(ctx context.Context, r Request, w io.Writer, size int64) (n int64, err error)

	// ReceiveResponse returns the response to r. Stale responses, of
	// transactions before r, are passed over.
	ReceiveResponse(ctx context.Context, r Request) (Response, error)

	// ReceiveEvent waits for an event.
	ReceiveEvent(ctx context.Context) (Event, error)

	// Cancel ends the open transaction r and brings both sides back to where
	// a request may be sent, throwing away what arrives until then.
	Cancel(ctx context.Context, r Request) error

	// Reset brings the responder back to where nothing was ever said: its
	// session is closed.
	Reset(ctx context.Context) error

	// Close frees what the transport is over. No method may be running.
	Close() error
}
