package mtp

import "fmt"

// maxProp bounds one property in a list: an array may be large.
const maxProp = 64 << 10

// propListWriter is [ParseObjectPropList] for a list that arrives in parts. It
// keeps no more than a part and a property.
type propListWriter struct {
	yield func(ObjectProp) error

	b       []byte // what arrived of the next property
	counted bool
	left    uint32 // properties that are still to come
}

// Write implements [io.Writer].
func (l *propListWriter) Write(p []byte) (int, error) {
	l.b = append(l.b, p...)
	d := decoder{b: l.b}
	if !l.counted && len(l.b) >= 4 {
		l.left, l.counted = d.uint32(), true
	}
	for l.counted && l.left > 0 {
		next := decoder{b: d.b}
		prop := next.objectProp()
		if next.err != nil {
			if len(d.b) >= maxProp || !next.cut {
				return 0, next.result("ObjectPropList")
			}
			break // the rest of it is still to come
		}
		if err := l.yield(prop); err != nil {
			return 0, err
		}
		d = next
		l.left--
	}
	l.b = l.b[:copy(l.b, d.b)]
	if l.counted && l.left == 0 {
		l.b = l.b[:0] // what follows is none of ours
	}
	return len(p), nil
}

// end says whether the whole list came.
func (l *propListWriter) end() error {
	if !l.counted || l.left > 0 {
		return fmt.Errorf("parse ObjectPropList: %d properties are missing: %w", l.left, ErrMalformed)
	}
	return nil
}
