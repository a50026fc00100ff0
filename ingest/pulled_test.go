package ingest

import (
	"slices"
	"testing"
	"time"

	"custodock/device"
	"custodock/device/simcam"
	"custodock/store"
)

// withBays configures two bays, by the names of the cameras' folders.
func withBays(o *Options) {
	o.Bays = device.NewBays([]device.Bay{{Number: 4, Folder: "four"}, {Number: 5, Folder: "five"}}, "")
}

func inFolder(serial, folder string, files ...simcam.File) *simcam.Camera {
	return simcam.New(simcam.Options{Info: device.Info{Serial: serial, Folder: folder}, Files: files})
}

func (h *harness) pulled(bay int) *Pulled {
	for _, b := range h.Bays() {
		if b.Bay == bay {
			return b.Pulled
		}
	}
	return nil
}

// forgotten starts the daemon anew, which is to know of nothing that was taken
// from the bay.
func (h *harness) forgotten(dir string, bay int) {
	h.t.Helper()
	h.stop()
	again := startStation(h.t, dir, withBays)
	again.await("the station runs", again.Ready)
	if got := again.pulled(bay); got != nil {
		h.t.Errorf("after a restart: pulled %+v; want nothing", got)
	}
}

// bad is a clip that cannot be read.
func bad(cam *simcam.Camera) *simcam.Camera {
	cam.Script(simcam.Fault{Kind: simcam.ReadError, Path: "BAD.MP4", At: 0})
	return cam
}

// pull docks a camera, takes it when its bad clip is all that is left, and waits
// until its bay says so.
func (h *harness) pull(cam *simcam.Camera, serial string, bay int) *Pulled {
	h.t.Helper()
	h.dock.Dock(cam)
	h.awaitState(serial+"/A.MP4", store.Stored)
	h.awaitState(serial+"/BAD.MP4", store.Failed)
	h.dock.Undock(cam)
	h.await("it was pulled, and its bay can be taken", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return len(h.stays) == 0
	})
	p := h.pulled(bay)
	if p == nil {
		h.t.Fatalf("bays %+v; want bay %d to say that it was pulled", h.Bays(), bay)
	}
	return p
}

func twoClips() []simcam.File {
	return []simcam.File{shot("A.MP4", 1000, time.Hour), shot("BAD.MP4", 2000, time.Hour)}
}

