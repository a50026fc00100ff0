package ingest

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"custodock/store"
)

// OutTooLong is how long a camera may be out before it is missed: what is on it
// and was never seen is overdue by then, and nobody knows.
const OutTooLong = 24 * time.Hour

// maxOut bounds how many cameras are named in one answer.
const maxOut = 200

// CameraOut is a camera that was not docked for longer than a day.
type CameraOut struct {
	Camera       string    `json:"camera"`
	Since        time.Time `json:"since"` // when it was last there
	Seconds      float64   `json:"seconds"`
	Badge        string    `json:"badge,omitempty"` // of who holds it
	Officer      string    `json:"officer,omitempty"`
	Unit         string    `json:"unit,omitempty"`
	PendingClips int       `json:"pending_clips"` // known, and not stored
}

// lastThere returns when a camera that is not docked was last in a bay; zero
// when it never was. A docking whose end nobody saw counts from its start.
func lastThere(c *store.Camera) time.Time { return later(c.LastDockedAt, c.LastUndockedAt) }

// outBook remembers the cameras that may be out: the page asks with every event,
// and there may be thousands.
type outBook struct {
	mu   sync.Mutex
	at   time.Time
	list []store.Camera
}

// outFor is for how long that is remembered.
const outFor = 10 * time.Second

// forget has all cameras looked at anew.
func (b *outBook) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at = time.Time{}
}

// CamerasOut returns the cameras that are out for too long, the longest first,
// and how many they are in all. Retired ones are not waited for.
func (st *Station) CamerasOut(now time.Time) ([]CameraOut, int, error) {
	cameras, err := st.lastSeenLongAgo(now)
	if err != nil {
		return nil, 0, err
	}
	docked := make(map[string]bool)
	for _, s := range st.sessionList() {
		docked[s.info.Serial] = docked[s.info.Serial] || s.isCamera()
	}
	list := []CameraOut{}
	for i := range cameras {
		c := &cameras[i]
		if docked[c.Serial] {
			continue
		}
		since := lastThere(c)
		out := CameraOut{Camera: c.Serial, Since: since, Seconds: now.Sub(since).Truncate(time.Second).Seconds(), PendingClips: c.PendingClips}
		if h := c.HeldAt(now); h != nil {
			out.Badge, out.Officer, out.Unit = h.Badge, h.Name, h.Unit
		}
		list = append(list, out)
	}
	slices.SortFunc(list, func(a, b CameraOut) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Camera, b.Camera)) })
	return list[:min(len(list), maxOut)], len(list), nil
}

func (st *Station) lastSeenLongAgo(now time.Time) ([]store.Camera, error) {
	st.out.mu.Lock()
	defer st.out.mu.Unlock()
	if age := now.Sub(st.out.at); age >= 0 && age < outFor {
		return st.out.list, nil
	}
	cameras, err := st.opt.Store.Cameras()
	if err != nil {
		return nil, err
	}
	st.out.at = now
	st.out.list = slices.DeleteFunc(cameras, func(c store.Camera) bool {
		since := lastThere(&c)
		return c.Retired != nil || since.IsZero() || now.Sub(since) <= OutTooLong
	})
	return st.out.list, nil
}
