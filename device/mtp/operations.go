package mtp

import (
	"context"
	"fmt"
	"io"
)

const (
	// maxDataset bounds datasets that hold one thing: strings of at most 511
	// bytes and arrays of codes.
	maxDataset = 1 << 20

	// MaxObjects bounds how many objects a listing may have: Walk in all, and
	// GetObjectHandles.
	MaxObjects = 1_000_000
)

// dataset does a transaction whose data phase is one dataset.
func dataset[T any](ctx context.Context, s *Session, parse func([]byte) (T, error), limit int, op OperationCode, params ...uint32) (T, error) {
	var none T
	buf := limited{limit: limit}
	if _, err := s.do(ctx, transaction{op: op, params: params, in: &buf, size: -1}); err != nil {
		return none, err
	}
	v, err := parse(buf.b)
	if err != nil {
		return none, fmt.Errorf("%v: %w", op, err)
	}
	return v, nil
}

// GetDeviceInfo asks the responder what it is and can do (MTP 1.1, D.2.1). What
// it said when the session was opened is Info.
func (s *Session) GetDeviceInfo(ctx context.Context) (DeviceInfo, error) {
	return dataset(ctx, s, ParseDeviceInfo, maxDataset, OpGetDeviceInfo)
}

// GetStorageIDs lists the storages (MTP 1.1, D.2.4). Those without a medium
// are among them: see HasMedium.
func (s *Session) GetStorageIDs(ctx context.Context) ([]StorageID, error) {
	return dataset(ctx, s, ParseArray[StorageID], maxDataset, OpGetStorageIDs)
}

// GetStorageInfo describes a storage (MTP 1.1, D.2.5). One that is gone is
// RespInvalidStorageID or RespStoreNotAvailable.
func (s *Session) GetStorageInfo(ctx context.Context, id StorageID) (StorageInfo, error) {
	return dataset(ctx, s, ParseStorageInfo, maxDataset, OpGetStorageInfo, uint32(id))
}

// GetNumObjects counts what GetObjectHandles with the same parameters lists (MTP
// 1.1, D.2.6). A responder that says OK and no number is ErrMalformed.
func (s *Session) GetNumObjects(ctx context.Context, id StorageID, format FormatCode, parent ObjectHandle) (uint32, error) {
	resp, err := s.Transaction(ctx, OpGetNumObjects, []uint32{uint32(id), uint32(format), uint32(parent)}, nil, nil)
	if err != nil {
		return 0, err
	}
	if len(resp.Params) == 0 {
		return 0, fmt.Errorf("%v: no number: %w", OpGetNumObjects, ErrMalformed)
	}
	return resp.Params[0], nil
}

// GetObjectHandles lists the objects in parent (MTP 1.1, D.2.7): HandleRoot is
// the root of the storage, HandleAll is every object in it. A format of 0 is
// every format, and the only one that all responders know: others say
// RespSpecificationByFormatUnsupported. More than MaxObjects are ErrTooLarge; a
// parent that is none is RespInvalidObjectHandle or RespInvalidParentObject.
func (s *Session) GetObjectHandles(ctx context.Context, id StorageID, format FormatCode, parent ObjectHandle) ([]ObjectHandle, error) {
	return dataset(ctx, s, ParseArray[ObjectHandle], 4+4*MaxObjects,
		OpGetObjectHandles, uint32(id), uint32(format), uint32(parent))
}

// GetObjectInfo describes an object (MTP 1.1, D.2.8). One that is gone is
// RespInvalidObjectHandle. Its size has 32 bits: see ObjectSize.
func (s *Session) GetObjectInfo(ctx context.Context, h ObjectHandle) (ObjectInfo, error) {
	return dataset(ctx, s, ParseObjectInfo, maxDataset, OpGetObjectInfo, uint32(h))
}

// GetObjectPropValue reads one property, whose type is t, of an object (MTP
// 1.1, D.2.31). A value that is too short for t is ErrMalformed; a property that
// its format does not have is RespInvalidObjectPropCode or
// RespObjectPropNotSupported.
func (s *Session) GetObjectPropValue(ctx context.Context, h ObjectHandle, code ObjectPropCode, t DataType) (Value, error) {
	parse := func(b []byte) (Value, error) { return ParseValue(t, b) }
	return dataset(ctx, s, parse, maxDataset, OpGetObjectPropValue, uint32(h), uint32(code))
}

// GetObjectPropList reads properties of many objects (MTP 1.1, E.2.1) and
// hands them to yield as they arrive, in the memory of a few of them. yield
// runs within the transaction, and must not use the session. An error of yield
// cancels the transaction, and is returned; the session goes on.
//
// Depth 0 is the object h itself, 1 is what is in it too, 0xFFFFFFFF is all
// below it. A handle of 0 is the root. Which of these a responder can do is
// found by trying: others are RespSpecificationByDepthUnsupported, as a rule. A
// list that is about more than some 10,000 objects is ErrTooLarge, and one that
// ends before its count is ErrMalformed: what was handed over before is true.
func (s *Session) GetObjectPropList(ctx context.Context, h ObjectHandle, format FormatCode, code ObjectPropCode, depth uint32, yield func(ObjectProp) error) error {
	return s.propList(ctx, boundOf(usualObjects), h, format, code, depth, yield)
}

