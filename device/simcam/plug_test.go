package simcam_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device/mtp"
	"custodock/device/simcam"
)

// wire is a plug at which a test talks in containers.
type wire struct {
	*simcam.Plug
	t  *testing.T
	id uint32
}

// plugged is a responder with one file of size bytes, in a session.
func plugged(t *testing.T, p simcam.Profile, size int64) (*simcam.Responder, *wire) {
	t.Helper()
	r := responder(p, []simcam.Storage{{Files: []simcam.File{{Path: "A.MP4", Size: size, Seed: 1}}}})
	w := &wire{r.Dock(64), t, 0}
	w.request(mtp.OpOpenSession, 1)
	w.read(64)
	w.request(mtp.OpGetObjectHandles, uint32(p.FirstStorage), 0, uint32(mtp.HandleRoot))
	w.read(64)
	w.read(64)
	return r, w
}

func (w *wire) request(op mtp.OperationCode, params ...uint32) {
	w.t.Helper()
	w.id++
	b := mtp.Container{
		Length: mtp.ContainerLength(int64(4 * len(params))), Type: mtp.ContainerCommand, Code: uint16(op), TransactionID: w.id,
	}.Append(nil)
	for _, p := range params {
		b = binary.LittleEndian.AppendUint32(b, p)
	}
	if err := w.Send(w.t.Context(), b); err != nil {
		w.t.Fatal(err)
	}
}

// read reads one transfer of at most size bytes.
func (w *wire) read(size int) []byte {
	w.t.Helper()
	b := make([]byte, size)
	n, err := w.Receive(w.t.Context(), b)
	if err != nil {
		w.t.Fatal(err)
	}
	return b[:n]
}

// sizes are those of the transfers that come until the responder has nothing
// more to say. It is for synctest bubbles.
func (w *wire) sizes(size int) (sizes []int) {
	for {
		ctx, cancel := context.WithTimeout(w.t.Context(), time.Second)
		n, err := w.Receive(ctx, make([]byte, size))
		cancel()
		if err != nil {
			return sizes
		}
		sizes = append(sizes, n)
	}
}

// zlp is a profile with zero-length packets, bare one without.
func zlp() simcam.Profile { return simcam.BarePTP() }

func bare() simcam.Profile {
	p := simcam.BarePTP()
	p.ZeroLengthPacket = false
	return p
}

// TestTransferBoundaries reads an object in packets of 64 bytes: with its
// header its data phase is 12 bytes more than the object.
func TestTransferBoundaries(t *testing.T) {
	for _, tt := range []struct {
		name    string
		profile simcam.Profile
		size    int64
		read    int
		faults  []simcam.Fault
		want    []int
	}{
		{"ends in a short packet", zlp(), 100, 256, nil, []int{112, 12}},
		{"read in pieces", zlp(), 100, 64, nil, []int{64, 48, 12}},
		{"nothing", zlp(), 0, 64, nil, []int{12, 12}},
		{"fills its packets, an empty one ends it", zlp(), 116, 256, nil, []int{128, 12}},
		{"fills the read, the empty packet is the next", zlp(), 116, 128, nil, []int{128, 0, 12}},
		{"fills its packets, no empty one", bare(), 116, 256, nil, []int{140}},
		{"fills the read, no empty packet", bare(), 116, 128, nil, []int{128, 12}},
		{"an empty packet is missing", zlp(), 116, 256, []simcam.Fault{{Kind: simcam.NoEmptyPacket}}, []int{140}},
		{"its header alone", zlp(), 100, 256, []simcam.Fault{{Kind: simcam.SplitHeader}}, []int{12, 100, 12}},
		{"data and response in one", zlp(), 100, 256, []simcam.Fault{{Kind: simcam.OneRead}}, []int{124}},
		{"zeros before the response", zlp(), 100, 256, []simcam.Fault{{Kind: simcam.StrayZeros, At: 8}}, []int{112, 8, 12}},
		{"a response of before", zlp(), 100, 256, []simcam.Fault{{Kind: simcam.StaleResponse}}, []int{112, 12, 12}},
		{"short", zlp(), 100, 256, []simcam.Fault{{Kind: simcam.Short, At: 30}}, []int{42, 12}},
		{"silent in the data", zlp(), 100, 64, []simcam.Fault{{Kind: simcam.Silence, At: 52}}, []int{64}},
		{"silent before the response", zlp(), 100, 256, []simcam.Fault{{Kind: simcam.Silence, At: 100}}, []int{112}},
		{"of another operation", zlp(), 100, 256, []simcam.Fault{{Kind: simcam.Silence, Operation: mtp.OpGetObjectInfo}}, []int{112, 12}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, w := plugged(t, tt.profile, tt.size)
				r.Script(tt.faults...)
				w.request(mtp.OpGetObject, uint32(tt.profile.FirstHandle))
				if got := w.sizes(tt.read); !slices.Equal(got, tt.want) {
					t.Errorf("transfers of %d bytes, want %d", got, tt.want)
				}
			})
		})
	}
}

