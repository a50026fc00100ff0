package mtp

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// transaction 7 is the one that is open in these tests.
var request7 = Request{Operation: OpGetObject, TransactionID: 7, Params: []uint32{1}}

// dataContainer is the data phase of transaction id, as one piece.
func dataContainer(id uint32, payload string) string {
	c := Container{ContainerLength(int64(len(payload))), ContainerData, uint16(OpGetObject), id}
	return string(c.Append(nil)) + payload
}

func responseContainer(id uint32, code ResponseCode, params ...uint32) string {
	return string(Response{code, id, params}.Append(nil))
}

// withLength changes what a container says its length is.
func withLength(c string, length uint32) string {
	return string(Container{Length: length, Type: 1}.Append(nil)[:4]) + c[4:]
}

func transfers(data ...string) []transfer {
	t := make([]transfer, len(data))
	for i, d := range data {
		t[i].data = []byte(d)
	}
	return t
}

var (
	ok7    = responseContainer(7, RespOK)
	text   = strings.Repeat("evidence", 125) // 1000 bytes
	filler = strings.Repeat("x", 2*512-12)   // two packets, with its header
)

// framings are the ways in which responders bring data and a response.
var framings = []struct {
	name string
	size int64
	in   []transfer
	want string
	code ResponseCode
	err  error
}{
	{"as it should be", -1, transfers(dataContainer(7, text), ok7), text, RespOK, nil},
	{"size known", 1000, transfers(dataContainer(7, text), ok7), text, RespOK, nil},
	{"no payload", -1, transfers(dataContainer(7, ""), ok7), "", RespOK, nil},
	{"header in a transfer of its own", 1000,
		transfers(dataContainer(7, text)[:12], text, ok7), text, RespOK, nil},
	{"header in a transfer of its own, then an empty one", -1,
		transfers(dataContainer(7, text)[:12], "", text, ok7), text, RespOK, nil},
	{"header split", -1,
		transfers(dataContainer(7, text)[:5], dataContainer(7, text)[5:], ok7), text, RespOK, nil},
	{"header split after its first zero", -1,
		transfers(dataContainer(7, filler[:500])[:1], dataContainer(7, filler[:500])[1:], ok7), filler[:500], RespOK, nil},
	{"response split", -1,
		transfers(dataContainer(7, text), ok7[:6], ok7[6:]), text, RespOK, nil},
	{"whole packets, no empty one", -1,
		transfers(dataContainer(7, filler) + ok7), filler, RespOK, nil},
	{"whole packets, no empty one, size known", int64(len(filler)),
		transfers(dataContainer(7, filler), ok7), filler, RespOK, nil},
	{"whole packets and an empty one", -1,
		transfers(dataContainer(7, filler), "", ok7), filler, RespOK, nil},
	{"whole packets and an empty one, size known", int64(len(filler)),
		transfers(dataContainer(7, filler), "", ok7), filler, RespOK, nil},
	{"empty transfers everywhere", -1,
		transfers("", "", dataContainer(7, text), "", "", ok7), text, RespOK, nil},
	{"every buffer a transfer", -1,
		transfers(dataContainer(7, text)[:300], text[288:700], text[700:], ok7), text, RespOK, nil},
	{"stray zeros before the response", -1,
		transfers(dataContainer(7, text), "\x00\x00\x00"+ok7), text, RespOK, nil},
	{"a transfer of stray zeros", -1,
		transfers(dataContainer(7, text), strings.Repeat("\x00", 13), ok7), text, RespOK, nil},
	{"a response instead of data", -1,
		transfers(responseContainer(7, RespInvalidObjectHandle)), "", RespInvalidObjectHandle, nil},
	{"a response of 13 bytes", -1,
		transfers(withLength(responseContainer(7, RespSessionAlreadyOpen)+"\x01", 13)), "", RespSessionAlreadyOpen, nil},
	{"garbage behind the response", -1,
		transfers(dataContainer(7, text), ok7+"garbage"), text, RespOK, nil},
	{"an old response first", -1,
		transfers(responseContainer(6, RespGeneralError), dataContainer(7, text), ok7), text, RespOK, nil},
	{"an old response between", -1,
		transfers(dataContainer(7, text), responseContainer(6, RespGeneralError, 1, 2), ok7), text, RespOK, nil},
	{"a response of the session before", -1,
		transfers(responseContainer(0xFFFFFFFE, RespOK), dataContainer(7, text), ok7), text, RespOK, nil},
	{"old data first", -1,
		transfers(dataContainer(5, filler), "", responseContainer(5, RespOK), dataContainer(7, text), ok7), text, RespOK, nil},
	{"an event on the wrong endpoint", -1,
		transfers(string(Event{Code: EventObjectAdded, Params: []uint32{1}}.Append(nil)), dataContainer(7, text), ok7), text, RespOK, nil},
	{"an event of this transaction on the wrong endpoint", -1,
		transfers(string(Event{Code: EventObjectAdded, TransactionID: 7}.Append(nil)), dataContainer(7, text), ok7), text, RespOK, nil},
	{"an event of 4 GiB on the wrong endpoint", -1,
		transfers(withLength(string(Event{Code: EventObjectAdded}.Append(nil)), 0xFFFFFFF0), dataContainer(7, text), ok7), text, RespOK, nil},
	{"an event of 2 GiB on the wrong endpoint", -1,
		transfers(withLength(string(Event{Code: EventObjectAdded}.Append(nil)), 0x80000010)+"garbage", dataContainer(7, text), ok7), text, RespOK, nil},
	{"4 GiB, by size", 1000,
		transfers(withLength(dataContainer(7, text), LengthUnknown), ok7), text, RespOK, nil},
	{"4 GiB, by size, whole packets", int64(len(filler)),
		transfers(withLength(dataContainer(7, filler), LengthUnknown) + ok7), filler, RespOK, nil},
	{"4 GiB, by the short packet", -1,
		transfers(withLength(dataContainer(7, text), LengthUnknown), ok7), text, RespOK, nil},
	{"4 GiB, by the empty packet", -1,
		transfers(withLength(dataContainer(7, filler), LengthUnknown), "", ok7), filler, RespOK, nil},
	{"4 GiB, by the response", -1,
		transfers(withLength(dataContainer(7, filler), LengthUnknown) + ok7), filler, RespOK, nil},
	{"less than the container says", 1000,
		transfers(dataContainer(7, text)[:600], ok7), text[:588], RespIncompleteTransfer, nil},
	{"less than the container says, whole packets", -1,
		transfers(withLength(dataContainer(7, filler), 1<<20) + ok7), filler, RespIncompleteTransfer, nil},
	{"less than the container says, and it says so", -1,
		transfers(dataContainer(7, text)[:600], responseContainer(7, RespAccessDenied)), text[:588], RespAccessDenied, nil},
	{"nothing of what the container says", -1,
		transfers(dataContainer(7, text)[:12], ok7), "", RespIncompleteTransfer, nil},
	{"more than the container says", -1,
		transfers(withLength(dataContainer(7, text), 512), ok7), text[:500], 0, ErrMalformed},
	{"data of a transaction to come", -1,
		transfers(dataContainer(8, text), ok7), "", 0, ErrProtocol},
	{"a response of a transaction to come", -1,
		transfers(dataContainer(7, text), responseContainer(8, RespOK)), text, 0, ErrProtocol},
	{"data twice", -1,
		transfers(dataContainer(7, text), dataContainer(7, text), ok7), text, 0, ErrProtocol},
	{"a request", -1,
		transfers(string(Container{12, ContainerCommand, 0x1009, 7}.Append(nil))), "", 0, ErrProtocol},
	{"no container", -1, transfers("there is no such thing"), "", 0, ErrMalformed},
	{"nothing but empty transfers", -1, slices.Repeat(transfers(""), 1000), "", 0, ErrProtocol},
	{"a halt before the data", -1,
		append([]transfer{{err: ErrHalted}}, transfers(dataContainer(7, text), ok7)...), text, RespOK, nil},
	{"a halt for good", -1, slices.Repeat([]transfer{{err: ErrHalted}}, 1000), "", 0, ErrHalted},
	{"the cable", -1, []transfer{{err: ErrIO}}, "", 0, ErrIO},
	{"pulled", -1, []transfer{{data: []byte(dataContainer(7, filler+filler))[:1024]}, {err: ErrDisconnected}},
		"", 0, ErrDisconnected},
}

