package mtp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"reflect"
	"testing"
)

// reading is another reading of datasets, which knows nothing of a field but
// how long it is. What it went over is in out, as the dataset's Append would
// write it: byte for byte what was there, but for strings with more than a NUL
// at their end or without it, and for what may be missing at the end.
type reading struct {
	b   []byte
	out []byte
	bad bool
}

// layouts are the datasets as the specification has them.
var layouts = map[string]func(r *reading){
	"Container": func(r *reading) {
		if h := r.fixed(12); !r.bad {
			r.bad = binary.LittleEndian.Uint32(h) < 12 || h[4] < 1 || h[4] > 4 || h[5] != 0
		}
	},
	"DeviceInfo": func(r *reading) {
		r.fixed(8)
		r.text()
		r.fixed(2)
		for range 5 {
			r.array(2)
		}
		r.texts(4)
	},
	"StorageInfo": func(r *reading) {
		r.fixed(26)
		r.texts(2)
	},
	"ObjectInfo": func(r *reading) {
		wide := len(r.b) > 56 && bytes.Equal(r.b[52:56], []byte{0, 0, 0, 0}) // Samsung's
		r.fixed(8)
		if size := r.take(8); wide && size != nil {
			r.out = binary.LittleEndian.AppendUint32(r.out, uint32(min(binary.LittleEndian.Uint64(size), math.MaxUint32)))
		} else if size != nil {
			r.out = append(r.out, size[:4]...)
			r.b = append(size[4:8:8], r.b...)
		}
		r.fixed(40)
		r.texts(4)
	},
	"DevicePropDesc": func(r *reading) {
		head := r.fixed(5)
		if r.bad {
			return
		}
		t := DataType(binary.LittleEndian.Uint16(head[2:]))
		r.values(t, 2)
		if !r.bad && len(r.b) == 0 {
			r.out = append(r.out, byte(FormNone))
			return
		}
		if form := r.fixed(1); r.bad {
			return
		} else if form[0] == 1 {
			r.values(t, 3)
		} else if form[0] == 2 {
			if n := r.fixed(2); !r.bad {
				r.values(t, int(binary.LittleEndian.Uint16(n)))
			}
		}
	},
	"ObjectPropList": func(r *reading) {
		n := r.fixed(4)
		for i := uint32(0); !r.bad && i < binary.LittleEndian.Uint32(n); i++ {
			if head := r.fixed(8); !r.bad {
				r.values(DataType(binary.LittleEndian.Uint16(head[6:])), 1)
			}
		}
	},
}

