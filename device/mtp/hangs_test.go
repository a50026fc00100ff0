package mtp

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
)

const written = "20240229T235958"

// undatedProps is a responder with five files, 1 to 5, whose dates ObjectInfo alone
// has. says may say another thing to GetObjectInfo.
func undatedProps(says func(asked int, h ObjectHandle) (code ResponseCode, otherwise bool)) answers {
	asked := 0
	return withProps(5, 7, "", func(h ObjectHandle) (ObjectInfo, ResponseCode) {
		i := fileInfo("", 0)
		i.DateModified = written
		asked++
		if code, otherwise := says(asked, h); otherwise {
			return i, code
		}
		return i, RespOK
	})
}

// withProps is a responder with n files of this size and modification date, 1 to
// n, which it describes by their properties. What it is asked else is ObjectInfo.
func withProps(n ObjectHandle, size uint64, modified string, info func(h ObjectHandle) (ObjectInfo, ResponseCode)) answers {
	var handles []ObjectHandle
	var list ObjectPropList
	for h := ObjectHandle(1); h <= n; h++ {
		handles = append(handles, h)
		list = append(list,
			ObjectProp{h, ObjectPropObjectFileName, TypeString, StringValue(fmt.Sprint(h))},
			ObjectProp{h, ObjectPropObjectFormat, TypeUint16, UintValue(TypeUint16, uint64(FormatUndefined))},
			ObjectProp{h, ObjectPropObjectSize, TypeUint64, UintValue(TypeUint64, size)},
			ObjectProp{h, ObjectPropDateModified, TypeString, StringValue(modified)})
	}
	return func(r Request) ([]byte, ResponseCode) {
		switch r.Operation {
		case OpGetStorageIDs:
			return AppendArray(nil, []StorageID{0x10001}), RespOK
		case OpGetObjectHandles:
			return AppendArray(nil, handles), RespOK
		case OpGetObjectPropList:
			return list.Append(nil), RespOK
		}
		i, code := info(ObjectHandle(r.Params[0]))
		if code != RespOK {
			return nil, code
		}
		return i.Append(nil), RespOK
	}
}

// A clip has the same date in every listing, or is reported, whatever the
// responder says when it is asked for the date.
func TestWalkSameDates(t *testing.T) {
	for _, code := range []ResponseCode{0, RespDeviceBusy, RespGeneralError, RespAccessDenied, RespOperationNotSupported, RespInvalidObjectHandle} {
		for _, first := range []ObjectHandle{2, 1} { // once dates are known to be there, and before
			if first == 1 && code == RespOperationNotSupported {
				continue // a responder without ObjectInfo
			}
			t.Run(fmt.Sprintf("%v/%d", code, first), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					fails := true
					s := undatedProps(func(_ int, h ObjectHandle) (ResponseCode, bool) {
						return code, fails && h == first
					}).session(t, DeviceInfo{OperationsSupported: []OperationCode{OpGetObjectPropList}})
					for walk := range 3 {
						undated, listed, skipped := 0, 0, []ObjectHandle(nil)
						err := s.Walk(t.Context(), func(o Object) error {
							listed++
							if o.Modified.Time.IsZero() {
								undated++
							}
							return nil
						}, func(k Skipped) { skipped = append(skipped, k.Handle) })
						want := []ObjectHandle(nil)
						if fails {
							want = []ObjectHandle{first}
						}
						if err != nil || undated > 0 || listed+len(skipped) != 5 || !slices.Equal(skipped, want) {
							t.Errorf("walk %d: %d listed, %d without a date, skipped %v, %v; want to skip %v", walk, listed, undated, skipped, err, want)
						}
						fails = walk == 0
					}
				})
			})
		}
	}
}

// A responder that never gives an ObjectInfo is done without in the end: its clips
// are better listed without a date than never.
func TestWalkInfoAlwaysHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		s := undatedProps(func(n int, _ ObjectHandle) (ResponseCode, bool) {
			asked = n
			return 0, true
		}).session(t, DeviceInfo{OperationsSupported: []OperationCode{OpGetObjectPropList}})
		ignore := func(Skipped) {}
		if err := s.Walk(t.Context(), func(Object) error { return nil }, ignore); !errors.Is(err, ErrTimeout) {
			t.Errorf("first: %v", err)
		}
		listed := 0
		if err := s.Walk(t.Context(), func(Object) error { listed++; return nil }, ignore); err != nil || listed != 5 || asked != maxHung+1 {
			t.Errorf("then: %d listed, %v; asked %d times", listed, err, asked)
		}
	})
}

// sizes is a responder with files 1 to 5, the last one of 5 GiB. silent says of
// which the size is waited for in vain.
func sizes(silent func(h ObjectHandle) bool) answers {
	tr := tree{objects: map[ObjectHandle]ObjectInfo{}, children: map[ObjectHandle][]ObjectHandle{HandleRoot: {1, 2, 3, 4, 5}}}
	for h := ObjectHandle(1); h <= 5; h++ {
		tr.objects[h] = fileInfo(fmt.Sprint(h), 0)
	}
	large := fileInfo("5", 0)
	large.ObjectCompressedSize = 0xFFFFFFFF
	tr.objects[5] = large
	return func(r Request) ([]byte, ResponseCode) {
		if r.Operation != OpGetObjectPropValue {
			return tr.answer(r)
		}
		h := ObjectHandle(r.Params[0])
		switch {
		case silent(h):
			return nil, 0
		case h == 5:
			return UintValue(TypeUint64, 5<<30).Append(nil), RespOK
		}
		return UintValue(TypeUint64, 5).Append(nil), RespOK
	}
}

// A size that was waited for in vain is no size of 32 bits, nor none, and not the
// end of sizes of 64 bits. Where it is, those that need it are reported.
func TestWalkSizeHangs(t *testing.T) {
	type walked struct {
		certain, of32 int
		skipped       []ObjectHandle
	}
	for _, tt := range []struct {
		name   string
		silent func(walk int, h ObjectHandle) bool
		want   []walked
	}{
		{"at first", func(walk int, h ObjectHandle) bool { return walk == 0 && h == 1 },
			[]walked{{4, 0, []ObjectHandle{1}}, {5, 0, nil}}},
		{"once it gave some", func(walk int, h ObjectHandle) bool { return walk == 1 && h == 5 },
			[]walked{{5, 0, nil}, {4, 0, []ObjectHandle{5}}, {5, 0, nil}}},
		{"always", func(int, ObjectHandle) bool { return true },
			[]walked{{0, 1, []ObjectHandle{1, 2, 3, 5}}, {0, 4, []ObjectHandle{5}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				walk := 0
				s := sizes(func(h ObjectHandle) bool { return tt.silent(walk, h) }).
					session(t, DeviceInfo{OperationsSupported: []OperationCode{OpGetObjectPropValue}})
				for _, want := range tt.want {
					var got walked
					err := s.Walk(t.Context(), func(o Object) error {
						switch {
						case o.Size == SizeUnknown:
							t.Errorf("walk %d: %v has no size", walk, o.Handle)
						case o.Size32:
							got.of32++
						default:
							got.certain++
						}
						return nil
					}, func(k Skipped) { got.skipped = append(got.skipped, k.Handle) })
					if err != nil || got.certain != want.certain || got.of32 != want.of32 || !slices.Equal(got.skipped, want.skipped) {
						t.Errorf("walk %d: %+v, %v, want %+v", walk, got, err, want)
					}
					walk++
				}
			})
		})
	}
}