// A bay whose camera left too early says what is still on it, also after the
// daemon was started anew, until that camera is docked again anywhere.
func TestPulledTooEarly(t *testing.T) {
	dir := t.TempDir()
	h := startStation(t, dir, withBays)
	if _, err := h.Store().Assign("CAM1", store.Holder{Badge: "0815", Name: "李雷"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	got := h.pull(bad(inFolder("CAM1", "four", twoClips()...)), "CAM1", 4)
	want := Pulled{Camera: "CAM1", Badge: "0815", Officer: "李雷", Left: 1, LeftBytes: 2000, At: got.At}
	if *got != want || got.At.IsZero() {
		t.Errorf("pulled %+v; want %+v", got, want)
	}
	for _, b := range h.Bays() {
		if b.State != BayEmpty || b.Camera != "" || (b.Bay == 5 && b.Pulled != nil) {
			t.Errorf("bay %+v; want it empty", b)
		}
	}
	h.stop()
	h = startStation(t, dir, withBays)
	h.await("it is known again", func() bool { return h.pulled(4) != nil })
	if got := h.pulled(4); *got != want {
		t.Errorf("after a restart: pulled %+v; want %+v", got, want)
	}
	h.dock.Dock(inFolder("CAM1", "five", twoClips()...))
	h.await("it is done elsewhere", func() bool { return h.code5() != "" })
	if got := h.pulled(4); got != nil {
		t.Errorf("docked again, pulled %+v; want nothing", got)
	}
	h.forgotten(dir, 4)
}

// code5 is the receipt in bay 5.
func (h *harness) code5() string {
	for _, b := range h.Bays() {
		if b.Bay == 5 {
			return b.Receipt
		}
	}
	return ""
}

// Another camera that takes the bay ends it, for good.
func TestPulledUntilTheBayIsTaken(t *testing.T) {
	dir := t.TempDir()
	h := startStation(t, dir, withBays)
	h.pull(bad(inFolder("CAM1", "five", twoClips()...)), "CAM1", 5)
	other := inFolder("CAM2", "five", shot("C.MP4", 10, time.Hour))
	h.dock.Dock(other)
	h.await("the other one is done", func() bool { return h.code5() != "" })
	h.dock.Undock(other)
	h.await("it left", h.isFree)
	if got := h.pulled(5); got != nil {
		t.Errorf("pulled %+v; want nothing", got)
	}
	h.forgotten(dir, 5)
}

// At a fixed mount point the empty folder is docked as soon as the disk has
// gone: it puts nothing right. The camera does.
func TestPulledAtAFixedMountPoint(t *testing.T) {
	dir := t.TempDir()
	h := startStation(t, dir, withBays)
	disk := func() *simcam.Camera {
		return simcam.New(simcam.Options{
			Info:  device.Info{Serial: "CAM1", Folder: "four", Transport: device.TransportMassStorage},
			Files: twoClips(),
		})
	}
	h.pull(bad(disk()), "CAM1", 4)
	place := inFolder("CAM1", "four")
	h.dock.Dock(place)
	h.await("the place is there", func() bool {
		return slices.ContainsFunc(h.Bays(), func(b BayStatus) bool { return b.Bay == 4 && b.Need == NeedDisk })
	})
	if h.pulled(4) == nil {
		t.Error("the empty folder counts as the camera's return")
	}
	h.dock.Undock(place)
	h.stop()
	h = startStation(t, dir, withBays)
	h.await("it is known again", func() bool { return h.pulled(4) != nil })
	h.dock.Dock(disk())
	h.await("it is back", func() bool { return h.pulled(4) == nil })
}

// Nobody is to bring back a camera that is retired.
func TestPulledAndRetired(t *testing.T) {
	dir := t.TempDir()
	h := startStation(t, dir, withBays)
	h.pull(bad(inFolder("CAM1", "four", twoClips()...)), "CAM1", 4)
	if _, err := h.Retire("CAM1", "chief", "lost", time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := h.pulled(4); got != nil {
		t.Errorf("pulled %+v; want nothing", got)
	}
	h.forgotten(dir, 4)
}

// Who takes a camera before it could even be listed does not know what is on it.
func TestPulledBeforeItWasListed(t *testing.T) {
	h := startStation(t, t.TempDir())
	cam := camera("CAM1", shot("A.MP4", 1000, time.Hour))
	hit := make(chan struct{}, 1)
	cam.Script(simcam.Fault{Kind: simcam.ListPull, At: 0, Times: 1, Hit: hit})
	h.dock.Dock(cam)
	select {
	case <-hit:
	case <-time.After(time.Minute):
		t.Fatal("it was never listed")
	}
	h.await("it was pulled", func() bool { return h.pulled(1) != nil }) // in a bay that nobody configured, too
	if got := h.pulled(1); !got.Unlisted || got.Left != 0 {
		t.Errorf("pulled %+v; want it unlisted", got)
	}
}

// A camera that was docked when the daemon stopped is not called taken at once.
func TestDockedWhenTheDaemonStopped(t *testing.T) {
	dir := t.TempDir()
	h := startStation(t, dir, withBays)
	h.dock.Dock(bad(inFolder("CAM1", "four", twoClips()...)))
	h.awaitState("CAM1/BAD.MP4", store.Failed)
	h.awaitState("CAM1/A.MP4", store.Stored)
	h.stop()
	h = startStation(t, dir, withBays)
	h.await("the station runs", h.Ready)
	if got := h.pulled(4); got != nil {
		t.Errorf("pulled %+v; want nothing before it had time to be found", got)
	}
	bays := h.Station.pulled.show(h.takenBays(), time.Now().Add(recallGrace))
	for _, b := range bays {
		if b.Bay == 4 && (b.Pulled == nil || b.Pulled.Left != 1 || b.Pulled.LeftBytes != 2000 || !b.Pulled.At.IsZero()) {
			t.Errorf("a minute later: %+v; want its clip", b.Pulled)
		}
	}
}
