package mtpcam

import (
	"errors"
	"testing"

	"custodock/device"
	"custodock/device/mtp"
	"custodock/device/simcam"
)

// What the camera does not let be removed is not read for it: at all if the
// camera says so beforehand, and once if it says so when it is tried.
func TestNotRemovable(t *testing.T) {
	refuses := func(code mtp.ResponseCode) []simcam.Fault {
		return []simcam.Fault{{Kind: simcam.Refused, Operation: mtp.OpDeleteObject, At: int64(code)}}
	}
	writable := simcam.Storage{Files: []simcam.File{big("B.MP4", 1)}}
	for name, tt := range map[string]struct {
		protected, readOnly bool
		faults              []simcam.Fault
		reads               int // of three tries
	}{
		"protected":                  {protected: true},
		"on a storage that is":       {readOnly: true},
		"no such operation":          {faults: []simcam.Fault{{Kind: simcam.NotImplemented, Operation: mtp.OpDeleteObject}}, reads: 1},
		"denied":                     {faults: refuses(mtp.RespAccessDenied), reads: 1},
		"protected, and not said so": {faults: refuses(mtp.RespObjectWriteProtected), reads: 1},
		"a storage that is, as well": {faults: refuses(mtp.RespStoreReadOnly), reads: 1},
	} {
		f := big("A.MP4", 2*partSize)
		f.Protected = tt.protected
		c := dockResponder(t, simcam.ResponderOptions{Storages: []simcam.Storage{{ReadOnly: tt.readOnly, Files: []simcam.File{f}}, writable}})
		clips, _ := list(t, c)
		begun := make(chan struct{}, 100)
		c.responder.Script(append(tt.faults, simcam.Fault{Kind: simcam.StaleResponse, Operation: mtp.OpGetPartialObject64, Path: f.Path, Hit: begun})...)
		for range 3 {
			if err := release(t, c, clips[0], want(f, 0)); !errors.Is(err, device.ErrReadOnly) {
				t.Errorf("%s: released with %v; want %v", name, err, device.ErrReadOnly)
			}
		}
		if got := len(begun) / 2; got != tt.reads || len(c.responder.Paths()) != 2 {
			t.Errorf("%s: read %d times, want %d; left %q", name, got, tt.reads, c.responder.Paths())
		}
	}
}

// One clip that stays says nothing of the others.
func TestOneNotRemovable(t *testing.T) {
	a, b := big("A.MP4", partSize), big("B.MP4", partSize+1)
	c := dockResponder(t, simcam.ResponderOptions{Storages: []simcam.Storage{{Files: []simcam.File{a, b}}}})
	clips, _ := list(t, c)
	c.responder.Script(simcam.Fault{Kind: simcam.Refused, Operation: mtp.OpDeleteObject, At: int64(mtp.RespAccessDenied), Times: 1})
	if err := release(t, c, clips[0], want(a, 0)); !errors.Is(err, device.ErrReadOnly) {
		t.Errorf("A: %v; want %v", err, device.ErrReadOnly)
	}
	if err := release(t, c, clips[1], want(b, 0)); err != nil || len(c.responder.Paths()) != 1 {
		t.Errorf("B: %v; left %q", err, c.responder.Paths())
	}
}
