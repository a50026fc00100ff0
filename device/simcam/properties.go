package simcam

import (
	"slices"
	"time"

	"custodock/device/mtp"
)

// objectPropType is the type of an object's property.
func objectPropType(code mtp.ObjectPropCode) mtp.DataType {
	switch code {
	case mtp.ObjectPropObjectFormat:
		return mtp.TypeUint16
	case mtp.ObjectPropObjectSize:
		return mtp.TypeUint64
	case mtp.ObjectPropStorageID, mtp.ObjectPropParentObject:
		return mtp.TypeUint32
	}
	return mtp.TypeString
}

// objectProp is the value of an object's property.
func (r *Responder) objectProp(o *object, op mtp.OperationCode, code mtp.ObjectPropCode) mtp.Value {
	t := objectPropType(code)
	switch code {
	case mtp.ObjectPropStorageID:
		return mtp.UintValue(t, uint64(o.storage.id))
	case mtp.ObjectPropObjectFormat:
		return mtp.UintValue(t, uint64(r.format(o)))
	case mtp.ObjectPropObjectSize:
		return mtp.UintValue(t, r.sizeProp(o, op))
	case mtp.ObjectPropParentObject:
		return mtp.UintValue(t, uint64(r.parentHandle(o)))
	case mtp.ObjectPropObjectFileName:
		return mtp.StringValue(r.shownName(o))
	case mtp.ObjectPropDateModified:
		if r.profile.NoModified {
			return mtp.StringValue("")
		}
		return mtp.StringValue(r.date(o))
	case mtp.ObjectPropDateCreated:
		return mtp.StringValue(r.date(o))
	}
	return mtp.StringValue("")
}

func (r *Responder) sizeProp(o *object, op mtp.OperationCode) uint64 {
	if o.file == nil {
		return 0
	}
	if f := r.due(LyingPropSize, op, o.path); f != nil {
		return uint64(o.file.Size + f.At)
	}
	return uint64(o.file.Size)
}

func (r *Responder) objectPropValue(o *object, code mtp.ObjectPropCode) reply {
	if !slices.Contains(r.profile.ObjectProps, code) {
		return refusal(mtp.RespInvalidObjectPropCode)
	}
	return said(r.objectProp(o, mtp.OpGetObjectPropValue, code).Append(nil))
}

// objectPropDesc is an ObjectPropDesc dataset without a form (MTP 1.1, 5.3.2.3).
func (r *Responder) objectPropDesc(code mtp.ObjectPropCode) reply {
	if !slices.Contains(r.profile.ObjectProps, code) {
		return refusal(mtp.RespInvalidObjectPropCode)
	}
	t := objectPropType(code)
	zero := mtp.UintValue(t, 0)
	if t == mtp.TypeString {
		zero = mtp.StringValue("")
	}
	b := []byte{byte(code), byte(code >> 8), byte(t), byte(t >> 8), mtp.PropGet}
	b = zero.Append(b)
	return said(append(b, 0, 0, 0, 0, byte(mtp.FormNone))) // its group, and no form
}

// everything is the property code, and the depth, that mean all there is
// (MTP 1.1, E.2.1).
const everything = 0xFFFFFFFF

// objectPropList is GetObjectPropList, as Android reads its parameters: depth
// 0 is the object, 1 what is in it, and everything all below the root.
func (r *Responder) objectPropList(q mtp.Request) reply {
	handle, format, depth := mtp.ObjectHandle(param(q, 0)), mtp.FormatCode(param(q, 1)), param(q, 4)
	props := r.profile.ObjectProps
	switch code := param(q, 2); {
	case code == 0:
		return refusal(mtp.RespSpecificationByGroupUnsupported)
	case code != everything && !slices.Contains(props, mtp.ObjectPropCode(code)):
		return refusal(mtp.RespObjectPropNotSupported)
	case code != everything:
		props = []mtp.ObjectPropCode{mtp.ObjectPropCode(code)}
	}
	objects, code := r.within9805(handle, depth)
	if code != mtp.RespOK {
		return refusal(code)
	}
	var list mtp.ObjectPropList
	for _, o := range objects {
		if format != 0 && format != r.format(o) || r.hidden(o) {
			continue
		}
		o.known = r.sessions
		for _, p := range props {
			v := r.objectProp(o, mtp.OpGetObjectPropList, p)
			list = append(list, mtp.ObjectProp{Handle: r.handle(o), Code: p, Type: v.Type, Value: v})
		}
	}
	return said(list.Append(nil))
}

