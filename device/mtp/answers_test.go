package mtp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
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
			r := c.Request(p[ContainerSize:])
			pending = &r
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
		w := propListWriter{bound: boundOf(2), yield: func(p ObjectProp) error {
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
		w := propListWriter{bound: boundOf(2), yield: func(ObjectProp) error { return nil }}
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
	w := propListWriter{bound: boundOf(2), yield: func(ObjectProp) error { return nil }}
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

// A list has as many properties as its objects may have, and as many bytes, and
// not much behind it.
func TestPropListBounds(t *testing.T) {
	endless := ObjectPropList{{1, ObjectPropObjectFileName, TypeString, StringValue("A")}}.Append(nil)
	large := ObjectProp{1, 0xD801, TypeUint8 | TypeArray, ArrayValue(TypeUint8, make([]Value, 32_000)...)}.append(nil)
	for _, tt := range []struct {
		name  string
		list  []byte
		again []byte // again and again
		most  int    // bytes that are taken
	}{
		{"many properties", []byte{0x40, 0x4B, 0x4C, 0}, endless[4:], 64 << 10},
		{"large properties", binary.LittleEndian.AppendUint32(nil, 2000), large, 1 << 20},
		{"much behind the last one", endless, make([]byte, 512), 256 << 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := propListWriter{bound: boundOf(2), yield: func(ObjectProp) error { return nil }}
			taken := 0
			for p := tt.list; taken < 64<<20; p = tt.again {
				if _, err := w.Write(p); err != nil {
					if !errors.Is(err, ErrTooLarge) || taken > tt.most {
						t.Errorf("%v after %d bytes", err, taken)
					}
					return
				}
				taken += len(p)
			}
			t.Errorf("%d bytes are no error", taken)
		})
	}
}

// A responder whose lists are too large is asked for one object at a time, and
// for what ObjectInfo says if those are too large as well.
func TestPropListTooLarge(t *testing.T) {
	tr := tree{
		objects:  map[ObjectHandle]ObjectInfo{1: fileInfo("A", 0), 2: fileInfo("B", 0)},
		children: map[ObjectHandle][]ObjectHandle{HandleRoot: {1, 2}},
	}
	asked := 0
	s := answers(func(r Request) ([]byte, ResponseCode) {
		if r.Operation == OpGetObjectPropList {
			asked++
			list := make(ObjectPropList, 5000)
			for i := range list {
				list[i] = ObjectProp{1, ObjectPropObjectSize, TypeUint64, UintValue(TypeUint64, 9)}
			}
			return list.Append(nil), RespOK
		}
		return tr.answer(r)
	}).session(t, DeviceInfo{OperationsSupported: []OperationCode{OpGetObjectPropList}})
	found, skipped := walked(t, s)
	if !slices.Equal(found, []string{"A", "B"}) || len(skipped) > 0 || asked != 2 {
		t.Errorf("found %q, skipped %q, asked %d times", found, skipped, asked)
	}
}
