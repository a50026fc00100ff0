package mtp

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// cards is a responder with several storages, whose objects may say anything.
type cards struct {
	ids     []StorageID
	lists   map[StorageID]map[ObjectHandle][]ObjectHandle
	objects map[ObjectHandle]ObjectInfo

	described map[ObjectHandle]int // how often
	listed    map[StorageID]int
}

func (c *cards) answer(r Request) ([]byte, ResponseCode) {
	switch r.Operation {
	case OpGetStorageIDs:
		return AppendArray(nil, c.ids), RespOK
	case OpGetObjectHandles:
		id, parent := StorageID(r.Params[0]), ObjectHandle(r.Params[2])
		if parent == HandleRoot {
			c.listed[id]++
		}
		return AppendArray(nil, c.lists[id][parent]), RespOK
	case OpGetObjectInfo:
		h := ObjectHandle(r.Params[0])
		c.described[h]++
		if i, ok := c.objects[h]; ok {
			return i.Append(nil), RespOK
		}
		return nil, RespInvalidObjectHandle
	}
	return nil, RespOperationNotSupported
}

func (c *cards) session(t *testing.T) *Session {
	c.described, c.listed = make(map[ObjectHandle]int), make(map[StorageID]int)
	return answers(c.answer).session(t, DeviceInfo{})
}

// onCard says of an object that it is in another storage than the first.
func onCard(id StorageID, i ObjectInfo) ObjectInfo {
	i.StorageID = id
	return i
}

// What an object says of its storage loses nothing, and doubles nothing.
func TestWalkOddStorages(t *testing.T) {
	const a, b = StorageID(0x10001), StorageID(0x20001)
	type lists = map[StorageID]map[ObjectHandle][]ObjectHandle
	for _, tt := range []struct {
		name  string
		cards cards
		found []string
	}{
		{"those of the second say they are in the first", cards{
			ids:     []StorageID{a, b},
			lists:   lists{a: {HandleRoot: {1}}, b: {HandleRoot: {2, 3}, 3: {4}}},
			objects: map[ObjectHandle]ObjectInfo{1: fileInfo("A", 0), 2: fileInfo("B", 0), 3: folderInfo("c", 0), 4: fileInfo("C", 3)},
		}, []string{"A", "B", "c/", "c/C"}},
		{"those of the first say they are in the second", cards{
			ids:     []StorageID{a, b},
			lists:   lists{a: {HandleRoot: {1, 2}, 2: {3}}, b: {HandleRoot: {}}},
			objects: map[ObjectHandle]ObjectInfo{1: onCard(b, fileInfo("A", 0)), 2: onCard(b, folderInfo("c", 0)), 3: onCard(b, fileInfo("C", 2))},
		}, []string{"A", "c/", "c/C"}},
		{"all are listed in both", cards{
			ids:     []StorageID{a, b},
			lists:   lists{a: {HandleRoot: {1, 2, 3}, 3: {4}}, b: {HandleRoot: {1, 2, 3}, 3: {4}}},
			objects: map[ObjectHandle]ObjectInfo{1: fileInfo("A", 0), 2: onCard(b, fileInfo("B", 0)), 3: onCard(b, folderInfo("c", 0)), 4: onCard(b, fileInfo("C", 3))},
		}, []string{"A", "B", "c/", "c/C"}},
		{"a storage three times", cards{
			ids:     []StorageID{a, b, a, a},
			lists:   lists{a: {HandleRoot: {1}}, b: {HandleRoot: {2}}},
			objects: map[ObjectHandle]ObjectInfo{1: fileInfo("A", 0), 2: onCard(b, fileInfo("B", 0))},
		}, []string{"A", "B"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found, skipped := walked(t, tt.cards.session(t))
			if !slices.Equal(found, tt.found) || len(skipped) != 0 {
				t.Errorf("found %q, skipped %q, want %q", found, skipped, tt.found)
			}
			if tt.cards.listed[a] != 1 {
				t.Errorf("listed %d times", tt.cards.listed[a])
			}
		})
	}
}

