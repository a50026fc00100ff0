package mtp

import "errors"

// Errors of this package, beside every [ResponseCode] but RespOK, which is an
// error too. Callers test for them with errors.Is, in this order:
//
//   - ErrDisconnected: plug the responder in anew.
//   - ErrBroken: open another session.
//   - Every other one: go on. The session has cancelled the transaction before
//     it returned, where it had to, and is fit for the next one.
//
// Whoever uses a [Transport] without a session cancels by itself.
var (
	// ErrDisconnected is returned when the responder is not there any more.
	// Nothing but Close is of use then: once it is back, begin with a new pipe.
	ErrDisconnected = errors.New("the responder is disconnected")

	// ErrBroken is returned by the transaction that went wrong and whose
	// responder could not be brought back, beside what went wrong, and by all
	// after it. Open another session over the transport: Open resets a responder
	// that does not answer. If Open fails too, all that is left is to plug the
	// responder in anew.
	ErrBroken = errors.New("the session is broken")

	// ErrTimeout is returned when the responder did not send or take a byte
	// for as long as Options.Timeout. The session goes on; whoever asks for the
	// same again will most likely wait again.
	ErrTimeout = errors.New("the responder did not answer in time")

	// ErrUnsupported is returned when the responder has no operation, or none
	// that works, for what is wanted, or the transport has no way for it. The
	// session goes on; to ask again is of no use.
	ErrUnsupported = errors.New("the responder cannot do this")

	// ErrMalformed is returned when what a responder sent cannot be what it
	// should be: cut short, a count of more than is there, an unknown type. The
	// session goes on.
	ErrMalformed = errors.New("the responder sent a malformed dataset")

	// ErrTooLarge is returned when the responder sends more than it may, before
	// memory is taken for it. The session goes on.
	ErrTooLarge = errors.New("the responder sent more than it may")

	// ErrNotSet is returned when a clock was set, and does not show it. The
	// session goes on.
	ErrNotSet = errors.New("the responder does not take the time that it is set to")

	// ErrProtocol is returned when a responder broke the rules of the protocol
	// in a way that cannot be read past: a foreign transaction ID, data that
	// nobody asked for, a container that is longer than it said. The session
	// goes on.
	ErrProtocol = errors.New("the responder broke the protocol")

	// ErrHalted is returned when the responder has halted (stalled) an
	// endpoint or refused a control request. A pipe's endpoint goes on after
	// ClearHalt; transports call that by themselves, and the session goes on.
	ErrHalted = errors.New("the responder halted the endpoint")

	// ErrIO is returned when a transfer failed for another reason: a bad
	// cable, a babbling device, a controller that gave up. The session goes on.
	ErrIO = errors.New("the transfer failed")
)
