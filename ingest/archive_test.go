package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"custodock/device"
	"custodock/device/mtp"
	"custodock/device/mtpcam"
	"custodock/device/simcam"
	"custodock/store"
)

// A camera that is docked while nothing can be written down is served once
// that can be, and until then the station says what is wrong.
func TestDockedWhileTheArchiveCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	h := startStation(t, dir)
	var inTheWay []string
	for _, month := range []time.Time{time.Now().UTC(), time.Now().UTC().Add(time.Hour)} {
		file := filepath.Join(dir, "archive", "ledger", month.Format("2006-01")+".jsonl")
		if err := os.MkdirAll(file, 0o750); err != nil {
			t.Fatal(err)
		}
		inTheWay = append(inTheWay, file)
	}
	warned := func() bool {
		status, err := h.Status(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(status.Warnings, func(w Warning) bool { return w.What == "archive-unwritable" })
	}
	h.dock.Dock(camera("CAM1", shot("A.MP4", 1000, time.Hour)))
	h.await("the station says so", warned)
	for _, file := range inTheWay {
		if err := os.RemoveAll(file); err != nil {
			t.Fatal(err)
		}
	}
	h.awaitState("CAM1/A.MP4", store.Stored)
	if warned() {
		t.Error("all is well and the station still warns")
	}
}

func TestNeedOfAListingThatFailed(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{device.ErrGone, NeedReinsert},
		{fmt.Errorf("list: %w; unlock it", device.ErrNoStorage), NeedUnlock},
		{fmt.Errorf("list: %w", store.ErrUnwritable), NeedArchive},
		{fmt.Errorf("list: %w: %w", errBooks, store.ErrNotFound), NeedArchive},
		{fmt.Errorf("list: %w: %w", store.ErrUnwritable, store.ErrNoSpace), NeedRoom},
	} {
		got := needFor(tt.err)
		if got != tt.want || needWords[got] == "" {
			t.Errorf("after %q a person is to see to %q, %q; want %q", tt.err, got, needWords[got], tt.want)
		}
	}
}

func TestWhoseFaultItIsThatAllClipsFail(t *testing.T) {
	for _, tt := range []struct {
		causes []error
		want   string
	}{
		{[]error{store.ErrReadback, store.ErrIncoming, store.ErrNotFound}, NeedArchive},
		{[]error{store.ErrReadback, fmt.Errorf("%w: %w", store.ErrSource, os.ErrPermission)}, NeedReading},
		{[]error{store.ErrIncoming, errors.Join(store.ErrSize, store.ErrIncoming)}, NeedReading},
	} {
		s := &session{left: map[string]waiting{}, failed: map[string]failure{}}
		for i, cause := range tt.causes {
			id := fmt.Sprint(i)
			s.left[id], s.failed[id] = waiting{size: 1}, failure{archive: !blamesCamera(cause)}
		}
		if _, need, message := s.state(); need != tt.want || message == "" {
			t.Errorf("clips that failed by %v: %q, %q; want %q", tt.causes, need, message, tt.want)
		}
	}
}

// The place of a camera's disk, without the disk, is not a camera whose clips are
// all stored: it may be in the bay, and not be seen, or be away.
func TestAPlaceWithoutItsDiskIsNotDone(t *testing.T) {
	h := startStation(t, t.TempDir())
	now := time.Now()
	d, _, err := h.Store().Dock(store.Docking{Camera: "CAM1", Transport: "mass-storage"}, "", "", now.Add(-50*time.Hour))
	if err == nil {
		err = h.Store().Undock(d.ID, now.Add(-48*time.Hour))
	}
	if err != nil {
		t.Fatal(err)
	}
	folder := camera("CAM1")
	h.dock.Dock(folder)
	h.await("the bay says so", func() bool {
		bays := h.Bays()
		return len(bays) == 1 && bays[0].State == BayAttention && bays[0].Need == NeedDisk && bays[0].Message != ""
	})
	var series strings.Builder
	if err := h.WriteCameras(&series); err != nil || !strings.Contains(series.String(), `custodock_camera_docked{camera="CAM1"} 0`) {
		t.Errorf("series\n%s%v; want the camera away", &series, err)
	}
	if _, out, err := h.CamerasOut(now); err != nil || out != 1 {
		t.Errorf("%d cameras are out, %v; want this one", out, err)
	}
	h.dock.Undock(folder)
	h.await("the bay is empty", func() bool { return len(h.Bays()) == 0 })
	h.dock.Dock(camera("CAM1", shot("A.MP4", 10, time.Hour)))
	h.awaitState("CAM1/A.MP4", store.Stored)
	h.await("a folder with clips is a camera", func() bool {
		bays := h.Bays()
		return len(bays) == 1 && bays[0].State == BayDone
	})
	if _, out, err := h.CamerasOut(now); err != nil || out != 0 {
		t.Errorf("%d cameras are out, %v; want none", out, err)
	}
}

// pluggedIn is a camera over MTP that was opened.
type pluggedIn struct {
	device.Docked
	responder *simcam.Responder
}

func (p pluggedIn) Dock() device.Docked { return p.Docked }

func (p pluggedIn) Undock() { p.responder.Undock() }

// A file of which the camera cannot say the size is not copied: the bay says so,
// and not that the camera may be taken.
func TestAFileWithoutASize(t *testing.T) {
	h := startStation(t, t.TempDir())
	r := simcam.NewResponder(simcam.ResponderOptions{Profile: simcam.BarePTP(), Storages: []simcam.Storage{{
		Files: []simcam.File{shot("A.MP4", 5<<30, time.Hour), shot("B.MP4", 5, time.Hour)},
	}}})
	plug := r.Dock(512)
	camera, err := mtpcam.Open(t.Context(), mtpcam.Found{USB: device.USB{Serial: "CAM1"}}, func(context.Context) (mtp.Transport, error) {
		return mtp.NewUSBTransport(plug, mtp.USBOptions{}), nil
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	h.dock.Dock(pluggedIn{device.Docked{Camera: camera, Gone: plug.Gone()}, r})
	h.awaitState("CAM1/B.MP4", store.Stored)
	h.await("the bay asks for the staff", func() bool {
		bays := h.Bays()
		return len(bays) == 1 && bays[0].State == BayAttention && bays[0].Need == NeedStaff && bays[0].Skipped == 1
	})
}
