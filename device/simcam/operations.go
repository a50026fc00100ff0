package simcam

import (
	"bytes"
	"io"
	"slices"

	"custodock/device/mtp"
)

// reply is what a responder has to say to a request.
type reply struct {
	data     io.ReaderAt // nil: there is no data phase
	size     int64
	path     string // of the object that it is about
	offset   int64  // where in the object the data begin
	response mtp.Response
	silent   bool // it says nothing at all
}

func refusal(code mtp.ResponseCode, params ...uint32) reply {
	return reply{response: mtp.Response{Code: code, Params: params}}
}

func said(b []byte) reply {
	return reply{data: bytes.NewReader(b), size: int64(len(b)), response: mtp.Response{Code: mtp.RespOK}}
}

// takesData says that the initiator sends the data phase of an operation.
func takesData(op mtp.OperationCode) bool {
	switch op {
	case mtp.OpSetDevicePropValue, mtp.OpSendObjectInfo, mtp.OpSendObject:
		return true
	}
	return false
}

// answer does a whole transaction. data is what the initiator sent, if the
// operation has such a data phase.
func (r *Responder) answer(q mtp.Request, data []byte) reply {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.mute {
		return reply{silent: true}
	}
	path := r.about(q)
	a := r.do(q, path, data)
	a.path = path
	a.response.TransactionID = q.TransactionID
	return a
}

// about is the path of the object that a request names, or "".
func (r *Responder) about(q mtp.Request) string {
	switch q.Operation {
	case mtp.OpGetObjectInfo, mtp.OpGetObject, mtp.OpDeleteObject, mtp.OpGetPartialObject, mtp.OpGetPartialObject64,
		mtp.OpGetObjectPropValue:
		if o := r.object(mtp.ObjectHandle(param(q, 0))); o != nil {
			return o.path
		}
	}
	return ""
}

func (r *Responder) do(q mtp.Request, path string, data []byte) reply {
	op := q.Operation
	if f := r.due(Refused, op, path); f != nil {
		return refusal(mtp.ResponseCode(f.At))
	}
	switch {
	case r.due(Busy, op, path) != nil:
		return refusal(mtp.RespDeviceBusy)
	case r.due(NotImplemented, op, path) != nil,
		!slices.Contains(r.profile.Operations, op) || slices.Contains(r.profile.Unimplemented, op):
		return refusal(mtp.RespOperationNotSupported)
	case r.session == 0 && op != mtp.OpGetDeviceInfo && op != mtp.OpOpenSession:
		return refusal(mtp.RespSessionNotOpen)
	}
	switch op {
	case mtp.OpGetDeviceInfo:
		return said(r.deviceInfo().Append(nil))
	case mtp.OpOpenSession:
		return r.openSession(param(q, 0))
	case mtp.OpCloseSession:
		r.session = 0
		return refusal(mtp.RespOK)
	case mtp.OpGetStorageIDs:
		return said(mtp.AppendArray(nil, r.storageIDs()))
	case mtp.OpGetStorageInfo:
		return r.storageInfo(mtp.StorageID(param(q, 0)))
	case mtp.OpGetNumObjects, mtp.OpGetObjectHandles:
		return r.listHandles(q)
	case mtp.OpGetDevicePropDesc, mtp.OpGetDevicePropValue, mtp.OpSetDevicePropValue:
		return r.deviceProp(op, mtp.DevicePropCode(param(q, 0)), data)
	case mtp.OpGetObjectPropsSupported:
		return said(mtp.AppendArray(nil, r.profile.ObjectProps))
	case mtp.OpGetObjectPropDesc:
		return r.objectPropDesc(mtp.ObjectPropCode(param(q, 0)))
	case mtp.OpGetObjectPropList:
		return r.objectPropList(q)
	}
	o := r.object(mtp.ObjectHandle(param(q, 0)))
	if o == nil {
		return refusal(mtp.RespInvalidObjectHandle)
	}
	return r.doObject(q, o)
}

// doObject does the operations whose first parameter is an object.
func (r *Responder) doObject(q mtp.Request, o *object) reply {
	op := q.Operation
	if op == mtp.OpGetPartialObject64 && r.profile.Part64IsPart {
		op = mtp.OpGetPartialObject
	}
	switch op {
	case mtp.OpGetObjectInfo:
		return said(r.objectInfo(o).Append(nil))
	case mtp.OpGetObjectPropValue:
		return r.objectPropValue(o, mtp.ObjectPropCode(param(q, 1)))
	case mtp.OpDeleteObject:
		return r.deleteObject(o, mtp.FormatCode(param(q, 1)))
	case mtp.OpGetObject:
		return read(o, 0, 1<<63-1, false)
	case mtp.OpGetPartialObject:
		return read(o, uint64(param(q, 1)), r.part(param(q, 2)), true)
	case mtp.OpGetPartialObject64:
		return read(o, uint64(param(q, 1))|uint64(param(q, 2))<<32, r.part(param(q, 3)), true)
	}
	return refusal(mtp.RespOperationNotSupported)
}

// param is a parameter of a request; those that were left out are 0.
func param(q mtp.Request, i int) uint32 {
	if i < len(q.Params) {
		return q.Params[i]
	}
	return 0
}

func (r *Responder) openSession(id uint32) reply {
	switch {
	case id == 0:
		return refusal(mtp.RespInvalidParameter)
	case r.session != 0:
		return refusal(mtp.RespSessionAlreadyOpen, r.session)
	}
	r.session = id
	r.sessions++
	r.events = nil
	return refusal(mtp.RespOK)
}

// part is how many of the bytes that were asked for are given.
func (r *Responder) part(asked uint32) uint64 {
	if most := r.profile.MaxPart; most > 0 && asked > most {
		return uint64(most)
	}
	return uint64(asked)
}

// read reads an object, or up to size bytes of it from an offset on.
func read(o *object, offset, size uint64, partial bool) reply {
	if o.file == nil {
		return refusal(mtp.RespInvalidObjectHandle)
	}
	end := uint64(o.file.Size)
	offset = min(offset, end)
	size = min(size, end-offset)
	a := reply{
		data:     io.NewSectionReader(o.file.content(), int64(offset), int64(size)),
		size:     int64(size),
		offset:   int64(offset),
		response: mtp.Response{Code: mtp.RespOK},
	}
	if partial {
		a.response.Params = []uint32{uint32(size)}
	}
	return a
}

func (r *Responder) deleteObject(o *object, format mtp.FormatCode) reply {
	switch {
	case format != 0:
		return refusal(mtp.RespSpecificationByFormatUnsupported)
	case o.storage.ReadOnly:
		return refusal(mtp.RespStoreReadOnly)
	case o.file != nil && o.file.Protected:
		return refusal(mtp.RespObjectWriteProtected)
	case len(o.children) > 0:
		return refusal(mtp.RespPartialDeletion) // as QEMU says of a folder with something in it
	}
	if o.file != nil {
		o.storage.Free += uint64(o.file.Size)
	}
	r.delete(o)
	return refusal(mtp.RespOK)
}
