package mtp

import (
	"bytes"
	"fmt"
	"testing"
)

// answers is a responder as a function: what it says to a request. data nil is
// no data phase; a code of 0 is silence.
type answers func(r Request) (data []byte, code ResponseCode)

// pipe is a [Pipe] to it, without any fault of framing.
func (a answers) pipe() *script {
	var pending *Request
	return &script{packet: 512, sent: func(s *script, p []byte) {
		c, err := ParseContainer(p)
		if err != nil {
			panic(fmt.Sprintf("the initiator sent %x", p))
		}
		switch c.Type {
		case ContainerCommand:
			pending = &Request{OperationCode(c.Code), c.TransactionID, parseParams(p[ContainerSize:], 5)}
			if pending.Operation == OpSetDevicePropValue {
				return
			}
		case ContainerData:
		default:
			panic("the initiator sent a container that is not its own")
		}
		data, code := a(*pending)
		if code == 0 {
			return
		}
		if data != nil {
			header := Container{ContainerLength(int64(len(data))), ContainerData, uint16(pending.Operation), pending.TransactionID}
			s.in = append(s.in, transfer{data: append(header.Append(nil), data...)})
		}
		s.in = append(s.in, transfer{data: []byte(responseContainer(pending.TransactionID, code))})
	}}
}

// session opens a session with it. What it says of itself is info.
func (a answers) session(t *testing.T, info DeviceInfo) *Session {
	t.Helper()
	whole := answers(func(r Request) ([]byte, ResponseCode) {
		switch r.Operation {
		case OpGetDeviceInfo:
			return info.Append(nil), RespOK
		case OpOpenSession, OpCloseSession:
			return nil, RespOK
		}
		return a(r)
	})
	s, err := Open(t.Context(), NewUSBTransport(whole.pipe(), USBOptions{}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tree is a responder with objects in one storage, by parent.
type tree struct {
	objects  map[ObjectHandle]ObjectInfo
	children map[ObjectHandle][]ObjectHandle
	refuses  map[ObjectHandle]ResponseCode // to list or describe
}

func (tr tree) answer(r Request) ([]byte, ResponseCode) {
	switch r.Operation {
	case OpGetStorageIDs:
		return AppendArray(nil, []StorageID{0x10001, 0x20000}), RespOK // the second has no medium
	case OpGetObjectHandles:
		parent := ObjectHandle(r.Params[2])
		if code, ok := tr.refuses[parent]; ok {
			return nil, code
		}
		return AppendArray(nil, tr.children[parent]), RespOK
	case OpGetObjectInfo:
		h := ObjectHandle(r.Params[0])
		i, ok := tr.objects[h]
		if code, refused := tr.refuses[h]; refused && !ok {
			return nil, code
		}
		if !ok {
			return nil, RespInvalidObjectHandle
		}
		return i.Append(nil), RespOK
	}
	return nil, RespOperationNotSupported
}

func folderInfo(name string, parent ObjectHandle) ObjectInfo {
	return ObjectInfo{StorageID: 0x10001, ObjectFormat: FormatAssociation, ParentObject: parent, Filename: name}
}

func fileInfo(name string, parent ObjectHandle) ObjectInfo {
	return ObjectInfo{StorageID: 0x10001, ObjectFormat: FormatUndefined, ParentObject: parent, Filename: name, ObjectCompressedSize: 5}
}

// The memory of a reader that gives a list out piece by piece is that of a
// piece.
func TestPropListInPieces(t *testing.T) {
	want := sampleProps
	b := want.Append(nil)
	for size := 1; size <= len(b); size++ {
		var got ObjectPropList
		w := propListWriter{yield: func(p ObjectProp) error {
			got = append(got, p)
			return nil
		}}
		for rest := b; len(rest) > 0; {
			n := min(size, len(rest))
			if _, err := w.Write(rest[:n]); err != nil {
				t.Fatalf("pieces of %d: %v", size, err)
			}
			rest = rest[n:]
		}
		if err := w.end(); err != nil || !bytes.Equal(got.Append(nil), b) {
			t.Errorf("pieces of %d: %v, %v", size, got, err)
		}
	}
}

func TestPropListCutShort(t *testing.T) {
	b := sampleProps.Append(nil)
	for n := range b {
		w := propListWriter{yield: func(ObjectProp) error { return nil }}
		if _, err := w.Write(b[:n]); err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if w.end() == nil {
			t.Errorf("%d of %d bytes are a whole list", n, len(b))
		}
	}
}

// A property that never ends takes no more memory than a property may.
func TestPropListEndless(t *testing.T) {
	head := append([]byte{1, 0, 0, 0}, ObjectProp{Handle: 1, Code: 0xD801, Type: TypeUint8 | TypeArray}.append(nil)[:8]...)
	head = append(head, 0xFF, 0xFF, 0xFF, 0xFF)
	w := propListWriter{yield: func(ObjectProp) error { return nil }}
	if _, err := w.Write(head); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if _, err := w.Write(make([]byte, 4096)); err != nil {
			return
		}
		if cap(w.b) > 4*maxProp {
			t.Fatalf("it keeps %d bytes", cap(w.b))
		}
	}
	t.Error("a property of 4 MB is no error")
}