// take goes over n bytes, if they are there.
func (r *reading) take(n int) []byte {
	if r.bad = r.bad || n > len(r.b); r.bad {
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reading) fixed(n int) []byte {
	b := r.take(n)
	r.out = append(r.out, b...)
	return b
}

func (r *reading) array(size uint64) {
	count := r.fixed(4)
	if r.bad {
		return
	}
	n := uint64(binary.LittleEndian.Uint32(count)) * size
	if r.bad = n > uint64(len(r.b)); !r.bad {
		r.fixed(int(n))
	}
}

func (r *reading) text() {
	count := r.take(1)
	if r.bad {
		return
	}
	units := r.take(2 * int(count[0]))
	n := 0
	for ; n < len(units)/2 && (units[2*n] != 0 || units[2*n+1] != 0); n++ {
	}
	text := append([]byte{byte(n)}, units[:2*n]...)
	if n > 0 && n < 255 {
		text = append(text, 0, 0)
		text[0]++
	}
	r.out = append(r.out, text...)
}

// texts goes over strings that may be missing.
func (r *reading) texts(n int) {
	for range n {
		if !r.bad && len(r.b) == 0 {
			r.out = append(r.out, 0)
			continue
		}
		r.text()
	}
}

func (r *reading) values(t DataType, n int) {
	sizes := []int{0, 1, 1, 2, 2, 4, 4, 8, 8, 16, 16} // of types 1 to 10
	for i := 0; i < n && !r.bad; i++ {
		switch elem := t &^ 0x4000; {
		case t == 0xFFFF:
			r.text()
		case elem == 0 || int(elem) >= len(sizes):
			r.bad = true
		case t == elem:
			r.fixed(sizes[t])
		default:
			r.array(uint64(sizes[elem]))
		}
	}
}

// checkRead holds that what was parsed from b, or the error, is what the layout
// has there.
func checkRead(t *testing.T, b []byte, layout func(*reading), appended []byte, err error) {
	t.Helper()
	r := &reading{b: b}
	layout(r)
	switch {
	case err != nil && !errors.Is(err, ErrMalformed):
		t.Fatalf("error %v, want ErrMalformed", err)
	case (err != nil) != r.bad:
		t.Fatalf("%x: error %v, wanted: %v", b, err, r.bad)
	case err == nil && !bytes.Equal(appended, r.out):
		t.Fatalf("read  %x\nwrote %x\nwant  %x", b, appended, r.out)
	}
}

// fuzzDataset holds that what parses is what is there, to the last byte, and
// that nothing else parses.
func fuzzDataset(f *testing.F, layout string, names ...string) {
	var parse func(b []byte) (appender, error)
	for _, p := range parsers {
		for _, name := range names {
			if p.name == name {
				b := p.sample.Append(nil)
				f.Add(b)
				f.Add(b[:len(b)/2])
				parse = p.parse
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		first, err := parse(b)
		if err != nil {
			checkRead(t, b, layouts[layout], nil, err)
			return
		}
		appended := first.Append(nil)
		checkRead(t, b, layouts[layout], appended, nil)
		if second, err := parse(appended); err != nil || !reflect.DeepEqual(first, second) {
			t.Fatalf("parsed %+v\nthen   %+v, %v", first, second, err)
		}
	})
}

func FuzzContainer(f *testing.F)   { fuzzDataset(f, "Container", "Container") }
func FuzzDeviceInfo(f *testing.F)  { fuzzDataset(f, "DeviceInfo", "DeviceInfo") }
func FuzzStorageInfo(f *testing.F) { fuzzDataset(f, "StorageInfo", "StorageInfo") }
func FuzzObjectInfo(f *testing.F)  { fuzzDataset(f, "ObjectInfo", "ObjectInfo") }
func FuzzDevicePropDesc(f *testing.F) {
	fuzzDataset(f, "DevicePropDesc", "DevicePropDesc range", "DevicePropDesc enumeration")
}
func FuzzObjectPropList(f *testing.F) { fuzzDataset(f, "ObjectPropList", "ObjectPropList") }

func FuzzArray(f *testing.F) {
	f.Add(AppendArray(nil, []ObjectHandle{1, 2}))
	f.Add([]byte{0xFF, 0xFF, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, b []byte) {
		wide, err := ParseArray[ObjectHandle](b)
		checkRead(t, b, func(r *reading) { r.array(4) }, AppendArray(nil, wide), err)
		narrow, err := ParseArray[OperationCode](b)
		checkRead(t, b, func(r *reading) { r.array(2) }, AppendArray(nil, narrow), err)
	})
}

func FuzzValue(f *testing.F) {
	for _, v := range []Value{
		IntValue(TypeInt128, -1), UintValue(TypeUint16, 0x8000), StringValue("a"),
		ArrayValue(TypeUint32, UintValue(TypeUint32, 7)),
	} {
		f.Add(uint16(v.Type), v.Append(nil))
	}
	f.Fuzz(func(t *testing.T, typ uint16, b []byte) {
		v, err := ParseValue(DataType(typ), b)
		checkRead(t, b, func(r *reading) { r.values(DataType(typ), 1) }, v.Append(nil), err)
		if err != nil {
			return
		}
		if again, err := ParseValue(v.Type, v.Append(nil)); err != nil || again != v {
			t.Errorf("%v became %v, %v", v, again, err)
		}
		_ = v.String()
	})
}
