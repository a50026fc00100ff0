package ingest

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"custodock/device"
	"custodock/store"
)

// session is one docked camera, from docking to undocking.
type session struct {
	st      *Station
	log     *slog.Logger
	camera  device.Camera
	info    device.Info
	docking *store.Docking
	holder  *store.Holder
	offset  *time.Duration       // camera's clock minus the station's
	badTime string               // why the offset is not believed
	clock   []store.ClockReading // its offset ledger, this docking's last
	moved   store.StationClock   // by how much the station's clock was ever set before
	lane    *lane
	place   bool          // perhaps only the place of the camera's disk, see store.Docking
	relist  chan struct{} // the listing no longer holds
	told    bool          // what the listing had to leave out, once
	known   int           // books.Known, as far as it was counted

	unlooked map[string]bool // clip id → to be looked into still, after a listing that broke off

	minting   sync.Mutex  // held while the docking's receipt is made; guards
	mintAfter time.Time   // when another may be made
	mintJob   time.Time   // when a job last pushed will
	conflict  atomic.Bool // two cameras have its serial, as far as is known
	roomless  atomic.Bool // that the archive had no room is put down

	mu         sync.Mutex
	profile    *Profile
	matched    bool // the profile was chosen with the clips' paths in view
	books      store.Books
	unlistable error         // of the last listing
	lacks      lack          // what the last listing could not come to
	misses     int           // listings in a row that lack what another one may have
	health     device.Health // as it was told last
	healthAt   time.Time     // zero: never
	copying    map[string]*Copied
	left       map[string]waiting   // clip id → what is still to be stored
	failed     map[string]failure   // clip id → why, of those left
	attempts   map[string]int       // clip id → copies that failed
	retryAt    map[string]time.Time // clip id → not before
	noRoom     map[string]bool      // clip id → waits for room in the archive
	notRead    absence
	notListed  absence
	asked      map[string]bool // clip id → the camera was asked to let go of it
	proven     map[string]bool // clip id → it was compared with what is on the camera
	late       int
	unsure     int   // undecidable
	stored     int64 // bytes
	pace       pace
	read       int64         // bytes, by clips that were read to their end or broken off
	reading    time.Duration // in which they were
	receipt    string        // code
	minted     int           // books.Stored when that was made
	unnamed    bool          // there are more clips than a receipt can name
	reported   time.Time     // of the last progress event
}

// serve runs one docked camera until it is undocked or ctx ends. Errors end
// here: one camera's trouble is never another's.
func (st *Station) serve(ctx context.Context, d device.Docked, stay *stay) {
	defer d.Camera.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // ends with the camera or, through cancel, with serve
		select {
		case <-d.Gone:
			cancel()
		case <-ctx.Done():
		}
	}()
	stay.awaitFormer(ctx)
	info := d.Camera.Info()
	bay := st.opt.Bays.Take(info)
	defer st.opt.Bays.Free(bay)
	s := st.dockPatiently(ctx, d.Camera, info, bay)
	if s == nil {
		return
	}
	st.addSession(s)
	st.publish(EventDocked, s.status())
	s.work(ctx, d.Changed)
	st.queue.close(s.lane)
	gone := isClosed(d.Gone)
	s.undock(gone)
	st.removeSession(s)
	if gone { // only now, when whoever looks at the bays finds it gone
		st.publish(EventUndocked, s.status())
	}
}

func isClosed(gone <-chan struct{}) bool {
	select {
	case <-gone:
		return true
	default:
		return false
	}
}

// dockPatiently tries until the docking's books are open; nil if ctx ended
// first. A camera that was docked while the disk was read-only must not stay in
// its bay unseen once the disk is back.
func (st *Station) dockPatiently(ctx context.Context, camera device.Camera, info device.Info, bay int) *session {
	for failures := 1; ; failures++ {
		s, err := st.dock(ctx, camera, info, bay)
		if err == nil {
			return s
		}
		st.log.Error("a docked camera cannot be served; trying again", "camera", info.Serial, "bay", bay, "error", err, "pause", pause(failures))
		st.opt.Metrics.Error("dock", "catalog")
		select {
		case <-time.After(pause(failures)):
		case <-ctx.Done():
			return nil
		}
	}
}

// dock opens the docking's books.
func (st *Station) dock(ctx context.Context, camera device.Camera, info device.Info, bay int) (*session, error) {
	now := time.Now()
	docking, before, err := st.opt.Store.Dock(store.Docking{
		Camera: info.Serial, Bay: bay, Transport: string(info.Transport), Location: printable(info.Location),
		Port: info.Port, DeviceID: info.DeviceID,
	}, info.Model, info.Firmware, now)
	if err != nil {
		return nil, err
	}
	s := &session{
		st: st, camera: camera, info: info, docking: docking, holder: before.HeldAt(now),
		log:      st.log.With("camera", info.Serial, "bay", bay),
		relist:   make(chan struct{}, 1),
		unlooked: make(map[string]bool),
		copying:  make(map[string]*Copied), failed: make(map[string]failure),
		attempts: make(map[string]int), retryAt: make(map[string]time.Time), noRoom: make(map[string]bool),
		asked: make(map[string]bool), proven: make(map[string]bool),
	}
	s.place = docking.Place
	s.moved = st.clock.setSoFar()
	s.profile = Match(st.opt.Profiles, info, nil)
	s.lane = st.queue.open(func(j *job, streamFree func()) { s.do(ctx, j, streamFree) })
	s.log.Info("camera docked", "docking", docking.ID, "transport", string(info.Transport), "location", info.Location)
	s.newcomer(before)
	return s, nil
}

// printable is a path with every element made safe to show.
func printable(path string) string {
	shown := device.EscapePath(path)
	if strings.HasPrefix(path, "/") {
		shown = "/" + shown
	}
	return shown
}

// undock closes the books. When the daemon stops with the camera docked they
// stay open, and the next start marks the docking as interrupted.
func (s *session) undock(gone bool) {
	s.mintLast()
	s.mu.Lock()
	books := s.books
	books.Unstored, books.UnstoredBytes = len(s.left), s.leftBytes()
	books.Failed, books.FailedInArchive = len(s.failed), s.failedInArchive()
	speed := s.meanSpeed()
	s.mu.Unlock()
	what := "stopped"
	now := time.Now()
	if gone {
		what = "undocked"
	}
	err := s.st.opt.Store.UpdateDocking(s.docking.ID, what, now, func(d *store.Docking, c *store.Camera) {
		d.Books.Stored, d.Books.Unstored, d.Books.UnstoredBytes = books.Stored, books.Unstored, books.UnstoredBytes
		d.Books.Failed, d.Books.FailedInArchive, d.Books.Released = books.Failed, books.FailedInArchive, books.Released
		d.Speed = speed
		if gone {
			store.CloseDocking(d, c, now)
		}
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		s.log.Error("the docking's books cannot be closed", "error", err)
	}
	if !gone {
		return
	}
	s.st.pulled.leave(s, now)
	s.log.Info("camera undocked", "docking", s.docking.ID, "stored", books.Stored, "unstored", books.Unstored)
	if books.Unstored > 0 {
		s.log.Warn("the camera was taken with clips that are not stored", "clips", books.Unstored)
	}
}
