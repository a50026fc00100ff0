package mtpcam

import (
	"errors"
	"testing"
	"testing/synctest"

	"custodock/device"
	"custodock/device/mtp"
	"custodock/device/simcam"
)

// What the camera died of is known in the conversation that is begun anew.
func TestLearnedAcrossSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dockResponder(t, simcam.ResponderOptions{Storages: []simcam.Storage{{Files: []simcam.File{big("A.MP4", 5), big("DCIM/B.MP4", 6), big("DCIM/C.MP4", 7)}}}})
		c.responder.Script(simcam.Fault{Kind: simcam.Dead, Operation: mtp.OpGetObjectPropList})
		if _, err := c.List(t.Context(), func(device.Clip) error { return nil }); !errors.Is(err, mtp.ErrBroken) {
			t.Errorf("first: %v", err)
		}
		if clips, l := list(t, c); len(clips) != 3 || !l.Complete {
			t.Errorf("then: %v, %+v", paths(clips), l)
		}
	})
}

// More storages than are walked make the listing incomplete.
func TestManyStorages(t *testing.T) {
	storages := make([]simcam.Storage, mtp.MaxStorages+6)
	for i := range storages {
		storages[i].Files = []simcam.File{big("A.MP4", 5)}
	}
	clips, l := list(t, dockResponder(t, simcam.ResponderOptions{Storages: storages}))
	if len(clips) != mtp.MaxStorages || l.Complete || l.SkippedN != 1 {
		t.Errorf("%d clips, %+v", len(clips), l)
	}
}
