package simcam

import (
	"bytes"
	"cmp"
	"io"
	"maps"
	"math"
	"path"
	"slices"
	"strings"
	"time"

	"custodock/device/mtp"
)

func (r *Responder) deviceInfo() mtp.DeviceInfo {
	i := mtp.DeviceInfo{
		StandardVersion:           100,
		MTPVendorExtensionID:      6,
		MTPVersion:                100,
		MTPExtensions:             r.profile.Extensions,
		OperationsSupported:       r.profile.Operations,
		EventsSupported:           []mtp.EventCode{mtp.EventObjectAdded, mtp.EventObjectRemoved, mtp.EventStoreAdded},
		DevicePropertiesSupported: r.profile.DeviceProps,
		PlaybackFormats:           r.playbackFormats(),
		Manufacturer:              cmp.Or(r.options.Manufacturer, r.profile.Maker),
		Model:                     cmp.Or(r.options.Model, r.profile.Model),
		DeviceVersion:             r.options.Version,
		SerialNumber:              r.options.Serial,
	}
	if len(r.profile.ObjectProps) == 0 {
		i.MTPVendorExtensionID, i.MTPVersion = 0, 0 // plain PTP
	}
	return i
}

func (r *Responder) playbackFormats() []mtp.FormatCode {
	known := []mtp.FormatCode{mtp.FormatUndefined, mtp.FormatAssociation}
	if r.profile.FormatsByName {
		known = append(known, slices.Sorted(maps.Values(formats))...)
	}
	return known
}

func (r *Responder) storageIDs() []mtp.StorageID {
	var ids []mtp.StorageID
	for _, s := range r.storages {
		if !r.locked && !s.ejected {
			ids = append(ids, s.id)
		}
	}
	return ids
}

func (r *Responder) storageInfo(id mtp.StorageID) reply {
	s, code := r.storage(id)
	if code != mtp.RespOK {
		return refusal(code)
	}
	i := mtp.StorageInfo{
		StorageType:        mtp.StorageTypeRemovableRAM,
		FilesystemType:     mtp.FilesystemGenericHierarchical,
		AccessCapability:   mtp.AccessReadWrite,
		MaxCapacity:        s.Capacity,
		FreeSpaceInBytes:   s.Free,
		FreeSpaceInObjects: math.MaxUint32,
		StorageDescription: s.Description,
		VolumeIdentifier:   s.VolumeID,
	}
	if s.ReadOnly {
		i.AccessCapability = mtp.AccessReadOnly
	}
	return said(i.Append(nil))
}

// storage returns one storage, or why not.
func (r *Responder) storage(id mtp.StorageID) (*storage, mtp.ResponseCode) {
	for _, s := range r.storages {
		if s.id == id && !r.locked && !s.ejected {
			return s, mtp.RespOK
		}
	}
	return nil, mtp.RespInvalidStorageID
}

// listHandles is GetObjectHandles, and GetNumObjects too.
func (r *Responder) listHandles(q mtp.Request) reply {
	id, format, parent := mtp.StorageID(param(q, 0)), mtp.FormatCode(param(q, 1)), mtp.ObjectHandle(param(q, 2))
	objects, code := r.list(id, format, parent)
	if code != mtp.RespOK {
		return refusal(code)
	}
	if q.Operation == mtp.OpGetNumObjects {
		return refusal(mtp.RespOK, uint32(len(objects)))
	}
	handles := make([]mtp.ObjectHandle, 0, len(objects)+1)
	for _, o := range objects {
		o.known = r.sessions
		handles = append(handles, r.handle(o))
	}
	if r.profile.NewestFirst {
		slices.Reverse(handles)
	}
	if r.object(parent) != nil && r.due(Loop, q.Operation, "") != nil {
		handles = append(handles, parent)
	}
	b := mtp.AppendArray(nil, handles)
	if r.due(EndlessHandles, q.Operation, "") == nil {
		return said(b)
	}
	endless := spans{{bytes.NewReader([]byte("\xFF\xFF\xFF\xFF")), 4}, {Pattern(1), 1 << 50}}
	return reply{data: io.ReaderAt(endless), size: endless.size(), response: mtp.Response{Code: mtp.RespOK}}
}

