package mtp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
)

// MaxPart is the most that ReadPart reads at a time.
const MaxPart = 1 << 30

// ReadPart reads at most n bytes of an object from offset on to w, by whichever
// operation can, and returns how many bytes that were, also beside an error:
// fewer than n at the object's end, and wherever the responder pleases. 0 bytes
// without an error are the object's end. ErrUnsupported is returned when the
// responder can only send the object from its start: GetObject does that. More
// than MaxPart are not asked for. An error of w cancels the transaction, and is
// returned. Whatever the error, what w has is the object's.
//
// Advertised is not implemented: cmtp-responder (quirks.go) runs
// GetPartialObject64 with the code of GetPartialObject, so that the upper half of
// the offset is the number of bytes, and says RespOK. Until an operation has given
// a byte that it cannot have mistaken for another one, nothing that it says is
// believed but bytes.
func (s *Session) ReadPart(ctx context.Context, h ObjectHandle, offset int64, n uint32, w io.Writer) (int64, error) {
	n = min(n, MaxPart)
	if offset < 0 || offset > math.MaxInt64-int64(n) {
		return 0, fmt.Errorf("read a part: no object has bytes at %d", offset)
	}
	if n == 0 {
		return 0, nil
	}
	if err := s.tryPart64(ctx, h, offset); err != nil {
		return 0, err
	}
	var failed []OperationCode
	var refusal error
	for _, op := range s.partWays(offset, n) {
		got, err := s.partBy(ctx, op, h, offset, n, w)
		switch {
		case got > 0:
			s.sawPart(op, failed)
			return got, err
		case err == nil && s.abilities.worked(op): // the end of the object
			return 0, nil
		case err != nil && !s.doubtful(op, err):
			return 0, err
		}
		failed, refusal = append(failed, op), err
	}
	return 0, s.noPart(ctx, h, offset, failed, refusal)
}

// CanReadParts says that ReadPart can read an object of this size anywhere, as
// far as the responder is known.
func (s *Session) CanReadParts(size int64) bool {
	return s.Supports(OpGetPartialObject64) ||
		s.Supports(OpGetPartialObject) && size != SizeUnknown && size <= math.MaxUint32
}

// partWays are the operations by which a part may be had, the best first.
func (s *Session) partWays(offset int64, n uint32) (ways []OperationCode) {
	if s.Supports(OpGetPartialObject64) {
		ways = append(ways, OpGetPartialObject64)
	}
	if s.Supports(OpGetPartialObject) && offset+int64(n) <= math.MaxUint32 {
		ways = append(ways, OpGetPartialObject)
	}
	return ways
}

func (s *Session) partBy(ctx context.Context, op OperationCode, h ObjectHandle, offset int64, n uint32, w io.Writer) (int64, error) {
	if op == OpGetPartialObject64 {
		return s.GetPartialObject64(ctx, h, uint64(offset), n, w)
	}
	return s.GetPartialObject(ctx, h, uint32(offset), n, w)
}

// tryPart64 reads a byte from the start before anything is read from beyond
// 4 GiB: there, a responder that mistakes GetPartialObject64 for
// GetPartialObject sends bytes, and not those that were asked for.
func (s *Session) tryPart64(ctx context.Context, h ObjectHandle, offset int64) error {
	op := OpGetPartialObject64
	if offset <= math.MaxUint32 || !s.Supports(op) || s.abilities.worked(op) {
		return nil
	}
	got, err := s.GetPartialObject64(ctx, h, 0, 1, io.Discard)
	switch {
	case got > 0:
		s.abilities.seeWork(op)
	case err == nil:
		s.drop(ability{op: op}, fmt.Errorf("no byte of an object that has some: %w", ErrProtocol))
		return nil
	case s.doubtful(op, err):
		s.drop(ability{op: op}, err)
		return nil
	}
	return err
}

// sawPart notes that an operation works, and that those before it did not, on
// the same bytes.
func (s *Session) sawPart(op OperationCode, failed []OperationCode) {
	s.abilities.seeWork(op)
	for _, f := range failed {
		s.drop(ability{op: f}, fmt.Errorf("no byte where %v has some: %w", op, ErrProtocol))
	}
}

// doubtful says that an operation's error may be about the operation, so that
// another one is tried. One that hangs and never gave a byte is dropped.
func (s *Session) doubtful(op OperationCode, err error) bool {
	switch {
	case errors.Is(err, RespOperationNotSupported):
		s.drop(ability{op: op}, err)
		return true
	case s.abilities.worked(op):
		return false
	case errors.Is(err, ErrTimeout), errors.Is(err, ErrHalted):
		s.drop(ability{op: op}, err)
		return false
	}
	return isResponse(err) && !aboutAll(err) && !errors.Is(err, RespIncompleteTransfer)
}

// noPart is what it means that no operation gave a byte: the end of the object,
// if they said nothing else and its size agrees.
func (s *Session) noPart(ctx context.Context, h ObjectHandle, offset int64, asked []OperationCode, refusal error) error {
	if refusal != nil {
		return fmt.Errorf("%w: %w", ErrUnsupported, refusal)
	}
	if len(asked) == 0 {
		return ErrUnsupported
	}
	size, err := s.ObjectSize(ctx, h)
	if err != nil || size != SizeUnknown && offset >= size {
		return err
	}
	return fmt.Errorf("no byte at %d of %d: %w", offset, size, ErrUnsupported)
}
