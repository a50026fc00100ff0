package mtp

import (
	"errors"
	"math"
	"slices"
	"testing"
)

// FuzzPropListStream holds that a list which arrives in any parts is the list
// that it is as a whole, and an error if that is one.
func FuzzPropListStream(f *testing.F) {
	b := sampleProps.Append(nil)
	for _, parts := range [][]byte{nil, {1}, {3, 1, 2}, {13}} {
		f.Add(b, parts)
		f.Add(b[:len(b)-1], parts)
		f.Add(append(b[:len(b):len(b)], "behind it"...), parts)
	}
	f.Add([]byte("\x02\x00\x00\x00"+"\x01\x00\x00\x00\x04\xDC\x08\x00\x05\x00\x00\x00\x00\x00\x00\x00"+"\x01\x00\x00\x00\x04\xDC\x0B\x00"), []byte{5})
	f.Fuzz(func(t *testing.T, b, parts []byte) {
		if len(b) >= maxProp {
			return // a property of that size is an error or none, by how it arrives
		}
		_, wantErr := ParseObjectPropList(b)
		var got ObjectPropList
		w := propListWriter{bound: propBound{math.MaxUint32, maxProp}, yield: func(p ObjectProp) error {
			got = append(got, p)
			return nil
		}}
		if err := writeParts(&w, b, parts); (err == nil) != (wantErr == nil) || err != nil && !errors.Is(err, ErrMalformed) {
			t.Fatalf("in parts: %v, as a whole: %v", err, wantErr)
		}
		if want := readable(b); !slices.Equal(got, want) {
			t.Fatalf("got  %v\nwant %v", got, want)
		}
	})
}

// readable is what of a list comes before its first error, or its end.
func readable(b []byte) (list ObjectPropList) {
	d := decoder{b: b}
	for n := d.uint32(); uint32(len(list)) < n; {
		p := d.objectProp()
		if d.err != nil {
			break
		}
		list = append(list, p)
	}
	return list
}

// writeParts writes b in parts of these sizes, again and again, and ends it.
func writeParts(w *propListWriter, b, parts []byte) error {
	for i := 0; len(b) > 0; i++ {
		n := len(b)
		if len(parts) > 0 {
			n = min(n, int(parts[i%len(parts)])+1)
		}
		if _, err := w.Write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return w.end()
}
