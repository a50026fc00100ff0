package simcam_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device/mtp"
	"custodock/device/simcam"
)

// ask does a transaction whose data fit into 64 KiB, and returns the data
// without its header, and the response's code and size.
func (w *wire) ask(op mtp.OperationCode, params ...uint32) ([]byte, mtp.ResponseCode, int) {
	w.t.Helper()
	w.request(op, params...)
	b := w.read(1 << 16)
	var data []byte
	c, err := mtp.ParseContainer(b)
	if err == nil && c.Type == mtp.ContainerData {
		data = b[mtp.ContainerSize:]
		b = w.read(512)
		c, err = mtp.ParseContainer(b)
	}
	if err != nil || c.Type != mtp.ContainerResponse || c.TransactionID != w.id {
		w.t.Fatalf("%v: %+v, %v", op, c, err)
	}
	return data, mtp.ResponseCode(c.Code), len(b)
}

// must is ask of what must succeed.
func (w *wire) must(op mtp.OperationCode, params ...uint32) []byte {
	w.t.Helper()
	data, code, _ := w.ask(op, params...)
	if code != mtp.RespOK {
		w.t.Fatalf("%v: %v", op, code)
	}
	return data
}

// handles lists a folder.
func (w *wire) handles(storage mtp.StorageID, parent mtp.ObjectHandle) []mtp.ObjectHandle {
	w.t.Helper()
	h, err := mtp.ParseArray[mtp.ObjectHandle](w.must(mtp.OpGetObjectHandles, uint32(storage), 0, uint32(parent)))
	if err != nil {
		w.t.Fatal(err)
	}
	return h
}

func (w *wire) info(h mtp.ObjectHandle) mtp.ObjectInfo {
	w.t.Helper()
	i, err := mtp.ParseObjectInfo(w.must(mtp.OpGetObjectInfo, uint32(h)))
	if err != nil {
		w.t.Fatal(err)
	}
	return i
}

// session is a responder with some files, in a session.
func session(t *testing.T, p simcam.Profile, files ...simcam.File) (*simcam.Responder, *wire) {
	t.Helper()
	r := responder(p, []simcam.Storage{{Files: files}})
	w := &wire{r.Dock(512), t, 0}
	w.must(mtp.OpOpenSession, 1)
	return r, w
}

func TestQEMUKnowsWhatWasListed(t *testing.T) {
	p := simcam.QEMU()
	_, w := session(t, p, simcam.File{Path: "DCIM/A.MP4", Size: 1}, simcam.File{Path: ".hidden"}, simcam.File{Path: "影像.MP4"})
	if _, code, _ := w.ask(mtp.OpGetObjectInfo, 1); code != mtp.RespInvalidObjectHandle {
		t.Errorf("before anything was listed: %v", code)
	}
	if got := w.handles(p.FirstStorage, mtp.HandleRoot); !slices.Equal(got, []mtp.ObjectHandle{4, 1}) {
		t.Errorf("in the root: %d, want youngest first and not .hidden", got)
	}
	if got := w.info(4).Filename; got != "Oops" {
		t.Errorf("a name of another script: %q", got)
	}
	if _, code, _ := w.ask(mtp.OpGetObjectInfo, 2); code != mtp.RespInvalidObjectHandle {
		t.Errorf("before its folder was listed: %v", code)
	}
	w.handles(p.FirstStorage, 1)
	if got := w.info(2); got.Filename != "A.MP4" || got.ParentObject != 1 {
		t.Errorf("after its folder was listed: %+v", got)
	}
	for name, tt := range map[string]struct {
		params []uint32
		want   mtp.ResponseCode
	}{
		"a format":            {[]uint32{uint32(p.FirstStorage), 0x3001, 0}, mtp.RespSpecificationByFormatUnsupported},
		"an unknown storage":  {[]uint32{2, 0, 0}, mtp.RespInvalidStorageID},
		"a file as a folder":  {[]uint32{uint32(p.FirstStorage), 0, 2}, mtp.RespInvalidParentObject},
		"an unknown folder":   {[]uint32{uint32(p.FirstStorage), 0, 99}, mtp.RespInvalidObjectHandle},
		"all of the storages": {[]uint32{0xFFFFFFFF, 0, 0}, mtp.RespOK},
	} {
		if _, code, _ := w.ask(mtp.OpGetObjectHandles, tt.params...); code != tt.want {
			t.Errorf("handles of %s: %v, want %v", name, code, tt.want)
		}
	}
}

