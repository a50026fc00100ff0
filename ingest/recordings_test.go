package ingest

import (
	"strings"
	"testing"
	"time"

	"custodock/store"
)

// taken is a clip by minutes.
func taken(id, camera, name string, start, end float64) store.Clip {
	at := func(m float64) time.Time { return noon.Add(time.Duration(m * float64(time.Minute))) }
	return store.Clip{ID: id, Camera: camera, Name: name, Path: name, Kind: store.KindVideo, SeenAt: noon.Add(24 * time.Hour),
		RecordedStart: at(start), RecordedEnd: at(end), Docking: "d1", Media: store.MediaOK}
}

func TestRecordings(t *testing.T) {
	t.Parallel()
	half, size, free := 0.03, int64(100), int64(0)
	broken := taken("c", "CAM1", "A0003.MP4", 10, 14)
	broken.Media = store.MediaDamaged
	explained := taken("d", "CAM1", "A0004.MP4", 20, 30)
	explained.Interruption = &store.Note{By: "x", Text: "flat battery"}
	docked := taken("x", "CAM3", "A0001.MP4", 0, 5)
	docked.SeenAt = noon.Add(6 * time.Minute)
	unknown := taken("u", "CAM1", "A0009.MP4", 14, 20)
	unknown.RecordedStart = time.Time{}
	photo := taken("p", "CAM1", "A0008.JPG", 15, 15)
	photo.Kind = store.KindPhoto
	list := Recordings([]store.Clip{
		explained, broken, unknown, photo,
		taken("a", "CAM1", "A0001.MP4", 0, 5), taken("b", "CAM1", "A0002.MP4", 5.1, 10), // segments
		taken("e", "CAM1", "A0005.MP4", 70, 80),                                         // another event
		taken("f", "CAM2", "A0001.MP4", 5, 10), taken("g", "CAM2", "B0002.MP4", 10, 12), // not named alike
		docked, taken("y", "CAM3", "A0002.MP4", 10, 15), // it was in a bay in between
	})
	var got []string
	for _, r := range list {
		got = append(got, r.Camera+":"+strings.Join(r.Clips, ""))
	}
	if want := "CAM1:abc CAM1:d CAM1:e CAM2:f CAM2:g CAM3:x CAM3:y"; strings.Join(got, " ") != want {
		t.Errorf("recordings %v; want %s", got, want)
	}
	gaps := Interruptions(list, func(id string) *store.Docking {
		return &store.Docking{ID: id, Battery: &half, StorageSize: &size, StorageFree: &free}
	})
	if len(gaps) != 1 {
		t.Fatalf("interruptions %+v; want one", gaps)
	}
	if x := gaps[0]; x.After != "c" || x.Before != "d" || x.Seconds != 360 || !x.Damaged || *x.Battery != half || *x.StorageFree != 0 || x.Note == nil {
		t.Errorf("interruption %+v", x)
	}
}
