package mtp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// transaction is one operation, its parameters and its data phase, if any.
type transaction struct {
	op     OperationCode
	params []uint32
	in     io.Writer // gets the data that the responder sends
	size   int64     // of that, as far as known; -1 is unknown
	out    []byte    // the data that the responder gets; nil is no data phase
}

// result is what came of a transaction.
type result struct {
	response Response
	received int64
}

// Transaction does any operation, such as a vendor's, or one of MTP 1.1 that has
// no method. params are at most five. in gets the data that the responder sends,
// as they arrive and without a bound; out is the data that it gets, and empty data
// are not nil. One of them at the most may be other than nil, and both are nil for
// an operation without a data phase.
//
// It does as the methods do, and has their errors: transactions of one session
// come one after the other, a busy responder is asked again, silence and the end
// of ctx cancel the transaction, and so does an error of in. A response other than
// RespOK is an error, and returned beside it with its parameters.
//
// OpOpenSession and OpCloseSession are Open's and Close's.
func (s *Session) Transaction(ctx context.Context, op OperationCode, params []uint32, in io.Writer, out []byte) (Response, error) {
	switch {
	case len(params) > maxParams:
		return Response{}, fmt.Errorf("%v: %d parameters, and an operation has %d at the most", op, len(params), maxParams)
	case in != nil && out != nil:
		return Response{}, fmt.Errorf("%v: data both ways, and a transaction has one data phase", op)
	}
	res, err := s.do(ctx, transaction{op: op, params: params, in: in, size: -1, out: out})
	return res.response, err
}

// do does a transaction. A responder that says it is busy has not done
// anything yet, whatever the operation is, and is asked again for a while. Its
// other responses but RespOK are errors.
func (s *Session) do(ctx context.Context, t transaction) (result, error) {
	if err := lock(ctx, s.turn); err != nil {
		return result{}, fmt.Errorf("%v: %w", t.op, err)
	}
	defer unlock(s.turn)
	giveUp := time.Now().Add(s.busy)
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		res, err := s.once(ctx, t)
		if err == nil && res.response.Code != RespOK {
			err = res.response.Code
		}
		if err == nil {
			return res, nil
		}
		if !errors.Is(err, RespDeviceBusy) || res.received > 0 || time.Now().Add(wait).After(giveUp) {
			return res, fmt.Errorf("%v: %w", t.op, err)
		}
		if err := pause(ctx, wait); err != nil {
			return res, fmt.Errorf("%v: %w", t.op, err)
		}
	}
}

// once does a transaction with the next ID, and takes the responder out of it
// again if it fails.
func (s *Session) once(ctx context.Context, t transaction) (result, error) {
	if s.broken != nil {
		return result{}, s.broken
	}
	if err := ctx.Err(); err != nil {
		return result{}, err // nothing was said yet that would have to be cancelled
	}
	r := Request{Operation: t.op, TransactionID: s.takeID(), Params: t.params}
	dog := watch(ctx, s.timeout)
	defer dog.stop()
	res, err := s.phases(dog, r, t)
	if err != nil {
		err = dog.cause(err)
		dog.stop()
		return res, s.recover(ctx, r, err, dog.ours(ctx))
	}
	if t.op == OpResetDevice && res.response.Code == RespOK {
		s.broken = fmt.Errorf("%w: the responder was reset", ErrBroken)
	}
	return res, nil
}

// takeID returns the next transaction ID. 0 stands outside of sessions, and
// 0xFFFFFFFF is never used (MTP 1.1 on transaction IDs).
func (s *Session) takeID() uint32 {
	id := s.next
	switch id {
	case 0:
	case 0xFFFFFFFE:
		s.next = 1
	default:
		s.next++
	}
	return id
}

func (s *Session) phases(dog *watchdog, r Request, t transaction) (res result, err error) {
	if err := s.transport.SendRequest(dog.ctx, r); err != nil {
		return res, err
	}
	switch {
	case t.out != nil:
		data := dog.reader(bytes.NewReader(t.out))
		if err := s.transport.SendData(dog.ctx, r, data, int64(len(t.out))); err != nil {
			return res, err
		}
	case t.in != nil:
		res.received, err = s.transport.ReceiveData(dog.ctx, r, dog.writer(t.in), t.size)
		if err != nil {
			return res, err
		}
	}
	dog.fed()
	res.response, err = s.transport.ReceiveResponse(dog.ctx, r)
	return res, err
}

