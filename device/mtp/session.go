package mtp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Options are the options of [Open]. The zero value is fit for use.
type Options struct {
	// Timeout is how long a responder may be silent within a transaction, 0
	// for 20 s. It starts anew with every read of data.
	Timeout time.Duration

	// BusyTimeout is for how long an operation is tried again while the
	// responder says that it is busy, 0 for 10 s.
	BusyTimeout time.Duration

	// Abilities is what sessions before have learned of this responder, and
	// gets what this one learns; nil to begin anew.
	Abilities *Abilities

	// Log gets what a person may want to know of a responder's faults, nil
	// for nothing.
	Log *slog.Logger
}

const (
	defaultTimeout     = 20 * time.Second
	defaultBusyTimeout = 10 * time.Second

	// openTimeout is how long a responder may take for its first words. One
	// that hangs there is reset, and that should not take a minute.
	openTimeout = 5 * time.Second

	// cancelTimeout and resetTimeout bound what brings a responder back, also
	// when whoever waits for it has no time left.
	cancelTimeout = 2 * time.Second
	resetTimeout  = 3 * time.Second
)

// Keys of what is logged.
const (
	keyOperation = "operation"
	keyError     = "error"
	keyModel     = "model"
	keyQuirk     = "quirk"
	keyUse       = "use"
)

// Session is an open session with a responder (MTP 1.1, 4.4). Its methods may
// be called at the same time; transactions are done one after the other. A
// method ends when its ctx does. If that is within a transaction, it is
// cancelled, which may take two seconds.
//
// Every method that asks the responder may return the [ResponseCode] by which it
// refused, ctx's error, ErrTimeout, ErrProtocol, ErrHalted, ErrIO, ErrBroken and
// ErrDisconnected; one that reads a dataset may also return ErrMalformed and
// ErrTooLarge. The methods name what is theirs beyond that, and the refusals that
// a caller will want to tell from others. RespDeviceBusy is returned after
// Options.BusyTimeout.
type Session struct {
	transport Transport
	timeout   time.Duration
	busy      time.Duration
	log       *slog.Logger
	info      DeviceInfo
	utc       bool

	// turn is held by whoever does a transaction and uses what follows.
	turn   chan struct{}
	next   uint32 // the next transaction's ID
	broken error

	abilities *Abilities
}

// sessionID is what sessions are called. A responder has one at a time.
const sessionID = 1

// Open opens a session over t. A session that a program before left open is
// closed, and a responder that does not answer is reset, twice at the most. The
// transport is the caller's, before and after. Its errors are those of a
// [Session]'s methods; what is at the other end does not speak MTP, or not now.
func Open(ctx context.Context, t Transport, o Options) (*Session, error) {
	for attempt := 0; ; attempt++ {
		s := newSession(t, o)
		err := s.open(ctx)
		if err == nil {
			return s, nil
		}
		if ctx.Err() != nil || errors.Is(err, ErrDisconnected) || attempt == 2 {
			return nil, fmt.Errorf("open session: %w", err)
		}
		s.log.Warn("the responder does not open a session; it is reset", keyError, err)
		if err := t.Reset(ctx); err != nil {
			return nil, fmt.Errorf("open session: %w", err)
		}
	}
}

func newSession(t Transport, o Options) *Session {
	s := &Session{
		transport: t,
		timeout:   o.Timeout,
		busy:      o.BusyTimeout,
		log:       o.Log,
		turn:      make(chan struct{}, 1),
		abilities: o.Abilities,
	}
	if s.timeout <= 0 {
		s.timeout = defaultTimeout
	}
	if s.busy <= 0 {
		s.busy = defaultBusyTimeout
	}
	if s.abilities == nil {
		s.abilities = new(Abilities)
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s
}

// open reads the device info, which needs no session, and opens one.
func (s *Session) open(ctx context.Context) error {
	usual := s.timeout
	s.timeout = min(usual, openTimeout)
	defer func() { s.timeout = usual }()
	info, err := s.GetDeviceInfo(ctx)
	if errors.Is(err, RespSessionNotOpen) { // against MTP 1.1, D.2.1
		if err := s.openSession(ctx); err != nil {
			return err
		}
		info, err = s.GetDeviceInfo(ctx)
	} else if err == nil {
		err = s.openSession(ctx)
	}
	if err != nil {
		return err
	}
	s.info = info
	for _, q := range quirksOf(info) {
		s.log.Debug("the responder has a known quirk", keyModel, info.Model, keyQuirk, q.symptom)
		s.utc = s.utc || q.utc
		for _, a := range q.without {
			s.abilities.drop(a)
		}
	}
	return nil
}

// openSession opens a session. If one is open, it is that of a program which
// died, or of ours before the responder was reset: it is closed, so that what
// the responder kept for it is gone. If it is still there, it will do.
func (s *Session) openSession(ctx context.Context) error {
	open := func() error {
		s.next = 0 // OpenSession has none (MTP 1.1, D.2.2)
		_, err := s.do(ctx, transaction{op: OpOpenSession, params: []uint32{sessionID}})
		s.next = 1
		return err
	}
	err := open()
	if !errors.Is(err, RespSessionAlreadyOpen) {
		return err
	}
	if err := s.Close(ctx); err != nil && !isResponse(err) {
		return err
	}
	if err := open(); !errors.Is(err, RespSessionAlreadyOpen) {
		return err
	}
	return nil
}

// Close closes the session, and leaves the transport open. Its errors may be
// passed over: whoever opens the next session finds this one open, and closes it.
func (s *Session) Close(ctx context.Context) error {
	_, err := s.do(ctx, transaction{op: OpCloseSession})
	return err
}

// Info is what the responder said of itself when the session was opened. Its
// slices are the session's: they are read and not written.
func (s *Session) Info() DeviceInfo { return s.info }

// DatesAreUTC says that dates of objects that name no zone are UTC all the
// same: a quirk.
func (s *Session) DatesAreUTC() bool { return s.utc }

// ReceiveEvent waits for an event, beside all transactions and without a limit
// but ctx. Some responders never send one. Its errors are the transport's:
// ErrDisconnected, ErrHalted, ErrIO, and ErrUnsupported if there are no events.
func (s *Session) ReceiveEvent(ctx context.Context) (Event, error) {
	return s.transport.ReceiveEvent(ctx)
}

// StatusReader is a [Transport] that can ask a responder for its status in
// the middle of a transaction, as USB can (SICD 5.2.4).
type StatusReader interface {
	// Status returns RespOK, RespDeviceBusy or RespTransactionCancelled. A
	// responder that cannot tell is ErrHalted.
	Status(ctx context.Context) (ResponseCode, error)
}

// GetDeviceStatus asks the responder for its status beside all transactions. The
// error is ErrUnsupported if the transport cannot, and ErrHalted if the responder
// cannot tell.
func (s *Session) GetDeviceStatus(ctx context.Context) (ResponseCode, error) {
	reader, ok := s.transport.(StatusReader)
	if !ok {
		return 0, fmt.Errorf("get device status: %w", ErrUnsupported)
	}
	return reader.Status(ctx)
}

// isResponse says that err is a response: the responder works, and said no.
func isResponse(err error) bool {
	var code ResponseCode
	return errors.As(err, &code)
}

// sessionLost says that the responder does not know this session any more.
func sessionLost(err error) bool {
	return errors.Is(err, RespSessionNotOpen) || errors.Is(err, RespInvalidTransactionID)
}
