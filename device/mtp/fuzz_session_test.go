package mtp_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device/mtp"
	"custodock/device/simcam"
)

// useSession does all that a program does with a session, and waits for events
// for as long as it says.
func useSession(ctx context.Context, pipe mtp.Pipe, events time.Duration) {
	transport := mtp.NewUSBTransport(pipe, mtp.USBOptions{TransferSize: 4096})
	s, err := mtp.Open(ctx, transport, mtp.Options{})
	if err != nil {
		return
	}
	for range 3 {
		_, _ = s.GetDeviceStatus(ctx)
		_, _, _ = s.BatteryLevel(ctx)
		if c, ok, _ := s.DateTime(ctx); ok {
			_ = s.SetDateTime(ctx, c, time.Now())
		}
		var objects []mtp.Object
		_ = s.Walk(ctx, func(o mtp.Object) error {
			if objects = append(objects, o); len(objects) == 1000 {
				return io.EOF
			}
			return nil
		}, func(mtp.Skipped) {})
		for _, o := range objects[:min(len(objects), 5)] {
			_, _ = s.GetObject(ctx, o.Handle, o.Size, io.Discard)
			_, _ = s.ReadPart(ctx, o.Handle, 5, 1000, io.Discard)
			_, _ = s.Stat(ctx, o.Handle)
			_ = s.DeleteObject(ctx, o.Handle)
		}
		wait, cancel := context.WithTimeout(ctx, events)
		_, _ = s.ReceiveEvent(wait)
		cancel()
		if _, err = s.GetStorageIDs(ctx); errors.Is(err, mtp.ErrBroken) {
			break
		}
	}
	_ = s.Close(ctx)
}

// oddities are what the responders above do not do by themselves: transfers
// fail, requests to cancel and to reset are taken, refused and lost, and the
// status is busy.
func oddities() [][]byte {
	const busy, fine = "\x04\x00\x19\x20", "\x04\x00\x01\x20"
	return [][]byte{
		slices.Concat(onTape(tapeBulk+tapeHalted, ""), onTape(tapeControl, ""), onTape(tapeControl, busy), onTape(tapeControl, fine)),
		slices.Concat(onTape(tapeBulk+tapeFailed, ""), onTape(tapeControl, ""), onTape(tapeControl, busy), onTape(tapeBulk, "\x00\x00"), onTape(tapeControl, fine)),
		slices.Concat(onTape(tapeBulk, "garbage, garbage"), onTape(tapeControl+tapeFailed, ""), onTape(tapeControl, fine), onTape(tapeBulk, "more of it")),
		slices.Concat(onTape(tapeOut+tapeHalted, ""), onTape(tapeOut, ""), onTape(tapeOut+tapeFailed, ""), onTape(tapeRecovery, ""), onTape(tapeRecovery+tapeFailed, "")),
		slices.Concat(onTape(tapeInterrupt+tapeHalted, ""), onTape(tapeInterrupt+tapeFailed, ""), onTape(tapeRecovery+tapeHalted, "")),
		slices.Concat(onTape(tapeInterrupt, "\x10\x00\x00\x00\x04\x00"), onTape(tapeInterrupt, "\x02\x40\x00\x00\x00\x00\x05\x00\x00\x00")),
	}
}

// FuzzSession has sessions with responders that answer arbitrary bytes in
// arbitrary transfers: no panic, no hang, no memory beyond a bound.
func FuzzSession(f *testing.F) {
	for _, p := range simcam.Profiles() {
		for _, kind := range []simcam.Kind{"", simcam.SplitHeader, simcam.StaleResponse} {
			tape := record(p, kind)
			f.Add(slices.Concat([]byte{0}, slices.Concat(tape...)))
			f.Add(slices.Concat([]byte{1}, slices.Concat(tape[:len(tape)/2]...)))
		}
	}
	tape := record(simcam.Android(), "")
	for _, odd := range oddities() {
		f.Add(slices.Concat([]byte{0}, odd))
		f.Add(slices.Concat([]byte{0}, slices.Concat(tape[:10]...), odd, slices.Concat(tape[10:]...)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
			defer cancel()
			useSession(ctx, newTape(b), time.Minute)
			if took := time.Since(start); took > 25*time.Hour {
				t.Errorf("took %v", took)
			}
		})
		runtime.ReadMemStats(&after)
		if got, most := after.TotalAlloc-before.TotalAlloc, uint64(8<<20+1000*len(b)); got > most {
			t.Errorf("took %d bytes of memory for %d bytes, more than %d", got, len(b), most)
		}
	})
}
