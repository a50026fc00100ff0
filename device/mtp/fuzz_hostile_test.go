package mtp

import (
	"encoding/binary"
	"slices"
)

// hostile is a responder each of whose answers makes sense, and all of them
// together do not: folders in each other, objects in two folders and two
// storages, parents and storages that are others than where they were listed.
type hostile struct {
	quirk    quirkFlags
	storages []StorageID
	roots    [][]ObjectHandle // by storage
	objects  map[ObjectHandle]hostileObject

	asked  int                   // transactions
	lists  int                   // of them such as list what is in a folder
	given  int                   // handles that these gave
	listed map[ObjectHandle]bool // the same, each once
}

type hostileObject struct {
	kind     hostileKind
	info     ObjectInfo
	data     []byte
	children []ObjectHandle
}

// quirkFlags are what a hostile responder does with all objects.
type quirkFlags byte

const (
	listsProps      quirkFlags = 1 << iota // has GetObjectPropList
	listsNoFolder                          // but not for what is in a folder
	tellsLess                              // and leaves parents and storages out there
	hasSizes                               // has GetObjectPropValue
	refusesRoot                            // wants the root to be asked for as everything
	minds                                  // lists a folder only in the storage that it says it is in
	givesMore                              // gives more than it was asked for
	highHandles                            // has handles with all bits
	quirksOfHostile = 8
)

// hostileKind is what is special about one object.
type hostileKind byte

const (
	isAFolder        hostileKind = 1 << iota
	byAssociation                // a folder, by its association alone
	cannotBeListed               // a folder
	cannotBeTold                 // its description is refused
	isMalformed                  // its description is
	hasNoName                    //
	isLonger                     // than it says
	sizesDoNotMatter             // it says that it has 4 GiB or more
)

// Sizes of what newHostile reads: a head, then each object.
const (
	hostileHead   = 2 + 3*6
	hostileRecord = 8
	maxHostile    = 48
)

var hostileStorages = []StorageID{0x10001, 0x20001, 0x20000, 0x10001}

// newHostile makes a responder of arbitrary bytes: how many storages, quirks,
// what is in each root, and of each object its kind, parent, storage, size and
// four children.
func newHostile(b []byte) *hostile {
	head := make([]byte, hostileHead)
	b = b[copy(head, b):]
	h := &hostile{
		quirk:    quirkFlags(head[1]),
		storages: hostileStorages[:1+head[0]%4],
		objects:  map[ObjectHandle]hostileObject{},
		listed:   map[ObjectHandle]bool{},
	}
	n := min((len(b)+hostileRecord-1)/hostileRecord, maxHostile)
	for i := range 3 {
		h.roots = append(h.roots, h.handles(head[2+6*i:8+6*i], n))
	}
	for i := range n {
		r := make([]byte, hostileRecord)
		b = b[copy(r, b):]
		h.objects[h.handle(byte(i+1), n)] = h.object(r, n)
	}
	return h
}

func (h *hostile) object(r []byte, n int) hostileObject {
	o := hostileObject{kind: hostileKind(r[0]), children: h.handles(r[4:8], n), data: make([]byte, r[3])}
	for i := range o.data {
		o.data[i] = byte(i) ^ r[3]
	}
	o.info = fileInfo(string(rune('a'+r[3]%26)), h.handle(r[1], n))
	o.info.StorageID = append(hostileStorages, 0x70007)[r[2]%5]
	o.info.ObjectCompressedSize = uint32(r[3])
	switch {
	case o.kind&isAFolder != 0:
		o.info.ObjectFormat = FormatAssociation
	case o.kind&byAssociation != 0:
		o.info.AssociationType = AssociationGenericFolder
	case o.kind&sizesDoNotMatter != 0:
		o.info.ObjectCompressedSize = 0xFFFFFFFF
	case o.kind&isLonger != 0:
		o.info.ObjectCompressedSize /= 2
	}
	if o.kind&hasNoName != 0 {
		o.info.Filename = ""
	}
	return o
}

// handle is what a byte means as a handle, of n objects: 0 is none, and some
// are of no object.
func (h *hostile) handle(b byte, n int) ObjectHandle {
	switch {
	case b == 0:
		return 0
	case b == 255:
		return HandleRoot
	case int(b) > n:
		return 0x7FFFFFFF
	case h.quirk&highHandles != 0:
		return ObjectHandle(b) * 0x05555555
	}
	return ObjectHandle(b)
}

func (h *hostile) handles(b []byte, n int) (all []ObjectHandle) {
	for _, b := range b {
		if b != 0 {
			all = append(all, h.handle(b, n))
		}
	}
	return all
}