func TestUmtprdIsOdd(t *testing.T) {
	p := simcam.Umtprd()
	_, w := session(t, p, simcam.File{Path: "A.MP4", Size: 5 << 30}, simcam.File{Path: "DCIM/B.MP4"})
	if _, code, size := w.ask(mtp.OpOpenSession, 1); code != mtp.RespSessionAlreadyOpen || size != 13 {
		t.Errorf("a second session: %v in %d bytes, want 13", code, size)
	}
	w.handles(p.FirstStorage, mtp.HandleRoot)
	if got := w.info(1).ObjectCompressedSize; got != 1<<30 {
		t.Errorf("5 GiB are %d", got)
	}
	if got := binary.LittleEndian.Uint64(w.must(mtp.OpGetObjectPropValue, 1, uint32(mtp.ObjectPropObjectSize))); got != 5<<30 {
		t.Errorf("5 GiB as a property are %d", got)
	}
	for folder, want := range map[uint32]int{0: 0, 2: 1} {
		list, err := mtp.ParseObjectPropList(w.must(mtp.OpGetObjectPropList, folder, 0, uint32(mtp.ObjectPropObjectSize), 0, 1))
		if err != nil || len(list) != want {
			t.Errorf("a property list of what is in %d: %v, %v", folder, list, err)
		}
	}
	desc, err := mtp.ParseDevicePropDesc(w.must(mtp.OpGetDevicePropDesc, uint32(mtp.DevicePropBatteryLevel)))
	if err != nil || desc.CurrentValue != mtp.UintValue(mtp.TypeUint16, 0x8000) {
		t.Errorf("the battery: %+v, %v", desc, err)
	}
	if code := w.set(mtp.DevicePropDeviceFriendlyName, "x"); code != mtp.RespOperationNotSupported {
		t.Errorf("set a property: %v", code)
	}
}

func TestUmtprdHangsAfterABadStorage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, w := session(t, simcam.Umtprd())
		if _, code, _ := w.ask(mtp.OpGetObjectHandles, 1, 0, 0); code != mtp.RespInvalidStorageID {
			t.Errorf("a bad storage: %v", code)
		}
		w.request(mtp.OpGetStorageIDs)
		if got := w.sizes(512); got != nil {
			t.Errorf("after a bad storage: transfers of %d", got)
		}
	})
}

// set sets a property that is a string.
func (w *wire) set(code mtp.DevicePropCode, value string) mtp.ResponseCode {
	w.t.Helper()
	w.request(mtp.OpSetDevicePropValue, uint32(code))
	data := mtp.AppendString(nil, value)
	header := mtp.Container{
		Length: mtp.ContainerLength(int64(len(data))), Type: mtp.ContainerData,
		Code: uint16(mtp.OpSetDevicePropValue), TransactionID: w.id,
	}
	if err := w.Send(w.t.Context(), append(header.Append(nil), data...)); err != nil {
		w.t.Fatal(err)
	}
	c, err := mtp.ParseContainer(w.read(512))
	if err != nil || c.Type != mtp.ContainerResponse {
		w.t.Fatalf("set %v: %+v, %v", code, c, err)
	}
	return mtp.ResponseCode(c.Code)
}

func TestAndroidClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the clock begins at 2000-01-01 00:00:00 UTC
		r := simcam.NewResponder(simcam.ResponderOptions{
			Profile: simcam.Android(), Storages: []simcam.Storage{{}},
			ClockOffset: -90*time.Second + 300*time.Millisecond, Zone: time.FixedZone("CST", 8*3600),
		})
		w := &wire{r.Dock(512), t, 0}
		w.must(mtp.OpOpenSession, 1)
		if got, _ := mtp.ParseString(w.must(mtp.OpGetDevicePropValue, uint32(mtp.DevicePropDateTime))); got != "20000101T075830.3+0800" {
			t.Errorf("the clock says %q", got)
		}
		for set, want := range map[string]time.Duration{
			"20000101T080500":       5 * time.Minute, // of its own zone
			"20000101T000200.0Z":    2 * time.Minute,
			"19991231T235900+0000":  -time.Minute,
			"20000101T090000+09:00": 0,
		} {
			if code := w.set(mtp.DevicePropDateTime, set); code != mtp.RespOK || r.ClockOffset() != want {
				t.Errorf("set to %s: %v, %v off, want %v", set, code, r.ClockOffset(), want)
			}
		}
		if code := w.set(mtp.DevicePropDateTime, "20000230T000000"); code != mtp.RespInvalidDevicePropValue {
			t.Errorf("set to no date: %v", code)
		}
	})
}

func TestAndroidListsByProperty(t *testing.T) {
	_, w := session(t, simcam.Android(),
		simcam.File{Path: "DCIM/A.MP4", Size: 5 << 30}, simcam.File{Path: "DCIM/B/C.MP4"}, simcam.File{Path: "D.MP4"})
	const size = uint32(mtp.ObjectPropObjectSize)
	for name, tt := range map[string]struct {
		params []uint32
		want   []mtp.ObjectHandle
	}{
		"an object":              {[]uint32{2, 0, size, 0, 0}, []mtp.ObjectHandle{2}},
		"a folder and within":    {[]uint32{1, 0, size, 0, 1}, []mtp.ObjectHandle{1, 2, 3}},
		"the root":               {[]uint32{0, 0, size, 0, 1}, []mtp.ObjectHandle{1, 5}},
		"everything":             {[]uint32{0, 0, size, 0, 0xFFFFFFFF}, []mtp.ObjectHandle{1, 2, 3, 4, 5}},
		"everything, once more":  {[]uint32{0xFFFFFFFF, 0, size, 0, 0}, []mtp.ObjectHandle{1, 2, 3, 4, 5}},
		"everything of a format": {[]uint32{0xFFFFFFFF, 0xB982, size, 0, 0}, []mtp.ObjectHandle{2, 4, 5}},
	} {
		list, err := mtp.ParseObjectPropList(w.must(mtp.OpGetObjectPropList, tt.params...))
		var got []mtp.ObjectHandle
		for _, p := range list {
			got = append(got, p.Handle)
		}
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("sizes of %s: %d, %v; want %d", name, got, err, tt.want)
		}
	}
	if list, err := mtp.ParseObjectPropList(w.must(mtp.OpGetObjectPropList, 2, 0, 0xFFFFFFFF, 0, 0)); err != nil || len(list) != 7 {
		t.Errorf("all properties: %v, %v", list, err)
	}
}

func TestDelete(t *testing.T) {
	r, w := session(t, simcam.Android(), simcam.File{Path: "DCIM/A.MP4"}, simcam.File{Path: "DCIM/A.MP4", Size: 7})
	if _, code, _ := w.ask(mtp.OpDeleteObject, 1); code != mtp.RespPartialDeletion {
		t.Errorf("delete a folder with files: %v", code)
	}
	w.must(mtp.OpDeleteObject, 2) // the first of the two A.MP4
	if got := r.Paths(); !slices.Equal(got, []string{"DCIM/A.MP4"}) {
		t.Errorf("left: %q", got)
	}
	if _, code, _ := w.ask(mtp.OpGetObjectInfo, 2); code != mtp.RespInvalidObjectHandle {
		t.Errorf("the deleted one: %v", code)
	}
	if got := w.info(3).ObjectCompressedSize; got != 7 {
		t.Errorf("the other one has %d bytes", got)
	}
}

func TestHandlesThatChange(t *testing.T) {
	p := simcam.Android()
	r, w := session(t, p, simcam.File{Path: "A.MP4"})
	r.Script(simcam.Fault{Kind: simcam.NewHandles})
	before := w.handles(p.FirstStorage, mtp.HandleRoot)
	w.must(mtp.OpCloseSession)
	w.must(mtp.OpOpenSession, 1)
	if after := w.handles(p.FirstStorage, mtp.HandleRoot); after[0] == before[0] {
		t.Errorf("A.MP4 is %d in both sessions", after[0])
	}
	if _, code, _ := w.ask(mtp.OpGetObjectInfo, uint32(before[0])); code != mtp.RespInvalidObjectHandle {
		t.Errorf("the handle of the session before: %v", code)
	}
}