func TestFraming(t *testing.T) {
	for _, size := range []int{512, 1024, 256 << 10} {
		for _, tt := range framings {
			t.Run(tt.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					// Whoever reads where nothing comes waits for this.
					ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
					defer cancel()
					pipe := &script{packet: 512, in: slices.Clone(tt.in)}
					got, resp, err := transact(ctx, NewUSBTransport(pipe, USBOptions{TransferSize: size}), tt.size)
					if !errors.Is(err, tt.err) || err == nil && resp.Code != tt.code {
						t.Fatalf("response %v, error %v, want %v, %v", resp.Code, err, tt.code, tt.err)
					}
					if got != tt.want && (tt.err == nil || tt.want != "") {
						t.Errorf("got %d bytes, want %d", len(got), len(tt.want))
					}
					if largest := slices.Max(pipe.reads); largest > max(size, 512) {
						t.Errorf("read %d bytes at a time", largest)
					}
				})
			})
		}
	}
}

// transact does transaction 7.
func transact(ctx context.Context, tr Transport, size int64) (string, Response, error) {
	var got bytes.Buffer
	if err := tr.SendRequest(ctx, request7); err != nil {
		return "", Response{}, err
	}
	n, err := tr.ReceiveData(ctx, request7, &got, size)
	if err != nil {
		return got.String(), Response{}, err
	}
	if n != int64(got.Len()) {
		return got.String(), Response{}, errors.New("the count is wrong")
	}
	resp, err := tr.ReceiveResponse(ctx, request7)
	return got.String(), resp, err
}

