package mtp

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// SizeUnknown is the size of an object whose responder does not tell it.
const SizeUnknown = -1

// Object is an object as a listing finds it, from whichever of its
// descriptions the responder could give.
type Object struct {
	Handle   ObjectHandle
	Storage  StorageID
	Parent   ObjectHandle // 0 in the root
	Path     []string     // from the storage's root, its own name last, as the responder gave them
	Format   FormatCode
	Folder   bool
	Size     int64    // bytes, or SizeUnknown
	Created  DateTime // zero if there is none, or none that can be read
	Modified DateTime

	// Size32 says that Size came from a field of 32 bits, and nothing else
	// tells it. Responders that do not know of 0xFFFFFFFF wrap: 5 GiB is 1 GiB,
	// and 4 GiB are 0. Such a size is the true one modulo 2^32.
	Size32 bool
}

// description is what is known of an object so far.
type description struct {
	Object
	name        string
	association uint16
	has         fields
}

// fields are what a description has, each of which may be missing.
type fields uint8

const (
	hasName fields = 1 << iota
	hasFormat
	hasSize
	hasParent
	hasStorage
	hasInfo // ObjectInfo was asked
)

// set takes a property over.
func (o *description) set(p ObjectProp) {
	n, isInt := p.Value.Uint64()
	text, isText := p.Value.Text()
	switch {
	case p.Code == ObjectPropObjectFileName && isText && text != "":
		o.name, o.has = text, o.has|hasName
	case p.Code == ObjectPropDateCreated && isText:
		o.Created, _ = ParseDateTime(text)
	case p.Code == ObjectPropDateModified && isText:
		o.Modified, _ = ParseDateTime(text)
	case !isInt:
	case p.Code == ObjectPropObjectFormat:
		o.Format, o.has = FormatCode(n), o.has|hasFormat
	case p.Code == ObjectPropAssociationType:
		o.association = uint16(n)
	case p.Code == ObjectPropObjectSize:
		o.Size, o.has = sizeOf(p.Value), o.has|hasSize
		o.Size32 = p.Value.Type == TypeUint32
	case p.Code == ObjectPropParentObject:
		o.Parent, o.has = ObjectHandle(n), o.has|hasParent
	case p.Code == ObjectPropStorageID:
		o.Storage, o.has = StorageID(n), o.has|hasStorage
	}
}

// sizeOf is the size that the value of ObjectPropObjectSize means. All ones
// stand for a size that the field cannot hold.
func sizeOf(v Value) int64 {
	n, ok := v.Uint64()
	if !ok || n > math.MaxInt64 || v.Type == TypeUint32 && n == math.MaxUint32 {
		return SizeUnknown
	}
	return int64(n)
}

// setInfo takes over from an ObjectInfo what is not known yet.
func (o *description) setInfo(i ObjectInfo) {
	o.has |= hasInfo
	if o.has&hasName == 0 && i.Filename != "" {
		o.name, o.has = i.Filename, o.has|hasName
	}
	if o.has&hasFormat == 0 {
		o.Format, o.association, o.has = i.ObjectFormat, i.AssociationType, o.has|hasFormat
	}
	if o.has&hasSize == 0 {
		o.Size, o.Size32, o.has = infoSize(i), true, o.has|hasSize
	}
	if o.has&hasParent == 0 {
		o.Parent, o.has = i.ParentObject, o.has|hasParent
	}
	if o.has&hasStorage == 0 {
		o.Storage, o.has = i.StorageID, o.has|hasStorage
	}
	if o.Created.Time.IsZero() {
		o.Created, _ = ParseDateTime(i.DateCreated)
	}
	if o.Modified.Time.IsZero() {
		o.Modified, _ = ParseDateTime(i.DateModified)
	}
}

func infoSize(i ObjectInfo) int64 {
	if i.ObjectCompressedSize == math.MaxUint32 {
		return SizeUnknown
	}
	return int64(i.ObjectCompressedSize)
}

// complete says that nothing that a listing needs is missing.
func (o *description) complete() bool {
	const named = hasName | hasFormat
	return o.has&named == named && (o.has&hasSize != 0 || o.isFolder())
}

func (o *description) isFolder() bool { return isFolder(o.Format, o.association) }

// describe finds out what is still missing of an object's description, by the
// best way that works: all of its properties at once, or ObjectInfo with the
// size of 64 bits beside it.
func (s *Session) describe(ctx context.Context, o *description) error {
	if err := s.describeRest(ctx, o); err != nil {
		return err
	}
	return s.dateByInfo(ctx, o)
}