// Storages beyond the bound are not walked, and that is said once.
func TestWalkManyStorages(t *testing.T) {
	c := cards{}
	for i := range StorageID(10_000) {
		c.ids = append(c.ids, (10_000-i)<<16|1)
	}
	_, skipped := walked(t, c.session(t))
	if !slices.Equal(skipped, []string{": too many"}) || len(c.listed) != MaxStorages {
		t.Errorf("walked %d, skipped %q", len(c.listed), skipped)
	}
}

// An object that is listed again and again is described once.
func TestWalkDescribesOnce(t *testing.T) {
	all := []ObjectHandle{1, 2, 3, 4, 5}
	c := cards{
		ids: []StorageID{0x10001},
		lists: map[StorageID]map[ObjectHandle][]ObjectHandle{
			0x10001: {HandleRoot: all, 1: all, 2: all, 3: all},
		},
		objects: map[ObjectHandle]ObjectInfo{
			1: folderInfo("a", 0), 2: folderInfo("b", 0), 3: folderInfo("c", 0), 4: fileInfo("A", 0), 5: fileInfo("B", 0),
		},
	}
	walked(t, c.session(t))
	for h, n := range c.described {
		if n != 1 {
			t.Errorf("object %d was described %d times", h, n)
		}
	}
}

// A folder or a storage with more than there may be is reported, and the others
// are walked. Where one after the other has, the walk ends, and says of every
// storage that it was not walked.
func TestWalkTooMany(t *testing.T) {
	many := make([]ObjectHandle, MaxObjects+1)
	for i := range many {
		many[i] = ObjectHandle(1000 + i)
	}
	objects := map[ObjectHandle]ObjectInfo{1: folderInfo("a", 0), 2: fileInfo("A", 0)}
	type lists = map[StorageID]map[ObjectHandle][]ObjectHandle
	for _, tt := range []struct {
		name           string
		lists          lists
		found, skipped []string
	}{
		{"a folder", lists{1<<16 | 1: {HandleRoot: {1, 2}, 1: many}}, []string{"A", "a/"}, []string{"a: too many"}},
		{"a folder, as many as there may be alone", lists{1<<16 | 1: {HandleRoot: {1, 2}, 1: many[:MaxObjects]}}, []string{"A", "a/"}, []string{"a: too many"}},
		{"a storage", lists{1<<16 | 1: {HandleRoot: many}, 2<<16 | 1: {HandleRoot: {2}}}, []string{"A"}, []string{": too many"}},
		{"all storages", lists{
			1<<16 | 1: {HandleRoot: many}, 2<<16 | 1: {HandleRoot: many}, 3<<16 | 1: {HandleRoot: many}, 4<<16 | 1: {HandleRoot: many},
			5<<16 | 1: {HandleRoot: many}, 6<<16 | 1: {HandleRoot: {2}}, 7<<16 | 1: {HandleRoot: {2}},
		}, nil, slices.Repeat([]string{": too many"}, 7)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := cards{lists: tt.lists, objects: objects}
			for id := range tt.lists {
				c.ids = append(c.ids, id)
			}
			found, skipped := walked(t, c.session(t))
			if !slices.Equal(found, tt.found) || !slices.Equal(skipped, tt.skipped) {
				t.Errorf("found %q, skipped %q\nwant %q, %q", found, skipped, tt.found, tt.skipped)
			}
		})
	}
}