func (s *Session) propList(ctx context.Context, bound propBound, h ObjectHandle, format FormatCode, code ObjectPropCode, depth uint32, yield func(ObjectProp) error) error {
	prop := uint32(code)
	if code == ObjectPropAll {
		prop = 0xFFFFFFFF
	}
	list := propListWriter{yield: yield, bound: bound}
	_, err := s.do(ctx, transaction{
		op:     OpGetObjectPropList,
		params: []uint32{uint32(h), uint32(format), prop, 0, depth},
		in:     &list, size: -1,
	})
	if err != nil {
		return err
	}
	if err := list.end(); err != nil {
		return fmt.Errorf("%v: %w", OpGetObjectPropList, err)
	}
	return nil
}

// GetObject reads a whole object to w (MTP 1.1, D.2.9), and returns how many
// bytes that were, also beside an error.
//
// size is how many are expected, -1 if that is not known: the data of an object of
// 4 GiB or more cannot say it. It is no bound. A responder that announces more
// data is read to their end; whoever wants no more has w refuse them. An error of
// w cancels the transaction, and is returned. Data that end before what was
// announced are RespIncompleteTransfer, but whether all of the object came is for
// the caller to see: compare the count with its size.
func (s *Session) GetObject(ctx context.Context, h ObjectHandle, size int64, w io.Writer) (int64, error) {
	res, err := s.do(ctx, transaction{op: OpGetObject, params: []uint32{uint32(h)}, in: w, size: size})
	return res.received, err
}

// GetPartialObject reads at most n bytes of an object from offset on to w (MTP
// 1.1, D.2.27), and returns how many bytes that were, also beside an error. They
// are fewer at the object's end, and wherever the responder pleases; more are
// ErrTooLarge, and none of those comes to w. ReadPart does without knowing which
// of the operations a responder has.
func (s *Session) GetPartialObject(ctx context.Context, h ObjectHandle, offset, n uint32, w io.Writer) (int64, error) {
	return s.partial(ctx, n, w, OpGetPartialObject, uint32(h), offset, n)
}

// GetPartialObject64 is GetPartialObject with an offset of 64 bits. It is an
// extension of Android's (frameworks/av, mtp.h).
func (s *Session) GetPartialObject64(ctx context.Context, h ObjectHandle, offset uint64, n uint32, w io.Writer) (int64, error) {
	return s.partial(ctx, n, w, OpGetPartialObject64, uint32(h), uint32(offset), uint32(offset>>32), n)
}

func (s *Session) partial(ctx context.Context, n uint32, w io.Writer, op OperationCode, params ...uint32) (int64, error) {
	res, err := s.do(ctx, transaction{op: op, params: params, in: &atMost{w: w, left: int64(n)}, size: int64(n)})
	return res.received, err
}

// atMost passes on what was asked for, and nothing more.
type atMost struct {
	w    io.Writer
	left int64
}

// Write implements [io.Writer].
func (a *atMost) Write(p []byte) (int, error) {
	if int64(len(p)) > a.left {
		return 0, fmt.Errorf("more bytes than were asked for: %w", ErrTooLarge)
	}
	n, err := a.w.Write(p)
	a.left -= int64(n)
	return n, err
}

// DeleteObject deletes an object (MTP 1.1, D.2.11), and if it is a folder all
// that is in it. Refusals are RespObjectWriteProtected, RespStoreReadOnly,
// RespAccessDenied and RespPartialDeletion: something is left of the folder.
func (s *Session) DeleteObject(ctx context.Context, h ObjectHandle) error {
	_, err := s.do(ctx, transaction{op: OpDeleteObject, params: []uint32{uint32(h), 0}})
	return err
}

// GetDevicePropDesc describes a property of the responder, with its type and
// its value (MTP 1.1, D.2.20). One that it does not have is
// RespDevicePropNotSupported.
func (s *Session) GetDevicePropDesc(ctx context.Context, code DevicePropCode) (DevicePropDesc, error) {
	return dataset(ctx, s, ParseDevicePropDesc, maxDataset, OpGetDevicePropDesc, uint32(code))
}

// GetDevicePropValue reads a property, whose type is t, of the responder (MTP
// 1.1, D.2.21). A value that is too short for t is ErrMalformed.
func (s *Session) GetDevicePropValue(ctx context.Context, code DevicePropCode, t DataType) (Value, error) {
	parse := func(b []byte) (Value, error) { return ParseValue(t, b) }
	return dataset(ctx, s, parse, maxDataset, OpGetDevicePropValue, uint32(code))
}

// SetDevicePropValue sets a property of the responder (MTP 1.1, D.2.22).
// Refusals are RespAccessDenied, RespInvalidDevicePropFormat and
// RespInvalidDevicePropValue.
func (s *Session) SetDevicePropValue(ctx context.Context, code DevicePropCode, v Value) error {
	_, err := s.do(ctx, transaction{op: OpSetDevicePropValue, params: []uint32{uint32(code)}, out: v.Append(nil)})
	return err
}

// ResetDevice makes the responder forget everything that is not stored, this
// session too (MTP 1.1, D.2.16). After it, all methods return ErrBroken: open
// another session.
func (s *Session) ResetDevice(ctx context.Context) error {
	_, err := s.do(ctx, transaction{op: OpResetDevice})
	return err
}