// dateByInfo looks in ObjectInfo for the date of a file of which the properties
// have none. A date
// that could not be had is the object's error: one clip with a date in one listing
// and none in the next is two clips to whoever compares them.
func (s *Session) dateByInfo(ctx context.Context, o *description) error {
	if o.has&hasInfo != 0 || o.isFolder() || !o.Modified.Time.IsZero() || !s.abilities.datesInInfo() {
		return nil
	}
	i, err := s.GetObjectInfo(ctx, o.Handle)
	if err != nil {
		return s.abilities.withoutInfo(err)
	}
	o.setInfo(i)
	s.abilities.sawInfo(!o.Modified.Time.IsZero())
	return nil
}

func (s *Session) describeRest(ctx context.Context, o *description) error {
	if o.complete() {
		return nil
	}
	if err := s.describeByProps(ctx, o); err != nil || o.complete() {
		return err
	}
	sized := o.has&hasSize != 0
	i, err := s.GetObjectInfo(ctx, o.Handle)
	if err != nil {
		return err
	}
	o.setInfo(i)
	if sized || o.isFolder() {
		return nil
	}
	size, err := s.size64(ctx, o.Handle)
	switch {
	case perObject(err):
		return nil // what ObjectInfo says stands
	case err != nil:
		return err
	case size != SizeUnknown:
		o.Size, o.Size32 = size, false
	case o.Size == SizeUnknown && s.abilities.sizeHangs():
		return errSizeHangs
	}
	return nil
}

// describeByProps reads all properties of the object.
func (s *Session) describeByProps(ctx context.Context, o *description) error {
	way := ability{OpGetObjectPropList, objectUse}
	if !s.Supports(OpGetObjectPropList) || !s.can(way) {
		return nil
	}
	err := s.propList(ctx, boundOf(1), o.Handle, 0, ObjectPropAll, 0, func(p ObjectProp) error {
		if p.Handle == o.Handle {
			o.set(p)
		}
		return nil
	})
	return s.without(way, err)
}

// errSizeHangs is why an object is unreadable that needs 64 bits for its size,
// when that was waited for in vain too often.
var errSizeHangs = fmt.Errorf("%v hung, and nothing else tells a size of 64 bits", OpGetObjectPropValue)

// size64 reads ObjectPropObjectSize by itself. SizeUnknown: it cannot be had. To
// have waited for it in vain is the object's error, and no reason to believe 32
// bits; it is not waited for again and again.
func (s *Session) size64(ctx context.Context, h ObjectHandle) (int64, error) {
	way := ability{op: OpGetObjectPropValue}
	if !s.Supports(way.op) {
		return SizeUnknown, nil
	}
	v, err := s.GetObjectPropValue(ctx, h, ObjectPropObjectSize, TypeUint64)
	switch {
	case err == nil:
		s.abilities.seeWork(way.op)
		return sizeOf(v), nil
	case errors.Is(err, ErrTimeout):
		if s.abilities.hungForSize(errors.Is(err, ErrBroken)) {
			s.drop(way, err)
		}
		return SizeUnknown, err
	}
	return SizeUnknown, s.without(way, err)
}

// without is nil if err leaves another way to go: the ability is not there, or
// not for this object. What is not there, hangs, or cannot be understood is
// dropped, for later sessions too if it cost this one.
func (s *Session) without(a ability, err error) error {
	switch {
	case err == nil:
		return nil
	case unsupported(err), unusable(err):
		s.drop(a, err)
		if errors.Is(err, ErrBroken) {
			return err
		}
		return nil
	case aboutAll(err):
		return err
	case isResponse(err), errors.Is(err, ErrMalformed):
		return nil
	}
	return err
}

// unusable says that an operation failed in a way that it will again: it hangs,
// or what it brings is none of the protocol.
func unusable(err error) bool {
	return errors.Is(err, ErrTimeout) || errors.Is(err, ErrProtocol) ||
		errors.Is(err, ErrTooLarge) || errors.Is(err, ErrHalted)
}

// aboutAll says that a response is about the object, the storage or the session,
// whichever operation asks. Every other one may be about the operation: what
// responders say to one that they only half have is not to be foretold.
func aboutAll(err error) bool {
	for _, code := range []ResponseCode{
		RespInvalidObjectHandle, RespStoreNotAvailable, RespSessionNotOpen, RespDeviceBusy,
	} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}

// ObjectSize returns an object's size, or SizeUnknown: of 64 bits wherever the
// responder has that. Its errors are those of Stat.
func (s *Session) ObjectSize(ctx context.Context, h ObjectHandle) (int64, error) {
	o, err := s.Stat(ctx, h)
	return o.Size, err
}

// Stat describes one object, by whichever operations work. Its Path is just its
// name. An object that is gone is RespInvalidObjectHandle.
func (s *Session) Stat(ctx context.Context, h ObjectHandle) (Object, error) {
	o := description{Object: Object{Handle: h, Size: SizeUnknown}}
	if err := s.describe(ctx, &o); err != nil {
		return Object{Handle: h, Size: SizeUnknown}, err
	}
	o.Path = []string{o.name}
	o.Folder = o.isFolder()
	return o.Object, nil
}
