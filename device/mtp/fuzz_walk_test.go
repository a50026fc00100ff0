package mtp

import (
	"bytes"
	"slices"
	"testing"
	"testing/synctest"
)

// hostileTrees are responders as newHostile reads them.
func hostileTrees() [][]byte {
	head := func(storages, quirks byte, roots ...byte) []byte {
		return append([]byte{storages, quirks}, append(roots, make([]byte, 18-len(roots))...)...)
	}
	// kind, parent, storage, size, children
	file := []byte{0, 0, 0, 40, 0, 0, 0, 0}
	folder := func(parent, storage byte, children ...byte) []byte {
		return append([]byte{1, parent, storage, 7}, append(children, make([]byte, 4-len(children))...)...)
	}
	in := func(parent, storage byte) []byte { return []byte{0, parent, storage, 99, 0, 0, 0, 0} }
	var chain []byte
	for i := range byte(40) {
		chain = append(chain, folder(i, 0, i+2)...)
	}
	return [][]byte{
		slices.Concat(head(0, 0, 1, 2), file, folder(0, 0, 3), in(2, 0)),
		slices.Concat(head(0, 1, 1, 2), folder(0, 0, 2), folder(1, 0, 1)),                    // in each other
		slices.Concat(head(0, 0, 1, 2, 3), folder(2, 0), folder(1, 0), file),                 // by what they say alone
		slices.Concat(head(0, 1, 1, 2, 2, 1), folder(0, 0, 3, 3), folder(0, 0, 3), in(9, 0)), // shared, and twice
		slices.Concat(head(1, 0, 1, 0, 0, 0, 0, 0, 1), file),                                 // in two storages
		slices.Concat(head(3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), file),               // a storage twice, and without a medium
		slices.Concat(head(0, 16), folder(0, 0, 2), in(1, 0), in(1, 0)),                      // no root by its name
		slices.Concat(head(0, 128|1, 3, 2, 1), folder(0, 0, 4), file, file, in(1, 0)),        // handles with all bits
		slices.Concat(head(0, 64, 1, 255, 200), file),                                        // the root in itself
		slices.Concat(head(0, 0, 1), chain),                                                  // deep
		slices.Concat(head(1, 8, 1, 2, 0, 0, 0, 0, 2), in(0, 1), in(0, 4)),                   // where it is not listed
		slices.Concat(head(1, 32, 1, 0, 0, 0, 0, 0, 1), folder(0, 1, 2), in(1, 0)),
		slices.Concat(head(0, 1, 1, 2, 3), []byte{8, 0, 0, 1, 0, 0, 0, 0}, []byte{16 | 1}),     // refused and malformed
		slices.Concat(head(0, 3, 1, 2), []byte{2, 0, 0, 9, 2}, make([]byte, 3), []byte{64, 1}), // by association; longer than it says
	}
}

// FuzzWalk walks and reads responders of arbitrary structure: it ends soon,
// finds an object once in a place, and either finds or reports what is listed.
func FuzzWalk(f *testing.F) {
	for _, b := range hostileTrees() {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		synctest.Test(t, func(t *testing.T) {
			h := newHostile(b)
			s := answers(h.answer).session(t, h.deviceInfo())
			w := &walkCheck{t: t, h: h, found: map[place]Object{}, said: map[ObjectHandle]bool{}}
			if err := s.Walk(t.Context(), w.visit, w.skip); err != nil {
				t.Fatalf("walk: %v", err)
			}
			w.atEnd()
			for _, o := range w.files[:min(len(w.files), 8)] {
				checkReading(t, s, h, o)
			}
		})
	})
}

// walkCheck looks at what a walk finds.
type walkCheck struct {
	t     *testing.T
	h     *hostile
	found map[place]Object
	said  map[ObjectHandle]bool // found or reported
	files []Object
}

func (w *walkCheck) visit(o Object) error {
	w.said[o.Handle] = true
	at := place{o.Storage, o.Handle}
	if _, twice := w.found[at]; twice {
		w.t.Errorf("%+v is found twice", o)
	}
	w.found[at] = o
	parent := w.found[place{o.Storage, o.Parent}]
	if up := o.Path[:len(o.Path)-1]; o.Parent != 0 && !parent.Folder || !slices.Equal(up, parent.Path) || len(o.Path) > MaxDepth {
		w.t.Errorf("%q is in %q", o.Path, parent.Path)
	}
	if !slices.Contains(w.h.storages, o.Storage) {
		w.t.Errorf("storage 0x%X", uint32(o.Storage))
	}
	is := w.h.objects[o.Handle]
	if sizes := []int64{SizeUnknown, int64(is.info.ObjectCompressedSize), int64(len(is.data))}; !slices.Contains(sizes, o.Size) {
		w.t.Errorf("%q has %d bytes, of %d", o.Path, o.Size, sizes)
	}
	if !o.Folder {
		w.files = append(w.files, o)
	}
	return nil
}

// atEnd holds that no folder was listed twice, a root in its two ways at most;
// that no object needed more than three questions each time it was listed; and
// that what was listed is in the walk's result.
func (w *walkCheck) atEnd() {
	folders := len(w.found) - len(w.files)
	if w.h.lists > folders+2*len(w.h.storages) {
		w.t.Errorf("%d listings of %d folders", w.h.lists, folders)
	}
	if most := 1 + 2*w.h.lists + 3*w.h.given; w.h.asked > most {
		w.t.Errorf("%d transactions for %d listings of %d objects, more than %d", w.h.asked, w.h.lists, w.h.given, most)
	}
	for handle := range w.h.listed {
		if !w.said[handle] {
			w.t.Errorf("0x%X is listed, and neither found nor reported", uint32(handle))
		}
	}
}

func (w *walkCheck) skip(k Skipped) { w.said[k.Handle] = true }

// checkReading reads an object: what arrives is its bytes, in full or not.
func checkReading(t *testing.T, s *Session, h *hostile, o Object) {
	t.Helper()
	data := h.objects[o.Handle].data
	var got bytes.Buffer
	if n, err := s.GetObject(t.Context(), o.Handle, o.Size, &got); err != nil || n != int64(len(data)) || !bytes.Equal(got.Bytes(), data) {
		t.Errorf("%d bytes of %d, %v", n, len(data), err)
	}
	got.Reset()
	n, err := s.ReadPart(t.Context(), o.Handle, 5, 30, &got)
	if part := data[min(5, len(data)):]; n != int64(got.Len()) || n > 30 || !bytes.HasPrefix(part, got.Bytes()) || err == nil && n < int64(min(30, len(part))) {
		t.Errorf("%d bytes, %v: %x, of %x", n, err, got.Bytes(), part)
	}
}