// within9805 are the objects that a property list is about.
func (r *Responder) within9805(handle mtp.ObjectHandle, depth uint32) ([]*object, mtp.ResponseCode) {
	root := handle == 0 || handle == mtp.HandleRoot
	switch {
	case root && r.profile.FlatPropList:
		return nil, mtp.RespOK // of its root, which has none that matter
	case root && depth == everything, handle == mtp.HandleRoot && depth == 0:
		return r.below(r.storages, mtp.HandleAll)
	case root:
		return r.below(r.storages, mtp.HandleRoot)
	}
	o := r.object(handle)
	switch {
	case o == nil:
		return nil, mtp.RespInvalidObjectHandle
	case depth == 0 || r.profile.FlatPropList:
		return []*object{o}, mtp.RespOK
	case depth == 1:
		return slices.Concat([]*object{o}, o.children), mtp.RespOK
	}
	return nil, mtp.RespSpecificationByDepthUnsupported
}

// deviceProp describes, gives or sets a property of the responder.
func (r *Responder) deviceProp(op mtp.OperationCode, code mtp.DevicePropCode, data []byte) reply {
	if !slices.Contains(r.profile.DeviceProps, code) {
		return refusal(mtp.RespDevicePropNotSupported)
	}
	v, getSet := r.devicePropValue(code)
	switch op {
	case mtp.OpGetDevicePropValue:
		return said(v.Append(nil))
	case mtp.OpSetDevicePropValue:
		if getSet == mtp.PropGet {
			return refusal(mtp.RespAccessDenied)
		}
		return refusal(r.setDeviceProp(code, data))
	}
	desc := mtp.DevicePropDesc{DevicePropertyCode: code, DataType: v.Type, GetSet: getSet, FactoryDefaultValue: v, CurrentValue: v}
	if code == mtp.DevicePropBatteryLevel && v.Type != mtp.TypeString {
		desc.FormFlag = mtp.FormRange
		desc.MinimumValue, desc.MaximumValue = mtp.UintValue(v.Type, 0), mtp.UintValue(v.Type, 100)
		desc.StepSize = mtp.UintValue(v.Type, 1)
	}
	if code == mtp.DevicePropBatteryLevel && r.due(WrongBatteryType, op, "") != nil {
		text := mtp.StringValue("")
		desc = mtp.DevicePropDesc{DevicePropertyCode: code, DataType: mtp.TypeString, FactoryDefaultValue: text, CurrentValue: text}
	}
	return said(desc.Append(nil))
}

func (r *Responder) devicePropValue(code mtp.DevicePropCode) (v mtp.Value, getSet uint8) {
	switch code {
	case mtp.DevicePropBatteryLevel:
		level := int64(r.battery)
		if r.profile.BatteryValue >= 0 {
			level = r.profile.BatteryValue
		}
		if f := r.due(WrongBatteryLevel, 0, ""); f != nil {
			level = f.At
		}
		return mtp.IntValue(r.profile.BatteryType, level), mtp.PropGet
	case mtp.DevicePropDateTime:
		if r.due(WrongClock, 0, "") != nil {
			return mtp.StringValue("20260230T256199"), mtp.PropGetSet
		}
		return mtp.StringValue(time.Now().Add(r.offset).In(r.options.Zone).Format(r.profile.Dates)), mtp.PropGetSet
	case mtp.DevicePropDeviceFriendlyName:
		return mtp.StringValue(r.friendly), mtp.PropGetSet
	}
	return mtp.StringValue(""), mtp.PropGet
}

func (r *Responder) setDeviceProp(code mtp.DevicePropCode, data []byte) mtp.ResponseCode {
	text, err := mtp.ParseString(data)
	if err != nil {
		return mtp.RespInvalidDevicePropFormat
	}
	if code == mtp.DevicePropDeviceFriendlyName {
		r.friendly = text
		return mtp.RespOK
	}
	d, err := mtp.ParseDateTime(text)
	if err != nil {
		return mtp.RespInvalidDevicePropValue
	}
	r.offset = time.Until(d.In(r.options.Zone))
	return mtp.RespOK
}