// list returns what is in a folder, in a root, or anywhere.
func (r *Responder) list(id mtp.StorageID, format mtp.FormatCode, parent mtp.ObjectHandle) ([]*object, mtp.ResponseCode) {
	storages := r.storages
	if id != mtp.StorageAll || !r.profile.AllStorages {
		s, code := r.storage(id)
		if code != mtp.RespOK {
			r.mute = r.profile.HangsOnBadStorage // after this answer
			return nil, code
		}
		storages = []*storage{s}
	}
	if format != 0 && r.profile.Formats == FormatRefused {
		return nil, mtp.RespSpecificationByFormatUnsupported
	}
	objects, code := r.below(storages, parent)
	return slices.DeleteFunc(objects, func(o *object) bool {
		return r.hidden(o) || format != 0 && r.profile.Formats == FormatKnown && format != r.format(o)
	}), code
}

func (r *Responder) below(storages []*storage, parent mtp.ObjectHandle) ([]*object, mtp.ResponseCode) {
	switch {
	case parent == mtp.HandleRoot || parent == 0 && r.profile.ZeroIsRoot:
		var all []*object
		for _, s := range storages {
			all = append(all, s.root...)
		}
		return all, mtp.RespOK
	case parent == mtp.HandleAll:
		return slices.DeleteFunc(slices.Clone(r.objects), func(o *object) bool {
			return o == nil || !slices.Contains(storages, o.storage)
		}), mtp.RespOK
	}
	o := r.object(parent)
	if o == nil {
		return nil, mtp.RespInvalidObjectHandle
	}
	if o.file != nil {
		return nil, mtp.RespInvalidParentObject
	}
	if len(o.children) == 0 || o.children[len(o.children)-1].name != deeper {
		if r.due(Endless, mtp.OpGetObjectHandles, "") != nil {
			r.place(&object{storage: o.storage, parent: o, name: deeper, path: o.path + "/" + deeper})
		}
	}
	return slices.Clone(o.children), mtp.RespOK
}

// deeper is the folder that an Endless fault puts into every folder.
const deeper = "DEEPER"

// formats are those of what cameras write (MTP 1.1, appendix A).
var formats = map[string]mtp.FormatCode{
	".AVI": 0x300A, ".JPG": 0x3801, ".MOV": 0x300D, ".MP4": 0xB982, ".TS": 0x300B, ".TXT": 0x3004, ".WAV": 0x3008,
}

// format is what the responder says that an object is.
func (r *Responder) format(o *object) mtp.FormatCode {
	if o.file == nil {
		return mtp.FormatAssociation
	}
	if f, ok := formats[strings.ToUpper(path.Ext(o.name))]; ok && r.profile.FormatsByName {
		return f
	}
	return mtp.FormatUndefined
}

// objectInfo is the ObjectInfo dataset of an object.
func (r *Responder) objectInfo(o *object) mtp.ObjectInfo {
	i := mtp.ObjectInfo{
		StorageID:    o.storage.id,
		ObjectFormat: r.format(o),
		ParentObject: r.parentHandle(o),
		Filename:     r.shownName(o),
		DateCreated:  r.date(o),
		DateModified: r.date(o),
	}
	if r.profile.NoModified {
		i.DateModified = ""
	}
	if o.file == nil {
		i.AssociationType = mtp.AssociationGenericFolder
		return i
	}
	if o.file.Protected {
		i.ProtectionStatus = mtp.ProtectionReadOnly
	}
	size := o.file.Size
	if f := r.due(LyingInfoSize, mtp.OpGetObjectInfo, o.path); f != nil {
		size += f.At
	}
	i.ObjectCompressedSize = uint32(size)
	if size > math.MaxUint32 && r.profile.Size == SizeCapped {
		i.ObjectCompressedSize = math.MaxUint32
	}
	return i
}

func (r *Responder) parentHandle(o *object) mtp.ObjectHandle {
	if o.parent == nil {
		return 0
	}
	return r.handle(o.parent)
}

// date is when an object was written, as the responder tells it: on the wall
// clock of its zone.
func (r *Responder) date(o *object) string {
	if o.file == nil || o.file.ModTime.IsZero() {
		return ""
	}
	zone := r.options.Zone
	if o.file.LocalTime { // it is the wall clock
		zone = time.UTC
	}
	return o.file.ModTime.In(zone).Format(strings.TrimSuffix(r.profile.Dates, "-0700"))
}
