package mtp

import "fmt"

const (
	// maxProp bounds one property in a list: an array may be large. It also
	// bounds what may follow the last one.
	maxProp = 64 << 10

	// propsPerObject and bytesPerObject are several times what any responder
	// is known to say of an object, and spareObjects are those that are in the
	// list besides: the folder itself, and what came to be meanwhile.
	propsPerObject = 128
	bytesPerObject = 32 << 10
	spareObjects   = 16

	// usualObjects is how many objects a list may be about when nobody said.
	usualObjects = 10_000
)

// propBound bounds a list of properties.
type propBound struct {
	props uint32
	bytes int64
}

// boundOf bounds a list of so many objects.
func boundOf(objects int) propBound {
	n := min(objects, MaxObjects) + spareObjects
	return propBound{uint32(n) * propsPerObject, int64(n) * bytesPerObject}
}

// propListWriter is [ParseObjectPropList] for a list that arrives in parts. It
// keeps no more than a part and a property.
type propListWriter struct {
	yield func(ObjectProp) error
	bound propBound

	b       []byte // what arrived of the next property
	counted bool
	left    uint32 // properties that are still to come
	got     int64  // bytes
	behind  int    // bytes of that which follow the last property
}

// Write implements [io.Writer].
func (l *propListWriter) Write(p []byte) (int, error) {
	if l.got += int64(len(p)); l.got > l.bound.bytes {
		return 0, fmt.Errorf("a property list of more than %d bytes: %w", l.bound.bytes, ErrTooLarge)
	}
	l.b = append(l.b, p...)
	d := decoder{b: l.b}
	if !l.counted && len(l.b) >= 4 {
		l.left, l.counted = d.uint32(), true
		if l.left > l.bound.props {
			return 0, fmt.Errorf("a property list of %d properties: %w", l.left, ErrTooLarge)
		}
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
	if l.counted && l.left == 0 { // what follows is none of ours
		if l.behind += len(l.b); l.behind > maxProp {
			return 0, fmt.Errorf("%d bytes behind a property list: %w", l.behind, ErrTooLarge)
		}
		l.b = l.b[:0]
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