func (h *hostile) deviceInfo() (i DeviceInfo) {
	i.OperationsSupported = []OperationCode{OpGetPartialObject}
	if h.quirk&listsProps != 0 {
		i.OperationsSupported = append(i.OperationsSupported, OpGetObjectPropList)
	}
	if h.quirk&hasSizes != 0 {
		i.OperationsSupported = append(i.OperationsSupported, OpGetObjectPropValue)
	}
	return i
}

func (h *hostile) answer(r Request) ([]byte, ResponseCode) {
	h.asked++
	switch r.Operation {
	case OpGetStorageIDs:
		return AppendArray(nil, h.storages), RespOK
	case OpGetObjectHandles:
		return h.list(StorageID(r.Params[0]), ObjectHandle(r.Params[2]))
	}
	at := ObjectHandle(r.Params[0])
	o, ok := h.objects[at]
	switch {
	case r.Operation == OpGetObjectPropList && r.Params[4] == 1:
		return h.propsIn(at)
	case !ok:
		return nil, RespInvalidObjectHandle
	}
	switch r.Operation {
	case OpGetObjectInfo, OpGetObjectPropList, OpGetObjectPropValue:
		return o.describe(at, r.Operation)
	case OpGetObject:
		return o.data, RespOK
	case OpGetPartialObject:
		rest := o.data[min(int(r.Params[1]), len(o.data)):]
		if h.quirk&givesMore == 0 {
			rest = rest[:min(int(r.Params[2]), len(rest))]
		}
		return append([]byte{}, rest...), RespOK
	}
	return nil, RespOperationNotSupported
}

// list is GetObjectHandles.
func (h *hostile) list(id StorageID, parent ObjectHandle) ([]byte, ResponseCode) {
	h.lists++
	at := slices.Index(hostileStorages, id)
	if at < 0 {
		return nil, RespInvalidStorageID
	}
	children := h.roots[at]
	switch o := h.objects[parent]; {
	case parent == HandleRoot && h.quirk&refusesRoot != 0:
		return nil, RespInvalidParentObject
	case parent == HandleRoot:
	case parent == HandleAll:
		for child := range h.objects {
			children = append(children, child)
		}
		slices.Sort(children)
	case o.kind&cannotBeListed != 0, h.quirk&minds != 0 && o.info.StorageID != id:
		return nil, RespInvalidParentObject
	default:
		children = o.children
	}
	h.given += len(children)
	for _, child := range children {
		h.listed[child] = true
	}
	return AppendArray(nil, children), RespOK
}

// propsIn is GetObjectPropList of what is in a folder.
func (h *hostile) propsIn(parent ObjectHandle) ([]byte, ResponseCode) {
	children := h.objects[parent].children
	if parent == 0 {
		children = h.roots[0]
	}
	if h.quirk&listsNoFolder != 0 {
		return nil, RespSpecificationByDepthUnsupported
	}
	var list ObjectPropList
	for _, child := range children {
		if o := h.objects[child]; o.kind&(cannotBeTold|isMalformed) == 0 {
			list = append(list, o.props(child, h.quirk&tellsLess != 0)...)
		}
	}
	return list.Append(nil), RespOK
}

// describe is each of the ways to ask for what an object is.
func (o hostileObject) describe(at ObjectHandle, op OperationCode) ([]byte, ResponseCode) {
	var b []byte
	switch op {
	case OpGetObjectInfo:
		b = o.info.Append(nil)
	case OpGetObjectPropList:
		b = o.props(at, false).Append(nil)
	default:
		b = binary.LittleEndian.AppendUint64(nil, uint64(len(o.data)))
	}
	switch {
	case o.kind&cannotBeTold != 0:
		return nil, RespAccessDenied
	case o.kind&isMalformed != 0:
		return b[:len(b)/2], RespOK
	}
	return b, RespOK
}

func (o hostileObject) props(at ObjectHandle, less bool) ObjectPropList {
	list := ObjectPropList{
		{at, ObjectPropObjectFormat, TypeUint16, UintValue(TypeUint16, uint64(o.info.ObjectFormat))},
		{at, ObjectPropAssociationType, TypeUint16, UintValue(TypeUint16, uint64(o.info.AssociationType))},
		{at, ObjectPropObjectFileName, TypeString, StringValue(o.info.Filename)},
		{at, ObjectPropObjectSize, TypeUint64, UintValue(TypeUint64, uint64(o.info.ObjectCompressedSize))},
	}
	if !less {
		list = append(list,
			ObjectProp{at, ObjectPropParentObject, TypeUint32, UintValue(TypeUint32, uint64(o.info.ParentObject))},
			ObjectProp{at, ObjectPropStorageID, TypeUint32, UintValue(TypeUint32, uint64(o.info.StorageID))})
	}
	return list
}
