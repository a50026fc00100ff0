package ingest

import (
	"bytes"
	"cmp"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"custodock/store"
)

// cameraSeries are the series that every camera in use has: ten times as many as
// there are cameras. Read from the catalog, gathered, sorted and encoded anew
// they would take most of a second for ten thousand cameras. They are kept as
// text instead, and only those of cameras that changed are made again.
type cameraSeries struct {
	mu      sync.Mutex
	upTo    uint64
	cameras []*cameraText // by serial
}

// cameraText is one camera's lines: one a family, empty where nothing is known.
type cameraText struct {
	serial string
	name   string // the label camera, with its quotes
	lines  []string
	size   int // of the lines, in bytes
}

// cameraFamily is a gauge that every camera may have.
type cameraFamily struct {
	name, help string
	line       func(name string, c *store.Camera) (labels string, v float64, known bool)
}

func ofEach(name, help string, value func(*store.Camera) (float64, bool)) cameraFamily {
	return cameraFamily{namespace + "_camera_" + name, help, func(camera string, c *store.Camera) (string, float64, bool) {
		v, known := value(c)
		return "camera=" + camera, v, known
	}}
}

// dockedHead heads the family that does not come from the catalog.
const dockedHead = "# HELP custodock_camera_docked Whether the camera is in a bay.\n# TYPE custodock_camera_docked gauge\n"

var cameraFamilies = []cameraFamily{
	ofEach("battery_ratio", "Charge of the battery at the last docking, 0 to 1; absent when unknown.",
		func(c *store.Camera) (float64, bool) { return value(c.Battery) }),
	ofEach("clock_offset_seconds", "The camera's clock minus the station's at the last docking; absent when unknown.",
		func(c *store.Camera) (float64, bool) { return value(c.ClockOffset) }),
	{namespace + "_camera_info", "What is known of a camera; always 1.", func(camera string, c *store.Camera) (string, float64, bool) {
		return "camera=" + camera + ",firmware=" + quoted(shortLabel(c.Firmware)) + ",model=" + quoted(shortLabel(c.Model)) +
			",transport=" + quoted(label(c.Transport)), 1, true
	}},
	ofEach("last_docked_timestamp_seconds", "When the camera was last docked.",
		func(c *store.Camera) (float64, bool) { return known(c.LastDockedAt) }),
	ofEach("last_undocked_timestamp_seconds", "When the camera was last undocked.",
		func(c *store.Camera) (float64, bool) { return known(c.LastUndockedAt) }),
	ofEach("pending_clips", "Clips of the camera that are still to be stored.",
		func(c *store.Camera) (float64, bool) { return float64(c.PendingClips), true }),
	ofEach("storage_free_bytes", "Free space on the camera at the last docking; absent when unknown.",
		func(c *store.Camera) (float64, bool) { return value(c.StorageFree) }),
	ofEach("storage_size_bytes", "Size of the camera's storage; absent when unknown.",
		func(c *store.Camera) (float64, bool) { return value(c.StorageSize) }),
	ofEach("unlisted", "1 where the last listing did not come to all that is on the camera; absent where it did.",
		func(c *store.Camera) (float64, bool) { return float64(oneIf(c.Unlisted)), c.Unlisted }),
}

// quoted is a label's value in the text format of Prometheus.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`).Replace(s) + `"`
}

func newCameraText(c *store.Camera) *cameraText {
	t := &cameraText{serial: c.Serial, name: quoted(label(c.Serial)), lines: make([]string, len(cameraFamilies))}
	for i, f := range cameraFamilies {
		if labels, v, known := f.line(t.name, c); known {
			t.lines[i] = f.name + "{" + labels + "} " + strconv.FormatFloat(v, 'g', -1, 64) + "\n"
			t.size += len(t.lines[i])
		}
	}
	return t
}

// refresh makes the lines of the cameras that changed.
func (cs *cameraSeries) refresh(catalog *store.Store) error {
	changed, upTo, err := catalog.CamerasSince(cs.upTo)
	if err != nil {
		return err
	}
	cs.upTo = upTo
	for i := range changed {
		c := &changed[i]
		at, there := slices.BinarySearchFunc(cs.cameras, c.Serial, func(t *cameraText, serial string) int { return cmp.Compare(t.serial, serial) })
		switch {
		case c.Retired != nil && there:
			cs.cameras = slices.Delete(cs.cameras, at, at+1)
		case c.Retired != nil:
		case there:
			cs.cameras[at] = newCameraText(c)
		default:
			cs.cameras = slices.Insert(cs.cameras, at, newCameraText(c))
		}
	}
	return nil
}

// refreshed returns every camera's lines as they are by now. They are never
// changed once they are made: a client that is slow to take them holds up
// nobody.
func (cs *cameraSeries) refreshed(catalog *store.Store) ([]*cameraText, error) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	err := cs.refresh(catalog)
	return slices.Clone(cs.cameras), err
}

// WriteCameras writes what /metrics says of each camera, in Prometheus's text
// format. It belongs behind what a registry has from Register.
func (st *Station) WriteCameras(w io.Writer) error {
	cameras, err := st.cameraSeries.refreshed(st.opt.Store)
	if err != nil {
		st.opt.Metrics.Error("metrics", reasonOf(err))
		return err
	}
	docked := make(map[string]bool)
	for _, s := range st.sessionList() {
		docked[s.docking.Camera] = docked[s.docking.Camera] || s.isCamera()
	}
	if len(cameras) == 0 {
		return nil
	}
	size := 0
	for _, t := range cameras {
		size += t.size + len("custodock_camera_docked{camera=} 0\n") + len(t.name)
	}
	var out bytes.Buffer
	out.Grow(size + 4<<10) // what heads the families is less
	out.WriteString(dockedHead)
	for _, t := range cameras {
		out.WriteString("custodock_camera_docked{camera=")
		out.WriteString(t.name)
		out.WriteString("} ")
		out.WriteString(strconv.FormatInt(oneIf(docked[t.serial]), 10))
		out.WriteByte('\n')
	}
	for i, f := range cameraFamilies {
		out.WriteString("# HELP " + f.name + " " + f.help + "\n# TYPE " + f.name + " gauge\n")
		for _, t := range cameras {
			out.WriteString(t.lines[i])
		}
	}
	_, err = w.Write(out.Bytes())
	return err
}