// Objects and folders that hang, or are busy for good, are left out. That is
// borne a few times; a storage that is busy is asked again another time.
func TestWalkHangs(t *testing.T) {
	for _, tt := range []struct {
		name    string
		op      OperationCode
		handles []ObjectHandle // of objects 1 to 9
		code    ResponseCode   // 0 is silence
		skipped []string
		err     error
	}{
		{"an object", OpGetObjectInfo, []ObjectHandle{2}, 0, []string{": unreadable"}, nil},
		{"three objects", OpGetObjectInfo, []ObjectHandle{2, 4, 6}, 0, slices.Repeat([]string{": unreadable"}, 3), nil},
		{"four objects", OpGetObjectInfo, []ObjectHandle{2, 4, 6, 8}, 0, nil, ErrTimeout},
		{"a folder", OpGetObjectHandles, []ObjectHandle{9}, 0, []string{"9: unreadable"}, nil},
		{"the root", OpGetObjectHandles, []ObjectHandle{HandleRoot}, 0, []string{": unreadable"}, nil},
		{"a busy object", OpGetObjectInfo, []ObjectHandle{2}, RespDeviceBusy, []string{": unreadable"}, nil},
		{"four busy objects", OpGetObjectInfo, []ObjectHandle{2, 4, 6, 8}, RespDeviceBusy, nil, RespDeviceBusy},
		{"a busy folder", OpGetObjectHandles, []ObjectHandle{9}, RespDeviceBusy, []string{"9: unreadable"}, nil},
		{"a busy root", OpGetObjectHandles, []ObjectHandle{HandleRoot}, RespDeviceBusy, nil, RespDeviceBusy},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := tree{objects: map[ObjectHandle]ObjectInfo{9: folderInfo("9", 0)}, children: map[ObjectHandle][]ObjectHandle{}}
				for h := ObjectHandle(1); h < 10; h++ {
					tr.children[HandleRoot] = append(tr.children[HandleRoot], h)
					if h < 9 {
						tr.objects[h] = fileInfo(fmt.Sprint(h), 0)
					}
				}
				s := answers(func(r Request) ([]byte, ResponseCode) {
					if r.Operation == tt.op && slices.Contains(tt.handles, ObjectHandle(r.Params[len(r.Params)-1])) {
						return nil, tt.code
					}
					return tr.answer(r)
				}).session(t, DeviceInfo{})
				found, skipped := 0, []string(nil)
				err := s.Walk(t.Context(), func(Object) error { found++; return nil }, func(k Skipped) {
					skipped = append(skipped, fmt.Sprintf("%s: %s", strings.Join(k.Path, "/"), k.Reason))
				})
				if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
					t.Fatalf("%v, want %v", err, tt.err)
				}
				if tt.err == nil && !slices.Equal(skipped, tt.skipped) {
					t.Errorf("skipped %q, want %q", skipped, tt.skipped)
				}
				want := 9
				switch {
				case tt.err != nil || tt.handles[0] == HandleRoot:
					want = 0
				case tt.op == OpGetObjectInfo:
					want = 9 - len(tt.handles)
				}
				if found != want {
					t.Errorf("found %d objects, want %d", found, want)
				}
			})
		})
	}
}

// Whatever a responder says to operations that are a matter of choice, the
// object is listed as ObjectInfo has it, unless the answer is about the object
// or the session.
func TestEveryRefusalOfProps(t *testing.T) {
	files := tree{
		objects:  map[ObjectHandle]ObjectInfo{7: fileInfo("A", 0), 8: fileInfo("B", 0)},
		children: map[ObjectHandle][]ObjectHandle{HandleRoot: {7, 8}},
	}
	var codes []ResponseCode
	for code := RespUndefined; code <= RespTransactionCancelled+1; code++ {
		codes = append(codes, code)
	}
	for code := ResponseCode(0xA800); code <= 0xA80B; code++ {
		codes = append(codes, code)
	}
	// What ObjectInfo says stands when just its size could not be bettered.
	final := map[OperationCode][]ResponseCode{
		OpGetObjectPropList:  {RespInvalidObjectHandle, RespStoreNotAvailable, RespDeviceBusy},
		OpGetObjectPropValue: {RespDeviceBusy},
	}
	for op := range final {
		for _, code := range codes {
			t.Run(fmt.Sprintf("%v/%v", op, code), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := answers(func(r Request) ([]byte, ResponseCode) {
						if r.Operation == op {
							return nil, code
						}
						return files.answer(r)
					}).session(t, DeviceInfo{OperationsSupported: []OperationCode{op}})
					var sizes []int64
					skipped := 0
					err := s.Walk(t.Context(), func(o Object) error {
						sizes = append(sizes, o.Size)
						return nil
					}, func(Skipped) { skipped++ })
					switch {
					case code == RespSessionNotOpen:
						if !errors.Is(err, code) {
							t.Errorf("%v", err)
						}
					case err != nil:
						t.Error(err)
					case slices.Contains(final[op], code):
						if skipped != 2 || len(sizes) != 0 {
							t.Errorf("sizes %v, skipped %d", sizes, skipped)
						}
					case !slices.Equal(sizes, []int64{5, 5}) || skipped != 0:
						t.Errorf("sizes %v, skipped %d", sizes, skipped)
					}
				})
			})
		}
	}
}