// Response parameters, and those that came late for the response before.
func TestResponseParams(t *testing.T) {
	pipe := &script{packet: 512, in: transfers(
		responseContainer(7, RespOK, 1, 2, 3),
		responseContainer(7, RespOK, 1, 2)[:12], "\x01\x00\x00\x00\x02\x00\x00\x00",
		responseContainer(7, RespOK, 9),
	)}
	tr := NewUSBTransport(pipe, USBOptions{})
	for _, want := range [][]uint32{{1, 2, 3}, nil, {9}} {
		if err := tr.SendRequest(t.Context(), request7); err != nil {
			t.Fatal(err)
		}
		got, err := tr.ReceiveResponse(t.Context(), request7)
		if err != nil || !slices.Equal(got.Params, want) {
			t.Errorf("got %v, %v, want %v", got.Params, err, want)
		}
	}
}

// No read asks for more than there will be, or QEMU on xHCI never answers it.
func TestReadsWhatIsDue(t *testing.T) {
	const size = 600_000
	const packets = (ContainerSize + size + 511) / 512 * 512
	synctest.Test(t, func(t *testing.T) { // where nothing takes time
		pipe := &script{packet: 512}
		tr := NewUSBTransport(pipe, USBOptions{})
		for _, want := range [][]int{
			{firstPace, defaultTransfer, packets - firstPace - defaultTransfer, 512},
			{defaultTransfer, packets - defaultTransfer, 512},
		} {
			pipe.in, pipe.reads = transfers(dataContainer(7, strings.Repeat("x", size)), ok7), nil
			if _, _, err := transact(t.Context(), tr, size); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(pipe.reads, want) {
				t.Errorf("reads of %v, want %v", pipe.reads, want)
			}
		}
	})
}

// No read takes memory.
func TestReceiveDataAllocates(t *testing.T) {
	const size = 8 << 20
	payload := strings.Repeat("x", size)
	in := transfers(dataContainer(7, payload), ok7)
	pipe := &script{packet: 512, in: slices.Clone(in)}
	tr := NewUSBTransport(pipe, USBOptions{})
	w := &countingWriter{}
	got := allocated(func() {
		if n, err := tr.ReceiveData(t.Context(), request7, w, size); n != size || err != nil {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
	if got > 64<<10 || w.n != size { // the script's own notes are some of it
		t.Errorf("%d bytes in %d writes took %d bytes of memory", w.n, w.calls, got)
	}
}

type countingWriter struct{ n, calls int }

func (w *countingWriter) Write(p []byte) (int, error) {
	w.n += len(p)
	w.calls++
	return len(p), nil
}

// An error of the writer ends the phase, and is what comes back.
func TestReceiveDataWriterFails(t *testing.T) {
	full := errors.New("disk full")
	pipe := &script{packet: 512, in: transfers(dataContainer(7, text), ok7)}
	tr := NewUSBTransport(pipe, USBOptions{})
	w := writerFunc(func([]byte) (int, error) { return 0, full })
	if n, err := tr.ReceiveData(t.Context(), request7, w, -1); n != 0 || !errors.Is(err, full) {
		t.Errorf("%d bytes, %v", n, err)
	}
}
