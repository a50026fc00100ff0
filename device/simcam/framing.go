package simcam

import (
	"bytes"
	"io"

	"custodock/device/mtp"
)

// transfers are a reply as USB containers, and what goes wrong with them.
func (r *Responder) transfers(q mtp.Request, a reply) []*transfer {
	if a.silent {
		return nil
	}
	response := r.responseTransfers(q, a)
	if a.data == nil {
		return append(r.cut(q, a, nil), response...)
	}
	if f := r.within(Short, q, a); f != nil {
		a.size = f.At - a.offset
		a.response.Code = mtp.RespIncompleteTransfer
		response = r.responseTransfers(q, a)
	}
	header := mtp.Container{
		Length:        mtp.ContainerLength(a.size + r.lie(LyingLength, q, a)),
		Type:          mtp.ContainerData,
		Code:          uint16(q.Operation),
		TransactionID: r.dataID(q, a),
	}.Append(nil)
	data := &transfer{
		content: spans{{bytes.NewReader(header), mtp.ContainerSize}, {a.data, a.size}},
		size:    mtp.ContainerSize + a.size,
		empty:   r.profile.ZeroLengthPacket && r.due(NoEmptyPacket, q.Operation, a.path) == nil,
	}
	switch {
	case r.due(SplitHeader, q.Operation, a.path) != nil:
		data.content, data.size = a.data, a.size
		return append([]*transfer{whole(header), data}, response...)
	case r.due(OneRead, q.Operation, a.path) != nil:
		last := response[len(response)-1]
		data.content = spans{{data.content, data.size}, {last.content, last.size}}
		data.size += last.size
		return []*transfer{data}
	}
	return append(r.cut(q, a, data), response...)
}

// cut lets a fault lie at a byte of the data, or before the response. data is
// nil if there is no data phase.
func (r *Responder) cut(q mtp.Request, a reply, data *transfer) []*transfer {
	var whole []*transfer
	if data != nil {
		whole = []*transfer{data}
	}
	for _, kind := range []Kind{Pull, Halt, Silence, Dead, Stall} {
		f := r.within(kind, q, a)
		if f == nil {
			continue
		}
		at := f.At - a.offset
		if data == nil || at == a.size {
			return append(whole, &transfer{fault: f})
		}
		at += mtp.ContainerSize
		before := &transfer{content: data.content, size: at, open: true}
		if kind != Stall {
			return []*transfer{before, {fault: f}}
		}
		after := *data
		after.content, after.size, after.base = io.NewSectionReader(data.content, at, data.size-at), data.size-at, at
		return []*transfer{before, {fault: f}, &after}
	}
	return whole
}

// within uses up a fault that lies within a reply.
func (r *Responder) within(kind Kind, q mtp.Request, a reply) *Fault {
	return r.dueWithin(kind, q.Operation, a.path, a.offset, a.offset+a.size)
}

// lie is by how much a fault bends a number.
func (r *Responder) lie(kind Kind, q mtp.Request, a reply) int64 {
	if f := r.due(kind, q.Operation, a.path); f != nil {
		return f.At
	}
	return 0
}

func (r *Responder) dataID(q mtp.Request, a reply) uint32 {
	if r.due(WrongDataID, q.Operation, a.path) != nil {
		return q.TransactionID + 1000
	}
	return q.TransactionID
}

// responseTransfers are a response and what comes before it.
func (r *Responder) responseTransfers(q mtp.Request, a reply) []*transfer {
	var out []*transfer
	if f := r.due(StrayZeros, q.Operation, a.path); f != nil {
		out = append(out, whole(make([]byte, f.At)))
	}
	if r.due(StaleResponse, q.Operation, a.path) != nil {
		out = append(out, whole(mtp.Response{Code: mtp.RespOK, TransactionID: q.TransactionID - 1}.Append(nil)))
	}
	a.response.TransactionID = q.TransactionID
	if r.due(WrongTransaction, q.Operation, a.path) != nil {
		a.response.TransactionID += 1000
	}
	b := a.response.Append(nil)
	if a.response.Code == mtp.RespSessionAlreadyOpen && r.profile.ShortAlreadyOpen {
		b = b[:mtp.ContainerSize+1]
		b[0] = mtp.ContainerSize + 1
	}
	return append(out, whole(b))
}
