package ingest

import (
	"slices"
	"strings"
	"sync"
	"time"

	"custodock/store"
)

// VisitWindow is how far back it is remembered how dockings went.
const VisitWindow = 90 * 24 * time.Hour

// maxVisits bounds how many dockings are remembered: some 4 MB of them, read in
// less than a second when the daemon starts. A station of 64 bays that all change
// three times a day has 17,000 in VisitWindow.
const maxVisits = 50_000

// fleet remembers every camera and how its dockings went, for pages that show
// all of them: read from the catalog anew, ten thousand cameras would take a
// good part of a second. Only what changed is read again.
type fleet struct {
	mu      sync.Mutex
	upTo    uint64    // of store.CamerasSince; 0: nothing was read yet
	since   time.Time // older dockings were left out
	visits  int
	cameras []*craft // by serial; none is changed once it is there
}

// findCraft returns where a camera stands, or belongs.
func findCraft(list []*craft, serial string) (at int, there bool) {
	return slices.BinarySearchFunc(list, serial, func(c *craft, serial string) int { return strings.Compare(c.Serial, serial) })
}

// craft is a camera in the book.
type craft struct {
	store.Camera         // without History, which pages of one camera read
	visits       []visit // newest first
}

// visit is how a docking went.
type visit struct {
	id     string
	at     int64 // UnixMilli of its beginning
	bay    int
	closed bool
	errors bool // the camera, or a clip on it, could not be read
	broken bool // it left before everything was stored
}

func visitOf(d *store.Docking) visit {
	return visit{
		id: d.ID, at: d.DockedAt.UnixMilli(), bay: d.Bay, closed: d.Closed != "",
		errors: d.Failed > d.FailedInArchive || d.Error != "", broken: d.Closed == store.ClosedUndocked && d.Unstored > 0,
	}
}

// all returns every camera as it is by now, and since when all dockings are
// remembered.
func (b *fleet) all(catalog *store.Store, now time.Time) (cameras []*craft, since time.Time, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.refresh(catalog, now); err != nil {
		return nil, since, err
	}
	return slices.Clone(b.cameras), b.start(now), nil
}

// refresh reads the cameras that changed.
func (b *fleet) refresh(catalog *store.Store, now time.Time) error {
	if b.visits > 2*maxVisits {
		b.upTo = 0
	}
	changed, upTo, err := catalog.CamerasSince(b.upTo)
	if err != nil {
		return err
	}
	var all map[string][]visit
	if b.upTo == 0 {
		b.cameras, b.visits = nil, 0
		if all, err = b.readAll(catalog, now); err != nil {
			return err
		}
	}
	since := b.start(now).UnixMilli()
	for i := range changed {
		c := newCraft(&changed[i])
		at, there := findCraft(b.cameras, c.Serial)
		switch {
		case all != nil:
			c.visits = all[c.Serial]
		case there:
			c.visits, err = visitsSince(catalog, c.Serial, b.cameras[at].visits, since)
			b.visits -= len(b.cameras[at].visits)
		default:
			c.visits, err = visitsSince(catalog, c.Serial, nil, since)
		}
		if err != nil {
			b.upTo = 0 // half of it is changed: begin anew
			return err
		}
		if b.visits += len(c.visits); !there {
			b.cameras = slices.Insert(b.cameras, at, nil)
		}
		b.cameras[at] = c
	}
	b.upTo = upTo
	return nil
}

// readFleet reads all that pages of cameras show, so that the first of them
// need not wait for it.
func (st *Station) readFleet() {
	if _, _, err := st.fleet.all(st.opt.Store, time.Now()); err != nil {
		st.log.Error("the cameras cannot be read", "error", err)
	}
}

// start is from when on all dockings are remembered.
func (b *fleet) start(now time.Time) time.Time { return later(b.since, now.Add(-VisitWindow)) }

func newCraft(row *store.Camera) *craft {
	c := &craft{Camera: *row}
	c.Camera.History = nil
	return c
}

// readAll reads the last dockings of all cameras.
func (b *fleet) readAll(catalog *store.Store, now time.Time) (map[string][]visit, error) {
	b.since = time.Time{}
	all, n := make(map[string][]visit), 0
	start := now.Add(-VisitWindow)
	err := catalog.RecentDockings(func(d *store.Docking) (more bool) {
		if d.DockedAt.Before(start) {
			return false
		}
		if n++; n > maxVisits {
			b.since = d.DockedAt.Add(time.Millisecond)
			return false
		}
		all[d.Camera] = append(all[d.Camera], visitOf(d))
		return true
	})
	return all, err
}

