package mtp

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// walked is what a walk says, as text.
func walked(t *testing.T, s *Session) (found, skipped []string) {
	t.Helper()
	err := s.Walk(t.Context(), func(o Object) error {
		path := strings.Join(o.Path, "/")
		if o.Folder {
			path += "/"
		}
		found = append(found, path)
		return nil
	}, func(k Skipped) {
		skipped = append(skipped, fmt.Sprintf("%s: %s", strings.Join(k.Path, "/"), k.Reason))
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	slices.Sort(skipped)
	return found, skipped
}

func TestWalkOddTrees(t *testing.T) {
	byAssociation := folderInfo("DCIM", 0)
	byAssociation.ObjectFormat, byAssociation.AssociationType = FormatUndefined, AssociationGenericFolder
	fileWithAssociation := fileInfo("A.MP4", 0)
	fileWithAssociation.ObjectFormat, fileWithAssociation.AssociationType = 0xB982, AssociationGenericFolder
	otherStorage := fileInfo("elsewhere", 0)
	for _, tt := range []struct {
		name    string
		tree    tree
		found   []string
		skipped []string
	}{
		{"nothing", tree{}, nil, nil},
		{"a folder by its association", tree{
			objects:  map[ObjectHandle]ObjectInfo{1: byAssociation, 2: fileInfo("A", 1)},
			children: map[ObjectHandle][]ObjectHandle{HandleRoot: {1}, 1: {2}},
		}, []string{"DCIM/", "DCIM/A"}, nil},
		{"a file with an association", tree{
			objects:  map[ObjectHandle]ObjectInfo{1: fileWithAssociation},
			children: map[ObjectHandle][]ObjectHandle{HandleRoot: {1}},
		}, []string{"A.MP4"}, nil},
		{"a handle twice", tree{
			objects:  map[ObjectHandle]ObjectInfo{1: fileInfo("A", 0)},
			children: map[ObjectHandle][]ObjectHandle{HandleRoot: {1, 1}},
		}, []string{"A"}, nil},
		{"names twice", tree{
			objects:  map[ObjectHandle]ObjectInfo{1: fileInfo("A", 0), 2: fileInfo("A", 0)},
			children: map[ObjectHandle][]ObjectHandle{HandleRoot: {1, 2}},
		}, []string{"A", "A"}, nil},
		{"a folder in itself", tree{
			objects:  map[ObjectHandle]ObjectInfo{1: folderInfo("a", 0), 2: fileInfo("A", 1)},
			children: map[ObjectHandle][]ObjectHandle{HandleRoot: {1}, 1: {1, 2}},
		}, []string{"a/", "a/A"}, []string{"a/a: loop"}},
		{"a folder in its own folder", tree{
			objects:  map[ObjectHandle]ObjectInfo{1: folderInfo("a", 0), 2: folderInfo("b", 1)},
			children: map[ObjectHandle][]ObjectHandle{HandleRoot: {1}, 1: {2}, 2: {1}},
		}, []string{"a/", "a/b/"}, []string{"a/b/a: loop"}},
		{"everything is listed for the root", tree{
			objects:  map[ObjectHandle]ObjectInfo{1: folderInfo("a", 0), 2: folderInfo("b", 1), 3: fileInfo("A", 2)},
			children: map[ObjectHandle][]ObjectHandle{HandleRoot: {1, 2, 3}, 1: {2, 3}, 2: {3}},
		}, []string{"a/", "a/b/", "a/b/A"}, nil},
		{"folders that say they are in each other", tree{
			objects:  map[ObjectHandle]ObjectInfo{1: folderInfo("a", 2), 2: folderInfo("b", 1), 3: fileInfo("A", 0)},
			children: map[ObjectHandle][]ObjectHandle{HandleRoot: {1, 2, 3}},
		}, []string{"A"}, []string{"a: loop", "b: loop"}},
		{"a file in folders that say they are in each other", tree{
			objects:  map[ObjectHandle]ObjectInfo{1: folderInfo("a", 2), 2: folderInfo("b", 1), 3: fileInfo("A", 1), 4: folderInfo("c", 2), 5: fileInfo("B", 4)},
			children: map[ObjectHandle][]ObjectHandle{HandleRoot: {1, 2, 3, 4}, 4: {5}},
		}, []string{"A", "c/", "c/B"}, []string{"a: loop", "b: loop"}},
		{"everything is listed for the root, and a folder cannot be", tree{
			objects:  map[ObjectHandle]ObjectInfo{1: folderInfo("a", 0), 2: fileInfo("A", 1), 3: folderInfo("b", 1), 4: fileInfo("B", 3)},
			children: map[ObjectHandle][]ObjectHandle{HandleRoot: {1, 2, 3, 4}, 3: {4}},
			refuses:  map[ObjectHandle]ResponseCode{1: RespAccessDenied},
		}, []string{"A", "a/", "b/", "b/B"}, []string{"a: unreadable"}},
		{"everything is listed for the root, and a folder leaves something out", tree{
			objects:  map[ObjectHandle]ObjectInfo{1: folderInfo("a", 0), 2: fileInfo("A", 1), 3: fileInfo("B", 1)},
			children: map[ObjectHandle][]ObjectHandle{HandleRoot: {1, 2, 3}, 1: {2}},
		}, []string{"B", "a/", "a/A"}, nil},
		{"everything is listed for every folder", tree{
			objects:  map[ObjectHandle]ObjectInfo{1: folderInfo("a", 0), 2: folderInfo("b", 0), 3: fileInfo("A", 2), 4: fileInfo("B", 1)},
			children: map[ObjectHandle][]ObjectHandle{HandleRoot: {1, 2, 3, 4}, 1: {2, 3, 4}, 2: {1, 3, 4}},
		}, []string{"a/", "a/B", "b/", "b/A"}, nil},
		{"handles as far apart as can be", tree{
			objects:  map[ObjectHandle]ObjectInfo{1: folderInfo("a", 0), 0x7FFFFFFF: folderInfo("b", 1), 0x80000002: fileInfo("A", 1), 0xFFFFFFFE: fileInfo("B", 0x7FFFFFFF)},
			children: map[ObjectHandle][]ObjectHandle{HandleRoot: {0xFFFFFFFE, 0x80000002, 0x7FFFFFFF, 1}, 1: {0x7FFFFFFF, 0x80000002}, 0x7FFFFFFF: {0xFFFFFFFE}},
		}, []string{"a/", "a/A", "a/b/", "a/b/B"}, nil},
		{"the root is 0", tree{
			objects:  map[ObjectHandle]ObjectInfo{1: folderInfo("a", 0), 2: fileInfo("A", 1)},
			children: map[ObjectHandle][]ObjectHandle{HandleAll: {1}, 1: {2}},
		}, []string{"a/", "a/A"}, nil},
		{"an empty root that is not 0 either", tree{
			refuses: map[ObjectHandle]ResponseCode{HandleAll: RespInvalidParentObject},
		}, nil, nil},
		{"no root by its name", tree{
			objects:  map[ObjectHandle]ObjectInfo{1: folderInfo("a", 0), 2: fileInfo("A", 1)},
			children: map[ObjectHandle][]ObjectHandle{HandleAll: {1, 2}, 1: {2}},
			refuses:  map[ObjectHandle]ResponseCode{HandleRoot: RespInvalidParentObject},
		}, []string{"a/", "a/A"}, nil},
		{"a folder that cannot be listed", tree{
			objects:  map[ObjectHandle]ObjectInfo{1: folderInfo("a", 0), 2: fileInfo("A", 0)},
			children: map[ObjectHandle][]ObjectHandle{HandleRoot: {1, 2}},
			refuses:  map[ObjectHandle]ResponseCode{1: RespAccessDenied},
		}, []string{"A", "a/"}, []string{"a: unreadable"}},
		{"an object that is not there", tree{
			objects:  map[ObjectHandle]ObjectInfo{2: fileInfo("A", 0)},
			children: map[ObjectHandle][]ObjectHandle{HandleRoot: {1, 2}},
		}, []string{"A"}, []string{": unreadable"}},
		{"a storage that is not there", tree{
			refuses: map[ObjectHandle]ResponseCode{HandleRoot: RespStoreNotAvailable},
		}, nil, []string{": unreadable"}},
		{"an object of a storage that nobody knows", tree{
			objects:  map[ObjectHandle]ObjectInfo{1: otherStorage},
			children: map[ObjectHandle][]ObjectHandle{HandleRoot: {1}},
		}, []string{"elsewhere"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found, skipped := walked(t, answers(tt.tree.answer).session(t, DeviceInfo{}))
			if !slices.Equal(found, tt.found) || !slices.Equal(skipped, tt.skipped) {
				t.Errorf("found %q, skipped %q\nwant %q, %q", found, skipped, tt.found, tt.skipped)
			}
		})
	}
}

// Folders are followed so far and no further, and that is said.
func TestWalkTooDeep(t *testing.T) {
	tr := tree{objects: map[ObjectHandle]ObjectInfo{}, children: map[ObjectHandle][]ObjectHandle{HandleRoot: {1}}}
	for h := range ObjectHandle(1000) {
		tr.objects[h+1] = folderInfo("d", h)
		tr.children[h+1] = []ObjectHandle{h + 2}
	}
	found, skipped := walked(t, answers(tr.answer).session(t, DeviceInfo{}))
	if len(found) != MaxDepth || len(skipped) != 1 || !strings.HasSuffix(skipped[0], ": too deep") {
		t.Errorf("%d folders found, skipped %q", len(found), skipped)
	}
}

// An error of the caller ends the walk, and the caller may use the session.
func TestWalkCallerFails(t *testing.T) {
	tr := tree{
		objects:  map[ObjectHandle]ObjectInfo{1: fileInfo("A", 0), 2: fileInfo("B", 0)},
		children: map[ObjectHandle][]ObjectHandle{HandleRoot: {1, 2}},
	}
	s := answers(tr.answer).session(t, DeviceInfo{})
	full := errors.New("disk full")
	visited := 0
	err := s.Walk(t.Context(), func(o Object) error {
		visited++
		if _, err := s.GetObjectInfo(t.Context(), o.Handle); err != nil {
			t.Error(err)
		}
		return full
	}, func(Skipped) {})
	if !errors.Is(err, full) || visited != 1 {
		t.Errorf("%v after %d objects", err, visited)
	}
}

func TestSizeOf(t *testing.T) {
	for _, tt := range []struct {
		value Value
		want  int64
	}{
		{UintValue(TypeUint64, 5<<30), 5 << 30},
		{UintValue(TypeUint64, 0), 0},
		{UintValue(TypeUint64, 0xFFFFFFFF), 0xFFFFFFFF},
		{UintValue(TypeUint64, 1<<63), SizeUnknown},
		{UintValue(TypeUint32, 5), 5},
		{UintValue(TypeUint32, 0xFFFFFFFF), SizeUnknown},
		{IntValue(TypeInt64, -1), SizeUnknown},
		{StringValue("5"), SizeUnknown},
	} {
		if got := sizeOf(tt.value); got != tt.want {
			t.Errorf("%v of type 0x%X: size %d, want %d", tt.value, uint16(tt.value.Type), got, tt.want)
		}
	}
}

// Where a list of properties has holes, objects are asked for one by one.
func TestWalkPropListWithHoles(t *testing.T) {
	tr := tree{
		objects:  map[ObjectHandle]ObjectInfo{1: fileInfo("A", 0), 2: fileInfo("B", 0), 3: folderInfo("c", 0)},
		children: map[ObjectHandle][]ObjectHandle{HandleRoot: {1, 2, 3}},
	}
	whole := func(h ObjectHandle, name string, format FormatCode, size uint64) ObjectPropList {
		return ObjectPropList{
			{h, ObjectPropObjectFileName, TypeString, StringValue(name)},
			{h, ObjectPropObjectFormat, TypeUint16, UintValue(TypeUint16, uint64(format))},
			{h, ObjectPropObjectSize, TypeUint64, UintValue(TypeUint64, size)},
		}
	}
	for _, tt := range []struct {
		name string
		list []byte
		code ResponseCode
		size map[string]int64
	}{
		{"whole", slices.Concat(whole(1, "A", FormatUndefined, 7), whole(2, "B", FormatUndefined, 8), whole(3, "c", FormatAssociation, 0)).Append(nil),
			RespOK, map[string]int64{"A": 7, "B": 8, "c": 0}},
		{"one object", whole(1, "A", FormatUndefined, 7).Append(nil), RespOK, map[string]int64{"A": 7, "B": 5, "c": 0}},
		{"no sizes", ObjectPropList{{1, ObjectPropObjectFileName, TypeString, StringValue("A")}}.Append(nil),
			RespOK, map[string]int64{"A": 5, "B": 5, "c": 0}},
		{"cut short", whole(1, "A", FormatUndefined, 7).Append(nil)[:20], RespOK, map[string]int64{"A": 5, "B": 5, "c": 0}},
		{"nothing at all", []byte{}, RespOK, map[string]int64{"A": 5, "B": 5, "c": 0}},
		{"refused", nil, RespSpecificationByDepthUnsupported, map[string]int64{"A": 5, "B": 5, "c": 0}},
		{"not supported", nil, RespOperationNotSupported, map[string]int64{"A": 5, "B": 5, "c": 0}},
		{"failed", nil, RespGeneralError, map[string]int64{"A": 5, "B": 5, "c": 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := answers(func(r Request) ([]byte, ResponseCode) {
				if r.Operation == OpGetObjectPropList && r.Params[4] == 1 && r.Params[0] == 0 {
					return tt.list, tt.code
				}
				return tr.answer(r)
			}).session(t, DeviceInfo{OperationsSupported: []OperationCode{OpGetObjectPropList}})
			got := map[string]int64{}
			err := s.Walk(t.Context(), func(o Object) error {
				got[o.Path[0]] = o.Size
				return nil
			}, func(k Skipped) { t.Errorf("skipped %+v", k) })
			if err != nil || !maps.Equal(got, tt.size) {
				t.Errorf("got %v, %v, want %v", got, err, tt.size)
			}
		})
	}
}

// A date that the properties leave out is looked up in ObjectInfo, whatever that
// had for others.
func TestWalkDates(t *testing.T) {
	const objects = 30
	for _, tt := range []struct {
		name  string
		prop  string // the date that the properties have; "" is none
		info  func(i ObjectInfo, h ObjectHandle) (ObjectInfo, ResponseCode)
		dated int
		asked int
		skips int
	}{
		{"in the properties", written, nil, objects, 0, 0},
		{"in ObjectInfo", "", func(i ObjectInfo, _ ObjectHandle) (ObjectInfo, ResponseCode) {
			i.DateModified = written
			return i, RespOK
		}, objects, objects, 0},
		{"in some ObjectInfo", "", func(i ObjectInfo, h ObjectHandle) (ObjectInfo, ResponseCode) {
			if h%5 == 0 {
				i.DateModified = written
			}
			return i, RespOK
		}, objects / 5, objects, 0},
		{"nowhere", "", func(i ObjectInfo, _ ObjectHandle) (ObjectInfo, ResponseCode) {
			return i, RespOK
		}, 0, objects, 0},
		{"in the last ObjectInfo", "", func(i ObjectInfo, h ObjectHandle) (ObjectInfo, ResponseCode) {
			if h == objects {
				i.DateModified = written
			}
			return i, RespOK
		}, 1, objects, 0},
		{"no ObjectInfo", "", func(i ObjectInfo, _ ObjectHandle) (ObjectInfo, ResponseCode) {
			return i, RespOperationNotSupported
		}, 0, 1, 0},
		{"no ObjectInfo of any object", "", func(i ObjectInfo, _ ObjectHandle) (ObjectInfo, ResponseCode) {
			return i, RespAccessDenied
		}, 0, maxUndated, maxUndated},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked := 0
			s := withProps(objects, 5<<30, tt.prop, func(h ObjectHandle) (ObjectInfo, ResponseCode) {
				asked++
				return tt.info(fileInfo("other", 0), h)
			}).session(t, DeviceInfo{OperationsSupported: []OperationCode{OpGetObjectPropList}})
			dated, skips := 0, 0
			err := s.Walk(t.Context(), func(o Object) error {
				if o.Path[0] != fmt.Sprint(o.Handle) || o.Size != 5<<30 {
					t.Errorf("object %+v", o)
				}
				if !o.Modified.Time.IsZero() {
					dated++
				}
				return nil
			}, func(Skipped) { skips++ })
			if err != nil || dated != tt.dated || asked != tt.asked || skips != tt.skips {
				t.Errorf("%d with a date, %d asked, %d skipped, %v, want %d, %d, %d", dated, asked, skips, err, tt.dated, tt.asked, tt.skips)
			}
		})
	}
}
