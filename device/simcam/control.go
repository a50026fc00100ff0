package simcam

import (
	"context"
	"encoding/binary"

	"custodock/device/mtp"
)

// The class requests of a still image interface (SICD 5.2).
const (
	requestCancel = 0x64
	requestReset  = 0x66
	requestStatus = 0x67
)

// Control answers a class request.
func (p *Plug) Control(ctx context.Context, in bool, request byte, data []byte) (int, error) {
	if err := p.usable(ctx); err != nil {
		return 0, err
	}
	if p.Dead() {
		select {
		case <-p.gone:
			return 0, mtp.ErrDisconnected
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	profile := p.responder.profile
	switch {
	case !in && request == requestCancel:
		return p.cancel(data)
	case !in && request == requestReset && profile.DeviceReset:
		return 0, p.Reset(ctx)
	case in && request == requestStatus && profile.DeviceStatus:
		return p.status(data), nil
	}
	return 0, mtp.ErrHalted
}

// Dead says whether class requests hang and only a reset of the port helps.
func (p *Plug) Dead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.in) > 0 && p.in[0].fault != nil && p.in[0].fault.Kind == Dead
}

// cancel ends the transaction that is under way (SICD 5.2.1).
func (p *Plug) cancel(data []byte) (int, error) {
	if len(data) != 6 || mtp.EventCode(binary.LittleEndian.Uint16(data)) != mtp.EventCancelTransaction {
		return 0, mtp.ErrHalted
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	under := len(p.in) > 0 || p.request != nil
	p.flush()
	if f := p.responder.due(BusyAfterCancel, 0, ""); f != nil {
		p.busy = int(f.At)
	}
	if under && p.responder.profile.SaysCancelled {
		id := binary.LittleEndian.Uint32(data[2:])
		b := mtp.Response{Code: mtp.RespTransactionCancelled, TransactionID: id}.Append(nil)
		p.in = append(p.in, whole(b))
		p.awake()
	}
	return len(data), nil
}

// status gives the device status dataset (SICD 5.2.4).
func (p *Plug) status(data []byte) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	code, params := mtp.RespOK, []byte(nil)
	switch {
	case p.busy > 0:
		p.busy--
		code = mtp.RespDeviceBusy
	case p.halted:
		code = mtp.RespTransactionCancelled
		params = binary.LittleEndian.AppendUint32(nil, 0x81) // the endpoint that is halted
	}
	b := binary.LittleEndian.AppendUint16(nil, uint16(4+len(params)))
	b = binary.LittleEndian.AppendUint16(b, uint16(code))
	return copy(data, append(b, params...))
}