func TestOddListings(t *testing.T) {
	p := simcam.BarePTP()
	folder := p.FirstHandle
	r, w := session(t, p, simcam.File{Path: "DCIM/A.MP4"})
	r.Script(simcam.Fault{Kind: simcam.Loop, Times: 1})
	if got := w.handles(p.FirstStorage, folder); !slices.Contains(got, folder) {
		t.Errorf("in a folder that contains itself: %d", got)
	}
	r.Script(simcam.Fault{Kind: simcam.Endless})
	at := folder
	for depth := range 100 {
		got := w.handles(p.FirstStorage, at)
		if at = got[len(got)-1]; w.info(at).ObjectFormat != mtp.FormatAssociation {
			t.Fatalf("the folders end %d deep", depth)
		}
	}
	r.Script(simcam.Fault{Kind: simcam.EndlessHandles})
	w.request(mtp.OpGetObjectHandles, uint32(p.FirstStorage), 0, uint32(mtp.HandleRoot))
	for range 100 {
		if got := w.read(1 << 16); len(got) != 1<<16 {
			t.Fatalf("an endless list ended in a transfer of %d", len(got))
		}
	}
}

// BenchmarkListing lists 100,000 objects in one property list.
func BenchmarkListing(b *testing.B) {
	var files []simcam.File
	for i := range 100_000 {
		files = append(files, simcam.File{Path: "DCIM/" + string(rune('A'+i%20)) + "/" + time.Unix(int64(i), 0).Format("150405") + ".MP4"})
	}
	r := responder(simcam.Android(), []simcam.Storage{{Files: files}})
	plug := r.Dock(512)
	request := func(op mtp.OperationCode, params ...uint32) {
		c := mtp.Container{Length: mtp.ContainerLength(int64(4 * len(params))), Type: mtp.ContainerCommand, Code: uint16(op)}
		data := c.Append(nil)
		for _, p := range params {
			data = binary.LittleEndian.AppendUint32(data, p)
		}
		plug.Send(b.Context(), data)
	}
	buf := bytes.Repeat([]byte{0}, 1<<20)
	request(mtp.OpOpenSession, 1)
	plug.Receive(b.Context(), buf)
	for b.Loop() {
		request(mtp.OpGetObjectPropList, 0xFFFFFFFF, 0, 0xFFFFFFFF, 0, 0)
		for n := len(buf); n == len(buf); {
			n, _ = plug.Receive(b.Context(), buf)
		}
		plug.Receive(b.Context(), buf)
	}
}

// As cmtp-responder's mtp_cmd_handler.c has it.
func TestCmtpLacksWhatItAnnounces(t *testing.T) {
	p := simcam.Cmtp()
	_, w := session(t, p, simcam.File{Path: "A.MP4", Size: 5<<30 + 7, Seed: 1})
	if got := w.info(1).ObjectCompressedSize; got != math.MaxUint32 {
		t.Errorf("5 GiB are %d", got)
	}
	if _, code, _ := w.ask(mtp.OpGetObjectPropValue, 1, uint32(mtp.ObjectPropObjectSize)); code != mtp.RespOperationNotSupported {
		t.Errorf("its size as a property: %v", code)
	}
	for _, tt := range []struct {
		op     mtp.OperationCode
		params []uint32
		want   int
	}{
		{mtp.OpGetPartialObject, []uint32{1, 5, 100}, 100},
		{mtp.OpGetPartialObject64, []uint32{1, 5, 0, 100}, 0},
		{mtp.OpGetPartialObject64, []uint32{1, 5, 1, 100}, 1},
	} {
		if got := w.must(tt.op, tt.params...); len(got) != tt.want {
			t.Errorf("%v of %v: %d bytes, want %d", tt.op, tt.params, len(got), tt.want)
		}
	}
}