// visitsSince brings what is known of a camera's dockings up to date: it reads
// the new ones and those that had no end.
func visitsSince(catalog *store.Store, serial string, known []visit, since int64) ([]visit, error) {
	closed, open := make(map[string]bool, len(known)), 0
	for i := range known {
		closed[known[i].id] = known[i].closed
		open += int(oneIf(!known[i].closed))
	}
	var list []visit
	err := catalog.EachDocking(serial, func(d *store.Docking) (more bool) {
		done, old := closed[d.ID]
		switch {
		case d.DockedAt.UnixMilli() < since || done && open == 0:
			return false
		case old && !done:
			open--
		}
		list = append(list, visitOf(d))
		return true
	})
	if err != nil {
		return nil, err
	}
	read := make(map[string]bool, len(list))
	for i := range list {
		read[list[i].id] = true
	}
	for _, v := range known {
		if !read[v.id] && v.at >= since {
			list = append(list, v)
		}
	}
	return list, nil
}

// CameraState is a camera as it stands now.
type CameraState struct {
	*store.Camera               // as the catalog has it, without History; not to be changed
	Holder        *store.Holder // who holds it now
	Bay           *BayStatus    // it is in; nil when it is in none
	Since         time.Time     // it is there, or out; zero when it never was in a bay
	Due           store.Due     // of its clips that are not stored
	Errors        int           // dockings of ErrorsLately in which it could not be read in full
	Care          Care

	// As last told, at HealthAt: at the last docking, or since by the docked camera.
	Battery  *float64 // 0 to 1
	Storage  *Room
	HealthAt time.Time
}

// Cameras returns every camera as it stands, by serial.
func (st *Station) Cameras(now time.Time) ([]CameraState, error) {
	all, _, err := st.fleet.all(st.opt.Store, now)
	if err != nil {
		return nil, err
	}
	stats, err := st.opt.Store.Stats(now)
	if err != nil {
		return nil, err
	}
	docked := st.dockedCameras()
	list := make([]CameraState, len(all))
	for i, c := range all {
		list[i] = st.stateOf(c, docked[c.Serial], stats.Urgent[c.Serial], now)
	}
	return list, nil
}

// CameraState returns one of them, or store.ErrNotFound.
func (st *Station) CameraState(serial string, now time.Time) (*CameraState, error) {
	all, _, err := st.fleet.all(st.opt.Store, now)
	if err != nil {
		return nil, err
	}
	at, there := findCraft(all, serial)
	if !there {
		return nil, store.ErrNotFound
	}
	stats, err := st.opt.Store.Stats(now)
	if err != nil {
		return nil, err
	}
	state := st.stateOf(all[at], st.dockedCameras()[serial], stats.Urgent[serial], now)
	return &state, nil
}

// dockedCameras returns the bays by the serials of what is in them; of two
// cameras with one serial, the lower one. Where there is only the folder of a
// camera's disk, there is no camera as far as anybody knows.
func (st *Station) dockedCameras() map[string]*BayStatus {
	docked := make(map[string]*BayStatus)
	for _, b := range st.Bays() {
		if b.Camera != "" && b.Need != NeedDisk && docked[b.Camera] == nil {
			docked[b.Camera] = &b
		}
	}
	return docked
}

func (st *Station) stateOf(c *craft, bay *BayStatus, due *store.Due, now time.Time) CameraState {
	state := CameraState{
		Camera: &c.Camera, Holder: c.HeldAt(now), Bay: bay, Since: lastThere(&c.Camera),
		Battery: c.Battery, Storage: roomOf(c.StorageSize, c.StorageFree), HealthAt: c.LastDockedAt,
		Errors: c.errorsSince(now.Add(-ErrorsLately)),
	}
	if due != nil {
		state.Due = *due
	}
	if bay != nil {
		state.Since = bay.DockedAt
		if !bay.HealthAt.IsZero() {
			state.Battery, state.Storage, state.HealthAt = bay.Battery, roomOf(bay.StorageSize, bay.StorageFree), bay.HealthAt
		}
		if bay.Failed > bay.FailedInArchive || bay.Need == NeedReinsert || bay.Need == NeedStaff {
			state.Errors++
		}
	}
	state.Care = state.careFor(st.opt.Tolerance, now)
	return state
}

// errorsSince counts closed dockings with errors: one that lasts may yet be
// read in full.
func (c *craft) errorsSince(start time.Time) (n int) {
	since := start.UnixMilli()
	for i := range c.visits {
		if v := &c.visits[i]; v.at >= since && v.closed && v.errors {
			n++
		}
	}
	return n
}