func TestDataOfAnObject(t *testing.T) {
	_, w := plugged(t, zlp(), 100)
	w.request(mtp.OpGetObject, uint32(zlp().FirstHandle))
	got := w.read(256)
	want := make([]byte, 100)
	simcam.Pattern(1).ReadAt(want, 0)
	header := mtp.Container{Length: 112, Type: mtp.ContainerData, Code: uint16(mtp.OpGetObject), TransactionID: w.id}
	if want = append(header.Append(nil), want...); !bytes.Equal(got, want) {
		t.Errorf("got %x\nwant %x", got, want)
	}
}

// TestFiveGigabytes reads the end of an object that 32 bits cannot count.
func TestFiveGigabytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size = 5 << 30
		r := responder(simcam.Android(), []simcam.Storage{{Files: []simcam.File{{Path: "A.MP4", Size: size, Seed: 1}}}})
		w := &wire{r.Dock(512), t, 0}
		w.request(mtp.OpOpenSession, 1)
		w.read(512)
		w.request(mtp.OpGetObject, 1)
		if c, err := mtp.ParseContainer(w.read(512)); err != nil || c.Length != mtp.LengthUnknown {
			t.Errorf("the data of 5 GiB begin with %+v, %v", c, err)
		}
		w.Control(t.Context(), false, 0x64, cancelOf(w.id))
		w.read(512) // that it was cancelled
		w.request(mtp.OpGetPartialObject64, 1, 0xFFFFFFF0&(size-16), 1, 100)
		got, want := w.read(512), make([]byte, 16)
		simcam.Pattern(1).ReadAt(want, size-16)
		if !bytes.Equal(got[mtp.ContainerSize:], want) {
			t.Errorf("the last bytes are %x, want %x", got, want)
		}
	})
}

func cancelOf(id uint32) []byte {
	return binary.LittleEndian.AppendUint32([]byte{0x01, 0x40}, id)
}

func TestHaltLastsUntilItIsCleared(t *testing.T) {
	r, w := plugged(t, zlp(), 1000)
	r.Script(simcam.Fault{Kind: simcam.Halt, At: 500, Times: 1})
	w.request(mtp.OpGetObject, uint32(zlp().FirstHandle))
	for range 8 {
		w.read(64) // 512 of 12 + 500 bytes
	}
	for range 2 {
		if _, err := w.Receive(t.Context(), make([]byte, 64)); !errors.Is(err, mtp.ErrHalted) {
			t.Fatalf("halted: %v", err)
		}
	}
	w.ClearHalt(t.Context(), mtp.BulkIn)
	w.Control(t.Context(), false, 0x64, cancelOf(w.id))
	w.request(mtp.OpGetObjectInfo, uint32(zlp().FirstHandle))
	if c, err := mtp.ParseContainer(w.read(256)); err != nil || c.TransactionID != w.id {
		t.Errorf("after the halt came %+v, %v", c, err)
	}
	w.read(64)
	r.Script(simcam.Fault{Kind: simcam.Halt, Times: 1})
	w.request(mtp.OpGetStorageIDs)
	if _, err := w.Receive(t.Context(), make([]byte, 64)); !errors.Is(err, mtp.ErrHalted) {
		t.Fatalf("halted: %v", err)
	}
	if err := w.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.request(mtp.OpGetStorageIDs)
	if c, err := mtp.ParseContainer(w.read(64)); err != nil || mtp.ResponseCode(c.Code) != mtp.RespSessionNotOpen {
		t.Errorf("after a reset came %+v, %v", c, err)
	}
}

