package mtp

import "testing"

// Which sizes are certain: whatever the order in which they are told.
func TestSize32(t *testing.T) {
	prop := func(typ DataType) func(*description) {
		return func(o *description) {
			o.set(ObjectProp{Code: ObjectPropObjectSize, Type: typ, Value: UintValue(typ, 1000)})
		}
	}
	info := func(o *description) { o.setInfo(ObjectInfo{ObjectCompressedSize: 1000}) }
	for name, tt := range map[string]struct {
		told []func(*description)
		want bool
	}{
		"ObjectInfo":                            {[]func(*description){info}, true},
		"a property of 64 bits":                 {[]func(*description){prop(TypeUint64)}, false},
		"a property of 32 bits":                 {[]func(*description){prop(TypeUint32)}, true},
		"one of 64 bits, then ObjectInfo":       {[]func(*description){prop(TypeUint64), info}, false},
		"ObjectInfo, then one of 64 bits":       {[]func(*description){info, prop(TypeUint64)}, false},
		"a property of 32 bits, then one of 64": {[]func(*description){prop(TypeUint32), prop(TypeUint64)}, false},
	} {
		var o description
		for _, tell := range tt.told {
			tell(&o)
		}
		if o.Size != 1000 || o.Size32 != tt.want {
			t.Errorf("%s: size %d, of 32 bits %v; want 1000, %v", name, o.Size, o.Size32, tt.want)
		}
	}
}
