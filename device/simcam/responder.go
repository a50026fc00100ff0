package simcam

import (
	"sync"
	"time"

	"custodock/device/mtp"
)

// Storage is one of the storages of a Responder.
type Storage struct {
	Files       []File // the folders in their paths are made
	Description string
	VolumeID    string
	Capacity    uint64 // bytes
	Free        uint64 // bytes
	ReadOnly    bool
}

// ResponderOptions describe a Responder.
type ResponderOptions struct {
	// Profile is how it behaves; the zero value is an unlocked Android.
	Profile Profile

	Manufacturer string
	Model        string
	Version      string
	Serial       string
	FriendlyName string
	Storages     []Storage

	// Rate is how many bytes a second a Plug gives; 0 is no limit.
	Rate int64

	// Battery is in percent. How it is said is the profile's.
	Battery int

	// ClockOffset is how far the camera's clock is ahead of the real one.
	ClockOffset time.Duration

	// Zone is that of the camera's dates; nil is UTC.
	Zone *time.Location
}

// Responder is a camera that speaks MTP: what is on it, what it says of
// itself, and its one session. Dock gives it a USB plug; one initiator at a time
// can use it. Its profile is how it behaves when all is well, and its script is
// what goes wrong.
type Responder struct {
	script

	profile Profile
	options ResponderOptions

	mu       sync.Mutex
	storages []*storage
	objects  []*object     // by index; nil where one was deleted
	offset   time.Duration // of the clock
	battery  int
	friendly string
	locked   bool // shows no storages yet

	session  uint32 // 0 is none
	sessions uint32 // how many there were
	mute     bool   // says nothing any more until it is reset
	events   []mtp.Event
	eventful chan struct{} // has room for one; filled with every event

	plug *Plug // the docking there is, or nil
}

// NewResponder returns a responder that is not docked.
func NewResponder(o ResponderOptions) *Responder {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Profile.Operations == nil {
		o.Profile = Android()
		o.Profile.Locked = false
	}
	r := &Responder{
		profile:  o.Profile,
		options:  o,
		offset:   o.ClockOffset,
		battery:  o.Battery,
		friendly: o.FriendlyName,
		locked:   o.Profile.Locked,
		eventful: make(chan struct{}, 1),
	}
	for i, s := range o.Storages {
		r.storages = append(r.storages, newStorage(o.Profile.FirstStorage+mtp.StorageID(i)*o.Profile.StorageStep, s))
		for _, f := range s.Files {
			r.add(r.storages[i], f)
		}
	}
	return r
}

// Put adds a file to a storage, by its index, as if the camera had recorded
// on, and says so in an event.
func (r *Responder) Put(storage int, f File) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.add(r.storages[storage], f)
	r.emit(mtp.EventObjectAdded, uint32(r.handle(o)))
}

// Remove deletes the files of a path from all storages, and says so.
func (r *Responder) Remove(path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, o := range r.objects {
		if o != nil && o.file != nil && o.file.Path == path {
			r.delete(o)
			r.emit(mtp.EventObjectRemoved, uint32(r.handle(o)))
		}
	}
}

// Paths returns the files that are on the camera now, in the order in which
// they came onto it.
func (r *Responder) Paths() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var paths []string
	for _, o := range r.objects {
		if o != nil && o.file != nil {
			paths = append(paths, o.file.Path)
		}
	}
	return paths
}

// Unlock shows the storages of a profile that hides them at first, as when
// somebody unlocks a phone.
func (r *Responder) Unlock() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.locked {
		return
	}
	r.locked = false
	for _, s := range r.storages {
		r.emit(mtp.EventStoreAdded, uint32(s.id))
	}
}

// Eject takes a storage, by its index, out of the camera, or locks it; Insert
// puts it back.
func (r *Responder) Eject(storage int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.storages[storage].ejected = true
	r.emit(mtp.EventStoreRemoved, uint32(r.storages[storage].id))
}

// Insert undoes Eject.
func (r *Responder) Insert(storage int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.storages[storage].ejected = false
	r.emit(mtp.EventStoreAdded, uint32(r.storages[storage].id))
}

// SetBattery changes the battery's level from now on, in percent.
func (r *Responder) SetBattery(percent int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.battery = percent
	r.emit(mtp.EventDevicePropChanged, uint32(mtp.DevicePropBatteryLevel))
}

// ClockOffset is how far the camera's clock is ahead of the real one now.
func (r *Responder) ClockOffset() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.offset
}

// emit says something to whoever has a session.
func (r *Responder) emit(code mtp.EventCode, param uint32) {
	if r.session == 0 || r.profile.NoEvents {
		return
	}
	r.events = append(r.events, mtp.Event{Code: code, Params: []uint32{param}})
	select {
	case r.eventful <- struct{}{}:
	default:
	}
}

// nextEvent takes the oldest event that was not told yet.
func (r *Responder) nextEvent() (mtp.Event, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.events) == 0 {
		return mtp.Event{}, false
	}
	e := r.events[0]
	r.events = r.events[1:]
	return e, true
}

// forget brings the responder to where nobody ever spoke with it.
func (r *Responder) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.session = 0
	r.mute = false
	r.events = nil
}