func TestPullAtAByte(t *testing.T) {
	r, w := plugged(t, zlp(), 1000)
	hit := make(chan struct{}, 1)
	r.Script(simcam.Fault{Kind: simcam.Pull, Path: "A.MP4", At: 500, Times: 1, Hit: hit})
	w.request(mtp.OpGetObject, uint32(zlp().FirstHandle))
	n, err := io.Copy(io.Discard, readFunc(func(b []byte) (int, error) { return w.Receive(t.Context(), b[:64]) }))
	if n != 512 || !errors.Is(err, mtp.ErrDisconnected) {
		t.Errorf("read %d bytes, %v; want 512, ErrDisconnected", n, err)
	}
	<-hit
	<-w.Gone()
	again := &wire{r.Dock(64), t, 0}
	again.request(mtp.OpGetObjectInfo, uint32(zlp().FirstHandle))
	if got := again.read(64); mtp.ResponseCode(binary.LittleEndian.Uint16(got[6:])) != mtp.RespSessionNotOpen {
		t.Errorf("docked again it remembers a session: %x", got)
	}
	if err := w.Send(t.Context(), make([]byte, 12)); !errors.Is(err, mtp.ErrDisconnected) {
		t.Errorf("the plug of before: %v", err)
	}
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(b []byte) (int, error) { return f(b) }

func TestDeadUntilReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := plugged(t, zlp(), 1000)
		r.Script(simcam.Fault{Kind: simcam.Dead, Times: 1})
		w.request(mtp.OpGetDeviceInfo)
		if got := w.sizes(64); len(got) > 0 {
			t.Errorf("of the dead come transfers of %d", got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := w.Control(ctx, false, 0x64, cancelOf(w.id)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("cancel: %v", err)
		}
		if err := w.Reset(t.Context()); err != nil {
			t.Error(err)
		}
		w.request(mtp.OpGetDeviceInfo)
		if got := w.sizes(1024); len(got) != 2 {
			t.Errorf("after a reset there are transfers of %d", got)
		}
	})
}

func TestStallWaitsForResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := plugged(t, zlp(), 116)
		r.Script(simcam.Fault{Kind: simcam.Stall, At: 50, Times: 1})
		w.request(mtp.OpGetObject, uint32(zlp().FirstHandle))
		got := make(chan int)
		go func() { got <- len(w.read(128)) }()
		synctest.Wait()
		select {
		case n := <-got:
			t.Fatalf("read %d bytes past a stall", n)
		default:
		}
		r.Resume()
		if n := <-got; n != 128 {
			t.Errorf("read %d bytes, want 128", n)
		}
		if sizes := w.sizes(64); !slices.Equal(sizes, []int{0, 12}) {
			t.Errorf("behind the stall: transfers of %d", sizes)
		}
	})
}

func TestEvents(t *testing.T) {
	p := simcam.Android()
	r := simcam.NewResponder(simcam.ResponderOptions{Profile: p, Storages: tree(false)})
	w := &wire{r.Dock(512), t, 0}
	w.request(mtp.OpOpenSession, 1)
	w.read(512)
	w.request(mtp.OpGetStorageIDs)
	if got := w.read(512); len(got) != mtp.ContainerSize+4 {
		t.Errorf("a locked responder shows storages: %x", got)
	}
	w.read(512)
	if _, code, _ := w.ask(mtp.OpGetObjectInfo, 1); code != mtp.RespInvalidObjectHandle {
		t.Errorf("a locked responder tells of its objects: %v", code)
	}
	r.Unlock()
	w.must(mtp.OpCloseSession)
	w.must(mtp.OpOpenSession, 1) // what was told to the session before is no longer
	r.Put(0, simcam.File{Path: "NEW.MP4"})
	r.SetBattery(5)
	r.Remove("ROOT.JPG")
	var got []uint16
	for range 3 {
		b := make([]byte, 64)
		if _, err := w.ReceiveInterrupt(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		got = append(got, binary.LittleEndian.Uint16(b[6:]))
	}
	want := []uint16{uint16(mtp.EventObjectAdded), uint16(mtp.EventDevicePropChanged), uint16(mtp.EventObjectRemoved)}
	if !slices.Equal(got, want) {
		t.Errorf("events %x, want %x", got, want)
	}
}

func TestRateOfAPlug(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := simcam.NewResponder(simcam.ResponderOptions{
			Storages: []simcam.Storage{{Files: []simcam.File{{Path: "A.MP4", Size: 1 << 20}}}}, Rate: 1 << 19,
		})
		w := &wire{r.Dock(512), t, 0}
		w.must(mtp.OpOpenSession, 1)
		w.request(mtp.OpGetObject, 1)
		start := time.Now()
		w.read(2 << 20)
		if took := time.Since(start).Round(10 * time.Millisecond); took != 2*time.Second {
			t.Errorf("1 MiB at 512 KiB/s took %v", took)
		}
	})
}