// recover brings the responder back after transaction r failed, and returns
// why, and that the session is broken if it is. The time for it is its own: ctx
// may have none left. What fails by us is none of the responder's faults.
func (s *Session) recover(ctx context.Context, r Request, failure error, ours bool) error {
	if errors.Is(failure, ErrDisconnected) {
		s.broken = fmt.Errorf("%w: %w", ErrBroken, failure)
		return s.broken
	}
	level := slog.LevelWarn
	if ours {
		level = slog.LevelDebug
	}
	s.log.Log(ctx, level, "a transaction failed and is cancelled", keyOperation, r.Operation.String(), keyError, failure)
	err := s.cancel(ctx, r)
	if err == nil {
		return failure
	}
	s.log.Warn("the transaction cannot be cancelled", keyOperation, r.Operation.String(), keyError, err)
	if ctx.Err() == nil && !errors.Is(err, ErrDisconnected) { // else Open resets it, if anybody wants it again
		ctx, cancel := context.WithTimeout(ctx, resetTimeout)
		defer cancel()
		if resetErr := s.transport.Reset(ctx); resetErr != nil {
			err = resetErr
		}
	}
	s.broken = brokenBy(err)
	return fmt.Errorf("%w; %w", failure, s.broken)
}

// brokenBy says why the session is broken. Of the errors of bringing a
// responder back only its leaving is of use to anybody: that the time for it
// was over is not that of whoever asks.
func brokenBy(err error) error {
	if errors.Is(err, ErrDisconnected) {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return fmt.Errorf("%w: %s", ErrBroken, err.Error())
}

func (s *Session) cancel(ctx context.Context, r Request) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
	defer cancel()
	return s.transport.Cancel(ctx, r)
}

// watchdog ends a transaction in which nothing happens for too long.
type watchdog struct {
	ctx    context.Context //nolint:containedctx // it lives for one transaction, and ends with it
	cancel context.CancelCauseFunc
	limit  time.Duration
	timer  *time.Timer
	failed error // of whoever got the data
}

func watch(ctx context.Context, limit time.Duration) *watchdog {
	ctx, cancel := context.WithCancelCause(ctx)
	return &watchdog{
		ctx: ctx, cancel: cancel, limit: limit,
		timer: time.AfterFunc(limit, func() { cancel(ErrTimeout) }),
	}
}

func (d *watchdog) stop() {
	d.timer.Stop()
	d.cancel(nil)
}

// fed says that something happened.
func (d *watchdog) fed() { d.timer.Reset(d.limit) }

// cause is err, or ErrTimeout if that is what ended the transaction.
func (d *watchdog) cause(err error) error {
	if errors.Is(context.Cause(d.ctx), ErrTimeout) && !errors.Is(err, ErrDisconnected) {
		return ErrTimeout
	}
	return err
}

// ours says that the caller ended the transaction: by its ctx, or by not taking
// the data. Not to take too much of them, or what they cannot be, is the
// responder's fault.
func (d *watchdog) ours(ctx context.Context) bool {
	return ctx.Err() != nil ||
		d.failed != nil && !errors.Is(d.failed, ErrTooLarge) && !errors.Is(d.failed, ErrMalformed)
}

// writer passes data on to w. While w has it, the responder is not waited for.
func (d *watchdog) writer(w io.Writer) io.Writer {
	return writerFunc(func(p []byte) (n int, err error) {
		d.timer.Stop()
		defer d.fed()
		n, err = w.Write(p)
		d.failed = err
		return n, err
	})
}

// reader passes data on from r. Being asked for it is progress.
func (d *watchdog) reader(r io.Reader) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		d.fed()
		return r.Read(p)
	})
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// limited keeps what is written to it, up to a limit. It takes memory for what
// arrived, never for what was announced.
type limited struct {
	b     []byte
	limit int
}

// Write implements [io.Writer].
func (l *limited) Write(p []byte) (int, error) {
	if len(p) > l.limit-len(l.b) {
		return 0, fmt.Errorf("more than %d bytes: %w", l.limit, ErrTooLarge)
	}
	l.b = append(l.b, p...)
	return len(p), nil
}