// What a fault lies behind leaves before it strikes, and an empty packet ends
// what fills its last packet.
func TestNextGivesWhatLiesReady(t *testing.T) {
	r, w := plugged(t, zlp(), 1000)
	next := func(size int) (n int, ends bool, err error) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		return w.Next(ctx, make([]byte, size))
	}
	r.Script(simcam.Fault{Kind: simcam.Halt, Path: "A.MP4", At: 500, Times: 1})
	w.request(mtp.OpGetObject, uint32(zlp().FirstHandle))
	if n, ends, err := next(4096); n != 512 || ends || err != nil {
		t.Errorf("before a halt: %d bytes, ends %v, %v; want 512", n, ends, err)
	}
	if n, _, err := next(4096); n != 0 || !errors.Is(err, mtp.ErrHalted) {
		t.Errorf("at the halt: %d bytes, %v", n, err)
	}
	if err := w.ClearHalt(t.Context(), mtp.BulkIn); err != nil {
		t.Fatal(err)
	}
	if n, ends, err := next(4096); n != mtp.ContainerSize || !ends || err != nil {
		t.Errorf("behind the halt: %d bytes, ends %v, %v; want a response", n, ends, err)
	}
	_, w = plugged(t, zlp(), 1012) // 1024 with its header
	w.request(mtp.OpGetObject, uint32(zlp().FirstHandle))
	for _, tt := range []struct {
		size, n int
		ends    bool
	}{{1000, 1000, false}, {24, 24, false}, {64, 0, true}, {64, mtp.ContainerSize, true}} {
		if n, ends, err := next(tt.size); n != tt.n || ends != tt.ends || err != nil {
			t.Errorf("into %d bytes: %d, ends %v, %v; want %d, %v", tt.size, n, ends, err, tt.n, tt.ends)
		}
	}
}

func TestHaltOutRefusesTheNextRequest(t *testing.T) {
	r, w := plugged(t, zlp(), 1000)
	r.Script(simcam.Fault{Kind: simcam.HaltOut, Operation: mtp.OpGetStorageIDs, Times: 1})
	w.request(mtp.OpGetStorageIDs)
	w.read(64)
	w.read(64)
	if !w.Halted(mtp.BulkOut) || w.Halted(mtp.BulkIn) {
		t.Error("not BulkOut alone is halted")
	}
	if err := w.Send(t.Context(), make([]byte, 12)); !errors.Is(err, mtp.ErrHalted) {
		t.Errorf("the next request: %v", err)
	}
	if err := w.ClearHalt(t.Context(), mtp.BulkOut); err != nil {
		t.Fatal(err)
	}
	w.request(mtp.OpGetStorageIDs)
	w.read(64)
}

func TestClaimedAnew(t *testing.T) {
	for _, tt := range []struct {
		profile simcam.Profile
		want    mtp.ResponseCode
	}{{simcam.Umtprd(), mtp.RespSessionNotOpen}, {simcam.BarePTP(), mtp.RespOK}} {
		_, w := plugged(t, tt.profile, 1000)
		w.request(mtp.OpGetObject, uint32(tt.profile.FirstHandle))
		w.read(64) // and no further
		w.Configure()
		if _, code, _ := w.ask(mtp.OpGetStorageIDs); code != tt.want {
			t.Errorf("%s, claimed by the next program: %v, want %v", tt.profile.Name, code, tt.want)
		}
	}
}
